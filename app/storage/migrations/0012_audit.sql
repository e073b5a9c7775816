-- Who did what, from where, and how it went. Rows are only ever added.
CREATE TABLE IF NOT EXISTS audit
(
    entry_id UUID,
    at       DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    actor    String,
    role     LowCardinality(String),
    action   LowCardinality(String),
    target   String CODEC(ZSTD(1)),
    outcome  LowCardinality(String),
    address  String,
    detail   String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, entry_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
