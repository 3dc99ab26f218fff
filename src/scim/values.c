/* The rows of scim_value: each value of a document by itself, so that filters find it by an index. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "scim/filter_sql.h"
#include "scim/user_record.h"
#include "store/store.h"

/* Where a value is. */
struct spot {
    struct ctx *ctx;
    const char *user_id, *attribute, *element;
};

static enum result value_store(const struct spot *spot, const struct scim_attribute *type,
                               const char *sub, const struct json *value)
{
    static const char sql[] =
        "INSERT INTO scim_value (user_id, attribute, sub, element, text_key, number)"
        " VALUES ($1, $2, $3, $4, $5, $6)";
    struct ctx *ctx = spot->ctx;
    int64_t number = value->type == JSON_BOOL ? value->boolean : value->integer;
    if (value->type == JSON_TEXT && type->type != SCIM_DATE_TIME) {
        bool exact = (type->flags & SCIM_CASE_EXACT) != 0;
        const char *key =
            exact ? slice_dup(ctx->arena, value->text) : slice_fold(ctx->arena, value->text);
        if (key == NULL) {
            return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the user");
        }
        return store_run(ctx->session, ctx->error, sql, "tttttn", spot->user_id, spot->attribute,
                         sub, spot->element, key);
    }
    if (value->type == JSON_TEXT && !time_parse(value->text, &number, NULL)) {
        return RESULT_OK;
    }
    return store_run(ctx->session, ctx->error, sql, "ttttni", spot->user_id, spot->attribute, sub,
                     spot->element, number);
}

static enum result members_store(const struct spot *spot, const struct scim_attribute *attribute,
                                 const struct json *object)
{
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        const struct scim_attribute *sub = scim_sub_find(attribute, at->key);
        if (sub != NULL) {
            TRY(value_store(spot, sub, sub->name, at));
        }
    }
    return RESULT_OK;
}

/* Elements of roles go by their text; a role that there is shows its name by the view. */
static enum result role_store(struct spot *spot, const struct scim_attribute *attribute,
                              const struct json *element)
{
    struct ctx *ctx = spot->ctx;
    int64_t known = 0;
    spot->element = slice_fold(ctx->arena, json_text_of(json_get(element, "value")));
    if (spot->element == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the user");
    }
    TRY(store_int(ctx->session, &known, ctx->error, "SELECT COUNT(*) FROM role WHERE name_key = $1",
                  "t", spot->element));
    for (const struct json *at = element->first; at != NULL; at = at->next) {
        const struct scim_attribute *sub = scim_sub_find(attribute, at->key);
        bool of_view = known > 0 && (slice_is(at->key, "value") || slice_is(at->key, "display"));
        if (sub != NULL && !of_view) {
            TRY(value_store(spot, sub, sub->name, at));
        }
    }
    return RESULT_OK;
}

static enum result elements_store(struct spot *spot, const struct scim_attribute *attribute,
                                  const struct json *array)
{
    bool roles = strcmp(attribute->name, "roles") == 0;
    int index = 0;
    for (const struct json *at = array->first; at != NULL; at = at->next) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%d", index++);
        spot->element = text;
        if (roles) {
            TRY(role_store(spot, attribute, at));
        } else {
            TRY(members_store(spot, attribute, at));
        }
    }
    return RESULT_OK;
}

static enum result attribute_store(struct spot *spot, const struct scim_path *path,
                                   const struct json *value)
{
    spot->attribute = scim_sql_attribute(spot->ctx->arena, path);
    spot->element = "";
    if (spot->attribute == NULL) {
        return fail(spot->ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the user");
    }
    switch (value->type) {
    case JSON_ARRAY: return elements_store(spot, path->attribute, value);
    case JSON_OBJECT: return members_store(spot, path->attribute, value);
    case JSON_NULL: return RESULT_OK;
    case JSON_BOOL:
    case JSON_INT:
    case JSON_NUMBER:
    case JSON_TEXT: break;
    }
    return value_store(spot, path->attribute, "", value);
}

static enum result extension_store(struct spot *spot, const struct scim_schema *schema,
                                   const struct json *object)
{
    static const struct scim_attribute urn = { .name = "schemas",
                                               .type = SCIM_REFERENCE,
                                               .flags = SCIM_CASE_EXACT };
    const struct json name = { .type = JSON_TEXT, .text = slice_of(schema->urn) };
    for (const struct json *at = object->first; at != NULL; at = at->next) {
        struct scim_path path;
        const char *text = arena_printf(spot->ctx->arena, "%s:%.*s", schema->urn,
                                        (int)at->key.length, at->key.text);
        if (text != NULL && scim_path_find(&scim_user_kind, slice_of(text), &path)) {
            TRY(attribute_store(spot, &path, at));
        }
    }
    spot->attribute = "schemas";
    spot->element = schema->name;
    return value_store(spot, &urn, "", &name);
}

enum result scim_values_store(struct ctx *ctx, const char *id, const struct json *document)
{
    struct spot spot = { .ctx = ctx, .user_id = id };
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM scim_value WHERE user_id = $1", "t", id));
    for (const struct json *at = document->first; at != NULL; at = at->next) {
        struct scim_path path;
        if (!scim_path_find(&scim_user_kind, at->key, &path)) {
            continue;
        }
        if (path.attribute == NULL) {
            TRY(extension_store(&spot, path.schema, at));
        } else {
            TRY(attribute_store(&spot, &path, at));
        }
    }
    return RESULT_OK;
}
