/* Secrets in what is shown of calls: replaced by the start of a digest, so that two equal ones are seen to be equal. */
#include <string.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "sandbox/record.h"

enum { DIGEST_DIGITS = 8, MASKED_BYTES_MAX = 8 * 1024 * 1024 };

static void put_digest(struct buffer *out, struct slice secret)
{
    char hex[SHA256_HEX_BYTES];
    sha256_hex_of(secret, hex);
    buffer_text(out, "***");
    buffer_add(out, hex, DIGEST_DIGITS);
}

/* How a secret begins in JSON and in a form; it ends before the mark. */
static const struct opening {
    const char *text;
    const char *marks;
} openings[] = {
    { "\"access_token\":\"", "\"" },  { "\"client_secret\":\"", "\"" },
    { "\"clientSecret\":\"", "\"" },  { "\"refresh_token\":\"", "\"" },
    { "\"access_token\": \"", "\"" }, { "\"client_secret\": \"", "\"" },
    { "\"clientSecret\": \"", "\"" }, { "\"refresh_token\": \"", "\"" },
    { "client_secret=", "& \r\n" },
};

static const struct opening *opening_at(struct slice rest)
{
    for (size_t i = 0; i < COUNT_OF(openings); i++) {
        if (slice_starts_any_case(rest, openings[i].text)) {
            return &openings[i];
        }
    }
    return NULL;
}

const char *secrets_mask(struct arena *arena, struct slice text)
{
    struct buffer out;
    buffer_init(&out, MASKED_BYTES_MAX);
    for (size_t at = 0; at < text.length;) {
        struct slice rest = { text.text + at, text.length - at };
        const struct opening *opening =
            rest.text[0] == '"' || (rest.text[0] | 32) == 'c' ? opening_at(rest) : NULL;
        if (opening == NULL) {
            buffer_char(&out, rest.text[0]);
            at++;
            continue;
        }
        size_t begin = strlen(opening->text);
        size_t length = 0;
        while (begin + length < rest.length &&
               strchr(opening->marks, rest.text[begin + length]) == NULL) {
            length++;
        }
        buffer_add(&out, rest.text, begin);
        put_digest(&out, (struct slice){ rest.text + begin, length });
        at += begin + length;
    }
    const char *copy = out.overflow ? NULL : slice_dup(arena, buffer_slice(&out));
    buffer_done(&out);
    return copy;
}

const char *secrets_mask_header(struct arena *arena, struct slice name, struct slice value)
{
    if (!slice_is_any_case(name, "Authorization") && !slice_is_any_case(name, "Cookie")) {
        return slice_dup(arena, value);
    }
    struct buffer out;
    struct slice secret = value;
    struct slice scheme = slice_cut(&secret, ' ');
    buffer_init(&out, 4096);
    if (secret.length == 0) {
        secret = scheme;
    } else {
        buffer_add(&out, scheme.text, scheme.length);
        buffer_char(&out, ' ');
    }
    put_digest(&out, secret);
    const char *copy = slice_dup(arena, buffer_slice(&out));
    buffer_done(&out);
    return copy;
}
