-- The conversations of the analyst chat. One that is deleted loses its title at once and keeps its row, so that what
-- is left of it elsewhere is removed however often that fails: erased says that all of it is gone.
CREATE TABLE IF NOT EXISTS chat_conversations
(
    conversation_id UUID,
    revision        UInt64,
    owner           LowCardinality(String),
    title           String CODEC(ZSTD(1)),
    event_id        Nullable(UUID),
    shared          Bool,
    turns           UInt32,
    created_at      DateTime64(3, 'UTC'),
    updated_at      DateTime64(3, 'UTC'),
    deleted_at      Nullable(DateTime64(3, 'UTC')),
    erased          Bool
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY conversation_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
