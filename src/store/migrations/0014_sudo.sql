-- Hosts that run no agent and send what sudo says. A host has one computer, whoever sends its lines; `source` is who
-- brought it first.
CREATE TABLE sudo_host (
    host_key ctext PRIMARY KEY,
    computer_id ctext NOT NULL REFERENCES computer (id) ON DELETE CASCADE,
    source ctext NOT NULL
);
CREATE UNIQUE INDEX sudo_host_computer ON sudo_host (computer_id);
CREATE INDEX sudo_host_source ON sudo_host (source);

-- Records that are stored, by their content: what a sender repeats, or a file that is read again, is stored once.
CREATE TABLE sudo_seen (
    id ctext PRIMARY KEY,
    seen BIGINT NOT NULL
)
--! sqlite
WITHOUT ROWID
--! both
;
CREATE INDEX sudo_seen_age ON sudo_seen (seen);
