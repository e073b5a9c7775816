import { ActionIcon, Button, Group, Popover, Textarea, Tooltip } from "@mantine/core";
import { IconMessage, IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useState } from "react";
import { MAX_NOTE_CHARACTERS, type TurnOut } from "./protocol";

export type Rate = (turn: number, rating: "up" | "down" | null, note?: string) => void;

interface Props {
  turn: Pick<TurnOut, "turn" | "rating" | "note">;
  onRate: Rate;
  /** Without a connection nothing can be kept. */
  disabled: boolean;
}

/** Thumbs up or down for an answer, with a note; the pressed one again takes it back. */
export function Feedback({ turn, onRate, disabled }: Props) {
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState(turn.note);
  const rate = (rating: "up" | "down") => {
    const next = turn.rating === rating ? null : rating;
    onRate(turn.turn, next, next === null ? "" : turn.note);
    setNote(turn.note);
    setAsking(next !== null);
  };
  return (
    <Popover opened={asking} onChange={setAsking} width={300} position="top-start" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Group gap={2} role="group" aria-label="Your opinion of the answer">
          <Tooltip label="A good answer">
            <ActionIcon
              size="sm"
              aria-label="A good answer"
              aria-pressed={turn.rating === "up"}
              variant={turn.rating === "up" ? "light" : "subtle"}
              disabled={disabled}
              onClick={() => rate("up")}
            >
              <IconThumbUp size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Not a good answer">
            <ActionIcon
              size="sm"
              aria-label="Not a good answer"
              aria-pressed={turn.rating === "down"}
              variant={turn.rating === "down" ? "light" : "subtle"}
              disabled={disabled}
              onClick={() => rate("down")}
            >
              <IconThumbDown size={14} />
            </ActionIcon>
          </Tooltip>
          {turn.note !== "" && (
            <Tooltip label={turn.note} multiline maw={300}>
              <ActionIcon size="sm" aria-label="Change your note" disabled={disabled} onClick={() => setAsking(true)}>
                <IconMessage size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </Popover.Target>
      <Popover.Dropdown aria-label="A note on the answer" data-chat-floating>
        <Textarea
          label="A note (optional)"
          placeholder="What was missing or wrong?"
          autosize
          minRows={2}
          maxRows={6}
          maxLength={MAX_NOTE_CHARACTERS}
          value={note}
          onChange={(change) => setNote(change.currentTarget.value)}
          data-autofocus
        />
        <Group gap="xs" justify="flex-end" mt="xs">
          <Button variant="default" size="compact-xs" onClick={() => setAsking(false)}>
            Without a note
          </Button>
          <Button
            size="compact-xs"
            disabled={note === turn.note || turn.rating === null}
            onClick={() => {
              onRate(turn.turn, turn.rating, note);
              setAsking(false);
            }}
          >
            Save the note
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
