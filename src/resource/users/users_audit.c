#include "resource/users/users_audit.h"

#include <string.h>

#include "access/permission.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "json/write.h"
#include "resource/users/users.h"
#include "store/store.h"

enum { ROLES_BYTES_MAX = 512 * 1024, HELD_MAX = 10000 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the audit");
}

/* --- the account --------------------------------------------------------------------------------- */

enum result user_facts_load(struct ctx *ctx, const char *id, struct user_facts *out)
{
    struct statement *row = NULL;
    bool complete = true;
    *out = (struct user_facts){ .id = id };
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT email, time_zone, date_format, language, external_id, given_name,"
                  " family_name, display_name, disabled FROM user_account WHERE id = $1",
                  "t", id));
    for (uint32_t i = 0; i < USER_TEXTS; i++) {
        if (!statement_is_null(row, i)) {
            out->texts[i] = slice_dup(ctx->arena, statement_text(row, i));
            complete = complete && out->texts[i] != NULL;
        }
    }
    out->disabled = statement_int(row, USER_TEXTS) != 0;
    statement_reset(row);
    return complete ? RESULT_OK : no_memory(ctx);
}

static void tell_facts(struct audit_changes *changes, const struct user_facts *before,
                       const struct user_facts *after)
{
    static const char *const names[USER_TEXTS] = {
        [USER_EMAIL] = "EmailAddress",
        [USER_TIME_ZONE] = "OlsonTimeZoneId",
        [USER_DATE_FORMAT] = "DateTimeDisplayFormat",
        [USER_LANGUAGE] = "PreferredLanguage",
        [USER_EXTERNAL_ID] = "ExternalId",
        [USER_GIVEN_NAME] = "GivenName",
        [USER_FAMILY_NAME] = "FamilyName",
        [USER_DISPLAY_NAME] = "DisplayName",
    };
    for (size_t i = 0; i < USER_TEXTS; i++) {
        audit_change_text(changes, names[i], slice_of(after->texts[i]),
                          slice_of(before == NULL ? NULL : before->texts[i]));
    }
    if (before == NULL) {
        audit_new_bool(changes, "Disabled", after->disabled);
    } else {
        audit_change_bool(changes, "Disabled", after->disabled, before->disabled);
    }
}

enum result user_audit(struct ctx *ctx, const struct user_facts *before, const char *id,
                       const char *type, const char *verb)
{
    struct user_facts after;
    struct audit_changes changes;
    TRY(user_facts_load(ctx, id, &after));
    const char *name = before == NULL ? after.texts[USER_EMAIL] : before->texts[USER_EMAIL];
    struct audit_entry entry = {
        .entity = "User",
        .entity_id = id,
        .entity_name = slice_of(after.texts[USER_EMAIL]),
        .type = type,
        .details = audit_sentence(ctx, "%s user %s", verb, name),
        .object = "userDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    tell_facts(&changes, before, &after);
    if (changes.count == 0) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    return audit_write_changes(ctx, &entry, &changes);
}

enum result user_audit_event(struct ctx *ctx, const char *id, const char *email, const char *type,
                             const char *verb)
{
    const struct audit_entry entry = {
        .entity = "User",
        .entity_id = id,
        .entity_name = slice_of(email),
        .type = type,
        .details = audit_sentence(ctx, "%s user %s", verb, email),
    };
    return audit_write(ctx, &entry);
}

/* --- roles --------------------------------------------------------------------------------------- */

static bool held_read(struct ctx *ctx, const struct statement *row, struct user_held *out)
{
    *out = (struct user_held){
        .scope = statement_int(row, 0),
        .object_id = slice_dup(ctx->arena, statement_text(row, 1)),
        .object_name = slice_dup(ctx->arena, statement_text(row, 2)),
        .role_id = slice_dup(ctx->arena, statement_text(row, 3)),
        .role_name = slice_dup(ctx->arena, statement_text(row, 4)),
    };
    return out->object_id != NULL && out->object_name != NULL && out->role_id != NULL &&
           out->role_name != NULL;
}

static enum result count_held(struct ctx *ctx, const char *id, size_t *out)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM user_grant WHERE user_id = $1", "t", id));
    *out = count > HELD_MAX ? HELD_MAX : (size_t)count;
    return RESULT_OK;
}

enum result user_roles_load(struct ctx *ctx, const char *id, struct user_roles *out)
{
    struct statement *rows = NULL;
    bool row = false;
    size_t max = 0;
    *out = (struct user_roles){ .count = 0 };
    TRY(count_held(ctx, id, &max));
    out->items = arena_alloc(ctx->arena, (max + 1) * sizeof(*out->items));
    if (out->items == NULL) {
        return no_memory(ctx);
    }
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT t.scope, COALESCE(t.group_id, t.policy_id, '') AS object_id,"
                   " COALESCE(g.name, p.name, ''), r.id, r.name FROM user_grant t"
                   " JOIN role r ON r.id = t.role_id"
                   " LEFT JOIN computer_group g ON g.id = t.group_id"
                   " LEFT JOIN policy p ON p.id = t.policy_id"
                   " WHERE t.user_id = $1 ORDER BY t.scope, object_id, r.name, r.id",
                   "t", id));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && out->count < max) {
        bool complete = held_read(ctx, rows, &out->items[out->count++]);
        result = complete ? statement_step(rows, &row, ctx->error) : no_memory(ctx);
    }
    statement_reset(rows);
    return result;
}

static bool same_place(const struct user_held *a, const struct user_held *b)
{
    return a->scope == b->scope && strcmp(a->object_id, b->object_id) == 0;
}

/* How many items from `at` on are of the place. */
static size_t run_of(const struct user_roles *roles, size_t at, const struct user_held *place)
{
    size_t count = 0;
    while (at + count < roles->count && same_place(&roles->items[at + count], place)) {
        count++;
    }
    return count;
}

static void put_roles(struct json_writer *json, const char *name, const struct user_held *items,
                      size_t count)
{
    json_key(json, name);
    json_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(json);
        json_member_text(json, "roleId", items[i].role_id);
        json_member_text(json, "roleName", items[i].role_name);
        json_end_object(json);
    }
    json_end_array(json);
}

static bool same_roles(const struct user_held *a, const struct user_held *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(a[i].role_id, b[i].role_id) != 0) {
            return false;
        }
    }
    return true;
}

struct place_change {
    const struct user_held *now, *old;
    size_t now_count, old_count;
};

static bool put_place(struct json_writer *json, const struct place_change *change)
{
    static const char *const types[] = { [GRANT_EVERYTHING] = "All",
                                         [GRANT_ALL_GROUPS] = "Group",
                                         [GRANT_ALL_POLICIES] = "Policy",
                                         [GRANT_GROUP] = "Group",
                                         [GRANT_POLICY] = "Policy" };
    const struct user_held *place = change->now_count > 0 ? change->now : change->old;
    if (change->now_count == change->old_count &&
        same_roles(change->now, change->old, change->now_count)) {
        return false;
    }
    bool single = place->object_id[0] != '\0';
    json_begin_object(json);
    json_member_text(json, "resourceType", types[place->scope]);
    json_member_text(json, "resourceId", single ? place->object_id : NULL);
    json_member_text(json, "resourceName", single ? place->object_name : NULL);
    put_roles(json, "newRoles", change->now, change->now_count);
    put_roles(json, "oldRoles", change->old, change->old_count);
    json_end_object(json);
    return true;
}

static bool comes_first(const struct user_held *a, const struct user_held *b)
{
    return a->scope != b->scope ? a->scope < b->scope : strcmp(a->object_id, b->object_id) <= 0;
}

/* Both are in one order of places: a merge. Gives how many places differ. */
static size_t put_places(struct json_writer *json, const struct user_roles *old,
                         const struct user_roles *now)
{
    size_t o = 0;
    size_t n = 0;
    size_t differ = 0;
    while (o < old->count || n < now->count) {
        const struct user_held *place =
            o == old->count || (n < now->count && comes_first(&now->items[n], &old->items[o]))
                ? &now->items[n]
                : &old->items[o];
        const struct place_change change = { .now = now->items + n,
                                             .old = old->items + o,
                                             .now_count = run_of(now, n, place),
                                             .old_count = run_of(old, o, place) };
        differ += put_place(json, &change) ? 1 : 0;
        n += change.now_count;
        o += change.old_count;
    }
    return differ;
}

static enum result roles_json(struct ctx *ctx, const struct user_roles *old,
                              const struct user_roles *now, struct slice *out)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, ROLES_BYTES_MAX);
    json_writer_init(&json, &text);
    json_begin_array(&json);
    size_t differ = put_places(&json, old, now);
    json_end_array(&json);
    char *copy = text.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    *out = (struct slice){ copy, differ == 0 ? 0 : text.length };
    bool overflow = text.overflow;
    buffer_done(&text);
    if (overflow) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL,
                    "the roles that change take more than %d bytes of an audit", ROLES_BYTES_MAX);
    }
    return copy == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result user_roles_audit(struct ctx *ctx, const char *id, const char *email,
                             const struct user_roles *before)
{
    struct user_roles now;
    struct slice json;
    struct audit_changes changes;
    TRY(user_roles_load(ctx, id, &now));
    TRY(roles_json(ctx, before, &now, &json));
    if (json.length == 0) {
        audit_unchanged(ctx);
        return RESULT_OK;
    }
    struct audit_entry entry = {
        .entity = "User",
        .entity_id = id,
        .entity_name = slice_of(email),
        .type = "AssignRoles",
        .details = audit_sentence(ctx, "Assign roles to user %s", email),
        .object = "userDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_raw(&changes, "roles", json);
    return audit_write_changes(ctx, &entry, &changes);
}
