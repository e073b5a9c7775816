-- Which chunks a decision rests on, so that the knowledge pages can say where a chunk is used. Read from the
-- document's text, where no quoted log can look like it: a quote inside a JSON text has a backslash before it, and
-- a JSON parser would refuse documents with bytes that are not UTF-8. Worked out for new rows when they are written,
-- for old ones when they are read.
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS evidence_ids Array(LowCardinality(String))
MATERIALIZED extractAll(document, '"chunk_id":"([^"]+)"')
