import { Tooltip } from "@mantine/core";
import { IconPlugConnected, IconPlugConnectedX, IconRefreshDot } from "@tabler/icons-react";
import { useLiveState } from "@/api/live";
import classes from "./Navigation.module.css";

const STATES = {
  live: { label: "Live", about: "New decisions and reviews appear as they happen.", icon: IconPlugConnected },
  polling: {
    label: "Every 10 s",
    about: "No live connection: pages are refreshed every ten seconds.",
    icon: IconRefreshDot,
  },
  closed: { label: "Not live", about: "Not connected.", icon: IconPlugConnectedX },
} as const;

export function LiveIndicator() {
  const { label, about, icon: StateIcon } = STATES[useLiveState()];
  return (
    <Tooltip label={about} position="right" multiline maw={240}>
      <div className={classes.page} role="status">
        <StateIcon size={18} stroke={1.6} aria-hidden="true" />
        <span className={classes.label}>{label}</span>
      </div>
    </Tooltip>
  );
}
