/* /docs: the reference of all definitions, with real calls and code samples. Works without any other host. */
#include "api/page.h"

#include <string.h>

#include "api/api.h"
#include "page_text.h"

/* Scripts from here alone, none inline; the reference writes its styles itself. */
#define PAGE_POLICY                                                                                   \
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " \
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "                \
    "frame-ancestors 'none'"

/* Made by the build from what tools/api_page.sh fetched; empty without it. */
extern const char page_reference_begin[], page_reference_end[];

static enum result part_reply(struct reply *reply, struct slice text, const char *type)
{
    buffer_add(&reply->body, text.text, text.length);
    reply->content_type = type;
    reply->status = 200;
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    reply_header(reply, "Cache-Control", "max-age=3600");
    return RESULT_OK;
}

static struct slice text_named(const char *name)
{
    for (size_t i = 0; i < page_text_count; i++) {
        if (strcmp(page_texts[i].name, name) == 0) {
            return (struct slice){ page_texts[i].text, page_texts[i].length };
        }
    }
    return (struct slice){ .length = 0 };
}

enum result page_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    reply_header(reply, "Content-Security-Policy", PAGE_POLICY);
    reply_header(reply, "Referrer-Policy", "no-referrer");
    return part_reply(reply, text_named("index.html"), "text/html; charset=utf-8");
}

static enum result script_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    return part_reply(reply, text_named("page.js"), "text/javascript; charset=utf-8");
}

static enum result reference_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    size_t length = (size_t)(page_reference_end - page_reference_begin);
    return part_reply(reply, (struct slice){ page_reference_begin, length },
                      "text/javascript; charset=utf-8");
}

/* clang-format off */
static const struct answer answers[] = { { 200, ANSWER_FILE, NULL, "text/html text/javascript", NULL, "Part of the page" } };
#define ROUTE_ROW(row_path, row_id, row_run, row_summary) \
    { .method = METHOD_GET, .path = row_path, .id = row_id, .tag = "Page", .work = WORK_SLOW, .run = row_run, \
      .answers = answers, .answer_count = COUNT_OF(answers), .summary = row_summary }
static const struct route routes[] = {
    ROUTE_ROW("docs", "Page_Get", page_get, "The API reference"),
    ROUTE_ROW("docs/page.js", "Page_Script", script_get, "What sets it up"),
    ROUTE_ROW("docs/reference.js", "Page_Reference", reference_get, "What shows it"),
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };

const struct face page_face = {
    .name = "page",
    .prefix = "/",
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .title = "Reeve API reference",
};
