import { beforeEach, expect, test, vi } from "vitest";
import { classifyStream } from "./classify";
import { api, setIdentity, withParams } from "./client";
import { connection, sessionRenewed, sessionState } from "./connection";
import { ApiError } from "./errors";
import { shouldRetry } from "./query";

const refusal = (status: number, code = "x") =>
  Response.json({ error: { code, message: "No.", details: { a: 1 } } }, { status });

function answers(...responses: (Response | Error)[]) {
  const fetchMock = vi.fn((_input: string, _init?: RequestInit) => {
    const next = responses.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? Response.json({}));
  });
  vi.stubGlobal("fetch", fetchMock);
  return fetchMock;
}

beforeEach(() => {
  setIdentity("token-1", "ada");
  sessionRenewed(null);
});

test("parameters without a value stay out of the address, lists are joined", () => {
  expect(withParams("/api/events", { q: "a b", from: undefined, columns: ["x.y", "z"], limit: 0 })).toBe(
    "/api/events?q=a+b&columns=x.y%2Cz&limit=0",
  );
});

test("writes carry the CSRF token, reads do not", async () => {
  const fetchMock = answers();
  await api.get("/api/queue");
  await api.post("/api/reviews", { a: 1 });
  const headers = fetchMock.mock.calls.map(([, init]) => new Headers(init?.headers).get("X-CSRF-Token"));
  expect(headers).toEqual([null, "token-1"]);
});

test("an error has the service's code, message and details", async () => {
  answers(refusal(409, "conflict"));
  await expect(api.post("/api/reviews")).rejects.toMatchObject({ status: 409, code: "conflict", details: { a: 1 } });
});

test("a write refused for want of a session is sent again, with the new token, after the same person signed in", async () => {
  const fetchMock = answers(refusal(401), Response.json({ review_id: "r1" }));
  const saved = api.post("/api/reviews", { comment: "typed" });
  await vi.waitFor(() => expect(sessionState.get().ended).toBe(true));
  setIdentity("token-2", "ada");
  sessionRenewed("ada");
  await expect(saved).resolves.toEqual({ review_id: "r1" });
  const [, second] = fetchMock.mock.calls;
  expect(second?.[1]?.body).toBe('{"comment":"typed"}');
  expect(new Headers(second?.[1]?.headers).get("X-CSRF-Token")).toBe("token-2");
});

test("somebody else's sign-in does not send what the first person typed", async () => {
  const fetchMock = answers(refusal(401));
  const saved = api.post("/api/reviews", {});
  const failed = expect(saved).rejects.toMatchObject({ code: "session_ended" });
  await vi.waitFor(() => expect(sessionState.get().ended).toBe(true));
  sessionRenewed("mallory");
  await failed;
  expect(fetchMock).toHaveBeenCalledTimes(1);
});

test("a decision has the paths of its evidence, whichever name the route gives them and wherever it stands", async () => {
  const candidate = { class_uid: 3002, evidence: ["guide:a"] };
  const decision = (item: object) => ({ candidates: [candidate], evidence: [{ chunk_id: "guide:a", ...item }] });
  const expected = decision({ paths: ["a.b"] });
  const sent = decision({ fields: ["a.b"] });
  const both = decision({ fields: ["c"], paths: ["a.b"] });
  answers(Response.json(sent), Response.json({ results: [{ before: sent, after: both }] }));
  await expect(api.get("/api/decisions/d1")).resolves.toEqual(expected);
  await expect(api.post("/api/knowledge/try")).resolves.toEqual({ results: [{ before: expected, after: expected }] });

  answers(Response.json({ error: { code: "conflict", message: "", details: { decision: sent } } }, { status: 409 }));
  await expect(api.post("/api/reviews")).rejects.toMatchObject({ details: { decision: expected } });

  answers(new Response(`${JSON.stringify(sent)}\n${JSON.stringify(decision({}))}\n`));
  const outcomes: unknown[] = [];
  await classifyStream([], (outcome) => outcomes.push(outcome));
  expect(outcomes).toEqual([expected, decision({ paths: [] })]);
});

test("no answer is told as unreachable, until one comes", async () => {
  answers(new TypeError("failed"), Response.json({}));
  await expect(api.get("/api/queue")).rejects.toMatchObject({ code: "unreachable", status: 0 });
  expect(connection.get().service).toBe("unreachable");
  await api.get("/api/queue");
  expect(connection.get().service).toBe("reachable");
});

test("only what may pass is tried again", () => {
  expect(shouldRetry(0, new ApiError(503, "store_down", ""))).toBe(true);
  expect(shouldRetry(0, new ApiError(400, "bad_query", ""))).toBe(false);
  expect(shouldRetry(3, new ApiError(503, "store_down", ""))).toBe(false);
});
