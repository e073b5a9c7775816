import { Button, Collapse, FileButton, SegmentedControl, Text, TextInput, Textarea } from "@mantine/core";
import { IconFileUpload, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMemo, useRef, useState, type RefObject } from "react";
import { RefusalTooltip } from "@/components";
import { Keys, useAction } from "@/shortcuts";
import { SAMPLES } from "./samples";
import { splitEvents, type Splitting } from "./split";
import { useDropZone } from "./useDropZone";
import classes from "./tryit.module.css";

export interface Hints {
  vendor: string;
  product: string;
  sourcetype: string;
}
export interface Draft {
  text: string;
  splitting: Splitting;
  hints: Hints;
}

/** More is for the command line. */
export const MOST_EVENTS = 20_000;
/** Beyond this, events are counted only when they are sent: counting at each key press would be felt. */
const COUNTED_CHARACTERS = 500_000;

const SPLITTINGS: readonly { value: Splitting; label: string }[] = [
  { value: "auto", label: "Find the events" },
  { value: "lines", label: "One a line" },
  { value: "whole", label: "All is one event" },
];

interface Props {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  sample: string | undefined;
  onSample: (id: string) => void;
  /** A sample took the place of a text of one's own, which `onPutBack` brings back. */
  replaced: boolean;
  onPutBack: () => void;
  onRun: (events: string[]) => void;
  onFiles: (files: File[]) => void;
  running: boolean;
  onStop: () => void;
  page: RefObject<HTMLElement | null>;
}

/** Where logs are pasted, dropped or taken from samples. */
export function LogInput({ draft, onDraft, sample, onSample, onRun, onFiles, running, onStop, page, ...rest }: Props) {
  const { text, splitting, hints } = draft;
  const area = useRef<HTMLTextAreaElement>(null);
  const [withHints, setWithHints] = useState(Object.values(hints).some(Boolean));
  const dragging = useDropZone(page, onFiles);
  const count = useMemo(
    () => (text.length > COUNTED_CHARACTERS ? null : splitEvents(text, splitting).length),
    [text, splitting],
  );
  const empty = text.trim() === "";
  const run = () => onRun(splitEvents(text, splitting));
  useAction("writing.run", run, !empty && !running);
  const setHint = (name: keyof Hints, value: string) => onDraft({ ...draft, hints: { ...hints, [name]: value } });
  return (
    <div className={classes.input} data-dragging={dragging}>
      <div className={classes.samples} role="group" aria-label="Samples">
        <Text span size="sm" c="dimmed">
          Begin with
        </Text>
        {SAMPLES.map(({ id, label, format }) => (
          <Button
            key={id}
            size="compact-xs"
            variant={id === sample ? "filled" : "default"}
            title={format}
            onClick={() => onSample(id)}
          >
            {label}
          </Button>
        ))}
        {rest.replaced && (
          <Button size="compact-xs" variant="subtle" onClick={rest.onPutBack}>
            Put my text back
          </Button>
        )}
      </div>
      <Textarea
        ref={area}
        aria-label="Raw logs"
        placeholder="Paste raw logs of any format here, or drop files: syslog, JSON, XML, CEF, LEEF, key=value, CSV, access logs …"
        classNames={{ input: classes.text }}
        rows={8}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        value={text}
        onChange={(event) => onDraft({ ...draft, text: event.currentTarget.value })}
      />
      <div className={classes.tools}>
        {running ? (
          <Button variant="default" leftSection={<IconPlayerStop size={14} aria-hidden="true" />} onClick={onStop}>
            Stop
          </Button>
        ) : (
          <RefusalTooltip permission="classify">
            {(disabled) => (
              <Button
                leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
                rightSection={<Keys action="writing.run" />}
                disabled={disabled || empty}
                onClick={run}
              >
                {count !== null && count > 1 ? `Decide ${count.toLocaleString()} events` : "Decide"}
              </Button>
            )}
          </RefusalTooltip>
        )}
        <FileButton multiple onChange={(files) => onFiles(files)}>
          {(props) => (
            <Button variant="default" leftSection={<IconFileUpload size={14} aria-hidden="true" />} {...props}>
              Open files
            </Button>
          )}
        </FileButton>
        <SegmentedControl
          size="xs"
          aria-label="How the text is taken apart"
          data={SPLITTINGS.map(({ value, label }) => ({ value, label }))}
          value={splitting}
          onChange={(value) => onDraft({ ...draft, splitting: value })}
        />
        <Button variant="subtle" aria-expanded={withHints} onClick={() => setWithHints(!withHints)}>
          Source
        </Button>
        <span className={classes.spacer} />
        <Text span size="xs" c="dimmed">
          Events tried here are stored and decided like any others.
        </Text>
      </div>
      <Collapse expanded={withHints}>
        <div className={classes.tools}>
          {(["vendor", "product", "sourcetype"] as const).map((name) => (
            <TextInput
              key={name}
              label={{ vendor: "Vendor", product: "Product", sourcetype: "Source type" }[name]}
              placeholder="Not known"
              w={180}
              value={hints[name]}
              onChange={(event) => setHint(name, event.currentTarget.value)}
            />
          ))}
        </div>
      </Collapse>
    </div>
  );
}
