-- What was stored before events_decided existed. Rows that the views have written meanwhile merge with these.
INSERT INTO events_decided
    (received_at, event_id, vendor, product, sourcetype, host, format, template_id, fields, raw, decision_id, version,
     decided_at, class_uid, class_name, category_uid, activity_id, confidence, status, decided_by, degraded, reviewer,
     latency_ms, stage_ms)
SELECT
    e.received_at, e.event_id, e.vendor, e.product, e.sourcetype, e.host, e.format, e.template_id, e.fields, e.raw,
    d.decision_id, d.version, d.decided_at, d.class_uid, d.class_name, d.category_uid, d.activity_id, d.confidence,
    d.status, d.decided_by, d.degraded, d.reviewer, d.latency_ms, d.stage_ms
FROM events AS e FINAL
LEFT JOIN
(
    SELECT
        event_id, decision_id, version, decided_at, class_uid, class_name, category_uid, activity_id, confidence,
        status, decided_by, degraded, JSONExtractString(document, 'reviewer') AS reviewer, latency_ms, stage_ms
    FROM decisions
    WHERE (event_id, version, decision_id) IN (SELECT event_id, version, decision_id FROM decisions_latest FINAL)
    LIMIT 1 BY event_id
) AS d ON d.event_id = e.event_id
SETTINGS max_execution_time = 0, max_partitions_per_insert_block = 0, join_algorithm = 'full_sorting_merge'
