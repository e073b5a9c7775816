import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useLiveState } from "@/api";
import { Keys } from "@/shortcuts";

interface Props {
  isOn: boolean;
  isPaused: boolean;
  /** Why it cannot follow: the search has an end, or shows the oldest first. */
  refusal: string | null;
  onToggle: () => void;
  onPause: () => void;
}

/** The live tail: new events join the list as they come, until it is paused. */
export function TailButtons({ isOn, isPaused, refusal, onToggle, onPause }: Props) {
  const connection = useLiveState();
  if (!isOn) {
    return (
      <Button
        variant="default"
        leftSection={<IconPlayerPlay size={14} />}
        disabled={refusal !== null}
        title={refusal ?? undefined}
        onClick={onToggle}
      >
        Live tail <Keys action="search.pause" />
      </Button>
    );
  }
  const label = isPaused ? "Go on" : connection === "polling" ? "Pause (every 10 s)" : "Pause";
  return (
    <Button.Group>
      <Button
        variant={isPaused ? "light" : "filled"}
        leftSection={isPaused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
        onClick={onPause}
      >
        {label} <Keys action="search.pause" />
      </Button>
      <Button variant="default" aria-label="Stop the live tail" onClick={onToggle}>
        <IconPlayerStop size={14} />
      </Button>
    </Button.Group>
  );
}
