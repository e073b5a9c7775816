/** The one error of the API client. */
import { parseAnswer } from "./parse";
import type { ApiErrorBody } from "./types";

/** Codes that the client itself gives; every other code comes from the service (docs/api.md). */
export type ClientCode = "unreachable" | "not_json" | "session_ended";

/**
 * A request that was not answered as hoped. `status` is the HTTP status, 0 when there was no answer at all;
 * `code`, `message` and `details` are those of the service.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }

  /** No answer, or one from a proxy while the service restarts: the same request may succeed in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export function isApiError(error: unknown, code?: string): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

/** A sentence for the analyst, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error && error.message) return error.message;
  return "Something unexpected happened.";
}

/** The error told by an answer with a failing status; never throws. */
export async function errorOf(response: Response): Promise<ApiError> {
  const wait = Number(response.headers.get("Retry-After"));
  const retryAfterS = Number.isFinite(wait) && wait > 0 ? wait : null;
  try {
    const body = parseAnswer(await response.text()) as Partial<ApiErrorBody>;
    if (body.error) {
      return new ApiError(response.status, body.error.code, body.error.message, body.error.details, retryAfterS);
    }
  } catch {
    // A proxy's own page: told below by its status.
  }
  const message =
    response.status >= 500 ? "The service is not answering right now." : `The service refused (${response.status}).`;
  return new ApiError(response.status, "not_json", message, {}, retryAfterS);
}
