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
-- when searches see nothing of the partition; its row goes with the last of its data. gone_us: blocks before this are deleted.
CREATE TABLE event_partition (
    class_no BIGINT NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    gone_us BIGINT NOT NULL,
    PRIMARY KEY (class_no, from_us)
);

-- One row. Stamps rise although all events may be gone; whoever makes the next one holds the row. All classes have partitions
-- up to ready_until. checked: the clock when the last round of retention went through; refused: since when none did, or 0. The counts
-- are of all computers, also those that are gone, and of all time.
CREATE TABLE event_clock (
    id BIGINT PRIMARY KEY,
    last_ingested BIGINT NOT NULL,
    ready_until BIGINT NOT NULL,
    checked BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    stored_count BIGINT NOT NULL,
    lost_count BIGINT NOT NULL,
    dropped_count BIGINT NOT NULL
);
INSERT INTO event_clock (id, last_ingested, ready_until, checked, refused, stored_count, lost_count, dropped_count)
    VALUES (1, 0, 0, 0, 0, 0, 0, 0);

-- What must not be dropped, however old: events that were stored in the span, of these computers or (none named) of all. computers: the
-- same ids as JSON.
CREATE TABLE event_hold (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    reason ctext,
    created BIGINT NOT NULL,
    created_by ctext NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    computers ctext NOT NULL
);
-- Which partitions past their time a hold of computers needs.
CREATE TABLE event_hold_look (
    hold_id ctext NOT NULL REFERENCES event_hold (id) ON DELETE CASCADE,
    class_no BIGINT NOT NULL,
    from_us BIGINT NOT NULL,
    needed BIGINT NOT NULL,
    PRIMARY KEY (class_no, from_us, hold_id)
);
CREATE TABLE event_hold_computer (
    hold_id ctext NOT NULL REFERENCES event_hold (id) ON DELETE CASCADE,
    computer_id ctext NOT NULL,
    PRIMARY KEY (hold_id, computer_id)
);

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
