import { Button, Divider, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { isoText, labelOf, localText, PRESETS, type TimeRange } from "./time-range";

interface Props {
  range: TimeRange;
  onRange: (range: TimeRange) => void;
  /** Offers all events there are. */
  withAllTime?: boolean;
}

/** From when to when is searched: the usual stretches up to now, or two times of the viewer's zone. */
export function TimePicker({ range, onRange, withAllTime = true }: Props) {
  const [opened, setOpened] = useState(false);
  const choose = (next: TimeRange) => {
    setOpened(false);
    onRange(next);
  };
  const label = labelOf(range);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          leftSection={<IconClock size={16} />}
          aria-label={`Time: ${label}`}
          onClick={() => setOpened((shown) => !shown)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose the time">
        <Group align="flex-start" gap="md" wrap="nowrap">
          <Stack gap={2}>
            {[...PRESETS, ...(withAllTime ? [{ from: undefined, label: "All time" }] : [])].map((preset) => (
              <Button
                key={preset.label}
                variant={preset.label === label ? "light" : "subtle"}
                justify="flex-start"
                onClick={() => choose({ from: preset.from, to: undefined })}
              >
                {preset.label}
              </Button>
            ))}
          </Stack>
          <Divider orientation="vertical" />
          <Exact range={range} onRange={choose} />
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}

function Exact({ range, onRange }: Props) {
  const [now] = useState(() => Date.now());
  const [from, setFrom] = useState(() => localText(range.from, now));
  const [to, setTo] = useState(() => localText(range.to, now));
  const isReversed = from !== "" && to !== "" && Date.parse(from) >= Date.parse(to);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isReversed) onRange({ from: isoText(from), to: isoText(to) });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          type="datetime-local"
          step={1}
          label="From"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label="To (open when empty)"
          value={to}
          error={isReversed && "The end lies before the beginning"}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed">
          In your time zone, {Intl.DateTimeFormat().resolvedOptions().timeZone}
        </Text>
        <Button type="submit" disabled={isReversed}>
          Search this time
        </Button>
      </Stack>
    </form>
  );
}
