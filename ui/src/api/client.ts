/**
 * How the UI talks to the service.
 *
 * Reads are given up when their component goes (pass the `signal` of a query) and are tried again by the query client.
 * Writes are sent once. A write refused for want of a session waits for the analyst to sign in again and is then sent
 * once more, provided the same person signed in; what was typed is therefore not lost.
 */
import { markSessionEnded, notReached, reached, refusals, waitForSignIn } from "./connection";
import { ApiError, errorOf } from "./errors";
import { parseAnswer } from "./parse";

export type Params = Record<string, string | number | boolean | readonly (string | number)[] | null | undefined>;

interface Identity {
  csrf: string | null;
  name: string | null;
}
let identity: Identity = { csrf: null, name: null };

/** Remembers what GET or POST /api/session answered: the token for writes, and whose session it is. */
export function setIdentity(csrf: string | null, name: string | null): void {
  identity = { csrf, name };
}

/** `path` with those of `params` that have a value; lists are joined by commas. */
export function withParams(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === "") continue;
    if (typeof value === "object") {
      if (value.length > 0) query.set(name, value.join(","));
    } else {
      query.set(name, String(value));
    }
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  params?: Params;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** The sign-in itself: a 401 is its answer, not the end of a session. */
  isSignIn?: boolean;
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const method = options.method ?? "GET";
  const headers = new Headers({ Accept: "application/json", ...options.headers });
  let body = options.body;
  if (options.json !== undefined) {
    headers.set("Content-Type", "application/json");
    body = JSON.stringify(options.json);
  }
  if (method !== "GET" && identity.csrf) headers.set("X-CSRF-Token", identity.csrf);
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = body;
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(withParams(path, options.params), init);
  } catch (error) {
    if (options.signal?.aborted || (error instanceof DOMException && error.name === "AbortError")) throw error;
    notReached();
    throw new ApiError(0, "unreachable", "The service cannot be reached.");
  }
}

/** The raw answer, for downloads and streams. Throws ApiError for any failing status. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  let response = await send(path, options);
  if (response.status === 401 && !options.isSignIn) {
    const isWrite = (options.method ?? "GET") !== "GET";
    const before = identity.name;
    const refusal = await errorOf(response);
    if (!isWrite || before === null) {
      if (before !== null) markSessionEnded();
      throw refusal;
    }
    const signedInAs = await waitForSignIn();
    if (signedInAs === null || signedInAs !== before) {
      throw new ApiError(401, "session_ended", "Your session ended before this was saved. Nothing was changed.");
    }
    response = await send(path, options);
  }
  if (!response.ok) {
    const error = await errorOf(response);
    if (error.passing && error.code === "not_json") notReached();
    else reached();
    if (error.code === "forbidden") refusals.set((count) => count + 1);
    throw error;
  }
  reached();
  return response;
}

async function read<T>(path: string, options: RequestOptions): Promise<T> {
  const response = await request(path, options);
  if (response.status === 204) return undefined as T;
  try {
    return parseAnswer(await response.text()) as T;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(response.status, "not_json", "The service answered with something that is not JSON.");
  }
}

export const api = {
  get: <T>(path: string, params?: Params, signal?: AbortSignal) => read<T>(path, { ...(params && { params }), signal }),
  post: <T>(path: string, json?: unknown, options: RequestOptions = {}) =>
    read<T>(path, { ...options, method: "POST", json: json ?? {} }),
  put: <T>(path: string, json?: unknown) => read<T>(path, { method: "PUT", json }),
  patch: <T>(path: string, json?: unknown) => read<T>(path, { method: "PATCH", json }),
  delete: <T>(path: string) => read<T>(path, { method: "DELETE" }),
};
