#include "scim/filter_sql.h"

#include <string.h>

#include "base/arena.h"
#include "scim/document.h"

/* Bytes of a text that the index of scim_value holds, in characters; as in the migration. */
enum { INDEXED_CHARACTERS = 256, MARKS_OF_A_TERM = 4 };
/* Members of all elements of one attribute of one user. */
enum { ELEMENT_ROWS_MAX = 16 * SCIM_ELEMENTS_MAX };

/* --- what columns hold ------------------------------------------------------------------------ */

enum column_flags { COLUMN_NULLABLE = 1 << 0, COLUMN_MOMENT = 1 << 1 };

#define PREFERENCE(column, attribute, usual)                                   \
    "reeve_fold(COALESCE(" column ", (SELECT d.text_key FROM scim_value d"     \
    " WHERE d.user_id = u.id AND d.attribute = '" attribute "' AND d.sub = ''" \
    " AND d.element = ''), '" usual "'))"

static const struct sql_column {
    const char *attribute, *sub;
    const char *expression; /* {root} is where locations begin */
    unsigned flags;
} columns[] = {
    { "id", NULL, "u.id", 0 },
    { "userName", NULL, "u.email_key", 0 },
    { "externalId", NULL, "u.external_id", COLUMN_NULLABLE },
    { "active", NULL, "(1 - u.disabled)", 0 },
    { "locale", NULL, PREFERENCE("u.language", "locale", "en-US"), 0 },
    { "timezone", NULL, PREFERENCE("u.time_zone", "timezone", "UTC"), 0 },
    { "dateTimeFormat", NULL, "reeve_fold(u.date_format)", COLUMN_NULLABLE },
    { "meta", "resourceType", "CAST('User' AS ctext)", 0 },
    { "meta", "created", "u.created", COLUMN_MOMENT },
    { "meta", "lastModified", "u.last_modified", COLUMN_MOMENT },
    { "meta", "location", "(CAST({root} AS ctext) || u.id)", 0 },
    { "meta", "version",
      "(CAST('W/\"' AS ctext) || CAST(u.last_modified AS ctext) || '.' ||"
      " CAST(COALESCE(s.version, 0) AS ctext) || '\"')",
      0 },
};

static const struct sql_column *column_of(const struct scim_path *path)
{
    const char *sub = path->sub == NULL ? NULL : path->sub->name;
    if (path->extension || path->attribute == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        bool same_sub =
            columns[i].sub == NULL ? sub == NULL : sub != NULL && strcmp(columns[i].sub, sub) == 0;
        if (same_sub && strcmp(columns[i].attribute, path->attribute->name) == 0) {
            return &columns[i];
        }
    }
    return NULL;
}

const char *scim_sql_attribute(struct arena *arena, const struct scim_path *path)
{
    return path->extension ? arena_printf(arena, "%s:%s", path->schema->name,
                                          path->attribute == NULL ? "" : path->attribute->name)
                           : path->attribute->name;
}

static enum result no_memory(struct scim_sql *sql)
{
    return fail(sql->error, RESULT_NO_MEMORY, NULL, "no memory for the filter");
}

static enum result room_check(struct scim_sql *sql)
{
    return sql->values->count + MARKS_OF_A_TERM <= SQL_VALUES_MAX &&
                   sql->text->length < SQL_BYTES_MAX / 2
               ? RESULT_OK
               : fail(sql->error, RESULT_INVALID, "invalidFilter", "the filter has too many terms");
}

static void put(struct scim_sql *sql, const char *text)
{
    buffer_text(sql->text, text);
}

static void mark(struct scim_sql *sql, struct slice text)
{
    sql_mark_text(sql->text, sql->values, text);
}

static enum result column_put(struct scim_sql *sql, const struct sql_column *column)
{
    const char *hole = strstr(column->expression, "{root}");
    if (hole == NULL) {
        put(sql, column->expression);
        return RESULT_OK;
    }
    const char *root = arena_printf(sql->arena, "%s/Users/", sql->root);
    if (root == NULL) {
        return no_memory(sql);
    }
    buffer_add(sql->text, column->expression, (size_t)(hole - column->expression));
    mark(sql, slice_of(root));
    put(sql, hole + strlen("{root}"));
    return RESULT_OK;
}

/* --- one comparison --------------------------------------------------------------------------- */

static const char *const signs[SCIM_OPERATOR_COUNT] = {
    [SCIM_EQ] = " = ",  [SCIM_NE] = " <> ", [SCIM_GT] = " > ",
    [SCIM_GE] = " >= ", [SCIM_LT] = " < ",  [SCIM_LE] = " <= ",
};

static bool is_text(const struct scim_path *path)
{
    const struct scim_attribute *attribute = path->sub != NULL ? path->sub : path->attribute;
    return attribute->type == SCIM_STRING || attribute->type == SCIM_REFERENCE ||
           attribute->type == SCIM_BINARY;
}

/* `expression` is not null. Both databases have these functions with one meaning, in characters. */
static void text_compare(struct scim_sql *sql, const char *expression, enum scim_operator op,
                         struct slice text)
{
    if (op != SCIM_CO && op != SCIM_SW && op != SCIM_EW) {
        put(sql, expression);
        put(sql, signs[op]);
        mark(sql, text);
        return;
    }
    if (text.length ==
        0) { /* every text has it; the expression is named all the same, for the marks in it */
        buffer_print(sql->text, "%s IS NOT NULL", expression);
        return;
    }
    if (op == SCIM_CO) {
        buffer_print(sql->text, "replace(%s, ", expression);
        mark(sql, text);
        buffer_print(sql->text, ", '') <> %s", expression);
        return;
    }
    if (op == SCIM_SW) {
        buffer_print(sql->text, "substr(%s, 1, length(", expression);
    } else {
        buffer_print(sql->text, "length(%s) >= length(", expression);
        mark(sql, text);
        buffer_print(sql->text, ") AND substr(%s, length(%s) - length(", expression, expression);
        sql_mark_again(sql->text, sql->values->count);
        put(sql, ") + 1) = ");
        sql_mark_again(sql->text, sql->values->count);
        return;
    }
    mark(sql, text);
    put(sql, ")) = ");
    sql_mark_again(sql->text, sql->values->count);
}

/* Answers show milliseconds, so that is what is compared, by bounds that an index serves. */
static void moment_compare(struct scim_sql *sql, const char *expression, enum scim_operator op,
                           int64_t moment_us)
{
    int64_t rest = moment_us % 1000;
    int64_t floor = moment_us - (rest < 0 ? rest + 1000 : rest);
    int64_t ceiling = floor == moment_us ? floor : floor + 1000;
    bool whole = floor == moment_us;
    bool equality = op == SCIM_EQ || op == SCIM_NE;
    if (equality && !whole) {
        put(sql, op == SCIM_EQ ? "1 = 0" : "1 = 1");
        return;
    }
    put(sql, op == SCIM_NE ? "NOT (" : "(");
    put(sql, expression);
    put(sql, op == SCIM_GT || op == SCIM_GE || equality ? " >= " : " < ");
    sql_mark_int(sql->text, sql->values,
                 op == SCIM_GT || op == SCIM_LE   ? floor + 1000
                 : op == SCIM_GE || op == SCIM_LT ? ceiling
                                                  : floor);
    if (equality) {
        buffer_print(sql->text, " AND %s < ", expression);
        sql_mark_int(sql->text, sql->values, floor + 1000);
    }
    put(sql, ")");
}

/* --- columns ---------------------------------------------------------------------------------- */

static enum result column_compare(struct scim_sql *sql, const struct sql_column *column,
                                  const struct scim_node *node)
{
    struct buffer expression;
    struct scim_sql inner = *sql;
    bool nullable = (column->flags & COLUMN_NULLABLE) != 0;
    bool present = node->op == SCIM_PR || node->operand.null;
    buffer_init(&expression, SQL_BYTES_MAX);
    inner.text = &expression;
    enum result result = column_put(&inner, column);
    const char *text = expression.bytes;
    if (result != RESULT_OK || text == NULL) {
        buffer_done(&expression);
        return result != RESULT_OK ? result : no_memory(sql);
    }
    if (present) {
        bool absent = node->op == SCIM_EQ;
        buffer_print(sql->text, "%s IS %sNULL", text, absent ? "" : "NOT ");
        buffer_done(&expression);
        return RESULT_OK;
    }
    put(sql, "(");
    if (nullable) {
        buffer_print(sql->text, node->op == SCIM_NE ? "%s IS NULL OR " : "%s IS NOT NULL AND ",
                     text);
    }
    if ((column->flags & COLUMN_MOMENT) != 0) {
        moment_compare(sql, text, node->op, node->operand.number);
    } else if (is_text(&node->path)) {
        text_compare(sql, text, node->op, node->operand.text);
    } else {
        put(sql, text);
        put(sql, signs[node->op]);
        sql_mark_int(sql->text, sql->values, node->operand.number);
    }
    put(sql, ")");
    buffer_done(&expression);
    return RESULT_OK;
}

/* --- rows of scim_word ------------------------------------------------------------------------ */

/* " AND …" about the value of the row v. */
static void value_compare(struct scim_sql *sql, const struct scim_node *node, enum scim_operator op)
{
    put(sql, " AND ");
    if (is_text(&node->path)) {
        put(sql, "v.text_key IS NOT NULL AND ");
        text_compare(sql, "v.text_key", op, node->operand.text);
        return;
    }
    put(sql, "v.number IS NOT NULL AND v.number");
    put(sql, signs[op]);
    sql_mark_int(sql->text, sql->values, node->operand.number);
}

/* Of most attributes the documents hold all there is; the view is for those that accounts and roles have a say in. */
static const char *source_of(const struct scim_path *path)
{
    static const char *const shared[] = { "emails", "displayName", "name", "roles",
                                          "entitlements" };
    for (size_t i = 0; i < COUNT_OF(shared) && !path->extension; i++) {
        if (strcmp(path->attribute->name, shared[i]) == 0) {
            return "scim_word";
        }
    }
    return "scim_value";
}

/* `by_user`: of the user that u stands on. The attribute is hidden from the planner then, or it might walk all values of
   the attribute for each user, instead of the user's own. */
static enum result row_of(struct scim_sql *sql, const struct scim_path *path, bool by_user)
{
    const char *attribute = scim_sql_attribute(sql->arena, path);
    const char *column = by_user ? "v.attribute || ''" : "v.attribute";
    if (attribute == NULL) {
        return no_memory(sql);
    }
    if (by_user) {
        put(sql, "v.user_id = u.id AND ");
    }
    if (path->attribute == NULL) { /* a whole extension: "EnterpriseUser:" and what begins so */
        buffer_print(sql->text, "%s >= '%s' AND %s < '%s;'", column, attribute, column,
                     path->schema->name);
        return RESULT_OK;
    }
    buffer_print(sql->text, "%s = '%s'", column, attribute);
    if (path->sub != NULL) {
        buffer_print(sql->text, " AND v.sub = '%s'", path->sub->name);
    } else if (path->attribute->type != SCIM_COMPLEX) {
        put(sql, " AND v.sub = ''");
    }
    return RESULT_OK;
}

static struct slice beginning(struct slice text)
{
    size_t length = 0;
    for (int characters = 0; length < text.length; length++) {
        bool starts = ((unsigned char)text.text[length] & 0xC0) != 0x80;
        if (starts && ++characters > INDEXED_CHARACTERS) {
            break;
        }
    }
    return (struct slice){ text.text, length };
}

/* Found from the value to the users, by the index: of beginnings in one database, of whole texts in the other. */
static enum result equal_rows(struct scim_sql *sql, const struct scim_node *node)
{
    TRY(room_check(sql));
    buffer_print(sql->text, "u.id IN (SELECT v.user_id FROM %s v WHERE ", source_of(&node->path));
    TRY(row_of(sql, &node->path, false));
    put(sql, " AND substr(v.text_key, 1, 256) = ");
    mark(sql, beginning(node->operand.text));
    put(sql, " AND v.text_key = ");
    mark(sql, node->operand.text);
    put(sql, ")");
    return RESULT_OK;
}

/* `element`: of the element that e stands on. */
static enum result rows_exist(struct scim_sql *sql, const struct scim_node *node, bool element,
                              enum scim_operator op)
{
    buffer_print(sql->text, "EXISTS (SELECT 1 FROM %s v WHERE ", source_of(&node->path));
    TRY(row_of(sql, &node->path, true));
    if (element) {
        put(sql, " AND v.element = e.element");
    }
    if (op != SCIM_PR) {
        value_compare(sql, node, op);
    }
    put(sql, ")");
    return RESULT_OK;
}

static enum result rows_compare(struct scim_sql *sql, const struct scim_node *node, bool element)
{
    if (node->op == SCIM_PR || node->operand.null) {
        put(sql, node->op == SCIM_EQ ? "NOT " : "");
        return rows_exist(sql, node, element, SCIM_PR);
    }
    if (node->op == SCIM_EQ && !element && is_text(&node->path)) {
        return equal_rows(sql, node);
    }
    if (node->op != SCIM_NE) {
        return rows_exist(sql, node, element, node->op);
    }
    put(sql, "(");
    TRY(rows_exist(sql, node, element, SCIM_NE));
    put(sql, " OR NOT ");
    TRY(rows_exist(sql, node, element, SCIM_PR));
    put(sql, ")");
    return RESULT_OK;
}

/* --- trees ------------------------------------------------------------------------------------ */

static enum result node_put(struct scim_sql *sql, const struct scim_node *node, bool element);

static bool is_whole(const struct scim_path *path, const char *name)
{
    return !path->extension && path->attribute != NULL && path->sub == NULL &&
           strcmp(path->attribute->name, name) == 0;
}

/* The core schema is every user's, the others are rows. */
static enum result schemas_compare(struct scim_sql *sql, const struct scim_node *node)
{
    if (node->op == SCIM_PR || node->operand.null) {
        put(sql, node->op == SCIM_EQ ? "1 = 0" : "1 = 1");
        return RESULT_OK;
    }
    put(sql, "(");
    buffer_print(sql->text,
                 "EXISTS (SELECT 1 FROM (SELECT CAST('%s' AS ctext) AS text_key) v"
                 " WHERE 1 = 1",
                 scim_user_schema.urn);
    value_compare(sql, node, node->op);
    put(sql, ") OR ");
    TRY(rows_exist(sql, node, false, node->op));
    put(sql, ")");
    return RESULT_OK;
}

static enum result compare_put(struct scim_sql *sql, const struct scim_node *node, bool element)
{
    const struct sql_column *column = element ? NULL : column_of(&node->path);
    TRY(room_check(sql));
    if (column != NULL) {
        return column_compare(sql, column, node);
    }
    if (is_whole(&node->path, "meta")) { /* only "pr" can be asked of it */
        put(sql, "1 = 1");
        return RESULT_OK;
    }
    return is_whole(&node->path, "schemas") ? schemas_compare(sql, node)
                                            : rows_compare(sql, node, element);
}

/* A comparison that each fitting element must pass and that the index serves, or NULL. */
static const struct scim_node *equal_term(const struct scim_node *node)
{
    if (node->kind == SCIM_AND) {
        const struct scim_node *left = equal_term(node->left);
        const struct scim_node *right = equal_term(node->right);
        /* The value of an element tells more than its type. */
        bool right_is_value = right != NULL && strcmp(right->path.sub->name, "value") == 0;
        return left == NULL || right_is_value ? (right != NULL ? right : left) : left;
    }
    bool fits = node->kind == SCIM_COMPARE && node->op == SCIM_EQ && !node->operand.null &&
                node->path.sub != NULL && is_text(&node->path);
    return fits ? node : NULL;
}

static enum result elements_put(struct scim_sql *sql, const struct scim_node *node)
{
    const struct scim_node *equal = equal_term(node->left);
    const char *attribute = scim_sql_attribute(sql->arena, &node->path);
    if (attribute == NULL) {
        return no_memory(sql);
    }
    put(sql, "(");
    if (equal != NULL) {
        TRY(equal_rows(sql, equal));
        put(sql, " AND ");
    }
    /* The bound, which no user reaches, keeps SQLite from copying all terms into each part of the view, whose parts they
       look into again: a hundred terms took 15 s before the first row was read. */
    buffer_print(sql->text,
                 "EXISTS (SELECT 1 FROM (SELECT w.element FROM %s w WHERE w.user_id = u.id"
                 " AND w.attribute || '' = '%s' LIMIT %d) e WHERE ",
                 source_of(&node->path), attribute, ELEMENT_ROWS_MAX);
    TRY(node_put(sql, node->left, true));
    put(sql, "))");
    return RESULT_OK;
}

/* The only value of a complex attribute: it must be there, and fit. */
static enum result single_put(struct scim_sql *sql, const struct scim_node *node)
{
    const struct scim_node there = { .kind = SCIM_COMPARE, .path = node->path, .op = SCIM_PR };
    put(sql, "(");
    TRY(compare_put(sql, &there, false));
    put(sql, " AND ");
    TRY(node_put(sql, node->left, false));
    put(sql, ")");
    return RESULT_OK;
}

/* What stands behind "not"s; an odd number of them turns `negated`. */
static const struct scim_node *bare(const struct scim_node *node, bool *negated)
{
    while (node->kind == SCIM_NOT) {
        *negated = !*negated;
        node = node->left;
    }
    return node;
}

static bool is_pair(const struct scim_node *node)
{
    return node->kind == SCIM_AND || node->kind == SCIM_OR;
}

static bool joins_by_and(const struct scim_node *pair, bool negated)
{
    return (pair->kind == SCIM_AND) != negated; /* De Morgan */
}

static unsigned nesting(const struct scim_node *node)
{
    bool negated = false;
    node = bare(node, &negated);
    if (!is_pair(node)) {
        return 0;
    }
    unsigned left = nesting(node->left);
    unsigned right = nesting(node->right);
    return 1 + (left > right ? left : right);
}

static enum result leaf_put(struct scim_sql *sql, const struct scim_node *node, bool element)
{
    if (node->kind == SCIM_COMPARE) {
        return compare_put(sql, node, element);
    }
    if (node->kind == SCIM_ELEMENT) {
        return (node->path.attribute->flags & SCIM_MULTI) != 0 ? elements_put(sql, node)
                                                               : single_put(sql, node);
    }
    put(sql, "1 = 0"); /* SCIM_NEVER */
    return RESULT_OK;
}

/* SQLite's parser has room for 100 open terms, and each parenthesis takes one, each "NOT" and each left side another. So
   "not" goes to the leaves, the deeper side comes first, and only an OR within an AND is put in parentheses. */
static enum result tree_put(struct scim_sql *sql, const struct scim_node *node, bool element,
                            bool negated, bool within_and)
{
    TRY(room_check(sql));
    node = bare(node, &negated);
    if (!is_pair(node)) {
        put(sql, negated ? "NOT (" : "(");
        TRY(leaf_put(sql, node, element));
        put(sql, ")");
        return RESULT_OK;
    }
    const bool by_and = joins_by_and(node, negated);
    const bool right_first = nesting(node->right) > nesting(node->left);
    const bool apart = within_and && !by_and;
    put(sql, apart ? "(" : "");
    TRY(tree_put(sql, right_first ? node->right : node->left, element, negated, by_and));
    put(sql, by_and ? " AND " : " OR ");
    TRY(tree_put(sql, right_first ? node->left : node->right, element, negated, by_and));
    put(sql, apart ? ")" : "");
    return RESULT_OK;
}

/* Stands as one term wherever it is put. */
static enum result node_put(struct scim_sql *sql, const struct scim_node *node, bool element)
{
    return tree_put(sql, node, element, false, true);
}

enum result scim_filter_sql(struct scim_sql *sql, const struct scim_node *filter)
{
    return node_put(sql, filter, false);
}

enum result scim_sort_sql(struct scim_sql *sql, const struct scim_path *path)
{
    const struct sql_column *column = column_of(path);
    if (column != NULL) {
        return column_put(sql, column);
    }
    buffer_print(sql->text, "(SELECT MIN(%s) FROM %s v WHERE ",
                 is_text(path) ? "v.text_key" : "v.number", source_of(path));
    TRY(row_of(sql, path, true));
    put(sql, ")");
    return RESULT_OK;
}

static bool is_narrow_term(const struct scim_node *node)
{
    static const char *const found_by[] = { "id", "userName", "externalId" };
    const struct sql_column *column = column_of(&node->path);
    if (node->operand.null || node->path.attribute == NULL) {
        return false;
    }
    if (column == NULL) {
        return node->op == SCIM_EQ && is_text(&node->path);
    }
    if ((column->flags & COLUMN_MOMENT) != 0) {
        return strcmp(column->sub, "lastModified") == 0 &&
               (node->op == SCIM_GT || node->op == SCIM_GE || node->op == SCIM_EQ);
    }
    for (size_t i = 0; i < COUNT_OF(found_by); i++) {
        if (strcmp(column->attribute, found_by[i]) == 0) {
            return node->op == SCIM_EQ;
        }
    }
    return false;
}

bool scim_filter_is_narrow(const struct scim_node *filter)
{
    switch (filter->kind) {
    case SCIM_AND:
        return scim_filter_is_narrow(filter->left) || scim_filter_is_narrow(filter->right);
    case SCIM_COMPARE: return is_narrow_term(filter);
    case SCIM_ELEMENT:
        return (filter->path.attribute->flags & SCIM_MULTI) != 0 &&
               equal_term(filter->left) != NULL;
    case SCIM_OR:
    case SCIM_NOT:
    case SCIM_NEVER: break;
    }
    return false;
}
