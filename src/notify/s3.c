/* An object's name is made of the feed, the day, the positions of its first and last item, and a digest of the ids of all.
   The same items so write over themselves, and other ones never do: a target that is set back, with another filter, or
   dead letters that are sent again, take nothing away that was there. After a failure the next upload ends where the
   failed one did, so that what was stored without an answer is written over. */
#include "notify/s3.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "crypto/compress.h"
#include "crypto/digest.h"
#include "http/client.h"
#include "notify/target_parts.h"

enum {
    BUCKET_BYTES_MIN = 3,
    BUCKET_BYTES_MAX = 63,
    OBJECT_BYTES_MIN = 1024,
    OBJECT_BYTES_MAX = 64 * 1024 * 1024,
    OBJECT_SECONDS_MAX = 3600,
    PEM_BYTES_MAX = 64 * 1024,
    NAME_BYTES_MAX = 1024, /* S3's own bound */
    NAME_DIGEST_BYTES = 8,
    ANSWER_BYTES_MAX = 64 * 1024,
    CONNECT_MS = 10 * 1000,
    CALL_MS = 120 * 1000,
    CODE_BYTES_MAX = 64,
    /* A record may be longer than an object should be; packing needs a little more than its input. */
    PACK_MEMORY_MAX = TARGET_RECORD_BYTES_MAX + OBJECT_BYTES_MAX + OBJECT_BYTES_MAX / 16,
};

/* clang-format off */
static const char *const addressing_choices[] = { "path", "virtual", NULL };
static const char *const packing_choices[] = { "gzip", "zstd", "none", NULL };

static const struct target_setting settings_table[] = {
    { .name = "endpoint", .needed = true, .min = 8, .max = 512, .summary = "Where the storage is, without the bucket: https://s3.eu-central-1.amazonaws.com" },
    { .name = "bucket", .needed = true, .min = BUCKET_BYTES_MIN, .max = BUCKET_BYTES_MAX, .summary = "Bucket: small letters, digits, dots and hyphens" },
    { .name = "region", .min = 1, .max = 64, .usual = "us-east-1", .summary = "Region that signatures name" },
    { .name = "accessKeyId", .needed = true, .min = 1, .max = 256, .summary = "Id of the access key" },
    { .name = "secretAccessKey", .needed = true, .secret = true, .min = 1, .max = 256, .summary = "The access key" },
    { .name = "sessionToken", .secret = true, .min = 1, .max = 4096, .summary = "Token that belongs to temporary keys" },
    { .name = "addressing", .type = SETTING_CHOICE, .choices = addressing_choices, .usual = "path", .summary = "Whether the bucket is in the path or before the host name" },
    { .name = "prefix", .min = 1, .max = 256, .usual = "reeve", .summary = "What the names of objects begin with" },
    { .name = "compression", .type = SETTING_CHOICE, .choices = packing_choices, .usual = "gzip", .summary = "How objects are packed" },
    { .name = "objectBytes", .type = SETTING_NUMBER, .min = OBJECT_BYTES_MIN, .max = OBJECT_BYTES_MAX, .usual = "8388608", .summary = "An object ends before it gets larger than this, unpacked" },
    { .name = "objectSeconds", .type = SETTING_NUMBER, .min = 0, .max = OBJECT_SECONDS_MAX, .usual = "60", .summary = "How long items may wait for an object to fill" },
    { .name = "caCertificate", .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of the authorities to trust instead of the system's" },
    { 0 },
};

static const struct packing {
    const char *name, *suffix, *media_type;
    enum result (*pack)(struct arena *, struct slice, int, struct slice *, struct error *);
    int level;
} packings[] = {
    { "gzip", ".gz", "application/gzip", gzip_pack, 6 },
    { "zstd", ".zst", "application/zstd", zstd_pack, 3 },
    { "none", "", "application/x-ndjson", NULL, 0 },
};
/* clang-format on */

struct s3 {
    struct http_client *client;
    const struct format *format;
    const struct packing *packing;
    struct arena *making, *packed; /* of one record; of one object */
    struct buffer record, object;
    char *key_id, *secret, *token_header;
    char *scope; /* of signatures */
    char *start; /* what paths begin with, encoded: "/bucket/prefix/target" */
    size_t object_bytes;
    uint32_t object_seconds;
    uint64_t failed_first; /* position of the first item of an upload that failed */
    size_t failed_count;   /* its items; 0: the last one did not fail */
};

/* --- opening ----------------------------------------------------------------------------------------------------- */

static bool is_bucket(struct slice name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    bool fits = name.length >= BUCKET_BYTES_MIN && name.length <= BUCKET_BYTES_MAX;
    for (size_t i = 0; fits && i < name.length; i++) {
        fits = memchr(allowed, name.text[i], sizeof(allowed) - 1) != NULL;
    }
    return fits && name.text[0] != '.' && name.text[0] != '-';
}

/* "https://host:port", and where the host begins. */
static enum result endpoint_check(struct slice endpoint, size_t *out_host, struct error *error)
{
    bool secure = slice_starts_any_case(endpoint, "https://");
    if (!secure && !slice_starts_any_case(endpoint, "http://")) {
        return fail(error, RESULT_INVALID, "endpoint",
                    "endpoint must begin with https:// or http://");
    }
    size_t host = secure ? strlen("https://") : strlen("http://");
    for (size_t i = host; i < endpoint.length; i++) {
        bool last_slash = endpoint.text[i] == '/' && i + 1 == endpoint.length;
        if (strchr("/?#@\\ ", endpoint.text[i]) != NULL && !last_slash) {
            return fail(error, RESULT_INVALID, "endpoint",
                        "endpoint must have a host and a port, and nothing behind them");
        }
    }
    if (endpoint.length == host || endpoint.text[host] == '/') {
        return fail(error, RESULT_INVALID, "endpoint", "endpoint has no host");
    }
    *out_host = host;
    return RESULT_OK;
}

/* All but what names of objects may have as it is, so that what is signed is what is sent. */
static void encode(struct buffer *out, struct slice text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.text[i];
        if (byte != '\0' && strchr(plain, byte) != NULL) {
            buffer_char(out, (char)byte);
        } else {
            buffer_print(out, "%%%02X", byte);
        }
    }
}

static char *buffer_steal(struct buffer *buffer)
{
    char *bytes = buffer->overflow || buffer->length == 0 ? NULL : strdup(buffer->bytes);
    buffer_done(buffer);
    return bytes;
}

static char *start_make(const struct target_settings *settings, bool in_path)
{
    struct buffer out;
    char *prefix = target_setting_copy(&target_s3, settings, "prefix");
    buffer_init(&out, (size_t)NAME_BYTES_MAX * 3);
    if (in_path) {
        buffer_char(&out, '/');
        encode(&out, target_settings_text(settings, "bucket"));
    }
    buffer_char(&out, '/');
    encode(&out, slice_of(prefix));
    if (settings->target.length > 0) {
        buffer_char(&out, '/');
        encode(&out, settings->target);
    }
    free(prefix);
    return buffer_steal(&out);
}

static enum result client_make(struct s3 *s3, const struct target_settings *settings, bool in_path,
                               struct error *error)
{
    size_t host = 0;
    struct slice endpoint = target_settings_text(settings, "endpoint");
    struct slice bucket = target_settings_text(settings, "bucket");
    TRY(endpoint_check(endpoint, &host, error));
    if (!is_bucket(bucket)) {
        return fail(error, RESULT_INVALID, "bucket",
                    "bucket must be %d to %d small letters, digits, dots and hyphens",
                    BUCKET_BYTES_MIN, BUCKET_BYTES_MAX);
    }
    struct buffer url;
    buffer_init(&url, 1024);
    buffer_add(&url, endpoint.text, host);
    if (!in_path) {
        buffer_add(&url, bucket.text, bucket.length);
        buffer_char(&url, '.');
    }
    buffer_add(&url, endpoint.text + host, endpoint.length - host);
    const struct http_client_settings client = {
        .base_url = url.bytes,
        .ca_pem = target_settings_text(settings, "caCertificate"),
        .user_agent = "Reeve/" REEVE_VERSION,
        .connect_timeout_ms = CONNECT_MS,
        .answer_bytes_max = ANSWER_BYTES_MAX,
    };
    enum result result = url.overflow
                             ? fail(error, RESULT_INVALID, "endpoint", "endpoint is too long")
                             : http_client_open(&client, &s3->client, error);
    buffer_done(&url);
    return result;
}

static bool texts_make(struct s3 *s3, const struct target_settings *settings, bool in_path)
{
    struct buffer scope;
    char *region = target_setting_copy(&target_s3, settings, "region");
    struct slice token = target_settings_text(settings, "sessionToken");
    buffer_init(&scope, 256);
    buffer_print(&scope, "aws:amz:%s:s3", region == NULL ? "" : region);
    s3->scope = buffer_steal(&scope);
    s3->key_id = target_setting_copy(&target_s3, settings, "accessKeyId");
    s3->secret = target_setting_copy(&target_s3, settings, "secretAccessKey");
    s3->start = start_make(settings, in_path);
    if (token.length > 0) {
        buffer_init(&scope, token.length + 64);
        buffer_text(&scope, "X-Amz-Security-Token: ");
        buffer_add(&scope, token.text, token.length);
        s3->token_header = buffer_steal(&scope);
    }
    free(region);
    return s3->scope != NULL && s3->key_id != NULL && s3->secret != NULL && s3->start != NULL &&
           (token.length == 0 || s3->token_header != NULL);
}

static const struct packing *packing_find(const struct target_settings *settings)
{
    struct slice name = target_settings_text(settings, "compression");
    size_t i = 0;
    while (name.length > 0 && i + 1 < COUNT_OF(packings) && !slice_is(name, packings[i].name)) {
        i++;
    }
    return &packings[i];
}

static void s3_close(void *state)
{
    struct s3 *s3 = state;
    if (s3 == NULL) {
        return;
    }
    http_client_close(s3->client);
    arena_free(s3->making);
    arena_free(s3->packed);
    buffer_done(&s3->record);
    buffer_done(&s3->object);
    if (s3->secret != NULL) {
        bytes_wipe(s3->secret, strlen(s3->secret));
    }
    free(s3->token_header);
    free(s3->key_id);
    free(s3->secret);
    free(s3->scope);
    free(s3->start);
    free(s3);
}

static enum result s3_open(const struct target_settings *settings, const struct format *format,
                           void **out_state, struct error *error)
{
    TRY(target_settings_check(&target_s3, settings, error));
    struct s3 *s3 = calloc(1, sizeof(*s3)); /* lives as long as its target is open */
    if (s3 == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    bool in_path = !slice_is(target_settings_text(settings, "addressing"), "virtual");
    s3->format = format;
    s3->packing = packing_find(settings);
    s3->object_bytes = (size_t)target_setting_number(&target_s3, settings, "objectBytes");
    s3->object_seconds = (uint32_t)target_setting_number(&target_s3, settings, "objectSeconds");
    s3->making = arena_new(TARGET_RECORD_MEMORY_MAX);
    s3->packed = arena_new(PACK_MEMORY_MAX);
    buffer_init(&s3->record, TARGET_RECORD_BYTES_MAX);
    buffer_init(&s3->object, TARGET_RECORD_BYTES_MAX + OBJECT_BYTES_MAX);
    enum result result = client_make(s3, settings, in_path, error);
    if (result == RESULT_OK &&
        (s3->making == NULL || s3->packed == NULL || !texts_make(s3, settings, in_path))) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    if (result != RESULT_OK) {
        s3_close(s3);
        return result;
    }
    *out_state = s3;
    return RESULT_OK;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

/* Lines of items from the batch's start up to the object's size, at least one. A record that cannot be made ends the
   object before it; at its start it is a failure. */
static enum result object_fill(struct s3 *s3, const struct delivery_item *items, size_t count,
                               size_t *out_taken, struct error *error)
{
    size_t taken = 0;
    enum result result = RESULT_OK;
    buffer_reset(&s3->object);
    while (taken < count && result == RESULT_OK) {
        arena_reset(s3->making);
        buffer_reset(&s3->record);
        result = s3->format->write(s3->making, &items[taken], &s3->record, error);
        bool fits = taken == 0 || s3->object.length + s3->record.length + 1 <= s3->object_bytes;
        if (result != RESULT_OK || !fits) {
            break;
        }
        buffer_add(&s3->object, s3->record.bytes, s3->record.length);
        buffer_char(&s3->object, '\n');
        taken++;
    }
    *out_taken = taken;
    return taken > 0 ? RESULT_OK : result;
}

/* The same for the same items, whatever else there is. */
static bool digest_ids(const struct delivery_item *items, size_t count,
                       char out[NAME_DIGEST_BYTES * 2 + 1])
{
    uint8_t digest[SHA256_BYTES];
    struct sha256 *ids = sha256_new();
    for (size_t i = 0; ids != NULL && i < count; i++) {
        sha256_add(ids, items[i].id.text, items[i].id.length);
        sha256_add(ids, "\n", 1);
    }
    if (ids == NULL) {
        return false;
    }
    sha256_finish(ids, digest);
    hex_encode(digest, NAME_DIGEST_BYTES, out);
    return true;
}

static enum result object_path(const struct s3 *s3, const struct delivery_item *items, size_t count,
                               struct buffer *out, struct error *error)
{
    char day[TIME_TEXT_BYTES];
    char digest[NAME_DIGEST_BYTES * 2 + 1];
    if (!digest_ids(items, count, digest)) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a digest");
    }
    (void)time_format(items->time, TIME_ZULU, day); /* 2026-04-15T… */
    buffer_print(out, "%s/%s/%.4s/%.2s/%.2s/%020" PRIu64 "-%020" PRIu64 "-%s.%s%s", s3->start,
                 feed_names[items->feed], day, day + 5, day + 8, items->position,
                 items[count - 1].position, digest,
                 strcmp(s3->format->name, "cef") == 0 ? "cef" : "ndjson", s3->packing->suffix);
    return out->overflow
               ? fail(error, RESULT_DENIED, "prefix", "the name of the object is too long")
               : RESULT_OK;
}

/* S3 says in XML what was wrong: <Code>NoSuchBucket</Code>. Some gateways say so behind a status of 200 that they sent too soon. */
static void code_of(struct slice body, char out[CODE_BYTES_MAX])
{
    static const char mark[] = "<Code>";
    const char *found =
        body.length == 0 ? NULL : memmem(body.text, body.length, mark, sizeof(mark) - 1);
    size_t length = 0;
    if (found != NULL) {
        const char *at = found + sizeof(mark) - 1;
        for (; at < body.text + body.length && length + 1 < CODE_BYTES_MAX; at++) {
            bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
            if (!letter) {
                break;
            }
            out[length++] = *at;
        }
    }
    out[length] = '\0';
}

/* Times out, slows down, or is ill: again later. The rest says that our settings are wrong. */
static bool is_passing(int status, const char *code)
{
    static const char *const codes[] = { "SlowDown", "RequestTimeout", "OperationAborted",
                                         "InternalError", "ServiceUnavailable" };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (strcmp(code, codes[i]) == 0) {
            return true;
        }
    }
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

static enum result answer_judge(const struct http_answer *answer, struct error *error)
{
    char code[CODE_BYTES_MAX];
    code_of(answer->body, code);
    if (answer->status >= 200 && answer->status < 300 && code[0] == '\0') {
        return RESULT_OK;
    }
    enum result result = is_passing(answer->status, code) ? RESULT_BUSY : RESULT_DENIED;
    if (answer->status == 413 || strcmp(code, "EntityTooLarge") == 0) {
        result = RESULT_TOO_LARGE;
    }
    return fail(error, result, NULL, "the storage answered %d%s%s", answer->status,
                code[0] == '\0' ? "" : " ", code);
}

static enum result object_put(struct s3 *s3, const char *path, struct error *error)
{
    char digest[SHA256_HEX_BYTES];
    struct slice body = buffer_slice(&s3->object);
    struct http_answer answer;
    arena_reset(s3->packed);
    if (s3->object.overflow) {
        return fail(error, RESULT_TOO_LARGE, NULL, "the record is over %d bytes",
                    TARGET_RECORD_BYTES_MAX);
    }
    if (s3->packing->pack != NULL) {
        TRY(s3->packing->pack(s3->packed, body, s3->packing->level, &body, error));
    }
    sha256_hex_of(body, digest);
    const char *type = arena_printf(s3->packed, "Content-Type: %s", s3->packing->media_type);
    const char *hash = arena_printf(s3->packed, "X-Amz-Content-Sha256: %s", digest);
    if (type == NULL || hash == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for an object's headers");
    }
    const char *const headers[] = { type, hash, s3->token_header, NULL };
    const struct http_sigv4 sigv4 = { s3->scope, s3->key_id, s3->secret };
    const struct http_call call = {
        .method = "PUT",
        .path = path,
        .headers = headers,
        .body = body,
        .timeout_ms = CALL_MS,
        .sigv4 = &sigv4,
    };
    TRY(target_call(s3->client, &call, &answer, error));
    return answer_judge(&answer, error);
}

/* One object from the items' start; `out_taken` counts what is in it. */
static enum result object_send(struct s3 *s3, const struct delivery_item *items, size_t count,
                               size_t *out_taken, struct error *error)
{
    struct buffer path;
    bool again = s3->failed_count > 0 && s3->failed_first == items->position;
    size_t most = again && s3->failed_count < count ? s3->failed_count : count;
    s3->failed_count = 0;
    TRY(object_fill(s3, items, most, out_taken, error));
    buffer_init(&path, (size_t)NAME_BYTES_MAX * 4);
    enum result result = object_path(s3, items, *out_taken, &path, error);
    if (result == RESULT_OK) {
        result = object_put(s3, path.bytes, error);
    }
    buffer_done(&path);
    if (result != RESULT_OK) {
        s3->failed_first = items->position;
        s3->failed_count = *out_taken;
    }
    return result;
}

static enum result s3_send(void *state, const struct delivery_batch *batch, size_t *out_delivered,
                           struct error *error)
{
    struct s3 *s3 = state;
    enum result result = RESULT_OK;
    size_t delivered = 0;
    while (delivered < batch->count && result == RESULT_OK) {
        size_t taken = 0;
        result = object_send(s3, batch->items + delivered, batch->count - delivered, &taken, error);
        delivered += result == RESULT_OK ? taken : 0;
    }
    *out_delivered = delivered;
    return result;
}

static void s3_cancel(void *state)
{
    const struct s3 *s3 = state;
    http_client_cancel(s3->client);
}

static struct target_gather s3_gather(const void *state)
{
    const struct s3 *s3 = state;
    return (struct target_gather){ s3->object_bytes, s3->object_seconds };
}

const struct target_driver target_s3 = {
    .kind = "s3",
    .summary = "Objects of lines in S3-compatible storage",
    .settings = settings_table,
    .open = s3_open,
    .send = s3_send,
    .close = s3_close,
    .cancel = s3_cancel,
    .gather = s3_gather,
};
