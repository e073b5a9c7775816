-- Which revision of which turn the knowledge base has; a turn without a row here, or with an older one, waits.
CREATE TABLE IF NOT EXISTS chat_transcripts
(
    conversation_id UUID,
    turn            UInt32,
    role            LowCardinality(String),
    written         UInt64
)
ENGINE = ReplacingMergeTree(written)
ORDER BY (conversation_id, turn, role)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
