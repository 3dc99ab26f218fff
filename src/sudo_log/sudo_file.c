#include "sudo_log/sudo_file.h"

#include <string.h>

enum { DEPTH_MAX = 32 };

void sudo_cutter_init(struct sudo_cutter *cutter)
{
    *cutter = (struct sudo_cutter){ .depth = 0 };
    buffer_init(&cutter->record, SUDO_FILE_RECORD_BYTES_MAX);
}

void sudo_cutter_done(struct sudo_cutter *cutter)
{
    buffer_done(&cutter->record);
}

bool sudo_cutter_is_inside(const struct sudo_cutter *cutter)
{
    return cutter->depth > 1 || cutter->in_text || cutter->valued;
}

/* A byte of a text: the text before a colon is the kind of the record that follows. */
static bool text_byte(struct sudo_cutter *cutter, char byte)
{
    bool ends = byte == '"' && !cutter->escaped;
    cutter->escaped = byte == '\\' && !cutter->escaped;
    if (ends) {
        cutter->in_text = false;
        return true;
    }
    if (cutter->depth == 1 && !cutter->valued) {
        if (cutter->kind_length == sizeof(cutter->kind)) {
            return false;
        }
        cutter->kind[cutter->kind_length++] = byte;
    }
    return true;
}

static bool open_byte(struct sudo_cutter *cutter, char byte)
{
    bool placed = cutter->depth == 0 ? byte == '{' : cutter->depth > 1 || cutter->valued;
    cutter->depth++;
    return placed && cutter->depth <= DEPTH_MAX;
}

/* *out_whole: a record ends here. */
static bool close_byte(struct sudo_cutter *cutter, bool *out_whole)
{
    if (cutter->depth == 0) {
        return false;
    }
    cutter->depth--;
    *out_whole = cutter->depth == 1;
    cutter->valued = cutter->valued && cutter->depth > 1;
    return true;
}

/* A byte between texts, on the first level: what members are made of. */
static bool member_byte(struct sudo_cutter *cutter, char byte)
{
    if (byte == ':') {
        bool placed = !cutter->valued && cutter->kind_length > 0;
        cutter->valued = true;
        return placed;
    }
    if (byte == ',') {
        cutter->valued = false;
        cutter->kind_length = 0;
        return true;
    }
    return memchr(" \t\r\n", byte, 4) != NULL || cutter->valued;
}

static bool plain_byte(struct sudo_cutter *cutter, char byte, bool *out_whole)
{
    switch (byte) {
    case '"':
        cutter->in_text = true;
        if (cutter->depth == 1 && !cutter->valued) {
            cutter->kind_length = 0;
        }
        return cutter->depth > 0;
    case '{':
    case '[': return open_byte(cutter, byte);
    case '}':
    case ']': return close_byte(cutter, out_whole);
    default: break;
    }
    if (cutter->depth == 0) { /* between objects, one a line */
        return memchr(" \t\r\n", byte, 4) != NULL;
    }
    return cutter->depth > 1 || member_byte(cutter, byte);
}

enum sudo_cut sudo_cutter_next(struct sudo_cutter *cutter, struct slice *rest)
{
    if (cutter->depth == 1 && !cutter->valued && cutter->record.length > 0) {
        buffer_reset(&cutter->record);
    }
    while (rest->length > 0) {
        char byte = rest->text[0];
        bool whole = false;
        bool was_inside = cutter->depth > 1;
        bool fits = cutter->in_text ? text_byte(cutter, byte) : plain_byte(cutter, byte, &whole);
        if (!fits) {
            return CUT_BAD;
        }
        if (was_inside || cutter->depth > 1) {
            buffer_char(&cutter->record, byte);
        }
        *rest = (struct slice){ rest->text + 1, rest->length - 1 };
        cutter->offset++;
        if (whole) {
            return CUT_RECORD;
        }
    }
    return CUT_NOTHING;
}
