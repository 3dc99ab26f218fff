#include <arpa/inet.h>
#include <string.h>

#include "json/read.h"
#include "notify/format_parts.h"

/* clang-format off */
const struct format formats[] = {
    { "ecs", "application/json", "The document as the API gives it: Elastic Common Schema for events", format_write_ecs },
    { "ocsf", "application/json", "Open Cybersecurity Schema Framework 1.5", format_write_ocsf },
    { "cef", "text/plain; charset=utf-8", "Common Event Format, version 0", format_write_cef },
};
/* clang-format on */
const size_t format_count = COUNT_OF(formats);

const struct format *format_find(struct slice name)
{
    for (size_t i = 0; i < format_count; i++) {
        if (slice_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

enum result format_parse(struct arena *arena, const struct delivery_item *item,
                         const struct json **out, struct error *error)
{
    static const struct json_limits limits = { .depth_max = FORMAT_DEPTH_MAX,
                                               .values_max = FORMAT_VALUES_MAX };
    const struct json *document = NULL;
    TRY(json_parse(arena, item->json, &limits, &document, error));
    if (!json_is(document, JSON_OBJECT)) {
        return fail(error, RESULT_INVALID, NULL, "the document is no JSON object");
    }
    *out = document;
    return RESULT_OK;
}

bool format_is_address(struct slice text, int family)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    if (text.length == 0 || text.length >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.text, text.length);
    copy[text.length] = '\0';
    return (family != AF_INET6 && inet_pton(AF_INET, copy, address) == 1) ||
           (family != AF_INET && inet_pton(AF_INET6, copy, address) == 1);
}

struct slice format_cut(struct slice text, size_t bytes_max)
{
    if (text.length <= bytes_max) {
        return text;
    }
    size_t length = bytes_max;
    while (length > 0 && ((unsigned char)text.text[length] & 0xC0U) == 0x80U) {
        length--;
    }
    return (struct slice){ text.text, length };
}

int64_t format_milliseconds(int64_t moment_us)
{
    int64_t whole = moment_us / 1000;
    return moment_us % 1000 < 0 ? whole - 1 : whole;
}

enum result format_end(const struct buffer *out, struct error *error)
{
    return out->overflow
               ? fail(error, RESULT_TOO_LARGE, NULL, "the record is over %zu bytes", out->limit)
               : RESULT_OK;
}

/* As it is: what is stored was read as JSON when it came. The only line ends that JSON has are blanks between its parts. */
enum result format_write_ecs(struct arena *arena, const struct delivery_item *item,
                             struct buffer *out, struct error *error)
{
    (void)arena;
    struct slice rest = item->json;
    while (rest.length > 0) {
        struct slice line = slice_cut(&rest, '\n');
        while (line.length > 0) {
            struct slice part = slice_cut(&line, '\r');
            buffer_add(out, part.text, part.length);
        }
    }
    return format_end(out, error);
}
