ALTER TABLE decisions ADD INDEX IF NOT EXISTS evidence_bloom evidence_ids TYPE bloom_filter(0.01) GRANULARITY 1
