#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/permission.h"
#include "access/rate.h"
#include "api/exchange.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "http/multipart.h"
#include "json/read.h"
#include "model/body.h"

/* --- content types ---------------------------------------------------------------------------- */

static struct slice media_type(struct slice header)
{
    struct slice rest = header;
    return slice_trim(slice_cut(&rest, ';'));
}

static bool is_json_type(struct slice type)
{
    if (slice_is_any_case(type, "application/json") || slice_is_any_case(type, "text/json")) {
        return true;
    }
    const struct slice suffix = SLICE("+json");
    bool long_enough = type.length > suffix.length;
    return long_enough && slice_starts_any_case(type, "application/") &&
           slice_is_any_case(
               (struct slice){ type.text + type.length - suffix.length, suffix.length }, "+json");
}

static bool type_fits(enum body_kind kind, struct slice type)
{
    switch (kind) {
    case BODY_JSON: return type.length == 0 || is_json_type(type);
    case BODY_FORM: return slice_is_any_case(type, "multipart/form-data");
    case BODY_URLENCODED: return slice_is_any_case(type, "application/x-www-form-urlencoded");
    case BODY_NONE:
    case BODY_RAW: return true;
    }
    return false;
}

enum result exchange_check_type(struct http_exchange *http, const struct route *route,
                                struct error *error)
{
    static const char *const wanted[] = {
        [BODY_NONE] = "",
        [BODY_JSON] = "application/json, text/json or application/*+json",
        [BODY_FORM] = "multipart/form-data",
        [BODY_URLENCODED] = "application/x-www-form-urlencoded",
        [BODY_RAW] = "",
    };
    /* A POST without a body may carry any type: connectors send form types then. */
    bool empty = http_header(http, "Transfer-Encoding").length == 0 &&
                 (http_header(http, "Content-Length").length == 0 ||
                  slice_is(http_header(http, "Content-Length"), "0"));
    if (empty || type_fits(route->body_kind, media_type(http_header(http, "Content-Type")))) {
        return RESULT_OK;
    }
    return fail(error, RESULT_UNSUPPORTED, NULL, "this operation takes %s",
                wanted[route->body_kind]);
}

/* --- who, and may they ------------------------------------------------------------------------ */

static void header_number(struct http_exchange *http, const char *name, uint32_t value)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%u", value);
    http_answer_header(http, name, text);
}

static bool is_counted(const struct principal *principal)
{
    return principal->kind == PRINCIPAL_API_ACCOUNT || principal->kind == PRINCIPAL_USER;
}

static enum result check_rate(struct exchange *exchange)
{
    struct api *api = exchange->api;
    if (rate_limit(api->rate) == 0 || !is_counted(&exchange->principal)) {
        return RESULT_OK;
    }
    uint32_t left = 0;
    uint32_t reset_s = 0;
    bool allowed =
        rate_take(api->rate, exchange->principal.id, time_monotonic_us(), &left, &reset_s);
    header_number(exchange->http, "X-RateLimit-Limit", rate_limit(api->rate));
    header_number(exchange->http, "X-RateLimit-Remaining", left);
    header_number(exchange->http, "X-RateLimit-Reset", reset_s);
    if (allowed) {
        return RESULT_OK;
    }
    header_number(exchange->http, "Retry-After", reset_s);
    return fail(&exchange->error, RESULT_LIMITED, NULL,
                "more than %u requests in %d seconds; try again in %u seconds",
                rate_limit(api->rate), RATE_WINDOW_S, reset_s);
}

static enum result check_caller(struct exchange *exchange)
{
    const struct face *face = exchange->match.face;
    const struct route *route = exchange->match.route;
    if (face->authenticate == NULL || route->area == AREA_NONE) {
        return RESULT_OK;
    }
    TRY(face->authenticate(&exchange->ctx, http_header(exchange->http, "Authorization"),
                           &exchange->principal));
    TRY(check_rate(exchange));
    token_use_note(exchange->api, &exchange->principal, exchange->ctx.now_us);
    return access_permit(&exchange->ctx, &exchange->principal, route, &exchange->ctx.reach);
}

enum result exchange_check_again(struct exchange *exchange)
{
    TRY(exchange->match.face->authenticate(&exchange->ctx, exchange->authorization,
                                           &exchange->principal));
    return access_permit(&exchange->ctx, &exchange->principal, exchange->match.route,
                         &exchange->ctx.reach);
}

/* A right that holds for some objects only: the one in the path must be among them. */
static enum result check_object(struct exchange *exchange)
{
    const struct route *route = exchange->match.route;
    if (exchange->ctx.reach == NULL || route->permission.by != PERMIT_PATH ||
        exchange->faults.count > 0) {
        return RESULT_OK;
    }
    return access_permit_path(&exchange->ctx, &exchange->principal, route, exchange->call.ids[0]);
}

/* --- input ------------------------------------------------------------------------------------ */

static enum result out_of_memory(struct exchange *exchange)
{
    return fail(&exchange->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* Canonical text of an id in the path; NULL when it is none, with the reason in `out_why`. */
static char *id_text(struct arena *arena, enum field_type type, struct slice sent,
                     const char **out_why)
{
    struct uuid id;
    int64_t number = 0;
    if (type == FIELD_INT64) {
        *out_why = "must be a whole number";
        return slice_int64(sent, &number) ? arena_printf(arena, "%" PRId64, number) : NULL;
    }
    if (type == FIELD_TEXT) {
        *out_why = "must be UTF-8 text of at most 256 bytes";
        return sent.length <= ID_TEXT_BYTES_MAX && slice_is_utf8(sent) ? slice_dup(arena, sent)
                                                                       : NULL;
    }
    *out_why = "must be a UUID";
    return uuid_parse(sent, &id) ? arena_strdup(arena, id.text) : NULL;
}

/* What the path calls its part number `index`: "logId" of "Computers/{id}/Logs/{logId}". */
static const char *id_name(struct arena *arena, const char *path, size_t index)
{
    const char *open = strchr(path, '{');
    for (size_t i = 0; open != NULL && i < index; i++) {
        open = strchr(open + 1, '{');
    }
    const char *close = open == NULL ? NULL : strchr(open, '}');
    char *name = close == NULL ? NULL : arena_strndup(arena, open + 1, (size_t)(close - open - 1));
    return name == NULL ? "id" : name;
}

static enum result check_ids(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->match.id_count; i++) {
        const char *why = NULL;
        char *id = id_text(exchange->ctx.arena, exchange->call.route->id_type,
                           exchange->match.ids[i], &why);
        if (id == NULL) {
            const char *path = exchange->call.route->path;
            faults_add(&exchange->faults, id_name(exchange->ctx.arena, path, i), "%s", why);
            continue;
        }
        exchange->call.ids[i] = slice_of(id);
    }
    exchange->call.id_count = exchange->match.id_count;
    return RESULT_OK;
}

static enum result check_query(struct exchange *exchange)
{
    size_t count = 0;
    const struct http_pair *pairs = http_query(exchange->http, &count);
    if (count == 0) {
        return RESULT_OK;
    }
    struct query_pair *query = arena_alloc(exchange->ctx.arena, count * sizeof(*query));
    if (query == NULL) {
        return out_of_memory(exchange);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool name_good = slice_is_utf8(pairs[i].name);
        if (name_good && slice_is_utf8(pairs[i].value)) {
            query[kept++] = (struct query_pair){ .name = pairs[i].name, .value = pairs[i].value };
            continue;
        }
        const char *name = name_good ? slice_dup(exchange->ctx.arena, pairs[i].name) : NULL;
        faults_add(&exchange->faults, name == NULL ? "query" : name,
                   "must be UTF-8 text without NUL, in name and value");
    }
    exchange->call.query = query;
    exchange->call.query_count = kept;
    return RESULT_OK;
}

static bool parameter_known(const struct route *route, struct slice name)
{
    for (size_t i = 0; i < route->parameter_count; i++) {
        if (parameter_has_name(&route->parameters[i], name)) {
            return true;
        }
    }
    return false;
}

/* Unknown names are ignored like the original does, but named; refused in strict mode. */
static void note_unknown(struct exchange *exchange, struct slice name)
{
    const struct face *face = exchange->call.face;
    if (face->strict || (exchange->api->strict && !face->lenient)) {
        char *copy = slice_dup(exchange->ctx.arena, name);
        faults_add(&exchange->faults, copy == NULL ? "query" : copy,
                   "is not a parameter of this operation");
        return;
    }
    char text[160];
    size_t kept = 0;
    for (size_t i = 0; i < name.length && kept < 64; i++) {
        unsigned char byte = (unsigned char)name.text[i];
        text[kept++] = byte > ' ' && byte < 127 && byte != '"' ? (char)byte : '?';
    }
    text[kept] = '\0';
    char line[192];
    (void)snprintf(line, sizeof(line), "unknown parameter ignored: %s", text);
    http_answer_header(exchange->http, "Reeve-Warning", line);
}

enum { UNKNOWN_NAMED_MAX = 8 };

static void check_list(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    const char *const *unknown = NULL;
    list_parse(exchange->ctx.arena, call->route->resource, exchange->match.version, call->query,
               call->query_count, &exchange->list, &exchange->faults, &unknown);
    call->list = &exchange->list;
    for (size_t i = 0; i < UNKNOWN_NAMED_MAX && unknown != NULL && unknown[i] != NULL; i++) {
        if (!parameter_known(call->route, slice_of(unknown[i]))) {
            note_unknown(exchange, slice_of(unknown[i]));
        }
    }
}

static void check_parameters(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    size_t named = 0;
    for (size_t i = 0; i < call->query_count && named < UNKNOWN_NAMED_MAX; i++) {
        if (!parameter_known(call->route, call->query[i].name)) {
            note_unknown(exchange, call->query[i].name);
            named++;
        }
    }
}

/* A body that can't be read is one fault among those of the parameters. */
static enum result fault_body(struct exchange *exchange)
{
    const char *field = exchange->error.field == NULL ? "body" : exchange->error.field;
    faults_add(&exchange->faults, field, "%s", exchange->error.text);
    return RESULT_OK;
}

static enum result check_json(struct exchange *exchange, struct slice body)
{
    struct call *call = &exchange->call;
    struct slice text = slice_trim(body);
    if (text.length > 0) {
        enum result result = json_parse(exchange->ctx.arena, text, &json_limits_usual, &call->body,
                                        &exchange->error);
        /* 413 is about bytes; a body that nests too deep, or has too many values, is a bad one. */
        if (result == RESULT_INVALID || result == RESULT_TOO_LARGE) {
            return fault_body(exchange);
        }
        TRY(result);
        if (call->body->type != JSON_OBJECT) {
            faults_add(&exchange->faults, "body", "must be a JSON object");
            return RESULT_OK;
        }
    }
    if (call->route->body != NULL) {
        body_check(call->route->body, exchange->match.version, call->body, &exchange->faults);
    }
    return RESULT_OK;
}

static enum result check_form(struct exchange *exchange, struct slice body)
{
    struct arena *arena = exchange->ctx.arena;
    struct form form;
    enum result result = form_parse(arena, http_header(exchange->http, "Content-Type"), body, &form,
                                    &exchange->error);
    if (result == RESULT_INVALID) {
        return fault_body(exchange);
    }
    TRY(result);
    struct form_fields *fields = arena_alloc(arena, sizeof(*fields));
    struct form_field *items = arena_alloc(arena, (form.count + 1) * sizeof(*items));
    if (fields == NULL || items == NULL) {
        return out_of_memory(exchange);
    }
    for (size_t i = 0; i < form.count; i++) {
        const struct form_part *part = &form.parts[i];
        items[i] = (struct form_field){ .name = part->name,
                                        .file_name = part->file_name,
                                        .content_type = part->content_type,
                                        .value = part->value,
                                        .is_file = part->is_file };
    }
    *fields = (struct form_fields){ .fields = items, .count = form.count };
    exchange->call.form = fields;
    if (exchange->call.route->body != NULL) {
        body_check_form(exchange->call.route->body, exchange->match.version, fields,
                        &exchange->faults);
    }
    return RESULT_OK;
}

static enum result check_body(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    struct slice body = http_body(exchange->http);
    switch (call->route->body_kind) {
    case BODY_NONE: return RESULT_OK;
    case BODY_JSON: return check_json(exchange, body);
    case BODY_FORM:
    case BODY_URLENCODED: return check_form(exchange, body);
    case BODY_RAW:
        call->raw = body;
        call->raw_file = http_body_file(exchange->http);
        call->raw_bytes = http_body_bytes(exchange->http);
        return RESULT_OK;
    }
    return RESULT_OK;
}

enum result exchange_check(struct exchange *exchange, struct session *session)
{
    exchange->ctx.session = session;
    TRY(check_caller(exchange));
    TRY(check_ids(exchange));
    TRY(check_object(exchange));
    TRY(check_query(exchange));
    if (exchange->call.route->work == WORK_LIST) {
        check_list(exchange);
    } else {
        check_parameters(exchange);
    }
    TRY(check_body(exchange));
    if (exchange->faults.count > 0) {
        return fail(&exchange->error, RESULT_INVALID, NULL, "%s: %s",
                    exchange->faults.items[0].field, exchange->faults.items[0].text);
    }
    exchange->checked = true;
    return RESULT_OK;
}
