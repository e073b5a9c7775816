import { Button, Group, Popover, Text } from "@mantine/core";
import { useState } from "react";

interface Props {
  /** On the button: "Remove". */
  label: string;
  /** Whose, for screen readers: "Remove the account kim". */
  name: string;
  /** What happens, before it does. */
  question: string;
  onConfirm: () => void;
  pending?: boolean;
  disabled?: boolean;
}

/** A button for what cannot be taken back: it asks once. */
export function ConfirmButton({ label, name, question, onConfirm, pending = false, disabled = false }: Props) {
  const [asking, setAsking] = useState(false);
  return (
    <Popover opened={asking} onChange={setAsking} width={260} position="bottom-end" trapFocus withArrow shadow="md">
      <Popover.Target>
        <Button
          variant="subtle"
          color="red"
          size="compact-xs"
          aria-label={name}
          loading={pending}
          disabled={disabled}
          onClick={() => setAsking(true)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={name}>
        <Text size="sm" mb="xs">
          {question}
        </Text>
        <Group gap="xs" justify="flex-end">
          <Button variant="default" size="compact-xs" onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button
            color="red"
            size="compact-xs"
            onClick={() => {
              setAsking(false);
              onConfirm();
            }}
          >
            {label}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
