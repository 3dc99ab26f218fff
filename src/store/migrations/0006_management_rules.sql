-- What happens to computers by itself. action: 0 Archive, 1 Delete, 2 Purge. The three rules that ship have fixed ids.
CREATE TABLE management_rule (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    action BIGINT NOT NULL,
    position BIGINT NOT NULL,
    enabled BIGINT NOT NULL,
    days BIGINT NOT NULL,
    group_id ctext REFERENCES computer_group (id) ON DELETE CASCADE,
    host_type BIGINT,
    host ctext,
    is_system BIGINT NOT NULL
);
INSERT INTO management_rule (id, name, name_key, action, position, enabled, days, is_system) VALUES
    ('5f0c0001-0000-4000-8000-000000000001', 'Archive', 'archive', 0, 100, 1, 90, 0),
    ('5f0c0001-0000-4000-8000-000000000002', 'Deletion', 'deletion', 1, 200, 1, 90, 0),
    ('5f0c0001-0000-4000-8000-000000000003', 'System Purge Computer', 'system purge computer', 2, 300, 1, 7, 1);
CREATE INDEX computer_archived ON computer (archived_on, id) WHERE deleted_on = 0 AND archived = 1;

-- When the next run of a job is due. Whoever moves the moment does the run, so that it is done once by many servers.
CREATE TABLE job (
    name ctext PRIMARY KEY,
    next_run BIGINT NOT NULL
);
INSERT INTO job (name, next_run) VALUES ('management_rules', 0);
