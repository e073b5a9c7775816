import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconFlask } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { isDecision, messageOf } from "@/api";
import { Empty, PageFrame, PanelLayout, SidePanel } from "@/components";
import { EMPTY_DRAFT, keepDraft, loadDraft } from "./tryit/draft";
import { textOf } from "./tryit/files";
import { LogInput, MOST_EVENTS, type Draft } from "./tryit/LogInput";
import { OutcomeCards } from "./tryit/OutcomeCards";
import { OutcomeTable } from "./tryit/OutcomeTable";
import { RunSummary, type View } from "./tryit/RunSummary";
import { SAMPLES } from "./tryit/samples";
import { splitEvents } from "./tryit/split";
import { StoredEvent } from "./tryit/StoredEvent";
import { useTryRun, type Tried } from "./tryit/useTryRun";
import classes from "./tryit/tryit.module.css";

/** Up to this many decisions are shown side by side at once. */
const CARDS = 8;
/** A dropped text of up to this length is shown for editing; a longer one is decided at once. */
const SHOWN_CHARACTERS = 200_000;

const eventIdOf = (row: Tried) => (row.outcome && isDecision(row.outcome) ? row.outcome.event_id : null);
const sampleText = (id: string | undefined) => SAMPLES.find((sample) => sample.id === id)?.text;

export function Page() {
  const { sample, event } = useSearch({ from: "/shell/try" });
  const navigate = useNavigate();
  const page = useRef<HTMLDivElement>(null);
  const [draft, setDraft] = useState<Draft>(() => {
    const text = sampleText(sample);
    return text === undefined ? loadDraft() : { ...EMPTY_DRAFT, text };
  });
  const [chosenView, setView] = useState<View | null>(null);
  const [active, setActive] = useState<number | null>(null);
  const [replaced, setReplaced] = useState<Draft | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const run = useTryRun();
  useEffect(() => keepDraft(draft), [draft]);

  const show = (search: { sample?: string | undefined; event?: string | undefined }) =>
    void navigate({ to: "/try", search: { sample, ...search }, replace: true });
  const clear = () => {
    run.clear();
    setSelected(new Set());
    setActive(null);
    setView(null);
    show({ event: undefined });
  };
  const start = (found: string[]) => {
    if (found.length === 0) return;
    clear();
    if (found.length > MOST_EVENTS) {
      notifications.show({
        color: "orange",
        message: `The first ${MOST_EVENTS.toLocaleString()} of ${found.length.toLocaleString()} events are decided. For the rest use logatlas classify FILE.`,
      });
    }
    run.start(found.slice(0, MOST_EVENTS), draft.hints);
  };
  const openFiles = async (files: File[]) => {
    if (files.length === 0) return;
    try {
      const texts = await Promise.all(files.map(textOf));
      const size = texts.reduce((sum, text) => sum + text.length, 0);
      if (size <= SHOWN_CHARACTERS && texts.length === 1) setDraft({ ...draft, text: texts[0] ?? "" });
      // Each file is taken apart by itself: one may be a document and the next lines.
      start(texts.flatMap((text) => splitEvents(text, draft.splitting)));
    } catch (error) {
      notifications.show({ color: "red", title: "The file could not be read", message: messageOf(error) });
    }
  };
  const select = (_: Tried, key: string) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  const activate = (row: Tried) => {
    setActive(row.index);
    const id = eventIdOf(row);
    if (id !== null) show({ event: id });
  };

  const view: View = chosenView ?? (run.rows.length > CARDS ? "table" : "cards");
  const cards =
    selected.size > 0 ? run.rows.filter((row) => selected.has(String(row.index))) : run.rows.slice(0, CARDS);
  return (
    <PageFrame title="Try it" fill>
      <PanelLayout
        name="try"
        panel={
          event !== undefined && (
            <SidePanel
              key={event}
              title="Decision"
              label="Decision"
              onClose={() => {
                setActive(null);
                show({ event: undefined });
              }}
            >
              <StoredEvent eventId={event} />
            </SidePanel>
          )
        }
      >
        <div className={classes.main} ref={page}>
          <LogInput
            page={page}
            draft={draft}
            onDraft={setDraft}
            sample={draft.text !== "" && draft.text === sampleText(sample) ? sample : undefined}
            replaced={replaced !== null}
            onPutBack={() => {
              if (replaced) setDraft(replaced);
              setReplaced(null);
            }}
            onSample={(id) => {
              // A sample over what somebody pasted: that can be had back.
              if (draft.text.trim() !== "" && !SAMPLES.some((known) => known.text === draft.text)) setReplaced(draft);
              setDraft({ ...draft, text: sampleText(id) ?? "", splitting: "auto" });
              show({ sample: id });
            }}
            onRun={start}
            onFiles={(files) => void openFiles(files)}
            running={run.state === "running"}
            onStop={run.stop}
          />
          {run.rows.length === 0 ? (
            <Empty icon={IconFlask} title="See how Logatlas decides">
              Choose a sample or paste logs of your own. Each is mapped to an OCSF class, with the evidence marked in
              the log.
            </Empty>
          ) : (
            <>
              <RunSummary
                rows={run.rows}
                state={run.state}
                error={run.error}
                onGoOn={run.goOn}
                onClear={clear}
                view={view}
                onView={setView}
                selected={selected.size}
              />
              {view === "table" ? (
                <OutcomeTable
                  rows={run.rows}
                  active={active}
                  onActive={activate}
                  selected={selected}
                  onSelect={select}
                />
              ) : (
                <>
                  <OutcomeCards rows={cards} />
                  {cards.length < run.rows.length && (
                    <Text size="sm" c="dimmed" px={16} pb={12}>
                      {selected.size > 0 ? "The selected events." : `The first ${CARDS}.`} Select others in the table.
                    </Text>
                  )}
                </>
              )}
            </>
          )}
        </div>
      </PanelLayout>
    </PageFrame>
  );
}
