-- What provisioning keeps of users beside the columns of user_account, and long-lived tokens of API accounts.

-- document: canonical JSON of what no column holds. mail_element: which element of emails is the address of the account
-- and stands there without its value; NULL: none. deleted: NULL, or when SCIM deleted the user.
CREATE TABLE scim_user (
    user_id ctext PRIMARY KEY REFERENCES user_account (id) ON DELETE CASCADE,
    document ctext NOT NULL,
    mail_element ctext,
    version BIGINT NOT NULL,
    deleted BIGINT
);
CREATE INDEX scim_user_deleted ON scim_user (user_id) WHERE deleted IS NOT NULL;

-- Each value of the documents, for filters. attribute: "title", "EnterpriseUser:department"; sub: "value", or empty.
-- element: tells the elements of one attribute apart; of roles the name in lower case. text_key: in lower case unless
-- letter case matters. number: yes and no.
CREATE TABLE scim_value (
    user_id ctext NOT NULL REFERENCES scim_user (user_id) ON DELETE CASCADE,
    attribute ctext NOT NULL,
    sub ctext NOT NULL,
    element ctext NOT NULL,
    text_key ctext,
    number BIGINT,
    PRIMARY KEY (user_id, attribute, sub, element)
)
--! sqlite
WITHOUT ROWID
--! both
;
--! sqlite
CREATE INDEX scim_value_text ON scim_value (attribute, sub, text_key, user_id);
--! postgres
-- A value may be longer than a row of an index can be, so its beginning is what is found by.
CREATE INDEX scim_value_text ON scim_value (attribute, sub, substr(text_key, 1, 256), user_id);
--! both

-- What a filter sees of all users: the values of the documents, and what the tables of accounts and roles say. A user
-- whom provisioning has never touched has the address of the account as the only e-mail. A role that was taken away
-- elsewhere is not to be seen, though its element is still in the document.
-- Each column is a ctext or a BIGINT in every part: else PostgreSQL would not look into the parts by their indexes.
CREATE VIEW scim_word AS
    SELECT v.user_id, v.attribute, v.sub, v.element, v.text_key, v.number FROM scim_value v
        WHERE v.attribute <> 'roles' OR NOT EXISTS (SELECT 1 FROM role r WHERE r.name_key = v.element)
            OR EXISTS (SELECT 1 FROM user_grant g JOIN role r ON r.id = g.role_id
                WHERE g.user_id = v.user_id AND g.scope = 0 AND r.name_key = v.element)
    UNION ALL
    SELECT u.id, CAST('emails' AS ctext), CAST('value' AS ctext), CAST(COALESCE(s.mail_element, '0') AS ctext), u.email_key, CAST(NULL AS BIGINT)
        FROM user_account u LEFT JOIN scim_user s ON s.user_id = u.id WHERE s.user_id IS NULL OR s.mail_element IS NOT NULL
    UNION ALL
    SELECT u.id, CAST('emails' AS ctext), CAST('type' AS ctext), CAST('0' AS ctext), CAST('work' AS ctext), CAST(NULL AS BIGINT)
        FROM user_account u WHERE NOT EXISTS (SELECT 1 FROM scim_user s WHERE s.user_id = u.id)
    UNION ALL
    SELECT u.id, CAST('emails' AS ctext), CAST('primary' AS ctext), CAST('0' AS ctext), CAST(NULL AS ctext), CAST(1 AS BIGINT)
        FROM user_account u WHERE NOT EXISTS (SELECT 1 FROM scim_user s WHERE s.user_id = u.id)
    UNION ALL
    SELECT u.id, CAST('displayName' AS ctext), CAST('' AS ctext), CAST('' AS ctext), CAST(reeve_fold(u.display_name) AS ctext), CAST(NULL AS BIGINT)
        FROM user_account u WHERE u.display_name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM scim_user s WHERE s.user_id = u.id)
    UNION ALL
    SELECT u.id, CAST('name' AS ctext), CAST('givenName' AS ctext), CAST('' AS ctext), CAST(reeve_fold(u.given_name) AS ctext), CAST(NULL AS BIGINT)
        FROM user_account u WHERE u.given_name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM scim_user s WHERE s.user_id = u.id)
    UNION ALL
    SELECT u.id, CAST('name' AS ctext), CAST('familyName' AS ctext), CAST('' AS ctext), CAST(reeve_fold(u.family_name) AS ctext), CAST(NULL AS BIGINT)
        FROM user_account u WHERE u.family_name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM scim_user s WHERE s.user_id = u.id)
    UNION ALL
    SELECT g.user_id, CAST('roles' AS ctext), CAST('value' AS ctext), r.name_key, r.name_key, CAST(NULL AS BIGINT)
        FROM user_grant g JOIN role r ON r.id = g.role_id WHERE g.scope = 0
    UNION ALL
    SELECT g.user_id, CAST('roles' AS ctext), CAST('display' AS ctext), r.name_key, r.name_key, CAST(NULL AS BIGINT)
        FROM user_grant g JOIN role r ON r.id = g.role_id WHERE g.scope = 0
    UNION ALL
    SELECT g.user_id, CAST('entitlements' AS ctext), CAST('value' AS ctext), CAST(p.resource || '::' || p.action AS ctext), CAST(reeve_fold(p.resource || '::' || p.action) AS ctext), CAST(NULL AS BIGINT)
        FROM user_grant g JOIN role_permission p ON p.role_id = g.role_id AND p.denies = 0 WHERE g.scope = 0;

CREATE INDEX user_account_modified ON user_account (last_modified, id);

-- Tokens of API accounts for clients that can't ask for one: they live until they run out or are revoked.
ALTER TABLE api_token ADD COLUMN id ctext;
ALTER TABLE api_token ADD COLUMN name ctext;
ALTER TABLE api_token ADD COLUMN created BIGINT;
ALTER TABLE api_token ADD COLUMN last_used BIGINT;
CREATE UNIQUE INDEX api_token_id ON api_token (id) WHERE id IS NOT NULL;
