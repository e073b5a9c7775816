import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { searchSearch } from "@/app/search-params";
import { CopyButton } from "@/components";
import { forgetSearch, saveSearch, useSavedSearches } from "./saved-searches";

interface Props {
  /** What the URL says now, without the open event. */
  search: Record<string, string>;
}

/** Searches with a name, and the address of this one to send to somebody. */
export function SavedSearches({ search }: Props) {
  const navigate = useNavigate();
  const saved = useSavedSearches();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    if (name.trim() === "") return;
    saveSearch({ name: name.trim(), search });
    setName("");
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus width={320}>
      <Popover.Target>
        <Button variant="default" leftSection={<IconBookmark size={14} />} onClick={() => setOpened((shown) => !shown)}>
          Saved
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Saved searches">
        <Stack gap="xs">
          {saved.length === 0 && (
            <Text size="xs" c="dimmed">
              No search is saved yet. Give this one a name to find it again in this browser.
            </Text>
          )}
          {saved.map((entry) => (
            <Group key={entry.name} gap={4} wrap="nowrap" justify="space-between">
              <Button
                variant="subtle"
                justify="flex-start"
                flex={1}
                onClick={() => {
                  setOpened(false);
                  void navigate({ to: "/search", search: searchSearch(entry.search) });
                }}
              >
                {entry.name}
              </Button>
              <ActionIcon aria-label={`Forget ${entry.name}`} onClick={() => forgetSearch(entry.name)}>
                <IconTrash size={14} />
              </ActionIcon>
            </Group>
          ))}
          <form onSubmit={save}>
            <Group gap={4} wrap="nowrap" align="flex-end">
              <TextInput
                label="Save this search as"
                flex={1}
                maxLength={80}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Button type="submit" disabled={name.trim() === ""}>
                Save
              </Button>
            </Group>
          </form>
          <CopyButton
            label="Copy the address of this search"
            text={`${location.origin}${location.pathname}${location.search}`}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
