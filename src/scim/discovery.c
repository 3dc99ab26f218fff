/* What the service is and can do: ServiceProviderConfig, Schemas, ResourceTypes, all from the tables. */
#include <string.h>

#include "base/arena.h"
#include "json/write.h"
#include "scim/answers.h"
#include "scim/ops.h"
#include "scim/schema.h"
#include "scim/scim.h"

/* Groups come last: a server without them leaves out the last one. */
static const struct scim_schema *const schemas[] = {
    &scim_user_schema, &scim_enterprise_schema, &scim_role_schema,  &scim_provider_schema,
    &scim_type_schema, &scim_schema_schema,     &scim_group_schema,
};
static const struct scim_kind *const kinds[] = { &scim_user_kind, &scim_role_kind,
                                                 &scim_group_kind };

static size_t shown(const struct ctx *ctx, size_t count)
{
    return ctx->rules->scim_groups ? count : count - 1;
}

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the answer");
}

/* RFC 7644 section 4: a filter here is forbidden, so that nobody takes the whole for what was asked. */
static enum result filter_refuse(struct ctx *ctx, const struct call *call)
{
    return call_query(call, "filter") == NULL
               ? RESULT_OK
               : fail(ctx->error, RESULT_DENIED, NULL, "this list can't be filtered");
}

static void put_texts(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_begin_array(writer);
    json_put_text(writer, text);
    json_end_array(writer);
}

static void put_meta(struct json_writer *writer, const char *type, const char *location)
{
    json_key(writer, "meta");
    json_begin_object(writer);
    json_member_text(writer, "resourceType", type);
    json_member_text(writer, "location", location);
    json_end_object(writer);
}

/* --- schemas ---------------------------------------------------------------------------------- */

static void put_words(struct json_writer *writer, const char *name, const char *words)
{
    struct slice rest = slice_of(words);
    json_key(writer, name);
    json_begin_array(writer);
    while (rest.length > 0) {
        json_put_slice(writer, slice_cut(&rest, ' '));
    }
    json_end_array(writer);
}

static void put_characteristics(struct json_writer *writer, const struct scim_attribute *attribute)
{
    unsigned flags = attribute->flags;
    json_member_bool(writer, "caseExact", (flags & SCIM_CASE_EXACT) != 0);
    json_member_text(writer, "mutability",
                     (flags & SCIM_READ_ONLY) != 0    ? "readOnly"
                     : (flags & SCIM_WRITE_ONLY) != 0 ? "writeOnly"
                                                      : "readWrite");
    json_member_text(writer, "returned",
                     (flags & SCIM_ALWAYS) != 0       ? "always"
                     : (flags & SCIM_WRITE_ONLY) != 0 ? "never"
                                                      : "default");
    json_member_text(writer, "uniqueness", (flags & SCIM_UNIQUE) != 0 ? "server" : "none");
    if (attribute->references != NULL) {
        put_words(writer, "referenceTypes", attribute->references);
    }
}

static void put_attributes(struct json_writer *writer, const char *name,
                           const struct scim_attribute *rows, size_t count)
{
    static const char *const types[] = { "string",    "boolean", "integer", "dateTime",
                                         "reference", "binary",  "complex" };
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        const struct scim_attribute *attribute = &rows[i];
        json_begin_object(writer);
        json_member_text(writer, "name", attribute->name);
        json_member_text(writer, "type", types[attribute->type]);
        json_member_bool(writer, "multiValued", (attribute->flags & SCIM_MULTI) != 0);
        json_member_text(writer, "description", attribute->summary);
        json_member_bool(writer, "required", (attribute->flags & SCIM_REQUIRED) != 0);
        put_characteristics(writer, attribute);
        if (attribute->sub_count > 0) {
            put_attributes(writer, "subAttributes", attribute->subs, attribute->sub_count);
        }
        json_end_object(writer);
    }
    json_end_array(writer);
}

static enum result put_schema(struct ctx *ctx, struct json_writer *writer,
                              const struct scim_schema *schema, const char *root)
{
    const char *location = arena_printf(ctx->arena, "%s/Schemas/%s", root, schema->urn);
    json_begin_object(writer);
    put_texts(writer, "schemas", scim_schema_schema.urn);
    json_member_text(writer, "id", schema->urn);
    json_member_text(writer, "name", schema->name);
    json_member_text(writer, "description", schema->summary);
    put_attributes(writer, "attributes", schema->attributes, schema->count);
    put_meta(writer, "Schema", location);
    json_end_object(writer);
    return location == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result scim_schemas_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct json_writer writer;
    const char *root = scim_root(ctx, call);
    const size_t count = shown(ctx, COUNT_OF(schemas));
    const struct scim_list list = { (int64_t)count, 1, (int64_t)count };
    TRY(filter_refuse(ctx, call));
    scim_list_begin(&writer, reply);
    for (size_t i = 0; i < count; i++) {
        TRY(put_schema(ctx, &writer, schemas[i], root));
    }
    scim_list_end(&writer, reply, &list);
    return root == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result reply_written(struct reply *reply)
{
    reply->content_type = SCIM_TYPE;
    reply->status = 200;
    return RESULT_OK;
}

enum result scim_schemas_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct json_writer writer;
    const char *root = scim_root(ctx, call);
    json_writer_init(&writer, &reply->body);
    for (size_t i = 0; i < shown(ctx, COUNT_OF(schemas)); i++) {
        if (slice_is_any_case(call->ids[0], schemas[i]->urn)) {
            TRY(put_schema(ctx, &writer, schemas[i], root));
            return reply_written(reply);
        }
    }
    return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no schema with this URN");
}

/* --- resource types --------------------------------------------------------------------------- */

static enum result put_type(struct ctx *ctx, struct json_writer *writer,
                            const struct scim_kind *kind, const char *root)
{
    const char *location = arena_printf(ctx->arena, "%s/ResourceTypes/%s", root, kind->name);
    json_begin_object(writer);
    put_texts(writer, "schemas", scim_type_schema.urn);
    json_member_text(writer, "id", kind->name);
    json_member_text(writer, "name", kind->name);
    json_member_text(writer, "description", kind->summary);
    json_member_text(writer, "endpoint", kind->endpoint);
    json_member_text(writer, "schema", kind->core->urn);
    json_key(writer, "schemaExtensions");
    json_begin_array(writer);
    for (size_t i = 0; kind->extensions != NULL && kind->extensions[i] != NULL; i++) {
        json_begin_object(writer);
        json_member_text(writer, "schema", kind->extensions[i]->urn);
        json_member_bool(writer, "required", false);
        json_end_object(writer);
    }
    json_end_array(writer);
    put_meta(writer, "ResourceType", location);
    json_end_object(writer);
    return location == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result scim_types_list(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct json_writer writer;
    const char *root = scim_root(ctx, call);
    const size_t count = shown(ctx, COUNT_OF(kinds));
    const struct scim_list list = { (int64_t)count, 1, (int64_t)count };
    TRY(filter_refuse(ctx, call));
    scim_list_begin(&writer, reply);
    for (size_t i = 0; i < count; i++) {
        TRY(put_type(ctx, &writer, kinds[i], root));
    }
    scim_list_end(&writer, reply, &list);
    return root == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result type_reply(struct ctx *ctx, const struct call *call, struct reply *reply,
                              const struct scim_kind *kind)
{
    struct json_writer writer;
    json_writer_init(&writer, &reply->body);
    TRY(put_type(ctx, &writer, kind, scim_root(ctx, call)));
    return reply_written(reply);
}

enum result scim_types_user(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return type_reply(ctx, call, reply, &scim_user_kind);
}

enum result scim_types_role(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return type_reply(ctx, call, reply, &scim_role_kind);
}

enum result scim_types_group(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    TRY(scim_groups_needed(ctx));
    return type_reply(ctx, call, reply, &scim_group_kind);
}

/* --- the service ------------------------------------------------------------------------------ */

static void put_supported(struct json_writer *writer, const char *name, bool is)
{
    json_key(writer, name);
    json_begin_object(writer);
    json_member_bool(writer, "supported", is);
    json_end_object(writer);
}

static void put_bounds(struct json_writer *writer)
{
    json_key(writer, "bulk");
    json_begin_object(writer);
    json_member_bool(writer, "supported", true);
    json_member_int(writer, "maxOperations", SCIM_BULK_OPERATIONS_MAX);
    json_member_int(writer, "maxPayloadSize", SCIM_BODY_BYTES_MAX);
    json_end_object(writer);
    json_key(writer, "filter");
    json_begin_object(writer);
    json_member_bool(writer, "supported", true);
    json_member_int(writer, "maxResults", SCIM_PAGE_MAX);
    json_end_object(writer);
}

static void put_schemes(struct json_writer *writer)
{
    json_key(writer, "authenticationSchemes");
    json_begin_array(writer);
    json_begin_object(writer);
    json_member_text(writer, "type", "oauthbearertoken");
    json_member_text(writer, "name", "OAuth bearer token");
    json_member_text(writer, "description",
                     "A token from /oauth/connect/token, or a long-lived one of the API account");
    json_member_text(writer, "specUri", "https://www.rfc-editor.org/info/rfc6750");
    json_member_bool(writer, "primary", true);
    json_end_object(writer);
    json_end_array(writer);
}

enum result scim_provider_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct json_writer writer;
    const char *root = scim_root(ctx, call);
    const char *location =
        root == NULL ? NULL : arena_printf(ctx->arena, "%s/ServiceProviderConfig", root);
    TRY(filter_refuse(ctx, call));
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    put_texts(&writer, "schemas", scim_provider_schema.urn);
    put_supported(&writer, "patch", true);
    put_bounds(&writer);
    put_supported(&writer, "changePassword", false);
    put_supported(&writer, "sort", true);
    put_supported(&writer, "etag", true);
    put_schemes(&writer);
    put_meta(&writer, "ServiceProviderConfig", location);
    json_end_object(&writer);
    return location == NULL ? no_memory(ctx) : reply_written(reply);
}

enum result scim_me(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return scim_reply_error(ctx, reply, 501, "an API account is no user, so it has no /Me");
}
