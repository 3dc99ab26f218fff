/* Edges as text: "1", the direction, the list's fingerprint, the moment when the order goes by one, then each value by
   its type and length, or "." for the very start or end; in base64url. A cursor names no more than the caller has seen,
   so it needs no secret; it is checked because it is input. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "model/list_sql.h"
#include "model/operation.h"

enum { HEAD_BYTES = 18 }; /* version, direction, 16 hex digits */

char *edge_write(struct arena *arena, const struct list *list, const struct edge *edge,
                 bool backward)
{
    struct buffer text;
    buffer_init(&text, EDGE_TEXT_BYTES_MAX);
    buffer_print(&text, "1%c%016" PRIx64, backward ? 'p' : 'n', list_fingerprint(list));
    if (list_goes_by_time(list)) {
        buffer_print(&text, "i%" PRId64 ";", edge->now_us);
    }
    if (edge->count == 0) {
        buffer_char(&text, '.');
    }
    for (uint32_t i = 0; i < edge->count; i++) {
        const struct edge_value *value = &edge->values[i];
        if (value->is_text) {
            buffer_print(&text, "t%zu:", value->text.length);
            buffer_add(&text, value->text.text, value->text.length);
        } else {
            buffer_print(&text, "i%" PRId64 ";", value->number);
        }
    }
    char *out = text.overflow ? NULL : base64url_encode(arena, text.bytes, text.length);
    buffer_done(&text);
    return out;
}

static bool value_read(struct slice *rest, bool is_text, struct edge_value *out)
{
    if (rest->length == 0 || rest->text[0] != (is_text ? 't' : 'i')) {
        return false;
    }
    rest->text++;
    rest->length--;
    struct slice number = slice_cut(rest, is_text ? ':' : ';');
    int64_t value = 0;
    if (!slice_int64(number, &value)) {
        return false;
    }
    out->is_text = is_text;
    if (!is_text) {
        out->number = value;
        return true;
    }
    if (value < 0 || (uint64_t)value > rest->length) {
        return false;
    }
    out->text = (struct slice){ rest->text, (size_t)value };
    rest->text += value;
    rest->length -= (size_t)value;
    return slice_is_utf8(out->text);
}

bool edge_read(struct arena *arena, const struct list *list, struct slice text, struct edge *out,
               bool *out_backward)
{
    struct slice rest;
    char head[HEAD_BYTES + 1];
    if (text.length > 2 * (size_t)EDGE_TEXT_BYTES_MAX || !base64_decode(arena, text, &rest) ||
        rest.length < HEAD_BYTES) {
        return false;
    }
    *out_backward = rest.text[1] == 'p';
    (void)snprintf(head, sizeof(head), "1%c%016" PRIx64, *out_backward ? 'p' : 'n',
                   list_fingerprint(list));
    if (memcmp(rest.text, head, HEAD_BYTES) != 0) {
        return false;
    }
    rest.text += HEAD_BYTES;
    rest.length -= HEAD_BYTES;
    struct edge_value moment = { .number = 0 };
    if (list_goes_by_time(list) && !value_read(&rest, false, &moment)) {
        return false;
    }
    out->now_us = moment.number;
    out->count = 0;
    if (slice_is(rest, ".")) {
        return true;
    }
    for (size_t i = 0; i <= list->sort_count; i++) {
        bool is_text = i < list->sort_count ? list->sorts[i].field->sort_is_text
                                            : !list->resource->key_is_number;
        if (!value_read(&rest, is_text, &out->values[i])) {
            return false;
        }
    }
    out->count = (uint32_t)list->sort_count + 1;
    return rest.length == 0;
}
