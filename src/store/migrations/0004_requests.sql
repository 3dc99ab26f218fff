-- Requests for rights: to run an application with them, or to be an administrator for a while.
-- decision: 0 Pending, 1 Approved, 2 Denied. ticket_type: 0 EPM, 1 ServiceNow. Rows stay when their computer goes.
INSERT INTO tally (name, amount) VALUES ('ticket', 0);

-- Rises with every change of a decision for the computer, so that its agent sees that there is one.
ALTER TABLE computer ADD COLUMN decisions BIGINT NOT NULL DEFAULT 0;

-- state: 0 Pending, 1 Approved, 2 Denied, 3 Used, 4 Expired, 5 Lapsed. `due` is when the server ends it by itself.
CREATE TABLE authorization_request (
    id ctext PRIMARY KEY,
    computer_id ctext NOT NULL,
    computer_name ctext NOT NULL,
    group_id ctext,
    group_name ctext,
    user_name ctext NOT NULL,
    app_key ctext NOT NULL,
    product_name ctext,
    workstyle ctext,
    reason ctext,
    info ctext NOT NULL,
    state BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    duration ctext,
    decided_by ctext,
    decision_time BIGINT,
    start_date BIGINT,
    end_date BIGINT,
    message ctext,
    system_id ctext,
    ticket_id ctext NOT NULL,
    ticket_url ctext,
    ticket_type BIGINT NOT NULL,
    due BIGINT
);
CREATE INDEX authorization_request_created ON authorization_request (created, id);
CREATE INDEX authorization_request_computer ON authorization_request (computer_id, modified);
CREATE INDEX authorization_request_system ON authorization_request (system_id) WHERE system_id IS NOT NULL;
CREATE INDEX authorization_request_ticket ON authorization_request (ticket_id);
CREATE INDEX authorization_request_due ON authorization_request (due) WHERE due IS NOT NULL;
-- A second request for the same while one waits would open a second ticket.
CREATE UNIQUE INDEX authorization_request_waiting ON authorization_request (computer_id, app_key) WHERE state = 0;

-- What became of them, a row a change. change: 0 Created, 1 Ticket, 2 Approved, 3 Denied, 4 Revoked, 5 Used, 6 Expired.
CREATE TABLE authorization_request_audit (
--! sqlite
    id INTEGER PRIMARY KEY AUTOINCREMENT,
--! postgres
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
--! both
    request_id ctext NOT NULL REFERENCES authorization_request (id) ON DELETE CASCADE,
    change BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    changed_by ctext NOT NULL,
    correlation_id ctext,
    decision BIGINT NOT NULL,
    duration ctext,
    decided_by ctext,
    decision_time BIGINT,
    start_date BIGINT,
    end_date BIGINT,
    message ctext,
    system_id ctext,
    ticket_id ctext NOT NULL,
    ticket_url ctext,
    ticket_type BIGINT NOT NULL
);
CREATE INDEX authorization_request_audit_request ON authorization_request_audit (request_id, id);

-- state: 0 Pending, 1 Approved, 2 Active, 3 Ending, 4 Denied, 5 Withdrawn, 6 Ended, 7 Expired, 8 Revoked, 9 Lapsed.
-- end_reason: 0 UserEnded, 1 Expired, 2 Revoked, 3 Logoff.
CREATE TABLE admin_access_request (
    id ctext PRIMARY KEY,
    computer_id ctext NOT NULL,
    computer_name ctext NOT NULL,
    group_id ctext,
    group_name ctext,
    user_id ctext,
    user_name ctext,
    user_key ctext NOT NULL,
    reason ctext,
    duration_s BIGINT NOT NULL,
    approved_s BIGINT,
    state BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    decided_by ctext,
    decision_time BIGINT,
    message ctext,
    system_id ctext,
    ticket_id ctext NOT NULL,
    ticket_url ctext,
    ticket_type BIGINT NOT NULL,
    session_start BIGINT,
    session_end BIGINT,
    end_reason BIGINT,
    due BIGINT
);
CREATE INDEX admin_access_request_created ON admin_access_request (created, id);
CREATE INDEX admin_access_request_computer ON admin_access_request (computer_id, modified);
CREATE INDEX admin_access_request_due ON admin_access_request (due) WHERE due IS NOT NULL;
-- One open request of a user on a computer.
CREATE UNIQUE INDEX admin_access_request_open ON admin_access_request (computer_id, user_key) WHERE state < 4;

-- Sibling apps of an organisation: one JSON array.
CREATE TABLE app_connector (
    organization_id ctext PRIMARY KEY,
    connectors ctext NOT NULL,
    connector_count BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
