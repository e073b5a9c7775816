-- What an answer is beside its words, and how far it is. A turn that changes is written again as a whole; of equal
-- keys the row that was written last holds. The document is the turn as it is told over the wire.
ALTER TABLE chat_turns
    ADD COLUMN IF NOT EXISTS revision UInt64,
    ADD COLUMN IF NOT EXISTS key String,
    ADD COLUMN IF NOT EXISTS status LowCardinality(String) DEFAULT 'done',
    ADD COLUMN IF NOT EXISTS composed LowCardinality(String),
    ADD COLUMN IF NOT EXISTS rating LowCardinality(String),
    ADD COLUMN IF NOT EXISTS note String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ms Float64,
    ADD COLUMN IF NOT EXISTS document String CODEC(ZSTD(3))
