-- The events of what waited before rows had them. A row replaces the one of the same version.
INSERT INTO queue
    (event_id, version, received_at, margin, confidence, class_uid, template_id, decision_id, activity_id, candidates,
     reviewed, event_at, vendor, product, sourcetype, host, format, excerpt, characters)
SELECT
    q.event_id, q.version, q.received_at, q.margin, q.confidence, q.class_uid, q.template_id, q.decision_id,
    q.activity_id, q.candidates, q.reviewed, e.received_at, e.vendor, e.product, e.sourcetype, e.host, e.format,
    e.excerpt, e.characters
FROM (SELECT * FROM queue FINAL WHERE reviewed = 0 AND characters = 0) AS q
INNER ANY JOIN
(
    SELECT
        event_id, received_at, vendor, product, sourcetype, host, format,
        substringUTF8(raw, 1, 2000) AS excerpt, lengthUTF8(raw) AS characters
    FROM events
    WHERE event_id IN (SELECT event_id FROM queue WHERE reviewed = 0 AND characters = 0)
) AS e ON e.event_id = q.event_id
SETTINGS max_execution_time = 0
