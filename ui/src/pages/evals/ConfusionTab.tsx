import { Text } from "@mantine/core";
import { useMemo, type CSSProperties } from "react";
import type { EvalDetail } from "@/api";
import { Empty } from "@/components";
import { confusionOf } from "./confusion";
import { useClassName } from "./useClassName";
import classes from "./evals.module.css";

interface Props {
  run: EvalDetail;
  /** Shows the events that are `truth` and were decided as `predicted`. */
  onPair: (truth: number, predicted: number) => void;
}

/** What was mistaken for what. */
export function ConfusionTab({ run, onPair }: Props) {
  const nameOf = useClassName();
  const matrix = useMemo(() => confusionOf(run.confusion), [run.confusion]);
  if (matrix.rows.length === 0) return <Empty title="No predictions were kept for this run" />;
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        Rows are the right class, columns what was decided; shaded by the share of the row.
        {matrix.hidden > 0 && ` ${matrix.hidden} classes with the fewest mistakes are left out.`}
      </Text>
      <div className={classes.scroll}>
        <table className={classes.matrix} aria-label="Confusion matrix">
          <thead>
            <tr>
              <td />
              {matrix.columns.map((uid) => (
                <th key={uid} scope="col">
                  <span className={classes.turned} title={nameOf(uid)}>
                    {nameOf(uid)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.rows.map((row) => (
              <tr key={row.class_uid}>
                <th scope="row" title={`${row.right} of ${row.total} right`}>
                  {nameOf(row.class_uid)}
                </th>
                {row.counts.map((count, at) => {
                  const predicted = matrix.columns[at] ?? 0;
                  const right = predicted === row.class_uid;
                  return (
                    <td key={predicted}>
                      {count > 0 && (
                        <button
                          type="button"
                          className={`${classes.cell} ${right ? classes.right : ""}`}
                          style={{ "--share": count / row.total } as CSSProperties}
                          aria-label={
                            right
                              ? `${count} of ${nameOf(row.class_uid)} right`
                              : `${count} of ${nameOf(row.class_uid)} decided as ${nameOf(predicted)}`
                          }
                          onClick={() => onPair(row.class_uid, predicted)}
                        >
                          {count}
                        </button>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
