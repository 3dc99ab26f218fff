-- Moments are microseconds since 1970 in UTC; ids are UUIDs in lower-case text; yes and no are 1 and 0.
-- ctext sorts by bytes in both databases, so that pages have one order everywhere.
--! postgres
CREATE DOMAIN ctext AS text COLLATE "C";
CREATE FUNCTION reeve_fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN lower(value);
CREATE FUNCTION reeve_uuid() RETURNS text LANGUAGE sql VOLATILE RETURN gen_random_uuid()::text;
--! both

-- One value a name: tenant id, CA certificate and key, signing secret.
CREATE TABLE setting (
    name ctext PRIMARY KEY,
    value ctext NOT NULL
);

-- What an agent must know to enrol. The newest row is the one shown; older keys stop working.
CREATE TABLE installation (
    id ctext PRIMARY KEY,
    key_text ctext NOT NULL,
    created BIGINT NOT NULL
);

-- Kept counts of whole tables, so that lists need no scan for their total.
CREATE TABLE tally (
    name ctext PRIMARY KEY,
    amount BIGINT NOT NULL
);
INSERT INTO tally (name, amount) VALUES ('computer', 0);

CREATE TABLE api_account (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    description ctext,
    client_id ctext NOT NULL UNIQUE,
    secret_hash ctext NOT NULL,
    created BIGINT NOT NULL,
    audit BIGINT NOT NULL,
    insight BIGINT NOT NULL,
    management BIGINT NOT NULL,
    reporting BIGINT NOT NULL,
    scim BIGINT NOT NULL,
    jit BIGINT NOT NULL
);

CREATE TABLE api_token (
    token_hash ctext PRIMARY KEY,
    account_id ctext NOT NULL REFERENCES api_account (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);
CREATE INDEX api_token_account ON api_token (account_id);
CREATE INDEX api_token_expires ON api_token (expires);

CREATE TABLE policy (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    description ctext,
    document_id ctext,
    revision BIGINT NOT NULL,
    revision_id ctext,
    size_kb BIGINT NOT NULL,
    created BIGINT NOT NULL,
    last_modified BIGINT NOT NULL,
    last_modified_user_id ctext NOT NULL,
    last_modified_user ctext,
    draft_id ctext,
    draft_user_id ctext,
    draft_user ctext,
    draft_opened BIGINT,
    last_assigned BIGINT,
    error_info ctext
);
CREATE INDEX policy_created ON policy (created, id);

CREATE TABLE policy_revision (
    id ctext PRIMARY KEY,
    policy_id ctext NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 ctext NOT NULL,
    created BIGINT NOT NULL,
    created_user_id ctext,
    created_user ctext,
    note ctext,
    UNIQUE (policy_id, revision)
);

-- The uploaded bytes, zstd. Apart from their revision, whose row lists read.
CREATE TABLE policy_content (
    revision_id ctext PRIMARY KEY REFERENCES policy_revision (id) ON DELETE CASCADE,
    packed BYTEA NOT NULL
);

CREATE TABLE computer_group (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    description ctext,
    created BIGINT NOT NULL,
    is_default BIGINT NOT NULL,
    policy_revision_id ctext REFERENCES policy_revision (id),
    policy_assigned BIGINT,
    computer_count BIGINT NOT NULL,
    active_count BIGINT NOT NULL,
    locked_by ctext,
    error_info ctext
);
CREATE UNIQUE INDEX computer_group_default ON computer_group (is_default) WHERE is_default = 1;
CREATE INDEX computer_group_revision ON computer_group (policy_revision_id);

-- authorisation_state: 0 Pending, 1 Authorised, 2 Rejected, 3 Deactivated.
-- host_type: 0 MicrosoftWindows, 1 MacOS, 2 Linux, 3 Unknown. credential_type: 0 OAUTH, 1 CERTIFICATE.
-- deleted_on is 0 while the computer lives.
CREATE TABLE computer (
    id ctext PRIMARY KEY,
    host ctext NOT NULL,
    host_key ctext NOT NULL,
    host_type BIGINT NOT NULL,
    created BIGINT NOT NULL,
    deleted_on BIGINT NOT NULL,
    authorisation_state BIGINT NOT NULL,
    authorised BIGINT,
    archived BIGINT NOT NULL,
    archived_on BIGINT,
    group_id ctext REFERENCES computer_group (id),
    agent_version ctext,
    adapter_version ctext,
    package_manager_version ctext NOT NULL,
    os ctext,
    domain ctext,
    host_policy_id ctext,
    host_policy_name ctext,
    host_policy_revision BIGINT,
    host_revision_id ctext,
    policy_updated BIGINT,
    host_last_updated BIGINT,
    machine_key ctext NOT NULL,
    duplicate_count BIGINT NOT NULL,
    credential_type BIGINT NOT NULL,
    error_info ctext
);
CREATE INDEX computer_created ON computer (created, id) WHERE deleted_on = 0;
CREATE INDEX computer_host ON computer (host_key, id) WHERE deleted_on = 0;
CREATE INDEX computer_in_group ON computer (group_id, id) WHERE deleted_on = 0;
CREATE INDEX computer_machine ON computer (machine_key) WHERE deleted_on = 0;
CREATE INDEX computer_waiting ON computer (authorisation_state, created, id) WHERE deleted_on = 0 AND authorisation_state <> 1;
CREATE INDEX computer_deleted ON computer (deleted_on) WHERE deleted_on > 0;

-- The hot part: moved by every check-in. 0 is never.
CREATE TABLE computer_contact (
    computer_id ctext PRIMARY KEY REFERENCES computer (id) ON DELETE CASCADE,
    last_connected BIGINT NOT NULL
)
--! sqlite
WITHOUT ROWID
--! both
;
CREATE INDEX computer_contact_last ON computer_contact (last_connected, computer_id);

-- What the agent says about its machine: one JSON object with all members of EndpointInformation.
CREATE TABLE computer_endpoint (
    computer_id ctext PRIMARY KEY REFERENCES computer (id) ON DELETE CASCADE,
    document ctext NOT NULL
);

-- Who the agent is: its key and the certificate we gave it.
CREATE TABLE computer_identity (
    computer_id ctext PRIMARY KEY REFERENCES computer (id) ON DELETE CASCADE,
    public_key ctext NOT NULL,
    previous_key ctext,
    certificate ctext,
    thumbprint ctext,
    subject ctext,
    issuer ctext,
    serial_number ctext,
    valid_from BIGINT,
    valid_to BIGINT,
    renewal_requested_on BIGINT
);

CREATE INDEX computer_identity_key ON computer_identity (public_key);

-- How far the agent's events are stored: exactly-once and the gaps.
CREATE TABLE computer_stream (
    computer_id ctext PRIMARY KEY REFERENCES computer (id) ON DELETE CASCADE,
    last_sequence BIGINT NOT NULL,
    stored_count BIGINT NOT NULL,
    lost_count BIGINT NOT NULL,
    repeated_count BIGINT NOT NULL
)
--! sqlite
WITHOUT ROWID
--! both
;

-- command_type: 0 ApplyPolicy, 1 ClearPolicy, 2 RetrieveLogs, 3 RetrieveStatusInfo, 4 RenewCertificate, 5 Deactivate.
-- status: 0 Pending, 1 Sent, 2 Completed, 3 Failed, 4 Expired.
CREATE TABLE command (
    id ctext PRIMARY KEY,
    computer_id ctext NOT NULL REFERENCES computer (id) ON DELETE CASCADE,
    task_id ctext,
    command_type BIGINT NOT NULL,
    status BIGINT NOT NULL,
    created BIGINT NOT NULL,
    sent BIGINT,
    completed BIGINT,
    expires BIGINT NOT NULL,
    result ctext,
    requested_by ctext
);
CREATE INDEX command_computer ON command (computer_id, created, id);
CREATE INDEX command_open ON command (computer_id, command_type) WHERE status < 2;
CREATE INDEX command_expires ON command (expires) WHERE status < 2;

-- status: 0 Requested, 1 Received, 2 Failed.
CREATE TABLE computer_log (
    id ctext PRIMARY KEY,
    computer_id ctext NOT NULL REFERENCES computer (id) ON DELETE CASCADE,
    command_id ctext,
    name ctext,
    content_type ctext,
    status BIGINT NOT NULL,
    size_bytes BIGINT,
    requested BIGINT,
    created BIGINT,
    requested_by ctext
);
CREATE INDEX computer_log_computer ON computer_log (computer_id, id);
CREATE INDEX computer_log_command ON computer_log (command_id);

CREATE TABLE computer_log_chunk (
    log_id ctext NOT NULL REFERENCES computer_log (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (log_id, number)
);

-- status: 0 Pending, 1 InProgress, 2 Completed, 3 CompletedWithErrors, 4 Failed.
CREATE TABLE task (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    status BIGINT NOT NULL,
    total BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    created BIGINT NOT NULL,
    started BIGINT,
    completed BIGINT,
    created_by ctext,
    resource_id ctext,
    error_info ctext,
    action ctext NOT NULL,
    argument ctext
);
CREATE INDEX task_open ON task (created) WHERE status < 2;
CREATE INDEX task_completed ON task (completed);

-- The set is fixed at the time of the call. state: 0 waits, 1 done, 2 failed.
CREATE TABLE task_item (
    task_id ctext NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    item_id ctext,
    state BIGINT NOT NULL,
    message ctext,
    PRIMARY KEY (task_id, number)
)
--! sqlite
WITHOUT ROWID
--! both
;
CREATE INDEX task_item_state ON task_item (task_id, state, number);

-- Events as they came, a batch a row: stamps of a block are first_ingested, first_ingested + step, ...; blocks
-- never overlap, and a block is never committed below one that was served.
CREATE TABLE event_block (
--! sqlite
    first_ingested INTEGER PRIMARY KEY,
--! postgres
    first_ingested BIGINT PRIMARY KEY,
--! both
    last_ingested BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    computer_id ctext NOT NULL,
    first_sequence BIGINT NOT NULL,
    packed BYTEA NOT NULL
);
CREATE UNIQUE INDEX event_block_last ON event_block (last_ingested);
