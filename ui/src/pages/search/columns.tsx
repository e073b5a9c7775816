import type { EventRow } from "@/api";
import { ClassBadge, Confidence, StatusBadge, TimeText, safeLine, type Column } from "@/components";
import classes from "./search.module.css";

const text = (value: string) => <span title={safeLine(value)}>{safeLine(value) || "–"}</span>;

/** Columns that every event has. Their ids are the names of the service's fields, as an export uses them too. */
const OWN: readonly Column<EventRow>[] = [
  { id: "received_at", header: "Time", width: 134, fixed: true, cell: (row) => <TimeText at={row.received_at} /> },
  { id: "status", header: "Status", width: 120, cell: (row) => <StatusBadge status={row.status} size="xs" /> },
  {
    id: "class_name",
    header: "Class",
    width: 152,
    grow: 1.5,
    cell: (row) => <ClassBadge uid={row.class_uid} name={row.class_name} />,
  },
  { id: "activity_name", header: "Activity", width: 110, cell: (row) => text(row.activity_name) },
  {
    id: "confidence",
    header: "Confidence",
    width: 108,
    align: "end",
    cell: (row) => <Confidence value={row.confidence} unsure={row.status === "needs_review"} width={40} />,
  },
  { id: "decided_by", header: "Decided by", width: 90, cell: (row) => text(row.decided_by ?? "") },
  { id: "vendor", header: "Vendor", width: 110, cell: (row) => text(row.vendor) },
  { id: "product", header: "Product", width: 104, grow: 1.2, cell: (row) => text(row.product) },
  { id: "sourcetype", header: "Source type", width: 120, cell: (row) => text(row.sourcetype) },
  { id: "host", header: "Host", width: 120, cell: (row) => text(row.host) },
  { id: "format", header: "Format", width: 80, cell: (row) => text(row.format) },
  { id: "template_id", header: "Template", width: 140, cell: (row) => <code>{row.template_id}</code> },
  { id: "event_id", header: "Event", width: 270, cell: (row) => <code>{row.event_id}</code> },
  {
    id: "raw",
    header: "Raw log",
    width: 170,
    grow: 3,
    cell: (row) => (
      // The start tells the row; the whole log is in the panel.
      <code className={classes.raw}>{safeLine(row.raw.slice(0, 400))}</code>
    ),
  },
];

const OWN_IDS = new Set(OWN.map((column) => column.id));
export const DEFAULT_COLUMNS: readonly string[] = [
  "received_at",
  "status",
  "class_name",
  "confidence",
  "product",
  "raw",
];

/** The columns that a URL names, the time first; the default ones where it names none. */
export function columnsOf(named: string | undefined): string[] {
  const ids = (named ?? "").split(",").map((id) => id.trim());
  const known = [...new Set(ids)].filter((id) => id !== "" && id !== "received_at");
  return known.length > 0 ? ["received_at", ...known] : [...DEFAULT_COLUMNS];
}

/** How a URL names these columns; undefined for the default ones. */
export function columnsText(ids: readonly string[]): string | undefined {
  const text = ids.join(",");
  return text === DEFAULT_COLUMNS.join(",") ? undefined : text;
}

/** Those of the columns that are fields of the log, by their paths. */
export function fieldPaths(ids: readonly string[]): string[] {
  return ids.filter((id) => !OWN_IDS.has(id));
}

/** All columns there are to choose from: those of every event and the fields chosen so far. */
export function columnsFor(ids: readonly string[]): Column<EventRow>[] {
  const fields = fieldPaths(ids).map<Column<EventRow>>((path) => ({
    id: path,
    header: path,
    width: 150,
    cell: (row) => text(row.fields[path] ?? ""),
  }));
  return [...OWN, ...fields];
}
