import { useTick } from "./tick";
import { Hint } from "./Hint";

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** Today is left out, another day named, another year too. */
export function shortTime(at: Date, now = new Date()): string {
  const clock = CLOCK.format(at);
  if (at.toDateString() === now.toDateString()) return clock;
  return `${(at.getFullYear() === now.getFullYear() ? DAY : DATE).format(at)} ${clock}`;
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

/** `5 min. ago`. */
export function agoText(at: Date, now = new Date()): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size || unit === "second") return RELATIVE.format(Math.trunc(seconds / size), unit);
  }
  return "";
}

/** A length of time: `3 d 4 h`, `12 min`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

interface Props {
  /** ISO 8601. */
  at: string | null | undefined;
  style?: "short" | "ago";
}

/** A time in the viewer's zone; UTC and the whole date on hover. */
export function TimeText({ at, style = "short" }: Props) {
  if (!at) return <span>–</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  const iso = date.toISOString();
  const utc = iso.replace("T", " ").replace("Z", " UTC");
  return (
    <Hint label={style === "ago" ? `${shortTime(date)} · ${utc}` : utc}>
      <time dateTime={iso}>{style === "ago" ? <Ago date={date} /> : shortTime(date)}</time>
    </Hint>
  );
}

function Ago({ date }: { date: Date }) {
  useTick();
  return agoText(date);
}
