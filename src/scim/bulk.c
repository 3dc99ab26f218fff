/* Bulk (RFC 7644 section 3.7): each operation succeeds or fails by itself, in a step of the one transaction. */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"
#include "model/problem.h"
#include "scim/answers.h"
#include "scim/ops.h"
#include "scim/scim.h"
#include "scim/tree.h"
#include "store/store.h"

#define RESPONSE_URN "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
#define ID_MARK      "bulkId:"

/* What an operation made, for those that name it by bulkId. */
struct made {
    struct slice bulk_id;
    const char *id;
};

struct bulk {
    struct ctx *ctx;
    const char *root;
    struct made *made;
    size_t made_count;
    int64_t errors, errors_max; /* 0: no bound */
};

struct operation {
    struct scim_change change;
    struct slice bulk_id;
};

static enum result wrong(struct bulk *bulk, const char *text)
{
    return fail(bulk->ctx->error, RESULT_INVALID, "invalidSyntax", "%s", text);
}

static const char *made_find(const struct bulk *bulk, struct slice bulk_id)
{
    for (size_t i = 0; i < bulk->made_count; i++) {
        if (slice_equal(bulk->made[i].bulk_id, bulk_id)) {
            return bulk->made[i].id;
        }
    }
    return NULL;
}

/* "bulkId:x" becomes the id that operation x made; RESULT_CONFLICT when there is none (yet). */
static enum result reference_resolve(struct bulk *bulk, struct slice *text)
{
    if (!slice_starts_any_case(*text, ID_MARK)) {
        return RESULT_OK;
    }
    const size_t mark = strlen(ID_MARK);
    const char *id = made_find(bulk, (struct slice){ text->text + mark, text->length - mark });
    if (id == NULL) {
        return fail(bulk->ctx->error, RESULT_CONFLICT, NULL,
                    "no operation before this one has made %.*s",
                    (int)(text->length < 100 ? text->length : 100), text->text);
    }
    *text = slice_of(id);
    return RESULT_OK;
}

static enum result references_resolve(struct bulk *bulk, struct json *value)
{
    if (value->type == JSON_TEXT) {
        return reference_resolve(bulk, &value->text);
    }
    for (struct json *at = value->first; at != NULL; at = at->next) {
        TRY(references_resolve(bulk, at));
    }
    return RESULT_OK;
}

static bool method_of(struct slice word, enum method *out)
{
    for (int i = METHOD_POST; i < METHOD_COUNT; i++) {
        if (slice_is_any_case(word, method_name((enum method)i))) {
            *out = (enum method)i;
            return true;
        }
    }
    return false;
}

/* "/Users" for POST, "/Users/{id}" for the others. */
static enum result path_take(struct bulk *bulk, struct slice path, struct operation *out)
{
    const size_t length = strlen("/Users");
    if (!slice_starts_any_case(path, "/Users")) {
        return wrong(bulk, "path must be /Users or /Users/{id}");
    }
    struct slice rest = { path.text + length, path.length - length };
    bool is_post = out->change.method == METHOD_POST;
    if (is_post != (rest.length == 0) || (!is_post && (rest.length < 2 || rest.text[0] != '/'))) {
        return wrong(bulk, "path must be /Users for POST, and /Users/{id} for PUT, PATCH, DELETE");
    }
    if (!is_post) {
        out->change.id = (struct slice){ rest.text + 1, rest.length - 1 };
    }
    return reference_resolve(bulk, &out->change.id);
}

static enum result operation_read(struct bulk *bulk, const struct json *item, struct operation *out)
{
    const struct json *data = json_get_any_case(item, "data");
    out->change.root = bulk->root;
    out->change.if_match = json_text_of(json_get_any_case(item, "version"));
    if (!method_of(json_text_of(json_get_any_case(item, "method")), &out->change.method)) {
        return wrong(bulk, "method must be POST, PUT, PATCH or DELETE");
    }
    if (out->change.method == METHOD_POST && out->bulk_id.length == 0) {
        return wrong(bulk, "a POST needs a bulkId");
    }
    if (out->change.method == METHOD_POST && made_find(bulk, out->bulk_id) != NULL) {
        return wrong(bulk, "each POST needs a bulkId of its own");
    }
    TRY(path_take(bulk, json_text_of(json_get_any_case(item, "path")), out));
    if (data == NULL) {
        return RESULT_OK;
    }
    struct json *copy = tree_copy(bulk->ctx->arena, data);
    if (copy == NULL) {
        return fail(bulk->ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the operations");
    }
    out->change.body = copy;
    return references_resolve(bulk, copy);
}

/* Undone alone when it fails. */
static enum result operation_run(struct bulk *bulk, const struct json *item,
                                 struct operation *operation, struct scim_changed *changed)
{
    struct ctx *ctx = bulk->ctx;
    TRY(operation_read(bulk, item, operation));
    TRY(session_step_begin(ctx->session, ctx->error));
    enum result result = scim_change_run(ctx, &operation->change, changed);
    if (result == RESULT_OK) {
        return session_step_keep(ctx->session, ctx->error);
    }
    session_step_undo(ctx->session);
    return result;
}

/* Is it the operation's own failure, rather than one of the server's? */
static bool is_own(enum result result)
{
    return result == RESULT_INVALID || result == RESULT_NOT_FOUND || result == RESULT_CONFLICT ||
           result == RESULT_TOO_LARGE;
}

static void outcome_write(const struct bulk *bulk, const struct operation *operation,
                          const struct scim_changed *changed, enum result result,
                          struct json_writer *writer)
{
    char text[16];
    const struct error *error = bulk->ctx->error;
    int status = result == RESULT_OK ? changed->status : problem_status(result);
    const char *detail = result == RESULT_OK ? changed->text : error->text;
    const char *code = result == RESULT_CONFLICT || result == RESULT_INVALID ? error->field : NULL;
    (void)snprintf(text, sizeof(text), "%d", status);
    json_begin_object(writer);
    json_member_text(writer, "method", method_name(operation->change.method));
    if (operation->bulk_id.length > 0) {
        json_member_slice(writer, "bulkId", operation->bulk_id);
    }
    if (changed->version != NULL && result == RESULT_OK) {
        json_member_text(writer, "version", changed->version);
    }
    const char *location = changed->location;
    if (location == NULL && operation->change.id.length > 0) {
        location = arena_printf(bulk->ctx->arena, "%s/Users/%.*s", bulk->root,
                                (int)operation->change.id.length, operation->change.id.text);
    }
    if (location != NULL) {
        json_member_text(writer, "location", location);
    }
    json_member_text(writer, "status", text);
    if (status >= 400) {
        json_key(writer, "response");
        scim_error_write(writer, status, scim_type_of(status, code), detail);
    }
    json_end_object(writer);
}

static enum result item_run(struct bulk *bulk, const struct json *item, struct json_writer *writer)
{
    struct operation operation = {
        .change = { .method = METHOD_POST },
        .bulk_id = json_text_of(json_get_any_case(item, "bulkId")),
    };
    struct scim_changed changed = { .status = 0 };
    bulk->ctx->error->field = NULL;
    enum result result = operation_run(bulk, item, &operation, &changed);
    if (result != RESULT_OK && !is_own(result)) {
        return result;
    }
    if (result == RESULT_OK && changed.id != NULL && operation.bulk_id.length > 0) {
        bulk->made[bulk->made_count++] = (struct made){ operation.bulk_id, changed.id };
    }
    bulk->errors += result != RESULT_OK || changed.status >= 400 ? 1 : 0;
    outcome_write(bulk, &operation, &changed, result, writer);
    return RESULT_OK;
}

static enum result bulk_begin(struct bulk *bulk, const struct json *body,
                              const struct json **out_operations)
{
    struct ctx *ctx = bulk->ctx;
    const struct json *operations = json_get_any_case(body, "Operations");
    const struct json *errors = json_get_any_case(body, "failOnErrors");
    if (!json_is(operations, JSON_ARRAY)) {
        return wrong(bulk, "the body must have an array Operations");
    }
    if (operations->count > SCIM_BULK_OPERATIONS_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL,
                    "a bulk request may have at most %d operations", SCIM_BULK_OPERATIONS_MAX);
    }
    if (errors != NULL && errors->type != JSON_NULL &&
        (errors->type != JSON_INT || errors->integer < 1)) {
        return wrong(bulk, "failOnErrors must be a whole number above 0");
    }
    bulk->errors_max = errors == NULL ? 0 : errors->integer;
    bulk->made = arena_alloc(ctx->arena, (operations->count + 1) * sizeof(*bulk->made));
    *out_operations = operations;
    return bulk->made == NULL || bulk->root == NULL
               ? fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the operations")
               : RESULT_OK;
}

enum result scim_bulk(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct json_writer writer;
    const struct json *operations = NULL;
    struct bulk bulk = { .ctx = ctx, .root = scim_root(ctx, call) };
    TRY(bulk_begin(&bulk, call->body, &operations));
    audit_unchanged(ctx); /* each operation that changes something writes its own entry */
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_key(&writer, "schemas");
    json_begin_array(&writer);
    json_put_text(&writer, RESPONSE_URN);
    json_end_array(&writer);
    json_key(&writer, "Operations");
    json_begin_array(&writer);
    for (const struct json *at = operations->first; at != NULL; at = at->next) {
        if (bulk.errors_max > 0 && bulk.errors >= bulk.errors_max) {
            break;
        }
        TRY(item_run(&bulk, at, &writer));
    }
    json_end_array(&writer);
    json_end_object(&writer);
    reply->content_type = SCIM_TYPE;
    reply->status = 200;
    return RESULT_OK;
}
