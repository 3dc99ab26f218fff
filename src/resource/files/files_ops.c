#include "base/arena.h"
#include "json/write.h"
#include "model/answers.h"
#include "model/openapi.h"
#include "model/operation.h"
#include "resource/files/files.h"

/* GET File/Download: this version's definition as YAML. */
static enum result file_download(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    openapi_write(call->face, ctx->version, OPENAPI_YAML, &reply->body);
    char *disposition =
        arena_printf(ctx->arena, "attachment; filename=\"reeve-%s.yaml\"", ctx_version_name(ctx));
    if (disposition == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the file's name");
    }
    reply_header(reply, "Content-Disposition", disposition);
    reply->content_type = "application/yaml";
    reply->status = 200;
    return RESULT_OK;
}

/* Connectors read four numbers with dots. */
#define PART_VERSION REEVE_VERSION ".0"

/* GET About: what connectors use as their connection test. */
static enum result about_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    (void)ctx;
    (void)call;
    struct json_writer writer;
    json_writer_init(&writer, &reply->body);
    json_begin_object(&writer);
    json_member_text(&writer, "consoleVersion", PART_VERSION);
    json_member_text(&writer, "reportingDatabaseVersion", PART_VERSION);
    json_member_text(&writer, "policyEditorVersion", PART_VERSION);
    json_end_object(&writer);
    reply->status = 200;
    return RESULT_OK;
}

/* clang-format off */
static const struct field about_fields[] = {
    { .json = "consoleVersion", .type = FIELD_TEXT, .summary = "Server version" },
    { .json = "reportingDatabaseVersion", .type = FIELD_TEXT, .summary = "Reporting store version" },
    { .json = "policyEditorVersion", .type = FIELD_TEXT, .summary = "Policy editor version" },
};
static const struct shape about_shape = {
    .name = "AboutModel", .summary = "Versions of the parts", .fields = about_fields, .count = COUNT_OF(about_fields),
};
static const char *const download_aliases[] = { "File", "File/Yaml", "File/Definition", NULL };
static const struct answer download_answers[] = {
    { 200, ANSWER_FILE, NULL, "application/octet-stream application/yaml text/yaml", "Content-Disposition", "YAML text" },
    ANSWER_400, ANSWER_404, ANSWERS_ALWAYS,
};
static const struct answer about_answers[] = {
    { 200, ANSWER_SHAPE, &about_shape, NULL, NULL, "Versions" }, ANSWER_400, ANSWERS_ALWAYS,
};
const struct route files_routes[] = {
    { .method = METHOD_GET, .path = "File/Download", .aliases = download_aliases, .id = "File_Download", .tag = "File", PERMITS_ROWS("Definition", "Query"),
      .summary = "Get this version's OpenAPI definition as YAML", .area = AREA_MANAGEMENT, .level = LEVEL_READ, .work = WORK_SLOW,
      .run = file_download, .answers = download_answers, .answer_count = COUNT_OF(download_answers) },
    { .method = METHOD_GET, .path = "About", .id = "About_Get", .tag = "About", PERMITS("AboutSettings", "Query"), .summary = "Versions of the parts", .versions = API_V23,
      .area = AREA_MANAGEMENT, .level = LEVEL_READ, .work = WORK_INLINE, .run = about_get,
      .answers = about_answers, .answer_count = COUNT_OF(about_answers) },
};
/* clang-format on */
const size_t files_route_count = COUNT_OF(files_routes);
