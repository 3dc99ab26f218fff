/* The object of an entry: what was and what is, member by member. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "json/write.h"
#include "model/operation.h"

enum member_kind {
    MEMBER_TEXT,
    MEMBER_INT,
    MEMBER_BOOL,
    MEMBER_NULL,
    MEMBER_RAW,
    MEMBER_MAP,
    MEMBER_LIST
};

struct pair {
    struct slice id, name;
    struct pair *next;
};

struct audit_member {
    const char *prefix, *name; /* joined: "new" and "Name" */
    enum member_kind kind;
    struct slice text;
    int64_t number;
    struct pair *first, *last; /* MEMBER_MAP; MEMBER_LIST: names alone */
    size_t pair_count;
    struct audit_member *next;
};

void audit_changes_init(struct audit_changes *changes, struct ctx *ctx, enum audit_naming naming)
{
    *changes = (struct audit_changes){ .ctx = ctx, .naming = naming };
}

static struct audit_member *member_add(struct audit_changes *changes, const char *prefix,
                                       const char *name, enum member_kind kind)
{
    struct audit_member *member = arena_alloc(changes->ctx->arena, sizeof(*member));
    if (member == NULL) {
        changes->no_memory = true;
        return NULL;
    }
    *member = (struct audit_member){ .prefix = prefix, .name = name, .kind = kind };
    if (changes->last == NULL) {
        changes->first = member;
    } else {
        changes->last->next = member;
    }
    changes->last = member;
    changes->count++;
    return member;
}

/* Copied: what an operation read from a row is gone before the entry is written. */
static void set_text(struct audit_changes *changes, struct audit_member *member, struct slice text)
{
    if (member == NULL || text.text == NULL) {
        return;
    }
    member->text = (struct slice){ slice_dup(changes->ctx->arena, text), text.length };
    changes->no_memory = changes->no_memory || member->text.text == NULL;
}

static void set_number(struct audit_member *member, int64_t number)
{
    if (member != NULL) {
        member->number = number;
    }
}

/* The new member, then the old one. */
static const char *prefix_of(const struct audit_changes *changes, bool old)
{
    if (old) {
        return "old";
    }
    return changes->naming == AUDIT_NEW_OLD ? "new" : "";
}

void audit_change_text(struct audit_changes *changes, const char *name, struct slice now,
                       struct slice old)
{
    bool nothing = (now.text == NULL) == (old.text == NULL) && slice_equal(now, old);
    if (nothing) {
        return;
    }
    set_text(changes, member_add(changes, prefix_of(changes, false), name, MEMBER_TEXT), now);
    set_text(changes, member_add(changes, prefix_of(changes, true), name, MEMBER_TEXT), old);
}

static void change_number(struct audit_changes *changes, const char *name, enum member_kind kind,
                          const int64_t now_old[2])
{
    if (now_old[0] != now_old[1]) {
        set_number(member_add(changes, prefix_of(changes, false), name, kind), now_old[0]);
        set_number(member_add(changes, prefix_of(changes, true), name, kind), now_old[1]);
    }
}

void audit_change_int(struct audit_changes *changes, const char *name, int64_t now, int64_t old)
{
    change_number(changes, name, MEMBER_INT, (const int64_t[]){ now, old });
}

void audit_change_bool(struct audit_changes *changes, const char *name, bool now, bool old)
{
    change_number(changes, name, MEMBER_BOOL, (const int64_t[]){ now, old });
}

static void new_number(struct audit_changes *changes, const char *name, enum member_kind kind,
                       int64_t now)
{
    set_number(member_add(changes, prefix_of(changes, false), name, kind), now);
    (void)member_add(changes, prefix_of(changes, true), name, MEMBER_NULL);
}

void audit_new_bool(struct audit_changes *changes, const char *name, bool now)
{
    new_number(changes, name, MEMBER_BOOL, now);
}

void audit_new_int(struct audit_changes *changes, const char *name, int64_t now)
{
    new_number(changes, name, MEMBER_INT, now);
}

void audit_change_secret(struct audit_changes *changes, const char *name)
{
    set_text(changes, member_add(changes, prefix_of(changes, false), name, MEMBER_TEXT),
             SLICE("***"));
    set_text(changes, member_add(changes, prefix_of(changes, true), name, MEMBER_TEXT),
             SLICE("***"));
}

void audit_flag(struct audit_changes *changes, const char *member)
{
    set_number(member_add(changes, "", member, MEMBER_BOOL), 1);
}

void audit_text(struct audit_changes *changes, const char *member, struct slice text)
{
    set_text(changes, member_add(changes, "", member, MEMBER_TEXT), text);
}

void audit_raw(struct audit_changes *changes, const char *member, struct slice json)
{
    assert(json.length > 0);
    set_text(changes, member_add(changes, "", member, MEMBER_RAW), json);
}

static struct audit_member *gathered(struct audit_changes *changes, const char *name,
                                     enum member_kind kind)
{
    for (struct audit_member *member = changes->first; member != NULL; member = member->next) {
        if (member->kind == kind && strcmp(member->name, name) == 0) {
            return member;
        }
    }
    return member_add(changes, "", name, kind);
}

static void pair_add(struct audit_changes *changes, struct audit_member *to, const char *id,
                     struct slice name)
{
    struct arena *arena = changes->ctx->arena;
    struct pair *pair = arena_alloc(arena, sizeof(*pair));
    const char *key = arena_strdup(arena, id);
    const char *value = name.text == NULL ? "" : slice_dup(arena, name);
    if (pair == NULL || key == NULL || value == NULL) {
        changes->no_memory = true;
        return;
    }
    *pair = (struct pair){ slice_of(key), { value, name.length }, NULL };
    if (to->last == NULL) {
        to->first = pair;
    } else {
        to->last->next = pair;
    }
    to->last = pair;
    to->pair_count++;
}

static bool map_has(const struct audit_member *map, const char *id)
{
    for (const struct pair *pair = map->first; pair != NULL; pair = pair->next) {
        if (slice_is(pair->id, id)) {
            return true;
        }
    }
    return false;
}

void audit_map_add(struct audit_changes *changes, const char *member, const char *id,
                   struct slice name)
{
    struct audit_member *map = gathered(changes, member, MEMBER_MAP);
    if (map != NULL && map->pair_count < AUDIT_NAMES_MAX && !map_has(map, id)) {
        pair_add(changes, map, id, name);
    }
}

void audit_list_add(struct audit_changes *changes, const char *member, struct slice text)
{
    struct audit_member *list = gathered(changes, member, MEMBER_LIST);
    if (list != NULL && list->pair_count < AUDIT_NAMES_MAX) {
        pair_add(changes, list, "", text);
    }
}

static void put_map(struct json_writer *json, const struct audit_member *map)
{
    json_begin_object(json);
    for (const struct pair *pair = map->first; pair != NULL; pair = pair->next) {
        json_key_slice(json, pair->id);
        json_put_slice(json, pair->name);
    }
    json_end_object(json);
}

static void put_list(struct json_writer *json, const struct audit_member *list)
{
    json_begin_array(json);
    for (const struct pair *pair = list->first; pair != NULL; pair = pair->next) {
        json_put_slice(json, pair->name);
    }
    json_end_array(json);
}

static void put_value(struct json_writer *json, const struct audit_member *member)
{
    switch (member->kind) {
    case MEMBER_TEXT:
        if (member->text.text == NULL) {
            json_put_null(json);
        } else {
            json_put_slice(json, member->text);
        }
        break;
    case MEMBER_INT: json_put_int(json, member->number); break;
    case MEMBER_BOOL: json_put_bool(json, member->number != 0); break;
    case MEMBER_NULL: json_put_null(json); break;
    case MEMBER_RAW: json_put_raw(json, member->text); break;
    case MEMBER_MAP: put_map(json, member); break;
    case MEMBER_LIST: put_list(json, member); break;
    }
}

/* "new" + "Name"; a bare "Enabled" of settings becomes "enabled". */
static void put_key(struct json_writer *json, const struct audit_changes *changes,
                    const struct audit_member *member)
{
    char key[128];
    int length = snprintf(key, sizeof(key), "%s%s", member->prefix, member->name);
    assert(length > 0 && (size_t)length < sizeof(key));
    bool bare = changes->naming == AUDIT_PLAIN_OLD && member->prefix[0] == '\0';
    if (bare && key[0] >= 'A' && key[0] <= 'Z') {
        key[0] = (char)(key[0] - 'A' + 'a');
    }
    json_key(json, key);
}

enum result audit_changes_json(struct audit_changes *changes, struct slice *out)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, AUDIT_OBJECT_BYTES_MAX);
    json_writer_init(&json, &text);
    json_begin_object(&json);
    for (const struct audit_member *member = changes->first; member != NULL;
         member = member->next) {
        put_key(&json, changes, member);
        put_value(&json, member);
    }
    json_end_object(&json);
    char *copy = text.overflow ? NULL : slice_dup(changes->ctx->arena, buffer_slice(&text));
    bool overflow = text.overflow;
    size_t length = text.length;
    buffer_done(&text);
    if (overflow) {
        return fail(changes->ctx->error, RESULT_TOO_LARGE, NULL,
                    "what changed takes more than the %d bytes of an audit entry",
                    AUDIT_OBJECT_BYTES_MAX);
    }
    if (changes->no_memory || copy == NULL) {
        return fail(changes->ctx->error, RESULT_NO_MEMORY, NULL, "no memory for an audit entry");
    }
    *out = (struct slice){ copy, length };
    return RESULT_OK;
}

enum result audit_write_changes(struct ctx *ctx, struct audit_entry *entry,
                                struct audit_changes *changes)
{
    if (changes->count == 0 && !changes->no_memory) {
        entry->object = NULL;
        entry->object_json = (struct slice){ 0 };
    } else {
        TRY(audit_changes_json(changes, &entry->object_json));
    }
    return audit_write(ctx, entry);
}
