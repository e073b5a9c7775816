-- What people confirmed and overrode.
CREATE TABLE IF NOT EXISTS reviews
(
    review_id     UUID,
    event_id      UUID,
    decision_id   UUID,
    template_id   LowCardinality(String),
    action        LowCardinality(String),
    class_uid     UInt32,
    activity_id   UInt32,
    ocsf_version  LowCardinality(String),
    comment       String CODEC(ZSTD(1)),
    reviewer      LowCardinality(String),
    created_at    DateTime64(3, 'UTC'),
    INDEX review_id_bloom review_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX template_bloom template_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (event_id, created_at, review_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
