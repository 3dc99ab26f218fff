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

/* What the names of secrets end with, in any letter case. */
static const char *const endings[] = { "secret",      "password",        "access_token",
                                       "assertion",   "refresh_token",   "installationKey",
                                       "accessToken", "secretAccessKey", "refreshToken" };

static bool is_secret(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        size_t length = strlen(endings[i]);
        if (name.length >= length &&
            slice_is_any_case((struct slice){ name.text + name.length - length, length },
                              endings[i])) {
            return true;
        }
    }
    return false;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The name that begins at `at`. */
static struct slice name_at(struct slice text, size_t at)
{
    size_t end = at;
    while (end < text.length && is_name_byte(text.text[end])) {
        end++;
    }
    return (struct slice){ text.text + at, end - at };
}

static size_t blanks_end(struct slice text, size_t at)
{
    while (at < text.length && is_blank(text.text[at])) {
        at++;
    }
    return at;
}

/* Is there "name": "value" of a secret at `at`? Where the value begins, and how long it is. */
static bool secret_in_json(struct slice text, size_t at, struct slice *out)
{
    struct slice name = name_at(text, at + 1);
    size_t next = at + 1 + name.length;
    if (next >= text.length || text.text[next] != '"' || !is_secret(name)) {
        return false;
    }
    next = blanks_end(text, next + 1);
    if (next >= text.length || text.text[next] != ':') {
        return false;
    }
    next = blanks_end(text, next + 1);
    if (next >= text.length || text.text[next] != '"') {
        return false;
    }
    size_t end = ++next;
    while (end < text.length && text.text[end] != '"') {
        end += text.text[end] == '\\' && end + 1 < text.length ? 2 : 1;
    }
    *out = (struct slice){ text.text + next, end - next };
    return true;
}

/* The same of name=value in a form or a query; `at` is where its name may begin. */
static bool secret_in_form(struct slice text, size_t at, struct slice *out)
{
    struct slice name = name_at(text, at);
    size_t next = at + name.length;
    if (next >= text.length || text.text[next] != '=' || !is_secret(name)) {
        return false;
    }
    size_t end = ++next;
    while (end < text.length && text.text[end] != '&' && !is_blank(text.text[end])) {
        end++;
    }
    *out = (struct slice){ text.text + next, end - next };
    return true;
}

bool secrets_mask(struct arena *arena, struct slice text, struct slice *out)
{
    struct buffer shown;
    buffer_init(&shown, MASKED_BYTES_MAX);
    size_t kept = 0; /* before it all is written */
    for (size_t at = 0; at < text.length; at++) {
        struct slice secret;
        bool begins = at == 0 || !is_name_byte(text.text[at - 1]);
        bool found = text.text[at] == '"' ? secret_in_json(text, at, &secret)
                                          : begins && secret_in_form(text, at, &secret);
        if (found) {
            size_t begin = (size_t)(secret.text - text.text);
            buffer_add(&shown, text.text + kept, begin - kept);
            put_digest(&shown, secret);
            kept = begin + secret.length;
            at = kept == 0 ? 0 : kept - 1;
        }
    }
    buffer_add(&shown, text.text + kept, text.length - kept);
    char *copy = shown.overflow ? NULL : slice_dup(arena, buffer_slice(&shown));
    if (copy != NULL) {
        *out = (struct slice){ copy, shown.length };
    }
    buffer_done(&shown);
    return copy != NULL;
}

/* Credentials with the name of their scheme before them, which stays. */
static const char *const credentials[] = { "Authorization", "Proxy-Authorization", "Cookie",
                                           "Set-Cookie", "X-Api-Key" };

static bool is_credential(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(credentials); i++) {
        if (slice_is_any_case(name, credentials[i])) {
            return true;
        }
    }
    return false;
}

const char *secrets_mask_pair(struct arena *arena, struct slice name, struct slice value)
{
    bool credential = is_credential(name);
    if (!credential && !is_secret(name)) {
        return slice_dup(arena, value);
    }
    struct buffer out;
    struct slice secret = value;
    struct slice scheme = credential ? slice_cut(&secret, ' ') : (struct slice){ .length = 0 };
    buffer_init(&out, 4096);
    if (secret.length == 0) {
        secret = scheme;
    } else if (credential) {
        buffer_add(&out, scheme.text, scheme.length);
        buffer_char(&out, ' ');
    }
    put_digest(&out, secret);
    const char *copy = slice_dup(arena, buffer_slice(&out));
    buffer_done(&out);
    return copy;
}
