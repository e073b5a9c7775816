-- One row per event with the decision that holds: what search, lists and statistics read, without a join. Rows of one
-- event differ in the columns from decision_id on only; version 0 is the event before it is decided. Ordered by time,
-- because everything an analyst looks at is a span of time, newest first. The indices stand on columns that are
-- equal in all versions of an event, so that they may be used together with FINAL.
-- field_keys holds, for each field, the hashes of `name` and of `name=value` (last segment of the path, lower case).
CREATE TABLE IF NOT EXISTS events_decided
(
    received_at  DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    event_id     UUID,
    vendor       LowCardinality(String),
    product      LowCardinality(String),
    sourcetype   LowCardinality(String),
    host         LowCardinality(String),
    format       LowCardinality(String),
    template_id  LowCardinality(String),
    fields       Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    raw          String CODEC(ZSTD(3)),
    field_keys   Array(UInt64) MATERIALIZED arrayConcat(
        arrayMap(path -> sipHash64(lower(arrayElement(splitByChar('.', path), -1))), mapKeys(fields)),
        arrayMap(
            (path, value) -> sipHash64(concat(lower(arrayElement(splitByChar('.', path), -1)), '=', lower(value))),
            mapKeys(fields), mapValues(fields)
        )
    ) CODEC(ZSTD(1)),
    decision_id  UUID,
    version      UInt32,
    decided_at   DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    class_uid    UInt32,
    class_name   LowCardinality(String),
    category_uid UInt32,
    activity_id  UInt32,
    confidence   Float64 CODEC(ZSTD(1)),
    status       LowCardinality(String),
    decided_by   LowCardinality(String),
    degraded     Array(LowCardinality(String)),
    reviewer     LowCardinality(String),
    latency_ms   Float64 CODEC(ZSTD(1)),
    stage_ms     Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    INDEX event_id_bloom event_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX template_bloom template_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX host_bloom lower(host) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX field_keys_bloom field_keys TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX raw_words lower(raw) TYPE tokenbf_v1(65536, 3, 0) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(received_at)
ORDER BY (received_at, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
