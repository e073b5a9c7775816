import { useMemo, useState } from "react";
import { useTaxonomy, type TaxonomyClass } from "@/api";
import { ErrorState, RowsSkeleton, percent } from "@/components";
import { Listbox } from "./Listbox";
import { findClasses } from "./fuzzy";
import classes from "./queue.module.css";

export interface ChosenActivity {
  activity_id?: number | undefined;
  activity_name?: string | undefined;
}

interface Props {
  /** Offered first: the candidates of the event, best first. */
  candidates: readonly { class_uid: number; probability: number }[];
  chosen: TaxonomyClass | null;
  onClass: (chosen: TaxonomyClass | null) => void;
  onActivity: (activity: ChosenActivity) => void;
  /** The activity that the event has now, offered first where the class has it. */
  activityId?: number | undefined;
}

/** First the class, by part of its name, its uid or its category; then its activity. */
export function ClassChooser({ candidates, chosen, onClass, onActivity, activityId }: Props) {
  const taxonomy = useTaxonomy();
  const [query, setQuery] = useState("");
  const [activityQuery, setActivityQuery] = useState("");
  const known = taxonomy.data?.classes;
  const found = useMemo(
    () =>
      findClasses(
        query,
        known ?? [],
        candidates.map((candidate) => candidate.class_uid),
      ),
    [query, known, candidates],
  );
  if (taxonomy.isPending) return <RowsSkeleton rows={8} />;
  if (taxonomy.isError) {
    return (
      <ErrorState
        error={taxonomy.error}
        title="The classes could not be loaded"
        onRetry={() => {
          void taxonomy.refetch();
        }}
      />
    );
  }
  if (chosen === null) {
    return (
      <Listbox
        label="Class"
        placeholder="Name, uid or category"
        query={query}
        onQuery={setQuery}
        options={found}
        keyOf={(option) => option.uid}
        nothing={`No class matches “${query}”.`}
        onChoose={(option) => {
          setActivityQuery("");
          onClass(option);
        }}
        render={(option) => (
          <>
            <span className={classes.dimmed}>{option.uid}</span>
            <span>
              {option.caption}
              {option.deprecated && <span className={classes.dimmed}> (deprecated)</span>}
            </span>
            <span className={classes.dimmed}>
              {shareOf(candidates, option.uid)}
              {option.category_name}
            </span>
          </>
        )}
      />
    );
  }
  return (
    <Listbox
      key={chosen.uid}
      label={`Activity of ${chosen.caption}`}
      placeholder="Name or number; Backspace goes back to the classes"
      query={activityQuery}
      onQuery={setActivityQuery}
      options={activitiesOf(chosen, activityQuery, activityId)}
      keyOf={(option) => option.activity_id ?? -1}
      nothing={`No activity matches “${activityQuery}”.`}
      onBack={() => onClass(null)}
      onChoose={onActivity}
      render={(option) => (
        <>
          <span className={classes.dimmed}>{option.activity_id ?? ""}</span>
          <span>{option.activity_name ?? "What the log says"}</span>
          <span />
        </>
      )}
    />
  );
}

function shareOf(candidates: Props["candidates"], uid: number): string {
  const candidate = candidates.find((one) => one.class_uid === uid);
  return candidate ? `${percent(candidate.probability)} · ` : "";
}

/** First to leave it to the service, then the activity the event has; Unknown and Other last. */
function activitiesOf(chosen: TaxonomyClass, query: string, preferred: number | undefined): ChosenActivity[] {
  const typed = query.trim().toLowerCase();
  const weight = (id: number) => (id === preferred && id !== 0 ? -1 : id === 0 || id === 99 ? 1000 + id : id);
  const matching = chosen.activities
    .filter(({ activity_id, caption }) => String(activity_id) === typed || caption.toLowerCase().includes(typed))
    .sort((a, b) => weight(a.activity_id) - weight(b.activity_id))
    .map(({ activity_id, caption }) => ({ activity_id, activity_name: caption }));
  return typed === "" ? [{}, ...matching] : matching;
}
