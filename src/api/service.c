/* What operators and their monitoring ask: /healthz, /readyz, /metrics. No token: they show no data. */
#include <stdatomic.h>

#include "api/api.h"
#include "api/exchange.h"
#include "api/metrics.h"
#include "store/store.h"

static enum result text_reply(struct reply *reply, const char *text)
{
    buffer_text(&reply->body, text);
    reply->content_type = "text/plain; charset=utf-8";
    reply->status = 200;
    return RESULT_OK;
}

/* The process answers. */
static enum result health_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    return text_reply(reply, "ok\n");
}

/* The store answers, too, so requests may be sent here. */
static enum result ready_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    TRY(session_ping(ctx->session, ctx->error));
    return text_reply(reply, "ready\n");
}

static enum result metrics_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)call;
    metrics_write(ctx->api, &reply->body);
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply->status = 200;
    return RESULT_OK;
}

/* clang-format off */
static const struct answer text_answers[] = {
    { 200, ANSWER_FILE, NULL, "text/plain", NULL, "It does" },
    { 503, ANSWER_PROBLEM, NULL, NULL, "Retry-After", "Not just now" },
};
#define ROUTE_ROW(row_path, row_id, row_run, row_summary) \
    { .method = METHOD_GET, .path = row_path, .id = row_id, .tag = "Service", .work = WORK_INLINE, .run = row_run, \
      .answers = text_answers, .answer_count = COUNT_OF(text_answers), .summary = row_summary }
static const struct route routes[] = {
    ROUTE_ROW("healthz", "Health_Get", health_get, "Does the process answer?"),
    ROUTE_ROW("readyz", "Ready_Get", ready_get, "Does the store answer, too?"),
    ROUTE_ROW("metrics", "Metrics_Get", metrics_get, "Counters as Prometheus text"),
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };

const struct face service_face = {
    .name = "service",
    .prefix = "/",
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .title = "Reeve service",
};
