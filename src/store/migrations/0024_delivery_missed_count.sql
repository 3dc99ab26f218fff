-- missed_count: how many records retention dropped that the target did not have yet, whatever its filter.
ALTER TABLE delivery_position ADD COLUMN missed_count BIGINT NOT NULL DEFAULT 0;
