#include "access/role.h"

#include <string.h>

#include "access/permission.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/write.h"
#include "store/store.h"

enum { PERMISSIONS_BYTES_MAX = 64 * 1024 };

/* A set of permissions: rows of the table, each once, in its order. */
struct set {
    bool has[ROLE_PERMISSIONS_MAX];
};

static enum result no_memory(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the role");
}

static enum result word_add(struct slice word, const char *field, struct set *set,
                            struct error *error)
{
    struct slice action = word;
    struct slice resource = slice_cut(&action, ':');
    bool pair = action.length > 1 && action.text[0] == ':';
    bool all = slice_is(word, "*");
    bool known = all;
    action = pair ? (struct slice){ action.text + 1, action.length - 1 } : action;
    for (size_t i = 0; i < permission_row_count; i++) {
        const struct permission_row *row = &permission_rows[i];
        bool resource_fits = slice_is(resource, "*") || slice_is_any_case(resource, row->resource);
        bool fits = all || (pair && resource_fits && slice_is_any_case(action, row->action));
        set->has[i] = set->has[i] || fits;
        known = known || fits;
    }
    return known ? RESULT_OK
                 : fail(error, RESULT_INVALID, field, "there is no permission \"%.*s\"",
                        (int)(word.length < 100 ? word.length : 100), word.text);
}

static enum result words_read(struct slice words, const char *field, struct set *out,
                              struct error *error)
{
    *out = (struct set){ .has = { false } };
    while (words.length > 0) {
        struct slice word = slice_trim(slice_cut(&words, ' '));
        if (word.length > 0) {
            TRY(word_add(word, field, out, error));
        }
    }
    return RESULT_OK;
}

static const char *set_json(struct arena *arena, const struct set *set)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, PERMISSIONS_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    for (size_t i = 0; i < permission_row_count; i++) {
        if (set->has[i]) {
            json_begin_object(&writer);
            json_member_text(&writer, "resource", permission_rows[i].resource);
            json_member_text(&writer, "action", permission_rows[i].action);
            json_end_object(&writer);
        }
    }
    json_end_array(&writer);
    const char *copy = text.overflow ? NULL : arena_strndup(arena, text.bytes, text.length);
    buffer_done(&text);
    return copy;
}

static const char *name_json(struct arena *arena, struct slice name)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, PERMISSIONS_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_put_slice(&writer, name);
    const char *copy = text.overflow ? NULL : arena_strndup(arena, text.bytes, text.length);
    buffer_done(&text);
    return copy;
}

/* A role as it is to be. */
struct role {
    const char *id;
    struct slice name, description;
    bool built_in;
    unsigned lists, places;
    int64_t position;
    struct set allows, denies;
};

static enum result set_store(struct session *session, const char *role_id, const struct set *set,
                             int64_t denies, struct error *error)
{
    for (size_t i = 0; i < permission_row_count; i++) {
        if (set->has[i]) {
            TRY(store_run(session, error,
                          "INSERT INTO role_permission (role_id, resource, action, denies)"
                          " VALUES ($1, $2, $3, $4)",
                          "ttti", role_id, permission_rows[i].resource, permission_rows[i].action,
                          denies));
        }
    }
    return RESULT_OK;
}

static enum result role_write(struct session *session, struct arena *arena, int64_t now_us,
                              const struct role *role, struct error *error)
{
    const char *key = slice_fold(arena, role->name);
    const char *json = name_json(arena, role->name);
    const char *allows = set_json(arena, &role->allows);
    const char *denies = set_json(arena, &role->denies);
    const char *description =
        role->description.length == 0 ? NULL : slice_dup(arena, role->description);
    if (key == NULL || json == NULL || allows == NULL || denies == NULL) {
        return no_memory(error);
    }
    TRY(store_run(session, error,
                  "INSERT INTO role (id, name, name_key, name_json, description, built_in, is_fine,"
                  " is_global, places, position, created, allow_permissions, deny_permissions)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
                  " ON CONFLICT (id) DO UPDATE SET name = $2, name_key = $3, name_json = $4,"
                  " description = $5, is_fine = $7, is_global = $8, places = $9, position = $10,"
                  " last_modified = $11, allow_permissions = $12, deny_permissions = $13",
                  "tstttiiiiiitt", role->id, role->name, key, json, description,
                  (int64_t)role->built_in, (int64_t)((role->lists & ROLE_FINE) != 0),
                  (int64_t)((role->lists & ROLE_GLOBAL) != 0), (int64_t)role->places,
                  role->position, now_us, allows, denies));
    TRY(store_run(session, error, "DELETE FROM role_permission WHERE role_id = $1", "t", role->id));
    TRY(set_store(session, role->id, &role->allows, 0, error));
    return set_store(session, role->id, &role->denies, 1, error);
}

/* --- built in ------------------------------------------------------------------------------------ */

struct known {
    char id[UUID_TEXT_BYTES];
    bool there, same;
};

static enum result known_find(struct session *session, const char *name, const char *allows,
                              struct known *out, struct error *error)
{
    struct statement *row = NULL;
    *out = (struct known){ .there = false };
    enum result result = store_row(session, &row, error,
                                   "SELECT id, allow_permissions FROM role"
                                   " WHERE built_in = 1 AND name = $1",
                                   "t", name);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    struct slice id = statement_text(row, 0);
    (void)snprintf(out->id, sizeof(out->id), "%.*s", (int)id.length, id.text);
    out->there = true;
    out->same = slice_is(statement_text(row, 1), allows);
    statement_reset(row);
    return RESULT_OK;
}

/* A custom role that has the name of a new built-in one gives way. */
static enum result name_free(struct session *session, struct arena *arena, const char *name,
                             struct error *error)
{
    const char *key = slice_fold(arena, slice_of(name));
    if (key == NULL) {
        return no_memory(error);
    }
    return store_run(session, error,
                     "UPDATE role SET name = name || ' (custom)',"
                     " name_key = name_key || ' (custom) ' || id,"
                     " name_json = substr(name_json, 1, length(name_json) - 1) || ' (custom)\"'"
                     " WHERE built_in = 0 AND name_key = $1",
                     "t", key);
}

enum result roles_seed(struct session *session, struct arena *arena, int64_t now_us,
                       struct error *error)
{
    for (size_t i = 0; i < role_row_count; i++) {
        const struct role_row *row = &role_rows[i];
        struct role role = { .name = slice_of(row->name),
                             .description = slice_of(row->description),
                             .built_in = true,
                             .lists = row->lists,
                             .places = row->places,
                             .position = (int64_t)i };
        struct known known;
        struct uuid made;
        TRY(words_read(slice_of(row->allows), NULL, &role.allows, error));
        const char *allows = set_json(arena, &role.allows);
        if (allows == NULL) {
            return no_memory(error);
        }
        TRY(known_find(session, row->name, allows, &known, error));
        if (known.same) {
            continue;
        }
        if (!known.there) {
            uuid_make(now_us, &made);
            (void)snprintf(known.id, sizeof(known.id), "%s", made.text);
            TRY(name_free(session, arena, row->name, error));
        }
        role.id = known.id;
        TRY(role_write(session, arena, now_us, &role, error));
    }
    return RESULT_OK;
}

/* --- custom -------------------------------------------------------------------------------------- */

enum result role_store(struct session *session, struct arena *arena, int64_t now_us,
                       const struct role_order *order, struct error *error)
{
    int64_t others = 0;
    struct role role = { .id = order->id,
                         .name = order->name,
                         .description = order->description,
                         .lists = ROLE_GLOBAL,
                         .places = ROLE_ANYWHERE,
                         .position = (int64_t)role_row_count };
    TRY(words_read(order->allows, "allowPermissions", &role.allows, error));
    TRY(words_read(order->denies, "denyPermissions", &role.denies, error));
    const char *key = slice_fold(arena, order->name);
    if (key == NULL) {
        return no_memory(error);
    }
    TRY(store_int(session, &others, error,
                  "SELECT COUNT(*) FROM role WHERE name_key = $1 AND id <> $2", "tt", key,
                  order->id));
    if (others > 0) {
        return fail(error, RESULT_CONFLICT, "name", "a role with this name exists already");
    }
    return role_write(session, arena, now_us, &role, error);
}
