-- What an evaluation decided for each event of its data set; ids are the data set's own.
CREATE TABLE IF NOT EXISTS eval_predictions
(
    run_id                UUID,
    event_id              String,
    vendor                LowCardinality(String),
    product               LowCardinality(String),
    format                LowCardinality(String),
    class_uid             UInt32,
    predicted_class_uid   UInt32,
    activity_id           Nullable(UInt32),
    predicted_activity_id Nullable(UInt32),
    correct               Bool,
    abstained             Bool,
    asked_model           Bool,
    confidence            Float64,
    latency_ms            Float64,
    candidates            Array(UInt32)
)
ENGINE = ReplacingMergeTree
ORDER BY (run_id, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
