-- Service tokens. Only the SHA-256 of a secret is kept; a change is a row with a higher revision.
CREATE TABLE IF NOT EXISTS tokens
(
    token_id   UUID,
    revision   UInt32,
    name       String,
    sha256     String,
    scopes     Array(LowCardinality(String)),
    created_at DateTime64(3, 'UTC'),
    expires_at Nullable(DateTime64(3, 'UTC')),
    revoked_at Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY token_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
