-- What a row of the queue shows of its event. The least certain events lie scattered over all time: to read their
-- logs from events means to decompress a block of thousands for each. Old rows are filled by a later migration.
ALTER TABLE queue
    ADD COLUMN IF NOT EXISTS event_at   DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS vendor     LowCardinality(String),
    ADD COLUMN IF NOT EXISTS product    LowCardinality(String),
    ADD COLUMN IF NOT EXISTS sourcetype LowCardinality(String),
    ADD COLUMN IF NOT EXISTS host       LowCardinality(String),
    ADD COLUMN IF NOT EXISTS format     LowCardinality(String),
    ADD COLUMN IF NOT EXISTS excerpt    String CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS characters UInt64 CODEC(ZSTD(1))
