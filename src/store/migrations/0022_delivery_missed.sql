-- missed: up to here retention dropped records that the target did not have yet; NULL: never.
ALTER TABLE delivery_position ADD COLUMN missed BIGINT;
