/* reeve events export: events of a store as lines of JSON or as CSV, beside a running server. A file is only ever added to, record by record,
   so whatever ends it, --resume goes on behind the last whole one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/export_file.h"
#include "cli/store_command.h"
#include "resource/events/event_csv.h"
#include "resource/events/events.h"

enum {
    PAGE_EVENTS = 1000,
    PAGE_BYTES = 8 * 1024 * 1024,
    PAGE_ARENA_BYTES = 512 * 1024 * 1024,
    TEXT_BYTES_MAX = 64 * 1024 * 1024,
    PAIRS_MAX = 3 + OPTION_VALUES_MAX,
    BAR = 30,
};

struct export
{
    const struct options *options;
    enum export_form form;
    struct export_file file;
    struct query_pair pairs[PAIRS_MAX];
    size_t pair_count;
    struct event_query *query;
    struct arena *arena; /* of a page */
    struct buffer text;
    int64_t done, all;
};

/* --- what is asked for ----------------------------------------------------------------------------------------------- */

static void pair_add(struct export *export, const char *name, struct slice value)
{
    export->pairs[export->pair_count++] = (struct query_pair){ slice_of(name), value };
}

static enum result filter_check(struct slice name, struct slice value, struct error *error)
{
    if (value.length > 0 && !slice_starts_any_case(name, "Pagination.") &&
        !slice_starts_any_case(name, "TimePeriod.")) {
        return events_query_has(name) ? RESULT_OK
                                      : fail(error, RESULT_INVALID, "where",
                                             "--where %.*s: GET Events/search has no such filter",
                                             (int)name.length, name.text);
    }
    return fail(error, RESULT_INVALID, "where",
                "--where must be NAME=VALUE, like Events.EventCode=100; the period is --from and"
                " --until");
}

static enum result pairs_read(struct export *export, char now[TIME_TEXT_BYTES], struct error *error)
{
    const char *until = option_text(export->options, "until");
    size_t count = 0;
    bool has_system = false;
    const char *const *filters = option_list(export->options, "where", &count);
    (void)time_format(time_now_us(), TIME_ZONED, now);
    pair_add(export, "TimePeriod.StartDate", slice_of(option_text(export->options, "from")));
    pair_add(export, "TimePeriod.EndDate", slice_of(until == NULL ? now : until));
    for (size_t i = 0; i < count; i++) {
        struct slice value = slice_of(filters[i]);
        struct slice name = slice_cut(&value, '=');
        TRY(filter_check(name, value, error));
        has_system = has_system || slice_is_any_case(name, "OperatingSystem");
        export->pairs[export->pair_count++] = (struct query_pair){ name, value };
    }
    if (!has_system) {
        pair_add(export, "OperatingSystem", SLICE("*"));
    }
    return RESULT_OK;
}

/* --- pages ------------------------------------------------------------------------------------------------------------ */

static void show_progress(const struct export *export)
{
    if (isatty(STDERR_FILENO) != 1) {
        return;
    }
    int64_t all = export->all > export->done ? export->all : export->done;
    int full = all == 0 ? BAR : (int)(export->done * BAR / all);
    (void)fprintf(stderr, "\r[%.*s%.*s] %3" PRId64 " %%  %" PRId64 " of %" PRId64 " events ", full,
                  "##############################", BAR - full, "..............................",
                  all == 0 ? 100 : export->done * 100 / all, export->done, all);
}

static void end_progress(void)
{
    if (isatty(STDERR_FILENO) == 1) {
        (void)fputc('\n', stderr);
    }
}

static enum result item_write(struct export *export, const struct event_item *item,
                              struct error *error)
{
    if (export->form == EXPORT_CSV) {
        return event_csv_row(export->arena, item->json, &export->text, error);
    }
    buffer_add(&export->text, item->json.text, item->json.length);
    buffer_char(&export->text, '\n');
    return RESULT_OK;
}

static enum result page_write(struct export *export, const struct event_item *items, size_t count,
                              struct error *error)
{
    buffer_reset(&export->text);
    for (size_t i = 0; i < count; i++) {
        TRY(item_write(export, &items[i], error));
    }
    if (export->text.overflow) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a page of events");
    }
    TRY(export_file_write(&export->file, buffer_slice(&export->text), error));
    export->done += (int64_t)count;
    show_progress(export);
    return RESULT_OK;
}

static enum result pages_write(struct ctx *ctx, struct export *export)
{
    static struct event_item items[PAGE_EVENTS];
    size_t count = 0;
    struct ctx page = *ctx;
    page.arena = export->arena;
    do {
        arena_reset(export->arena);
        TRY(events_query_next(&page, export->query, PAGE_EVENTS, PAGE_BYTES, items, &count));
        TRY(page_write(export, items, count, ctx->error));
    } while (count > 0);
    return RESULT_OK;
}

static enum result run_export(struct ctx *ctx, void *argument)
{
    struct export *export = argument;
    struct ctx page = *ctx;
    page.arena = export->arena;
    TRY(events_query_open(ctx, export->pairs, export->pair_count, &export->query));
    events_query_move(export->query, export->file.stamp_us);
    TRY(events_query_count(&page, export->query, &export->all));
    if (export->form == EXPORT_CSV && export->file.records == 0) {
        buffer_reset(&export->text);
        event_csv_head(&export->text);
        TRY(export_file_write(&export->file, buffer_slice(&export->text), ctx->error));
    }
    show_progress(export);
    enum result result = pages_write(ctx, export);
    end_progress();
    return result;
}

enum result command_events_export(const struct options *options, struct error *error)
{
    struct export export = { .options = options };
    const char *path = option_text(options, "out");
    char now[TIME_TEXT_BYTES];
    export.form = strcmp(option_text(options, "as"), "csv") == 0 ? EXPORT_CSV : EXPORT_NDJSON;
    if (path == NULL && option_switch(options, "resume")) {
        return fail(error, RESULT_INVALID, "resume", "--resume needs the file: --out FILE");
    }
    TRY(pairs_read(&export, now, error));
    export.arena = arena_new(PAGE_ARENA_BYTES);
    if (export.arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the export");
    }
    buffer_init(&export.text, TEXT_BYTES_MAX);
    enum result result =
        export_file_open(path, export.form, option_switch(options, "resume"), &export.file, error);
    if (result == RESULT_OK) {
        result = store_command_read(options, run_export, &export, error);
        result = export_file_close(&export.file, result, error);
    }
    if (result == RESULT_OK) {
        (void)fprintf(path == NULL ? stderr : stdout, "%" PRId64 " events\n", export.done);
    }
    buffer_done(&export.text);
    arena_free(export.arena);
    return result;
}
