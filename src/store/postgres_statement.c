#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>

#include "base/base64.h"
#include "store/postgres.h"

enum {
    MARK_MAX = 65535, /* the protocol's bound of values */
    NAME_BYTES = 24,
    SHORT_VALUE_BYTES = 40, /* a number, a UUID: kept without an allocation */
    KEPT_BYTES_MAX = 65536, /* a larger buffer does not outlive its use */
    TYPE_BYTEA = 17,        /* its object id, fixed in PostgreSQL */
    FORMAT_TEXT = 0,
    FORMAT_BINARY = 1,
};

struct held_value {
    char near[SHORT_VALUE_BYTES];
    char *far; /* a longer text's copy, with the NUL the text format needs */
};

struct postgres_statement {
    struct statement base;
    char name[NAME_BYTES];
    uint64_t generation; /* of the connection that knows the name; 0 none */
    uint32_t mark_count;
    struct held_value *held; /* four arrays of mark_count */
    const char **values;
    int *lengths;
    int *formats;
    PGresult *answer;
    int row;
    char *bytes; /* what the bytea cells of this row hold, one after the other */
    size_t bytes_capacity;
};

static struct postgres_statement *postgres_of(struct statement *statement)
{
    return (struct postgres_statement *)statement;
}

static const struct postgres_statement *postgres_of_const(const struct statement *statement)
{
    return (const struct postgres_statement *)statement;
}

static struct postgres_session *session_of(const struct statement *statement)
{
    return (struct postgres_session *)statement->session;
}

/* The end of a quoted text or name that starts at `sql`. */
static const char *skip_quoted(const char *sql)
{
    const char *end = strchr(sql + 1, *sql);
    return end == NULL ? sql + strlen(sql) : end + 1;
}

/* The highest $n outside of quotes. */
static uint32_t count_marks(const char *sql)
{
    uint32_t highest = 0;
    while (*sql != '\0') {
        if (*sql == '\'' || *sql == '"') {
            sql = skip_quoted(sql);
            continue;
        }
        if (*sql++ != '$') {
            continue;
        }
        uint32_t number = 0;
        for (; isdigit((unsigned char)*sql) && number <= MARK_MAX; sql++) {
            number = number * 10 + (uint32_t)(*sql - '0');
        }
        if (number > highest && number <= MARK_MAX) {
            highest = number;
        }
    }
    return highest;
}

static bool make_room_for_values(struct postgres_statement *statement)
{
    size_t count = statement->mark_count;
    if (count == 0) {
        return true;
    }
    statement->held = calloc(count, sizeof(*statement->held));
    statement->values = calloc(count, sizeof(*statement->values));
    statement->lengths = calloc(count, sizeof(*statement->lengths));
    statement->formats = calloc(count, sizeof(*statement->formats));
    return statement->held != NULL && statement->values != NULL && statement->lengths != NULL &&
           statement->formats != NULL;
}

enum result postgres_statement_make(struct session *session, const char *sql,
                                    struct statement **out, struct error *error)
{
    /* Session pool: at most STATEMENT_CACHE_MAX of them. */
    struct postgres_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a statement");
    }
    statement->base.session = session;
    statement->base.sql = strdup(sql);
    statement->mark_count = count_marks(sql);
    if (statement->base.sql == NULL || !make_room_for_values(statement)) {
        postgres_statement_free(&statement->base);
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a statement");
    }
    *out = &statement->base;
    return RESULT_OK;
}

/* Makes the present connection know the statement. */
enum result postgres_statement_ready(struct statement *base, struct error *error)
{
    struct postgres_statement *statement = postgres_of(base);
    struct postgres_session *session = session_of(base);
    TRY(postgres_be_usable(session, error));
    if (statement->generation == session->generation) {
        return RESULT_OK;
    }
    (void)snprintf(statement->name, sizeof(statement->name), "s%" PRIu64,
                   ++session->statements_made);
    PGresult *answer =
        PQprepare(session->connection, statement->name, statement->base.sql, 0, NULL);
    enum result result = RESULT_OK;
    if (PQresultStatus(answer) == PGRES_COMMAND_OK) {
        statement->generation = session->generation;
    } else {
        result = postgres_fail(session, answer, error);
    }
    PQclear(answer);
    return result;
}

/* Forgets it on the server too; in a spoilt transaction the server refuses, then it stays until the
   connection ends. */
static void deallocate(struct postgres_statement *statement)
{
    struct postgres_session *session = session_of(&statement->base);
    PGTransactionStatusType now = PQtransactionStatus(session->connection);
    if (session->base.closing || statement->generation != session->generation ||
        (now != PQTRANS_IDLE && now != PQTRANS_INTRANS)) {
        return;
    }
    char sql[NAME_BYTES + 16];
    (void)snprintf(sql, sizeof(sql), "DEALLOCATE %s", statement->name);
    PQclear(PQexec(session->connection, sql));
}

void postgres_statement_free(struct statement *base)
{
    struct postgres_statement *statement = postgres_of(base);
    deallocate(statement);
    if (statement->held != NULL) {
        postgres_statement_reset(base);
    }
    PQclear(statement->answer);
    free(statement->held);
    free(statement->values);
    free(statement->lengths);
    free(statement->formats);
    free(statement->bytes);
    free(statement->base.sql);
    free(statement);
}

static void clear_value(struct postgres_statement *statement, uint32_t index)
{
    free(statement->held[index].far);
    statement->held[index].far = NULL;
    if (statement->values != NULL) {
        statement->values[index] = NULL;
    }
}

void postgres_statement_reset(struct statement *base)
{
    struct postgres_statement *statement = postgres_of(base);
    for (uint32_t i = 0; i < statement->mark_count; i++) {
        clear_value(statement, i);
    }
    PQclear(statement->answer);
    statement->answer = NULL;
    if (statement->bytes_capacity > KEPT_BYTES_MAX) {
        free(statement->bytes);
        statement->bytes = NULL;
        statement->bytes_capacity = 0;
    }
}

/* Whether the mark is there; it has no value after this. */
static bool take_mark(struct postgres_statement *statement, uint32_t index)
{
    if (index < 1 || index > statement->mark_count) {
        statement->base.misused = true;
        return false;
    }
    clear_value(statement, index - 1);
    return true;
}

static void set_value(struct postgres_statement *statement, uint32_t index, const char *value,
                      size_t length, int format)
{
    if (length > INT_MAX) {
        statement->base.no_memory = true;
        return;
    }
    statement->values[index - 1] = value;
    statement->lengths[index - 1] = (int)length;
    statement->formats[index - 1] = format;
}

void postgres_bind_int(struct statement *base, uint32_t index, int64_t value)
{
    struct postgres_statement *statement = postgres_of(base);
    if (take_mark(statement, index)) {
        char *text = statement->held[index - 1].near;
        int length = snprintf(text, SHORT_VALUE_BYTES, "%" PRId64, value);
        set_value(statement, index, text, (size_t)length, FORMAT_TEXT);
    }
}

void postgres_bind_text(struct statement *base, uint32_t index, struct slice value)
{
    struct postgres_statement *statement = postgres_of(base);
    if (!take_mark(statement, index)) {
        return;
    }
    struct held_value *held = &statement->held[index - 1];
    char *copy = held->near;
    if (value.length >= SHORT_VALUE_BYTES) {
        /* Gone with the next reset. */
        held->far = malloc(value.length + 1);
        copy = held->far;
    }
    if (copy == NULL) {
        base->no_memory = true;
        return;
    }
    if (value.length > 0) {
        memcpy(copy, value.text, value.length);
    }
    copy[value.length] = '\0';
    set_value(statement, index, copy, value.length, FORMAT_TEXT);
}

void postgres_bind_bytes(struct statement *base, uint32_t index, struct slice value)
{
    struct postgres_statement *statement = postgres_of(base);
    if (take_mark(statement, index)) {
        set_value(statement, index, value.text == NULL ? "" : value.text, value.length,
                  FORMAT_BINARY);
    }
}

void postgres_bind_null(struct statement *base, uint32_t index)
{
    (void)take_mark(postgres_of(base), index);
}

static void note_affected(struct postgres_session *session, PGresult *answer)
{
    static const char *const changes[] = { "INSERT", "UPDATE", "DELETE", "MERGE" };
    const char *status = PQcmdStatus(answer);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        if (strncmp(status, changes[i], strlen(changes[i])) == 0) {
            session->affected = strtoll(PQcmdTuples(answer), NULL, 10);
        }
    }
}

static enum result execute(struct postgres_statement *statement, struct error *error)
{
    struct postgres_session *session = session_of(&statement->base);
    TRY(postgres_statement_ready(&statement->base, error));
    PGresult *answer =
        PQexecPrepared(session->connection, statement->name, (int)statement->mark_count,
                       statement->values, statement->lengths, statement->formats, FORMAT_TEXT);
    ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        note_affected(session, answer);
        statement->answer = answer;
        statement->row = -1;
        return RESULT_OK;
    }
    enum result result = postgres_fail(session, answer, error);
    const char *state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    /* The layout changed under the plan, or the server forgot it: prepared anew the next time. */
    if (state != NULL && (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0)) {
        statement->generation = 0;
    }
    PQclear(answer);
    return result;
}

static bool is_bytea(const struct postgres_statement *statement, int column)
{
    return PQftype(statement->answer, column) == TYPE_BYTEA &&
           PQgetisnull(statement->answer, statement->row, column) == 0;
}

/* A bytea cell is `\x` and two digits a byte. */
static size_t bytea_length(const struct postgres_statement *statement, int column)
{
    int digits = PQgetlength(statement->answer, statement->row, column) - 2;
    return digits > 0 ? (size_t)digits / 2 : 0;
}

static enum result make_room_for_bytes(struct postgres_statement *statement, struct error *error)
{
    size_t total = 0;
    for (int column = 0; column < PQnfields(statement->answer); column++) {
        total += is_bytea(statement, column) ? bytea_length(statement, column) : 0;
    }
    if (total <= statement->bytes_capacity) {
        return RESULT_OK;
    }
    char *bytes = realloc(statement->bytes, total); /* kept for the next row */
    if (bytes == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no room for a row of the store");
    }
    statement->bytes = bytes;
    statement->bytes_capacity = total;
    return RESULT_OK;
}

static enum result decode_bytes(struct postgres_statement *statement, struct error *error)
{
    TRY(make_room_for_bytes(statement, error));
    size_t at = 0;
    for (int column = 0; column < PQnfields(statement->answer); column++) {
        size_t length = is_bytea(statement, column) ? bytea_length(statement, column) : 0;
        if (length == 0) {
            continue;
        }
        const char *cell = PQgetvalue(statement->answer, statement->row, column);
        struct slice digits = { .text = cell + 2, .length = length * 2 };
        if (cell[1] != 'x' || !hex_decode(digits, statement->bytes + at, length)) {
            return fail(error, RESULT_BROKEN, NULL, "the store failed: bytes in an unknown form");
        }
        at += length;
    }
    return RESULT_OK;
}

enum result postgres_step(struct statement *base, bool *out_row, struct error *error)
{
    struct postgres_statement *statement = postgres_of(base);
    *out_row = false;
    if (statement->answer == NULL) {
        TRY(execute(statement, error));
    }
    statement->row++;
    enum result result = RESULT_OK;
    if (statement->row < PQntuples(statement->answer)) {
        result = decode_bytes(statement, error);
        *out_row = result == RESULT_OK;
    }
    if (!*out_row) {
        postgres_statement_reset(base);
    }
    return result;
}

static bool has_column(const struct postgres_statement *statement, uint32_t column)
{
    return column < (uint32_t)PQnfields(statement->answer);
}

bool postgres_is_null(const struct statement *base, uint32_t column)
{
    const struct postgres_statement *statement = postgres_of_const(base);
    return !has_column(statement, column) ||
           PQgetisnull(statement->answer, statement->row, (int)column) != 0;
}

int64_t postgres_column_int(const struct statement *base, uint32_t column)
{
    if (postgres_is_null(base, column)) {
        return 0;
    }
    const struct postgres_statement *statement = postgres_of_const(base);
    const char *text = PQgetvalue(statement->answer, statement->row, (int)column);
    if (text[0] == 't') {
        return 1; /* what EXISTS and comparisons give */
    }
    return strtoll(text, NULL, 10);
}

struct slice postgres_column_text(const struct statement *base, uint32_t column)
{
    if (postgres_is_null(base, column)) {
        return SLICE("");
    }
    const struct postgres_statement *statement = postgres_of_const(base);
    if (is_bytea(statement, (int)column)) {
        return postgres_column_bytes(base, column);
    }
    return (struct slice){
        .text = PQgetvalue(statement->answer, statement->row, (int)column),
        .length = (size_t)PQgetlength(statement->answer, statement->row, (int)column),
    };
}

struct slice postgres_column_bytes(const struct statement *base, uint32_t column)
{
    const struct postgres_statement *statement = postgres_of_const(base);
    if (postgres_is_null(base, column)) {
        return SLICE("");
    }
    if (!is_bytea(statement, (int)column)) {
        return postgres_column_text(base, column);
    }
    size_t at = 0;
    for (int before = 0; before < (int)column; before++) {
        at += is_bytea(statement, before) ? bytea_length(statement, before) : 0;
    }
    size_t length = bytea_length(statement, (int)column);
    return (struct slice){ .text = length == 0 ? "" : statement->bytes + at, .length = length };
}
