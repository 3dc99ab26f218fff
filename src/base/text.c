#include "base/text.h"

#include <assert.h>
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <wctype.h>

#include "base/arena.h"

/* --- slices ------------------------------------------------------------------------------------ */

struct slice slice_of(const char *text)
{
    return (struct slice){ .text = text, .length = text == NULL ? 0 : strlen(text) };
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
}

bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

static unsigned char ascii_lower(char byte)
{
    unsigned char lower = (unsigned char)byte;
    return lower >= 'A' && lower <= 'Z' ? (unsigned char)(lower | 0x20u) : lower;
}

bool slice_starts_any_case(struct slice a, const char *prefix)
{
    for (size_t i = 0; prefix[i] != '\0'; i++) {
        if (i >= a.length || ascii_lower(a.text[i]) != ascii_lower(prefix[i])) {
            return false;
        }
    }
    return true;
}

bool slice_is_any_case(struct slice a, const char *text)
{
    return a.length == strlen(text) && slice_starts_any_case(a, text);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct slice slice_trim(struct slice a)
{
    while (a.length > 0 && is_blank(a.text[0])) {
        a.text++;
        a.length--;
    }
    while (a.length > 0 && is_blank(a.text[a.length - 1])) {
        a.length--;
    }
    return a;
}

struct slice slice_cut(struct slice *rest, char mark)
{
    const char *found = rest->length == 0 ? NULL : memchr(rest->text, mark, rest->length);
    struct slice before = *rest;
    if (found == NULL) {
        *rest = (struct slice){ .text = rest->text == NULL ? NULL : rest->text + rest->length };
        return before;
    }
    before.length = (size_t)(found - rest->text);
    rest->text = found + 1;
    rest->length -= before.length + 1;
    return before;
}

bool slice_take(struct slice *rest, const char *text)
{
    size_t length = strlen(text);
    assert(length > 0);
    if (rest->length < length || memcmp(rest->text, text, length) != 0) {
        return false;
    }
    rest->text += length;
    rest->length -= length;
    return true;
}

bool slice_cut_at(struct slice *rest, const char *mark, struct slice *out)
{
    size_t bytes = strlen(mark);
    const char *found = rest->length == 0 ? NULL : memmem(rest->text, rest->length, mark, bytes);
    if (found == NULL) {
        return false;
    }
    size_t before = (size_t)(found - rest->text);
    *out = (struct slice){ rest->text, before };
    *rest = (struct slice){ found + bytes, rest->length - before - bytes };
    return true;
}

bool slice_int64(struct slice a, int64_t *out)
{
    size_t at = a.length > 0 && a.text[0] == '-' ? 1 : 0;
    bool negative = at == 1;
    if (at == a.length) {
        return false;
    }
    int64_t value = 0; /* kept negative, since INT64_MIN has no positive twin */
    for (; at < a.length; at++) {
        if (a.text[at] < '0' || a.text[at] > '9') {
            return false;
        }
        int digit = a.text[at] - '0';
        if (value < (INT64_MIN + digit) / 10) {
            return false;
        }
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN) {
        return false;
    }
    *out = negative ? value : -value;
    return true;
}

struct slice slice_head(struct slice a, size_t bytes_max)
{
    size_t length = a.length < bytes_max ? a.length : bytes_max;
    while (length > 0 && length < a.length && ((unsigned char)a.text[length] & 0xC0u) == 0x80u) {
        length--;
    }
    return (struct slice){ a.text, length };
}

char *slice_dup(struct arena *arena, struct slice a)
{
    return arena_strndup(arena, a.text, a.length);
}

/* --- UTF-8 ------------------------------------------------------------------------------------- */

/* Length of the well-formed character at `at`, 0 when there is none; its code point goes to `out`. */
static size_t utf8_read(const unsigned char *at, size_t left, uint32_t *out)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (at[0] < 0x80) {
        *out = at[0];
        return 1;
    }
    size_t length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || length > left) {
        return 0;
    }
    uint32_t point = at[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0u) != 0x80) {
            return 0;
        }
        point = (point << 6) | (at[i] & 0x3Fu);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < least[length] || point > 0x10FFFF || surrogate) {
        return 0;
    }
    *out = point;
    return length;
}

static size_t utf8_write(uint32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80u | (point & 0x3Fu));
        point >>= 6;
    }
    static const unsigned char marks[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    out[0] = (char)(marks[length] | point);
    return length;
}

bool slice_is_utf8(struct slice a)
{
    const unsigned char *bytes = (const unsigned char *)a.text;
    size_t at = 0;
    while (at < a.length) {
        uint32_t point = 0;
        size_t length = utf8_read(bytes + at, a.length - at, &point);
        if (length == 0 || point == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

static locale_t fold_locale;
static pthread_once_t fold_once = PTHREAD_ONCE_INIT;

static void fold_setup(void)
{
    fold_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Folds the character at `at` into `out`; returns how many bytes it had. */
static size_t fold_one(const unsigned char *at, size_t left, struct slice *out, char bytes[4])
{
    uint32_t point = 0;
    size_t length = utf8_read(at, left, &point);
    if (length == 0) {
        bytes[0] = (char)at[0];
        *out = (struct slice){ bytes, 1 };
        return 1;
    }
    uint32_t lower =
        fold_locale == (locale_t)0 ? point : (uint32_t)towlower_l((wint_t)point, fold_locale);
    *out = (struct slice){ bytes, utf8_write(lower, bytes) };
    return length;
}

char *slice_fold(struct arena *arena, struct slice a)
{
    size_t at = 0;
    while (at < a.length && (unsigned char)a.text[at] < 0x80) {
        at++;
    }
    /* A few small letters need three bytes where their capitals need two (U+023A); none grows more. */
    size_t room = at == a.length ? a.length : a.length + (a.length - at) / 2 + 1;
    char *copy = arena_alloc(arena, room + 1);
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < at; i++) {
        copy[i] = (char)ascii_lower(a.text[i]);
    }
    if (at < a.length) {
        (void)pthread_once(&fold_once, fold_setup);
    }
    size_t length = at;
    while (at < a.length) {
        struct slice folded;
        char bytes[4];
        at += fold_one((const unsigned char *)a.text + at, a.length - at, &folded, bytes);
        memcpy(copy + length, folded.text, folded.length);
        length += folded.length;
    }
    copy[length] = '\0';
    return copy;
}

/* --- buffer ------------------------------------------------------------------------------------ */

enum { BUFFER_BYTES_FIRST = 1024 };

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){ .limit = limit };
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){ .limit = buffer->limit };
}

void buffer_reset(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->overflow = false;
    if (buffer->bytes != NULL) {
        buffer->bytes[0] = '\0';
    }
}

/* Room for `more` bytes and the NUL behind; false sets overflow. */
static bool buffer_room(struct buffer *buffer, size_t more)
{
    if (buffer->overflow || more > buffer->limit - buffer->length) {
        buffer->overflow = true;
        return false;
    }
    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity == 0 ? BUFFER_BYTES_FIRST : buffer->capacity * 2;
    capacity = capacity < needed ? needed : capacity;
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        buffer->overflow = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *buffer, const char *text, size_t length)
{
    if (!buffer_room(buffer, length)) {
        return;
    }
    if (length > 0) {
        memcpy(buffer->bytes + buffer->length, text, length);
    }
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_char(struct buffer *buffer, char byte)
{
    if (buffer_room(buffer, 1)) {
        buffer->bytes[buffer->length++] = byte;
        buffer->bytes[buffer->length] = '\0';
    }
}

char *buffer_take(struct buffer *buffer, size_t length)
{
    if (!buffer_room(buffer, length)) {
        return NULL;
    }
    char *place = buffer->bytes + buffer->length;
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
    return place;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(small, sizeof(small), format, args);
    if (length >= 0 && (size_t)length < sizeof(small)) {
        buffer_add(buffer, small, (size_t)length);
    } else if (length >= 0 && buffer_room(buffer, (size_t)length)) {
        (void)vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

struct slice buffer_slice(const struct buffer *buffer)
{
    return (struct slice){ .text = buffer->bytes, .length = buffer->length };
}
