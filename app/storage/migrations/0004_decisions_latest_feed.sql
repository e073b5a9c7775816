-- Feeds decisions_latest from every insert into decisions.
CREATE MATERIALIZED VIEW IF NOT EXISTS decisions_latest_feed TO decisions_latest AS
SELECT
    event_id, decision_id, version, decided_at, class_uid, class_name, category_uid, activity_id,
    confidence, status, decided_by, template_id, degraded, latency_ms
FROM decisions
