#include "model/list_sql.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "model/reach.h"
#include "store/store.h"

/* --- conditions -------------------------------------------------------------------------------------------- */

/* %part% with the letters that LIKE takes as patterns escaped; empty without memory. */
static struct slice like_pattern(struct arena *arena, struct slice text)
{
    char *folded = slice_fold(arena, text);
    size_t length = folded == NULL ? 0 : strlen(folded);
    char *pattern = arena_alloc(arena, 2 * length + 3);
    size_t used = 0;
    if (folded == NULL || pattern == NULL) {
        return (struct slice){ .length = 0 };
    }
    pattern[used++] = '%';
    for (size_t i = 0; i < length; i++) {
        if (folded[i] == '%' || folded[i] == '_' || folded[i] == '\\') {
            pattern[used++] = '\\';
        }
        pattern[used++] = folded[i];
    }
    pattern[used++] = '%';
    return (struct slice){ pattern, used };
}

static void add_contains(const struct ctx *ctx, const struct list_condition *condition,
                         struct buffer *sql, struct sql_values *values)
{
    struct slice pattern = like_pattern(ctx->arena, condition->text);
    sql->overflow =
        sql->overflow || pattern.length == 0; /* never a wider selection than asked for */
    buffer_text(sql, "reeve_fold(");
    sql_expression(ctx, condition->filter->column, sql, values);
    buffer_text(sql, ") LIKE ");
    sql_mark_text(sql, values, pattern);
    buffer_text(sql, " ESCAPE '\\'");
}

static void add_same(const struct ctx *ctx, const struct list_condition *condition,
                     struct buffer *sql, struct sql_values *values)
{
    char *folded = slice_fold(ctx->arena, condition->text);
    sql->overflow = sql->overflow || folded == NULL; /* as above */
    buffer_text(sql, "reeve_fold(");
    sql_expression(ctx, condition->filter->column, sql, values);
    buffer_text(sql, ") = ");
    sql_mark_text(sql, values, slice_of(folded));
}

static void add_compare(const struct ctx *ctx, const struct list_condition *condition,
                        const char *operator, struct buffer * sql, struct sql_values *values)
{
    sql_expression(ctx, condition->filter->column, sql, values);
    buffer_text(sql, operator);
    if (condition->filter->kind == FILTER_UUID) {
        sql_mark_text(sql, values, condition->text);
    } else {
        sql_mark_int(sql, values, condition->number);
    }
}

static void add_among(const struct ctx *ctx, const struct list_condition *condition,
                      struct buffer *sql, struct sql_values *values)
{
    sql_mark_text(sql, values, condition->text);
    buffer_text(sql, " IN (");
    sql_expression(ctx, condition->filter->column, sql, values);
    buffer_char(sql, ')');
}

static void add_dates(const struct ctx *ctx, const struct list_condition *condition,
                      struct buffer *sql, struct sql_values *values)
{
    buffer_char(sql, '(');
    for (size_t i = 0; i < condition->span_count; i++) {
        buffer_text(sql, i == 0 ? "(" : " OR (");
        sql_expression(ctx, condition->filter->column, sql, values);
        buffer_text(sql, " >= ");
        sql_mark_int(sql, values, condition->spans[i].from_us);
        buffer_text(sql, " AND ");
        sql_expression(ctx, condition->filter->column, sql, values);
        buffer_text(sql, " <= ");
        sql_mark_int(sql, values, condition->spans[i].until_us);
        buffer_char(sql, ')');
    }
    buffer_char(sql, ')');
}

static void add_condition(const struct ctx *ctx, const struct list_condition *condition,
                          struct buffer *sql, struct sql_values *values)
{
    static const char *const operators[] = {
        [LIST_EQUAL] = " = ",          [LIST_NOT_EQUAL] = " <> ", [LIST_GREATER] = " > ",
        [LIST_GREATER_EQUAL] = " >= ", [LIST_LESS] = " < ",       [LIST_LESS_EQUAL] = " <= ",
    };
    const struct filter *filter = condition->filter;
    switch (filter->kind) {
    case FILTER_CONTAINS: add_contains(ctx, condition, sql, values); break;
    case FILTER_SAME: add_same(ctx, condition, sql, values); break;
    case FILTER_SINCE:
    case FILTER_DATES: add_dates(ctx, condition, sql, values); break;
    case FILTER_UUID_AMONG: add_among(ctx, condition, sql, values); break;
    case FILTER_SWITCH:
        buffer_char(sql, '(');
        sql_expression(ctx, condition->number != 0 ? filter->when_true : filter->when_false, sql,
                       values);
        buffer_char(sql, ')');
        break;
    case FILTER_NUMBER:
        add_compare(ctx, condition, operators[condition->compare], sql, values);
        break;
    case FILTER_UUID:
    case FILTER_ENUM:
    case FILTER_ENUM_TEXT:
    case FILTER_INT:
    case FILTER_BOOL: add_compare(ctx, condition, " = ", sql, values); break;
    }
}

void list_where(const struct ctx *ctx, const struct list *list, struct buffer *sql,
                struct sql_values *values)
{
    /* Always a WHERE, so that what follows may begin with AND. */
    buffer_text(sql, " WHERE (");
    buffer_text(sql, list->resource->where == NULL ? "1 = 1" : list->resource->where);
    buffer_char(sql, ')');
    for (size_t i = 0; i < list->condition_count; i++) {
        buffer_text(sql, " AND ");
        add_condition(ctx, &list->conditions[i], sql, values);
    }
    reach_add(ctx, list->resource->object, sql, values);
}

/* --- order --------------------------------------------------------------------------------------------------- */

/* The key goes the way of the sorts when they agree, so that one index serves; else upwards. */
static bool key_descends(const struct list *list)
{
    for (size_t i = 0; i < list->sort_count; i++) {
        if (!list->sorts[i].descending) {
            return false;
        }
    }
    return list->sort_count > 0;
}

static bool one_direction(const struct list *list)
{
    for (size_t i = 1; i < list->sort_count; i++) {
        if (list->sorts[i].descending != list->sorts[0].descending) {
            return false;
        }
    }
    return list->sort_count == 0 || list->sorts[0].descending == key_descends(list);
}

static const char *term_text(const struct list *list, size_t index)
{
    return index < list->sort_count ? list->sorts[index].field->sort : list->resource->key;
}

static bool term_descends(const struct list *list, size_t index)
{
    return index < list->sort_count ? list->sorts[index].descending : key_descends(list);
}

void list_sql_order(const struct ctx *ctx, const struct list *list, bool backward,
                    struct buffer *sql, struct sql_values *values)
{
    for (size_t i = 0; i <= list->sort_count; i++) {
        buffer_text(sql, i == 0 ? " ORDER BY " : ", ");
        sql_expression(ctx, term_text(list, i), sql, values);
        if (term_descends(list, i) != backward) {
            buffer_text(sql, " DESC");
        }
    }
}

void list_sql_select(const struct ctx *ctx, const struct list *list, struct buffer *sql,
                     struct sql_values *values, uint32_t *out_first_edge)
{
    const struct shape *row = list->resource->row;
    *out_first_edge = row_width(row, ctx->version);
    buffer_text(sql, "SELECT ");
    row_columns(ctx, row, sql, values);
    for (size_t i = 0; i <= list->sort_count; i++) {
        buffer_add(sql, ", ", 2);
        sql_expression(ctx, term_text(list, i), sql, values);
    }
    buffer_text(sql, " FROM ");
    buffer_text(sql, list->resource->from);
}

static void mark_edge(const struct edge_value *value, struct buffer *sql, struct sql_values *values)
{
    if (value->is_text) {
        sql_mark_text(sql, values, value->text);
    } else {
        sql_mark_int(sql, values, value->number);
    }
}

/* (a, b, key) > ($1, $2, $3): what an index can serve. */
static void add_row_value(const struct ctx *ctx, const struct list *list, const struct edge *edge,
                          bool backward, struct buffer *sql, struct sql_values *values)
{
    for (size_t i = 0; i <= list->sort_count; i++) {
        buffer_text(sql, i == 0 ? " AND (" : ", ");
        sql_expression(ctx, term_text(list, i), sql, values);
    }
    buffer_text(sql, term_descends(list, 0) != backward ? ") < (" : ") > (");
    for (size_t i = 0; i <= list->sort_count; i++) {
        if (i > 0) {
            buffer_add(sql, ", ", 2);
        }
        mark_edge(&edge->values[i], sql, values);
    }
    buffer_char(sql, ')');
}

/* ((a > $1) OR (a = $1 AND b < $2) OR …) for directions that differ. */
static void add_expanded(const struct ctx *ctx, const struct list *list, const struct edge *edge,
                         bool backward, struct buffer *sql, struct sql_values *values)
{
    uint32_t marks[LIST_SORTS_MAX + 1];
    for (size_t last = 0; last <= list->sort_count; last++) {
        buffer_text(sql, last == 0 ? " AND ((" : " OR (");
        for (size_t i = 0; i <= last; i++) {
            if (i > 0) {
                buffer_text(sql, " AND ");
            }
            sql_expression(ctx, term_text(list, i), sql, values);
            bool less = term_descends(list, i) != backward;
            buffer_text(sql, i < last ? " = " : less ? " < " : " > ");
            if (i < last) {
                sql_mark_again(sql, marks[i]);
            } else {
                mark_edge(&edge->values[i], sql, values);
                marks[i] = values->count;
            }
        }
        buffer_char(sql, ')');
    }
    buffer_char(sql, ')');
}

void list_sql_beyond(const struct ctx *ctx, const struct list *list, const struct edge *edge,
                     bool backward, struct buffer *sql, struct sql_values *values)
{
    if (one_direction(list)) {
        add_row_value(ctx, list, edge, backward, sql, values);
    } else {
        add_expanded(ctx, list, edge, backward, sql, values);
    }
}

bool list_goes_by_time(const struct list *list)
{
    for (size_t i = 0; i < list->sort_count; i++) {
        if (strchr(list->sorts[i].field->sort, '{') != NULL) {
            return true;
        }
    }
    return false;
}

/* --- edges --------------------------------------------------------------------------------------------------- */

static bool term_is_text(const struct list *list, size_t index)
{
    return index < list->sort_count ? list->sorts[index].field->sort_is_text
                                    : !list->resource->key_is_number;
}

/* Each row's edge overwrites the last one's, so a page needs room for one. */
static bool text_take(struct arena *arena, struct slice text, struct edge_value *out)
{
    if (out->own == NULL || out->room < text.length) {
        out->room = 2 * text.length;
        out->own = arena_alloc(arena, out->room + 1);
        if (out->own == NULL) {
            return false;
        }
    }
    if (text.length > 0) {
        memcpy(out->own, text.text, text.length);
    }
    out->text = (struct slice){ out->own, text.length };
    return true;
}

bool edge_take(struct arena *arena, const struct list *list, const struct statement *statement,
               uint32_t first_column, struct edge *out)
{
    out->count = 0;
    for (uint32_t i = 0; i <= list->sort_count; i++) {
        struct edge_value *value = &out->values[i];
        value->is_text = term_is_text(list, i);
        if (value->is_text) {
            if (!text_take(arena, statement_text(statement, first_column + i), value)) {
                return false;
            }
        } else {
            value->number = statement_int(statement, first_column + i);
        }
    }
    out->count = (uint32_t)list->sort_count + 1;
    return true;
}

static void hash_bytes(uint64_t *hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++) {
        *hash = (*hash ^ at[i]) * UINT64_C(1099511628211); /* FNV-1a */
    }
}

static void hash_text(uint64_t *hash, struct slice text)
{
    hash_bytes(hash, &text.length, sizeof(text.length));
    hash_bytes(hash, text.text, text.length);
}

uint64_t list_fingerprint(const struct list *list)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    hash_text(&hash, slice_of(list->resource->name));
    for (size_t i = 0; i < list->sort_count; i++) {
        hash_text(&hash, slice_of(list->sorts[i].field->json));
        hash_bytes(&hash, &list->sorts[i].descending, sizeof(bool));
    }
    for (size_t i = 0; i < list->condition_count; i++) {
        const struct list_condition *condition = &list->conditions[i];
        int64_t compare = condition->compare;
        hash_text(&hash, slice_of(condition->filter->name));
        hash_text(&hash, condition->text);
        hash_bytes(&hash, &condition->number, sizeof(condition->number));
        hash_bytes(&hash, &compare, sizeof(compare));
        for (size_t k = 0; k < condition->span_count; k++) {
            hash_bytes(&hash, &condition->spans[k].from_us, sizeof(int64_t));
            hash_bytes(&hash, &condition->spans[k].until_us, sizeof(int64_t));
        }
    }
    return hash;
}
