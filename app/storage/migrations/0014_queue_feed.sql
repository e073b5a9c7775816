-- Feeds the queue from every insert into decisions. A first version that needs no review was never in it.
CREATE MATERIALIZED VIEW IF NOT EXISTS queue_feed TO queue AS
SELECT
    event_id, version, UUIDv7ToDateTime(event_id, 'UTC') AS received_at,
    JSONExtractFloat(document, 'candidates', 1, 'probability')
        - JSONExtractFloat(document, 'candidates', 2, 'probability') AS margin,
    confidence, class_uid, template_id, decision_id, activity_id,
    JSONExtract(document, 'candidates', 'Array(Tuple(class_uid UInt32, probability Float64))') AS candidates,
    status != 'needs_review' AS reviewed
FROM decisions
WHERE status = 'needs_review' OR version > 1
