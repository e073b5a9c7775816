/** The service counts in code points, the browser's text fields in UTF-16 units. */

export function toCodePoints(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

export function toUnits(text: string, codePoints: number): number {
  return Array.from(text).slice(0, codePoints).join("").length;
}
