-- What a review found, so that undoing it restores exactly that: the pin and the example of the template as JSON.
-- An empty example was not looked at yet.
ALTER TABLE reviews
    ADD COLUMN IF NOT EXISTS pin_before String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS example_before String CODEC(ZSTD(3))
