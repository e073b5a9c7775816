-- People who may sign in. A change is a row with a higher revision; a removed account stays as a row that says so.
CREATE TABLE IF NOT EXISTS accounts
(
    name            String,
    revision        UInt32,
    display_name    String,
    role            LowCardinality(String),
    method          LowCardinality(String),
    password_hash   String,
    subject         String,
    must_set        Bool,
    created_at      DateTime64(3, 'UTC'),
    last_sign_in_at Nullable(DateTime64(3, 'UTC')),
    disabled        Bool,
    removed         Bool
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
