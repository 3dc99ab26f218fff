#include "store/sqlite_function.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/time.h"
#include "base/uuid.h"

/* reeve_fold(text): lower case by Unicode, for keys that ignore letter case. Null stays null. */
static void fold(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const unsigned char *text = sqlite3_value_text(values[0]);
    if (text == NULL) {
        sqlite3_result_null(context);
        return;
    }
    struct arena *arena = sqlite3_user_data(context);
    struct slice from = { .text = (const char *)text,
                          .length = (size_t)sqlite3_value_bytes(values[0]) };
    const char *folded = slice_fold(arena, from);
    if (folded == NULL) {
        sqlite3_result_error_nomem(context);
    } else {
        sqlite3_result_text(context, folded, -1, SQLITE_TRANSIENT);
    }
    arena_reset(arena);
}

/* reeve_uuid(): a new UUID, for values that only this store knows. In a sandbox it does not move the ids of what is made, which are
   drawn by the program: PostgreSQL makes its own. */
static void new_uuid(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    struct uuid uuid;
    uuid_make_passing(time_now_us(), &uuid);
    sqlite3_result_text(context, uuid.text, UUID_TEXT_BYTES - 1, SQLITE_TRANSIENT);
}

/* reeve_now(): the moment, in microseconds since 1970. */
static void moment_now(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    sqlite3_result_int64(context, time_now_us());
}

/* reeve_list(text): the texts of the rows with commas between; null without any. */
struct list_text {
    sqlite3_str *text;
};

static void list_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct list_text *list = sqlite3_aggregate_context(context, sizeof(*list));
    if (list == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) {
        return;
    }
    if (list->text == NULL) {
        list->text = sqlite3_str_new(sqlite3_context_db_handle(context));
    } else {
        sqlite3_str_appendchar(list->text, 1, ',');
    }
    sqlite3_str_append(list->text, (const char *)sqlite3_value_text(values[0]),
                       sqlite3_value_bytes(values[0]));
}

static void list_final(sqlite3_context *context)
{
    struct list_text *list = sqlite3_aggregate_context(context, 0);
    if (list == NULL || list->text == NULL) {
        sqlite3_result_null(context);
        return;
    }
    int code = sqlite3_str_errcode(list->text);
    char *text = sqlite3_str_finish(list->text);
    if (code != SQLITE_OK) {
        sqlite3_free(text);
        sqlite3_result_error_code(context, code);
    } else {
        sqlite3_result_text(context, text, -1, sqlite3_free);
    }
}

int sqlite_functions_add(sqlite3 *connection, struct arena *arena)
{
    int code = sqlite3_create_function_v2(connection, "reeve_fold", 1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                          arena, fold, NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code =
            sqlite3_create_function_v2(connection, "reeve_uuid", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                       NULL, new_uuid, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code =
            sqlite3_create_function_v2(connection, "reeve_now", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                       NULL, moment_now, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_create_function_v2(connection, "reeve_list", 1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                          NULL, NULL, list_step, list_final, NULL);
    }
    return code;
}
