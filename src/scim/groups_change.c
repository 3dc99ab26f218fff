/* Changes of groups: who is a member. Forms as identity providers send them, like those of users (scim/patch.h). */
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "json/read.h"
#include "resource/roles/roles.h"
#include "scim/document.h"
#include "scim/filter.h"
#include "scim/groups.h"
#include "scim/ops.h"
#include "scim/patch.h"
#include "scim/tree.h"
#include "scim/user_record.h"

enum step { STEP_ADD, STEP_REPLACE, STEP_REMOVE };

struct group_change {
    struct ctx *ctx;
    struct role_found role;
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the group");
}

/* --- sets of members ------------------------------------------------------------------------------ */

struct ids {
    struct ctx *ctx;
    const struct scim_node *filter; /* only those that fit; NULL: all */
    struct slice *items;
    size_t count;
};

static enum result ids_init(struct ids *ids, struct ctx *ctx, size_t room)
{
    *ids = (struct ids){ .ctx = ctx };
    ids->items = arena_alloc(ctx->arena, (room + 1) * sizeof(*ids->items));
    return ids->items == NULL ? no_memory(ctx) : RESULT_OK;
}

static int id_order(const void *a, const void *b)
{
    const struct slice *first = a;
    const struct slice *second = b;
    return strcmp(first->text, second->text);
}

static void ids_sort(struct ids *ids)
{
    if (ids->count > 1) {
        qsort(ids->items, ids->count, sizeof(*ids->items), id_order);
    }
}

/* Of sorted ones. */
static bool ids_have(const struct ids *ids, struct slice id)
{
    return ids->count > 0 &&
           bsearch(&id, ids->items, ids->count, sizeof(*ids->items), id_order) != NULL;
}

/* The element as a filter of members sees it. */
static bool member_fits(struct ids *ids, const char *id, struct slice name)
{
    struct json *element = tree_new(ids->ctx->arena, JSON_OBJECT);
    struct json *value = tree_text(ids->ctx->arena, slice_of(id));
    struct json *display = tree_text(ids->ctx->arena, name);
    struct json *type = tree_text(ids->ctx->arena, SLICE("User"));
    if (element == NULL || value == NULL || display == NULL || type == NULL) {
        return false;
    }
    tree_set(element, "value", value);
    tree_set(element, "display", display);
    tree_set(element, "type", type);
    return scim_element_fits(ids->ctx->arena, ids->filter, element);
}

static enum result id_take(void *context, struct slice id, struct slice name)
{
    struct ids *ids = context;
    const char *copy = slice_dup(ids->ctx->arena, id);
    if (copy == NULL) {
        return no_memory(ids->ctx);
    }
    if (ids->filter == NULL || member_fits(ids, copy, name)) {
        ids->items[ids->count++] = slice_of(copy);
    }
    return RESULT_OK;
}

static enum result present_members(const struct group_change *change,
                                   const struct scim_node *filter, struct ids *out)
{
    TRY(ids_init(out, change->ctx, SCIM_MEMBERS_MAX));
    out->filter = filter;
    return scim_members_each(change->ctx, change->role.id, id_take, out);
}

/* Values of members as they were sent: objects with "value", or bare texts, one or many. */
static enum result given_members(const struct group_change *change, const struct json *value,
                                 struct ids *out)
{
    struct ctx *ctx = change->ctx;
    bool many = value != NULL && value->type == JSON_ARRAY;
    const struct json *first = many ? value->first : value;
    size_t count = many ? value->count : value == NULL ? 0 : 1;
    if (count > SCIM_MEMBERS_MAX) {
        return fail(ctx->error, RESULT_INVALID, "invalidValue",
                    "members may have at most %d elements in one request", SCIM_MEMBERS_MAX);
    }
    TRY(ids_init(out, ctx, count));
    for (const struct json *at = first; at != NULL; at = many ? at->next : NULL) {
        const struct json *id = at->type == JSON_OBJECT ? json_get_any_case(at, "value") : at;
        if (!json_is(id, JSON_TEXT)) {
            return fail(ctx->error, RESULT_INVALID, "invalidValue",
                        "each of the members must have the id of a user as its value");
        }
        const char *copy = slice_fold(ctx->arena, id->text); /* as ids are kept */
        if (copy == NULL) {
            return no_memory(ctx);
        }
        out->items[out->count++] = slice_of(copy);
    }
    return RESULT_OK;
}

static enum result set_all(const struct group_change *change, const struct ids *ids, bool has)
{
    for (size_t i = 0; i < ids->count; i++) {
        TRY(scim_member_set(change->ctx, &change->role, ids->items[i], has));
    }
    return RESULT_OK;
}

/* New ones first: an administrator may be handed over. Those who stay are not touched: a group may have thousands. */
static enum result replace_members(const struct group_change *change, const struct json *value)
{
    struct ids given;
    struct ids present;
    TRY(given_members(change, value, &given));
    TRY(present_members(change, NULL, &present));
    ids_sort(&present);
    for (size_t i = 0; i < given.count; i++) {
        if (!ids_have(&present, given.items[i])) {
            TRY(scim_member_set(change->ctx, &change->role, given.items[i], true));
        }
    }
    ids_sort(&given);
    for (size_t i = 0; i < present.count; i++) {
        if (!ids_have(&given, present.items[i])) {
            TRY(scim_member_set(change->ctx, &change->role, present.items[i], false));
        }
    }
    return RESULT_OK;
}

/* --- PATCH ---------------------------------------------------------------------------------------- */

/* A group is called as its role is. */
static enum result name_check(const struct group_change *change, const struct json *value)
{
    bool same = json_is(value, JSON_TEXT) && slice_is_any_case(value->text, change->role.name);
    return same
               ? RESULT_OK
               : fail(change->ctx->error, RESULT_INVALID, "mutability",
                      "displayName is the name of the role; it is changed over the Management API");
}

static enum result members_step(const struct group_change *change, enum step step,
                                const struct json *value)
{
    struct ids ids;
    if (step == STEP_REPLACE) {
        return replace_members(change, value);
    }
    if (step == STEP_REMOVE && value == NULL) {
        TRY(present_members(change, NULL, &ids));
    } else {
        TRY(given_members(change, value, &ids));
    }
    return set_all(change, &ids, step == STEP_ADD);
}

/* members[value eq "…"]: only to take some away. */
static enum result filtered_step(const struct group_change *change, enum step step,
                                 const struct scim_path *path, struct slice filter)
{
    struct ctx *ctx = change->ctx;
    const struct scim_node *node = NULL;
    struct ids ids;
    if (step != STEP_REMOVE) {
        return fail(ctx->error, RESULT_INVALID, "invalidPath",
                    "a filter of members can only be removed by");
    }
    TRY(scim_element_filter_parse(ctx->arena, path, filter, &node, ctx->error));
    TRY(present_members(change, node, &ids));
    return set_all(change, &ids, false);
}

static enum result attribute_step(const struct group_change *change, enum step step,
                                  struct slice name, const struct json *value)
{
    struct scim_path path;
    struct slice rest = name;
    struct slice plain = slice_cut(&rest, '[');
    bool known = scim_path_find(&scim_group_kind, plain, &path) && path.sub == NULL;
    bool filtered = plain.length < name.length;
    if (known && slice_is(slice_of(path.attribute->name), "members")) {
        if (!filtered) {
            return members_step(change, step, value);
        }
        if (rest.length > 0 && rest.text[rest.length - 1] == ']') {
            return filtered_step(change, step, &path, (struct slice){ rest.text, rest.length - 1 });
        }
    }
    if (known && !filtered && slice_is(slice_of(path.attribute->name), "displayName")) {
        return name_check(change, value);
    }
    if (known && !filtered && (path.attribute->flags & SCIM_READ_ONLY) != 0) {
        return RESULT_OK; /* id and schemas come along with what clients had read */
    }
    return fail(change->ctx->error, RESULT_INVALID, "invalidPath",
                "a group has members and displayName, not \"%.*s\"",
                (int)(name.length < 100 ? name.length : 100), name.text);
}

static bool step_of(struct slice word, enum step *out)
{
    static const char *const words[] = {
        [STEP_ADD] = "add", [STEP_REPLACE] = "replace", [STEP_REMOVE] = "remove"
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_is_any_case(word, words[i])) {
            *out = (enum step)i;
            return true;
        }
    }
    return false;
}

static enum result operation_apply(const struct group_change *change, const struct json *operation)
{
    struct ctx *ctx = change->ctx;
    enum step step = STEP_ADD;
    const struct json *path = json_get_any_case(operation, "path");
    const struct json *value = json_get_any_case(operation, "value");
    if (!step_of(json_text_of(json_get_any_case(operation, "op")), &step)) {
        return fail(ctx->error, RESULT_INVALID, "invalidSyntax",
                    "op must be add, replace or remove");
    }
    if (json_is(path, JSON_TEXT) && path->text.length > 0) {
        return attribute_step(change, step, path->text, value);
    }
    if (step == STEP_REMOVE || !json_is(value, JSON_OBJECT)) {
        return fail(ctx->error, RESULT_INVALID, step == STEP_REMOVE ? "noTarget" : "invalidValue",
                    "an operation without a path needs an object as its value, and can't remove");
    }
    for (const struct json *at = value->first; at != NULL; at = at->next) {
        TRY(attribute_step(change, step, at->key, at));
    }
    return RESULT_OK;
}

static enum result patch_apply(const struct group_change *change, const struct json *body)
{
    const struct json *operations = json_get_any_case(body, "Operations");
    if (!json_is(operations, JSON_ARRAY) || operations->count == 0 ||
        operations->count > SCIM_PATCH_OPERATIONS_MAX) {
        return fail(change->ctx->error, RESULT_INVALID, "invalidSyntax",
                    "Operations must be an array of 1 to %d operations", SCIM_PATCH_OPERATIONS_MAX);
    }
    for (const struct json *at = operations->first; at != NULL; at = at->next) {
        TRY(operation_apply(change, at));
    }
    return RESULT_OK;
}

/* --- routes ----------------------------------------------------------------------------------------- */

static enum result change_begin(struct ctx *ctx, const struct call *call,
                                struct group_change *change)
{
    TRY(scim_groups_needed(ctx));
    *change = (struct group_change){ .ctx = ctx };
    TRY(scim_role_of(ctx, call->ids[0], &change->role));
    audit_unchanged(ctx); /* each user whom it changes is told of */
    return json_is(call->body, JSON_OBJECT) ? RESULT_OK
                                            : fail(ctx->error, RESULT_INVALID, "invalidSyntax",
                                                   "the body must be a JSON object");
}

/* POST Groups: what is pushed is found by its name before; what is not there is no role. */
enum result scim_groups_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct role_found role;
    (void)reply;
    TRY(scim_groups_needed(ctx));
    struct slice name = json_text_of(json_get_any_case(call->body, "displayName"));
    enum result result = name.length == 0 ? RESULT_NOT_FOUND : scim_role_of(ctx, name, &role);
    if (result == RESULT_OK) {
        return fail(ctx->error, RESULT_CONFLICT, "uniqueness",
                    "there is a group of this name: the role with the id %s", role.id);
    }
    return result != RESULT_NOT_FOUND
               ? result
               : fail(ctx->error, RESULT_INVALID, "invalidValue",
                      "displayName must be the name of a role: groups are roles here, and new ones "
                      "are made over the Management API");
}

enum result scim_groups_replace(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group_change change;
    TRY(change_begin(ctx, call, &change));
    TRY(name_check(&change, json_get_any_case(call->body, "displayName")));
    TRY(replace_members(&change, json_get_any_case(call->body, "members")));
    return scim_groups_get(ctx, call, reply);
}

enum result scim_groups_patch(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct group_change change;
    TRY(change_begin(ctx, call, &change));
    TRY(patch_apply(&change, call->body));
    return scim_groups_get(ctx, call, reply);
}
