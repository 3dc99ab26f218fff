#include "model/openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"
#include "model/openapi_parts.h"
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
    struct shared_answers shared;
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

/* --- operations ---------------------------------------------------------------------------------- */

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

/* Who may call it, in words and for programs. */
static void write_permission(const struct route *route, struct json_writer *writer)
{
    char text[256];
    char permission[64];
    if (route->area == AREA_NONE) {
        json_member_text(writer, "description", "Needs no token.");
        return;
    }
    (void)snprintf(permission, sizeof(permission), "%s (%s)", area_name(route->area),
                   route->level == LEVEL_FULL ? "full" : "read");
    if (route->permission.resource == NULL) {
        (void)snprintf(text, sizeof(text), "Needs a token with %s.", permission);
    } else {
        (void)snprintf(text, sizeof(text),
                       "Needs a token of an API account with %s, or of a user with %s.%s.",
                       permission, route->permission.resource, route->permission.action);
    }
    json_member_text(writer, "description", text);
    json_member_text(writer, "x-permission", permission);
    if (route->permission.resource != NULL) {
        write_user_permission(&route->permission, writer);
    }
}

static void write_operation_id(const struct document *document, const struct entry *entry,
                               struct json_writer *writer)
{
    char id[160];
    char alias[24] = "";
    const char *version = version_text(document->version);
    if (entry->alias != 0) {
        (void)snprintf(alias, sizeof(alias), "_Alias%u", entry->alias);
    }
    (void)snprintf(id, sizeof(id), "%s%s%s%s", entry->route->id, alias, *version == '\0' ? "" : "_",
                   version);
    json_member_text(writer, "operationId", id);
}

static void write_operation(struct document *document, struct entry *entry)
{
    static const char *const keys[] = { "get", "post", "put", "patch", "delete" };
    const struct route *route = entry->route;
    struct json_writer *writer = &document->writer;
    json_key(writer, keys[route->method]);
    json_begin_object(writer);
    write_operation_id(document, entry, writer);
    json_key(writer, "tags");
    json_begin_array(writer);
    json_put_text(writer, route->tag);
    json_end_array(writer);
    json_member_text(writer, "summary", route->summary);
    write_permission(route, writer);
    if (route->extension) {
        json_member_bool(writer, OPENAPI_EXTENSION, true);
    }
    if (entry->alias != 0) {
        json_member_text(writer, "x-alias-of", route->path);
    }
    if (document->face->authenticate == NULL || route->area == AREA_NONE) {
        json_key(writer, "security");
        json_begin_array(writer);
        json_end_array(writer);
    }
    parameters_write(&document->schemas, route, entry->path, writer);
    request_write(&document->schemas, route, writer);
    answers_write(&document->schemas, &document->shared, route, writer);
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
    json_member_text(writer, "description",
                     document->version == 0
                         ? "Served by Reeve, an open server for endpoint privilege management."
                         : "Served by Reeve, an open server for endpoint privilege management. "
                           "What the published API of PM Cloud does not have is "
                           "marked " OPENAPI_EXTENSION ".");
    json_key(writer, "license");
    json_put_raw(writer, SLICE("{\"name\":\"Apache-2.0\","
                               "\"url\":\"https://www.apache.org/licenses/LICENSE-2.0\"}"));
    json_end_object(writer);
    json_key(writer, "servers");
    json_begin_array(writer);
    json_begin_object(writer);
    json_member_text(writer, "url", "/");
    json_end_object(writer);
    json_end_array(writer);
}

/* NULL when nothing is known about it. */
static const char *tag_about(const struct face *face, const char *tag)
{
    for (size_t i = 0; i < face->tag_count; i++) {
        if (strcmp(face->tags[i].name, tag) == 0) {
            return face->tags[i].about;
        }
    }
    return NULL;
}

/* Each tag once, in the order of the tables. */
static void write_tags(struct document *document)
{
    struct json_writer *writer = &document->writer;
    json_key(writer, "tags");
    json_begin_array(writer);
    for (size_t i = 0; i < document->entry_count; i++) {
        const char *tag = document->entries[i].route->tag;
        const char *about = tag_about(document->face, tag);
        bool written = false;
        for (size_t k = 0; k < i && !written; k++) {
            written = strcmp(document->entries[k].route->tag, tag) == 0;
        }
        if (!written) {
            json_begin_object(writer);
            json_member_text(writer, "name", tag);
            if (about != NULL) {
                json_member_text(writer, "description", about);
            }
            json_end_object(writer);
        }
    }
    json_end_array(writer);
}

static void write_security(struct document *document)
{
    struct json_writer *writer = &document->writer;
    static const char bearer[] = "{\"type\":\"http\",\"scheme\":\"bearer\"}";
    static const char scopes[] = "{\"urn:management:api\":\"Everything the API account may do\"}";
    json_key(writer, "securitySchemes");
    json_begin_object(writer);
    json_key(writer, "bearer");
    json_put_raw(writer, SLICE(bearer));
    if (document->face->token_url != NULL) {
        json_key(writer, "oauth2");
        json_begin_object(writer);
        json_member_text(writer, "type", "oauth2");
        json_key(writer, "flows");
        json_begin_object(writer);
        json_key(writer, "clientCredentials");
        json_begin_object(writer);
        json_member_text(writer, "tokenUrl", document->face->token_url);
        json_key(writer, "scopes");
        json_put_raw(writer, SLICE(scopes));
        json_end_object(writer);
        json_end_object(writer);
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_document(struct document *document)
{
    struct json_writer *writer = &document->writer;
    bool secured = document->face->authenticate != NULL;
    json_begin_object(writer);
    write_head(document);
    write_tags(document);
    if (secured) {
        json_key(writer, "security");
        json_put_raw(writer, document->face->token_url == NULL
                                 ? SLICE("[{\"bearer\":[]}]")
                                 : SLICE("[{\"bearer\":[]},{\"oauth2\":[]}]"));
    }
    write_paths(document);
    json_key(writer, "components");
    json_begin_object(writer);
    answers_write_shared(&document->schemas, &document->shared, writer);
    if (document->schemas.lists) {
        parameters_write_shared(writer);
    }
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
