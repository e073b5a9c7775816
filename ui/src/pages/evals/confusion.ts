import type { EvalDetail } from "@/api";

export interface ConfusionRow {
  class_uid: number;
  /** Events of this class. */
  total: number;
  right: number;
  /** By column of `columns`. */
  counts: readonly number[];
}
export interface Confusion {
  columns: readonly number[];
  rows: readonly ConfusionRow[];
  /** Classes that were left out because they had the fewest mistakes. */
  hidden: number;
}

/** The classes with most mistakes as a matrix: rows are what is right, columns what was predicted. */
export function confusionOf(cells: EvalDetail["confusion"], most = 24): Confusion {
  const totals = new Map<number, number>();
  const rights = new Map<number, number>();
  const mistakes = new Map<number, number>();
  const add = (map: Map<number, number>, uid: number, count: number) => map.set(uid, (map.get(uid) ?? 0) + count);
  for (const { class_uid, predicted_class_uid, count } of cells) {
    add(totals, class_uid, count);
    if (class_uid === predicted_class_uid) add(rights, class_uid, count);
    else {
      add(mistakes, class_uid, count);
      add(mistakes, predicted_class_uid, count);
    }
  }
  const all = [...new Set([...totals.keys(), ...mistakes.keys()])];
  const weight = (uid: number) => (mistakes.get(uid) ?? 0) * 1e6 + (totals.get(uid) ?? 0);
  const kept = [...all].sort((a, b) => weight(b) - weight(a)).slice(0, most);
  const columns = kept.sort((a, b) => a - b);
  const counts = new Map(cells.map((cell) => [`${cell.class_uid} ${cell.predicted_class_uid}`, cell.count]));
  return {
    columns,
    rows: columns
      .filter((uid) => totals.has(uid))
      .map((uid) => ({
        class_uid: uid,
        total: totals.get(uid) ?? 0,
        right: rights.get(uid) ?? 0,
        counts: columns.map((other) => counts.get(`${uid} ${other}`) ?? 0),
      })),
    hidden: all.length - kept.length,
  };
}
