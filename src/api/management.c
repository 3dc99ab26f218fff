/* The management API as a face: its prefix, its versions, the tables of all resources. */
#include "access/token.h"
#include "api/api.h"
#include "resource/all.h"

static enum result authenticate(struct ctx *ctx, struct slice authorization, struct principal *out)
{
    return token_authenticate(ctx->session, ctx->keys->secret_key, authorization, ctx->now_us, out,
                              ctx->error);
}

const struct face management_face = {
    .name = "management",
    .prefix = "/management-api/{version}/",
    .versions = API_ALL,
    .tables = resource_tables,
    .table_count = RESOURCE_TABLES,
    .tags = resource_tags,
    .tag_count = RESOURCE_TAGS,
    .title = "Reeve management API",
    .token_url = "/oauth/connect/token",
    .authenticate = authenticate,
};
