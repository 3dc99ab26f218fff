#include "resource/computers/computers_selection.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "model/reach.h"
#include "model/row_json.h"
#include "resource/computers/computers_parts.h"
#include "resource/groups/groups.h"
#include "store/store.h"

enum { LOOKUP_IDS = 50 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- sets of ids ------------------------------------------------------------------------------------------ */

struct id_set {
    const char **slots;
    size_t size; /* a power of two, at least twice what it holds */
};

static enum result set_make(struct ctx *ctx, size_t count, struct id_set *out)
{
    out->size = 16;
    while (out->size < 2 * count) {
        out->size *= 2;
    }
    out->slots = arena_alloc(ctx->arena, out->size * sizeof(*out->slots));
    return out->slots == NULL ? no_memory(ctx) : RESULT_OK;
}

static const char **set_slot(const struct id_set *set, const char *id)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *at = id; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    size_t at = (size_t)(hash ^ (hash >> 29)) & (set->size - 1);
    while (set->slots[at] != NULL && strcmp(set->slots[at], id) != 0) {
        at = (at + 1) & (set->size - 1);
    }
    return &set->slots[at];
}

/* --- the body's lists -------------------------------------------------------------------------------------- */

struct ids {
    const char **items;
    size_t count;
};

/* Every UUID of an array in canonical form, each once. */
static enum result ids_read(struct ctx *ctx, const struct json *array, struct ids *out)
{
    struct id_set seen;
    *out = (struct ids){ .count = 0 };
    if (!json_is(array, JSON_ARRAY) || array->count == 0) {
        return RESULT_OK;
    }
    TRY(set_make(ctx, array->count, &seen));
    out->items = arena_alloc(ctx->arena, array->count * sizeof(*out->items));
    if (out->items == NULL) {
        return no_memory(ctx);
    }
    for (const struct json *at = array->first; at != NULL; at = at->next) {
        struct uuid id;
        if (!uuid_parse(json_text_of(at), &id)) {
            continue; /* the body's check has refused it already */
        }
        const char **slot = set_slot(&seen, id.text);
        if (*slot == NULL) {
            *slot = arena_strdup(ctx->arena, id.text);
            if (*slot == NULL) {
                return no_memory(ctx);
            }
            out->items[out->count++] = *slot;
        }
    }
    return RESULT_OK;
}

#define TEN(n) "$" #n "1,$" #n "2,$" #n "3,$" #n "4,$" #n "5,$" #n "6,$" #n "7,$" #n "8,$" #n "9"

/* Which of up to LOOKUP_IDS ids are living computers; the marks that are too many repeat the last id. */
static enum result lookup(struct ctx *ctx, const char *const *ids, size_t count,
                          struct id_set *living)
{
    static const char sql[] =
        "SELECT id FROM computer WHERE deleted_on = 0 AND id IN ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10," TEN(
            1) ",$20," TEN(2) ",$30," TEN(3) ",$40," TEN(4) ",$50)";
    struct statement *statement = NULL;
    bool row = false;
    TRY(session_prepare(ctx->session, sql, &statement, ctx->error));
    for (uint32_t i = 0; i < LOOKUP_IDS; i++) {
        statement_bind_text(statement, i + 1, slice_of(ids[i < count ? i : count - 1]));
    }
    enum result result = statement_step(statement, &row, ctx->error);
    while (result == RESULT_OK && row) {
        char *id = slice_dup(ctx->arena, statement_text(statement, 0));
        if (id == NULL) {
            result = no_memory(ctx);
            break;
        }
        *set_slot(living, id) = id;
        result = statement_step(statement, &row, ctx->error);
    }
    statement_reset(statement);
    return result;
}

static enum result keep_living(struct ctx *ctx, const struct ids *given,
                               struct computer_selection *out)
{
    struct id_set living;
    TRY(set_make(ctx, given->count, &living));
    for (size_t at = 0; at < given->count; at += LOOKUP_IDS) {
        size_t left = given->count - at;
        TRY(lookup(ctx, given->items + at, left < LOOKUP_IDS ? left : LOOKUP_IDS, &living));
    }
    out->ids = given->items;
    for (size_t i = 0; i < given->count; i++) {
        bool reached = *set_slot(&living, given->items[i]) != NULL;
        if (reached) {
            TRY(reach_has(ctx, &computers_resource, given->items[i], &reached));
        }
        if (reached) {
            out->ids[out->count++] = given->items[i];
        } else {
            task_fault_add(ctx, &out->unknown, given->items[i], "there is no such computer");
        }
    }
    return RESULT_OK;
}

static enum result select_ids(struct ctx *ctx, const struct call *call, const char *member,
                              struct computer_selection *out)
{
    struct ids given;
    const char *single = call_has(call, "computerId") ? call_uuid(ctx, call, "computerId") : NULL;
    TRY(ids_read(ctx, call_member(call, member), &given));
    if (given.count == 0 && single != NULL) {
        given.items = arena_alloc(ctx->arena, sizeof(*given.items));
        if (given.items == NULL) {
            return no_memory(ctx);
        }
        given.items[given.count++] = single;
    }
    if (given.count == 0) {
        return fail(ctx->error, RESULT_INVALID, member,
                    "must name at least one computer, unless allComputers is true");
    }
    TRY(keep_living(ctx, &given, out));
    if (given.count == 1 && out->count == 0) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no computer with the id %s",
                    given.items[0]);
    }
    return RESULT_OK;
}

enum choice { CHOICE_LIVING, CHOICE_PENDING };

/* One more condition on top of the caller's filter. */
static void only_pending(struct list *list)
{
    const struct filter *filter = computers_resource.filters;
    while (strcmp(filter->name, "AuthorisationState") != 0) {
        filter++;
        assert(filter < computers_resource.filters + computers_resource.filter_count);
    }
    assert(list->condition_count < LIST_CONDITIONS_MAX);
    list->conditions[list->condition_count++] =
        (struct list_condition){ .filter = filter, .number = COMPUTER_PENDING };
}

static enum result select_all(struct ctx *ctx, const struct call *call, enum choice choice,
                              struct computer_selection *out)
{
    struct list *list = arena_alloc(ctx->arena, sizeof(*list));
    if (list == NULL) {
        return no_memory(ctx);
    }
    list_parse_filter(ctx->arena, &computers_resource, ctx->version, call_member(call, "filter"),
                      "filter", list, ctx->faults);
    if (ctx->faults->count > 0) {
        return fail(ctx->error, RESULT_INVALID, NULL, "%s: %s", ctx->faults->items[0].field,
                    ctx->faults->items[0].text);
    }
    if (choice == CHOICE_PENDING) {
        only_pending(list);
    }
    return list_select_ids(ctx, list, TASK_ITEMS_MAX, &out->ids, &out->count);
}

static enum result leave_out(struct ctx *ctx, const struct call *call,
                             struct computer_selection *selection)
{
    struct ids excluded;
    struct id_set set;
    size_t kept = 0;
    TRY(ids_read(ctx, call_member(call, "excludedComputerIds"), &excluded));
    if (excluded.count == 0) {
        return RESULT_OK;
    }
    TRY(set_make(ctx, excluded.count, &set));
    for (size_t i = 0; i < excluded.count; i++) {
        *set_slot(&set, excluded.items[i]) = excluded.items[i];
    }
    for (size_t i = 0; i < selection->count; i++) {
        if (*set_slot(&set, selection->ids[i]) == NULL) {
            selection->ids[kept++] = selection->ids[i];
        }
    }
    selection->count = kept;
    return RESULT_OK;
}

static enum result select_by_body(struct ctx *ctx, const struct call *call, const char *ids_member,
                                  enum choice choice, struct computer_selection *out)
{
    *out = (struct computer_selection){ .count = 0 };
    if (call_bool(call, "allComputers", false)) {
        TRY(select_all(ctx, call, choice, out));
    } else {
        TRY(select_ids(ctx, call, ids_member, out));
    }
    return leave_out(ctx, call, out);
}

enum result computers_select(struct ctx *ctx, const struct call *call, const char *ids_member,
                             struct computer_selection *out)
{
    return select_by_body(ctx, call, ids_member, CHOICE_LIVING, out);
}

enum result computers_select_pending(struct ctx *ctx, const struct call *call,
                                     const char *ids_member, struct computer_selection *out)
{
    return select_by_body(ctx, call, ids_member, CHOICE_PENDING, out);
}

/* --- moving --------------------------------------------------------------------------------------------------- */

struct move {
    struct ctx *ctx;
    const char *to;
    const char *revision_id; /* of `to` */
    struct group_counts *counts;
};

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whose row changes, and who of them has to be told of another policy. */
struct moved {
    const char **ids, **told;
    size_t count, told_count;
};

static enum result move_one(struct move *move, const struct computer *computer, struct moved *moved)
{
    if (same_text(computer->group_id, move->to)) {
        return RESULT_OK;
    }
    bool active = computer->authorisation == COMPUTER_AUTHORISED;
    moved->ids[moved->count++] = computer->id;
    if (active && !same_text(computer->policy_revision_id, move->revision_id)) {
        moved->told[moved->told_count++] = computer->id;
    }
    TRY(group_counts_add(move->ctx, &move->counts, computer->group_id, -1, active ? -1 : 0));
    return group_counts_add(move->ctx, &move->counts, move->to, 1, active ? 1 : 0);
}

enum result computers_set_group(struct ctx *ctx, const char *const *ids, size_t count,
                                const char *group_id, struct task_faults *faults)
{
    struct move move = { .ctx = ctx, .to = group_id };
    struct computer *computers = NULL;
    struct moved moved = { .ids = arena_alloc(ctx->arena, (count + 1) * sizeof(*moved.ids)),
                           .told = arena_alloc(ctx->arena, (count + 1) * sizeof(*moved.told)) };
    if (moved.ids == NULL || moved.told == NULL) {
        return no_memory(ctx);
    }
    if (group_id != NULL) {
        struct group group;
        TRY(group_load(ctx, group_id, &group));
        move.revision_id = group.policy_revision_id;
    }
    TRY(computers_load_locked(ctx, ids, count, &computers));
    for (size_t i = 0; i < count; i++) {
        if (computers[i].id == NULL || computers[i].deleted) {
            task_fault_add(ctx, faults, ids[i], "the computer was deleted meanwhile");
            continue;
        }
        TRY(move_one(&move, &computers[i], &moved));
    }
    TRY(computers_place_all(ctx, moved.ids, moved.count, group_id));
    TRY(commands_policy_all(ctx, moved.told, moved.told_count, move.revision_id));
    return group_counts_store(ctx, move.counts);
}
