import { Tooltip } from "@mantine/core";
import type { About } from "./conversation";
import classes from "./chat.module.css";

/** Who phrases the answers here. */
export function ModelMark({ about }: { about: About | null }) {
  if (!about) return null;
  const byModel = about.model !== "";
  return (
    <Tooltip
      label={
        byModel
          ? `${about.model} phrases the answers; every sentence is checked against the evidence.`
          : "Answers are composed from the evidence by templates; no model phrases them."
      }
      multiline
      maw={280}
    >
      <span className={classes.modelMark}>{byModel ? about.model : "templates"}</span>
    </Tooltip>
  );
}
