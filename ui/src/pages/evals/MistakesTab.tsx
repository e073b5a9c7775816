import { Button, Group, Text } from "@mantine/core";
import { useEffect } from "react";
import { itemsOf, useEvalPredictions, type EvalPrediction } from "@/api";
import { ClassBadge, Confidence, Empty, ErrorState, FilterChips, RawLog, RowsSkeleton } from "@/components";
import { useClassName } from "./useClassName";
import classes from "./evals.module.css";

export interface Pair {
  truth: number;
  predicted: number;
}
interface Props {
  runId: string;
  pair: Pair | null;
  onPair: (pair: Pair | null) => void;
}

/** Enough to see what a cell of the matrix is about. */
const WANTED = 20;

/** The events that were decided wrongly, or those of one cell of the confusion matrix. */
export function MistakesTab({ runId, pair, onPair }: Props) {
  const nameOf = useClassName();
  const right = pair !== null && pair.truth === pair.predicted;
  const predictions = useEvalPredictions(runId, !right);
  const all = itemsOf(predictions.data);
  const shown = pair
    ? all.filter((one) => one.class_uid === pair.truth && one.predicted_class_uid === pair.predicted)
    : all;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = predictions;
  const short = pair !== null && shown.length < WANTED && hasNextPage && !isFetchingNextPage;
  useEffect(() => {
    if (short) void fetchNextPage();
  }, [short, fetchNextPage]);

  if (predictions.isPending) return <RowsSkeleton rows={8} />;
  if (predictions.isError) return <ErrorState error={predictions.error} onRetry={() => void predictions.refetch()} />;
  return (
    <>
      {pair && (
        <FilterChips
          chips={[
            {
              key: "pair",
              label: right
                ? `${nameOf(pair.truth)}, right`
                : `${nameOf(pair.truth)} decided as ${nameOf(pair.predicted)}`,
              onRemove: () => onPair(null),
            },
          ]}
        />
      )}
      {shown.length === 0 && !hasNextPage && <Empty title={pair ? "No such events" : "No mistakes in this run"} />}
      {shown.map((one) => (
        <Mistake key={one.id} prediction={one} nameOf={nameOf} />
      ))}
      {hasNextPage && (
        <Button variant="default" mt="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
}

function Mistake({ prediction, nameOf }: { prediction: EvalPrediction; nameOf: (uid: number) => string }) {
  const { id, class_uid, predicted_class_uid, confidence, raw, vendor } = prediction;
  return (
    <article className={classes.mistake} aria-label={`Event ${id}`}>
      <div className={classes.mistakeHead}>
        <Group gap={6}>
          <Text span size="sm" c="dimmed">
            Right
          </Text>
          <ClassBadge uid={class_uid} name={nameOf(class_uid)} />
        </Group>
        {predicted_class_uid !== class_uid && (
          <Group gap={6}>
            <Text span size="sm" c="dimmed">
              Decided
            </Text>
            <ClassBadge uid={predicted_class_uid} name={nameOf(predicted_class_uid)} />
          </Group>
        )}
        <Confidence value={confidence} />
        <span className={classes.spacer} />
        <span className={`${classes.mono} ${classes.dimmed}`}>{[vendor, id].filter(Boolean).join(" · ")}</span>
      </div>
      {raw && <RawLog raw={raw} maxHeight={90} />}
    </article>
  );
}
