-- What searches of events read instead of the events: pieces of an index, each over the events of one span of stamps. Pieces
-- never overlap. Small ones come with their block; merging makes few large ones of them (docs/events.md).

-- The texts that filters look for, once each and column; what an event has in a column, one text or several, is a word.
CREATE TABLE event_word (
--! sqlite
    id INTEGER PRIMARY KEY AUTOINCREMENT,
--! postgres
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
--! both
    column_no BIGINT NOT NULL,
    word ctext NOT NULL,
    UNIQUE (column_no, word)
);
CREATE TABLE event_word_part (
    column_no BIGINT NOT NULL,
    part ctext NOT NULL,
    word_id BIGINT NOT NULL,
    PRIMARY KEY (column_no, part, word_id)
)
--! sqlite
WITHOUT ROWID
--! both
;

-- level: 0 of one block, 1 merged, both whole in `packed`; 2 large: `packed` has the blocks, event_column the rest.
CREATE TABLE event_piece (
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
CREATE INDEX event_piece_level ON event_piece (level, first_ingested, event_count) WHERE level < 2;

CREATE TABLE event_column (
    column_no BIGINT NOT NULL,
    first_ingested BIGINT NOT NULL,
    words BYTEA NOT NULL,
    codes BYTEA NOT NULL,
    PRIMARY KEY (column_no, first_ingested)
);
