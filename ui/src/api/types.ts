/** The shapes of the HTTP API, as docs/api.md and /openapi.json describe them. */
export type Role = "viewer" | "analyst" | "engineer" | "admin";
export type Status = "auto" | "needs_review" | "confirmed" | "overridden";
export type DecidedBy = "pin" | "memo" | "ranker" | "llm" | "analyst";
export type Span = [number, number]; // half-open, in characters (Unicode code points) of raw

export interface ApiErrorBody {
  error: { code: string; message: string; details: Record<string, unknown> };
}
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

// -- session (GET/POST/DELETE /api/session, GET /api/sessions, DELETE /api/sessions/{id}, POST /api/session/password)
export interface Session {
  user: {
    name: string;
    display_name: string;
    role: Role;
    method: "password" | "oidc" | "link" | "token";
    must_set_password: boolean;
  } | null;
  csrf_token: string | null; // sent back as X-CSRF-Token on POST/PUT/DELETE of cookie sessions
  permissions: Record<string, boolean>; // by permission name, see below
  refused: Record<string, string>; // permission -> why not ("needs role analyst; you are viewer")
  expires_at: string | null;
  sign_in: { password: boolean; oidc: { name: string; url: string } | null };
}
// permission names: "events.read" "classify" "reviews.write" "knowledge.write" "evals.read" "accounts.manage" "tokens.manage" "audit.read" "export"
export interface SessionInfo {
  session_id: string;
  user: string;
  created_at: string;
  last_seen_at: string;
  address: string;
  agent: string;
  current: boolean;
}
// -- accounts (GET/POST /api/accounts, PATCH/DELETE /api/accounts/{name}, POST /api/accounts/{name}/password)
export interface Account {
  name: string;
  display_name: string;
  role: Role;
  method: "password" | "oidc";
  created_at: string;
  last_sign_in_at: string | null;
  disabled: boolean;
}
// -- tokens (GET/POST/DELETE /api/tokens, as they are today)
// -- audit (GET /api/audit?actor=&action=&cursor=&limit=)
export interface AuditEntry {
  at: string;
  actor: string;
  role: string;
  action: string;
  target: string;
  outcome: "ok" | "refused" | "failed";
  address: string;
  detail: Record<string, unknown>;
}

// -- decisions
export interface Evidence {
  chunk_id: string;
  kind: "class" | "guide" | "example" | "decision";
  title: string;
  score: number;
  paths: string[];
  spans: Span[];
}
export interface Candidate {
  class_uid: number;
  class_name: string;
  probability: number;
  llm_score: number | null;
  evidence: string[];
}
export interface Decision {
  event_id: string;
  decision_id: string;
  version?: number;
  decided_at: string;
  ocsf_version: string;
  category_uid: number;
  category_name: string;
  class_uid: number;
  class_name: string;
  activity_id: number;
  activity_name: string;
  type_uid: number;
  confidence: number;
  status: Status;
  decided_by: DecidedBy;
  degraded: string[];
  candidates: Candidate[];
  prediction_set: number[];
  evidence: Evidence[];
  rationale: string;
  template_id: string;
  versions: Record<string, string>;
  latency_ms: Record<string, number>;
  reviewer?: string;
  comment?: string;
}
export interface Field {
  path: string;
  value: string;
  span: Span | null;
}

// -- queue: GET /api/queue?source=&class_uid=&template_id=&reviewer=&older_than_s=&order=uncertain|newest|oldest&cursor=&limit=
export interface QueueItem {
  event_id: string;
  decision_id: string;
  received_at: string;
  raw: string /* first 2,000 characters */;
  raw_truncated: boolean;
  vendor: string;
  product: string;
  sourcetype: string;
  host: string;
  format: string;
  template_id: string;
  template_count: number;
  class_uid: number;
  class_name: string;
  activity_id: number;
  activity_name: string;
  confidence: number;
  margin: number;
  status: Status;
  candidates: Pick<Candidate, "class_uid" | "class_name" | "probability">[];
}
export interface Queue extends Page<QueueItem> {
  total: number;
  reviewed_today: number;
}

// -- events: GET /api/events?q=&from=&to=&columns=&cursor=&limit=&order=newest|oldest
export interface EventRow {
  event_id: string;
  received_at: string;
  raw: string;
  raw_truncated: boolean;
  vendor: string;
  product: string;
  sourcetype: string;
  host: string;
  format: string;
  template_id: string;
  class_uid: number | null;
  class_name: string;
  activity_id: number | null;
  activity_name: string;
  confidence: number | null;
  status: Status | null;
  decided_by: DecidedBy | null;
  fields: Record<string, string>; // only those asked for by `columns` (field paths)
}
export interface EventPage extends Page<EventRow> {
  total: number;
  total_is_exact: boolean;
  took_ms: number;
}
// GET /api/events/histogram?q=&from=&to=&buckets=60  -> buckets by received_at
export interface Histogram {
  from: string;
  to: string;
  step_s: number;
  buckets: { at: string; count: number; by_status: Partial<Record<Status, number>> }[];
}
// GET /api/events/facets?q=&from=&to=&fields=status,class_uid,vendor,product,host,format,decided_by&limit=12
export interface Facets {
  facets: { field: string; values: { value: string; label: string; count: number }[]; other: number }[];
}
// GET /api/events/complete?q=text&at=cursor -> suggestions for field names and values
export interface Completion {
  suggestions: { text: string; kind: "field" | "value" | "operator"; about: string; count: number | null }[];
  replace: Span;
}
// GET /api/events/export?format=jsonl|csv|parquet&q=&from=&to=&columns=  -> a file, streamed, exactly what is shown
// GET /api/events/{id} (today's answer plus the following)
export interface EventDetail {
  event_id: string;
  received_at: string;
  raw: string;
  raw_base64?: string;
  source: { vendor: string; product: string; sourcetype: string };
  host: string;
  format: string;
  template_id: string;
  template_count: number;
  fields: Field[];
  decisions: Decision[];
  reviews: Review[];
  surrounding: Pick<EventRow, "event_id" | "received_at" | "raw" | "class_name" | "status">[]; // ten before, ten after, of the same host, else source
}

// -- reviews
export interface ReviewTarget {
  event_id?: string;
  template_id?: string;
  q?: string;
  from?: string;
  to?: string;
} // exactly one of the first three
// POST /api/reviews/preview {target} -> how many events and templates it would touch, and what they are today
export interface ReviewPreview {
  events: number;
  templates: number;
  by_class: { class_uid: number; class_name: string; events: number }[];
  token: string; /* hand to POST so that the count is the one seen */
}
// POST /api/reviews {action, class_uid?, activity_id?, comment?, target, decision_id?, preview_token?, replace?}
//   decision_id = the version the analyst saw (single event). Someone was faster -> 409 code "conflict", details {review: Review, decision: Decision}; send replace: true to go on.
//   many events -> 202 {review_id, state: "running"}; progress by GET /api/reviews/{id} and live
export interface Review {
  review_id: string;
  action: "confirm" | "override";
  class_uid: number;
  class_name: string;
  activity_id: number;
  activity_name: string;
  comment: string;
  reviewer: string;
  created_at: string;
  undone_at: string | null;
  undone_by: string | null;
  target: ReviewTarget;
  state: "running" | "done" | "failed";
  done: number;
  total: number;
  template_ids: string[];
  before: { class_uid: number; class_name: string } | null;
  effect: { redecided: number; agreed_before: number; agreed_after: number; memo_looked_at: number } | null;
}
// POST /api/reviews/{id}/undo -> Review ; GET /api/reviews?reviewer=&from=&to=&cursor= -> Page<Review>
// GET /api/reviews/effect?since= -> "what your reviews changed"
export interface ReviewEffect {
  reviews: number;
  events_redecided: number;
  templates_pinned: number;
  agreement_before: number | null;
  agreement_after: number | null;
  classes_changed: { from: string; to: string; events: number }[];
}

// -- live: GET /api/live (text/event-stream). Events: "hello" {seq}, "decisions" {count, needs_review}, "review" Review, "queue" {total}, "review_progress" {review_id, done, total, state}, "parts" {degraded: string[]}; Last-Event-ID resumes.

// -- stats: GET /api/stats/summary|timeseries|sources|confidence|latency|backlog|overrides ?from=&to=
export interface StatsSummary {
  events: number;
  per_second: number;
  needs_review: number;
  decided_auto: number;
  reviewed: number;
  memo_hit_rate: number | null;
  override_rate: number | null;
  oldest_waiting_s: number | null;
  degraded: Record<string, number>;
}
export interface TimeSeries {
  step_s: number;
  from: string;
  to: string;
  series: { key: string; label: string; q: string; points: [string, number][] }[];
} // ?by=status|class|source|category|decided_by|degraded
export interface SourceStats {
  sources: {
    vendor: string;
    product: string;
    events: number;
    needs_review: number;
    overridden: number;
    confirmed: number;
    mean_confidence: number;
    q: string;
  }[];
}
export interface ConfidenceStats {
  bins: { from: number; to: number; count: number; needs_review: number; q: string }[];
}
export interface LatencyStats {
  stages: { stage: string; p50_ms: number; p95_ms: number; p99_ms: number; count: number }[];
}
export interface BacklogStats {
  total: number;
  ages: { label: string; older_than_s: number; count: number; q: string }[];
  series: [string, number][];
}
export interface OverrideStats {
  step_s: number;
  series: { source: string; points: [string, number | null, number][] /* at, rate, reviews */ }[];
}

// -- taxonomy: GET /api/taxonomy
export interface TaxonomyClass {
  uid: number;
  name: string;
  caption: string;
  description: string;
  category_uid: number;
  category_name: string;
  deprecated: boolean;
  activities: { activity_id: number; caption: string; description: string }[];
}
export interface Taxonomy {
  ocsf_version: string;
  categories: { uid: number; caption: string; description: string }[];
  classes: TaxonomyClass[];
}

// -- knowledge: GET /api/knowledge?kind=class|guide|example&q=&product=&class_uid=&cursor= ; GET /api/knowledge/{chunk_id}
export interface ChunkRow {
  chunk_id: string;
  kind: "class" | "guide" | "example";
  title: string;
  class_uid: number;
  class_name: string;
  activity_name: string;
  product: string;
  vendor: string;
  origin: "packaged" | "custom";
  excerpt: string;
}
export interface ChunkDetail extends ChunkRow {
  text: string;
  reference: string;
  meaning: string;
  why: string;
  yaml: string | null;
  samples: string[];
  conditions: { paths: string[]; operator: string; values: string[]; negated: boolean }[];
  usage: {
    decisions: number;
    last_used_at: string | null;
    recent: Pick<EventRow, "event_id" | "received_at" | "raw" | "class_name">[];
  };
}
// POST /api/knowledge (examples as today; {"kind":"guide","yaml":"…"} for a guide), DELETE /api/knowledge/{id}
// POST /api/knowledge/check {yaml} -> {problems: [{line, message}], guide: ChunkDetail | null}
// POST /api/knowledge/try {yaml, events: [raw…] | recent: n} -> what would change
export interface KnowledgeTry {
  results: {
    raw: string;
    event_id: string | null;
    before: Decision;
    after: Decision;
    matched: boolean;
    changed: boolean;
  }[];
  changed: number;
}

// -- evals: GET /api/evals, /api/evals/{run_id}, /api/evals/{run_id}/predictions?wrong=&cursor=, /api/evals/compare?a=&b=
export interface EvalRun {
  run_id: string;
  started_at: string;
  suite: string;
  configuration: string;
  data_name: string;
  events: number;
  versions: Record<string, string>;
  figures: Record<string, number>;
  intervals: Record<string, [number, number]>;
}
export interface EvalDetail extends EvalRun {
  by_vendor: Record<string, Record<string, number>>;
  by_format: Record<string, Record<string, number>>;
  by_class: Record<string, Record<string, number>>;
  confusion: { class_uid: number; predicted_class_uid: number; count: number }[];
  reliability: { confidence: number; accuracy: number; count: number }[];
  risk_coverage: { coverage: number; risk: number }[];
}
export interface EvalCompare {
  a: EvalRun;
  b: EvalRun;
  figures: { name: string; a: number; b: number; difference: number; interval: [number, number] | null }[];
  flips: { id: string; class_uid: number; a: number; b: number; better: boolean }[];
}

// -- health: GET /readyz (open), GET /api/parts
export interface Parts {
  parts: { name: string; state: "ready" | "degraded" | "down" | "starting"; detail: string; since: string | null }[];
}
