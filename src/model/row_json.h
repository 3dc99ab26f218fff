/* SQL text and JSON of rows, from the same tables. */
#ifndef MODEL_ROW_JSON_H
#define MODEL_ROW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "json/write.h"
#include "model/field.h"
#include "model/resource.h"

enum { SQL_VALUES_MAX = 256, SQL_BYTES_MAX = 64 * 1024 /* one statement */ };

struct arena;
struct buffer;
struct ctx;
struct list;
struct statement;

/* Values of the marks of a text that is being built. Only `count` has to be set to 0 at the start. */
struct sql_values {
    struct {
        bool is_text;
        struct slice text;
        int64_t number;
    } items[SQL_VALUES_MAX];
    uint32_t count;
    uint32_t now_mark, cutoff_mark; /* what {now} and {cutoff} became; 0: not used yet */
};

/* Appends the columns of the shape in order, separated by commas (nested FIELD_OBJECTs are flattened in
   place); {now} and {cutoff} become marks. */
void row_columns(const struct ctx *ctx, const struct shape *shape, struct buffer *sql,
                 struct sql_values *values);
/* Appends an SQL expression of a table with {now} and {cutoff} replaced by marks. */
void sql_expression(const struct ctx *ctx, const char *expression, struct buffer *sql,
                    struct sql_values *values);
/* Appends "$n" for a value. */
void sql_mark_int(struct buffer *sql, struct sql_values *values, int64_t number);
void sql_mark_text(struct buffer *sql, struct sql_values *values, struct slice text);
/* Appends "$n" of a value that has been marked before: values.count behind its first use. */
void sql_mark_again(struct buffer *sql, uint32_t mark);
void sql_bind(struct statement *statement, const struct sql_values *values);

/* How many columns row_columns gives. */
uint32_t row_width(const struct shape *shape, unsigned version);

/* Writes the present row as an object; columns start at *column, which moves on. A FIELD_OBJECT whose columns are
   all null is written as null when it is nullable. */
void row_write(const struct shape *shape, unsigned version, const struct statement *statement,
               uint32_t *column, struct json_writer *writer);

/* The same with rows of other resources in it: `write` puts the array of a field with `rows`. */
struct row_rows {
    enum result (*write)(struct row_rows *rows, const struct field *field,
                         struct json_writer *writer);
    enum result result; /* the first failure */
};
void row_write_with(const struct shape *shape, unsigned version, const struct statement *statement,
                    uint32_t *column, struct json_writer *writer, struct row_rows *rows);

/* " WHERE …" of a list: base condition and all filters, without order and page. For bulk selections and counts. */
void list_where(const struct ctx *ctx, const struct list *list, struct buffer *sql,
                struct sql_values *values);

/* Keys of all rows that the list selects (no page), for bulk operations, at most `max`, in key order.
   RESULT_TOO_LARGE names the bound. */
MUST_CHECK enum result list_select_ids(struct ctx *ctx, const struct list *list, size_t max,
                                       const char ***out_ids, size_t *out_count);

#endif
