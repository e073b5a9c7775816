-- A review as it was given, of one event or of many, and how far the work is that it set in motion: the row is what a
-- start goes on from. Each change is a row with a higher revision.
CREATE TABLE IF NOT EXISTS review_batches
(
    review_id       UUID,
    revision        UInt32,
    created_at      DateTime64(3, 'UTC'),
    reviewer        LowCardinality(String),
    action          LowCardinality(String),
    class_uid       UInt32,
    activity_id     UInt32,
    comment         String CODEC(ZSTD(1)),
    target          String CODEC(ZSTD(1)),
    template_ids    Array(String) CODEC(ZSTD(1)),
    before_class    Nullable(UInt32),
    state           LowCardinality(String),
    phase           LowCardinality(String),
    cursor          String,
    done            UInt64,
    total           UInt64,
    undone_at       Nullable(DateTime64(3, 'UTC')),
    undone_by       LowCardinality(String),
    redecided       UInt64,
    agreed_before   UInt64,
    agreed_after    UInt64,
    memo_looked_at  UInt64,
    degraded        Array(LowCardinality(String)),
    settle_at       Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY review_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
