/* Canonical documents into the store: what columns hold goes there, the rest is kept as it is. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "crypto/idn.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/roles/roles.h"
#include "resource/users/users_audit.h"
#include "scim/date_form.h"
#include "scim/tree.h"
#include "scim/user_record.h"
#include "store/dialect.h"
#include "store/store.h"

enum { ROLES_MAX = 100, EXTERNAL_ID_BYTES_MAX = 1024, NAMES_TOLD_BYTES = 200 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the user");
}

static struct slice member_text(const struct json *object, const char *name)
{
    return json_text_of(json_get(object, name));
}

static bool is_same_name(struct ctx *ctx, struct slice a, struct slice b)
{
    const char *one = name_composed(ctx->arena, a);
    const char *other = name_composed(ctx->arena, b);
    const char *left = one == NULL ? NULL : slice_fold(ctx->arena, slice_of(one));
    const char *right = other == NULL ? NULL : slice_fold(ctx->arena, slice_of(other));
    return left != NULL && right != NULL && strcmp(left, right) == 0;
}

/* --- e-mails: one of them is the user name ---------------------------------------------------- */

static struct json *mail_find(struct ctx *ctx, const struct json *emails, struct slice name)
{
    for (struct json *at = emails == NULL ? NULL : emails->first; at != NULL; at = at->next) {
        if (is_same_name(ctx, member_text(at, "value"), name)) {
            return at;
        }
    }
    return NULL;
}

static struct json *mail_primary(const struct json *emails)
{
    for (struct json *at = emails->first; at != NULL; at = at->next) {
        const struct json *primary = json_get(at, "primary");
        if (primary != NULL && primary->boolean) {
            return at;
        }
    }
    return emails->first;
}

static enum result value_set(struct ctx *ctx, struct json *object, const char *key,
                             struct slice text)
{
    struct json *value = tree_text(ctx->arena, text);
    if (value == NULL) {
        return no_memory(ctx);
    }
    tree_set(object, key, value);
    return RESULT_OK;
}

/* As the account keeps it, in the address that is the same, too: what is only written in another way is no change. */
static enum result name_settle(struct ctx *ctx, struct json *document)
{
    struct json *emails = tree_member(document, "emails");
    const char *name = name_composed(ctx->arena, slice_trim(member_text(document, "userName")));
    struct json *mail = name == NULL ? NULL : mail_find(ctx, emails, slice_of(name));
    if (name == NULL) {
        return no_memory(ctx);
    }
    if (name[0] != '\0') {
        TRY(value_set(ctx, document, "userName", slice_of(name)));
    }
    return mail == NULL ? RESULT_OK : value_set(ctx, mail, "value", slice_of(name));
}

/* Elements without an address go; without any, the user name is the only address: clients read the first unseen. */
static enum result mails_settle(struct ctx *ctx, struct json *document)
{
    struct json *emails = tree_member(document, "emails");
    struct json *next = NULL;
    for (struct json *at = emails == NULL ? NULL : emails->first; at != NULL; at = next) {
        next = at->next;
        if (json_get(at, "value") == NULL) {
            tree_drop(emails, at);
        }
    }
    if (emails != NULL && emails->count > 0) {
        return RESULT_OK;
    }
    struct json *element = tree_new(ctx->arena, JSON_OBJECT);
    struct json *primary = tree_bool(ctx->arena, true);
    emails = tree_new(ctx->arena, JSON_ARRAY);
    if (element == NULL || primary == NULL || emails == NULL) {
        return no_memory(ctx);
    }
    TRY(value_set(ctx, element, "value", member_text(document, "userName")));
    TRY(value_set(ctx, element, "type", SLICE("work")));
    tree_set(element, "primary", primary);
    tree_append(emails, NULL, element);
    tree_set(document, "emails", emails);
    return RESULT_OK;
}

/* The user name and the address that was equal to it stay equal, whichever of them was changed. */
static enum result names_follow(struct ctx *ctx, const struct scim_user *user,
                                struct json *document)
{
    struct slice old = slice_of(user->account.email);
    struct slice name = member_text(document, "userName");
    struct json *emails = tree_member(document, "emails");
    if (emails == NULL || mail_find(ctx, emails, name) != NULL) {
        return RESULT_OK;
    }
    struct json *element = mail_find(ctx, emails, old);
    if (element != NULL) {
        return value_set(ctx, element, "value", name);
    }
    bool was_equal = mail_find(ctx, json_get(user->document, "emails"), old) != NULL;
    if (!was_equal || !is_same_name(ctx, name, old) || ctx->rules->scim_any_name) {
        return RESULT_OK;
    }
    const struct json *primary = mail_primary(emails);
    return primary == NULL ? RESULT_OK
                           : value_set(ctx, document, "userName", member_text(primary, "value"));
}

/* --- roles ------------------------------------------------------------------------------------ */

struct roles {
    const char *ids[ROLES_MAX];
    size_t count;
    struct buffer unknown; /* texts that are no role, for the audit */
};

static enum result role_take(struct ctx *ctx, struct json *element, struct roles *out)
{
    struct role_found role;
    struct slice value = member_text(element, "value");
    if (value.length == 0 || value.length > SCIM_NAME_BYTES_MAX) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "each of the roles must have a value of 1 to %d bytes", SCIM_NAME_BYTES_MAX);
    }
    enum result result = scim_role_of(ctx, value, &role);
    if (result == RESULT_NOT_FOUND && ctx->rules->scim_knows_roles) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "roles must hold names or ids of roles, and \"%.*s\" is none",
                    (int)value.length, value.text);
    }
    if (result == RESULT_NOT_FOUND) {
        buffer_print(&out->unknown, "%s%.*s", out->unknown.length == 0 ? "" : ", ",
                     (int)value.length, value.text);
        return RESULT_OK;
    }
    TRY(result);
    if (out->count == ROLES_MAX) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue", "a user may have at most %d roles",
                    ROLES_MAX);
    }
    out->ids[out->count++] = role.id;
    TRY(value_set(ctx, element, "value", slice_of(role.name)));
    return value_set(ctx, element, "display", slice_of(role.name));
}

static bool is_among(const char *key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Names as the roles have them; of elements that mean the same only the first stays. */
static enum result roles_take(struct ctx *ctx, struct json *document, struct roles *out)
{
    struct json *roles = tree_member(document, "roles");
    struct json *next = NULL;
    size_t kept = 0;
    size_t room = roles == NULL ? 1 : roles->count + 1;
    const char **keys = arena_alloc(ctx->arena, room * sizeof(*keys));
    if (keys == NULL) {
        return no_memory(ctx);
    }
    for (struct json *at = roles == NULL ? NULL : roles->first; at != NULL; at = next) {
        next = at->next;
        TRY(role_take(ctx, at, out));
        keys[kept] = slice_fold(ctx->arena, member_text(at, "value"));
        if (keys[kept] == NULL) {
            return no_memory(ctx);
        }
        if (is_among(keys[kept], keys, kept)) {
            tree_drop(roles, at);
        } else {
            kept++;
        }
    }
    return RESULT_OK;
}

/* --- checks ----------------------------------------------------------------------------------- */

static enum result external_id_check(struct ctx *ctx, const char *id, struct slice text)
{
    int64_t others = 0;
    if (text.length == 0) {
        return RESULT_OK;
    }
    if (text.length > EXTERNAL_ID_BYTES_MAX) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "externalId may have at most %d bytes", EXTERNAL_ID_BYTES_MAX);
    }
    /* Two servers that look at the same time would both find nobody. */
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    if (dialect->text_lock[0] != '\0') {
        TRY(store_run(ctx->session, ctx->error, dialect->text_lock, "s", text));
    }
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM user_account WHERE external_id = $1 AND id <> $2", "st",
                  text, id == NULL ? "" : id));
    return others == 0 ? RESULT_OK
                       : fail(ctx->error, RESULT_CONFLICT, "uniqueness",
                              "there is a user with this externalId already");
}

static enum result document_check(struct ctx *ctx, const char *id, const struct json *document)
{
    if (slice_trim(member_text(document, "userName")).length == 0) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue", "userName is required");
    }
    return external_id_check(ctx, id, member_text(document, "externalId"));
}

/* --- columns and the rest --------------------------------------------------------------------- */

static struct slice known_or_none(struct slice text, bool (*is_known)(struct slice text))
{
    return is_known(text) ? text : (struct slice){ .length = 0 };
}

static bool is_active(const struct json *document)
{
    const struct json *active = json_get(document, "active");
    return active == NULL || active->boolean;
}

/* What was given, else the usual form of the locale, so that the Management API shows the same. */
static struct slice date_form(const struct json *document)
{
    struct slice given = member_text(document, "dateTimeFormat");
    return given.length > 0 ? given : date_form_of(member_text(document, "locale"));
}

static struct user_order order_of(const struct ctx *ctx, const struct json *document)
{
    const struct json *name = json_get(document, "name");
    return (struct user_order){
        .email = member_text(document, "userName"),
        .time_zone = known_or_none(member_text(document, "timezone"), user_time_zone_is_known),
        .language = known_or_none(member_text(document, "locale"), user_language_is_known),
        .date_format = date_form(document),
        .external_id = member_text(document, "externalId"),
        .given_name = member_text(name, "givenName"),
        .family_name = member_text(name, "familyName"),
        .display_name = member_text(document, "displayName"),
        .disabled = !is_active(document),
        .any_name = ctx->rules->scim_any_name,
        .replaces = true,
    };
}

/* What is left for scim_user.document. *out_mail: the index of the element whose value is the account's address. */
static enum result rest_of(struct ctx *ctx, const struct json *document, const char **out_mail,
                           struct json **out)
{
    static const char *const in_columns[] = { "userName", "active", "externalId",
                                              "dateTimeFormat" };
    const struct user_order order = order_of(ctx, document);
    struct json *rest = tree_copy(ctx->arena, document);
    *out_mail = NULL;
    if (rest == NULL) {
        return no_memory(ctx);
    }
    struct json *emails = tree_member(rest, "emails");
    struct json *mail = mail_find(ctx, emails, slice_trim(order.email));
    for (size_t i = 0; i < COUNT_OF(in_columns); i++) {
        tree_set(rest, in_columns[i], NULL);
    }
    if (order.language.length > 0) {
        tree_set(rest, "locale", NULL);
    }
    if (order.time_zone.length > 0) {
        tree_set(rest, "timezone", NULL);
    }
    *out = rest;
    if (mail == NULL) {
        return RESULT_OK;
    }
    int index = 0;
    for (const struct json *at = emails->first; at != mail; at = at->next) {
        index++;
    }
    tree_set(mail, "value", NULL);
    *out_mail = arena_printf(ctx->arena, "%d", index);
    return *out_mail == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result rest_store(struct ctx *ctx, const char *id, const struct json *document)
{
    const char *mail = NULL;
    struct json *rest = NULL;
    struct buffer text;
    struct json_writer writer;
    TRY(rest_of(ctx, document, &mail, &rest));
    buffer_init(&text, SCIM_DOCUMENT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_put_value(&writer, rest);
    enum result result =
        text.overflow
            ? fail(ctx->error, RESULT_TOO_LARGE, NULL, "a user may take at most %d bytes",
                   SCIM_DOCUMENT_BYTES_MAX)
            : store_run(ctx->session, ctx->error,
                        "INSERT INTO scim_user (user_id, document, mail_element, version)"
                        " VALUES ($1, $2, $3, 1) ON CONFLICT (user_id) DO UPDATE SET"
                        " document = $2, mail_element = $3, version = scim_user.version + 1",
                        "tst", id, buffer_slice(&text), mail);
    buffer_done(&text);
    TRY(result);
    return scim_values_store(ctx, id, rest);
}

static enum result unknown_tell(struct ctx *ctx, const struct user *user, const struct roles *roles)
{
    if (roles->unknown.length == 0) {
        return RESULT_OK;
    }
    struct slice names = slice_head(buffer_slice(&roles->unknown), NAMES_TOLD_BYTES);
    const char *verb = arena_printf(ctx->arena, "Keep the roles %.*s, which grant nothing, of",
                                    (int)names.length, names.text);
    return verb == NULL ? no_memory(ctx)
                        : user_audit_event(ctx, user->id, user->email, "AssignRoles", verb);
}

/* Roles, the rest and the audit of both; the account's columns are in place. */
static enum result parts_store(struct ctx *ctx, const char *id, struct json *document)
{
    struct user user;
    struct roles roles = { .count = 0 };
    buffer_init(&roles.unknown, SCIM_NAME_BYTES_MAX * (SCIM_NAME_BYTES_MAX + 2));
    enum result result = roles_take(ctx, document, &roles);
    if (result == RESULT_OK) {
        result = user_load(ctx, id, &user);
    }
    if (result == RESULT_OK) {
        result = user_set_roles(ctx, &user, roles.ids, roles.count);
    }
    if (result == RESULT_OK) {
        result = rest_store(ctx, id, document);
    }
    if (result == RESULT_OK) {
        result = unknown_tell(ctx, &user, &roles);
    }
    buffer_done(&roles.unknown);
    return result;
}

/* What user_create and user_change find wrong is a value of SCIM's, under the name that SCIM has for it. */
static enum result wrong_value(struct ctx *ctx, enum result result)
{
    static const char theirs[] = "emailAddress";
    struct error *error = ctx->error;
    if (result == RESULT_INVALID && strncmp(error->text, theirs, strlen(theirs)) == 0) {
        const char *rest = arena_strdup(ctx->arena, error->text + strlen(theirs));
        (void)snprintf(error->text, sizeof(error->text), "userName%s", rest == NULL ? "" : rest);
    }
    if (result == RESULT_INVALID) {
        ctx->error->field = "invalidValue";
    } else if (result == RESULT_CONFLICT && ctx->error->field != NULL) {
        ctx->error->field = "uniqueness";
    }
    return result;
}

/* The usual form stands in the column of whom provisioning has written, so a document without one is compared with it. */
static enum result date_form_settle(struct ctx *ctx, const struct scim_user *user,
                                    struct json *document)
{
    struct slice form = date_form(document);
    bool shown = json_get(user->document, "dateTimeFormat") != NULL;
    return !shown || form.length == 0 ? RESULT_OK
                                      : value_set(ctx, document, "dateTimeFormat", form);
}

/* As it will be read again. */
static enum result document_settle(struct ctx *ctx, struct json *document)
{
    TRY(mails_settle(ctx, document));
    return name_settle(ctx, document);
}

enum result scim_user_create(struct ctx *ctx, struct json *document, const char **out_id)
{
    TRY(document_check(ctx, NULL, document));
    TRY(document_settle(ctx, document));
    const struct user_order order = order_of(ctx, document);
    TRY(wrong_value(ctx, user_create(ctx, &order, out_id)));
    return parts_store(ctx, *out_id, document);
}

static enum result account_change(struct ctx *ctx, const struct scim_user *user,
                                  const struct json *document)
{
    const struct user_order order = order_of(ctx, document);
    TRY(wrong_value(ctx, user_change(ctx, &user->account, &order)));
    if (is_active(document) == user->account.disabled) {
        TRY(user_set_disabled(ctx, &user->account, !is_active(document)));
    }
    return RESULT_OK;
}

enum result scim_user_replace(struct ctx *ctx, const struct scim_user *user, struct json *document)
{
    TRY(document_check(ctx, user->account.id, document));
    TRY(names_follow(ctx, user, document));
    TRY(document_settle(ctx, document));
    TRY(date_form_settle(ctx, user, document));
    if (tree_equal(user->document, document)) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    const char *mail = NULL;
    struct json *before = NULL;
    struct json *after = NULL;
    TRY(account_change(ctx, user, document));
    TRY(parts_store(ctx, user->account.id, document));
    TRY(rest_of(ctx, user->document, &mail, &before));
    TRY(rest_of(ctx, document, &mail, &after));
    if (tree_equal(before, after)) { /* the columns have told all of it */
        return RESULT_OK;
    }
    return user_audit_event(ctx, user->account.id, user->account.email, "ModifyUser",
                            "Provision the profile of");
}

enum result scim_user_delete(struct ctx *ctx, const struct scim_user *user)
{
    const char *id = user->account.id;
    TRY(rest_store(ctx, id, user->document));
    TRY(store_run(ctx->session, ctx->error, "UPDATE scim_user SET deleted = $2 WHERE user_id = $1",
                  "ti", id, ctx->now_us));
    return user_retire(ctx, &user->account);
}
