import type { ChunkDetail } from "@/api";
import { VisibleText } from "@/components";
import classes from "./knowledge.module.css";

type Condition = ChunkDetail["conditions"][number];

const VERBS: Record<string, [string, string]> = {
  equals: ["is", "is not"],
  contains: ["contains", "does not contain"],
  prefix: ["begins with", "does not begin with"],
  suffix: ["ends with", "does not end with"],
  regex: ["matches", "does not match"],
  exists: ["is there", "is not there"],
};

/** `is`, `does not contain`: the operator in words. */
export function verbOf({ operator, negated }: Pick<Condition, "operator" | "negated">): string {
  const verbs = VERBS[operator];
  if (!verbs) return negated ? `not ${operator}` : operator;
  return verbs[negated ? 1 : 0];
}

/** What an event must have for a guide to match, as sentences. */
export function Conditions({ conditions }: { conditions: readonly Condition[] }) {
  return (
    <ul className={classes.conditions}>
      {conditions.map((condition, at) => (
        <li key={at}>
          <span className={classes.mono} title={condition.paths.slice(1).join(", ")}>
            {condition.paths[0]}
          </span>
          {condition.paths.length > 1 && (
            <span className={classes.dimmed}> (or {condition.paths.length - 1} other names)</span>
          )}{" "}
          {verbOf(condition)}{" "}
          {condition.values.map((value, index) => (
            <span key={index}>
              {index > 0 && <span className={classes.dimmed}> or </span>}
              <span className={classes.mono}>
                <VisibleText text={value} />
              </span>
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
