/** The state of the mock API: events with decisions, reviews, accounts. Made anew by `createMockData`. */
import type {
  Account,
  AuditEntry,
  Candidate,
  ChunkDetail,
  Decision,
  EventDetail,
  EventRow,
  Evidence,
  QueueItem,
  Review,
  Session,
  Span,
  Taxonomy,
} from "../src/api/types";
import { CLASSES, SAMPLES, type Sample } from "./samples.ts";

export interface MockEvent {
  detail: EventDetail;
  row: EventRow;
  queue: QueueItem;
}
export interface MockData {
  signedIn: boolean;
  session: Session;
  events: MockEvent[];
  reviews: Review[];
  chunks: ChunkDetail[];
  accounts: Account[];
  audit: AuditEntry[];
  taxonomy: Taxonomy;
  tokens: Record<string, unknown>[];
  /** Told to listeners of /api/live. */
  live: { name: string; data: unknown }[];
}

const codePoints = (text: string) => Array.from(text).length;

function spanOf(raw: string, part: string): Span | null {
  const at = raw.indexOf(part);
  if (at < 0) return null;
  const start = codePoints(raw.slice(0, at));
  return [start, start + codePoints(part)];
}

export const categoryOf = (uid: number) => CLASSES.find(([known]) => known === uid)?.[2] ?? "Uncategorized";

function decisionOf(sample: Sample, id: number, raw: string, at: Date): Decision {
  const confidence = Math.min(0.995, Math.max(0.12, sample.confidence + (((id * 7919) % 100) - 50) / 400));
  const rest = 1 - confidence;
  const span = spanOf(raw, sample.hit);
  const evidence: Evidence[] = [
    { chunk_id: sample.guide, kind: sample.guide.startsWith("guide") ? "guide" : "class", title: `${sample.product}: ${sample.hit}`, score: 0.91, paths: [sample.path], spans: span ? [span] : [] },
    { chunk_id: `class:${sample.second[0]}`, kind: "class", title: sample.second[1], score: 0.41, paths: [], spans: [] },
  ]; // prettier-ignore
  const candidates: Candidate[] = [
    { class_uid: sample.class_uid, class_name: sample.class_name, probability: confidence, llm_score: 0.7, evidence: [sample.guide] },
    { class_uid: sample.second[0], class_name: sample.second[1], probability: Math.min(rest * 0.7, confidence * 0.8), llm_score: 0.2, evidence: [`class:${sample.second[0]}`] },
    { class_uid: 0, class_name: "Base Event", probability: rest * 0.2, llm_score: null, evidence: [] },
  ]; // prettier-ignore
  const unsure = confidence < 0.7;
  return {
    event_id: `event-${id}`,
    decision_id: `decision-${id}-1`,
    version: 1,
    decided_at: at.toISOString(),
    ocsf_version: "1.8.0",
    category_uid: Math.floor(sample.class_uid / 1000),
    category_name: categoryOf(sample.class_uid),
    class_uid: sample.class_uid,
    class_name: sample.class_name,
    activity_id: sample.activity_id,
    activity_name: sample.activity_name,
    type_uid: sample.class_uid * 100 + sample.activity_id,
    confidence,
    status: unsure ? "needs_review" : "auto",
    decided_by: unsure ? "ranker" : id % 3 === 0 ? "ranker" : "memo",
    degraded: [],
    candidates,
    prediction_set: unsure ? [sample.class_uid, sample.second[0]] : [sample.class_uid],
    evidence,
    rationale: `${sample.path} holds ${sample.hit}, which ${sample.guide} describes as ${sample.class_name}.`,
    template_id: `template-${SAMPLES.indexOf(sample)}`,
    versions: { model: "smollm2-135m", prompt: "rerank@3", knowledge: "2026-11", ranker: "4" },
    latency_ms: { parse: 0.1, template: 0.2, retrieve: 9.2, rerank: 0, rank: 0.4, total: 11 },
  };
}

function eventOf(id: number, at: Date, total: number): MockEvent {
  const sample = SAMPLES[(id * 5 + Math.floor(id / 3)) % SAMPLES.length]!;
  const raw = sample.raw(id, at);
  const decision = decisionOf(sample, id, raw, at);
  const host = `host-${id % 9}.corp.example`;
  const span = spanOf(raw, sample.hit);
  const shared = {
    event_id: `event-${id}`,
    received_at: at.toISOString(),
    template_id: decision.template_id,
    format: sample.format,
    host,
  };
  const source = { vendor: sample.vendor, product: sample.product, sourcetype: sample.sourcetype };
  const template_count = Math.ceil(total / SAMPLES.length);
  const short = { raw: raw.slice(0, 2000), raw_truncated: raw.length > 2000 };
  const decided = { class_uid: decision.class_uid, class_name: decision.class_name, activity_id: decision.activity_id, activity_name: decision.activity_name, confidence: decision.confidence, status: decision.status }; // prettier-ignore
  const [first, second] = decision.candidates;
  return {
    row: { ...shared, ...source, ...short, ...decided, decided_by: decision.decided_by, fields: {} },
    queue: {
      ...shared,
      ...source,
      ...short,
      ...decided,
      decision_id: decision.decision_id,
      template_count,
      margin: (first?.probability ?? 0) - (second?.probability ?? 0),
      candidates: decision.candidates.map(({ class_uid, class_name, probability }) => ({
        class_uid,
        class_name,
        probability,
      })),
    },
    detail: {
      ...shared,
      raw,
      source,
      template_count,
      fields: [
        { path: sample.path, value: sample.hit, span },
        { path: "host", value: host, span: null },
      ],
      decisions: [decision],
      reviews: [],
      surrounding: [],
    },
  };
}

function taxonomyOf(): Taxonomy {
  const categories = [...new Map(CLASSES.map(([uid, , name]) => [Math.floor(uid / 1000), name]))];
  const activities = ["Unknown", "Create", "Update", "Get", "Delete", "Close", "Traffic"];
  return {
    ocsf_version: "1.8.0",
    categories: categories.map(([uid, caption]) => ({ uid, caption, description: `${caption} events.` })),
    classes: CLASSES.map(([uid, caption, category]) => ({
      uid,
      name: caption.toLowerCase().replaceAll(" ", "_"),
      caption,
      description: `${caption} events report what happened in the category ${category}.`,
      category_uid: Math.floor(uid / 1000),
      category_name: category,
      deprecated: false,
      activities: activities.map((name, activity_id) => ({
        activity_id,
        caption: uid === 3002 && activity_id === 1 ? "Logon" : name,
        description: `${name} of ${caption}.`,
      })),
    })),
  };
}

function chunkOf(sample: Sample, events: MockEvent[]): ChunkDetail {
  const using = events.filter((event) => event.row.template_id === `template-${SAMPLES.indexOf(sample)}`);
  return {
    chunk_id: sample.guide,
    kind: sample.guide.startsWith("guide") ? "guide" : "class",
    title: `${sample.product}: ${sample.hit}`,
    class_uid: sample.class_uid,
    class_name: sample.class_name,
    activity_name: sample.activity_name,
    product: sample.product,
    vendor: sample.vendor,
    origin: "packaged",
    excerpt: `${sample.path} is ${sample.hit}`,
    text: `An event of ${sample.product} whose ${sample.path} is ${sample.hit} reports ${sample.class_name}.`,
    reference: "https://example.test/reference",
    meaning: `${sample.class_name}, ${sample.activity_name}`,
    why: "The vendor's documentation says so.",
    yaml: null,
    samples: [sample.raw(1, new Date("2026-11-20T10:00:00Z"))],
    conditions: [{ paths: [sample.path], operator: "equals", values: [sample.hit], negated: false }],
    usage: {
      decisions: using.length,
      last_used_at: using[0]?.row.received_at ?? null,
      recent: using.slice(0, 5).map(({ row }) => ({ event_id: row.event_id, received_at: row.received_at, raw: row.raw, class_name: row.class_name })), // prettier-ignore
    },
  };
}

export const PERMISSIONS = [
  "events.read", "classify", "reviews.write", "knowledge.write", "evals.read", "accounts.manage", "tokens.manage", "audit.read", "export", "chat.read", "chat.ask",
]; // prettier-ignore

export function createMockData(count = 400, now = new Date()): MockData {
  const events = Array.from({ length: count }, (_, id) => eventOf(id, new Date(now.getTime() - id * 47_000), count));
  return {
    signedIn: true,
    session: {
      user: { name: "admin", display_name: "Ada Admin", role: "admin", method: "password", must_set_password: false },
      csrf_token: "mock-csrf",
      permissions: Object.fromEntries(PERMISSIONS.map((name) => [name, true])),
      refused: {},
      expires_at: new Date(now.getTime() + 8 * 3_600_000).toISOString(),
      sign_in: { password: true, oidc: { name: "Example ID", url: "/auth/oidc/start" } },
    },
    events,
    reviews: [],
    chunks: [
      ...SAMPLES.filter((sample) => sample.guide.startsWith("guide")).map((sample) => chunkOf(sample, events)),
      ...CLASSES.map(([uid, caption]) => ({
        ...chunkOf({ ...SAMPLES[0]!, guide: `class:${uid}`, class_uid: uid, class_name: caption }, []),
        title: caption,
        product: "",
        vendor: "",
        samples: [],
        conditions: [],
      })),
    ],
    accounts: (["viewer", "analyst", "engineer", "admin"] as const).map((role) => ({
      name: role,
      display_name: `The ${role}`,
      role,
      method: role === "engineer" ? "oidc" : "password",
      created_at: new Date(now.getTime() - 30 * 86_400_000).toISOString(),
      last_sign_in_at: role === "viewer" ? null : now.toISOString(),
      disabled: false,
    })),
    audit: Array.from({ length: 30 }, (_, n) => ({
      at: new Date(now.getTime() - n * 600_000).toISOString(),
      actor: ["admin", "analyst", "viewer"][n % 3] ?? "admin",
      role: ["admin", "analyst", "viewer"][n % 3] ?? "admin",
      action: ["session.create", "review.create", "accounts.create"][n % 3] ?? "",
      target: `event-${n}`,
      outcome: n % 7 === 3 ? ("refused" as const) : ("ok" as const),
      address: "192.0.2.7",
      detail: {},
    })),
    taxonomy: taxonomyOf(),
    tokens: [
      {
        token_id: "token-1",
        name: "vector",
        scopes: ["ingest"],
        created_at: now.toISOString(),
        expires_at: null,
        revoked_at: null,
      },
    ],
    live: [],
  };
}
