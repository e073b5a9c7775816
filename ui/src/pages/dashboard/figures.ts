/** Figures as they are written. */

export function rate(value: number | null): string {
  return value === null ? "–" : `${(value * 100).toLocaleString(undefined, { maximumFractionDigits: 1 })} %`;
}

export function perSecond(value: number): string {
  return `${value.toLocaleString(undefined, { maximumSignificantDigits: 3 })}/s`;
}

export function milliseconds(value: number): string {
  return `${value.toLocaleString(undefined, { maximumSignificantDigits: 3 })} ms`;
}

export function whole(value: number): string {
  return value.toLocaleString();
}
