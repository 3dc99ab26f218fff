/* The usual cases of store.h in one call: prepare, bind by letters, step. */
#include <assert.h>
#include <stdarg.h>

#include "store/dialect.h"
#include "store/store.h"

static void bind_text_or_null(struct statement *statement, uint32_t index, const char *text)
{
    if (text == NULL) {
        statement_bind_null(statement, index);
    } else {
        statement_bind_text(statement, index, slice_of(text));
    }
}

static void bind_values(struct statement *statement, const char *types, va_list values)
{
    for (uint32_t index = 1; *types != '\0'; types++, index++) {
        switch (*types) {
        case 'i': statement_bind_int(statement, index, va_arg(values, int64_t)); break;
        case 't': bind_text_or_null(statement, index, va_arg(values, const char *)); break;
        case 's': statement_bind_text(statement, index, va_arg(values, struct slice)); break;
        case 'b': statement_bind_bytes(statement, index, va_arg(values, struct slice)); break;
        default:
            assert(*types == 'n'); /* the letters are i t s b n */
            statement_bind_null(statement, index);
            break;
        }
    }
}

static enum result prepare_with(struct session *session, struct statement **out,
                                struct error *error, const char *sql, const char *types,
                                va_list values)
{
    TRY(session_prepare(session, sql, out, error));
    bind_values(*out, types, values);
    return RESULT_OK;
}

static enum result step_to_end(struct statement *statement, struct error *error)
{
    bool row = true;
    enum result result = RESULT_OK;
    while (row && result == RESULT_OK) {
        result = statement_step(statement, &row, error);
    }
    statement_reset(statement);
    return result;
}

static enum result step_to_first(struct statement *statement, struct error *error)
{
    bool row = false;
    enum result result = statement_step(statement, &row, error);
    if (result == RESULT_OK && !row) {
        result = fail(error, RESULT_NOT_FOUND, NULL, "there is no such row");
    }
    if (result != RESULT_OK) {
        statement_reset(statement);
    }
    return result;
}

enum result session_plan_anew(struct session *session, struct error *error)
{
    const char *sql = store_dialect(session_store(session))->plan_anew;
    return sql[0] == '\0' ? RESULT_OK : store_run(session, error, sql, "");
}

enum result store_run(struct session *session, struct error *error, const char *sql,
                      const char *types, ...)
{
    struct statement *statement = NULL;
    va_list values;
    va_start(values, types);
    enum result result = prepare_with(session, &statement, error, sql, types, values);
    va_end(values);
    return result == RESULT_OK ? step_to_end(statement, error) : result;
}

enum result store_row(struct session *session, struct statement **out, struct error *error,
                      const char *sql, const char *types, ...)
{
    struct statement *statement = NULL;
    va_list values;
    va_start(values, types);
    enum result result = prepare_with(session, &statement, error, sql, types, values);
    va_end(values);
    TRY(result);
    TRY(step_to_first(statement, error));
    *out = statement;
    return RESULT_OK;
}

enum result store_rows(struct session *session, struct statement **out, struct error *error,
                       const char *sql, const char *types, ...)
{
    struct statement *statement = NULL;
    va_list values;
    va_start(values, types);
    enum result result = prepare_with(session, &statement, error, sql, types, values);
    va_end(values);
    TRY(result);
    *out = statement;
    return RESULT_OK;
}

enum result store_int(struct session *session, int64_t *out, struct error *error, const char *sql,
                      const char *types, ...)
{
    struct statement *statement = NULL;
    va_list values;
    va_start(values, types);
    enum result result = prepare_with(session, &statement, error, sql, types, values);
    va_end(values);
    TRY(result);
    TRY(step_to_first(statement, error));
    *out = statement_is_null(statement, 0) ? 0 : statement_int(statement, 0);
    statement_reset(statement);
    return RESULT_OK;
}
