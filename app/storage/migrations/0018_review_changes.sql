-- The events that a review gave a new version of their decision, with the version that held before.
CREATE TABLE IF NOT EXISTS review_changes
(
    review_id      UUID,
    event_id       UUID,
    before_version UInt32,
    after_version  UInt32,
    from_class_uid UInt32,
    to_class_uid   UInt32,
    cause          LowCardinality(String),
    INDEX event_id_bloom event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (review_id, event_id, after_version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
