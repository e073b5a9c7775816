-- The turns of the analyst chat, each with what it was about and what answered it.
CREATE TABLE IF NOT EXISTS chat_turns
(
    conversation_id UUID,
    turn            UInt32,
    role            LowCardinality(String),
    content         String CODEC(ZSTD(3)),
    event_id        Nullable(UUID),
    decision_id     Nullable(UUID),
    model_version   LowCardinality(String),
    prompt_version  LowCardinality(String),
    user            LowCardinality(String),
    created_at      DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (conversation_id, turn, role)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
