#include "scim/user_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/read.h"
#include "resource/roles/roles.h"
#include "scim/schema.h"
#include "scim/tree.h"
#include "store/store.h"

enum { ROLES_MAX = 1000 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the user");
}

enum result scim_role_of(struct ctx *ctx, struct slice text, struct role_found *out)
{
    struct uuid id;
    if (uuid_parse(text, &id)) {
        const char *copy = arena_strdup(ctx->arena, id.text);
        return copy == NULL ? no_memory(ctx) : role_load(ctx, copy, out);
    }
    return role_load_named(ctx, text, out);
}

/* --- parts of the document -------------------------------------------------------------------- */

static enum result text_put(struct ctx *ctx, struct json *object, const char *key,
                            struct slice text)
{
    char *copy = slice_dup(ctx->arena, text);
    struct json *value =
        copy == NULL ? NULL : tree_text(ctx->arena, (struct slice){ copy, text.length });
    if (value == NULL) {
        return no_memory(ctx);
    }
    tree_set(object, key, value);
    return RESULT_OK;
}

static enum result column_put(struct ctx *ctx, const struct statement *row, uint32_t column,
                              struct json *object, const char *key)
{
    bool is_there = !statement_is_null(row, column) && statement_text(row, column).length > 0;
    return is_there ? text_put(ctx, object, key, statement_text(row, column)) : RESULT_OK;
}

static enum result bool_put(struct ctx *ctx, struct json *object, const char *key, bool value)
{
    struct json *made = tree_bool(ctx->arena, value);
    if (made == NULL) {
        return no_memory(ctx);
    }
    tree_set(object, key, made);
    return RESULT_OK;
}

static enum result element_new(struct ctx *ctx, struct json *array, struct json **out)
{
    *out = tree_new(ctx->arena, JSON_OBJECT);
    if (*out == NULL) {
        return no_memory(ctx);
    }
    tree_append(array, NULL, *out);
    return RESULT_OK;
}

static enum result array_of(struct ctx *ctx, struct json *document, const char *key,
                            struct json **out)
{
    *out = tree_member(document, key);
    if (*out == NULL) {
        *out = tree_new(ctx->arena, JSON_ARRAY);
        if (*out == NULL) {
            return no_memory(ctx);
        }
        tree_set(document, key, *out);
    }
    return RESULT_OK;
}

/* The address of the account, where the document leaves room for it. `element` NULL: it has none. */
static enum result mail_put(struct ctx *ctx, const struct scim_user *user, struct slice element)
{
    struct json *emails = NULL;
    int64_t index = 0;
    if (!slice_int64(element, &index)) {
        return RESULT_OK;
    }
    TRY(array_of(ctx, user->document, "emails", &emails));
    struct json *at = emails->first;
    for (; at != NULL && index > 0; index--) {
        at = at->next;
    }
    return at == NULL ? RESULT_OK : text_put(ctx, at, "value", slice_of(user->account.email));
}

/* Of a user whom provisioning has never written. */
static enum result account_mail_put(struct ctx *ctx, const struct scim_user *user)
{
    struct json *emails = NULL;
    struct json *element = NULL;
    TRY(array_of(ctx, user->document, "emails", &emails));
    TRY(element_new(ctx, emails, &element));
    TRY(text_put(ctx, element, "value", slice_of(user->account.email)));
    TRY(text_put(ctx, element, "type", SLICE("work")));
    return bool_put(ctx, element, "primary", true);
}

/* --- roles ------------------------------------------------------------------------------------ */

struct held {
    const char *name, *key;
    bool shown;
};

/* Room for one more; most users have few, and a page has a thousand users. */
static enum result held_grow(struct ctx *ctx, struct held **held, size_t count)
{
    enum { FIRST = 4 };
    bool full = count == 0 || (count >= FIRST && (count & (count - 1)) == 0);
    if (!full) {
        return RESULT_OK;
    }
    size_t room = count == 0 ? FIRST : 2 * count;
    struct held *more = arena_alloc(ctx->arena, room * sizeof(*more));
    if (more == NULL) {
        return no_memory(ctx);
    }
    if (count > 0) {
        memcpy(more, *held, count * sizeof(*more));
    }
    *held = more;
    return RESULT_OK;
}

static enum result held_load(struct ctx *ctx, const char *id, struct held **out, size_t *out_count)
{
    struct statement *rows = NULL;
    bool row = false;
    *out = NULL;
    *out_count = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT r.name, r.name_key FROM user_grant g JOIN role r ON r.id = g.role_id"
                   " WHERE g.user_id = $1 AND g.scope = 0 ORDER BY r.position, r.id",
                   "t", id));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && *out_count < ROLES_MAX) {
        result = held_grow(ctx, out, *out_count);
        if (result != RESULT_OK) {
            break;
        }
        struct held *held = &(*out)[(*out_count)++];
        held->shown = false;
        held->name = slice_dup(ctx->arena, statement_text(rows, 0));
        held->key = slice_dup(ctx->arena, statement_text(rows, 1));
        result = held->name == NULL || held->key == NULL ? no_memory(ctx)
                                                         : statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

static enum result held_put(struct ctx *ctx, struct held *held, struct json *element)
{
    held->shown = true;
    TRY(text_put(ctx, element, "value", slice_of(held->name)));
    return text_put(ctx, element, "display", slice_of(held->name));
}

/* An element of the document: a role that is held shows its name, one that was taken away elsewhere goes, and a text
   that is no role stays. */
static enum result role_settle(struct ctx *ctx, struct json *roles, struct json *element,
                               struct held *held, size_t count)
{
    int64_t known = 0;
    const char *key = slice_fold(ctx->arena, json_text_of(json_get(element, "value")));
    if (key == NULL) {
        return no_memory(ctx);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(held[i].key, key) == 0) {
            return held_put(ctx, &held[i], element);
        }
    }
    TRY(store_int(ctx->session, &known, ctx->error, "SELECT COUNT(*) FROM role WHERE name_key = $1",
                  "t", key));
    if (known > 0) {
        tree_drop(roles, element);
    }
    return RESULT_OK;
}

static enum result roles_put(struct ctx *ctx, const struct scim_user *user)
{
    size_t count = 0;
    struct json *roles = NULL;
    struct held *held = NULL;
    TRY(held_load(ctx, user->account.id, &held, &count));
    TRY(array_of(ctx, user->document, "roles", &roles));
    struct json *next = NULL;
    for (struct json *at = roles->first; at != NULL; at = next) {
        next = at->next;
        TRY(role_settle(ctx, roles, at, held, count));
    }
    for (size_t i = 0; i < count; i++) {
        struct json *element = NULL;
        if (!held[i].shown) {
            TRY(element_new(ctx, roles, &element));
            TRY(held_put(ctx, &held[i], element));
        }
    }
    if (roles->count == 0) {
        tree_set(user->document, "roles", NULL);
    }
    return RESULT_OK;
}

/* --- loading ---------------------------------------------------------------------------------- */

enum column {
    COLUMN_EXTERNAL_ID,
    COLUMN_LANGUAGE,
    COLUMN_TIME_ZONE,
    COLUMN_DATE_FORMAT,
    COLUMN_DISPLAY_NAME,
    COLUMN_GIVEN_NAME,
    COLUMN_FAMILY_NAME,
    COLUMN_CREATED,
    COLUMN_MODIFIED,
    COLUMN_DOCUMENT,
    COLUMN_MAIL_ELEMENT,
    COLUMN_REVISION,
};
#define COLUMNS                                                                      \
    "SELECT u.external_id, u.language, u.time_zone, u.date_format, u.display_name, " \
    "u.given_name, u.family_name, u.created, u.last_modified, s.document, "          \
    "s.mail_element, s.version FROM user_account u LEFT JOIN scim_user s "           \
    "ON s.user_id = u.id WHERE u.id = $1 AND s.deleted IS NULL"

static enum result document_parse(struct ctx *ctx, const struct statement *row, struct json **out)
{
    const struct json *parsed = NULL;
    if (statement_is_null(row, COLUMN_DOCUMENT)) {
        *out = tree_new(ctx->arena, JSON_OBJECT);
        return *out == NULL ? no_memory(ctx) : RESULT_OK;
    }
    if (json_parse(ctx->arena, statement_text(row, COLUMN_DOCUMENT), &json_limits_usual, &parsed,
                   ctx->error) != RESULT_OK) {
        return fail(ctx->error, RESULT_BROKEN, NULL, "the stored document can't be read");
    }
    *out = tree_copy(ctx->arena, parsed);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result name_put(struct ctx *ctx, const struct statement *row, struct json *document)
{
    struct json *name = tree_new(ctx->arena, JSON_OBJECT);
    if (name == NULL) {
        return no_memory(ctx);
    }
    TRY(column_put(ctx, row, COLUMN_DISPLAY_NAME, document, "displayName"));
    TRY(column_put(ctx, row, COLUMN_GIVEN_NAME, name, "givenName"));
    TRY(column_put(ctx, row, COLUMN_FAMILY_NAME, name, "familyName"));
    if (name->count > 0) {
        tree_set(document, "name", name);
    }
    return RESULT_OK;
}

static enum result row_take(struct ctx *ctx, const struct statement *row, struct scim_user *out)
{
    bool kept = !statement_is_null(row, COLUMN_DOCUMENT);
    out->created_us = statement_int(row, COLUMN_CREATED);
    out->modified_us = statement_int(row, COLUMN_MODIFIED);
    out->revision = statement_int(row, COLUMN_REVISION);
    (void)snprintf(out->version, sizeof(out->version), "W/\"%" PRId64 ".%" PRId64 "\"",
                   out->modified_us, out->revision);
    TRY(document_parse(ctx, row, &out->document));
    TRY(text_put(ctx, out->document, "userName", slice_of(out->account.email)));
    TRY(bool_put(ctx, out->document, "active", !out->account.disabled));
    TRY(column_put(ctx, row, COLUMN_EXTERNAL_ID, out->document, "externalId"));
    TRY(column_put(ctx, row, COLUMN_LANGUAGE, out->document, "locale"));
    TRY(column_put(ctx, row, COLUMN_TIME_ZONE, out->document, "timezone"));
    TRY(column_put(ctx, row, COLUMN_DATE_FORMAT, out->document, "dateTimeFormat"));
    if (!kept) {
        TRY(name_put(ctx, row, out->document));
        return account_mail_put(ctx, out);
    }
    return mail_put(ctx, out, statement_text(row, COLUMN_MAIL_ELEMENT));
}

enum result scim_user_load(struct ctx *ctx, const char *id, struct scim_user *out)
{
    struct statement *row = NULL;
    TRY(user_load(ctx, id, &out->account)); /* it locks; the outer join below could not */
    enum result result = store_row(ctx->session, &row, ctx->error, COLUMNS, "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no user with the id %s", id);
    }
    TRY(result);
    result = row_take(ctx, row, out);
    statement_reset(row);
    TRY(result);
    return roles_put(ctx, out);
}

/* --- rendering -------------------------------------------------------------------------------- */

static enum result default_put(struct ctx *ctx, struct json *resource, const char *key,
                               struct slice text)
{
    return tree_member(resource, key) != NULL ? RESULT_OK : text_put(ctx, resource, key, text);
}

static enum result schemas_put(struct ctx *ctx, struct json *resource)
{
    const struct scim_schema *const schemas[] = { &scim_user_schema, &scim_enterprise_schema };
    struct json *array = NULL;
    TRY(array_of(ctx, resource, "schemas", &array));
    for (size_t i = 0; i < COUNT_OF(schemas); i++) {
        if (schemas[i]->common || tree_member(resource, schemas[i]->urn) != NULL) {
            struct json *urn = tree_text(ctx->arena, slice_of(schemas[i]->urn));
            if (urn == NULL) {
                return no_memory(ctx);
            }
            tree_append(array, NULL, urn);
        }
    }
    return RESULT_OK;
}

static enum result entitlements_put(struct ctx *ctx, const char *id, struct json *resource)
{
    struct statement *rows = NULL;
    struct json *array = NULL;
    bool row = false;
    TRY(array_of(ctx, resource, "entitlements", &array));
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT DISTINCT p.resource || '::' || p.action FROM user_grant g"
                   " JOIN role_permission p ON p.role_id = g.role_id AND p.denies = 0"
                   " WHERE g.user_id = $1 AND g.scope = 0 ORDER BY 1",
                   "t", id));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        struct json *element = NULL;
        result = element_new(ctx, array, &element);
        result =
            result == RESULT_OK ? text_put(ctx, element, "value", statement_text(rows, 0)) : result;
        result = result == RESULT_OK ? statement_step(rows, &row, ctx->error) : result;
    }
    statement_reset(rows);
    return result;
}

static enum result moment_put(struct ctx *ctx, struct json *object, const char *key,
                              int64_t moment_us)
{
    char text[TIME_TEXT_BYTES];
    size_t length = time_format(moment_us, TIME_ZULU, text);
    return text_put(ctx, object, key, (struct slice){ text, length });
}

static enum result meta_put(struct ctx *ctx, const struct scim_user *user, const char *root,
                            struct json *resource)
{
    struct json *meta = tree_new(ctx->arena, JSON_OBJECT);
    const char *location = arena_printf(ctx->arena, "%s/Users/%s", root, user->account.id);
    if (meta == NULL || location == NULL) {
        return no_memory(ctx);
    }
    tree_set(resource, "meta", meta);
    TRY(text_put(ctx, meta, "resourceType", SLICE("User")));
    TRY(moment_put(ctx, meta, "created", user->created_us));
    TRY(moment_put(ctx, meta, "lastModified", user->modified_us));
    TRY(text_put(ctx, meta, "location", slice_of(location)));
    return text_put(ctx, meta, "version", slice_of(user->version));
}

enum result scim_user_render(struct ctx *ctx, const struct scim_user *user, const char *root,
                             struct json **out)
{
    struct json *unused = NULL;
    struct json *resource = tree_new(ctx->arena, JSON_OBJECT);
    if (resource == NULL) {
        return no_memory(ctx);
    }
    TRY(array_of(ctx, resource, "schemas", &unused));
    TRY(text_put(ctx, resource, "id", slice_of(user->account.id)));
    for (const struct json *at = user->document->first; at != NULL; at = at->next) {
        const char *key = slice_dup(ctx->arena, at->key);
        struct json *copy = tree_copy(ctx->arena, at);
        if (key == NULL || copy == NULL) {
            return no_memory(ctx);
        }
        tree_append(resource, key, copy);
    }
    TRY(schemas_put(ctx, resource));
    TRY(default_put(ctx, resource, "locale", SLICE("en-US")));
    TRY(default_put(ctx, resource, "timezone", SLICE("UTC")));
    TRY(array_of(ctx, resource, "groups", &unused));
    TRY(array_of(ctx, resource, "roles", &unused));
    TRY(entitlements_put(ctx, user->account.id, resource));
    TRY(meta_put(ctx, user, root, resource));
    *out = resource;
    return RESULT_OK;
}
