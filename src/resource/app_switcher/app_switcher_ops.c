#include "audit/audit.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/app_switcher/app_switcher.h"
#include "store/store.h"

static enum result audit_list(struct ctx *ctx, const char *id, int64_t before, int64_t count)
{
    const struct audit_entry entry = {
        .entity = "Settings",
        .entity_id = id,
        .type = "ModifySettings",
        .details =
            audit_sentence(ctx, "Replace the %s of organization %s in the app switcher by %lld",
                           audit_count(ctx, (size_t)before, "app"), id, (long long)count),
    };
    return audit_write(ctx, &entry);
}

/* POST connector: the list takes the place of the one before; null and [] clear it. */
enum result app_switcher_connector(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    const char *id = call_uuid(ctx, call, "organizationId");
    const struct json *list = call_member(call, "connectorList");
    int64_t count = json_is(list, JSON_ARRAY) ? (int64_t)list->count : 0;
    struct buffer text;
    struct json_writer writer;
    int64_t before = 0;
    if (id == NULL) {
        return fail(ctx->error, RESULT_INVALID, "organizationId", "is required");
    }
    TRY(store_int(ctx->session, &before, ctx->error,
                  "SELECT COALESCE(SUM(connector_count), 0) FROM app_connector"
                  " WHERE organization_id = $1",
                  "t", id));
    buffer_init(&text, 2 * (size_t)APP_CONNECTOR_BODY_BYTES_MAX);
    json_writer_init(&writer, &text);
    if (count > 0) {
        json_put_value(&writer, list);
    }
    enum result result =
        text.overflow ? fail(ctx->error, RESULT_TOO_LARGE, "connectorList", "is too long")
        : count == 0
            ? store_run(ctx->session, ctx->error,
                        "DELETE FROM app_connector WHERE organization_id = $1", "t", id)
            : store_run(ctx->session, ctx->error,
                        "INSERT INTO app_connector (organization_id, connectors, connector_count,"
                        " modified) VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id) DO UPDATE"
                        " SET connectors = excluded.connectors,"
                        " connector_count = excluded.connector_count, modified = excluded.modified",
                        "tsii", id, buffer_slice(&text), count, ctx->now_us);
    buffer_done(&text);
    TRY(result);
    TRY(audit_list(ctx, id, before, count));
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "organizationId", id);
    json_member_int(&writer, "count", count);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}
