-- Events by class and time, so that what is kept no longer goes as a whole (docs/events.md). The events that a store of an earlier
-- layout had are not taken over.
DROP TABLE event_column;
DROP TABLE event_piece;
DROP TABLE event_block;

-- How long the events of a class are kept, since they were stored. Classes: 0 passive, 1 other (event_class.h).
CREATE TABLE event_class (
    class_no BIGINT PRIMARY KEY,
    days BIGINT NOT NULL
);
INSERT INTO event_class (class_no, days) VALUES (0, 30), (1, 90);

-- The blocks of a class whose first stamp is in the span. Spans of a class never overlap and rise as they are made. dropped: 0, or since
-- when nobody reads the partition any more; its row goes when the last of its data is gone.
CREATE TABLE event_partition (
    class_no BIGINT NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    PRIMARY KEY (class_no, from_us)
);

-- One row. Stamps rise although all events may be gone; whoever makes the next one holds the row. All classes have partitions
-- up to ready_until. checked: the clock when the last round of retention went through; refused: since when one did not, or 0.
CREATE TABLE event_clock (
    id BIGINT PRIMARY KEY,
    last_ingested BIGINT NOT NULL,
    ready_until BIGINT NOT NULL,
    checked BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    dropped_count BIGINT NOT NULL
);
INSERT INTO event_clock (id, last_ingested, ready_until, checked, refused, dropped_count) VALUES (1, 0, 0, 0, 0, 0);

-- What a batch has of one class. runs: which stamps of the batch are these (event_piece.h); empty when one follows the other.
CREATE TABLE event_block (
    class_no BIGINT NOT NULL,
--! sqlite
    first_ingested INTEGER PRIMARY KEY,
--! postgres
    first_ingested BIGINT NOT NULL,
--! both
    last_ingested BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    computer_id ctext NOT NULL,
    first_sequence BIGINT NOT NULL,
    runs BYTEA NOT NULL,
    packed BYTEA NOT NULL
--! postgres
    , PRIMARY KEY (class_no, first_ingested)
) PARTITION BY LIST (class_no);
CREATE TABLE event_block_0 PARTITION OF event_block FOR VALUES IN (0) PARTITION BY RANGE (first_ingested);
CREATE TABLE event_block_1 PARTITION OF event_block FOR VALUES IN (1) PARTITION BY RANGE (first_ingested);
--! sqlite
);
--! both

-- level: 0 of one block, 1 merged, both whole in `packed`; 2 large: `packed` has the blocks, event_column the rest. A piece is
-- of one partition; no two have the same first stamp.
CREATE TABLE event_piece (
    class_no BIGINT NOT NULL,
--! sqlite
    first_ingested INTEGER PRIMARY KEY,
--! postgres
    first_ingested BIGINT PRIMARY KEY,
--! both
    last_ingested BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    level BIGINT NOT NULL,
    packed BYTEA NOT NULL
);
CREATE INDEX event_piece_last ON event_piece (last_ingested);
CREATE INDEX event_piece_level ON event_piece (level, class_no, first_ingested, event_count) WHERE level < 2;

CREATE TABLE event_column (
    class_no BIGINT NOT NULL,
    first_ingested BIGINT NOT NULL,
    column_no BIGINT NOT NULL,
    words BYTEA NOT NULL,
    codes BYTEA NOT NULL,
    PRIMARY KEY (class_no, first_ingested, column_no)
)
--! sqlite
;
--! postgres
PARTITION BY LIST (class_no);
CREATE TABLE event_column_0 PARTITION OF event_column FOR VALUES IN (0) PARTITION BY RANGE (first_ingested);
CREATE TABLE event_column_1 PARTITION OF event_column FOR VALUES IN (1) PARTITION BY RANGE (first_ingested);
--! both
