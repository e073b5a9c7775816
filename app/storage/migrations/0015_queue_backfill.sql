-- What was decided before there was a queue. Rows that the view has written meanwhile merge with these.
INSERT INTO queue
    (event_id, version, received_at, margin, confidence, class_uid, template_id, decision_id, activity_id, candidates,
     reviewed)
SELECT
    event_id, version, UUIDv7ToDateTime(event_id, 'UTC'),
    JSONExtractFloat(document, 'candidates', 1, 'probability')
        - JSONExtractFloat(document, 'candidates', 2, 'probability'),
    confidence, class_uid, template_id, decision_id, activity_id,
    JSONExtract(document, 'candidates', 'Array(Tuple(class_uid UInt32, probability Float64))'),
    status != 'needs_review'
FROM decisions
WHERE status = 'needs_review' OR version > 1
SETTINGS max_execution_time = 0
