/**
 * What the URL of each page says. Every function takes whatever a URL holds and gives typed parameters, leaving out
 * what makes no sense: a hand-edited or old address shows the page, not an error.
 */
type Raw = Record<string, unknown>;

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

const whole = (value: unknown): number | undefined => {
  if (value === "" || value === null || value === undefined) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
};

const flag = (value: unknown): true | undefined =>
  value === true || value === "true" || value === "1" ? true : undefined;

function oneOf<const T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

/** Without those that were not given. */
function given<T extends Raw>(params: T): Partial<T> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export const queueSearch = (raw: Raw) =>
  given({
    source: text(raw.source),
    class_uid: whole(raw.class_uid),
    template_id: text(raw.template_id),
    reviewer: text(raw.reviewer),
    older_than_s: whole(raw.older_than_s),
    order: oneOf(raw.order, ["uncertain", "newest", "oldest"]),
    /** The event shown beside the list. */
    event: text(raw.event),
    /** Whether the chat about it is open. */
    chat: flag(raw.chat),
  });

export const eventSearch = (raw: Raw) =>
  given({
    tab: text(raw.tab),
    chunk: text(raw.chunk),
    chat: flag(raw.chat),
  });

export const searchSearch = (raw: Raw) =>
  given({
    q: text(raw.q),
    from: text(raw.from),
    to: text(raw.to),
    /** Chosen columns, joined by commas. */
    columns: text(raw.columns),
    order: oneOf(raw.order, ["newest", "oldest"]),
    live: flag(raw.live),
    event: text(raw.event),
    chat: flag(raw.chat),
  });

export const chatSearch = (raw: Raw) =>
  given({
    q: text(raw.q),
    scope: oneOf(raw.scope, ["all"]),
    /** The event shown beside the conversation. */
    event: text(raw.event),
  });

export const dashboardSearch = (raw: Raw) =>
  given({
    from: text(raw.from),
    to: text(raw.to),
    by: oneOf(raw.by, ["status", "class", "source", "category", "decided_by", "degraded"]),
  });

export const knowledgeSearch = (raw: Raw) =>
  given({
    kind: oneOf(raw.kind, ["class", "guide", "example"]),
    q: text(raw.q),
    product: text(raw.product),
    class_uid: whole(raw.class_uid),
    chunk: text(raw.chunk),
    /** What is being written: a new guide or example, or the chunk being corrected. */
    edit: text(raw.edit),
  });

export const trySearch = (raw: Raw) =>
  given({
    sample: text(raw.sample),
    event: text(raw.event),
  });

export const evalsSearch = (raw: Raw) =>
  given({
    run: text(raw.run),
    a: text(raw.a),
    b: text(raw.b),
    tab: text(raw.tab),
    /** One cell of the confusion matrix. */
    truth: whole(raw.truth),
    predicted: whole(raw.predicted),
  });

export const settingsSearch = (raw: Raw) =>
  given({
    section: text(raw.section),
    actor: text(raw.actor),
    action: text(raw.action),
  });

export const signInSearch = (raw: Raw) =>
  given({
    link: text(raw.link),
    next: text(raw.next),
    error: text(raw.error),
  });

/** `?q=4624` and not `?q=%224624%22`: addresses are read and written by people. */
export function parseSearch(query: string): Raw {
  return Object.fromEntries(new URLSearchParams(query));
}

export function stringifySearch(search: Raw): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      query.set(name, String(value));
    }
  }
  const written = query.toString();
  return written ? `?${written}` : "";
}
