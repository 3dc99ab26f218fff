-- Who changed what. Ids follow on each other without a gap and each hash covers the entry and the hash before it
-- (docs/audit.md), so that nothing can be changed, taken out or put in between unseen. changed_by: 0 API, 1 Portal, 2 System.
CREATE TABLE activity_audit (
    id BIGINT PRIMARY KEY,
    created BIGINT NOT NULL,
    user_id ctext,
    user_name ctext,
    changed_by BIGINT NOT NULL,
    entity ctext NOT NULL,
    entity_id ctext,
    entity_name ctext,
    audit_type ctext NOT NULL,
    details ctext,
    object ctext,
    object_json ctext,
    request_id ctext,
    hash BYTEA NOT NULL
);
CREATE INDEX activity_audit_created ON activity_audit (created, id);
CREATE INDEX activity_audit_entity ON activity_audit (entity_id, id);

-- What the installation's audit key has signed: that entry `id` and all before it led to a hash.
CREATE TABLE audit_checkpoint (
    id BIGINT PRIMARY KEY REFERENCES activity_audit (id),
    created BIGINT NOT NULL,
    token ctext NOT NULL
);

-- The id of the newest entry. Whoever adds entries holds its row until the commit.
INSERT INTO tally (name, amount) VALUES ('activity_audit', 0);

-- Nothing in the program alters an entry; these refuse whoever tries by hand or by mistake.
--! sqlite
CREATE TRIGGER activity_audit_no_update BEFORE UPDATE ON activity_audit BEGIN SELECT RAISE(ABORT, 'audit entries are never altered'); END;
CREATE TRIGGER activity_audit_no_delete BEFORE DELETE ON activity_audit BEGIN SELECT RAISE(ABORT, 'audit entries are never removed'); END;
CREATE TRIGGER audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never altered'); END;
CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never removed'); END;
--! postgres
CREATE FUNCTION reeve_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit entries are never altered or removed'; END $$;
CREATE TRIGGER activity_audit_no_change BEFORE UPDATE OR DELETE ON activity_audit FOR EACH ROW EXECUTE FUNCTION reeve_refuse_change();
CREATE TRIGGER activity_audit_no_truncate BEFORE TRUNCATE ON activity_audit FOR EACH STATEMENT EXECUTE FUNCTION reeve_refuse_change();
CREATE TRIGGER audit_checkpoint_no_change BEFORE UPDATE OR DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION reeve_refuse_change();
CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION reeve_refuse_change();
--! both
