-- Sessions of the browser. The signed token in the cookie names the row; ending a session is a row with a higher
-- revision. Rows go a month after the session could last have been used.
CREATE TABLE IF NOT EXISTS sessions
(
    session_id   UUID,
    revision     UInt32,
    user         String,
    method       LowCardinality(String),
    created_at   DateTime64(3, 'UTC'),
    last_seen_at DateTime64(3, 'UTC'),
    expires_at   DateTime64(3, 'UTC'),
    ended_at     Nullable(DateTime64(3, 'UTC')),
    address      String,
    agent        String
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY session_id
TTL toDateTime(expires_at) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
