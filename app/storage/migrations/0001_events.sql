-- One row per event as received. Replacing, because a batch may be written twice when the process dies between
-- the insert and the removal of the spool segment: equal keys then merge into one row.
CREATE TABLE IF NOT EXISTS events
(
    event_id    UUID,
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    vendor      LowCardinality(String),
    product     LowCardinality(String),
    sourcetype  LowCardinality(String),
    host        LowCardinality(String),
    format      LowCardinality(String),
    template_id LowCardinality(String),
    fields      Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    raw         String CODEC(ZSTD(3)),
    INDEX event_id_bloom event_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX template_bloom template_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX raw_words lower(raw) TYPE tokenbf_v1(65536, 3, 0) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (vendor, product, received_at, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
