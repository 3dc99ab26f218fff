#include "model/row_json.h"

#include <assert.h>
#include <string.h>

#include "base/time.h"
#include "model/operation.h"
#include "store/store.h"

/* --- SQL text -------------------------------------------------------------------------------------------- */

void sql_mark_again(struct buffer *sql, uint32_t mark)
{
    char text[12];
    size_t at = sizeof(text);
    for (; mark > 0; mark /= 10) {
        text[--at] = (char)('0' + mark % 10);
    }
    text[--at] = '$';
    buffer_add(sql, text + at, sizeof(text) - at);
}

/* Counts one more value; the bounds of lists see to it that there is room. */
static void add_mark(struct buffer *sql, struct sql_values *values)
{
    if (values->count == 0) {
        values->now_mark = 0;
        values->cutoff_mark = 0;
    }
    values->count++;
    sql_mark_again(sql, values->count);
}

void sql_mark_int(struct buffer *sql, struct sql_values *values, int64_t number)
{
    assert(values->count < SQL_VALUES_MAX);
    values->items[values->count].is_text = false;
    values->items[values->count].number = number;
    add_mark(sql, values);
}

void sql_mark_text(struct buffer *sql, struct sql_values *values, struct slice text)
{
    assert(values->count < SQL_VALUES_MAX);
    values->items[values->count].is_text = true;
    values->items[values->count].text = text;
    add_mark(sql, values);
}

/* The moment is one value however often tables name it: their expressions come once a column, a sort and a
   condition, and marks are bounded. */
static void mark_moment(struct buffer *sql, struct sql_values *values, bool now, int64_t moment_us)
{
    uint32_t mark = values->count == 0 ? 0 : now ? values->now_mark : values->cutoff_mark;
    if (mark > 0) {
        sql_mark_again(sql, mark);
        return;
    }
    sql_mark_int(sql, values, moment_us);
    *(now ? &values->now_mark : &values->cutoff_mark) = values->count;
}

void sql_expression(const struct ctx *ctx, const char *expression, struct buffer *sql,
                    struct sql_values *values)
{
    const char *at = expression;
    for (const char *open = strchr(at, '{'); open != NULL; open = strchr(open + 1, '{')) {
        bool now = strncmp(open, "{now}", strlen("{now}")) == 0;
        if (!now && strncmp(open, "{cutoff}", strlen("{cutoff}")) != 0) {
            continue; /* a brace of its own: JSON that the statement puts together */
        }
        buffer_add(sql, at, (size_t)(open - at));
        /* PostgreSQL can't tell the type of a mark in an expression of its own. */
        buffer_text(sql, "CAST(");
        mark_moment(sql, values, now,
                    now ? ctx->now_us : ctx->now_us - ctx->rules->disconnected_after_us);
        buffer_text(sql, " AS BIGINT)");
        at = open + (now ? strlen("{now}") : strlen("{cutoff}"));
    }
    buffer_text(sql, at);
}

void sql_bind(struct statement *statement, const struct sql_values *values)
{
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->items[i].is_text) {
            statement_bind_text(statement, i + 1, values->items[i].text);
        } else {
            statement_bind_int(statement, i + 1, values->items[i].number);
        }
    }
}

/* An object without a column of its own: its fields are columns of the row. */
static bool is_flat_object(const struct field *field)
{
    return field->type == FIELD_OBJECT && field->column == NULL && field->shape != NULL;
}

static void add_columns(const struct ctx *ctx, const struct shape *shape, struct buffer *sql,
                        struct sql_values *values, bool *begun)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (!field_in(field, ctx->version)) {
            continue;
        }
        if (is_flat_object(field)) {
            add_columns(ctx, field->shape, sql, values, begun);
        } else if (field->column != NULL) {
            if (*begun) {
                buffer_add(sql, ", ", 2);
            }
            *begun = true;
            sql_expression(ctx, field->column, sql, values);
        }
    }
}

void row_columns(const struct ctx *ctx, const struct shape *shape, struct buffer *sql,
                 struct sql_values *values)
{
    bool begun = false;
    add_columns(ctx, shape, sql, values, &begun);
}

/* --- JSON ------------------------------------------------------------------------------------------------ */

static uint32_t field_width(const struct field *field, unsigned version)
{
    if (is_flat_object(field)) {
        return row_width(field->shape, version);
    }
    return field->column != NULL ? 1 : 0;
}

uint32_t row_width(const struct shape *shape, unsigned version)
{
    uint32_t width = 0;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        width += field_in(field, version) ? field_width(field, version) : 0;
    }
    return width;
}

static bool all_null(const struct statement *statement, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!statement_is_null(statement, from + i)) {
            return false;
        }
    }
    return true;
}

static void write_enum(const struct field *field, int64_t index, struct json_writer *writer)
{
    if (index < 0 || (uint64_t)index >= field->names->count) {
        json_put_null(writer);
        return;
    }
    json_put_text(writer, field->names->values[index]);
}

static void write_time(int64_t moment_us, enum time_form form, struct json_writer *writer)
{
    char text[TIME_TEXT_BYTES];
    size_t length = time_format(moment_us, form, text);
    json_put_slice(writer, (struct slice){ text, length });
}

/* Databases write numbers as JSON does, but for infinity and what is none. */
static void write_number(struct slice text, struct json_writer *writer)
{
    char last = text.length == 0 ? '\0' : text.text[text.length - 1];
    if (last >= '0' && last <= '9') {
        json_put_raw(writer, text);
    } else {
        json_put_null(writer);
    }
}

static void write_column(const struct field *field, enum time_form times,
                         const struct statement *statement, uint32_t column,
                         struct json_writer *writer)
{
    if (statement_is_null(statement, column)) {
        json_put_null(writer);
        return;
    }
    switch (field->type) {
    case FIELD_UUID:
    case FIELD_TEXT: json_put_slice(writer, statement_text(statement, column)); break;
    case FIELD_INT:
    case FIELD_INT64: json_put_int(writer, statement_int(statement, column)); break;
    case FIELD_NUMBER: write_number(statement_text(statement, column), writer); break;
    case FIELD_BOOL: json_put_bool(writer, statement_int(statement, column) != 0); break;
    case FIELD_TIME: write_time(statement_int(statement, column), times, writer); break;
    case FIELD_ENUM: write_enum(field, statement_int(statement, column), writer); break;
    case FIELD_OBJECT:
    case FIELD_ARRAY:
    case FIELD_JSON:
    case FIELD_ANY: json_put_raw(writer, statement_text(statement, column)); break;
    case FIELD_FILE: json_put_null(writer); break;
    }
}

static void write_nested(const struct field *field, unsigned version,
                         const struct statement *statement, uint32_t *column,
                         struct json_writer *writer)
{
    uint32_t count = row_width(field->shape, version);
    if ((field->flags & FIELD_NULLABLE) != 0 && all_null(statement, *column, count)) {
        json_put_null(writer);
        *column += count;
        return;
    }
    row_write(field->shape, version, statement, column, writer);
}

/* A field that takes no column. */
static void write_absent(const struct field *field, struct json_writer *writer,
                         struct row_rows *rows)
{
    if (field->rows != NULL && rows != NULL && rows->result == RESULT_OK) {
        rows->result = rows->write(rows, field, writer);
    } else if (field->type == FIELD_ARRAY) {
        json_begin_array(writer);
        json_end_array(writer);
    } else {
        json_put_null(writer);
    }
}

void row_write_with(const struct shape *shape, unsigned version, const struct statement *statement,
                    uint32_t *column, struct json_writer *writer, struct row_rows *rows)
{
    json_begin_object(writer);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (!field_in(field, version)) {
            continue;
        }
        if ((field->flags & FIELD_HIDDEN) != 0) {
            *column += field_width(field, version);
            continue;
        }
        json_key(writer, field->json);
        if (is_flat_object(field)) {
            write_nested(field, version, statement, column, writer);
        } else if (field->column != NULL) {
            write_column(field, shape->times, statement, (*column)++, writer);
        } else {
            write_absent(field, writer, rows);
        }
    }
    json_end_object(writer);
}

void row_write(const struct shape *shape, unsigned version, const struct statement *statement,
               uint32_t *column, struct json_writer *writer)
{
    row_write_with(shape, version, statement, column, writer, NULL);
}
