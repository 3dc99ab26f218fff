/* How many records a second a format writes, or yajl alone reads of the same document:
     bench_formats ecs|ocsf|cef|yajl SECONDS < document */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/arena.h"
#include "base/time.h"
#include "notify/target.h"

enum { DOCUMENT_BYTES_MAX = 1024 * 1024, ARENA_BYTES_MAX = 64 * 1024 * 1024, AT_ONCE = 200 };

struct work {
    const struct format *format; /* NULL: yajl */
    struct arena *arena;
    struct buffer out;
    struct delivery_item item;
};

static bool yajl_once(struct slice document)
{
    yajl_handle parser = yajl_alloc(NULL, NULL, NULL);
    const unsigned char *text = (const unsigned char *)document.text;
    bool good = parser != NULL && yajl_parse(parser, text, document.length) == yajl_status_ok &&
                yajl_complete_parse(parser) == yajl_status_ok;
    yajl_free(parser);
    return good;
}

static bool work_once(struct work *work)
{
    if (work->format == NULL) {
        return yajl_once(work->item.json);
    }
    arena_reset(work->arena);
    buffer_reset(&work->out);
    return work->format->write(work->arena, &work->item, &work->out, NULL) == RESULT_OK;
}

int main(int count, char **words)
{
    static char document[DOCUMENT_BYTES_MAX];
    struct work work = { .item = { .id = SLICE("id"), .computer = SLICE("computer") } };
    size_t length = fread(document, 1, sizeof(document), stdin);
    if (count != 3 || length == 0) {
        (void)fputs("usage: bench_formats ecs|ocsf|cef|yajl SECONDS < document\n", stderr);
        return 2;
    }
    work.format = format_find(slice_of(words[1]));
    work.arena = arena_new(ARENA_BYTES_MAX);
    work.item.json = slice_trim((struct slice){ document, length });
    buffer_init(&work.out, DOCUMENT_BYTES_MAX * 4);
    int64_t start = time_monotonic_us();
    int64_t end = start + (int64_t)(strtod(words[2], NULL) * (double)US_PER_SECOND);
    int64_t now = start;
    long done = 0;
    bool good = work.format != NULL || strcmp(words[1], "yajl") == 0;
    while (good && now < end) {
        for (int i = 0; good && i < AT_ONCE; i++) {
            good = work_once(&work);
        }
        done += AT_ONCE;
        now = time_monotonic_us();
    }
    (void)printf("{\"per_second\":%.1f}\n",
                 (double)done * (double)US_PER_SECOND / (double)(now - start));
    buffer_done(&work.out);
    arena_free(work.arena);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
