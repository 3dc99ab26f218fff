#include "base/base64.h"

#include <stdint.h>

#include "base/arena.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(struct arena *arena, const void *bytes, size_t length, const char *letters,
                    bool padded)
{
    const uint8_t *in = bytes;
    if (length > SIZE_MAX / 2) {
        return NULL;
    }
    char *out = arena_alloc(arena, (length + 2) / 3 * 4 + 1);
    size_t at = 0;
    for (size_t i = 0; out != NULL && i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        out[at++] = letters[group >> 18];
        out[at++] = letters[(group >> 12) & 63];
        if (left > 1 || padded) {
            out[at++] = left > 1 ? letters[(group >> 6) & 63] : '=';
        }
        if (left > 2 || padded) {
            out[at++] = left > 2 ? letters[group & 63] : '=';
        }
    }
    return out;
}

char *base64_encode(struct arena *arena, const void *bytes, size_t length)
{
    return encode(arena, bytes, length, alphabet, true);
}

char *base64url_encode(struct arena *arena, const void *bytes, size_t length)
{
    return encode(arena, bytes, length, alphabet_url, false);
}

/* Value of a letter of either alphabet, -1 for others. */
static int letter_value(char letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return letter - 'A';
    }
    if (letter >= 'a' && letter <= 'z') {
        return letter - 'a' + 26;
    }
    if (letter >= '0' && letter <= '9') {
        return letter - '0' + 52;
    }
    if (letter == '+' || letter == '-') {
        return 62;
    }
    return letter == '/' || letter == '_' ? 63 : -1;
}

static bool is_space(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

bool base64_decode(struct arena *arena, struct slice text, struct slice *out)
{
    char *bytes = arena_alloc(arena, text.length / 4 * 3 + 4);
    if (bytes == NULL) {
        return false;
    }
    uint32_t bits = 0;
    unsigned held = 0;
    size_t length = 0;
    size_t letters = 0;
    size_t padding = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (is_space(text.text[i])) {
            continue;
        }
        if (text.text[i] == '=') {
            padding++;
            continue;
        }
        int value = letter_value(text.text[i]);
        if (value < 0 || padding > 0) {
            return false;
        }
        letters++;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[length++] = (char)(uint8_t)(bits >> held);
        }
    }
    bool whole = letters % 4 != 1 && (padding == 0 || (letters + padding) % 4 == 0) && padding <= 2;
    bool clean = (bits & ((1u << held) - 1)) == 0;
    *out = (struct slice){ .text = bytes, .length = length };
    return whole && clean;
}

void hex_encode(const void *bytes, size_t length, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = bytes;
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * length] = '\0';
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool hex_decode(struct slice text, void *out, size_t length)
{
    uint8_t *bytes = out;
    if (text.length != 2 * length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        int high = digit_value(text.text[2 * i]);
        int low = digit_value(text.text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
