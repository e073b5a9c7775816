import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { useParts } from "@/api/accounts";
import { connection } from "@/api/connection";
import { degradedParts } from "@/api/live";
import { useStore } from "@/api/store";
import classes from "./Banners.module.css";

/** A line above the page for what the analyst must know: no connection, parts that are missing. */
export function Banners() {
  return (
    <div role="status">
      <ConnectionBanner />
      <DegradedBanner />
    </div>
  );
}

function Banner({ kind, icon, children }: { kind: "warning" | "error"; icon: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.banner} data-kind={kind}>
      {icon}
      <span>{children}</span>
    </div>
  );
}

function ConnectionBanner() {
  const { service, since } = useStore(connection);
  const seconds = useSecondsSince(service === "reachable" ? null : since);
  if (service === "reachable") return null;
  return (
    <Banner kind="error" icon={<IconPlugConnectedX size={16} aria-hidden="true" />}>
      {service === "offline"
        ? "This computer is offline. The page stays as it is and goes on by itself."
        : "The service is not answering, it may be restarting. The page stays as it is and goes on by itself."}{" "}
      {seconds !== null && seconds >= 5 && `Trying for ${seconds} s.`}
    </Banner>
  );
}

function useSecondsSince(start: number | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (start === null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [start]);
  return start === null ? null : Math.max(0, Math.round((now - start) / 1000));
}

function DegradedBanner() {
  const told = useStore(degradedParts);
  const { data } = useParts();
  const asked = data?.parts.filter((part) => part.state === "degraded" || part.state === "down") ?? [];
  const names = [...new Set([...asked.map((part) => part.name), ...(data ? [] : told)])];
  if (names.length === 0) return null;
  return (
    <Banner kind="warning" icon={<IconAlertTriangle size={16} aria-hidden="true" />}>
      Degraded: {names.join(", ")}. Events are still decided with what is left.{" "}
      <Link to="/settings" search={{ section: "parts" }}>
        See the parts
      </Link>
    </Banner>
  );
}
