-- used: no event that has the word has a stamp a day or more behind this one, so that words go when the last events that may have them
-- are gone. Where it was not noted yet, the newest stamp stands for it.
ALTER TABLE event_word ADD COLUMN used BIGINT NOT NULL DEFAULT 0;
UPDATE event_word SET used = (SELECT last_ingested FROM event_clock WHERE id = 1);
CREATE INDEX event_word_used ON event_word (used);
