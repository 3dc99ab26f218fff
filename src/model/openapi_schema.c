#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model/openapi_parts.h"

/* --- schemas that every document has ------------------------------------------------------------ */

/* clang-format off */
static const char *const date_selection_values[] = { "Single", "Multiple", "Range" };
const struct names date_selection_names = { "DateSelectionMode", date_selection_values, COUNT_OF(date_selection_values) };
static const char *const numeric_operator_values[] = { "Equal", "NotEqual", "GreaterThan", "GreaterThanOrEqual",
                                                       "LessThan", "LessThanOrEqual" };
const struct names numeric_operator_names = { "NumericOperator", numeric_operator_values, COUNT_OF(numeric_operator_values) };
static const char *const order_values[] = { "asc", "desc" };
static const struct names order_names = { "SortOrder", order_values, COUNT_OF(order_values) };

static const struct field sort_fields[] = {
    { .json = "by", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Property to sort on" },
    { .json = "order", .type = FIELD_ENUM, .flags = FIELD_NULLABLE, .names = &order_names, .summary = "asc or desc, any letter case" },
};
const struct shape sort_shape = { .name = "SortModel", .summary = "One sort key", .fields = sort_fields, .count = COUNT_OF(sort_fields) };

static const struct field problem_fields[] = {
    { .json = "type", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "URI of the problem kind" },
    { .json = "title", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Short text" },
    { .json = "status", .type = FIELD_INT, .flags = FIELD_NULLABLE, .summary = "HTTP status" },
    { .json = "detail", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "What is wrong" },
    { .json = "instance", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Request path" },
    { .json = "traceId", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Request id, as in the server's log" },
    { .json = "errors", .type = FIELD_ANY, .flags = FIELD_NULLABLE, .summary = "Messages by parameter" },
};
const struct shape problem_shape = {
    .name = "ProblemDetails", .summary = "What went wrong (RFC 9457)", .fields = problem_fields, .count = COUNT_OF(problem_fields),
};
/* clang-format on */

/* --- references ---------------------------------------------------------------------------------- */

/* Names are the document's own: two tables of one name would show as one of them. */
static void note(struct schemas *schemas, const struct schema *schema)
{
    assert(schema->name != NULL);
    for (size_t i = 0; i < schemas->count; i++) {
        const struct schema *item = &schemas->items[i];
        if (strcmp(item->name, schema->name) == 0 && item->nullable == schema->nullable) {
            assert(item->from == schema->from && item->kind == schema->kind);
            return;
        }
    }
    if (schemas->count == SCHEMAS_MAX) {
        schemas->overflow = true;
        return;
    }
    schemas->items[schemas->count++] = *schema;
}

static const char *nullable_prefix(const struct schema *schema)
{
    return schema->nullable ? "Nullable" : "";
}

static void put_ref(struct schemas *schemas, const struct schema *schema,
                    struct json_writer *writer)
{
    char text[160];
    note(schemas, schema);
    (void)snprintf(text, sizeof(text), "#/components/schemas/%s%s", nullable_prefix(schema),
                   schema->name);
    json_begin_object(writer);
    json_member_text(writer, "$ref", text);
    json_end_object(writer);
}

void schema_ref_shape(struct schemas *schemas, const struct shape *shape,
                      struct json_writer *writer)
{
    const struct schema schema = { .kind = SCHEMA_SHAPE, .name = shape->name, .from = shape };
    put_ref(schemas, &schema, writer);
}

void schema_ref_names(struct schemas *schemas, const struct names *names,
                      struct json_writer *writer)
{
    const struct schema schema = { .kind = SCHEMA_NAMES, .name = names->schema, .from = names };
    put_ref(schemas, &schema, writer);
}

void schema_ref_page(struct schemas *schemas, const struct resource *resource,
                     struct json_writer *writer)
{
    const struct schema schema = { .kind = SCHEMA_PAGE,
                                   .name = resource->schema_page,
                                   .from = resource };
    put_ref(schemas, &schema, writer);
}

/* --- values -------------------------------------------------------------------------------------- */

static void members_plain(enum field_type type, struct json_writer *writer)
{
    static const struct plain {
        const char *type, *format;
    } plains[] = {
        [FIELD_UUID] = { "string", "uuid" },
        [FIELD_TEXT] = { "string", NULL },
        [FIELD_INT] = { "integer", "int32" },
        [FIELD_INT64] = { "integer", "int64" },
        [FIELD_NUMBER] = { "number", "double" },
        [FIELD_BOOL] = { "boolean", NULL },
        [FIELD_TIME] = { "string", "date-time" },
        [FIELD_ENUM] = { "string", NULL },
        [FIELD_OBJECT] = { "object", NULL },
        [FIELD_ARRAY] = { "array", NULL },
        [FIELD_JSON] = { "object", NULL },
        [FIELD_FILE] = { "string", "binary" },
        [FIELD_ANY] = { NULL, NULL },
    };
    if (plains[type].type != NULL) {
        json_member_text(writer, "type", plains[type].type);
    }
    if (plains[type].format != NULL) {
        json_member_text(writer, "format", plains[type].format);
    }
}

void schema_plain(enum field_type type, struct json_writer *writer)
{
    json_begin_object(writer);
    members_plain(type, writer);
    json_end_object(writer);
}

static void members_bounds(const struct field *field, struct json_writer *writer)
{
    bool text = field->type == FIELD_TEXT;
    bool number = field->type == FIELD_INT || field->type == FIELD_INT64;
    bool array = field->type == FIELD_ARRAY;
    if (field->min == 0 && field->max == 0) {
        return;
    }
    if (number) {
        json_member_int(writer, "minimum", field->min);
        json_member_int(writer, "maximum", field->max);
    } else if (text || array) {
        if (field->min > 0) {
            json_member_int(writer, text ? "minLength" : "minItems", field->min);
        }
        json_member_int(writer, text ? "maxLength" : "maxItems", field->max);
    }
}

/* The schema that the field's value is; false when it has none of its own. */
static bool field_schema(const struct field *field, struct schema *out)
{
    bool object = field->type == FIELD_OBJECT || field->type == FIELD_JSON;
    *out = (struct schema){ .nullable = (field->flags & FIELD_NULLABLE) != 0 };
    if (field->type == FIELD_ENUM && field->names->schema != NULL) {
        out->kind = SCHEMA_NAMES;
        out->name = field->names->schema;
        out->from = field->names;
    } else if (object && field->filter_of != NULL) {
        out->kind = SCHEMA_FILTER;
        out->name = field->filter_of->schema_filter;
        out->from = field->filter_of;
    } else if (object && field->shape != NULL) {
        out->kind = SCHEMA_SHAPE;
        out->name = field->shape->name;
        out->from = field->shape;
    }
    return out->from != NULL;
}

static void put_items(struct schemas *schemas, const struct field *field,
                      struct json_writer *writer)
{
    json_key(writer, "items");
    if (field->shape != NULL) {
        schema_ref_shape(schemas, field->shape, writer);
    } else if (field->items == FIELD_ENUM && field->names != NULL) {
        schema_ref_names(schemas, field->names, writer);
    } else {
        schema_plain(field->items, writer);
    }
}

static void members_value(struct schemas *schemas, const struct field *field,
                          struct json_writer *writer)
{
    members_plain(field->type, writer);
    if (field->type == FIELD_ARRAY) {
        put_items(schemas, field, writer);
    }
    members_bounds(field, writer);
    if ((field->flags & FIELD_NULLABLE) != 0 && field->type != FIELD_ANY) {
        json_member_bool(writer, "nullable", true);
    }
}

void schema_field(struct schemas *schemas, const struct field *field, struct json_writer *writer)
{
    struct schema schema;
    bool reference = field_schema(field, &schema);
    bool extension = (field->flags & FIELD_EXTENSION) != 0;
    if (reference && field->summary == NULL && !extension) {
        put_ref(schemas, &schema, writer);
        return;
    }
    json_begin_object(writer);
    if (reference) { /* with siblings, which 3.0 ignores beside $ref */
        json_key(writer, "allOf");
        json_begin_array(writer);
        put_ref(schemas, &schema, writer);
        json_end_array(writer);
    } else {
        members_value(schemas, field, writer);
    }
    if (field->summary != NULL) {
        json_member_text(writer, "description", field->summary);
    }
    if (extension) {
        json_member_bool(writer, OPENAPI_EXTENSION, true);
    }
    json_end_object(writer);
}

/* --- whole schemas -------------------------------------------------------------------------------- */

static void write_required(const struct shape *shape, unsigned version, struct json_writer *writer)
{
    bool begun = false;
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if ((field->flags & FIELD_REQUIRED) == 0 || !field_in(field, version)) {
            continue;
        }
        if (!begun) {
            json_key(writer, "required");
            json_begin_array(writer);
            begun = true;
        }
        json_put_text(writer, field->json);
    }
    if (begun) {
        json_end_array(writer);
    }
}

static void write_shape(struct schemas *schemas, const struct shape *shape,
                        struct json_writer *writer)
{
    json_member_text(writer, "type", "object");
    if (shape->summary != NULL) {
        json_member_text(writer, "description", shape->summary);
    }
    write_required(shape, schemas->version, writer);
    json_key(writer, "properties");
    json_begin_object(writer);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field_in(field, schemas->version) && (field->flags & FIELD_HIDDEN) == 0) {
            json_key(writer, field->json);
            schema_field(schemas, field, writer);
        }
    }
    json_end_object(writer);
    if ((shape->flags & SHAPE_TEXT_MAP) != 0) {
        json_key(writer, "additionalProperties");
        schema_plain(FIELD_TEXT, writer);
    }
    if ((shape->flags & SHAPE_OPEN) != 0) {
        json_member_bool(writer, "additionalProperties", true);
    }
}

static void write_names(const struct schema *schema, struct json_writer *writer)
{
    const struct names *names = schema->from;
    json_member_text(writer, "type", "string");
    json_key(writer, "enum");
    json_begin_array(writer);
    for (size_t i = 0; i < names->count; i++) {
        json_put_text(writer, names->values[i]);
    }
    if (schema->nullable) {
        json_put_null(writer);
    }
    json_end_array(writer);
}

static void write_int_member(const char *name, const char *summary, struct json_writer *writer)
{
    json_key(writer, name);
    json_begin_object(writer);
    members_plain(FIELD_INT, writer);
    json_member_text(writer, "description", summary);
    json_end_object(writer);
}

/* clang-format off */
static const struct field deleted_fields[] = {
    { .json = "id", .type = FIELD_ANY, .flags = FIELD_REQUIRED, .summary = "Id as the rows of the list have it" },
    { .json = "changed", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .summary = "When it was deleted, or changed so that the list has it no longer" },
};
static const struct shape deleted_shape = {
    .name = "DeletedModel", .summary = "What is in the list no longer", .fields = deleted_fields, .count = COUNT_OF(deleted_fields),
};
static const struct field change_fields[] = {
    { .json = "changeMark", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_EXTENSION, .summary = "Only when changedSince was sent: what it is to be next time; null on pages behind the first of a whole list" },
    { .json = "moreChanges", .type = FIELD_BOOL, .flags = FIELD_EXTENSION, .summary = "Only with changes: more of them wait behind changeMark" },
    { .json = "deleted", .type = FIELD_ARRAY, .shape = &deleted_shape, .flags = FIELD_EXTENSION, .summary = "Only with changes: what is in this list no longer" },
};
/* clang-format on */

static void write_page(struct schemas *schemas, const struct resource *resource,
                       struct json_writer *writer)
{
    static const char *const required[] = { "pageNumber", "pageSize", "totalRecordCount",
                                            "pageCount", "data" };
    json_member_text(writer, "type", "object");
    json_key(writer, "required");
    json_begin_array(writer);
    for (size_t i = 0; i < COUNT_OF(required); i++) {
        json_put_text(writer, required[i]);
    }
    json_end_array(writer);
    json_key(writer, "properties");
    json_begin_object(writer);
    write_int_member("pageNumber", "Page returned, from 1", writer);
    write_int_member("pageSize", "Page size used", writer);
    write_int_member("totalRecordCount", "Rows that match", writer);
    write_int_member("pageCount", "Pages that exist; 0 when nothing matches", writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_member_text(writer, "type", "array");
    json_key(writer, "items");
    schema_ref_shape(schemas, resource->row, writer);
    json_end_object(writer);
    static const char *const cursors[] = { "nextCursor", "previousCursor" };
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        json_key(writer, cursors[i]);
        json_begin_object(writer);
        json_member_text(writer, "type", "string");
        json_member_bool(writer, "nullable", true);
        json_member_text(writer, "description",
                         "Only when Pagination.Cursor was sent; null at the end");
        json_member_bool(writer, OPENAPI_EXTENSION, true);
        json_end_object(writer);
    }
    if (resource->changes != NULL) {
        for (size_t i = 0; i < COUNT_OF(change_fields); i++) {
            json_key(writer, change_fields[i].json);
            schema_field(schemas, &change_fields[i], writer);
        }
    }
    json_end_object(writer);
}

static void write_pair(struct schemas *schemas, const char *first, enum field_type first_type,
                       const struct names *second_names, struct json_writer *writer)
{
    bool dates = first_type == FIELD_TIME;
    json_member_text(writer, "type", "object");
    json_key(writer, "properties");
    json_begin_object(writer);
    json_key(writer, first);
    json_begin_object(writer);
    if (dates) {
        json_member_text(writer, "type", "array");
        json_key(writer, "items");
        schema_plain(FIELD_TIME, writer);
    } else {
        members_plain(first_type, writer);
    }
    json_end_object(writer);
    json_key(writer, dates ? "selectionMode" : "operator");
    schema_ref_names(schemas, second_names, writer);
    json_end_object(writer);
}

static void write_filter_value(struct schemas *schemas, const struct filter *filter,
                               struct json_writer *writer)
{
    static const enum field_type types[] = {
        [FILTER_CONTAINS] = FIELD_TEXT,   [FILTER_UUID] = FIELD_UUID,
        [FILTER_UUID_AMONG] = FIELD_UUID, [FILTER_ENUM] = FIELD_ENUM,
        [FILTER_ENUM_TEXT] = FIELD_TEXT,  [FILTER_INT] = FIELD_INT,
        [FILTER_BOOL] = FIELD_BOOL,       [FILTER_NUMBER] = FIELD_INT,
        [FILTER_DATES] = FIELD_TIME,      [FILTER_SWITCH] = FIELD_BOOL,
        [FILTER_SINCE] = FIELD_TEXT,      [FILTER_SAME] = FIELD_TEXT,
    };
    json_begin_object(writer);
    if (filter->kind == FILTER_ENUM) {
        const struct schema schema = { .kind = SCHEMA_NAMES,
                                       .name = filter->names->schema,
                                       .from = filter->names,
                                       .nullable = true };
        json_key(writer, "allOf");
        json_begin_array(writer);
        put_ref(schemas, &schema, writer);
        json_end_array(writer);
    } else if (filter->kind == FILTER_DATES) {
        write_pair(schemas, "dates", FIELD_TIME, &date_selection_names, writer);
    } else if (filter->kind == FILTER_NUMBER) {
        write_pair(schemas, "value", FIELD_INT, &numeric_operator_names, writer);
    } else {
        members_plain(types[filter->kind], writer);
    }
    if (filter->kind != FILTER_ENUM) {
        json_member_bool(writer, "nullable", true);
    }
    json_member_text(writer, "description", filter->summary);
    if (filter->extension) {
        json_member_bool(writer, OPENAPI_EXTENSION, true);
    }
    json_end_object(writer);
}

static void write_filter(struct schemas *schemas, const struct resource *resource,
                         struct json_writer *writer)
{
    json_member_text(writer, "type", "object");
    json_member_text(writer, "description", "The filters of the list as one object");
    json_key(writer, "properties");
    json_begin_object(writer);
    for (size_t i = 0; i < resource->filter_count; i++) {
        const struct filter *filter = &resource->filters[i];
        if (filter->versions != 0 && schemas->version != 0 &&
            (filter->versions & schemas->version) == 0) {
            continue;
        }
        char name[FILTER_NAME_BYTES_MAX];
        filter_member_name(filter->name, name);
        json_key(writer, name);
        write_filter_value(schemas, filter, writer);
    }
    json_end_object(writer);
}

void schemas_write(struct schemas *schemas, struct json_writer *writer)
{
    json_key(writer, "schemas");
    json_begin_object(writer);
    /* The list grows while it is walked: what a schema mentions is noted behind it. */
    for (size_t i = 0; i < schemas->count; i++) {
        const struct schema schema = schemas->items[i];
        char name[96];
        (void)snprintf(name, sizeof(name), "%s%s", nullable_prefix(&schema), schema.name);
        json_key(writer, name);
        json_begin_object(writer);
        switch (schema.kind) {
        case SCHEMA_SHAPE: write_shape(schemas, schema.from, writer); break;
        case SCHEMA_NAMES: write_names(&schema, writer); break;
        case SCHEMA_PAGE: write_page(schemas, schema.from, writer); break;
        case SCHEMA_FILTER: write_filter(schemas, schema.from, writer); break;
        }
        if (schema.nullable) {
            json_member_bool(writer, "nullable", true);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}
