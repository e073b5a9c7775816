/**
 * A stand-in for the service, for development without it (`npm run mock`) and for component tests. `createMockApi`
 * gives a function from request to answer with its own state; nothing of it is in the build.
 */
import type { ChunkRow, Session } from "../src/api/types";
import { createMockData, type MockData } from "./data.ts";
import { matching, review, targeted, undo, type ReviewBody } from "./reviews.ts";
import { evalComparison, evalDetail, evalRuns, facets, histogram, stats } from "./stats.ts";

export interface MockApi {
  data: MockData;
  handle: (request: Request) => Promise<Response>;
}

export const json = (body: unknown, status = 200) => Response.json(body, { status });
export const refusal = (status: number, code: string, message: string, details: Record<string, unknown> = {}) =>
  json({ error: { code, message, details } }, status);

function page<T>(items: readonly T[], params: URLSearchParams, limit = 50) {
  const start = Number(params.get("cursor") ?? 0);
  const size = Number(params.get("limit") ?? limit);
  const end = start + size;
  return { items: items.slice(start, end), next_cursor: end < items.length ? String(end) : null };
}

function signedOut(session: Session): Session {
  return { ...session, user: null, csrf_token: null, permissions: {}, refused: {}, expires_at: null };
}

type Handler = (context: {
  data: MockData;
  params: URLSearchParams;
  path: string[];
  body: Record<string, unknown>;
  text: string;
}) => Response | undefined;

const session: Handler = ({ data, body }) => {
  if ("password" in body && body.password === "wrong")
    return refusal(401, "not_signed_in", "Name or password is wrong.");
  data.signedIn = true;
  return json(data.session);
};

/** By method and first parts of the path; `*` is any id. */
const ROUTES: Record<string, Handler> = {
  "GET session": ({ data }) => json(data.signedIn ? data.session : signedOut(data.session)),
  "POST session": session,
  "DELETE session": ({ data }) => {
    data.signedIn = false;
    return new Response(null, { status: 204 });
  },
  "POST session/password": ({ data }) => {
    if (data.session.user) data.session.user.must_set_password = false;
    return json(data.session);
  },
  "GET sessions": () =>
    json({
      items: [{ session_id: "s1", user: "admin", created_at: new Date().toISOString(), last_seen_at: new Date().toISOString(), address: "127.0.0.1", agent: "Firefox", current: true }],
      next_cursor: null,
    }), // prettier-ignore
  "DELETE sessions/*": () => json({}),
  "GET accounts": ({ data, params }) => json(page(data.accounts, params)),
  "POST accounts": ({ data, body }) => {
    const account = { method: "password" as const, created_at: new Date().toISOString(), last_sign_in_at: null, disabled: false, display_name: "", role: "viewer" as const, ...body, name: String(body.name) }; // prettier-ignore
    if (data.accounts.some((one) => one.name === account.name))
      return refusal(409, "exists", "There is an account of this name.");
    data.accounts.push(account);
    return json(account, 201);
  },
  "PATCH accounts/*": ({ data, path, body }) => {
    const account = data.accounts.find((one) => one.name === path[1]);
    return account ? json(Object.assign(account, body)) : undefined;
  },
  "DELETE accounts/*": ({ data, path }) => {
    data.accounts = data.accounts.filter((one) => one.name !== path[1]);
    return json({});
  },
  "POST accounts/*/password": () => json({}),
  "GET tokens": ({ data }) => json({ tokens: data.tokens, next_cursor: null }),
  "POST tokens": ({ data, body }) => {
    const token_id = `token-${data.tokens.length + 1}`;
    data.tokens.push({ token_id, ...body, created_at: new Date().toISOString(), expires_at: null, revoked_at: null });
    return json({ token_id, ...body, token: "la_secret_shown_once" }, 201);
  },
  "DELETE tokens/*": ({ data, path }) => {
    const token = data.tokens.find((one) => one.token_id === path[1]);
    if (token) token.revoked_at = new Date().toISOString();
    return json({});
  },
  "GET audit": ({ data, params }) => {
    const wanted = (name: string, value: string) => !params.get(name) || value.includes(params.get(name) ?? "");
    return json(
      page(
        data.audit.filter((entry) => wanted("actor", entry.actor) && wanted("action", entry.action)),
        params,
      ),
    );
  },
  "GET queue": ({ data, params }) => {
    const waiting = data.events
      .map((event) => event.queue)
      .filter((item) => item.status === "needs_review")
      .filter((item) => !params.get("source") || item.product === params.get("source"))
      .filter((item) => !params.get("class_uid") || String(item.class_uid) === params.get("class_uid"))
      .filter((item) => !params.get("template_id") || item.template_id === params.get("template_id"))
      .sort((a, b) => (params.get("order") ?? "uncertain") === "uncertain" ? a.margin - b.margin : 0); // prettier-ignore
    return json({ ...page(waiting, params), total: waiting.length, reviewed_today: data.reviews.length });
  },
  "GET events": ({ data, params }) => {
    const found = matching(data, params.get("q") ?? "");
    if (params.get("order") === "oldest") found.reverse();
    const rows = page(found, params);
    const columns = (params.get("columns") ?? "").split(",").filter(Boolean);
    const items = rows.items.map(({ row, detail }) => ({
      ...row,
      fields: Object.fromEntries(
        detail.fields.filter((field) => columns.includes(field.path)).map(({ path, value }) => [path, value]),
      ),
    }));
    return json({ items, next_cursor: rows.next_cursor, total: found.length, total_is_exact: true, took_ms: 4 });
  },
  "GET events/histogram": ({ data, params }) =>
    json(histogram(matching(data, params.get("q") ?? ""), Number(params.get("buckets") ?? 60))),
  "GET events/facets": ({ data, params }) =>
    json(facets(matching(data, params.get("q") ?? ""), (params.get("fields") ?? "status").split(","), Number(params.get("limit") ?? 12))), // prettier-ignore
  "GET events/complete": ({ params }) => {
    const q = params.get("q") ?? "";
    const at = Number(params.get("at") ?? q.length);
    const start = Math.max(q.lastIndexOf(" ", at - 1) + 1, 0);
    const word = q.slice(start, at);
    const fields = ["status", "class", "vendor", "product", "host", "format", "confidence", "decided_by", "template", "received"]; // prettier-ignore
    const suggestions = fields
      .filter((field) => field.startsWith(word))
      .map((field) => ({ text: `${field}:`, kind: "field", about: `The ${field} of an event`, count: null }));
    return json({ suggestions, replace: [start, at] });
  },
  "GET events/export": ({ data, params }) =>
    new Response(matching(data, params.get("q") ?? "").map(({ row }) => JSON.stringify(row)).join("\n"), {
      headers: { "Content-Type": "application/x-ndjson", "Content-Disposition": 'attachment; filename="events.jsonl"' },
    }), // prettier-ignore
  "GET events/*": ({ data, path }) => {
    const at = data.events.findIndex((event) => event.row.event_id === path[1]);
    const event = data.events[at];
    if (!event) return undefined;
    const surrounding = data.events
      .slice(Math.max(0, at - 90), at + 90)
      .filter(({ row }) => row.host === event.row.host && row.event_id !== event.row.event_id)
      .map(({ row }) => ({ event_id: row.event_id, received_at: row.received_at, raw: row.raw, class_name: row.class_name, status: row.status })); // prettier-ignore
    return json({ ...event.detail, surrounding });
  },
  "GET decisions/*": ({ data, path }) => {
    const found = data.events.flatMap((event) => event.detail.decisions).find((one) => one.decision_id === path[1]);
    return found ? json(found) : undefined;
  },
  "POST reviews/preview": ({ data, body }) => {
    const events = targeted(data, body.target as never);
    const names = new Map(events.map(({ row }) => [row.class_uid ?? 0, row.class_name]));
    return json({
      events: events.length,
      templates: new Set(events.map(({ row }) => row.template_id)).size,
      by_class: [...names].map(([class_uid, class_name]) => ({ class_uid, class_name, events: events.filter(({ row }) => row.class_uid === class_uid).length })),
      token: "preview-1",
    }); // prettier-ignore
  },
  "GET reviews/effect": ({ data }) =>
    json({
      reviews: data.reviews.length,
      events_redecided: data.reviews.reduce((sum, one) => sum + (one.effect?.redecided ?? 0), 0),
      templates_pinned: new Set(data.reviews.flatMap((one) => one.template_ids)).size,
      agreement_before: 0.71,
      agreement_after: 0.94,
      classes_changed: data.reviews.flatMap((one) => one.before && one.before.class_uid !== one.class_uid ? [{ from: one.before.class_name, to: one.class_name, events: one.total }] : []), // prettier-ignore
    }),
  "POST reviews/*/undo": ({ data, path }) => {
    const undone = undo(data, path[1] ?? "");
    return undone ? json(undone) : refusal(409, "conflict", "This review was undone already.");
  },
  "GET reviews/*": ({ data, path }) => {
    const found = data.reviews.find((one) => one.review_id === path[1]);
    return found ? json(found) : undefined;
  },
  "GET reviews": ({ data, params }) => json(page(data.reviews, params)),
  "POST reviews": ({ data, body }) => {
    const made = review(data, body as unknown as ReviewBody);
    if ("conflict" in made) {
      return refusal(409, "conflict", `${made.conflict.reviewer} reviewed this event already.`, { review: made.conflict, decision: made.decision }); // prettier-ignore
    }
    return made.total > 1 ? json({ ...made, state: "running", done: 0 }, 202) : json(made, 201);
  },
  "GET stats/*": ({ data, path, params }) => json(stats(data, path[1] ?? "", params.get("by") ?? "status")),
  "GET taxonomy": ({ data }) => json(data.taxonomy),
  "POST knowledge/check": ({ data, body }) => {
    const yaml = String(body.yaml);
    const problems = yaml.includes("class") ? [] : [{ line: 1, message: "a guide needs a class" }];
    return json({ problems, guide: problems.length === 0 ? (data.chunks[0] ?? null) : null });
  },
  "POST knowledge/try": ({ data, body }) => {
    const raws =
      (body.events as (string | { raw: string })[] | undefined)?.map((one) =>
        typeof one === "string" ? one : one.raw,
      ) ?? data.events.slice(0, Number(body.recent)).map(({ row }) => row.raw);
    const results = raws.map((raw, index) => {
      const before = data.events[index]?.detail.decisions[0];
      return { raw, event_id: null, before, after: { ...before, confidence: 0.99 }, matched: index % 2 === 0, changed: index % 3 === 0 }; // prettier-ignore
    });
    return json({ results, changed: results.filter((result) => result.changed).length });
  },
  "GET knowledge": ({ data, params }) => {
    const found = data.chunks.filter(
      (chunk) =>
        (!params.get("kind") || chunk.kind === params.get("kind")) &&
        (!params.get("product") || chunk.product === params.get("product")) &&
        (!params.get("class_uid") || String(chunk.class_uid) === params.get("class_uid")) &&
        `${chunk.title} ${chunk.text}`.toLowerCase().includes((params.get("q") ?? "").toLowerCase()),
    );
    return json(page<ChunkRow>(found, params));
  },
  "GET knowledge/*": ({ data, path }) => {
    const found = data.chunks.find((chunk) => chunk.chunk_id === path[1]);
    return found ? json(found) : undefined;
  },
  "POST knowledge": () => json({ chunk_id: "guide:custom:1" }, 201),
  "DELETE knowledge/*": ({ data, path }) => {
    data.chunks = data.chunks.filter((chunk) => chunk.chunk_id !== path[1]);
    return json({});
  },
  "GET evals": ({ params }) => json(page(evalRuns(), params)),
  "GET evals/compare": ({ params }) => {
    const [a, b] = ["a", "b"].map((side) => evalRuns().find((run) => run.run_id === params.get(side)));
    return a && b ? json(evalComparison(a, b)) : undefined;
  },
  "GET evals/*/predictions": ({ params }) =>
    json(page(Array.from({ length: 40 }, (_, n) => ({ id: `ev-${n}`, class_uid: 3002, predicted_class_uid: n % 4 ? 3002 : 3003, confidence: 0.8, correct: n % 4 > 0, vendor: "Microsoft" })).filter((one) => params.get("wrong") !== "true" || !one.correct), params)), // prettier-ignore
  "GET evals/*": ({ path }) => {
    const run = evalRuns().find((one) => one.run_id === path[1]);
    return run ? json(evalDetail(run)) : undefined;
  },
  "GET parts": () =>
    json({ parts: ["events", "knowledge", "embeddings", "model", "memo"].map((name) => ({ name, state: "ready", detail: "in process", since: new Date().toISOString() })) }), // prettier-ignore
};

/** Outside /api: the classifier, line by line. */
function classify(data: MockData, text: string): Response {
  const lines = text.split("\n").filter(Boolean);
  const decisions = lines.map((line, index) => {
    if (line.includes("not an event"))
      return { error: { code: "invalid_event", message: "an event needs raw", details: {} } };
    return data.events[index % data.events.length]?.detail.decisions[0];
  });
  return new Response(decisions.map((one) => JSON.stringify(one)).join("\n") + "\n", {
    headers: { "Content-Type": "application/x-ndjson" },
  });
}

function route(method: string, path: readonly string[]): Handler | undefined {
  const shapes = [path, path.map((part, at) => (at === 1 ? "*" : part))];
  for (const shape of shapes) {
    const found = ROUTES[`${method} ${shape.join("/")}`];
    if (found) return found;
  }
  return undefined;
}

export function createMockApi(data = createMockData()): MockApi {
  return {
    data,
    async handle(request) {
      const url = new URL(request.url, "http://mock");
      const text = request.method === "GET" ? "" : await request.text();
      if (url.pathname === "/healthz") return json({ status: "ok" });
      if (url.pathname === "/classify") return classify(data, text);
      const path = url.pathname.replace(/^\/api\//, "").split("/").map(decodeURIComponent); // prettier-ignore
      if (!data.signedIn && path[0] !== "session") return refusal(401, "not_signed_in", "Sign in first.");
      const isJson = text.startsWith("{");
      const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
      const answer = route(request.method, path)?.({ data, params: url.searchParams, path, body, text });
      return answer ?? refusal(404, "not_found", `There is nothing at ${url.pathname}.`);
    },
  };
}
