import { Button, Group, Text } from "@mantine/core";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { KeyCaps, actionOf, clashes, keyOf, keysOf, remap, type ActionId } from "@/shortcuts";
import classes from "./settings.module.css";

const LONGEST = 2;

/** Presses of one sequence follow each other; a third one starts anew. */
export function withPress(pressed: readonly string[], key: string): string[] {
  return pressed.length >= LONGEST ? [key] : [...pressed, key];
}

/** Takes the presses of new keys for `action`. Escape leaves, Tab moves on. */
export function KeyRecorder({ action, onDone }: { action: ActionId; onDone: () => void }) {
  const [pressed, setPressed] = useState<string[]>([]);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  const keys = pressed.join(" ");
  const taken = keys === "" ? [] : clashes(action, keys);
  const [other] = taken;
  const swappable = taken.length === 1 && other !== undefined && keysOf(other) === keys;

  const record = (event: KeyboardEvent) => {
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") onDone();
    const key = keyOf(event.nativeEvent);
    if (key !== null && event.key !== "Escape") setPressed((before) => withPress(before, key));
  };
  const save = () => {
    remap(action, keys);
    onDone();
  };
  const swap = () => {
    if (other !== undefined) remap(other, keysOf(action));
    save();
  };
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {taken.length > 0 && (
        <Text size="xs" role="alert">
          Taken by “{taken.map((id) => actionOf(id).label).join("”, “")}”
        </Text>
      )}
      {/* Presses are what this takes, so it takes the focus too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={box}
        role="application"
        className={classes.recorder}
        data-shortcuts="off"
        aria-label={`New keys for ${actionOf(action).label}`}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onKeyDown={record}
      >
        {keys === "" ? <Text size="xs">Press the new keys…</Text> : <KeyCaps keys={keys} />}
        <span className="visually-hidden" role="status">
          {keys}
        </span>
      </div>
      {swappable ? (
        <Button size="compact-xs" onClick={swap}>
          Swap
        </Button>
      ) : (
        <Button size="compact-xs" onClick={save} disabled={keys === "" || taken.length > 0}>
          Save
        </Button>
      )}
      <Button size="compact-xs" variant="default" onClick={onDone}>
        Cancel
      </Button>
    </Group>
  );
}
