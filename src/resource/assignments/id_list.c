#include "resource/assignments/id_list.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "model/operation.h"
#include "store/store.h"
#include "task/task.h"

enum { ID_LIST_START = 16 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result make_room(struct ctx *ctx, struct id_list *list)
{
    if (list->count < list->capacity) {
        return RESULT_OK;
    }
    if (list->count >= TASK_ITEMS_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL, "one call may name at most %d records",
                    TASK_ITEMS_MAX);
    }
    size_t capacity = list->capacity == 0 ? ID_LIST_START : 2 * list->capacity;
    if (capacity > TASK_ITEMS_MAX) {
        capacity = TASK_ITEMS_MAX;
    }
    const char **ids = arena_alloc(ctx->arena, capacity * sizeof(*ids));
    if (ids == NULL) {
        return no_memory(ctx);
    }
    if (list->count > 0) {
        memcpy(ids, list->ids, list->count * sizeof(*ids));
    }
    list->ids = ids;
    list->capacity = capacity;
    return RESULT_OK;
}

enum result id_list_add(struct ctx *ctx, struct id_list *list, struct slice id)
{
    TRY(make_room(ctx, list));
    const char *copy = slice_dup(ctx->arena, id);
    if (copy == NULL) {
        return no_memory(ctx);
    }
    list->ids[list->count++] = copy;
    return RESULT_OK;
}

enum result id_list_take(struct ctx *ctx, struct id_list *list, struct statement *statement)
{
    enum result result = RESULT_OK;
    for (bool row = true; result == RESULT_OK && row;) {
        result = statement_step(statement, &row, ctx->error);
        if (result == RESULT_OK && row) {
            result = id_list_add(ctx, list, statement_text(statement, 0));
        }
    }
    statement_reset(statement);
    return result;
}

enum result id_list_read(struct ctx *ctx, struct id_list *list, const struct json *array)
{
    if (!json_is(array, JSON_ARRAY)) {
        return RESULT_OK;
    }
    for (const struct json *item = array->first; item != NULL; item = item->next) {
        struct uuid id;
        if (!uuid_parse(json_text_of(item), &id)) {
            return fail(ctx->error, RESULT_INVALID, NULL, "every id must be a UUID");
        }
        TRY(id_list_add(ctx, list, slice_of(id.text)));
    }
    return RESULT_OK;
}

static int compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

void id_list_sort(struct id_list *list)
{
    if (list->count < 2) {
        return;
    }
    qsort(list->ids, list->count, sizeof(*list->ids), compare);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->ids[i], list->ids[kept - 1]) != 0) {
            list->ids[kept++] = list->ids[i];
        }
    }
    list->count = kept;
}

bool id_list_has(const struct id_list *sorted, const char *id)
{
    return sorted->count > 0 &&
           bsearch(&id, sorted->ids, sorted->count, sizeof(*sorted->ids), compare) != NULL;
}

void id_list_remove(struct id_list *list, const struct id_list *sorted)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!id_list_has(sorted, list->ids[i])) {
            list->ids[kept++] = list->ids[i];
        }
    }
    list->count = kept;
}
