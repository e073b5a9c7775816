import type { KeyboardEvent, RefObject } from "react";
import { Keys, useActions, type ActionId } from "@/shortcuts";
import classes from "./chat.module.css";

const KEYS = ["chat.ask.1", "chat.ask.2", "chat.ask.3", "chat.ask.4"] as const satisfies readonly ActionId[];

interface Props {
  suggestions: readonly string[];
  list: RefObject<HTMLUListElement | null>;
  onAsk: (question: string) => void;
  /** Goes back to the box. */
  onLeave: () => void;
}

/** Questions that fit, each asked by a click or its keys; arrows go through them. */
export function Suggestions({ suggestions, list, onAsk, onLeave }: Props) {
  const shown = suggestions.slice(0, KEYS.length);
  const byKey: Partial<Record<ActionId, () => void>> = {};
  for (const [at, id] of KEYS.entries()) {
    const question = shown[at];
    if (question !== undefined) byKey[id] = () => onAsk(question);
  }
  useActions(byKey);
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step === undefined && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const next = step === undefined ? undefined : buttons[at + step];
    if (next) next.focus();
    else onLeave();
  };
  if (shown.length === 0) return null;
  return (
    // The buttons in it are pressed; the list only moves the focus between them.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <ul className={classes.suggestions} aria-label="Suggested questions" ref={list} onKeyDown={onKeyDown}>
      {shown.map((question, at) => (
        <li key={question}>
          <button type="button" onClick={() => onAsk(question)}>
            {question} <Keys action={KEYS[at] ?? "chat.ask.1"} />
          </button>
        </li>
      ))}
    </ul>
  );
}
