-- Feeds events_decided from every insert into events: the event before it is decided.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_decided_from_events TO events_decided AS
SELECT received_at, event_id, vendor, product, sourcetype, host, format, template_id, fields, raw
FROM events
