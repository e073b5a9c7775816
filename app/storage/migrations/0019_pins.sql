-- The class that a review fixed for a template. A change is a row with a higher revision; a pin that was taken back
-- is not active.
CREATE TABLE IF NOT EXISTS pins
(
    template_id String,
    revision    UInt64,
    review_id   UUID,
    class_uid   UInt32,
    activity_id UInt32,
    status      LowCardinality(String),
    active      Bool,
    set_at      DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY template_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
