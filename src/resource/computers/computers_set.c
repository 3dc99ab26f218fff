/* Many computers in one journey to the database: where that is another machine, a journey for each is what takes the time. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "json/write.h"
#include "resource/computers/computers_parts.h"
#include "resource/groups/groups.h"
#include "store/dialect.h"
#include "store/store.h"

/* An id with its quotes and comma, and what JSON needs around all. */
enum {
    ID_BYTES = 48,
    AROUND_BYTES = 64,
    SQL_BYTES = 1024,
    GROUP_ROWS = 1000,
    KEY_BYTES = 32 * 1024,
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result texts_take(struct ctx *ctx, struct buffer *text, struct slice *out)
{
    char *copy = text->overflow ? NULL : slice_dup(ctx->arena, buffer_slice(text));
    *out = (struct slice){ copy, text->length };
    buffer_done(text);
    return copy == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result ids_write(struct ctx *ctx, const char *const *ids, size_t count,
                             struct slice *out)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, AROUND_BYTES + count * ID_BYTES);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_put_text(&writer, ids[i]);
    }
    json_end_array(&writer);
    return texts_take(ctx, &text, out);
}

/* Between the two stands what makes the column before it one of the ids in $1. */
static void sql_write(struct ctx *ctx, const char *before, const char *after, char *out)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    int length = snprintf(out, SQL_BYTES, "%s %s%s", before, dialect->among_texts, after);
    assert(length > 0 && length < SQL_BYTES);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

struct place {
    const char *id;
    size_t index;
};

static int place_compare(const void *a, const void *b)
{
    const struct place *first = a;
    const struct place *second = b;
    return strcmp(first->id, second->id);
}

/* In the order of their ids, so that two servers never wait for each other's rows. */
static enum result rows_lock(struct ctx *ctx, struct slice ids)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    char sql[SQL_BYTES];
    struct statement *rows = NULL;
    bool row = false;
    if (dialect->one_server) {
        return RESULT_OK;
    }
    sql_write(ctx, "SELECT id FROM computer WHERE id", " ORDER BY id FOR UPDATE", sql);
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "s", ids));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

static enum result rows_read(struct ctx *ctx, struct slice ids, const struct place *places,
                             size_t count, struct computer *out)
{
    char sql[SQL_BYTES];
    struct statement *rows = NULL;
    bool row = false;
    sql_write(ctx, COMPUTER_SELECT " WHERE c.id", "", sql);
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "s", ids));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        struct computer computer;
        result = computer_read(ctx, rows, &computer);
        if (result != RESULT_OK) {
            break;
        }
        const struct place key = { .id = computer.id };
        const struct place *place = bsearch(&key, places, count, sizeof(*places), place_compare);
        if (place != NULL) {
            out[place->index] = computer;
        }
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    return result;
}

enum result computers_load_locked(struct ctx *ctx, const char *const *ids, size_t count,
                                  struct computer **out)
{
    struct slice text;
    struct computer *computers = arena_alloc(ctx->arena, (count + 1) * sizeof(*computers));
    struct place *places = arena_alloc(ctx->arena, (count + 1) * sizeof(*places));
    if (computers == NULL || places == NULL) {
        return no_memory(ctx);
    }
    for (size_t i = 0; i < count; i++) {
        computers[i] = (struct computer){ .id = NULL };
        places[i] = (struct place){ ids[i], i };
    }
    qsort(places, count, sizeof(*places), place_compare);
    TRY(ids_write(ctx, ids, count, &text));
    TRY(rows_lock(ctx, text));
    TRY(rows_read(ctx, text, places, count, computers));
    *out = computers;
    return RESULT_OK;
}

/* --- changing ------------------------------------------------------------------------------------------------------ */

/* Each takes the ids as $1; those with "i" the moment as $2. */
static const struct {
    const char *before, *after; /* what stands around "is one of the ids" */
    const char *kinds;          /* of store_run */
} changes[] = {
    [COMPUTERS_AUTHORISED] = { "UPDATE computer SET authorisation_state = 1, authorised = $2"
                               " WHERE id",
                               "", "si" },
    [COMPUTERS_REJECTED] = { "UPDATE computer SET authorisation_state = 2 WHERE id", "", "s" },
    [COMPUTERS_ARCHIVED] = { "UPDATE computer SET archived = 1, archived_on = $2 WHERE id",
                             " AND archived = 0", "si" },
    [COMPUTERS_BACK] = { "UPDATE computer SET archived = 0, archived_on = NULL WHERE id",
                         " AND archived = 1", "s" },
    [COMPUTERS_DELETED] = { "UPDATE computer SET deleted_on = $2, group_id = NULL WHERE id", "",
                            "si" },
    /* A command that ends without its upload leaves no log that is still awaited. */
    [COMPUTERS_LOGS] = { "UPDATE computer_log SET status = 2 WHERE computer_id", " AND status = 0",
                         "s" },
    [COMPUTERS_COMMANDS] = { "UPDATE command SET status = 4, completed = $2 WHERE computer_id",
                             " AND status < 2", "si" },
};

enum result computers_change_all(struct ctx *ctx, enum computers_change change,
                                 const char *const *ids, size_t count)
{
    struct slice text;
    char sql[SQL_BYTES];
    if (count == 0) {
        return RESULT_OK;
    }
    TRY(ids_write(ctx, ids, count, &text));
    sql_write(ctx, changes[change].before, changes[change].after, sql);
    return store_run(ctx->session, ctx->error, sql, changes[change].kinds, text, ctx->now_us);
}

/* The machines that they are, deleted or not; *out_any false: of none anything is known. */
static enum result machine_keys(struct ctx *ctx, const char *const *ids, size_t count,
                                struct slice *out, bool *out_any)
{
    char sql[SQL_BYTES];
    struct statement *rows = NULL;
    struct buffer text;
    struct json_writer writer;
    bool row = false;
    TRY(ids_write(ctx, ids, count, out));
    sql_write(ctx, "SELECT DISTINCT machine_key FROM computer WHERE machine_key <> '' AND id", "",
              sql);
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "s", *out));
    buffer_init(&text, AROUND_BYTES + count * KEY_BYTES);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    enum result result = statement_step(rows, &row, ctx->error);
    *out_any = result == RESULT_OK && row;
    while (result == RESULT_OK && row) {
        json_put_slice(&writer, statement_text(rows, 0));
        result = statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    json_end_array(&writer);
    enum result taken = texts_take(ctx, &text, out);
    return result != RESULT_OK ? result : taken;
}

/* By their keys and not by a subquery, whose keys PostgreSQL would look for in all computers. */
enum result computers_recount_twins(struct ctx *ctx, const char *const *ids, size_t count)
{
    struct slice keys;
    char sql[SQL_BYTES];
    bool any = false;
    TRY(machine_keys(ctx, ids, count, &keys, &any));
    if (!any) {
        return RESULT_OK;
    }
    sql_write(ctx,
              "UPDATE computer SET duplicate_count = (SELECT COUNT(*) - 1 FROM computer t"
              " WHERE t.machine_key = computer.machine_key AND t.deleted_on = 0)"
              " WHERE deleted_on = 0 AND machine_key",
              "", sql);
    return store_run(ctx->session, ctx->error, sql, "s", keys);
}

enum result computers_place_all(struct ctx *ctx, const char *const *ids, size_t count,
                                const char *group_id)
{
    struct slice text;
    char sql[SQL_BYTES];
    if (count == 0) {
        return RESULT_OK;
    }
    TRY(ids_write(ctx, ids, count, &text));
    sql_write(ctx, "UPDATE computer SET group_id = $2 WHERE id", "", sql);
    return store_run(ctx->session, ctx->error, sql, "st", text, group_id);
}

/* --- commands -------------------------------------------------------------------------------------------------------- */

/* Rows of commands to be: JSON pairs of an id and a computer's id. */
struct command_rows {
    struct buffer text;
    struct json_writer writer;
    size_t count;
};

static void rows_begin(struct command_rows *rows, size_t count_max)
{
    buffer_init(&rows->text, AROUND_BYTES + count_max * 2 * ID_BYTES);
    json_writer_init(&rows->writer, &rows->text);
    json_begin_array(&rows->writer);
    rows->count = 0;
}

/* The ids are drawn here and not by the database, whose chance no seed reaches. */
static void rows_add(const struct ctx *ctx, struct command_rows *rows, const char *computer_id)
{
    struct uuid id;
    uuid_make(ctx->now_us, &id);
    json_begin_array(&rows->writer);
    json_put_text(&rows->writer, id.text);
    json_put_text(&rows->writer, computer_id);
    json_end_array(&rows->writer);
    rows->count++;
}

/* Rows are done with after this. */
static enum result rows_insert(struct ctx *ctx, struct command_rows *rows, enum command_type type,
                               const char *task_id)
{
    char sql[SQL_BYTES];
    enum result result = RESULT_OK;
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    json_end_array(&rows->writer);
    if (rows->text.overflow) {
        result = no_memory(ctx);
    } else if (rows->count > 0) {
        int length = snprintf(sql, sizeof(sql),
                              "INSERT INTO command (id, computer_id, task_id, command_type, status,"
                              " created, expires, requested_by)"
                              " SELECT value ->> 0, value ->> 1, $2, CAST($3 AS BIGINT), 0,"
                              " CAST($4 AS BIGINT), CAST($5 AS BIGINT), $6 FROM %s",
                              dialect->json_rows);
        assert(length > 0 && length < SQL_BYTES);
        result = store_run(ctx->session, ctx->error, sql, "stiiit", buffer_slice(&rows->text),
                           task_id, (int64_t)type, ctx->now_us,
                           ctx->now_us + ctx->rules->command_life_us, commands_asker(ctx));
    }
    buffer_done(&rows->text);
    return result;
}

enum result commands_policy_all(struct ctx *ctx, const char *const *ids, size_t count,
                                const char *revision_id)
{
    struct slice text;
    char sql[SQL_BYTES];
    struct command_rows rows;
    if (count == 0) {
        return RESULT_OK;
    }
    TRY(ids_write(ctx, ids, count, &text));
    sql_write(ctx,
              "UPDATE command SET status = 4, completed = $2,"
              " result = 'a later assignment took its place'"
              " WHERE computer_id",
              " AND status < 2 AND command_type < 2", sql);
    TRY(store_run(ctx->session, ctx->error, sql, "si", text, ctx->now_us));
    rows_begin(&rows, count);
    for (size_t i = 0; i < count; i++) {
        rows_add(ctx, &rows, ids[i]);
    }
    TRY(rows_insert(ctx, &rows, revision_id == NULL ? COMMAND_CLEAR_POLICY : COMMAND_APPLY_POLICY,
                    NULL));
    for (size_t i = 0; i < count; i++) {
        ctx_wake(ctx, WAKE_COMPUTER, ids[i]);
    }
    return RESULT_OK;
}

/* Adds the computers of the group behind `last`, by their ids; `last` is then the last of them. */
static enum result group_rows_add(struct ctx *ctx, const char *group_id, struct uuid *last,
                                  struct command_rows *rows)
{
    struct statement *computers = NULL;
    bool row = false;
    TRY(store_rows(ctx->session, &computers, ctx->error,
                   "SELECT id FROM computer WHERE group_id = $1 AND id > $2 AND deleted_on = 0"
                   " AND authorisation_state = 1 ORDER BY id LIMIT $3",
                   "tti", group_id, last->text, (int64_t)GROUP_ROWS));
    enum result result = statement_step(computers, &row, ctx->error);
    while (result == RESULT_OK && row) {
        struct slice id = statement_text(computers, 0);
        (void)snprintf(last->text, sizeof(last->text), "%.*s", (int)id.length, id.text);
        rows_add(ctx, rows, last->text);
        result = statement_step(computers, &row, ctx->error);
    }
    statement_reset(computers);
    return result;
}

enum result commands_for_group(struct ctx *ctx, const char *group_id, enum command_type type,
                               const char *task_id)
{
    struct uuid last = { .text = "" };
    size_t count = 0;
    TRY(store_run(
        ctx->session, ctx->error,
        "UPDATE command SET status = 4, completed = $2, result = 'a later assignment took its place'"
        " WHERE status < 2 AND command_type < 2 AND computer_id IN"
        " (SELECT id FROM computer WHERE group_id = $1 AND deleted_on = 0)",
        "ti", group_id, ctx->now_us));
    do {
        struct command_rows rows;
        rows_begin(&rows, GROUP_ROWS);
        enum result result = group_rows_add(ctx, group_id, &last, &rows);
        count = rows.count;
        if (result != RESULT_OK) {
            buffer_done(&rows.text);
            return result;
        }
        TRY(rows_insert(ctx, &rows, type, task_id));
    } while (count == GROUP_ROWS);
    return RESULT_OK;
}

/* --- the counts of groups ------------------------------------------------------------------------------------------ */

struct group_counts {
    const char *id;
    int64_t computers, active;
    struct group_counts *next;
};

/* In the order of their ids, so that two servers never wait for each other's rows. */
enum result group_counts_add(struct ctx *ctx, struct group_counts **counts, const char *group_id,
                             int64_t computers, int64_t active)
{
    int order = -1;
    if (group_id == NULL) {
        return RESULT_OK;
    }
    while (*counts != NULL && (order = strcmp((*counts)->id, group_id)) < 0) {
        counts = &(*counts)->next;
    }
    if (*counts == NULL || order != 0) {
        struct group_counts *made = arena_alloc(ctx->arena, sizeof(*made));
        if (made == NULL) {
            return no_memory(ctx);
        }
        *made = (struct group_counts){ .id = group_id, .next = *counts };
        *counts = made;
    }
    (*counts)->computers += computers;
    (*counts)->active += active;
    return RESULT_OK;
}

enum result group_counts_store(struct ctx *ctx, const struct group_counts *counts)
{
    for (const struct group_counts *at = counts; at != NULL; at = at->next) {
        TRY(group_count(ctx, at->id, at->computers, at->active));
    }
    return RESULT_OK;
}
