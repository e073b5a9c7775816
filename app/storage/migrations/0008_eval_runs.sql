-- One row per evaluation. The document is the run's metrics as they were written; the other columns repeat what is
-- listed and drawn over time.
CREATE TABLE IF NOT EXISTS eval_runs
(
    run_id            UUID,
    started_at        DateTime64(3, 'UTC'),
    suite             LowCardinality(String),
    configuration     LowCardinality(String),
    data_name         LowCardinality(String),
    data_sha256       String,
    events            UInt32,
    git_revision      LowCardinality(String),
    git_dirty         Bool,
    model_version     LowCardinality(String),
    prompt_version    LowCardinality(String),
    knowledge_version LowCardinality(String),
    ranker_version    LowCardinality(String),
    template_version  LowCardinality(String),
    ocsf_version      LowCardinality(String),
    figures           Map(LowCardinality(String), Float64),
    document          String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (started_at, run_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
