import { TextInput } from "@mantine/core";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import classes from "./queue.module.css";

interface Props<T> {
  /** What is chosen, for the label. */
  label: string;
  placeholder: string;
  query: string;
  onQuery: (query: string) => void;
  options: readonly T[];
  keyOf: (option: T) => number;
  render: (option: T) => ReactNode;
  onChoose: (option: T) => void;
  /** Backspace in the empty box: the step before. */
  onBack?: () => void;
  nothing: string;
}

/** A box to type in above the options it leaves; arrows move, Enter chooses. */
export function Listbox<T>(props: Props<T>) {
  const { label, placeholder, query, onQuery, options, keyOf, render, onChoose, onBack, nothing } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLInputElement>(null);
  const [at, setAt] = useState(0);
  const active = Math.min(at, options.length - 1);
  // The second box takes the place of the first in the middle of typing.
  useEffect(() => box.current?.focus(), []);
  useEffect(() => {
    const shown = list.current?.children[active];
    // Not every document can scroll (tests).
    if (shown && "scrollIntoView" in shown) shown.scrollIntoView({ block: "nearest" });
  }, [active]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(options.length - 1, active + step)));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const chosen = options[active];
      if (chosen) onChoose(chosen);
    } else if (event.key === "Backspace" && query === "") onBack?.();
  };
  const current = options[active];
  return (
    <div className={classes.stack}>
      <TextInput
        ref={box}
        label={label}
        placeholder={placeholder}
        value={query}
        onChange={(event) => {
          onQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        role="combobox"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={current ? `${id}-${keyOf(current)}` : undefined}
      />
      <div className={classes.options} role="listbox" id={`${id}-list`} aria-label={label} ref={list}>
        {options.map((option, index) => (
          // Keys work on the text box, which points here (aria-activedescendant).
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={keyOf(option)}
            id={`${id}-${keyOf(option)}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={classes.option}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(option)}
          >
            {render(option)}
          </div>
        ))}
      </div>
      {options.length === 0 && (
        <span role="status" className={classes.dimmed}>
          {nothing}
        </span>
      )}
    </div>
  );
}
