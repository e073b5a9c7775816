import classes from "./evals.module.css";

interface Props {
  value: number;
  interval: readonly [number, number] | null | undefined;
  /** The values at both ends of the line. */
  from: number;
  to: number;
  /** Marks where there is no difference. */
  zero?: boolean;
}

/** A value on a line, with its interval: near enough for the eye, the numbers stand beside it. */
export function Interval({ value, interval, from, to, zero = false }: Props) {
  const place = (at: number) => 4 + Math.max(0, Math.min(1, (at - from) / (to - from || 1))) * 192;
  return (
    <svg className={classes.interval} viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true">
      <line x1={4} x2={196} y1={7} y2={7} />
      {zero && <line className={classes.zero} x1={place(0)} x2={place(0)} y1={0} y2={14} />}
      {interval && <line className={classes.range} x1={place(interval[0])} x2={place(interval[1])} y1={7} y2={7} />}
      <circle cx={place(value)} cy={7} r={3.5} />
    </svg>
  );
}
