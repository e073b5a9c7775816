/** What a review of many events is of: the queue's filter, selected rows or a template, as the service understands it. */
import type { QueueFilter, ReviewTarget } from "@/api";
import { anyOf, filtersOf } from "../event/terms";

/** The filter of the queue as search text and time bound. Null where the search text cannot say it. */
export function targetOfFilter(filter: QueueFilter, now = new Date()): ReviewTarget | null {
  const terms = [filter.reviewer ? null : "status:needs_review"];
  const add = (field: string, value: string | number | undefined) => {
    if (value === undefined || value === "") return true;
    const found = filtersOf(field, String(value));
    if (found) terms.push(found.include);
    return found !== null;
  };
  if (!add("class_uid", filter.class_uid) || !add("template_id", filter.template_id)) return null;
  if (!add("reviewer", filter.reviewer)) return null;
  if (filter.source) {
    const source = filter.source;
    const ways = ["vendor", "product", "sourcetype"].map((field) => filtersOf(field, source)?.include);
    if (ways.some((way) => way === undefined)) return null;
    terms.push(anyOf(ways.filter((way) => way !== undefined)));
  }
  return {
    q: terms.filter((term) => term !== null).join(" "),
    ...(filter.older_than_s !== undefined && {
      to: new Date(now.getTime() - filter.older_than_s * 1000).toISOString(),
    }),
  };
}

export const targetOfSelection = (ids: readonly string[]): ReviewTarget => ({
  q: ids.length === 1 ? `id:${ids[0] ?? ""}` : `id:(${ids.join(" OR ")})`,
});

export function isFiltered(filter: QueueFilter): boolean {
  const { source, class_uid, template_id, reviewer, older_than_s } = filter;
  return Boolean(source ?? template_id ?? reviewer) || class_uid !== undefined || older_than_s !== undefined;
}
