#include "sandbox/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "http/server.h"
#include "model/operation.h"
#include "sandbox/parts.h"

enum { WRITE_STEP_US = 1000, QUERY_MAX = 256, URL_BYTES_MAX = 32 * 1024 };

static const char fault_header[] = "Reeve-Sandbox-Fault";

struct sandbox *sandbox_new(const struct sandbox_settings *settings)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox)); /* program lifetime */
    if (sandbox == NULL) {
        return NULL;
    }
    sandbox->settings = *settings;
    (void)pthread_mutex_init(&sandbox->state_lock, NULL);
    (void)pthread_mutex_init(&sandbox->lock, NULL);
    fault_rules_reset(&sandbox->faults, settings->seed);
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (sandbox == NULL) {
        return;
    }
    records_drop(&sandbox->records);
    row_memory_reset(&sandbox->rows);
    store_copy_free(sandbox->start.copy);
    for (size_t i = 0; i < SNAPSHOTS_MAX; i++) {
        store_copy_free(sandbox->snapshots[i].copy);
    }
    (void)pthread_mutex_destroy(&sandbox->lock);
    (void)pthread_mutex_destroy(&sandbox->state_lock);
    free(sandbox);
}

/* --- before a call --------------------------------------------------------------------------------- */

/* Control calls have neither faults nor a record, and don't move the clock. */
static bool is_control(const struct api_visit *visit)
{
    return visit->face == &sandbox_face ||
           slice_starts_any_case(slice_of(http_path(visit->http)), sandbox_face.prefix);
}

static void verdict_of(const struct fault_kind *kind, int64_t value, struct api_verdict *out)
{
    out->note = kind;
    out->note_value = value;
    switch (kind->act) {
    case FAULT_STATUS:
        out->status = kind->status;
        out->code = kind->code;
        out->why = kind->why;
        out->retry_s = (uint32_t)value;
        break;
    case FAULT_DELAY: out->delay_us = value * 1000; break;
    case FAULT_CUT_BEFORE:
        out->status = 503; /* which nobody sees */
        out->why = "the connection is cut";
        break;
    case FAULT_CUT_AFTER:
    case FAULT_TRUNCATE:
    case FAULT_REPEAT_ROWS: break;
    }
}

/* The header of this one call comes before the rules. */
static void fault_choose(struct sandbox *sandbox, const struct api_visit *visit,
                         struct api_verdict *out)
{
    struct slice wish = http_header(visit->http, fault_header);
    const struct fault_kind *kind = NULL;
    int64_t value = 0;
    if (wish.length > 0) {
        struct error error;
        if (fault_parse(wish, &kind, &value, &error) != RESULT_OK) {
            out->status = 400;
            out->code = fault_header;
            out->why = arena_printf(http_arena(visit->http), "%s %s", fault_header, error.text);
            out->why = out->why == NULL ? fault_header : out->why;
            return;
        }
    } else {
        const struct fault_call call = { visit->route->id, http_path(visit->http),
                                         http_method(visit->http) };
        (void)pthread_mutex_lock(&sandbox->lock);
        kind = fault_take(&sandbox->faults, &call, &value);
        (void)pthread_mutex_unlock(&sandbox->lock);
    }
    if (kind != NULL) {
        verdict_of(kind, value, out);
    }
}

/* Each call that writes is a little later than the one before, so that what it makes is later, and its ETag another. */
static void clock_step(struct sandbox *sandbox)
{
    (void)pthread_mutex_lock(&sandbox->lock);
    time_hold(time_now_us() + WRITE_STEP_US);
    (void)pthread_mutex_unlock(&sandbox->lock);
}

static void before_call(void *context, const struct api_visit *visit, struct api_verdict *out)
{
    struct sandbox *sandbox = context;
    if (is_control(visit)) {
        return;
    }
    sandbox->settings.settle(sandbox->settings.context);
    fault_choose(sandbox, visit, out);
    deviations_tell(visit);
    if (visit->route->work == WORK_WRITE && out->status == 0) {
        clock_step(sandbox);
    }
}

/* --- when an answer leaves ------------------------------------------------------------------------- */

/* The path with its query, percent-encoded; without the parameter `left_out`, if any. */
static const char *url_write(const struct api_visit *visit, const char *left_out)
{
    struct buffer url;
    size_t count = 0;
    const struct http_pair *pairs = http_query(visit->http, &count);
    buffer_init(&url, URL_BYTES_MAX);
    buffer_text(&url, http_path(visit->http));
    char mark = '?';
    for (size_t i = 0; i < count; i++) {
        const struct slice parts[] = { pairs[i].name, pairs[i].value };
        if (left_out != NULL && slice_is_any_case(pairs[i].name, left_out)) {
            continue;
        }
        for (size_t part = 0; part < COUNT_OF(parts); part++) {
            buffer_char(&url, part == 0 ? mark : '=');
            for (size_t at = 0; at < parts[part].length; at++) {
                unsigned char byte = (unsigned char)parts[part].text[at];
                bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                             (byte >= 'A' && byte <= 'Z') || strchr("-._~", byte) != NULL;
                if (plain && byte != 0) {
                    buffer_char(&url, (char)byte);
                } else {
                    buffer_print(&url, "%%%02X", byte);
                }
            }
        }
        mark = '&';
    }
    const char *copy = slice_dup(http_arena(visit->http), buffer_slice(&url));
    buffer_done(&url);
    return copy == NULL ? "" : copy;
}

/* Lists sorted by the moment of creation, oldest first, do not repeat rows where the original does. */
static bool is_steady(const struct api_visit *visit)
{
    size_t count = 0;
    const struct http_pair *pairs = http_query(visit->http, &count);
    bool created = false;
    bool ascending = true;
    for (size_t i = 0; i < count; i++) {
        created = created || (slice_is_any_case(pairs[i].name, "Sorts[0].by") &&
                              slice_is_any_case(pairs[i].value, "created"));
        ascending = ascending && !(slice_is_any_case(pairs[i].name, "Sorts[0].order") &&
                                   slice_is_any_case(pairs[i].value, "desc"));
    }
    return created && ascending;
}

static void rows_handle(struct sandbox *sandbox, const struct api_visit *visit,
                        const struct fault_kind *kind)
{
    bool repeats = kind != NULL && kind->act == FAULT_REPEAT_ROWS && !is_steady(visit);
    if (visit->route == NULL || visit->route->work != WORK_LIST ||
        http_answer_status(visit->http) != 200) {
        return;
    }
    const char *key = url_write(visit, "Pagination.PageNumber");
    (void)pthread_mutex_lock(&sandbox->lock);
    rows_pass(&sandbox->rows, key, repeats ? ROWS_REPEAT : ROWS_REMEMBER,
              http_answer_body(visit->http));
    (void)pthread_mutex_unlock(&sandbox->lock);
}

/* True when the connection will break. */
static bool cut_handle(const struct api_visit *visit, const struct fault_kind *kind, int64_t value)
{
    size_t length = http_answer_body(visit->http)->length;
    if (kind == NULL) {
        return false;
    }
    switch (kind->act) {
    case FAULT_CUT_BEFORE:
    case FAULT_CUT_AFTER: http_answer_cut(visit->http, 0); return true;
    case FAULT_TRUNCATE:
        if (value == 0) {
            value = (int64_t)length / 2;
        }
        if (length < 2 || (size_t)value >= length) {
            return false;
        }
        http_answer_cut(visit->http, (size_t)value);
        return true;
    case FAULT_STATUS:
    case FAULT_DELAY:
    case FAULT_REPEAT_ROWS: break;
    }
    return false;
}

/* What stands before the path, as the client addressed it; a call without Host, as HTTP/1.0 allows, gets a name for it. */
static const char *origin_write(struct http_exchange *http)
{
    struct slice host = http_header(http, "Host");
    const char *scheme = http_is_tls(http) ? "https" : "http";
    const char *origin =
        arena_printf(http_arena(http), "%s://%.*s", scheme,
                     host.length == 0 ? (int)strlen("localhost") : (int)host.length,
                     host.length == 0 ? "localhost" : host.text);
    return origin == NULL ? "" : origin;
}

static void record_keep(struct sandbox *sandbox, const struct api_visit *visit,
                        const struct fault_kind *kind, bool cut)
{
    struct http_pair headers[RECORD_HEADERS_MAX];
    struct http_pair answer_headers[RECORD_HEADERS_MAX];
    struct http_exchange *http = visit->http;
    static const char *const versions[] = { [API_V1] = "v1", [API_V2] = "v2", [API_V3] = "v3" };
    struct exchange_facts facts = {
        .at_us = time_now_us(),
        .duration_us = time_monotonic_us() - http_started_us(http),
        .method = http_method(http),
        .origin = origin_write(http),
        .url = url_write(visit, NULL),
        .path = http_path(http),
        .operation = visit->route == NULL ? "" : visit->route->id,
        .version = visit->version < COUNT_OF(versions) && versions[visit->version] != NULL
                       ? versions[visit->version]
                       : "",
        .fault = kind == NULL ? NULL : kind->name,
        .status = http_answer_status(http),
        .cut = cut,
        .headers = headers,
        .header_count = http_headers(http, headers, COUNT_OF(headers)),
        .answer_headers = answer_headers,
        .answer_header_count = http_answer_headers(http, answer_headers, COUNT_OF(answer_headers)),
        .body = http_body(http),
        .answer_body = buffer_slice(http_answer_body(http)),
        .answer_type = http_answer_type(http),
    };
    facts.query = http_query(http, &facts.query_count);
    (void)pthread_mutex_lock(&sandbox->lock);
    records_add(&sandbox->records, &facts);
    (void)pthread_mutex_unlock(&sandbox->lock);
}

static void answering(void *context, const struct api_visit *visit,
                      const struct api_verdict *verdict)
{
    struct sandbox *sandbox = context;
    const struct fault_kind *kind = verdict->note;
    if (is_control(visit)) {
        return;
    }
    rows_handle(sandbox, visit, kind);
    bool cut = cut_handle(visit, kind, verdict->note_value);
    record_keep(sandbox, visit, kind, cut);
}

struct api_watch sandbox_watch(struct sandbox *sandbox)
{
    return (struct api_watch){ .context = sandbox, .before = before_call, .answering = answering };
}
