import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { isApiError, useAddKnowledge } from "@/api";
import { BlockSkeleton, ClassBadge, RefusalTooltip, SidePanel } from "@/components";
import { Keys, useAction } from "@/shortcuts";
import { Problem } from "../settings/Problem";
import { Conditions } from "./Conditions";
import { keepDraft, loadDraft } from "./drafts";
import { useCheckedGuide } from "./useCheckedGuide";
import { WhatWouldChange } from "./WhatWouldChange";
import classes from "./knowledge.module.css";

const YamlEditor = lazy(() => import("./YamlEditor"));

interface Props {
  /** What the draft is kept under: the chunk's id, or `guide` for a new one. */
  name: string;
  title: string;
  /** The text it begins with. */
  initial: string;
  onClose: () => void;
  onSaved: (chunkId: string | null) => void;
}

/** A guide as YAML: checked while it is written, tried before it is saved. */
export function GuideEditor({ name, title, initial, onClose, onSaved }: Props) {
  const [kept] = useState(() => loadDraft(name));
  const [yaml, setYaml] = useState(kept ?? initial);
  const [goTo, setGoTo] = useState<{ line: number } | null>(null);
  const check = useCheckedGuide(yaml);
  const save = useAddKnowledge();
  const changed = yaml !== initial;
  useEffect(() => keepDraft(name, changed ? yaml : null), [name, yaml, changed]);

  const store = () =>
    save.mutate(
      { kind: "guide", yaml },
      {
        onSuccess: (chunk) => {
          keepDraft(name, null);
          notifications.show({ message: "Saved: in force with the next event." });
          onSaved(typeof chunk.chunk_id === "string" ? chunk.chunk_id : null);
        },
      },
    );
  const ready = check.valid && changed && !save.isPending;
  useAction("writing.save", store, ready);

  return (
    <SidePanel title={title} label={title} onClose={onClose}>
      {kept !== null && kept !== initial && (
        <div className={classes.bar}>
          <Text size="sm">What you wrote earlier and did not save.</Text>
          <Button variant="subtle" size="compact-xs" disabled={!changed} onClick={() => setYaml(initial)}>
            Begin anew
          </Button>
        </div>
      )}
      <div className={classes.editor} data-wrong={check.problems.length > 0}>
        <Suspense fallback={<BlockSkeleton height={300} />}>
          <YamlEditor label="Guide as YAML" value={yaml} onChange={setYaml} problems={check.problems} goTo={goTo} />
        </Suspense>
      </div>
      <ul className={classes.problems} aria-label="Problems" aria-live="polite">
        {check.problems.map((problem, at) => (
          <li key={at}>
            <button type="button" onClick={() => setGoTo({ line: problem.line })}>
              <b>Line {problem.line}</b> {problem.message}
            </button>
          </li>
        ))}
      </ul>
      <Problem error={check.error} />
      <SaveProblem error={save.error} />
      <div className={classes.bar}>
        <RefusalTooltip permission="knowledge.write">
          {(disabled) => (
            <Button
              leftSection={<IconDeviceFloppy size={14} aria-hidden="true" />}
              rightSection={<Keys action="writing.save" />}
              disabled={disabled || !ready}
              loading={save.isPending}
              onClick={store}
            >
              Save
            </Button>
          )}
        </RefusalTooltip>
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {check.checking
            ? "Checking…"
            : check.problems.length > 0
              ? `${check.problems.length} ${check.problems.length === 1 ? "problem" : "problems"}`
              : check.valid
                ? changed
                  ? "Nothing is wrong with it."
                  : "Not changed."
                : ""}
        </Text>
      </div>
      {check.valid && check.guide && (
        <section aria-label="Read as">
          <ClassBadge
            uid={check.guide.class_uid}
            name={check.guide.class_name}
            activity={check.guide.activity_name || undefined}
            withUid
          />
          <Conditions conditions={check.guide.conditions} />
        </section>
      )}
      <WhatWouldChange tried={check.valid ? { yaml } : null} waitsFor="Once nothing is wrong with it." />
    </SidePanel>
  );
}

function SaveProblem({ error }: { error: unknown }) {
  // Its lines are told by the check already.
  return isApiError(error, "invalid_guide") ? (
    <Problem error={new Error("It was not saved: something is wrong with it.")} />
  ) : (
    <Problem error={error} />
  );
}
