#include <string.h>

#include "base/base64.h"
#include "base/time.h"
#include "base/uuid.h"
#include "http/server_private.h"

size_t head_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    size_t length = 0;
    for (const char *at = text; *at != '\0'; at++) {
        char byte = *at;
        char decoded = '\0';
        if (byte == '%' && at[1] != '\0' && at[2] != '\0' &&
            hex_decode((struct slice){ at + 1, 2 }, &decoded, 1) && decoded != '\0') {
            byte = decoded;
            at += 2;
        }
        text[length++] = byte;
    }
    text[length] = '\0';
    return length;
}

/* --- path and query ------------------------------------------------------------------------------- */

/* "http://host/path" of a request through a proxy is the same as "/path"; one slash stands in front. */
static const char *path_plain(struct arena *arena, const char *path)
{
    struct slice whole = slice_of(path);
    if (slice_starts_any_case(whole, "http://") || slice_starts_any_case(whole, "https://")) {
        const char *host = strstr(path, "//") + 2;
        const char *slash = strchr(host, '/');
        path = slash == NULL ? "" : slash;
    }
    path += strspn(path, "/");
    return arena_printf(arena, "/%s", path);
}

static enum MHD_Result count_pair(void *context, enum MHD_ValueKind kind, const char *key,
                                  size_t key_length, const char *value, size_t value_length)
{
    (void)kind;
    (void)key;
    (void)key_length;
    (void)value;
    (void)value_length;
    size_t *count = context;
    return ++*count <= QUERY_PAIRS_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_pair(void *context, enum MHD_ValueKind kind, const char *key,
                                 size_t key_length, const char *value, size_t value_length)
{
    (void)kind;
    struct http_exchange *exchange = context;
    value_length = value == NULL ? 0 : value_length;
    struct http_pair pair = {
        .name = { arena_strndup(exchange->arena, key, key_length), key_length },
        .value = { arena_strndup(exchange->arena, value, value_length), value_length },
    };
    if (pair.name.text == NULL || pair.value.text == NULL) {
        (void)exchange_refuse(exchange, 503, "the server has no room for this request just now");
        return MHD_NO;
    }
    exchange->query[exchange->query_count++] = pair;
    return MHD_YES;
}

static bool query_read(struct http_exchange *exchange)
{
    size_t count = 0;
    (void)MHD_get_connection_values_n(exchange->connection, MHD_GET_ARGUMENT_KIND, count_pair,
                                      &count);
    if (count == 0) {
        return true;
    }
    if (count > QUERY_PAIRS_MAX) {
        return exchange_refuse(exchange, 414, "the request has more than 256 parameters");
    }
    exchange->query = arena_alloc(exchange->arena, count * sizeof(*exchange->query));
    if (exchange->query == NULL) {
        return exchange_refuse(exchange, 503, "the server has no room for this request just now");
    }
    (void)MHD_get_connection_values_n(exchange->connection, MHD_GET_ARGUMENT_KIND, take_pair,
                                      exchange);
    return exchange->refused == 0;
}

/* --- headers the server itself needs ---------------------------------------------------------------- */

static bool is_request_id(struct slice text)
{
    if (text.length == 0 || text.length >= REQUEST_ID_BYTES) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool digit = byte >= '0' && byte <= '9';
        if (!letter && !digit && byte != '.' && byte != '_' && byte != '-') {
            return false;
        }
    }
    return true;
}

/* Two proxies that read a request's length in different ways can be made to see different requests, so what
   has two readings is refused (RFC 9112 section 6.3). */
static bool framing_line(struct http_exchange *exchange, struct slice name, struct slice value)
{
    if (slice_is_any_case(name, "Content-Length")) {
        if (exchange->content_length >= 0 || exchange->is_chunked) {
            return exchange_refuse(exchange, 400, "the body's length is given twice");
        }
        bool number = slice_int64(value, &exchange->content_length);
        return (number && exchange->content_length >= 0) ||
               exchange_refuse(exchange, 400, "Content-Length is not a number");
    }
    if (slice_is_any_case(name, "Transfer-Encoding")) {
        if (exchange->content_length >= 0 || exchange->is_chunked) {
            return exchange_refuse(exchange, 400, "the body's length is given twice");
        }
        exchange->is_chunked = true;
        return slice_is_any_case(value, "chunked") ||
               exchange_refuse(exchange, 400, "the only Transfer-Encoding read here is chunked");
    }
    if (slice_is_any_case(name, "Expect")) {
        exchange->expects_continue = true;
    }
    return true;
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *key,
                                   size_t key_length, const char *text, size_t length)
{
    (void)kind;
    struct http_exchange *exchange = context;
    struct slice name = { key, key_length };
    struct slice value = slice_trim((struct slice){ text, text == NULL ? 0 : length });
    if (slice_is_any_case(name, "X-Request-Id")) {
        if (is_request_id(value)) {
            memcpy(exchange->request_id, value.text, value.length);
            exchange->request_id[value.length] = '\0';
        }
        return MHD_YES;
    }
    /* All lines are looked at, so that a refusal too carries the caller's id. */
    if (exchange->refused == 0 && !framing_line(exchange, name, value)) {
        exchange->closes = true;
    }
    return MHD_YES;
}

static bool is_head_small(const struct http_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL || info->header_size <= exchange->server->settings.head_bytes_max;
}

bool head_read(struct http_exchange *exchange, const char *path, const char *method)
{
    exchange->request_id[0] = '\0';
    (void)MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, take_header, exchange);
    if (exchange->request_id[0] == '\0') {
        struct uuid id;
        uuid_make_passing(time_now_us(), &id);
        memcpy(exchange->request_id, id.text, sizeof(id.text));
    }
    exchange->method = arena_strdup(exchange->arena, method);
    exchange->path = path_plain(exchange->arena, path);
    if (exchange->method == NULL || exchange->path == NULL) {
        exchange->method = "";
        exchange->path = "/";
        return exchange_refuse(exchange, 503, "the server has no room for this request just now");
    }
    if (!is_head_small(exchange)) {
        exchange->closes = true;
        return exchange_refuse(exchange, 431, "the request's head is larger than the server takes");
    }
    return exchange->refused == 0 && query_read(exchange);
}
