-- Feeds the queue with the event as well. `decisions` means the inserted rows here, so that only their events are
-- looked up; an event is always inserted before its decision. Joined from the left: a review takes its event out of
-- the queue even where the event is gone.
ALTER TABLE queue_feed MODIFY QUERY
SELECT
    d.event_id AS event_id, d.version AS version, UUIDv7ToDateTime(d.event_id, 'UTC') AS received_at,
    JSONExtractFloat(d.document, 'candidates', 1, 'probability')
        - JSONExtractFloat(d.document, 'candidates', 2, 'probability') AS margin,
    d.confidence AS confidence, d.class_uid AS class_uid, d.template_id AS template_id, d.decision_id AS decision_id,
    d.activity_id AS activity_id,
    JSONExtract(d.document, 'candidates', 'Array(Tuple(class_uid UInt32, probability Float64))') AS candidates,
    d.status != 'needs_review' AS reviewed,
    e.received_at AS event_at, e.vendor AS vendor, e.product AS product, e.sourcetype AS sourcetype, e.host AS host,
    e.format AS format, e.excerpt AS excerpt, e.characters AS characters
FROM (SELECT * FROM decisions WHERE status = 'needs_review' OR version > 1) AS d
LEFT ANY JOIN
(
    SELECT
        event_id, received_at, vendor, product, sourcetype, host, format,
        substringUTF8(raw, 1, 2000) AS excerpt, lengthUTF8(raw) AS characters
    FROM events
    WHERE event_id IN (SELECT event_id FROM decisions WHERE status = 'needs_review' OR version > 1)
) AS e ON e.event_id = d.event_id
