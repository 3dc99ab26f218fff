#include "notify/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "http/client.h"
#include "notify/format_parts.h"
#include "notify/target_parts.h"

enum {
    URL_BYTES_MAX = 2048,
    SECRET_BYTES_MIN = 16,
    SECRET_BYTES_MAX = 256,
    PEM_BYTES_MAX = 64 * 1024,
    ITEMS_MAX = 1000,
    BODY_BYTES_MAX = 4 * 1024 * 1024, /* of several items; one alone may be larger */
    ANSWER_BYTES_MAX = 64 * 1024,
    CONNECT_MS = 10 * 1000,
    CALL_MS = 30 * 1000,
    SHOWN_BYTES_MAX = 160, /* of an answer that refuses */
};

/* clang-format off */
static const char *const body_choices[] = { "lines", "array", NULL };

static const struct target_setting settings_table[] = {
    { .name = "url", .needed = true, .min = 8, .max = URL_BYTES_MAX, .summary = "Where to: https://siem.example/hooks/reeve" },
    { .name = "secret", .needed = true, .secret = true, .min = SECRET_BYTES_MIN, .max = SECRET_BYTES_MAX, .summary = "Key of the signatures in Reeve-Signature" },
    { .name = "secondSecret", .secret = true, .min = SECRET_BYTES_MIN, .max = SECRET_BYTES_MAX, .summary = "A second key, while the receiver changes from one to the other" },
    { .name = "authorization", .secret = true, .min = 1, .max = 2048, .summary = "Value of the Authorization header" },
    { .name = "body", .type = SETTING_CHOICE, .choices = body_choices, .usual = "lines", .summary = "Records as lines, or as one JSON array (not with cef)" },
    { .name = "batchItems", .type = SETTING_NUMBER, .min = 1, .max = ITEMS_MAX, .usual = "100", .summary = "Most records in a request" },
    { .name = "caCertificate", .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of the authorities to trust instead of the system's" },
    { 0 },
};
/* clang-format on */

struct webhook {
    struct http_client *client;
    const struct format *format;
    struct arena *making; /* of one record; of one request */
    struct buffer body;
    char *path, *secret, *second, *authorization;
    bool array;
    size_t items_max;
    int64_t not_before_us; /* monotonic: the receiver asked to be left alone */
};

/* --- signing ------------------------------------------------------------------------------------------------- */

static bool hex_of(struct slice secret, struct slice bytes, char out[2 * SHA256_BYTES + 1])
{
    uint8_t digest[SHA256_BYTES];
    hmac_sha256(secret, bytes, digest);
    hex_encode(digest, sizeof(digest), out);
    return true;
}

bool webhook_signature(struct slice secret, struct slice second, int64_t seconds, struct slice body,
                       char out[WEBHOOK_SIGNATURE_BYTES])
{
    char first[2 * SHA256_BYTES + 1];
    char other[2 * SHA256_BYTES + 1];
    struct buffer bytes;
    buffer_init(&bytes, body.length + 32);
    buffer_print(&bytes, "%" PRId64 ".", seconds);
    buffer_add(&bytes, body.text, body.length);
    bool made = !bytes.overflow && hex_of(secret, buffer_slice(&bytes), first) &&
                hex_of(second, buffer_slice(&bytes), other);
    buffer_done(&bytes);
    int length = second.length == 0
                     ? snprintf(out, WEBHOOK_SIGNATURE_BYTES, "t=%" PRId64 ",v1=%s", seconds, first)
                     : snprintf(out, WEBHOOK_SIGNATURE_BYTES, "t=%" PRId64 ",v1=%s,v1=%s", seconds,
                                first, other);
    return made && length > 0 && length < WEBHOOK_SIGNATURE_BYTES;
}

/* --- opening --------------------------------------------------------------------------------------------------- */

/* Splits "https://host:port/path?query" into what the client is opened with, and the rest. */
static enum result url_split(struct slice url, struct buffer *base, char **out_path,
                             struct error *error)
{
    bool secure = slice_starts_any_case(url, "https://");
    if (!secure && !slice_starts_any_case(url, "http://")) {
        return fail(error, RESULT_INVALID, "url", "url must begin with https:// or http://");
    }
    size_t host = secure ? strlen("https://") : strlen("http://");
    size_t end = host;
    while (end < url.length && strchr("/?#", url.text[end]) == NULL) {
        end++;
    }
    bool plain = end > host && memchr(url.text, '#', url.length) == NULL &&
                 memchr(url.text + host, '@', end - host) == NULL;
    for (size_t i = 0; plain && i < url.length; i++) {
        plain = url.text[i] > ' ' && (unsigned char)url.text[i] < 127;
    }
    if (!plain) {
        return fail(error, RESULT_INVALID, "url",
                    "url must have a host, printable ASCII, no user name and no fragment");
    }
    buffer_add(base, url.text, end);
    bool rooted = end < url.length && url.text[end] == '/';
    if (asprintf(out_path, "%s%.*s", rooted ? "" : "/", (int)(url.length - end), url.text + end) <
        0) {
        *out_path = NULL;
    }
    return *out_path == NULL || base->overflow
               ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target")
               : RESULT_OK;
}

static enum result client_make(struct webhook *hook, const struct target_settings *settings,
                               struct error *error)
{
    struct buffer base;
    buffer_init(&base, URL_BYTES_MAX + 1);
    enum result result =
        url_split(target_settings_text(settings, "url"), &base, &hook->path, error);
    if (result == RESULT_OK) {
        const struct http_client_settings client = {
            .base_url = base.bytes,
            .ca_pem = target_settings_text(settings, "caCertificate"),
            .user_agent = "Reeve/" REEVE_VERSION,
            .connect_timeout_ms = CONNECT_MS,
            .answer_bytes_max = ANSWER_BYTES_MAX,
        };
        result = http_client_open(&client, &hook->client, error);
    }
    buffer_done(&base);
    return result;
}

static void wipe(char *secret)
{
    if (secret != NULL) {
        bytes_wipe(secret, strlen(secret));
        free(secret);
    }
}

static void webhook_close(void *state)
{
    struct webhook *hook = state;
    if (hook == NULL) {
        return;
    }
    http_client_close(hook->client);
    arena_free(hook->making);
    buffer_done(&hook->body);
    free(hook->path);
    wipe(hook->secret);
    wipe(hook->second);
    wipe(hook->authorization);
    free(hook);
}

static bool texts_make(struct webhook *hook, const struct target_settings *settings)
{
    struct slice authorization = target_settings_text(settings, "authorization");
    hook->secret = target_setting_copy(&target_webhook, settings, "secret");
    hook->second = target_setting_copy(&target_webhook, settings, "secondSecret");
    if (authorization.length > 0 && asprintf(&hook->authorization, "Authorization: %.*s",
                                             (int)authorization.length, authorization.text) < 0) {
        hook->authorization = NULL;
        return false;
    }
    return hook->secret != NULL && hook->second != NULL && hook->making != NULL;
}

static enum result webhook_open(const struct target_settings *settings, const struct format *format,
                                void **out_state, struct error *error)
{
    TRY(target_settings_check(&target_webhook, settings, error));
    bool array = slice_is(target_settings_text(settings, "body"), "array");
    if (array && strcmp(format->name, "cef") == 0) {
        return fail(error, RESULT_INVALID, "body", "body must be lines with the format cef");
    }
    struct webhook *hook = calloc(1, sizeof(*hook)); /* lives as long as its target is open */
    if (hook == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    hook->format = format;
    hook->array = array;
    hook->items_max = (size_t)target_setting_number(&target_webhook, settings, "batchItems");
    hook->making = arena_new(TARGET_RECORD_MEMORY_MAX);
    buffer_init(&hook->body, TARGET_RECORD_BYTES_MAX);
    enum result result = client_make(hook, settings, error);
    if (result == RESULT_OK && !texts_make(hook, settings)) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    if (result != RESULT_OK) {
        webhook_close(hook);
        return result;
    }
    *out_state = hook;
    return RESULT_OK;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

/* Records of items from the start on, at least one, up to the bounds. One that cannot be made ends the body before it. */
static enum result body_fill(struct webhook *hook, const struct delivery_item *items, size_t count,
                             size_t *out_taken, struct error *error)
{
    size_t taken = 0;
    enum result result = RESULT_OK;
    buffer_reset(&hook->body);
    while (taken < count && (taken == 0 || hook->body.length < BODY_BYTES_MAX)) {
        size_t before = hook->body.length;
        arena_reset(hook->making);
        buffer_text(&hook->body, !hook->array ? "" : taken == 0 ? "[" : ",");
        result = hook->format->write(hook->making, &items[taken], &hook->body, error);
        if (result != RESULT_OK || hook->body.overflow) {
            result = result != RESULT_OK
                         ? result
                         : fail(error, RESULT_TOO_LARGE, NULL, "the record is over %d bytes",
                                TARGET_RECORD_BYTES_MAX);
            hook->body.length = before;
            hook->body.overflow = false; /* what was there before is whole */
            break;
        }
        buffer_text(&hook->body, hook->array ? "" : "\n");
        taken++;
    }
    buffer_text(&hook->body, hook->array ? "]" : "");
    *out_taken = taken;
    return taken > 0 ? RESULT_OK : result;
}

static bool has_text(struct slice text, const char *wanted)
{
    size_t length = wanted == NULL ? 0 : strlen(wanted);
    return length > 0 && text.length > 0 && memmem(text.text, text.length, wanted, length) != NULL;
}

/* The start of what the receiver says, for people and logs. Some say again what they were sent. */
static struct slice said_of(const struct webhook *hook, struct slice body)
{
    struct slice text = format_cut(body, SHOWN_BYTES_MAX);
    const char *token = hook->authorization == NULL ? NULL : strrchr(hook->authorization, ' ') + 1;
    if (has_text(body, hook->secret) || has_text(body, hook->second) || has_text(body, token)) {
        return SLICE("what it said has a secret of this target");
    }
    return slice_is_utf8(text) ? text : (struct slice){ .length = 0 };
}

/* What the receiver says of our settings, of this body, or of the moment. */
static enum result answer_judge(struct webhook *hook, const struct http_answer *answer,
                                struct error *error)
{
    int status = answer->status;
    if (status >= 200 && status < 300) {
        return RESULT_OK;
    }
    if (answer->retry_after_s > 0) {
        hook->not_before_us = time_monotonic_us() + (int64_t)answer->retry_after_s * US_PER_SECOND;
    }
    enum result result = RESULT_DENIED;
    if (status == 408 || status == 425 || status == 429 || status >= 500) {
        result = RESULT_BUSY;
    } else if (status == 413) {
        result = RESULT_TOO_LARGE;
    } else if (status == 400 || status == 422) {
        result = RESULT_INVALID;
    }
    struct slice text = said_of(hook, answer->body);
    return fail(error, result, NULL, "the receiver answered %d%s%.*s", status,
                text.length == 0 ? "" : ": ", (int)text.length, text.text);
}

static const char *content_type(const struct webhook *hook)
{
    if (hook->array) {
        return "application/json";
    }
    bool json = strcmp(hook->format->media_type, "application/json") == 0;
    return json ? "application/x-ndjson" : hook->format->media_type;
}

static enum result body_post(struct webhook *hook, const struct delivery_item *first, size_t count,
                             struct error *error)
{
    char signature[WEBHOOK_SIGNATURE_BYTES];
    struct http_answer answer;
    struct slice body = buffer_slice(&hook->body);
    arena_reset(hook->making);
    if (!webhook_signature(slice_of(hook->secret), slice_of(hook->second),
                           time_now_us() / US_PER_SECOND, body, signature)) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a signature");
    }
    const char *headers[] = {
        arena_printf(hook->making, "Content-Type: %s", content_type(hook)),
        arena_printf(hook->making, "Reeve-Signature: %s", signature),
        arena_printf(hook->making, "Reeve-Feed: %s", feed_names[first->feed]),
        arena_printf(hook->making, "Reeve-Records: %zu", count),
        hook->authorization,
        NULL,
    };
    for (size_t i = 0; i < 4; i++) {
        if (headers[i] == NULL) {
            return fail(error, RESULT_NO_MEMORY, NULL, "no memory for headers");
        }
    }
    const struct http_call call = {
        .method = "POST",
        .path = hook->path,
        .headers = headers,
        .body = body,
        .timeout_ms = CALL_MS,
    };
    TRY(target_call(hook->client, &call, &answer, error));
    return answer_judge(hook, &answer, error);
}

/* A body that is refused for what is in it is sent again in halves, until the record is found that will not do. */
static enum result part_send(struct webhook *hook, const struct delivery_item *items, size_t count,
                             size_t *out_sent, struct error *error)
{
    enum result result = RESULT_OK;
    size_t taken = 0;
    *out_sent = 0;
    do {
        TRY(body_fill(hook, items, count, &taken, error));
        result = body_post(hook, items, taken, error);
        count = taken / 2;
    } while ((result == RESULT_INVALID || result == RESULT_TOO_LARGE) && taken > 1);
    *out_sent = result == RESULT_OK ? taken : 0;
    return result;
}

static enum result webhook_send(void *state, const struct delivery_batch *batch,
                                size_t *out_delivered, struct error *error)
{
    struct webhook *hook = state;
    size_t delivered = 0;
    enum result result = RESULT_OK;
    *out_delivered = 0;
    if (time_monotonic_us() < hook->not_before_us) {
        return fail(error, RESULT_BUSY, NULL, "the receiver asked to wait");
    }
    while (delivered < batch->count && result == RESULT_OK) {
        size_t sent = 0;
        size_t left = batch->count - delivered;
        result = part_send(hook, &batch->items[delivered],
                           left < hook->items_max ? left : hook->items_max, &sent, error);
        delivered += sent;
    }
    *out_delivered = delivered;
    return result;
}

static void webhook_cancel(void *state)
{
    const struct webhook *hook = state;
    http_client_cancel(hook->client);
}

const struct target_driver target_webhook = {
    .kind = "webhook",
    .summary = "Signed requests to a URL",
    .settings = settings_table,
    .open = webhook_open,
    .send = webhook_send,
    .close = webhook_close,
    .cancel = webhook_cancel,
};
