/** An event for use elsewhere: as a command, as JSON, as a link. */
import type { EventDetail } from "@/api/types";

/** In single quotes for a POSIX shell. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command that asks the service to decide this log again. The token is taken from the environment, never shown. */
export function asCurl(event: EventDetail, origin: string): string {
  const hints = Object.entries(event.source).filter(([, value]) => value !== "");
  const body = JSON.stringify({
    raw: event.raw,
    ...(hints.length > 0 && { source: Object.fromEntries(hints) }),
  });
  return [
    `curl -sS ${shellQuoted(`${origin}/classify`)}`,
    `-H "Authorization: Bearer $LOGATLAS_TOKEN"`,
    "-H 'Content-Type: application/json'",
    `--data-binary ${shellQuoted(body)}`,
  ].join(" \\\n  ");
}

export const asJson = (event: EventDetail): string => JSON.stringify(event, null, 2);

export const permalink = (eventId: string, origin: string): string => `${origin}/events/${encodeURIComponent(eventId)}`;
