import { ActionIcon, Button, Textarea } from "@mantine/core";
import { IconArrowUp, IconPencil, IconPlayerStopFilled, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, type RefObject } from "react";
import { Keys } from "@/shortcuts";
import classes from "./chat.module.css";

interface Props {
  box: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onFocus: () => void;
  onText: (text: string) => void;
  onSend: () => void;
  /** An answer is being made: it can be stopped, and nothing else asked. */
  isRunning: boolean;
  onStop: () => void;
  /** Escape, when nothing runs and nothing is being edited. */
  onEscape?: (() => void) | undefined;
  /** Up in the empty box. */
  onEditLast: () => void;
  isEditing: boolean;
  onEndEditing: () => void;
  /** Down in the empty box. */
  onSuggestions: () => void;
  most: number;
  placeholder: string;
  disabled: boolean;
}

/** Where questions are written. Enter sends, Shift+Enter begins a line. */
export function Composer(props: Props) {
  const { box, text, onFocus, onText, onSend, isRunning, onStop, onEscape, onEditLast, isEditing, onEndEditing } =
    props;
  const { onSuggestions, most, placeholder, disabled } = props;
  // As the server counts: code points.
  const length = text.length > most / 2 ? Array.from(text).length : text.length;
  const canSend = text.trim() !== "" && length <= most && !isRunning && !disabled;
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    const steps: Partial<Record<string, () => void>> = {
      ...(plain && {
        Enter: () => canSend && onSend(),
        ...(text === "" && { ArrowUp: onEditLast, ArrowDown: onSuggestions }),
      }),
      Escape: () => (isRunning ? onStop() : isEditing ? onEndEditing() : onEscape?.()),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };
  return (
    <div className={classes.composer}>
      {isEditing && (
        <div className={classes.editing}>
          <IconPencil size={13} aria-hidden="true" /> You edit your last question; its answer will be replaced.
          <ActionIcon size="xs" aria-label="Keep the last question as it is" onClick={onEndEditing}>
            <IconX size={12} />
          </ActionIcon>
        </div>
      )}
      <div className={classes.box}>
        <Textarea
          ref={box}
          className={classes.input}
          aria-label="Question"
          placeholder={placeholder}
          variant="unstyled"
          autosize
          minRows={1}
          maxRows={8}
          value={text}
          disabled={disabled}
          onFocus={onFocus}
          onChange={(change) => onText(change.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {isRunning ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStopFilled size={12} aria-hidden="true" />}
            rightSection={<Keys action="chat.stop" />}
            onClick={onStop}
          >
            Stop
          </Button>
        ) : (
          <ActionIcon
            variant="filled"
            color="brand"
            aria-label="Send the question"
            disabled={!canSend}
            onClick={onSend}
          >
            <IconArrowUp size={16} />
          </ActionIcon>
        )}
      </div>
      {length > most * 0.8 && (
        <span className={classes.count} data-over={length > most} role="status">
          {length.toLocaleString()} of {most.toLocaleString()} characters
        </span>
      )}
    </div>
  );
}
