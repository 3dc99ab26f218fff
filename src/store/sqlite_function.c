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

/* reeve_uuid(): a new UUID, for default values. */
static void new_uuid(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    struct uuid uuid;
    uuid_make(time_now_us(), &uuid);
    sqlite3_result_text(context, uuid.text, UUID_TEXT_BYTES - 1, SQLITE_TRANSIENT);
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
    return code;
}
