import { useEffect } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { connection, notReached, reached } from "@/api/connection";
import { useStore } from "@/api/store";

const ASK_MS = 2000;

/** While the service does not answer, asks until it does, then reads again what is on screen. */
export function useConnectionWatch(): void {
  const client = useQueryClient();
  const { service } = useStore(connection);
  useEffect(() => {
    const onOnline = () => void client.invalidateQueries();
    window.addEventListener("offline", notReached);
    window.addEventListener("online", onOnline);
    return () => {
      window.removeEventListener("offline", notReached);
      window.removeEventListener("online", onOnline);
    };
  }, [client]);
  useEffect(() => {
    if (service === "reachable") return undefined;
    const timer = setInterval(() => {
      fetch("/healthz", { cache: "no-store" }).then(
        (answer) => {
          if (!answer.ok) return;
          reached();
          void client.invalidateQueries();
        },
        () => notReached(),
      );
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [service, client]);
}
