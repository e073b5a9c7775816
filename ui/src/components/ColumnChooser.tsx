import { ActionIcon, Button, Checkbox, Popover, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useState } from "react";

interface Choice {
  id: string;
  header: string;
  fixed?: boolean;
}
interface Props {
  columns: readonly Choice[];
  visible: readonly string[];
  onChange: (visible: string[]) => void;
  /** Takes the path of a field that is no column yet. */
  onAdd?: (path: string) => void;
  opened?: boolean;
  onOpened?: (opened: boolean) => void;
}

/** Which columns a table shows. */
export function ColumnChooser({ columns, visible, onChange, onAdd, opened, onOpened }: Props) {
  const [ownOpened, setOwnOpened] = useState(false);
  const [path, setPath] = useState("");
  const isOpen = opened ?? ownOpened;
  const setOpen = onOpened ?? setOwnOpened;
  const toggle = (id: string) =>
    onChange(visible.includes(id) ? visible.filter((other) => other !== id) : [...visible, id]);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus withinPortal shadow="md">
      <Popover.Target>
        <Tooltip label="Choose columns">
          <ActionIcon aria-label="Choose columns" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <IconColumns3 size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown mah={420} style={{ overflowY: "auto" }}>
        <Stack gap={6}>
          <Text size="xs" fw={600}>
            Columns
          </Text>
          {columns.map((column) => (
            <Checkbox
              key={column.id}
              size="xs"
              label={column.header}
              checked={column.fixed === true || visible.includes(column.id)}
              disabled={column.fixed === true}
              onChange={() => toggle(column.id)}
            />
          ))}
          {onAdd && (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (path.trim()) onAdd(path.trim());
                setPath("");
              }}
            >
              <TextInput
                label="Another field"
                placeholder="src.ip"
                value={path}
                onChange={(event) => setPath(event.currentTarget.value)}
                rightSectionWidth={44}
                rightSection={
                  <Button type="submit" size="compact-xs" variant="subtle">
                    Add
                  </Button>
                }
              />
            </form>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
