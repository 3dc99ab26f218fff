#include "sandbox/rows.h"

#include <stdlib.h>
#include <string.h>

void row_memory_reset(struct row_memory *memory)
{
    for (size_t i = 0; i < WALKS_MAX; i++) {
        free(memory->walks[i].row);
    }
    *memory = (struct row_memory){ .next = 0 };
}

/* --- the page's text, as the server itself writes it ------------------------------------------------ */

struct page {
    int64_t number, count;
    size_t begin, end;            /* of the rows' text, within the brackets */
    size_t last_begin, row_count; /* of the last row */
};

static bool member_number(const struct buffer *body, const char *name, int64_t *out)
{
    const char *at = strstr(body->bytes, name);
    if (at == NULL) {
        return false;
    }
    at += strlen(name);
    size_t length = strspn(at, "0123456789");
    return slice_int64((struct slice){ at, length }, out);
}

/* Walks the values of the array that begins at `at`, to its closing bracket. */
static bool rows_find(const struct buffer *body, size_t at, struct page *out)
{
    size_t depth = 0;
    bool in_text = false;
    out->begin = at;
    out->last_begin = at;
    out->row_count = 0;
    for (; at < body->length; at++) {
        char byte = body->bytes[at];
        if (in_text) {
            at += byte == '\\' ? 1 : 0;
            in_text = byte != '"';
        } else if (byte == '"') {
            in_text = true;
        } else if (byte == '{' || byte == '[') {
            if (depth++ == 0) {
                out->last_begin = at;
                out->row_count++;
            }
        } else if (byte == '}' || byte == ']') {
            if (depth == 0) {
                out->end = at;
                return byte == ']';
            }
            depth--;
        }
    }
    return false;
}

static bool page_read(const struct buffer *body, struct page *out)
{
    static const char data[] = "\"data\":[";
    if (body->length == 0 || body->bytes[0] != '{') {
        return false;
    }
    const char *rows = strstr(body->bytes, data);
    return rows != NULL && member_number(body, "\"pageNumber\":", &out->number) &&
           member_number(body, "\"pageCount\":", &out->count) &&
           rows_find(body, (size_t)(rows - body->bytes) + sizeof(data) - 1, out) &&
           out->row_count > 0;
}

/* --- walks -------------------------------------------------------------------------------------------- */

static struct row_walk *walk_find(struct row_memory *memory, const char *key)
{
    for (size_t i = 0; i < WALKS_MAX; i++) {
        if (strcmp(memory->walks[i].key, key) == 0) {
            return &memory->walks[i];
        }
    }
    return NULL;
}

static struct row_walk *walk_take(struct row_memory *memory, const char *key)
{
    struct row_walk *walk = walk_find(memory, key);
    if (walk == NULL) {
        walk = &memory->walks[memory->next++ % WALKS_MAX];
    }
    free(walk->row);
    *walk = (struct row_walk){ .row = NULL };
    return walk;
}

static void walk_keep(struct row_memory *memory, const char *key, const struct page *page,
                      struct slice row)
{
    struct row_walk *walk = walk_take(memory, key);
    walk->row = row.length > ROW_BYTES_MAX ? NULL : malloc(row.length);
    if (walk->row == NULL) {
        return;
    }
    memcpy(walk->row, row.text, row.length);
    walk->length = row.length;
    walk->page = page->number;
    memcpy(walk->key, key, strlen(key) + 1);
}

static void page_write(const struct buffer *body, const struct page *page, struct slice first,
                       struct buffer *out)
{
    size_t end = page->end;
    if (page->number < page->count) { /* the page stays as long as it was */
        end = page->last_begin;
    }
    buffer_init(out, body->limit + ROW_BYTES_MAX);
    buffer_add(out, body->bytes, page->begin);
    buffer_add(out, first.text, first.length);
    if (end > page->begin) {
        buffer_char(out, ',');
        /* Before the last row stands a comma. */
        size_t length = end - page->begin - (end == page->last_begin ? 1 : 0);
        buffer_add(out, body->bytes + page->begin, length);
    }
    buffer_add(out, body->bytes + page->end, body->length - page->end);
}

void rows_pass(struct row_memory *memory, const char *key, enum rows_wish wish, struct buffer *body)
{
    struct page page;
    struct buffer changed;
    if (strlen(key) >= WALK_KEY_BYTES || !page_read(body, &page)) {
        return;
    }
    buffer_init(&changed, 0);
    const struct row_walk *walk = walk_find(memory, key);
    if (wish == ROWS_REPEAT && walk != NULL && walk->row != NULL && walk->page + 1 == page.number) {
        page_write(body, &page, (struct slice){ walk->row, walk->length }, &changed);
    }
    walk_keep(memory, key, &page,
              (struct slice){ body->bytes + page.last_begin, page.end - page.last_begin });
    if (changed.length > 0 && !changed.overflow) {
        buffer_done(body);
        *body = changed;
    } else {
        buffer_done(&changed);
    }
}
