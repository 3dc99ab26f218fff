/* The served definition: swagger.json of each version where the original has it, the agent's beside it, and
   the page that shows them. */
#include <string.h>

#include "api/api.h"
#include "api/exchange.h"
#include "api/page.h"
#include "model/openapi.h"

static const struct face *face_named(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->face_count; i++) {
        if (strcmp(api->faces[i]->name, name) == 0) {
            return api->faces[i];
        }
    }
    return NULL;
}

static bool table_has(const struct route_table *table, struct slice id)
{
    for (size_t i = 0; i < *table->count; i++) {
        if (slice_is_any_case(id, table->routes[i].id)) {
            return true;
        }
    }
    return false;
}

bool api_has_operation(const struct api *api, struct slice id)
{
    for (size_t i = 0; i < api->face_count; i++) {
        for (size_t table = 0; table < api->faces[i]->table_count; table++) {
            if (table_has(&api->faces[i]->tables[table], id)) {
                return true;
            }
        }
    }
    return false;
}

static enum result document_write(struct ctx *ctx, struct reply *reply, const char *name,
                                  unsigned version)
{
    const struct face *face = face_named(ctx->api, name);
    if (face == NULL) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "this server has no such side");
    }
    openapi_write(face, version, OPENAPI_JSON, &reply->body);
    reply->status = 200;
    return RESULT_OK;
}

static enum result v1_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "management", API_V1);
}

static enum result v2_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "management", API_V2);
}

static enum result v3_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "management", API_V3);
}

static enum result agent_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "agent", 0);
}

static enum result oauth_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "oauth", 0);
}

static enum result scim_v1_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "scim", API_V1);
}

static enum result scim_v2_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "scim", API_V2);
}

static enum result scim_v3_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    return document_write(ctx, reply, "scim", API_V3);
}

/* clang-format off */
static const struct answer answers[] = { { 200, ANSWER_FILE, NULL, "application/json", NULL, "The document" } };
#define ROUTE_ROW(row_path, row_id, row_run, row_summary) \
    { .method = METHOD_GET, .path = row_path, .id = row_id, .tag = "Documents", .work = WORK_SLOW, .run = row_run, \
      .answers = answers, .answer_count = COUNT_OF(answers), .summary = row_summary }
static const struct route routes[] = {
    ROUTE_ROW("index.html", "Documents_Index", page_get, "The API reference, where the original has it"),
    ROUTE_ROW("v1/swagger.json", "Documents_V1", v1_get, "Management API v1"),
    ROUTE_ROW("v2/swagger.json", "Documents_V2", v2_get, "Management API v2"),
    ROUTE_ROW("v3/swagger.json", "Documents_V3", v3_get, "Management API v3"),
    ROUTE_ROW("agent/swagger.json", "Documents_Agent", agent_get, "Agent protocol"),
    ROUTE_ROW("oauth/swagger.json", "Documents_Oauth", oauth_get, "Token endpoint"),
    ROUTE_ROW("scim-v1/swagger.json", "Documents_ScimV1", scim_v1_get, "SCIM v1"),
    ROUTE_ROW("scim-v2/swagger.json", "Documents_ScimV2", scim_v2_get, "SCIM v2"),
    ROUTE_ROW("scim-v3/swagger.json", "Documents_ScimV3", scim_v3_get, "SCIM v3"),
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };

const struct face document_face = {
    .name = "documents",
    .prefix = "/management-api/swagger/",
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .title = "Reeve definitions",
};
