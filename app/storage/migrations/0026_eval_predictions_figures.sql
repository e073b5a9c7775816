-- What the figures of retrieval and of prediction sets are computed from. Runs written before have empty lists.
ALTER TABLE eval_predictions
    ADD COLUMN IF NOT EXISTS accepted Array(UInt32),
    ADD COLUMN IF NOT EXISTS retrieved Array(UInt32),
    ADD COLUMN IF NOT EXISTS promised Bool DEFAULT false,
    ADD COLUMN IF NOT EXISTS prediction_set Array(UInt32)
