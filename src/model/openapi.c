#include "model/openapi.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"
#include "model/list.h"
#include "model/openapi_schema.h"
#include "model/openapi_yaml.h"

enum { PATHS_MAX = 1024, PATH_BYTES_MAX = 256, DOCUMENT_ARENA_BYTES = 64 * 1024 * 1024 };

/* One method of one path of the document. */
struct entry {
    char path[PATH_BYTES_MAX];
    const struct route *route;
    unsigned alias; /* 0: the route's own path; else which alias */
    bool written;
};

struct document {
    const struct face *face;
    unsigned version;
    struct entry entries[PATHS_MAX];
    size_t entry_count;
    struct schemas schemas;
    struct json_writer writer;
};

static const char *version_text(unsigned version)
{
    return version == API_V1 ? "v1" : version == API_V2 ? "v2" : version == API_V3 ? "v3" : "";
}

/* --- collecting ---------------------------------------------------------------------------------- */

static void entry_add(struct document *document, const struct route *route, const char *path,
                      unsigned alias)
{
    if (document->entry_count == PATHS_MAX) {
        document->schemas.overflow = true;
        return;
    }
    struct entry *entry = &document->entries[document->entry_count++];
    const char *prefix = document->face->prefix;
    const char *mark = strstr(prefix, "{version}");
    *entry = (struct entry){ .route = route, .alias = alias };
    if (mark == NULL) {
        (void)snprintf(entry->path, sizeof(entry->path), "%s%s", prefix, path);
    } else {
        (void)snprintf(entry->path, sizeof(entry->path), "%.*s%s%s%s", (int)(mark - prefix), prefix,
                       version_text(document->version), mark + strlen("{version}"), path);
    }
}

static void collect(struct document *document)
{
    const struct face *face = document->face;
    for (size_t table = 0; table < face->table_count; table++) {
        for (size_t i = 0; i < *face->tables[table].count; i++) {
            const struct route *route = &face->tables[table].routes[i];
            if (document->version != 0 && route->versions != 0 &&
                (route->versions & document->version) == 0) {
                continue;
            }
            entry_add(document, route, route->path, 0);
            for (unsigned k = 0; route->aliases != NULL && route->aliases[k] != NULL; k++) {
                entry_add(document, route, route->aliases[k], k + 1);
            }
        }
    }
}

/* --- parameters ---------------------------------------------------------------------------------- */

static void parameter_begin(struct json_writer *writer, const char *name, const char *in,
                            bool required, const char *summary)
{
    json_begin_object(writer);
    json_member_text(writer, "name", name);
    json_member_text(writer, "in", in);
    json_member_bool(writer, "required", required);
    if (summary != NULL) {
        json_member_text(writer, "description", summary);
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
        parameter_begin(writer, name, "path", true, "Id of the record in the path");
        schema_plain(type, writer);
        json_end_object(writer);
    }
}

static void write_page_number(struct json_writer *writer, const char *name, const char *summary,
                              int64_t max, int64_t initial)
{
    parameter_begin(writer, name, "query", false, summary);
    json_begin_object(writer);
    json_member_text(writer, "type", "integer");
    json_member_text(writer, "format", "int32");
    json_member_int(writer, "minimum", 1);
    if (max > 0) {
        json_member_int(writer, "maximum", max);
    }
    json_member_int(writer, "default", initial);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_sorts(struct document *document, const struct resource *resource)
{
    struct json_writer *writer = &document->writer;
    parameter_begin(writer, "Sorts", "query", false,
                    "Sort keys, sent as Sorts[n].by and Sorts[n].order, n from 0 without gaps");
    json_begin_object(writer);
    json_member_text(writer, "type", "array");
    json_key(writer, "items");
    schema_ref_shape(&document->schemas, &sort_shape, writer);
    json_end_object(writer);
    json_key(writer, "x-sort-keys");
    json_begin_array(writer);
    for (size_t i = 0; i < resource->row->count; i++) {
        const struct field *field = &resource->row->fields[i];
        if (field->sort != NULL && field_in(field, document->version)) {
            json_put_text(writer, field->json);
        }
    }
    json_end_array(writer);
    json_end_object(writer);
}

static void write_array_schema(struct json_writer *writer, enum field_type items)
{
    json_begin_object(writer);
    json_member_text(writer, "type", "array");
    json_key(writer, "items");
    schema_plain(items, writer);
    json_end_object(writer);
}

static void write_array_parameter(struct json_writer *writer, const char *name, const char *summary,
                                  enum field_type items)
{
    parameter_begin(writer, name, "query", false, summary);
    write_array_schema(writer, items);
    json_end_object(writer);
}

static void write_enum_parameter(struct document *document, const char *name, const char *summary,
                                 const struct names *names)
{
    parameter_begin(&document->writer, name, "query", false, summary);
    schema_ref_names(&document->schemas, names, &document->writer);
    json_end_object(&document->writer);
}

static void write_plain_parameter(struct json_writer *writer, const char *name, const char *summary,
                                  enum field_type type)
{
    parameter_begin(writer, name, "query", false, summary);
    schema_plain(type, writer);
    json_end_object(writer);
}

static void write_filter_parameters(struct document *document, const struct filter *filter)
{
    struct json_writer *writer = &document->writer;
    char name[96];
    char second[96];
    (void)snprintf(name, sizeof(name), "Filter.%s", filter->name);
    switch (filter->kind) {
    case FILTER_DATES:
        (void)snprintf(name, sizeof(name), "Filter.%s.Dates", filter->name);
        (void)snprintf(second, sizeof(second), "Filter.%s.SelectionMode", filter->name);
        write_array_parameter(writer, name, filter->summary, FIELD_TIME);
        write_enum_parameter(document, second,
                             "How the dates are read: a day, any of several days, or a range",
                             &date_selection_names);
        break;
    case FILTER_NUMBER:
        (void)snprintf(name, sizeof(name), "Filter.%s.Value", filter->name);
        (void)snprintf(second, sizeof(second), "Filter.%s.Operator", filter->name);
        write_plain_parameter(writer, name, filter->summary, FIELD_INT);
        write_enum_parameter(document, second, "How the value is compared",
                             &numeric_operator_names);
        break;
    case FILTER_ENUM: write_enum_parameter(document, name, filter->summary, filter->names); break;
    case FILTER_UUID_AMONG:
    case FILTER_UUID: write_plain_parameter(writer, name, filter->summary, FIELD_UUID); break;
    case FILTER_INT: write_plain_parameter(writer, name, filter->summary, FIELD_INT); break;
    case FILTER_BOOL:
    case FILTER_SWITCH: write_plain_parameter(writer, name, filter->summary, FIELD_BOOL); break;
    case FILTER_CONTAINS:
    case FILTER_SINCE:
    case FILTER_ENUM_TEXT: write_plain_parameter(writer, name, filter->summary, FIELD_TEXT); break;
    }
}

static void write_list_parameters(struct document *document, const struct resource *resource)
{
    struct json_writer *writer = &document->writer;
    write_sorts(document, resource);
    write_page_number(writer, "Pagination.PageSize", "Rows per page", LIST_PAGE_SIZE_MAX,
                      LIST_PAGE_SIZE_USUAL);
    write_page_number(writer, "Pagination.PageNumber", "Page to return, from 1", 0, 1);
    write_plain_parameter(
        writer, "Pagination.Cursor",
        "Empty to begin, then nextCursor or previousCursor of the page before: pages "
        "that stay exact while rows come and go (extension)",
        FIELD_TEXT);
    for (size_t i = 0; i < resource->filter_count; i++) {
        const struct filter *filter = &resource->filters[i];
        if (filter->versions == 0 || (filter->versions & document->version) != 0) {
            write_filter_parameters(document, filter);
        }
    }
}

static void write_parameter(struct json_writer *writer, const struct parameter *parameter)
{
    parameter_begin(writer, parameter->name, parameter->in,
                    (parameter->flags & FIELD_REQUIRED) != 0, parameter->summary);
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

static void write_parameters(struct document *document, const struct entry *entry)
{
    const struct route *route = entry->route;
    json_key(&document->writer, "parameters");
    json_begin_array(&document->writer);
    write_path_parameters(&document->writer, entry->path, route->id_type);
    if (route->work == WORK_LIST) {
        write_list_parameters(document, route->resource);
    }
    for (size_t i = 0; i < route->parameter_count; i++) {
        if (strcmp(route->parameters[i].in, "path") != 0) {
            write_parameter(&document->writer, &route->parameters[i]);
        }
    }
    json_end_array(&document->writer);
}

/* --- bodies and answers --------------------------------------------------------------------------- */

static void write_content(struct document *document, const char *types, const struct shape *shape)
{
    struct json_writer *writer = &document->writer;
    struct slice rest = slice_of(types);
    json_key(writer, "content");
    json_begin_object(writer);
    while (rest.length > 0) {
        json_key_slice(writer, slice_cut(&rest, ' '));
        json_begin_object(writer);
        json_key(writer, "schema");
        if (shape != NULL) {
            schema_ref_shape(&document->schemas, shape, writer);
        } else {
            schema_plain(FIELD_FILE, writer);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_request(struct document *document, const struct route *route)
{
    static const char *const types[] = {
        [BODY_NONE] = NULL,
        [BODY_JSON] = "application/json text/json application/*+json",
        [BODY_FORM] = "multipart/form-data",
        [BODY_URLENCODED] = "application/x-www-form-urlencoded",
        [BODY_RAW] = "application/octet-stream application/x-ndjson",
    };
    const char *content = types[route->body_kind];
    if (content == NULL) {
        return;
    }
    if (route->body_kind == BODY_RAW && route->body != NULL) {
        content = types[BODY_URLENCODED];
    }
    json_key(&document->writer, "requestBody");
    json_begin_object(&document->writer);
    json_member_bool(&document->writer, "required", true);
    write_content(document, content, route->body);
    json_end_object(&document->writer);
}

static void write_answer_schema(struct document *document, const struct route *route,
                                const struct answer *answer)
{
    struct json_writer *writer = &document->writer;
    switch (answer->kind) {
    case ANSWER_SHAPE: schema_ref_shape(&document->schemas, answer->shape, writer); break;
    case ANSWER_PAGE: schema_ref_page(&document->schemas, route->resource, writer); break;
    case ANSWER_ARRAY:
        json_begin_object(writer);
        json_member_text(writer, "type", "array");
        json_key(writer, "items");
        schema_ref_shape(&document->schemas, answer->shape, writer);
        json_end_object(writer);
        break;
    case ANSWER_UUID: schema_plain(FIELD_UUID, writer); break;
    case ANSWER_PROBLEM: schema_ref_shape(&document->schemas, &problem_shape, writer); break;
    case ANSWER_FILE:
    case ANSWER_EMPTY: schema_plain(FIELD_FILE, writer); break;
    }
}

static const char *answer_types(const struct answer *answer)
{
    switch (answer->kind) {
    case ANSWER_EMPTY: return "";
    case ANSWER_FILE: return answer->types != NULL ? answer->types : "application/octet-stream";
    case ANSWER_PROBLEM: return "application/problem+json text/plain application/json text/json";
    case ANSWER_SHAPE:
    case ANSWER_PAGE:
    case ANSWER_ARRAY:
    case ANSWER_UUID:
        return answer->types != NULL ? answer->types : "text/plain application/json text/json";
    }
    return "";
}

static void write_headers(struct json_writer *writer, const char *headers)
{
    struct slice rest = slice_of(headers);
    if (rest.length == 0) {
        return;
    }
    json_key(writer, "headers");
    json_begin_object(writer);
    while (rest.length > 0) {
        struct slice name = slice_cut(&rest, ' ');
        json_key_slice(writer, name);
        json_begin_object(writer);
        json_key(writer, "schema");
        schema_plain(slice_is_any_case(name, "Retry-After") ? FIELD_INT : FIELD_TEXT, writer);
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_answer(struct document *document, const struct route *route,
                         const struct answer *answer)
{
    struct json_writer *writer = &document->writer;
    char status[8];
    (void)snprintf(status, sizeof(status), "%d", answer->status);
    json_key(writer, status);
    json_begin_object(writer);
    json_member_text(writer, "description", answer->summary == NULL ? "" : answer->summary);
    write_headers(writer, answer->headers);
    struct slice types = slice_of(answer_types(answer));
    if (types.length > 0) {
        json_key(writer, "content");
        json_begin_object(writer);
        while (types.length > 0) {
            json_key_slice(writer, slice_cut(&types, ' '));
            json_begin_object(writer);
            json_key(writer, "schema");
            write_answer_schema(document, route, answer);
            json_end_object(writer);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* What users need, and where a grant on single groups or policies is enough. */
static void write_user_permission(const struct permission *permission, struct json_writer *writer)
{
    static const char *const by[] = {
        [PERMIT_WHOLE] = "whole", [PERMIT_ROWS] = "rows", [PERMIT_PATH] = "path"
    };
    json_key(writer, "x-user-permission");
    json_begin_object(writer);
    json_member_text(writer, "resource", permission->resource);
    json_member_text(writer, "action", permission->action);
    json_member_text(writer, "by", by[permission->by]);
    json_end_object(writer);
}

static void write_operation(struct document *document, struct entry *entry)
{
    const struct route *route = entry->route;
    struct json_writer *writer = &document->writer;
    static const char *const keys[] = { "get", "post", "put", "patch", "delete" };
    char id[160];
    const char *version = version_text(document->version);
    if (entry->alias == 0) {
        (void)snprintf(id, sizeof(id), "%s%s%s", route->id, *version == '\0' ? "" : "_", version);
    } else {
        (void)snprintf(id, sizeof(id), "%s_Alias%u%s%s", route->id, entry->alias,
                       *version == '\0' ? "" : "_", version);
    }
    json_key(writer, keys[route->method]);
    json_begin_object(writer);
    json_member_text(writer, "operationId", id);
    json_key(writer, "tags");
    json_begin_array(writer);
    json_put_text(writer, route->tag);
    json_end_array(writer);
    json_member_text(writer, "summary", route->summary);
    if (route->area != AREA_NONE) {
        char permission[64];
        (void)snprintf(permission, sizeof(permission), "%s (%s)", area_name(route->area),
                       route->level == LEVEL_FULL ? "full" : "read");
        json_member_text(writer, "x-permission", permission);
    }
    if (route->permission.resource != NULL) {
        write_user_permission(&route->permission, writer);
    }
    if (entry->alias != 0) {
        json_member_text(writer, "x-alias-of", route->path);
    }
    if (document->face->authenticate != NULL && route->area == AREA_NONE) {
        json_key(writer, "security");
        json_begin_array(writer);
        json_end_array(writer);
    }
    write_parameters(document, entry);
    write_request(document, route);
    json_key(writer, "responses");
    json_begin_object(writer);
    for (size_t i = 0; i < route->answer_count; i++) {
        write_answer(document, route, &route->answers[i]);
    }
    json_end_object(writer);
    json_end_object(writer);
    entry->written = true;
}

static void write_paths(struct document *document)
{
    json_key(&document->writer, "paths");
    json_begin_object(&document->writer);
    for (size_t i = 0; i < document->entry_count; i++) {
        if (document->entries[i].written) {
            continue;
        }
        json_key(&document->writer, document->entries[i].path);
        json_begin_object(&document->writer);
        for (size_t k = i; k < document->entry_count; k++) {
            if (!document->entries[k].written &&
                strcmp(document->entries[k].path, document->entries[i].path) == 0) {
                write_operation(document, &document->entries[k]);
            }
        }
        json_end_object(&document->writer);
    }
    json_end_object(&document->writer);
}

/* --- the document --------------------------------------------------------------------------------- */

static void write_head(struct document *document)
{
    struct json_writer *writer = &document->writer;
    const char *version = version_text(document->version);
    json_member_text(writer, "openapi", "3.0.1");
    json_key(writer, "info");
    json_begin_object(writer);
    json_member_text(writer, "title", document->face->title);
    json_member_text(writer, "version", *version == '\0' ? "1" : version);
    json_end_object(writer);
    json_key(writer, "servers");
    json_begin_array(writer);
    json_begin_object(writer);
    json_member_text(writer, "url", "/");
    json_end_object(writer);
    json_end_array(writer);
}

static void write_security(struct document *document)
{
    struct json_writer *writer = &document->writer;
    static const char bearer[] = "{\"type\":\"http\",\"scheme\":\"bearer\"}";
    static const char oauth2[] =
        "{\"type\":\"oauth2\",\"flows\":{\"clientCredentials\":{\"tokenUrl\":\"/oauth/connect/token\","
        "\"scopes\":{\"urn:management:api\":\"Everything the API account may do\"}}}}";
    json_key(writer, "securitySchemes");
    json_begin_object(writer);
    json_key(writer, "bearer");
    json_put_raw(writer, SLICE(bearer));
    json_key(writer, "oauth2");
    json_put_raw(writer, SLICE(oauth2));
    json_end_object(writer);
}

static void write_document(struct document *document)
{
    struct json_writer *writer = &document->writer;
    bool secured = document->face->authenticate != NULL;
    json_begin_object(writer);
    write_head(document);
    if (secured) {
        json_key(writer, "security");
        json_put_raw(writer, SLICE("[{\"bearer\":[]},{\"oauth2\":[]}]"));
    }
    write_paths(document);
    json_key(writer, "components");
    json_begin_object(writer);
    schemas_write(&document->schemas, writer);
    if (secured) {
        write_security(document);
    }
    json_end_object(writer);
    json_end_object(writer);
}

static void write_yaml(const struct buffer *json, struct buffer *out)
{
    struct arena *arena = arena_new(DOCUMENT_ARENA_BYTES);
    const struct json *tree = NULL;
    if (arena == NULL ||
        json_parse(arena, buffer_slice(json), &json_limits_usual, &tree, NULL) != RESULT_OK) {
        out->overflow = true;
    } else {
        yaml_write(tree, out);
    }
    arena_free(arena);
}

void openapi_write(const struct face *face, unsigned version, enum openapi_format format,
                   struct buffer *out)
{
    struct document *document = calloc(1, sizeof(*document)); /* too large for a stack */
    if (document == NULL) {
        out->overflow = true;
        return;
    }
    struct buffer json;
    buffer_init(&json, out->limit);
    document->face = face;
    document->version = version;
    document->schemas.version = version;
    json_writer_init(&document->writer, format == OPENAPI_JSON ? out : &json);
    collect(document);
    write_document(document);
    if (document->schemas.overflow || json.overflow) {
        out->overflow = true;
    } else if (format == OPENAPI_YAML) {
        write_yaml(&json, out);
    }
    buffer_done(&json);
    free(document);
}
