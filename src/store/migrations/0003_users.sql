-- People, what they may do, and the mail that goes to them.
--! postgres
-- Texts with commas between, as the function of the same name that SQLite is given.
CREATE FUNCTION reeve_list_add(list text, item text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN item IS NULL THEN list WHEN list IS NULL THEN item ELSE list || ',' || item END;
CREATE AGGREGATE reeve_list(text) (sfunc = reeve_list_add, stype = text);
--! both

-- Lower case, international names in their ASCII form.
CREATE TABLE accepted_domain (
    id ctext PRIMARY KEY,
    domain ctext NOT NULL UNIQUE,
    created BIGINT NOT NULL
);

-- Built-in roles are written at each start, so that a new release brings its permissions along; their ids stay.
-- is_fine: shown as Roles. is_global: shown as GlobalRoles. places: bits of what it may be given on, 1 everything,
-- 2 groups, 4 policies. The JSON texts are role_permission as answers show it.
CREATE TABLE role (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    name_json ctext NOT NULL,
    description ctext,
    built_in BIGINT NOT NULL,
    is_fine BIGINT NOT NULL,
    is_global BIGINT NOT NULL,
    places BIGINT NOT NULL,
    position BIGINT NOT NULL,
    created BIGINT NOT NULL,
    last_modified BIGINT,
    allow_permissions ctext NOT NULL,
    deny_permissions ctext NOT NULL
);

CREATE TABLE role_permission (
    role_id ctext NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    resource ctext NOT NULL,
    action ctext NOT NULL,
    denies BIGINT NOT NULL,
    PRIMARY KEY (role_id, resource, action, denies)
)
--! sqlite
WITHOUT ROWID
--! both
;

-- accountName is the e-mail. external_id and the names are what provisioning brings.
CREATE TABLE user_account (
    id ctext PRIMARY KEY,
    email ctext NOT NULL,
    email_key ctext NOT NULL UNIQUE,
    domain ctext NOT NULL,
    external_id ctext,
    given_name ctext,
    family_name ctext,
    display_name ctext,
    created BIGINT NOT NULL,
    last_modified BIGINT NOT NULL,
    last_signed_in BIGINT,
    disabled BIGINT NOT NULL,
    time_zone ctext,
    date_format ctext,
    language ctext,
    invited BIGINT,
    error_info ctext
);
CREATE INDEX user_account_created ON user_account (created, id);
CREATE INDEX user_account_domain ON user_account (domain);
CREATE INDEX user_account_external ON user_account (external_id) WHERE external_id IS NOT NULL;

-- scope: 0 everything, 1 all groups, 2 all policies, 3 the group, 4 the policy.
CREATE TABLE user_grant (
    user_id ctext NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    role_id ctext NOT NULL REFERENCES role (id),
    scope BIGINT NOT NULL,
    group_id ctext REFERENCES computer_group (id) ON DELETE CASCADE,
    policy_id ctext REFERENCES policy (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX user_grant_once ON user_grant (user_id, role_id, scope, COALESCE(group_id, ''), COALESCE(policy_id, ''));
CREATE INDEX user_grant_role ON user_grant (role_id);
CREATE INDEX user_grant_group ON user_grant (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX user_grant_policy ON user_grant (policy_id) WHERE policy_id IS NOT NULL;

-- Personal access tokens, as keyed hashes. expires NULL: none.
CREATE TABLE user_token (
    id ctext PRIMARY KEY,
    user_id ctext NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    token_hash ctext NOT NULL UNIQUE,
    name ctext NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX user_token_user ON user_token (user_id, created);
CREATE INDEX user_token_expires ON user_token (expires);

-- The sign-in provider: one row or none.
CREATE TABLE authentication_provider (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    authentication_type ctext NOT NULL,
    provider ctext,
    domain ctext,
    client_id ctext
);

-- status: 0 waiting, 1 sent, 2 given up. A mail under way is one whose next try lies after its lease.
CREATE TABLE mail (
    id ctext PRIMARY KEY,
    recipient ctext NOT NULL,
    subject ctext NOT NULL,
    body ctext NOT NULL,
    user_id ctext REFERENCES user_account (id) ON DELETE CASCADE,
    status BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    sent BIGINT,
    last_error ctext
);
CREATE INDEX mail_due ON mail (next_try, id) WHERE status = 0;
CREATE INDEX mail_user ON mail (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX mail_done ON mail (created) WHERE status > 0;
