import type { Role, Scope } from "@/api";

/** Each permission in the words of what one does with it. */
export const PERMISSION_LABELS: Record<string, string> = {
  "events.read": "See events and decisions",
  classify: "Have logs decided",
  ingest: "Send logs to be decided later",
  "reviews.write": "Confirm and override",
  "knowledge.write": "Change guides and examples",
  "evals.read": "See evals",
  "metrics.read": "Read metrics",
  "accounts.manage": "Manage accounts",
  "tokens.manage": "Manage tokens",
  "audit.read": "Read the audit",
  export: "Export events",
  "chat.read": "Read the chat",
  "chat.ask": "Ask the chat",
};

export const ROLES: readonly { value: Role; label: string; about: string }[] = [
  { value: "viewer", label: "Viewer", about: "sees everything, changes nothing" },
  { value: "analyst", label: "Analyst", about: "also tries logs, reviews and exports" },
  { value: "engineer", label: "Engineer", about: "also changes guides and examples" },
  { value: "admin", label: "Admin", about: "also manages accounts, tokens and reads the audit" },
];

export const SCOPES: readonly { value: Scope; label: string }[] = [
  { value: "classify", label: "classify: have logs decided and read the answer" },
  { value: "ingest", label: "ingest: send logs to be decided later" },
  { value: "read", label: "read: search and read everything" },
  { value: "admin", label: "admin: everything" },
];
