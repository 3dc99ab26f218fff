-- What changed, so that lists can tell what did since a caller last asked (docs/changes.md). A row says that the object may
-- look different, or be there no longer, for whoever sees `place`: the group it is in (computers, requests), its own id
-- (groups, policies), the address (users), or nothing. An object that moves leaves a row behind where it was.
-- kind: 1 computer, 2 group, 3 policy, 4 user, 5 role, 6 authorisation request, 7 admin access request, 8 audit of an
-- authorisation request.
-- stamp: on SQLite a number that rises with every change; on PostgreSQL the number of the transaction, since the order in
-- which those begin to write is not the one in which others come to see them (model/changes.h tells how that is read).
CREATE TABLE change (
    kind BIGINT NOT NULL,
    item_id ctext NOT NULL,
    place ctext NOT NULL,
    stamp BIGINT NOT NULL,
    moment BIGINT NOT NULL,
    PRIMARY KEY (kind, item_id, place)
)
--! sqlite
WITHOUT ROWID
--! both
;
CREATE INDEX change_order ON change (kind, stamp, item_id, place);
CREATE INDEX change_old ON change (moment);

-- Where the stamps stood, once a minute: what a date is looked up in.
CREATE TABLE change_moment (
    moment BIGINT PRIMARY KEY,
    stamp BIGINT NOT NULL
);

-- Marks of another store, or of this one before it came from a copy, are refused by it.
INSERT INTO setting (name, value) VALUES ('change.epoch', reeve_uuid());

--! sqlite
INSERT INTO tally (name, amount) VALUES ('change', 0);

-- Takes what the triggers below say.
CREATE VIEW changed AS SELECT kind, item_id, place FROM change;
CREATE TRIGGER changed_note INSTEAD OF INSERT ON changed BEGIN
    UPDATE tally SET amount = amount + 1 WHERE name = 'change';
    INSERT INTO change (kind, item_id, place, stamp, moment)
        SELECT new.kind, new.item_id, new.place, amount, reeve_now() FROM tally WHERE name = 'change'
        ON CONFLICT (kind, item_id, place) DO UPDATE SET stamp = excluded.stamp, moment = excluded.moment;
END;

CREATE TRIGGER computer_change_insert AFTER INSERT ON computer BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (1, new.id, COALESCE(new.group_id, ''));
END;
CREATE TRIGGER computer_change_update AFTER UPDATE OF host, host_type, deleted_on, authorisation_state, authorised, archived, archived_on, group_id, agent_version, adapter_version, package_manager_version, os, domain, host_policy_id, host_policy_name, host_policy_revision, host_revision_id, policy_updated, host_last_updated, duplicate_count, credential_type, error_info ON computer
    WHEN (old.host, old.host_type, old.deleted_on, old.authorisation_state, old.authorised, old.archived, old.archived_on, old.group_id, old.agent_version, old.adapter_version, old.package_manager_version, old.os, old.domain, old.host_policy_id, old.host_policy_name, old.host_policy_revision, old.host_revision_id, old.policy_updated, old.host_last_updated, old.duplicate_count, old.credential_type, old.error_info)
        IS NOT (new.host, new.host_type, new.deleted_on, new.authorisation_state, new.authorised, new.archived, new.archived_on, new.group_id, new.agent_version, new.adapter_version, new.package_manager_version, new.os, new.domain, new.host_policy_id, new.host_policy_name, new.host_policy_revision, new.host_revision_id, new.policy_updated, new.host_last_updated, new.duplicate_count, new.credential_type, new.error_info) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (1, new.id, COALESCE(new.group_id, ''));
END;
CREATE TRIGGER computer_change_place AFTER UPDATE OF group_id ON computer WHEN old.group_id IS NOT new.group_id BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (1, old.id, COALESCE(old.group_id, ''));
END;
CREATE TRIGGER computer_change_delete AFTER DELETE ON computer BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (1, old.id, COALESCE(old.group_id, ''));
END;
CREATE TRIGGER computer_group_change_insert AFTER INSERT ON computer_group BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (2, new.id, COALESCE(new.id, ''));
END;
CREATE TRIGGER computer_group_change_update AFTER UPDATE OF name, description, is_default, policy_revision_id, policy_assigned, computer_count, active_count, locked_by, error_info ON computer_group
    WHEN (old.name, old.description, old.is_default, old.policy_revision_id, old.policy_assigned, old.computer_count, old.active_count, old.locked_by, old.error_info)
        IS NOT (new.name, new.description, new.is_default, new.policy_revision_id, new.policy_assigned, new.computer_count, new.active_count, new.locked_by, new.error_info) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (2, new.id, COALESCE(new.id, ''));
END;
CREATE TRIGGER computer_group_change_delete AFTER DELETE ON computer_group BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (2, old.id, COALESCE(old.id, ''));
END;
CREATE TRIGGER policy_change_insert AFTER INSERT ON policy BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (3, new.id, COALESCE(new.id, ''));
END;
CREATE TRIGGER policy_change_update AFTER UPDATE OF name, description, revision, revision_id, size_kb, last_modified, last_modified_user_id, last_modified_user, draft_id, draft_user_id, draft_user, draft_opened, last_assigned, error_info ON policy
    WHEN (old.name, old.description, old.revision, old.revision_id, old.size_kb, old.last_modified, old.last_modified_user_id, old.last_modified_user, old.draft_id, old.draft_user_id, old.draft_user, old.draft_opened, old.last_assigned, old.error_info)
        IS NOT (new.name, new.description, new.revision, new.revision_id, new.size_kb, new.last_modified, new.last_modified_user_id, new.last_modified_user, new.draft_id, new.draft_user_id, new.draft_user, new.draft_opened, new.last_assigned, new.error_info) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (3, new.id, COALESCE(new.id, ''));
END;
CREATE TRIGGER policy_change_delete AFTER DELETE ON policy BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (3, old.id, COALESCE(old.id, ''));
END;
CREATE TRIGGER user_account_change_insert AFTER INSERT ON user_account BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (4, new.id, COALESCE(new.email, ''));
END;
CREATE TRIGGER user_account_change_update AFTER UPDATE OF email, domain, external_id, given_name, family_name, display_name, last_modified, last_signed_in, disabled, time_zone, date_format, language, invited, error_info ON user_account
    WHEN (old.email, old.domain, old.external_id, old.given_name, old.family_name, old.display_name, old.last_modified, old.last_signed_in, old.disabled, old.time_zone, old.date_format, old.language, old.invited, old.error_info)
        IS NOT (new.email, new.domain, new.external_id, new.given_name, new.family_name, new.display_name, new.last_modified, new.last_signed_in, new.disabled, new.time_zone, new.date_format, new.language, new.invited, new.error_info) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (4, new.id, COALESCE(new.email, ''));
END;
CREATE TRIGGER user_account_change_place AFTER UPDATE OF email ON user_account WHEN old.email IS NOT new.email BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (4, old.id, COALESCE(old.email, ''));
END;
CREATE TRIGGER user_account_change_delete AFTER DELETE ON user_account BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (4, old.id, COALESCE(old.email, ''));
END;
CREATE TRIGGER role_change_insert AFTER INSERT ON role BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (5, new.id, '');
END;
CREATE TRIGGER role_change_update AFTER UPDATE OF name, description, built_in, is_fine, is_global, places, position, last_modified, allow_permissions, deny_permissions ON role
    WHEN (old.name, old.description, old.built_in, old.is_fine, old.is_global, old.places, old.position, old.last_modified, old.allow_permissions, old.deny_permissions)
        IS NOT (new.name, new.description, new.built_in, new.is_fine, new.is_global, new.places, new.position, new.last_modified, new.allow_permissions, new.deny_permissions) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (5, new.id, '');
END;
CREATE TRIGGER role_change_delete AFTER DELETE ON role BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (5, old.id, '');
END;
CREATE TRIGGER authorization_request_change_insert AFTER INSERT ON authorization_request BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (6, new.id, COALESCE(new.group_id, ''));
END;
CREATE TRIGGER authorization_request_change_update AFTER UPDATE OF state, decision, modified, duration, decided_by, decision_time, start_date, end_date, message, system_id, ticket_id, ticket_url, ticket_type, due, group_id, group_name ON authorization_request
    WHEN (old.state, old.decision, old.modified, old.duration, old.decided_by, old.decision_time, old.start_date, old.end_date, old.message, old.system_id, old.ticket_id, old.ticket_url, old.ticket_type, old.due, old.group_id, old.group_name)
        IS NOT (new.state, new.decision, new.modified, new.duration, new.decided_by, new.decision_time, new.start_date, new.end_date, new.message, new.system_id, new.ticket_id, new.ticket_url, new.ticket_type, new.due, new.group_id, new.group_name) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (6, new.id, COALESCE(new.group_id, ''));
END;
CREATE TRIGGER authorization_request_change_place AFTER UPDATE OF group_id ON authorization_request WHEN old.group_id IS NOT new.group_id BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (6, old.id, COALESCE(old.group_id, ''));
END;
CREATE TRIGGER authorization_request_change_delete AFTER DELETE ON authorization_request BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (6, old.id, COALESCE(old.group_id, ''));
END;
CREATE TRIGGER admin_access_request_change_insert AFTER INSERT ON admin_access_request BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (7, new.id, COALESCE(new.group_id, ''));
END;
CREATE TRIGGER admin_access_request_change_update AFTER UPDATE OF approved_s, state, decision, modified, decided_by, decision_time, message, system_id, ticket_id, ticket_url, ticket_type, session_start, session_end, end_reason, due, group_id, group_name ON admin_access_request
    WHEN (old.approved_s, old.state, old.decision, old.modified, old.decided_by, old.decision_time, old.message, old.system_id, old.ticket_id, old.ticket_url, old.ticket_type, old.session_start, old.session_end, old.end_reason, old.due, old.group_id, old.group_name)
        IS NOT (new.approved_s, new.state, new.decision, new.modified, new.decided_by, new.decision_time, new.message, new.system_id, new.ticket_id, new.ticket_url, new.ticket_type, new.session_start, new.session_end, new.end_reason, new.due, new.group_id, new.group_name) BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (7, new.id, COALESCE(new.group_id, ''));
END;
CREATE TRIGGER admin_access_request_change_place AFTER UPDATE OF group_id ON admin_access_request WHEN old.group_id IS NOT new.group_id BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (7, old.id, COALESCE(old.group_id, ''));
END;
CREATE TRIGGER admin_access_request_change_delete AFTER DELETE ON admin_access_request BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (7, old.id, COALESCE(old.group_id, ''));
END;
CREATE TRIGGER authorization_request_audit_change_insert AFTER INSERT ON authorization_request_audit BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (8, new.id, '');
END;
CREATE TRIGGER authorization_request_audit_change_delete AFTER DELETE ON authorization_request_audit BEGIN
    INSERT INTO changed (kind, item_id, place) VALUES (8, old.id, '');
END;
CREATE TRIGGER computer_endpoint_change_insert AFTER INSERT ON computer_endpoint BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 1, o.id, COALESCE(o.group_id, '') FROM computer o WHERE o.id = new.computer_id;
END;
CREATE TRIGGER computer_endpoint_change_delete AFTER DELETE ON computer_endpoint BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 1, o.id, COALESCE(o.group_id, '') FROM computer o WHERE o.id = old.computer_id;
END;
CREATE TRIGGER computer_endpoint_change_update AFTER UPDATE OF document ON computer_endpoint WHEN old.document IS NOT new.document BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 1, o.id, COALESCE(o.group_id, '') FROM computer o WHERE o.id = new.computer_id;
END;
CREATE TRIGGER computer_identity_change_insert AFTER INSERT ON computer_identity BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 1, o.id, COALESCE(o.group_id, '') FROM computer o WHERE o.id = new.computer_id;
END;
CREATE TRIGGER computer_identity_change_delete AFTER DELETE ON computer_identity BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 1, o.id, COALESCE(o.group_id, '') FROM computer o WHERE o.id = old.computer_id;
END;
CREATE TRIGGER computer_identity_change_update AFTER UPDATE OF certificate ON computer_identity WHEN old.certificate IS NOT new.certificate BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 1, o.id, COALESCE(o.group_id, '') FROM computer o WHERE o.id = new.computer_id;
END;
CREATE TRIGGER user_grant_change_insert AFTER INSERT ON user_grant BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 4, o.id, COALESCE(o.email, '') FROM user_account o WHERE o.id = new.user_id;
END;
CREATE TRIGGER user_grant_change_delete AFTER DELETE ON user_grant BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 4, o.id, COALESCE(o.email, '') FROM user_account o WHERE o.id = old.user_id;
END;
CREATE TRIGGER user_grant_change_update AFTER UPDATE ON user_grant BEGIN
    INSERT INTO changed (kind, item_id, place) SELECT 4, o.id, COALESCE(o.email, '') FROM user_account o WHERE o.id = new.user_id;
END;
--! postgres
CREATE FUNCTION reeve_now() RETURNS BIGINT LANGUAGE sql VOLATILE
    RETURN CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT);

-- A second change in the same transaction has nothing to add.
CREATE FUNCTION reeve_changed(what BIGINT, item text, spot text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO change AS c (kind, item_id, place, stamp, moment)
        VALUES (what, item, COALESCE(spot, ''), CAST(CAST(pg_current_xact_id() AS text) AS BIGINT), reeve_now())
        ON CONFLICT (kind, item_id, place) DO UPDATE SET stamp = EXCLUDED.stamp, moment = EXCLUDED.moment
            WHERE c.stamp <> EXCLUDED.stamp
$$;

-- Arguments: the kind, and the column of the place ("-": none).
CREATE FUNCTION reeve_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text;
    spot text;
BEGIN
    IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) ->> TG_ARGV[1]; END IF;
    IF TG_OP <> 'DELETE' THEN spot := to_jsonb(NEW) ->> TG_ARGV[1]; END IF;
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND was IS DISTINCT FROM spot) THEN
        PERFORM reeve_changed(CAST(TG_ARGV[0] AS BIGINT), CAST(OLD.id AS text), was);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM reeve_changed(CAST(TG_ARGV[0] AS BIGINT), CAST(NEW.id AS text), spot);
    END IF;
    RETURN NULL;
END $$;

-- What lies in tables beside that of the object.
CREATE FUNCTION computer_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reeve_changed(1, c.id, c.group_id) FROM computer c
        WHERE c.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.computer_id ELSE NEW.computer_id END;
    RETURN NULL;
END $$;
CREATE FUNCTION user_account_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reeve_changed(4, u.id, u.email) FROM user_account u
        WHERE u.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
    RETURN NULL;
END $$;

CREATE TRIGGER computer_change AFTER INSERT OR DELETE ON computer FOR EACH ROW EXECUTE FUNCTION reeve_note_change('1', 'group_id');
CREATE TRIGGER computer_change_update AFTER UPDATE OF host, host_type, deleted_on, authorisation_state, authorised, archived, archived_on, group_id, agent_version, adapter_version, package_manager_version, os, domain, host_policy_id, host_policy_name, host_policy_revision, host_revision_id, policy_updated, host_last_updated, duplicate_count, credential_type, error_info ON computer
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('1', 'group_id');
CREATE TRIGGER computer_group_change AFTER INSERT OR DELETE ON computer_group FOR EACH ROW EXECUTE FUNCTION reeve_note_change('2', 'id');
CREATE TRIGGER computer_group_change_update AFTER UPDATE OF name, description, is_default, policy_revision_id, policy_assigned, computer_count, active_count, locked_by, error_info ON computer_group
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('2', 'id');
CREATE TRIGGER policy_change AFTER INSERT OR DELETE ON policy FOR EACH ROW EXECUTE FUNCTION reeve_note_change('3', 'id');
CREATE TRIGGER policy_change_update AFTER UPDATE OF name, description, revision, revision_id, size_kb, last_modified, last_modified_user_id, last_modified_user, draft_id, draft_user_id, draft_user, draft_opened, last_assigned, error_info ON policy
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('3', 'id');
CREATE TRIGGER user_account_change AFTER INSERT OR DELETE ON user_account FOR EACH ROW EXECUTE FUNCTION reeve_note_change('4', 'email');
CREATE TRIGGER user_account_change_update AFTER UPDATE OF email, domain, external_id, given_name, family_name, display_name, last_modified, last_signed_in, disabled, time_zone, date_format, language, invited, error_info ON user_account
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('4', 'email');
CREATE TRIGGER role_change AFTER INSERT OR DELETE ON role FOR EACH ROW EXECUTE FUNCTION reeve_note_change('5', '-');
CREATE TRIGGER role_change_update AFTER UPDATE OF name, description, built_in, is_fine, is_global, places, position, last_modified, allow_permissions, deny_permissions ON role
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('5', '-');
CREATE TRIGGER authorization_request_change AFTER INSERT OR DELETE ON authorization_request FOR EACH ROW EXECUTE FUNCTION reeve_note_change('6', 'group_id');
CREATE TRIGGER authorization_request_change_update AFTER UPDATE OF state, decision, modified, duration, decided_by, decision_time, start_date, end_date, message, system_id, ticket_id, ticket_url, ticket_type, due, group_id, group_name ON authorization_request
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('6', 'group_id');
CREATE TRIGGER admin_access_request_change AFTER INSERT OR DELETE ON admin_access_request FOR EACH ROW EXECUTE FUNCTION reeve_note_change('7', 'group_id');
CREATE TRIGGER admin_access_request_change_update AFTER UPDATE OF approved_s, state, decision, modified, decided_by, decision_time, message, system_id, ticket_id, ticket_url, ticket_type, session_start, session_end, end_reason, due, group_id, group_name ON admin_access_request
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reeve_note_change('7', 'group_id');
CREATE TRIGGER authorization_request_audit_change AFTER INSERT OR DELETE ON authorization_request_audit FOR EACH ROW EXECUTE FUNCTION reeve_note_change('8', '-');
CREATE TRIGGER computer_endpoint_change AFTER INSERT OR DELETE OR UPDATE OF document ON computer_endpoint FOR EACH ROW EXECUTE FUNCTION computer_note_change();
CREATE TRIGGER computer_identity_change AFTER INSERT OR DELETE OR UPDATE OF certificate ON computer_identity FOR EACH ROW EXECUTE FUNCTION computer_note_change();
CREATE TRIGGER user_grant_change AFTER INSERT OR DELETE OR UPDATE ON user_grant FOR EACH ROW EXECUTE FUNCTION user_account_note_change();
--! both
