import classes from "./Confidence.module.css";

export function percent(value: number): string {
  const shown = value * 100;
  // 99.96 % is not certainty.
  if (shown > 99 && shown < 100) return `${Math.min(99.9, Math.floor(shown * 10) / 10).toFixed(1)} %`;
  return `${Math.round(shown)} %`;
}

interface Props {
  value: number | null;
  /** Coloured as unsure. */
  unsure?: boolean;
  label?: string;
  width?: number;
}

/** A probability as bar and number. */
export function Confidence({ value, unsure = false, label = "Confidence", width = 56 }: Props) {
  if (value === null) return <span className={classes.none}>–</span>;
  const text = percent(value);
  return (
    <span className={classes.confidence}>
      <span
        className={classes.track}
        style={{ width }}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(value * 100)}
        aria-valuetext={text}
      >
        <span
          className={classes.bar}
          data-unsure={unsure}
          style={{ width: `${Math.max(0, Math.min(1, value)) * 100}%` }}
        />
      </span>
      <span className={classes.number} aria-hidden="true">
        {text}
      </span>
    </span>
  );
}
