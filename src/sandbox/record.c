#include "sandbox/record.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "http/server.h"
#include "json/write.h"
#include "sandbox/fault.h"

/* Names and values, one after the other. */
struct record_pairs {
    struct record_pair {
        struct slice name, value;
    } * pairs;
    size_t count;
};

struct record {
    int64_t sequence, at_us, duration_us;
    struct slice method, origin, url, path, operation, version, fault, answer_type;
    struct slice body, answer_body;
    size_t body_bytes, answer_bytes; /* as sent */
    int status;
    bool cut, deviates;
    struct record_pairs headers, answer_headers, query;
    size_t bytes; /* of all this, in one piece */
};

/* --- keeping --------------------------------------------------------------------------------------- */

/* Hands out the piece behind the record: first the pairs, which are aligned, then texts. */
struct layout {
    char *at;
};

static struct slice keep(struct layout *layout, struct slice text)
{
    char *at = layout->at;
    if (text.length > 0) {
        memcpy(at, text.text, text.length);
    }
    layout->at += text.length;
    return (struct slice){ at, text.length };
}

static struct slice bounded(struct slice body)
{
    size_t length = body.length < RECORD_BODY_BYTES_MAX ? body.length : RECORD_BODY_BYTES_MAX;
    return (struct slice){ body.text, length };
}

static size_t pairs_bytes(const struct http_pair *pairs, size_t count)
{
    size_t bytes = count * sizeof(struct record_pair);
    for (size_t i = 0; i < count; i++) {
        bytes += pairs[i].name.length + pairs[i].value.length;
    }
    return bytes;
}

static size_t facts_bytes(const struct exchange_facts *facts)
{
    size_t bytes =
        sizeof(struct record) + bounded(facts->body).length + bounded(facts->answer_body).length;
    const char *const texts[] = {
        facts->method,    facts->origin,  facts->url,         facts->path,
        facts->operation, facts->version, facts->answer_type, facts->fault
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        bytes += slice_of(texts[i]).length;
    }
    return bytes + pairs_bytes(facts->headers, facts->header_count) +
           pairs_bytes(facts->answer_headers, facts->answer_header_count) +
           pairs_bytes(facts->query, facts->query_count);
}

static void pairs_place(struct layout *layout, struct record_pairs *out, size_t count)
{
    out->pairs = (struct record_pair *)(void *)layout->at;
    out->count = count;
    layout->at += count * sizeof(struct record_pair);
}

static void pairs_fill(struct layout *layout, struct record_pairs *out,
                       const struct http_pair *pairs)
{
    for (size_t i = 0; i < out->count; i++) {
        out->pairs[i] =
            (struct record_pair){ keep(layout, pairs[i].name), keep(layout, pairs[i].value) };
    }
}

static bool has_warning(const struct exchange_facts *facts)
{
    for (size_t i = 0; i < facts->answer_header_count; i++) {
        if (slice_is_any_case(facts->answer_headers[i].name, "Reeve-Warning")) {
            return true;
        }
    }
    return false;
}

static struct record *record_make(const struct exchange_facts *facts)
{
    size_t bytes = facts_bytes(facts);
    struct record *record = malloc(bytes); /* lives as long as the ring keeps it */
    if (record == NULL) {
        return NULL;
    }
    *record = (struct record){
        .at_us = facts->at_us,
        .duration_us = facts->duration_us,
        .body_bytes = facts->body.length,
        .answer_bytes = facts->answer_body.length,
        .status = facts->status,
        .cut = facts->cut,
        .deviates = has_warning(facts),
        .bytes = bytes,
    };
    struct layout layout = { (char *)(record + 1) };
    pairs_place(&layout, &record->headers, facts->header_count);
    pairs_place(&layout, &record->answer_headers, facts->answer_header_count);
    pairs_place(&layout, &record->query, facts->query_count);
    pairs_fill(&layout, &record->headers, facts->headers);
    pairs_fill(&layout, &record->answer_headers, facts->answer_headers);
    pairs_fill(&layout, &record->query, facts->query);
    record->method = keep(&layout, slice_of(facts->method));
    record->origin = keep(&layout, slice_of(facts->origin));
    record->url = keep(&layout, slice_of(facts->url));
    record->path = keep(&layout, slice_of(facts->path));
    record->operation = keep(&layout, slice_of(facts->operation));
    record->version = keep(&layout, slice_of(facts->version));
    record->fault = keep(&layout, slice_of(facts->fault));
    record->answer_type = keep(&layout, slice_of(facts->answer_type));
    record->body = keep(&layout, bounded(facts->body));
    record->answer_body = keep(&layout, bounded(facts->answer_body));
    return record;
}

static void drop_first(struct records *records)
{
    struct record **place = &records->ring[records->first];
    records->bytes -= (*place)->bytes;
    free(*place);
    *place = NULL;
    records->first = (records->first + 1) % RECORDS_MAX;
    records->count--;
}

void records_drop(struct records *records)
{
    while (records->count > 0) {
        drop_first(records);
    }
}

void records_reset(struct records *records)
{
    records_drop(records);
    records->last = 0;
}

void records_add(struct records *records, const struct exchange_facts *facts)
{
    struct record *record = record_make(facts);
    records->last++;
    if (record == NULL) {
        return;
    }
    record->sequence = records->last;
    while (records->count > 0 &&
           (records->count == RECORDS_MAX || records->bytes + record->bytes > RECORD_BYTES_MAX)) {
        drop_first(records);
    }
    records->ring[(records->first + records->count) % RECORDS_MAX] = record;
    records->count++;
    records->bytes += record->bytes;
}

/* --- choosing ---------------------------------------------------------------------------------------- */

static bool text_fits(const char *wanted, struct slice text)
{
    return wanted == NULL || slice_is_any_case(text, wanted);
}

static bool path_fits(const char *pattern, struct slice path, struct arena *arena)
{
    const char *copy = pattern == NULL ? "" : slice_dup(arena, path);
    return pattern == NULL || (copy != NULL && pattern_fits(pattern, copy));
}

static bool record_fits(const struct record *record, const struct record_filter *filter,
                        struct arena *arena)
{
    return record->sequence > filter->since && text_fits(filter->operation, record->operation) &&
           text_fits(filter->method, record->method) &&
           (filter->status == 0 || filter->status == record->status) &&
           (!filter->deviating || record->deviates) && path_fits(filter->path, record->path, arena);
}

/* --- writing ------------------------------------------------------------------------------------------- */

struct writing {
    struct json_writer *out;
    struct arena *arena;
    bool shows_secrets;
    bool har;
};

static void put_pairs(const struct writing *writing, const char *name,
                      const struct record_pairs *pairs)
{
    struct json_writer *out = writing->out;
    json_key(out, name);
    json_begin_array(out);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct record_pair *pair = &pairs->pairs[i];
        json_begin_object(out);
        json_member_slice(out, "name", pair->name);
        if (writing->shows_secrets) {
            json_member_slice(out, "value", pair->value);
        } else {
            json_member_text(out, "value",
                             secrets_mask_pair(writing->arena, pair->name, pair->value));
        }
        json_end_object(out);
    }
    json_end_array(out);
}

/* As it is shown: without its secrets, unless they are asked for. */
static struct slice shown(const struct writing *writing, struct slice text)
{
    struct slice masked = { .length = 0 };
    if (writing->shows_secrets) {
        return text;
    }
    return secrets_mask(writing->arena, text, &masked) ? masked : (struct slice){ .length = 0 };
}

/* Text as it is, other bytes as base64. */
static void put_body(const struct writing *writing, const char *encoding, struct slice body)
{
    struct json_writer *out = writing->out;
    struct slice bytes = shown(writing, body);
    if (slice_is_utf8(bytes)) {
        json_member_slice(out, "text", bytes);
    } else {
        json_member_text(out, "text", base64_encode(writing->arena, bytes.text, bytes.length));
        json_member_text(out, encoding, "base64");
    }
}

static struct slice header_of(const struct record_pairs *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (slice_is_any_case(headers->pairs[i].name, name)) {
            return headers->pairs[i].value;
        }
    }
    return (struct slice){ .length = 0 };
}

/* HAR wants it whole. */
static void put_url(const struct writing *writing, const struct record *record)
{
    struct slice url = shown(writing, record->url);
    struct buffer whole;
    buffer_init(&whole, record->origin.length + url.length);
    if (writing->har) {
        buffer_add(&whole, record->origin.text, record->origin.length);
    }
    buffer_add(&whole, url.text, url.length);
    json_member_slice(writing->out, "url", buffer_slice(&whole));
    buffer_done(&whole);
}

static void put_request(const struct writing *writing, const struct record *record)
{
    struct json_writer *out = writing->out;
    json_key(out, "request");
    json_begin_object(out);
    json_member_slice(out, "method", record->method);
    put_url(writing, record);
    json_member_text(out, "httpVersion", "HTTP/1.1");
    put_pairs(writing, "headers", &record->headers);
    put_pairs(writing, "queryString", &record->query);
    json_key(out, "cookies");
    json_begin_array(out);
    json_end_array(out);
    json_member_int(out, "headersSize", -1);
    json_member_int(out, "bodySize", (int64_t)record->body_bytes);
    if (record->body_bytes > 0) {
        json_key(out, "postData");
        json_begin_object(out);
        json_member_slice(out, "mimeType", header_of(&record->headers, "Content-Type"));
        put_body(writing, "_encoding", record->body);
        json_end_object(out);
    }
    json_end_object(out);
}

static const char *reason_of(int status)
{
    return status < 400 ? "OK" : "Error";
}

static void put_response(const struct writing *writing, const struct record *record)
{
    struct json_writer *out = writing->out;
    json_key(out, "response");
    json_begin_object(out);
    json_member_int(out, "status", record->status);
    json_member_text(out, "statusText", reason_of(record->status));
    json_member_text(out, "httpVersion", "HTTP/1.1");
    put_pairs(writing, "headers", &record->answer_headers);
    json_key(out, "cookies");
    json_begin_array(out);
    json_end_array(out);
    json_key(out, "content");
    json_begin_object(out);
    json_member_int(out, "size", (int64_t)record->answer_bytes);
    json_member_slice(out, "mimeType", record->answer_type);
    put_body(writing, "encoding", record->answer_body);
    json_end_object(out);
    json_member_slice(out, "redirectURL", header_of(&record->answer_headers, "Location"));
    json_member_int(out, "headersSize", -1);
    json_member_int(out, "bodySize", (int64_t)record->answer_bytes);
    json_end_object(out);
}

static void put_warnings(const struct writing *writing, const struct record *record)
{
    json_key(writing->out, writing->har ? "_warnings" : "warnings");
    json_begin_array(writing->out);
    for (size_t i = 0; i < record->answer_headers.count; i++) {
        if (slice_is_any_case(record->answer_headers.pairs[i].name, "Reeve-Warning")) {
            json_put_slice(writing->out, record->answer_headers.pairs[i].value);
        }
    }
    json_end_array(writing->out);
}

static void put_text_or_null(struct json_writer *out, const char *name, struct slice text)
{
    if (text.length == 0) {
        json_member_null(out, name);
    } else {
        json_member_slice(out, name, text);
    }
}

static void put_moment(struct json_writer *out, const char *name, int64_t at_us)
{
    char moment[TIME_TEXT_BYTES];
    (void)time_format(at_us, TIME_ZULU, moment);
    json_member_text(out, name, moment);
}

/* What is ours beside the standard's members; HAR wants such names to begin with _. */
static void put_own(const struct writing *writing, const struct record *record)
{
    struct json_writer *out = writing->out;
    bool har = writing->har;
    json_member_int(out, har ? "_sequence" : "sequence", record->sequence);
    put_text_or_null(out, har ? "_operation" : "operation", record->operation);
    put_text_or_null(out, har ? "_version" : "version", record->version);
    put_text_or_null(out, har ? "_fault" : "fault", record->fault);
    json_member_bool(out, har ? "_cut" : "cut", record->cut);
    put_warnings(writing, record);
}

static void put_record(const struct writing *writing, const struct record *record)
{
    struct json_writer *out = writing->out;
    json_begin_object(out);
    if (writing->har) {
        double ms = (double)record->duration_us / 1000.0;
        put_moment(out, "startedDateTime", record->at_us);
        json_key(out, "time");
        json_put_double(out, ms);
        json_key(out, "timings");
        json_begin_object(out);
        json_member_int(out, "send", 0);
        json_key(out, "wait");
        json_put_double(out, ms);
        json_member_int(out, "receive", 0);
        json_end_object(out);
        json_key(out, "cache");
        json_begin_object(out);
        json_end_object(out);
    } else {
        put_moment(out, "time", record->at_us);
    }
    put_own(writing, record);
    if (!writing->har) {
        json_member_slice(out, "path", record->path);
    }
    put_request(writing, record);
    put_response(writing, record);
    json_end_object(out);
}

/* Gives the sequence of the last one that was written, and how many fit. */
static int64_t put_all(const struct writing *writing, const struct records *records,
                       const struct record_filter *filter, int64_t *out_total)
{
    int64_t last = filter->since;
    int64_t written = 0;
    *out_total = 0;
    for (size_t i = 0; i < records->count; i++) {
        const struct record *record = records->ring[(records->first + i) % RECORDS_MAX];
        if (!record_fits(record, filter, writing->arena)) {
            continue;
        }
        ++*out_total;
        if (written < filter->limit) {
            put_record(writing, record);
            written++;
            last = record->sequence;
        }
    }
    return written < filter->limit && records->last > last ? records->last : last;
}

void records_write(const struct records *records, const struct record_filter *filter,
                   struct arena *arena, struct json_writer *out)
{
    const struct writing writing = { out, arena, filter->shows_secrets, false };
    int64_t total = 0;
    json_begin_object(out);
    json_key(out, "records");
    json_begin_array(out);
    int64_t last = put_all(&writing, records, filter, &total);
    json_end_array(out);
    json_member_int(out, "last", last);
    json_member_int(out, "total", total);
    json_end_object(out);
}

void records_write_har(const struct records *records, const struct record_filter *filter,
                       struct arena *arena, struct json_writer *out)
{
    const struct writing writing = { out, arena, filter->shows_secrets, true };
    int64_t total = 0;
    json_begin_object(out);
    json_key(out, "log");
    json_begin_object(out);
    json_member_text(out, "version", "1.2");
    json_key(out, "creator");
    json_begin_object(out);
    json_member_text(out, "name", "reeve sandbox");
    json_member_text(out, "version", REEVE_VERSION);
    json_end_object(out);
    json_key(out, "entries");
    json_begin_array(out);
    (void)put_all(&writing, records, filter, &total);
    json_end_array(out);
    json_end_object(out);
    json_end_object(out);
}
