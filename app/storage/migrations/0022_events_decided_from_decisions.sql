-- Feeds events_decided from every insert into decisions. `decisions` means the inserted rows here, so that only their
-- events are looked up; an event is always inserted before its decision.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_decided_from_decisions TO events_decided AS
SELECT
    e.received_at AS received_at, d.event_id AS event_id, e.vendor AS vendor, e.product AS product,
    e.sourcetype AS sourcetype, e.host AS host, e.format AS format, e.template_id AS template_id, e.fields AS fields,
    e.raw AS raw, d.decision_id AS decision_id, d.version AS version, d.decided_at AS decided_at,
    d.class_uid AS class_uid, d.class_name AS class_name, d.category_uid AS category_uid,
    d.activity_id AS activity_id, d.confidence AS confidence, d.status AS status, d.decided_by AS decided_by,
    d.degraded AS degraded, JSONExtractString(d.document, 'reviewer') AS reviewer, d.latency_ms AS latency_ms,
    d.stage_ms AS stage_ms
FROM decisions AS d
INNER JOIN (SELECT * FROM events WHERE event_id IN (SELECT event_id FROM decisions)) AS e ON e.event_id = d.event_id
