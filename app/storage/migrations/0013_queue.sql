-- What waits for review, narrow, so that the least certain of a million are found by reading little. A later version
-- that needs no review any more takes the event out again (`reviewed`). The margin is that of the two best candidates.
-- It repeats what a row shows of a decision, because documents are a hundred times as long.
CREATE TABLE IF NOT EXISTS queue
(
    event_id    UUID,
    version     UInt32,
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    margin      Float64 CODEC(ZSTD(1)),
    confidence  Float64 CODEC(ZSTD(1)),
    class_uid   UInt32 CODEC(ZSTD(1)),
    template_id LowCardinality(String),
    decision_id UUID,
    activity_id UInt32 CODEC(ZSTD(1)),
    candidates  Array(Tuple(class_uid UInt32, probability Float64)) CODEC(ZSTD(1)),
    reviewed    UInt8
)
ENGINE = ReplacingMergeTree(version, reviewed)
PARTITION BY toYYYYMM(UUIDv7ToDateTime(event_id, 'UTC'))
ORDER BY event_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
