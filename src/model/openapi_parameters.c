#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model/list.h"
#include "model/openapi_parts.h"

static void parameter_begin(struct json_writer *writer, const char *name, const char *in,
                            unsigned flags, const char *summary)
{
    json_begin_object(writer);
    json_member_text(writer, "name", name);
    json_member_text(writer, "in", in);
    json_member_bool(writer, "required", (flags & FIELD_REQUIRED) != 0);
    if (summary != NULL) {
        json_member_text(writer, "description", summary);
    }
    if ((flags & FIELD_EXTENSION) != 0) {
        json_member_bool(writer, OPENAPI_EXTENSION, true);
    }
    json_key(writer, "schema");
}

static void write_path_parameters(struct json_writer *writer, const char *path,
                                  enum field_type type)
{
    for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open + 1, '{')) {
        char name[64];
        const char *close = strchr(open, '}');
        assert(close != NULL);
        (void)snprintf(name, sizeof(name), "%.*s", (int)(close - open - 1), open + 1);
        parameter_begin(writer, name, "path", FIELD_REQUIRED, "Id of the record in the path");
        schema_plain(type, writer);
        json_end_object(writer);
    }
}

/* --- of every list --------------------------------------------------------------------------------- */

/* The same in every list of a document, so they stand once among its components. */
static const struct shared_parameter {
    const char *component, *name;
    enum field_type type;
    unsigned flags;
    int64_t min, max, initial; /* of numbers; max 0: none */
    bool of_changes;           /* of lists that tell what changed */
    const char *summary;
} shared_parameters[] = {
    { "PageSize", "Pagination.PageSize", FIELD_INT, 0, 1, LIST_PAGE_SIZE_MAX, LIST_PAGE_SIZE_USUAL,
      false, "Rows per page" },
    { "PageNumber", "Pagination.PageNumber", FIELD_INT, 0, 1, 0, 1, false,
      "Page to return, from 1" },
    { "Cursor", "Pagination.Cursor", FIELD_TEXT, FIELD_EXTENSION, 0, 0, 0, false,
      "Empty to begin, then nextCursor or previousCursor of the page before: pages that stay exact "
      "while rows come and go" },
    { "ChangedSince", "changedSince", FIELD_TEXT, FIELD_EXTENSION, 0, 0, 0, true,
      "A date, or the changeMark of an earlier answer: only rows that are new or changed since, and under "
      "deleted the ids of those that are in this list no longer; all: the whole list with a changeMark "
      "to go on from" },
};

static void write_shared_schema(const struct shared_parameter *shared, struct json_writer *writer)
{
    if (shared->type != FIELD_INT) {
        schema_plain(shared->type, writer);
        return;
    }
    json_begin_object(writer);
    json_member_text(writer, "type", "integer");
    json_member_text(writer, "format", "int32");
    json_member_int(writer, "minimum", shared->min);
    if (shared->max > 0) {
        json_member_int(writer, "maximum", shared->max);
    }
    json_member_int(writer, "default", shared->initial);
    json_end_object(writer);
}

void parameters_write_shared(struct json_writer *writer)
{
    json_key(writer, "parameters");
    json_begin_object(writer);
    for (size_t i = 0; i < COUNT_OF(shared_parameters); i++) {
        const struct shared_parameter *shared = &shared_parameters[i];
        json_key(writer, shared->component);
        parameter_begin(writer, shared->name, "query", shared->flags, shared->summary);
        write_shared_schema(shared, writer);
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_shared_references(const struct resource *resource, struct json_writer *writer)
{
    for (size_t i = 0; i < COUNT_OF(shared_parameters); i++) {
        const struct shared_parameter *shared = &shared_parameters[i];
        char text[80];
        if (shared->of_changes && resource->changes == NULL) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "#/components/parameters/%s", shared->component);
        json_begin_object(writer);
        json_member_text(writer, "$ref", text);
        json_end_object(writer);
    }
}

static void write_sorts(struct schemas *schemas, const struct resource *resource,
                        struct json_writer *writer)
{
    parameter_begin(writer, "Sorts", "query", 0,
                    "Sort keys, sent as Sorts[n].by and Sorts[n].order, n from 0 without gaps");
    json_begin_object(writer);
    json_member_text(writer, "type", "array");
    json_key(writer, "items");
    schema_ref_shape(schemas, &sort_shape, writer);
    json_end_object(writer);
    json_key(writer, "x-sort-keys");
    json_begin_array(writer);
    for (size_t i = 0; i < resource->row->count; i++) {
        const struct field *field = &resource->row->fields[i];
        if (field->sort != NULL && field_in(field, schemas->version)) {
            json_put_text(writer, field->json);
        }
    }
    json_end_array(writer);
    json_end_object(writer);
}

/* --- filters ----------------------------------------------------------------------------------------- */

static void write_array_schema(struct json_writer *writer, enum field_type items)
{
    json_begin_object(writer);
    json_member_text(writer, "type", "array");
    json_key(writer, "items");
    schema_plain(items, writer);
    json_end_object(writer);
}

static unsigned filter_flags(const struct filter *filter)
{
    return filter->extension ? FIELD_EXTENSION : 0;
}

static void write_plain_filter(struct json_writer *writer, const struct filter *filter,
                               const char *name, enum field_type type)
{
    parameter_begin(writer, name, "query", filter_flags(filter), filter->summary);
    schema_plain(type, writer);
    json_end_object(writer);
}

/* "Filter.NAME.Dates" or "Filter.NAME.Value", and beside it the word that says how it is read. */
static void write_pair(struct schemas *schemas, const struct filter *filter,
                       struct json_writer *writer)
{
    bool dates = filter->kind == FILTER_DATES;
    char name[96];
    (void)snprintf(name, sizeof(name), "Filter.%s.%s", filter->name, dates ? "Dates" : "Value");
    parameter_begin(writer, name, "query", filter_flags(filter), filter->summary);
    if (dates) {
        write_array_schema(writer, FIELD_TIME);
    } else {
        schema_plain(FIELD_INT, writer);
    }
    json_end_object(writer);
    (void)snprintf(name, sizeof(name), "Filter.%s.%s", filter->name,
                   dates ? "SelectionMode" : "Operator");
    parameter_begin(writer, name, "query", filter_flags(filter),
                    dates ? "How the dates are read: a day, any of several days, or a range"
                          : "How the value is compared");
    schema_ref_names(schemas, dates ? &date_selection_names : &numeric_operator_names, writer);
    json_end_object(writer);
}

static void write_filter(struct schemas *schemas, const struct filter *filter,
                         struct json_writer *writer)
{
    char name[96];
    (void)snprintf(name, sizeof(name), "Filter.%s", filter->name);
    switch (filter->kind) {
    case FILTER_DATES:
    case FILTER_NUMBER: write_pair(schemas, filter, writer); break;
    case FILTER_ENUM:
        parameter_begin(writer, name, "query", filter_flags(filter), filter->summary);
        schema_ref_names(schemas, filter->names, writer);
        json_end_object(writer);
        break;
    case FILTER_UUID_AMONG:
    case FILTER_UUID: write_plain_filter(writer, filter, name, FIELD_UUID); break;
    case FILTER_INT: write_plain_filter(writer, filter, name, FIELD_INT); break;
    case FILTER_BOOL:
    case FILTER_SWITCH: write_plain_filter(writer, filter, name, FIELD_BOOL); break;
    case FILTER_CONTAINS:
    case FILTER_SAME:
    case FILTER_SINCE:
    case FILTER_ENUM_TEXT: write_plain_filter(writer, filter, name, FIELD_TEXT); break;
    }
}

static void write_list_parameters(struct schemas *schemas, const struct resource *resource,
                                  struct json_writer *writer)
{
    write_sorts(schemas, resource, writer);
    schemas->lists = true;
    write_shared_references(resource, writer);
    for (size_t i = 0; i < resource->filter_count; i++) {
        const struct filter *filter = &resource->filters[i];
        if (filter->versions == 0 || (filter->versions & schemas->version) != 0) {
            write_filter(schemas, filter, writer);
        }
    }
}

/* --- of single routes ----------------------------------------------------------------------------------- */

static void write_parameter(struct json_writer *writer, const struct parameter *parameter)
{
    parameter_begin(writer, parameter->name, parameter->in, parameter->flags, parameter->summary);
    if (parameter->type == FIELD_ARRAY) {
        write_array_schema(writer, parameter->items);
        json_end_object(writer);
        return;
    }
    json_begin_object(writer);
    bool number = parameter->type == FIELD_INT || parameter->type == FIELD_INT64;
    json_member_text(writer, "type",
                     number                          ? "integer"
                     : parameter->type == FIELD_BOOL ? "boolean"
                                                     : "string");
    if (parameter->type == FIELD_UUID) {
        json_member_text(writer, "format", "uuid");
    }
    if (number && (parameter->min != 0 || parameter->max != 0)) {
        json_member_int(writer, "minimum", parameter->min);
        json_member_int(writer, "maximum", parameter->max);
    }
    if (parameter->initial != 0) {
        json_member_int(writer, "default", parameter->initial);
    }
    json_end_object(writer);
    json_end_object(writer);
}

void parameters_write(struct schemas *schemas, const struct route *route, const char *path,
                      struct json_writer *writer)
{
    json_key(writer, "parameters");
    json_begin_array(writer);
    write_path_parameters(writer, path, route->id_type);
    if (route->work == WORK_LIST) {
        write_list_parameters(schemas, route->resource, writer);
    }
    for (size_t i = 0; i < route->parameter_count; i++) {
        if (strcmp(route->parameters[i].in, "path") != 0) {
            write_parameter(writer, &route->parameters[i]);
        }
    }
    json_end_array(writer);
}
