-- The newest version of each decision, without its document: narrow, so that lists and counts read little.
CREATE TABLE IF NOT EXISTS decisions_latest
(
    event_id     UUID,
    decision_id  UUID,
    version      UInt32,
    decided_at   DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    class_uid    UInt32,
    class_name   LowCardinality(String),
    category_uid UInt32,
    activity_id  UInt32,
    confidence   Float64,
    status       LowCardinality(String),
    decided_by   LowCardinality(String),
    template_id  LowCardinality(String),
    degraded     Array(LowCardinality(String)),
    latency_ms   Float64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(UUIDv7ToDateTime(event_id, 'UTC'))
ORDER BY event_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
