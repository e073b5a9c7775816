-- Every version of every decision. The document is the decision as it was answered; the other columns repeat
-- what is searched and counted. Partitioned by the month in the event's UUIDv7, so that all versions of an event
-- lie together and a version written twice merges into one.
CREATE TABLE IF NOT EXISTS decisions
(
    event_id          UUID,
    decision_id       UUID,
    version           UInt32,
    decided_at        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    class_uid         UInt32,
    class_name        LowCardinality(String),
    category_uid      UInt32,
    activity_id       UInt32,
    type_uid          UInt64,
    confidence        Float64,
    status            LowCardinality(String),
    decided_by        LowCardinality(String),
    template_id       LowCardinality(String),
    degraded          Array(LowCardinality(String)),
    ocsf_version      LowCardinality(String),
    model_version     LowCardinality(String),
    prompt_version    LowCardinality(String),
    knowledge_version LowCardinality(String),
    ranker_version    LowCardinality(String),
    latency_ms        Float64,
    stage_ms          Map(LowCardinality(String), Float64),
    document          String CODEC(ZSTD(3)),
    INDEX decision_id_bloom decision_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX template_bloom template_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(UUIDv7ToDateTime(event_id, 'UTC'))
ORDER BY (event_id, version, decision_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
