/** From when to when is searched, as the URL says it: ISO times, or relative ones such as `now-1h`. */

export interface TimeRange {
  from?: string | undefined;
  to?: string | undefined;
}

export const PRESETS: readonly { from: string; label: string }[] = [
  { from: "now-15m", label: "Last 15 minutes" },
  { from: "now-1h", label: "Last hour" },
  { from: "now-4h", label: "Last 4 hours" },
  { from: "now-24h", label: "Last 24 hours" },
  { from: "now-7d", label: "Last 7 days" },
  { from: "now-30d", label: "Last 30 days" },
];

const UNITS: Readonly<Record<string, { ms: number; one: string; many: string }>> = {
  s: { ms: 1000, one: "second", many: "seconds" },
  m: { ms: 60_000, one: "minute", many: "minutes" },
  h: { ms: 3_600_000, one: "hour", many: "hours" },
  d: { ms: 86_400_000, one: "day", many: "days" },
  w: { ms: 604_800_000, one: "week", many: "weeks" },
};

/** The point in time in milliseconds since 1970; null for what is not a time. */
export function instantOf(time: string, now: number): number | null {
  const relative = /^now(?:-(\d+)([smhdw]))?$/.exec(time.trim());
  if (relative) return now - Number(relative[1] ?? 0) * (UNITS[relative[2] ?? "s"]?.ms ?? 0);
  const absolute = Date.parse(time);
  return Number.isNaN(absolute) ? null : absolute;
}

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

function moment(time: Date, withDate: boolean): string {
  return time.toLocaleString(undefined, {
    ...(withDate && { day: "numeric", month: "short", ...(!sameYear(time) && { year: "numeric" }) }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(time.getSeconds() !== 0 && { second: "2-digit" }),
  });
}
const sameYear = (time: Date) => time.getFullYear() === new Date().getFullYear();

/** How the range is called on the button. */
export function labelOf({ from, to }: TimeRange): string {
  if (!from && !to) return "All time";
  const preset = !to || to === "now" ? PRESETS.find((candidate) => candidate.from === from) : undefined;
  if (preset) return preset.label;
  const relative = !to || to === "now" ? /^now-(\d+)([smhdw])$/.exec(from ?? "") : null;
  const unit = UNITS[relative?.[2] ?? ""];
  if (relative && unit) return `Last ${relative[1] ?? ""} ${relative[1] === "1" ? unit.one : unit.many}`;
  const now = Date.now();
  const [start, end] = [from, to].map((time) => (time ? instantOf(time, now) : null));
  if (start != null && end != null) {
    const [first, last] = [new Date(start), new Date(end)];
    return `${moment(first, true)} – ${moment(last, !sameDay(first, last))}`;
  }
  if (start != null) return `Since ${moment(new Date(start), true)}`;
  return end != null ? `Until ${moment(new Date(end), true)}` : "All time";
}

/** What a field of type `datetime-local` shows: the viewer's zone, to the second. */
export function localText(time: string | undefined, now: number): string {
  const at = time ? instantOf(time, now) : null;
  if (at === null) return "";
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** The ISO time that a field of type `datetime-local` means; undefined for an empty one. */
export function isoText(local: string): string | undefined {
  const at = Date.parse(local);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
