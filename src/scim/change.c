/* One change of a user: the same for a route and for an operation of a bulk request. */
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "scim/answers.h"
#include "scim/document.h"
#include "scim/ops.h"
#include "scim/patch.h"
#include "scim/query.h"
#include "scim/tree.h"
#include "scim/user_record.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the user");
}

static enum result refuse(struct ctx *ctx, struct scim_changed *out, int status, const char *text)
{
    audit_unchanged(ctx);
    out->status = status;
    out->text = text;
    return RESULT_OK;
}

/* A list of entity tags, or "*"; weak and strong ones are compared alike. */
static bool tag_fits(struct slice list, const char *version)
{
    struct slice own = { version + 2, strlen(version) - 2 }; /* behind W/ */
    while (list.length > 0) {
        struct slice tag = slice_trim(slice_cut(&list, ','));
        if (slice_starts_any_case(tag, "W/")) {
            tag = (struct slice){ tag.text + 2, tag.length - 2 };
        }
        if (slice_is(tag, "*") || slice_equal(tag, own)) {
            return true;
        }
    }
    return false;
}

static enum result answer_fill(struct ctx *ctx, const struct scim_change *change, const char *id,
                               struct scim_changed *out)
{
    struct scim_user user;
    TRY(scim_user_load(ctx, id, &user));
    TRY(scim_user_render(ctx, &user, change->root, &out->resource));
    out->id = id;
    out->version = arena_strdup(ctx->arena, user.version);
    out->location = arena_printf(ctx->arena, "%s/Users/%s", change->root, id);
    return out->version == NULL || out->location == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result create(struct ctx *ctx, const struct scim_change *change,
                          struct scim_changed *out)
{
    struct json *document = NULL;
    const char *id = NULL;
    TRY(scim_document_take(ctx->arena, &scim_user_kind, change->body, &document, ctx->error));
    TRY(scim_user_create(ctx, document, &id));
    out->status = 201;
    return answer_fill(ctx, change, id, out);
}

/* Who is disabled must not get in again because a client has no value for `active`: it stays as it is. */
static enum result active_settle(struct ctx *ctx, const struct scim_user *user,
                                 struct json *document)
{
    if (tree_member(document, "active") != NULL) {
        return RESULT_OK;
    }
    struct json *active = tree_bool(ctx->arena, !user->account.disabled);
    if (active == NULL) {
        return no_memory(ctx);
    }
    tree_set(document, "active", active);
    return RESULT_OK;
}

/* Left out: `active` stays, everything else is cleared. */
static enum result replace(struct ctx *ctx, const struct scim_change *change,
                           const struct scim_user *user)
{
    struct json *document = NULL;
    TRY(scim_document_take(ctx->arena, &scim_user_kind, change->body, &document, ctx->error));
    TRY(active_settle(ctx, user, document));
    return scim_user_replace(ctx, user, document);
}

static enum result patch(struct ctx *ctx, const struct scim_change *change,
                         const struct scim_user *user)
{
    struct json *document = tree_copy(ctx->arena, user->document);
    if (document == NULL) {
        return no_memory(ctx);
    }
    TRY(scim_patch_apply(ctx->arena, &scim_user_kind, change->body, document, ctx->error));
    TRY(active_settle(ctx, user, document));
    return scim_user_replace(ctx, user, document);
}

static enum result user_of(struct ctx *ctx, struct slice id, struct scim_user *out)
{
    struct uuid uuid;
    const char *text = uuid_parse(id, &uuid) ? arena_strdup(ctx->arena, uuid.text) : NULL;
    return text != NULL
               ? scim_user_load(ctx, text, out)
               : fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no user with the id %.*s",
                      (int)(id.length < 64 ? id.length : 64), id.text);
}

enum result scim_change_run(struct ctx *ctx, const struct scim_change *change,
                            struct scim_changed *out)
{
    struct scim_user user;
    *out = (struct scim_changed){ .status = 200 };
    if (change->method != METHOD_DELETE && !json_is(change->body, JSON_OBJECT)) {
        return fail(ctx->error, RESULT_INVALID, "invalidSyntax", "the body must be a JSON object");
    }
    if (change->method == METHOD_POST) {
        return create(ctx, change, out);
    }
    if (change->method == METHOD_DELETE && ctx->rules->scim_keeps_users) {
        return refuse(ctx, out, 405, "users are kept here; set active to false instead");
    }
    TRY(user_of(ctx, change->id, &user));
    if (change->if_match.length > 0 && !tag_fits(change->if_match, user.version)) {
        return refuse(ctx, out, 412, "the user has another version by now; read it again");
    }
    if (change->method == METHOD_DELETE) {
        out->status = 204;
        out->id = user.account.id;
        return scim_user_delete(ctx, &user);
    }
    TRY(change->method == METHOD_PUT ? replace(ctx, change, &user) : patch(ctx, change, &user));
    return answer_fill(ctx, change, user.account.id, out);
}

/* --- routes ----------------------------------------------------------------------------------- */

static enum result change_reply(struct ctx *ctx, const struct call *call,
                                const struct scim_changed *changed, struct reply *reply)
{
    struct scim_selection selection;
    if (changed->text != NULL) {
        if (changed->status == 405) {
            reply_header(reply, "Allow", "GET, HEAD, PUT, PATCH");
        }
        return scim_reply_error(ctx, reply, changed->status, changed->text);
    }
    if (changed->resource == NULL) {
        return reply_empty(reply, changed->status);
    }
    TRY(scim_selection_read(ctx, &scim_user_kind, call, &selection));
    scim_select(&selection, changed->resource);
    reply_header(reply, "ETag", changed->version);
    if (changed->status == 201) {
        reply_header(reply, "Location", changed->location);
    }
    return scim_reply_resource(reply, changed->status, changed->resource);
}

static enum result change_call(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct scim_changed changed;
    const struct scim_change change = {
        .method = call->route->method,
        .id = call->id_count > 0 ? call->ids[0] : (struct slice){ .length = 0 },
        .body = call->body,
        .if_match =
            call->header == NULL ? (struct slice){ .length = 0 } : call->header(call, "If-Match"),
        .root = scim_root(ctx, call),
    };
    if (change.root == NULL) {
        return no_memory(ctx);
    }
    TRY(scim_change_run(ctx, &change, &changed));
    return change_reply(ctx, call, &changed, reply);
}

enum result scim_users_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return change_call(ctx, call, reply);
}

enum result scim_users_replace(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return change_call(ctx, call, reply);
}

enum result scim_users_patch(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return change_call(ctx, call, reply);
}

enum result scim_users_delete(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    return change_call(ctx, call, reply);
}

enum result scim_users_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct scim_user user;
    struct scim_selection selection;
    struct json *resource = NULL;
    const char *root = scim_root(ctx, call);
    TRY(scim_selection_read(ctx, &scim_user_kind, call, &selection));
    TRY(user_of(ctx, call->ids[0], &user));
    const char *version = arena_strdup(ctx->arena, user.version);
    if (root == NULL || version == NULL) {
        return no_memory(ctx);
    }
    reply_header(reply, "ETag", version);
    struct slice known =
        call->header == NULL ? (struct slice){ .length = 0 } : call->header(call, "If-None-Match");
    if (known.length > 0 && tag_fits(known, version)) {
        return reply_empty(reply, 304);
    }
    TRY(scim_user_render(ctx, &user, root, &resource));
    scim_select(&selection, resource);
    return scim_reply_resource(reply, 200, resource);
}
