/* For the tests of the formats: writes records of documents, the tables behind them, and how fast that goes.
     format_records write FORMAT    standard input: lines "feed TAB id TAB computer TAB microseconds TAB document";
                                    standard output: one line a record, "+" before it, or "-" and the fault
     format_records tables          the mappings, as the tables of docs/delivery-formats.md */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "notify/format_cef.h"
#include "notify/format_ocsf.h"

enum { RECORD_BYTES_MAX = 64 * 1024 * 1024, ARENA_BYTES_MAX = 256 * 1024 * 1024 };

static bool feed_of(struct slice name, enum feed *out)
{
    for (int feed = 0; feed < FEED_COUNT; feed++) {
        if (slice_is(name, feed_names[feed])) {
            *out = (enum feed)feed;
            return true;
        }
    }
    return false;
}

static void write_record(const struct format *format, struct arena *arena, struct slice line,
                         struct buffer *out)
{
    struct delivery_item item = { 0 };
    struct error error = { 0 };
    struct slice feed = slice_cut(&line, '\t');
    item.id = slice_cut(&line, '\t');
    item.computer = slice_cut(&line, '\t');
    struct slice time = slice_cut(&line, '\t');
    item.json = line;
    buffer_reset(out);
    arena_reset(arena);
    if (!feed_of(feed, &item.feed) || !slice_int64(time, &item.time)) {
        (void)printf("-no such feed or time\n");
    } else if (format->write(arena, &item, out, &error) != RESULT_OK) {
        (void)printf("-%s\n", error.text);
    } else {
        (void)putchar('+');
        (void)fwrite(out->bytes, 1, out->length, stdout);
        (void)putchar('\n');
    }
}

static int write_records(const char *name)
{
    const struct format *format = format_find(slice_of(name));
    struct arena *arena = arena_new(ARENA_BYTES_MAX);
    struct buffer out;
    char *line = NULL;
    size_t room = 0;
    buffer_init(&out, RECORD_BYTES_MAX);
    if (format == NULL || arena == NULL) {
        (void)fprintf(stderr, "no format %s\n", name);
        return EXIT_FAILURE;
    }
    for (ssize_t length = getline(&line, &room, stdin); length > 0;
         length = getline(&line, &room, stdin)) {
        size_t end = line[length - 1] == '\n' ? 1 : 0;
        write_record(format, arena, (struct slice){ line, (size_t)length - end }, &out);
    }
    free(line);
    buffer_done(&out);
    arena_free(arena);
    return EXIT_SUCCESS;
}

static void cef_tables(void)
{
    for (size_t feed = 0; feed < FEED_COUNT; feed++) {
        (void)printf("cef %s\n", feed_names[feed]);
        for (size_t i = 0; i < cef_maps[feed].count; i++) {
            const struct cef_row *row = &cef_maps[feed].rows[i];
            (void)printf("| `%s` | %s | %s |\n", row->key, row->label == NULL ? "" : row->label,
                         cef_source(row));
        }
    }
}

static void ocsf_tables(void)
{
    for (size_t feed = 0; feed < FEED_COUNT; feed++) {
        (void)printf("ocsf %s\n", feed_names[feed]);
        for (size_t i = 0; i < ocsf_maps[feed].count; i++) {
            const struct ocsf_row *row = &ocsf_maps[feed].rows[i];
            (void)printf("| `%s` | `%s` |", row->from, row->to);
            for (size_t kind = 0; kind < RECORD_KINDS; kind++) {
                if ((row->kinds & OCSF_KIND(kind)) != 0) {
                    (void)printf(" %" PRId64, ocsf_classes[kind].class_uid);
                }
            }
            (void)printf(" |\n");
        }
    }
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "write") == 0) {
        return write_records(arguments[2]);
    }
    if (count == 2 && strcmp(arguments[1], "tables") == 0) {
        cef_tables();
        ocsf_tables();
        return EXIT_SUCCESS;
    }
    (void)fprintf(stderr, "usage: %s write FORMAT | tables\n", arguments[0]);
    return EXIT_FAILURE;
}
