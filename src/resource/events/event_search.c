#include "resource/events/event_search.h"

#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/event_index.h"
#include "resource/events/event_piece.h"
#include "resource/events/events.h"
#include "store/store.h"

struct piece {
    int64_t first_us, last_us;
    uint32_t event_count;
    bool large;
    struct piece_text text; /* unless it is large */
    struct piece *next;
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
                   " CASE WHEN level < 2 THEN packed END FROM event_piece"
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
    "SELECT " what " FROM event_column WHERE column_no = $1 AND first_ingested = $2"

static enum result words_take(struct scan *scan, const struct piece *piece, size_t at,
                              uint32_t *out_events)
{
    struct ctx *ctx = scan->ctx;
    struct narrowing *narrowing = &scan->narrowings[at];
    const struct event_filter *filter = &scan->search->filters[at];
    struct statement *row = NULL;
    struct slice bytes = piece->text.columns[filter->column].words;
    if (piece->large) {
        TRY(store_row(ctx->session, &row, ctx->error, LARGE_COLUMN("words"), "ii",
                      (int64_t)filter->column, piece->first_us));
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
        TRY(store_row(ctx->session, &row, ctx->error, LARGE_COLUMN("codes"), "ii", (int64_t)column,
                      piece->first_us));
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
        TRY(store_row(ctx->session, &row, ctx->error,
                      "SELECT packed FROM event_piece WHERE first_ingested = $1", "i",
                      look->piece->first_us));
        bytes = statement_bytes(row, 0);
    }
    bool good = piece_runs_read(scan->scratch, bytes, &look->runs, &look->run_count);
    if (row != NULL) {
        statement_reset(row);
    }
    const struct piece_run *last = good ? &look->runs[look->run_count - 1] : NULL;
    return good && last->start + last->count == look->piece->event_count ? RESULT_OK : damaged(ctx);
}

/* How many events of the piece come before the moment. */
static uint32_t events_before(const struct look *look, int64_t moment_us)
{
    size_t low = 0;
    size_t high = look->run_count; /* runs before `low` begin before the moment */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (look->runs[middle].first_us < moment_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return 0;
    }
    const struct piece_run *run = &look->runs[low - 1];
    int64_t steps = (moment_us - run->first_us + EVENT_STAMP_STEP_US - 1) / EVENT_STAMP_STEP_US;
    return run->start + (steps < run->count ? (uint32_t)steps : run->count);
}

static enum result span_cut(struct scan *scan, struct look *look)
{
    const struct piece *piece = look->piece;
    look->high = piece->event_count;
    if (piece->first_us >= scan->search->from_us && piece->last_us <= scan->search->until_us) {
        return RESULT_OK;
    }
    TRY(runs_take(scan, look));
    look->low = events_before(look, scan->search->from_us);
    look->high = events_before(look, scan->search->until_us + 1);
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

static void places_take(struct scan *scan, const struct look *look, int64_t before)
{
    struct event_found *found = scan->found;
    int64_t number = before; /* of the event among all that fit */
    size_t run = 0;
    for (uint32_t i = look->low; i < look->high && found->count < scan->search->wanted; i++) {
        if (!scan->matches[i] || number++ < scan->search->offset) {
            continue;
        }
        while (i - look->runs[run].start >= look->runs[run].count) {
            run++;
        }
        found->places[found->count++] =
            (struct event_place){ look->runs[run].first_us, i - look->runs[run].start };
    }
}

static enum result piece_scan(struct scan *scan, const struct piece *piece)
{
    struct look look = { .piece = piece };
    struct event_found *found = scan->found;
    bool counted = false;
    arena_reset(scan->scratch);
    TRY(span_cut(scan, &look));
    TRY(words_look(scan, &look, &counted));
    if (!counted) {
        TRY(codes_look(scan, &look));
    }
    bool on_page = look.matched > 0 && found->count < scan->search->wanted &&
                   found->total + look.matched > scan->search->offset;
    if (on_page) {
        TRY(runs_take(scan, &look));
        if (counted) {
            TRY(codes_look(scan, &look));
        }
        places_take(scan, &look, found->total);
    }
    found->total += look.matched;
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
    for (const struct piece *at = pieces; at != NULL && result == RESULT_OK; at = at->next) {
        result = piece_scan(&scan, at);
    }
    arena_free(scan.scratch);
    return result;
}
