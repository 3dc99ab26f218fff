#include "resource/events/event_search.h"

#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/event_index.h"
#include "resource/events/event_piece.h"
#include "resource/events/events.h"
#include "store/store.h"

struct piece {
    enum event_class class;
    int64_t first_us, last_us;
    uint32_t event_count;
    uint32_t matched; /* events that fit the search */
    bool large;
    struct piece_text text; /* unless it is large */
    struct piece *next;
};

/* The pieces of one class, which never overlap, in their order; `before` has how many events fit in those before each, and at the
   end in all. */
struct piece_row {
    struct piece **items;
    int64_t *before;
    size_t count;
};

/* A filter over the piece in hand. */
struct narrowing {
    const struct event_filter *filter;
    unsigned char *fits; /* by code: 65536 of them, so that no code is out of bounds */
    uint32_t word_count;
    bool narrows; /* not all events of the piece fit */
};

struct scan {
    struct ctx *ctx;
    const struct event_search *search;
    struct event_found *found;
    struct piece_words words;
    struct narrowing narrowings[EVENT_COLUMNS];
    unsigned char *matches; /* by event of the piece */
    struct arena *scratch;  /* of one piece */
    struct piece_row rows[EVENT_CLASSES];
};

enum { CODES_MAX = 65536, SCRATCH_BYTES = 16 * 1024 * 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result damaged(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_BROKEN, NULL, "a piece of the index of events is damaged");
}

/* --- the pieces of the span --------------------------------------------------------------------------------------- */

static enum result piece_read(struct ctx *ctx, const struct statement *row, struct piece *piece)
{
    struct slice packed = statement_bytes(row, 4);
    int64_t class = statement_int(row, 5);
    if (class < 0 || class >= EVENT_CLASSES) {
        return damaged(ctx);
    }
    piece->class = (enum event_class) class;
    piece->first_us = statement_int(row, 0);
    piece->last_us = statement_int(row, 1);
    piece->event_count = (uint32_t)statement_int(row, 2);
    piece->large = statement_int(row, 3) == LEVEL_LARGE;
    if (piece->event_count < 1 || piece->event_count > PIECE_EVENTS_MAX) {
        return damaged(ctx);
    }
    if (piece->large) {
        return RESULT_OK;
    }
    char *copy = arena_strndup(ctx->arena, packed.text, packed.length);
    if (copy == NULL) {
        return no_memory(ctx);
    }
    return piece_text_read((struct slice){ copy, packed.length }, &piece->text) ? RESULT_OK
                                                                                : damaged(ctx);
}

/* All in one statement, which sees one state of the store: small pieces whole, since they may be merged away before they are
   looked at. Large ones stay. */
static enum result pieces_load(struct ctx *ctx, const struct event_search *search,
                               struct piece **out)
{
    struct statement *rows = NULL;
    struct piece **end = out;
    bool row = false;
    *out = NULL;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT first_ingested, last_ingested, event_count, level,"
                   " CASE WHEN level < 2 THEN packed END, class_no FROM event_piece"
                   " WHERE last_ingested >= $1 AND first_ingested <= $2 ORDER BY first_ingested",
                   "ii", search->from_us, search->until_us));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        struct piece *piece = arena_alloc(ctx->arena, sizeof(*piece));
        result = piece == NULL ? no_memory(ctx) : piece_read(ctx, rows, piece);
        if (result == RESULT_OK) {
            *end = piece;
            end = &piece->next;
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
}

/* --- what fits ------------------------------------------------------------------------------------------------------ */

/* Marks the codes whose word is one of the filter's; gives how many events have them. */
static uint32_t words_fit(const struct piece_words *words, const struct word_ids *ids,
                          unsigned char *fits)
{
    uint32_t events = 0;
    size_t k = 0;
    memset(fits, 0, CODES_MAX);
    for (uint32_t i = 0; i < words->count && k < ids->count; i++) {
        while (k < ids->count && ids->ids[k] < words->ids[i]) {
            k++;
        }
        if (k < ids->count && ids->ids[k] == words->ids[i]) {
            fits[i] = 1;
            events += words->counts[i];
        }
    }
    return events;
}

#define LARGE_COLUMN(what) \
    "SELECT " what         \
    " FROM event_column WHERE class_no = $1 AND first_ingested = $2 AND column_no = $3"

/* Large pieces stay until retention drops them. */
static enum result or_dropped(struct ctx *ctx, enum result result)
{
    return result != RESULT_NOT_FOUND
               ? result
               : fail(ctx->error, RESULT_CONFLICT, NULL, "events were dropped meanwhile");
}

static enum result large_column(struct ctx *ctx, const struct piece *piece,
                                enum event_column column, const char *sql, struct statement **out)
{
    return or_dropped(ctx, store_row(ctx->session, out, ctx->error, sql, "iii",
                                     (int64_t)piece->class, piece->first_us, (int64_t)column));
}

static enum result words_take(struct scan *scan, const struct piece *piece, size_t at,
                              uint32_t *out_events)
{
    struct ctx *ctx = scan->ctx;
    struct narrowing *narrowing = &scan->narrowings[at];
    const struct event_filter *filter = &scan->search->filters[at];
    struct statement *row = NULL;
    struct slice bytes = piece->text.columns[filter->column].words;
    if (piece->large) {
        TRY(large_column(ctx, piece, filter->column, LARGE_COLUMN("words"), &row));
        bytes = statement_bytes(row, 0);
    }
    bool good = piece_words_read(bytes, piece->event_count, &scan->words);
    if (row != NULL) {
        statement_reset(row);
    }
    if (!good) {
        return damaged(ctx);
    }
    *out_events = words_fit(&scan->words, &filter->ids, narrowing->fits);
    narrowing->word_count = scan->words.count;
    narrowing->narrows = *out_events < piece->event_count;
    return RESULT_OK;
}

static void codes_match(const struct scan *scan, const struct narrowing *narrowing,
                        struct slice codes, uint32_t event_count)
{
    const unsigned char *bytes = (const unsigned char *)codes.text;
    unsigned char *matches = scan->matches;
    const unsigned char *fits = narrowing->fits;
    if (narrowing->word_count <= 256) {
        for (uint32_t i = 0; i < event_count; i++) {
            matches[i] &= fits[bytes[i]];
        }
        return;
    }
    for (uint32_t i = 0; i < event_count; i++) {
        matches[i] &= fits[bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8];
    }
}

static enum result codes_take(struct scan *scan, const struct piece *piece, size_t at)
{
    struct ctx *ctx = scan->ctx;
    const struct narrowing *narrowing = &scan->narrowings[at];
    enum event_column column = scan->search->filters[at].column;
    struct statement *row = NULL;
    struct slice codes = piece->text.columns[column].codes;
    size_t width = narrowing->word_count <= 256 ? 1 : 2;
    if (piece->large) {
        TRY(large_column(ctx, piece, column, LARGE_COLUMN("codes"), &row));
        codes = statement_bytes(row, 0);
    }
    bool good = codes.length == width * piece->event_count;
    if (good) {
        codes_match(scan, narrowing, codes, piece->event_count);
    }
    if (row != NULL) {
        statement_reset(row);
    }
    return good ? RESULT_OK : damaged(ctx);
}

/* --- one piece ------------------------------------------------------------------------------------------------------ */

struct look {
    const struct piece *piece;
    uint32_t low, high; /* events of the piece that are in the span */
    struct piece_run *runs;
    size_t run_count;
    uint32_t matched;
    size_t narrowing_count;
};

static enum result runs_take(struct scan *scan, struct look *look)
{
    struct ctx *ctx = scan->ctx;
    struct statement *row = NULL;
    struct slice bytes = look->piece->text.runs;
    if (look->runs != NULL) {
        return RESULT_OK;
    }
    if (look->piece->large) {
        TRY(or_dropped(ctx, store_row(ctx->session, &row, ctx->error,
                                      "SELECT packed FROM event_piece WHERE first_ingested = $1",
                                      "i", look->piece->first_us)));
        bytes = statement_bytes(row, 0);
    }
    bool good = piece_runs_read(scan->scratch, bytes, &look->runs, &look->run_count);
    if (row != NULL) {
        statement_reset(row);
    }
    const struct piece_run *last = good ? &look->runs[look->run_count - 1] : NULL;
    return good && last->start + last->count == look->piece->event_count ? RESULT_OK : damaged(ctx);
}

static enum result span_cut(struct scan *scan, struct look *look)
{
    const struct piece *piece = look->piece;
    look->high = piece->event_count;
    if (piece->first_us >= scan->search->from_us && piece->last_us <= scan->search->until_us) {
        return RESULT_OK;
    }
    TRY(runs_take(scan, look));
    look->low = piece_runs_before(look->runs, look->run_count, scan->search->from_us);
    look->high = piece_runs_before(look->runs, look->run_count, scan->search->until_us + 1);
    return RESULT_OK;
}

static bool is_whole(const struct look *look)
{
    return look->low == 0 && look->high == look->piece->event_count;
}

/* By the words alone: often that says how many fit, without a look at the events. */
static enum result words_look(struct scan *scan, struct look *look, bool *out_counted)
{
    look->matched = look->high - look->low;
    for (size_t i = 0; i < scan->search->filter_count && look->matched > 0; i++) {
        uint32_t events = 0;
        TRY(words_take(scan, look->piece, i, &events));
        look->narrowing_count += scan->narrowings[i].narrows ? 1 : 0;
        look->matched = events == 0 ? 0 : look->matched;
        if (events > 0 && look->narrowing_count == 1 && scan->narrowings[i].narrows) {
            look->matched = events;
        }
    }
    *out_counted = look->matched == 0 || look->narrowing_count == 0 ||
                   (look->narrowing_count == 1 && is_whole(look));
    return RESULT_OK;
}

static enum result codes_look(struct scan *scan, struct look *look)
{
    memset(scan->matches, 0, look->piece->event_count);
    memset(scan->matches + look->low, 1, look->high - look->low);
    for (size_t i = 0; i < scan->search->filter_count; i++) {
        if (scan->narrowings[i].narrows) {
            TRY(codes_take(scan, look->piece, i));
        }
    }
    look->matched = 0;
    for (uint32_t i = look->low; i < look->high; i++) {
        look->matched += scan->matches[i];
    }
    return RESULT_OK;
}

/* Counts what fits. */
static enum result piece_count(struct scan *scan, struct piece *piece)
{
    struct look look = { .piece = piece };
    bool counted = false;
    arena_reset(scan->scratch);
    TRY(span_cut(scan, &look));
    TRY(words_look(scan, &look, &counted));
    if (!counted) {
        TRY(codes_look(scan, &look));
    }
    piece->matched = look.matched;
    return RESULT_OK;
}

/* Writes down the stamps of what fits. */
static enum result piece_stamps(struct scan *scan, const struct piece *piece, int64_t *out,
                                size_t *out_count)
{
    struct look look = { .piece = piece };
    bool counted = false;
    size_t run = 0;
    *out_count = 0;
    arena_reset(scan->scratch);
    TRY(span_cut(scan, &look));
    TRY(words_look(scan, &look, &counted));
    TRY(codes_look(scan, &look));
    TRY(runs_take(scan, &look));
    for (uint32_t i = look.low; i < look.high; i++) {
        if (!scan->matches[i]) {
            continue;
        }
        while (i - look.runs[run].start >= look.runs[run].count) {
            run++;
        }
        out[(*out_count)++] =
            look.runs[run].first_us + (int64_t)(i - look.runs[run].start) * EVENT_STAMP_STEP_US;
    }
    return RESULT_OK;
}

/* --- the page --------------------------------------------------------------------------------------------------------- */

static enum result rows_init(struct scan *scan, struct piece *pieces)
{
    struct arena *arena = scan->ctx->arena;
    size_t count = 0;
    for (const struct piece *at = pieces; at != NULL; at = at->next) {
        count++;
    }
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        struct piece_row *row = &scan->rows[i];
        row->items = arena_alloc(arena, (count + 1) * sizeof(struct piece *));
        row->before = arena_alloc(arena, (count + 1) * sizeof(*row->before));
        if (row->items == NULL || row->before == NULL) {
            return no_memory(scan->ctx);
        }
    }
    for (struct piece *at = pieces; at != NULL; at = at->next) {
        struct piece_row *row = &scan->rows[at->class];
        row->items[row->count++] = at;
        row->before[row->count] = row->before[row->count - 1] + at->matched;
    }
    return RESULT_OK;
}

/* How many pieces of a row end before the moment. */
static size_t pieces_before(const struct piece_row *row, int64_t moment_us)
{
    size_t low = 0;
    size_t high = row->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row->items[middle]->last_us < moment_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whatever the classes' events go between each other: at least so many that fit come before the piece, and at most so many
   before its end. */
static void piece_bounds(const struct scan *scan, const struct piece *piece, int64_t *out_least,
                         int64_t *out_most)
{
    *out_least = 0;
    *out_most = 0;
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        const struct piece_row *row = &scan->rows[i];
        size_t ended = pieces_before(row, piece->first_us);
        size_t begun = pieces_before(row, piece->last_us + 1);
        begun += begun < row->count && row->items[begun]->first_us <= piece->last_us ? 1 : 0;
        *out_least += row->before[ended];
        *out_most += row->before[begun];
    }
}

/* The events of one class that may be on the page, or before it in pieces that reach into it. */
struct stream {
    size_t piece, piece_end; /* of the row; the next one to load */
    int64_t *stamps;
    size_t at, count;
};

static enum result stream_fill(struct scan *scan, size_t class, struct stream *stream)
{
    while (stream->at == stream->count && stream->piece < stream->piece_end) {
        const struct piece *piece = scan->rows[class].items[stream->piece++];
        stream->at = 0;
        stream->count = 0;
        if (piece->matched > 0) {
            TRY(piece_stamps(scan, piece, stream->stamps, &stream->count));
        }
    }
    return RESULT_OK;
}

/* Which pieces of each class those are; *out_before: events that fit in pieces wholly before the page. */
static enum result streams_init(struct scan *scan, struct stream *streams, int64_t *out_before)
{
    const struct event_search *search = scan->search;
    *out_before = 0;
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        const struct piece_row *row = &scan->rows[i];
        struct stream *stream = &streams[i];
        int64_t least = 0;
        int64_t most = 0;
        for (size_t k = 0; k < row->count && least < search->offset + search->wanted; k++) {
            piece_bounds(scan, row->items[k], &least, &most);
            if (most <= search->offset) {
                stream->piece = k + 1;
            } else if (least < search->offset + search->wanted) {
                stream->piece_end = k + 1;
            }
        }
        *out_before += row->before[stream->piece];
        stream->stamps = arena_alloc(scan->ctx->arena, PIECE_EVENTS_MAX * sizeof(int64_t));
        if (stream->stamps == NULL) {
            return no_memory(scan->ctx);
        }
        TRY(stream_fill(scan, i, stream));
    }
    return RESULT_OK;
}

static size_t stream_next(const struct stream *streams)
{
    size_t next = EVENT_CLASSES;
    for (size_t i = 0; i < EVENT_CLASSES; i++) {
        const struct stream *stream = &streams[i];
        if (stream->at < stream->count &&
            (next == EVENT_CLASSES ||
             stream->stamps[stream->at] < streams[next].stamps[streams[next].at])) {
            next = i;
        }
    }
    return next;
}

static enum result page_take(struct scan *scan)
{
    struct stream streams[EVENT_CLASSES] = { { .piece = 0 } };
    struct event_found *found = scan->found;
    int64_t number = 0; /* of the event among all that fit */
    TRY(streams_init(scan, streams, &number));
    for (size_t i = stream_next(streams); i < EVENT_CLASSES && found->count < scan->search->wanted;
         i = stream_next(streams)) {
        struct stream *stream = &streams[i];
        int64_t stamp_us = stream->stamps[stream->at++];
        if (number++ >= scan->search->offset) {
            found->places[found->count++] = (struct event_place){ (enum event_class)i, stamp_us };
        }
        TRY(stream_fill(scan, i, stream));
    }
    return RESULT_OK;
}

/* --- all -------------------------------------------------------------------------------------------------------------- */

static bool scan_init(struct scan *scan)
{
    struct arena *arena = scan->ctx->arena;
    bool good = piece_words_init(&scan->words, arena);
    scan->matches = arena_alloc(arena, PIECE_EVENTS_MAX);
    scan->scratch = arena_new(SCRATCH_BYTES);
    for (size_t i = 0; i < scan->search->filter_count && good; i++) {
        scan->narrowings[i].fits = arena_alloc(arena, CODES_MAX);
        good = scan->narrowings[i].fits != NULL;
    }
    return good && scan->matches != NULL && scan->scratch != NULL;
}

static bool none_can_fit(const struct event_search *search)
{
    for (size_t i = 0; i < search->filter_count; i++) {
        if (search->filters[i].ids.count == 0) {
            return true;
        }
    }
    return search->from_us > search->until_us;
}

enum result event_search_run(struct ctx *ctx, const struct event_search *search,
                             struct event_found *out)
{
    struct scan scan = { .ctx = ctx, .search = search, .found = out };
    struct piece *pieces = NULL;
    out->total = 0;
    out->count = 0;
    if (none_can_fit(search)) {
        return RESULT_OK;
    }
    TRY(pieces_load(ctx, search, &pieces));
    enum result result = scan_init(&scan) ? RESULT_OK : no_memory(ctx);
    for (struct piece *at = pieces; at != NULL && result == RESULT_OK; at = at->next) {
        result = piece_count(&scan, at);
        out->total += at->matched;
    }
    if (result == RESULT_OK && out->total > search->offset) {
        result = rows_init(&scan, pieces);
    }
    if (result == RESULT_OK && out->total > search->offset) {
        result = page_take(&scan);
    }
    arena_free(scan.scratch);
    return result;
}
