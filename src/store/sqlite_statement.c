#include <limits.h>

#include "store/sqlite.h"

enum { MARK_MAX = 32766 }; /* SQLite's own bound of marks in one text */

/* SQLite numbers the marks by their first place in the text, so `$2 … $1` needs a table. */
struct sqlite_statement {
    struct statement base;
    sqlite3_stmt *handle;
    uint32_t mark_count;
    int *places; /* of mark n at n - 1; 0 when the text has no such mark */
};

static struct sqlite_statement *sqlite_of(struct statement *statement)
{
    return (struct sqlite_statement *)statement;
}

static sqlite3_stmt *handle_of(const struct statement *statement)
{
    return ((const struct sqlite_statement *)statement)->handle;
}

static sqlite3 *connection_of(const struct statement *statement)
{
    return ((const struct sqlite_session *)statement->session)->connection;
}

/* The number of a mark's name; 0 for anything but $1 to $32766. */
static uint32_t mark_number(const char *name)
{
    int64_t number = 0;
    if (name == NULL || name[0] != '$' || !slice_int64(slice_of(name + 1), &number) || number < 1 ||
        number > MARK_MAX) {
        return 0;
    }
    return (uint32_t)number;
}

static enum result note_marks(struct sqlite_statement *statement, struct error *error)
{
    int count = sqlite3_bind_parameter_count(statement->handle);
    for (int place = 1; place <= count; place++) {
        uint32_t number = mark_number(sqlite3_bind_parameter_name(statement->handle, place));
        if (number == 0) {
            return fail(error, RESULT_BROKEN, NULL, "the store failed: a mark is not like $1");
        }
        if (number > statement->mark_count) {
            statement->mark_count = number;
        }
    }
    if (statement->mark_count == 0) {
        return RESULT_OK;
    }
    /* Lives as long as the statement, like the text. */
    statement->places = calloc(statement->mark_count, sizeof(*statement->places));
    if (statement->places == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a statement");
    }
    for (int place = 1; place <= count; place++) {
        uint32_t number = mark_number(sqlite3_bind_parameter_name(statement->handle, place));
        statement->places[number - 1] = place;
    }
    return RESULT_OK;
}

static enum result compile(struct sqlite_statement *statement, struct error *error)
{
    sqlite3 *connection = connection_of(&statement->base);
    const char *tail = NULL;
    int code = sqlite3_prepare_v3(connection, statement->base.sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statement->handle, &tail);
    if (code != SQLITE_OK) {
        return sqlite_fail(connection, code, error);
    }
    if (statement->handle == NULL || slice_trim(slice_of(tail)).length > 0) {
        return fail(error, RESULT_BROKEN, NULL, "the store failed: not exactly one statement");
    }
    return note_marks(statement, error);
}

enum result sqlite_statement_make(struct session *session, const char *sql, struct statement **out,
                                  struct error *error)
{
    /* Session pool: at most STATEMENT_CACHE_MAX of them. */
    struct sqlite_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a statement");
    }
    statement->base.session = session;
    statement->base.sql = strdup(sql);
    enum result result = statement->base.sql == NULL
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no room for a statement")
                             : compile(statement, error);
    if (result != RESULT_OK) {
        sqlite_statement_free(&statement->base);
        return result;
    }
    *out = &statement->base;
    return RESULT_OK;
}

enum result sqlite_statement_ready(struct statement *statement, struct error *error)
{
    (void)statement; /* SQLite prepares again by itself when the layout changed */
    (void)error;
    return RESULT_OK;
}

void sqlite_statement_free(struct statement *base)
{
    struct sqlite_statement *statement = sqlite_of(base);
    (void)sqlite3_finalize(statement->handle);
    free(statement->places);
    free(statement->base.sql);
    free(statement);
}

void sqlite_statement_reset(struct statement *statement)
{
    /* Both codes repeat what the last step has said. */
    (void)sqlite3_reset(handle_of(statement));
    (void)sqlite3_clear_bindings(handle_of(statement));
}

/* SQLite's place of a mark; 0 when there is none, and the statement remembers the misuse. */
static int place_of(struct statement *base, uint32_t index)
{
    struct sqlite_statement *statement = sqlite_of(base);
    int place = index >= 1 && index <= statement->mark_count ? statement->places[index - 1] : 0;
    if (place == 0) {
        base->misused = true;
    }
    return place;
}

static void note_bind(struct statement *statement, int code)
{
    if (code != SQLITE_OK) {
        statement->no_memory = true;
    }
}

void sqlite_bind_int(struct statement *statement, uint32_t index, int64_t value)
{
    int place = place_of(statement, index);
    if (place > 0) {
        note_bind(statement, sqlite3_bind_int64(handle_of(statement), place, value));
    }
}

void sqlite_bind_text(struct statement *statement, uint32_t index, struct slice value)
{
    int place = place_of(statement, index);
    if (place > 0) {
        const char *text = value.text == NULL ? "" : value.text; /* NULL would mean null */
        note_bind(statement, sqlite3_bind_text64(handle_of(statement), place, text, value.length,
                                                 SQLITE_STATIC, SQLITE_UTF8));
    }
}

void sqlite_bind_bytes(struct statement *statement, uint32_t index, struct slice value)
{
    int place = place_of(statement, index);
    if (place > 0) {
        const char *bytes = value.text == NULL ? "" : value.text;
        note_bind(statement, sqlite3_bind_blob64(handle_of(statement), place, bytes, value.length,
                                                 SQLITE_STATIC));
    }
}

void sqlite_bind_null(struct statement *statement, uint32_t index)
{
    int place = place_of(statement, index);
    if (place > 0) {
        note_bind(statement, sqlite3_bind_null(handle_of(statement), place));
    }
}

enum result sqlite_step(struct statement *statement, bool *out_row, struct error *error)
{
    ((struct sqlite_session *)statement->session)->long_since_us = 0;
    int code = sqlite3_step(handle_of(statement));
    *out_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW) {
        return RESULT_OK;
    }
    enum result result = RESULT_OK;
    if (code != SQLITE_DONE) {
        result = sqlite_fail(connection_of(statement), code, error);
    }
    /* Lets go of the read lock and of the caller's values. */
    sqlite_statement_reset(statement);
    return result;
}

bool sqlite_is_null(const struct statement *statement, uint32_t column)
{
    return sqlite3_column_type(handle_of(statement), (int)column) == SQLITE_NULL;
}

int64_t sqlite_column_int(const struct statement *statement, uint32_t column)
{
    return sqlite3_column_int64(handle_of(statement), (int)column);
}

struct slice sqlite_column_text(const struct statement *statement, uint32_t column)
{
    const unsigned char *text = sqlite3_column_text(handle_of(statement), (int)column);
    int bytes = sqlite3_column_bytes(handle_of(statement), (int)column);
    return (struct slice){ .text = text == NULL ? "" : (const char *)text,
                           .length = text == NULL ? 0 : (size_t)bytes };
}

struct slice sqlite_column_bytes(const struct statement *statement, uint32_t column)
{
    const void *bytes = sqlite3_column_blob(handle_of(statement), (int)column);
    int count = sqlite3_column_bytes(handle_of(statement), (int)column);
    return (struct slice){ .text = bytes == NULL ? "" : bytes,
                           .length = bytes == NULL ? 0 : (size_t)count };
}
