#include "resource/events/event_index.h"

#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/event_piece.h"
#include "resource/events/events.h"
#include "store/dialect.h"
#include "store/store.h"

enum { EVENTS_FIRST = 64, PIECE_BYTES_MAX = 16 * 1024 * 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result damaged(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_BROKEN, NULL, "a piece of the index of events is damaged");
}

enum result event_lock(struct ctx *ctx, enum event_lock lock)
{
    int64_t none = 0;
    if (store_dialect(session_store(ctx->session))->one_server) {
        return RESULT_OK;
    }
    return store_int(ctx->session, &none, ctx->error,
                     "SELECT CASE WHEN CAST(pg_advisory_xact_lock($1) AS TEXT) = '' THEN 1 END",
                     "i", (int64_t)lock);
}

/* --- of a batch ------------------------------------------------------------------------------------------------ */

bool event_index_init(struct event_index *index, struct arena *arena)
{
    memset(index, 0, sizeof(*index));
    return event_words_init(&index->words, arena) && event_words_init(&index->raws, arena);
}

static bool index_grow(struct event_index *index)
{
    if (index->count < index->room) {
        return true;
    }
    uint32_t room = index->room == 0 ? EVENTS_FIRST : index->room * 2;
    uint32_t *all = arena_alloc(index->words.arena, room * EVENT_COLUMNS * sizeof(*all));
    if (all == NULL) {
        return false;
    }
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        if (index->count > 0) {
            memcpy(all + i * room, index->own[i], index->count * sizeof(*all));
        }
        index->own[i] = all + i * room;
    }
    index->room = room;
    return true;
}

/* Events of a batch look alike: most words were met before, as they are. */
static bool column_add(struct event_index *index, struct arena *scratch, enum event_column column,
                       const struct json *event, const char *group_id)
{
    char text[WORD_RAW_BYTES];
    size_t length = 0;
    uint32_t raw = 0;
    uint32_t known = index->raws.count;
    uint32_t *own = &index->own[column][index->count];
    struct slice word;
    if (event_word_raw(column, event, group_id, text, &length)) {
        if (!event_words_add(&index->raws, column, (struct slice){ text, length }, &raw)) {
            return false;
        }
        if (raw < known) {
            *own = index->raws.items[raw].id;
            return true;
        }
    }
    if (!event_word_of(scratch, column, event, group_id, &word) ||
        !event_words_add(&index->words, column, word, own)) {
        return false;
    }
    if (raw > 0) {
        index->raws.items[raw].id = *own;
    }
    return true;
}

bool event_index_add(struct event_index *index, struct arena *scratch, const struct json *event,
                     const char *group_id)
{
    if (!index_grow(index)) {
        return false;
    }
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        if (!column_add(index, scratch, (enum event_column)i, event, group_id)) {
            return false;
        }
    }
    index->count++;
    return true;
}

static enum result piece_insert(struct ctx *ctx, const struct piece_run *span, int64_t last_us,
                                int64_t level, struct slice packed)
{
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO event_piece (first_ingested, last_ingested, event_count, level,"
                     " packed) VALUES ($1, $2, $3, $4, $5)",
                     "iiiib", span->first_us, last_us, (int64_t)span->count, level, packed);
}

/* The texts of a piece under way: slices of the two buffers are taken when both are done, since they move as they grow. */
struct piece_making {
    struct buffer runs, words, codes;
    size_t word_ends[EVENT_COLUMNS], code_ends[EVENT_COLUMNS];
};

static void making_init(struct piece_making *making)
{
    buffer_init(&making->runs, PIECE_BYTES_MAX);
    buffer_init(&making->words, PIECE_BYTES_MAX);
    buffer_init(&making->codes, PIECE_BYTES_MAX);
}

static void making_done(struct piece_making *making)
{
    buffer_done(&making->runs);
    buffer_done(&making->words);
    buffer_done(&making->codes);
}

static struct slice part_of(const struct buffer *buffer, const size_t *ends, size_t column)
{
    size_t start = column == 0 ? 0 : ends[column - 1];
    return (struct slice){ buffer->bytes == NULL ? "" : buffer->bytes + start,
                           ends[column] - start };
}

static void making_piece(const struct piece_making *making, struct piece_text *out)
{
    out->runs = buffer_slice(&making->runs);
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        out->columns[i].words = part_of(&making->words, making->word_ends, i);
        out->columns[i].codes = part_of(&making->codes, making->code_ends, i);
    }
}

static bool making_overflow(const struct piece_making *making)
{
    return making->runs.overflow || making->words.overflow || making->codes.overflow;
}

static bool batch_columns(struct arena *arena, const struct event_index *index,
                          const uint32_t *word_ids, struct piece_making *making)
{
    uint32_t *ids = arena_alloc(arena, index->count * sizeof(*ids));
    bool good = ids != NULL;
    for (size_t i = 0; i < EVENT_COLUMNS && good; i++) {
        for (uint32_t k = 0; k < index->count; k++) {
            ids[k] = word_ids[index->own[i][k]];
        }
        good = piece_column_write(arena, ids, index->count, &making->words, &making->codes);
        making->word_ends[i] = making->words.length;
        making->code_ends[i] = making->codes.length;
    }
    return good && !making_overflow(making);
}

static enum result making_insert(struct ctx *ctx, const struct piece_making *making,
                                 const struct piece_run *span, int64_t last_us, int64_t level)
{
    struct piece_text piece;
    struct buffer text;
    making_piece(making, &piece);
    buffer_init(&text, PIECE_BYTES_MAX);
    piece_text_write(&piece, &text);
    enum result result = text.overflow
                             ? no_memory(ctx)
                             : piece_insert(ctx, span, last_us, level, buffer_slice(&text));
    buffer_done(&text);
    return result;
}

enum result event_index_store(struct ctx *ctx, const struct event_index *index, int64_t first_us,
                              int64_t last_us)
{
    const struct piece_run run = { .first_us = first_us, .count = index->count };
    const uint32_t *word_ids = NULL;
    struct piece_making making;
    TRY(event_words_store(ctx, &index->words, &word_ids));
    making_init(&making);
    piece_runs_write(&run, 1, &making.runs);
    enum result result = batch_columns(ctx->arena, index, word_ids, &making)
                             ? making_insert(ctx, &making, &run, last_us, LEVEL_BLOCK)
                             : no_memory(ctx);
    making_done(&making);
    return result;
}

/* --- merging ----------------------------------------------------------------------------------------------------- */

struct merging {
    struct piece_text *pieces;
    uint32_t *event_counts;
    size_t count;
    int64_t first_us, last_us;
    uint32_t events;
};

/* Which pieces of a level go together now: how many from the oldest on, and what they become; 0: none yet. */
static enum result merge_plan(struct ctx *ctx, int64_t level, size_t *out_count, int64_t *out_level)
{
    const size_t pieces_max = level == LEVEL_BLOCK ? BLOCK_PIECES_MAX : JOINED_PIECES_MAX;
    struct statement *rows = NULL;
    bool row = false;
    int64_t events = 0;
    bool full = false; /* the next one would be too much: a large piece is due */
    *out_count = 0;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT event_count FROM event_piece WHERE level = $1 AND level < 2"
                   " ORDER BY first_ingested LIMIT $2",
                   "ii", level, (int64_t)pieces_max));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && !full) {
        events += statement_int(rows, 0);
        full = events > PIECE_EVENTS_MAX;
        *out_count += full ? 0 : 1;
        result = full ? RESULT_OK : statement_step(rows, &row, ctx->error);
    }
    statement_reset(rows);
    bool large = full || level == LEVEL_JOINED;
    *out_level = large ? LEVEL_LARGE : LEVEL_JOINED;
    if (!full && *out_count < pieces_max) {
        *out_count = 0;
    }
    return result;
}

static enum result piece_take(struct ctx *ctx, const struct statement *row, struct merging *merging)
{
    size_t at = merging->count++;
    struct slice packed = statement_bytes(row, 3);
    char *copy = arena_strndup(ctx->arena, packed.text, packed.length);
    if (copy == NULL) {
        return no_memory(ctx);
    }
    if (at == 0) {
        merging->first_us = statement_int(row, 0);
    }
    merging->last_us = statement_int(row, 1);
    merging->event_counts[at] = (uint32_t)statement_int(row, 2);
    merging->events += merging->event_counts[at];
    return piece_text_read((struct slice){ copy, packed.length }, &merging->pieces[at])
               ? RESULT_OK
               : damaged(ctx);
}

static enum result pieces_load(struct ctx *ctx, int64_t level, size_t count, struct merging *out)
{
    struct statement *rows = NULL;
    bool row = false;
    out->pieces = arena_alloc(ctx->arena, count * sizeof(*out->pieces));
    out->event_counts = arena_alloc(ctx->arena, count * sizeof(*out->event_counts));
    if (out->pieces == NULL || out->event_counts == NULL) {
        return no_memory(ctx);
    }
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT first_ingested, last_ingested, event_count, packed FROM event_piece"
                   " WHERE level = $1 AND level < 2 ORDER BY first_ingested LIMIT $2",
                   "ii", level, (int64_t)count));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && out->count < count) {
        result = piece_take(ctx, rows, out);
        if (result == RESULT_OK) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
}

static bool runs_join(struct arena *arena, const struct merging *merging, struct buffer *out)
{
    struct piece_run *all = arena_alloc(arena, merging->events * sizeof(*all));
    size_t count = 0;
    for (size_t i = 0; i < merging->count; i++) {
        struct piece_run *runs = NULL;
        size_t more = 0;
        if (all == NULL || !piece_runs_read(arena, merging->pieces[i].runs, &runs, &more) ||
            count + more > merging->events) {
            return false;
        }
        memcpy(all + count, runs, more * sizeof(*all));
        count += more;
    }
    piece_runs_write(all, count, out);
    return true;
}

static bool columns_join(struct arena *arena, const struct merging *merging,
                         struct piece_making *making)
{
    struct piece_column *columns = arena_alloc(arena, merging->count * sizeof(*columns));
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        for (size_t k = 0; k < merging->count && columns != NULL; k++) {
            columns[k] = merging->pieces[k].columns[i];
        }
        if (columns == NULL ||
            !piece_columns_join(arena, columns, merging->event_counts, merging->count,
                                &making->words, &making->codes)) {
            return false;
        }
        making->word_ends[i] = making->words.length;
        making->code_ends[i] = making->codes.length;
    }
    return true;
}

static enum result large_insert(struct ctx *ctx, const struct piece_making *making,
                                const struct piece_run *span, int64_t last_us)
{
    struct piece_text piece;
    making_piece(making, &piece);
    TRY(piece_insert(ctx, span, last_us, LEVEL_LARGE, piece.runs));
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        TRY(store_run(ctx->session, ctx->error,
                      "INSERT INTO event_column (column_no, first_ingested, words, codes)"
                      " VALUES ($1, $2, $3, $4)",
                      "iibb", (int64_t)i, span->first_us, piece.columns[i].words,
                      piece.columns[i].codes));
    }
    return RESULT_OK;
}

static enum result merged_store(struct ctx *ctx, const struct merging *merging, int64_t level,
                                int64_t next_level)
{
    const struct piece_run span = { .first_us = merging->first_us, .count = merging->events };
    struct piece_making making;
    making_init(&making);
    bool good = runs_join(ctx->arena, merging, &making.runs) &&
                columns_join(ctx->arena, merging, &making) && !making_overflow(&making);
    enum result result = good ? RESULT_OK : damaged(ctx);
    if (good) {
        result = store_run(ctx->session, ctx->error,
                           "DELETE FROM event_piece WHERE level = $1 AND first_ingested >= $2"
                           " AND first_ingested <= $3",
                           "iii", level, merging->first_us, merging->last_us);
    }
    if (result == RESULT_OK) {
        result = next_level == LEVEL_LARGE
                     ? large_insert(ctx, &making, &span, merging->last_us)
                     : making_insert(ctx, &making, &span, merging->last_us, next_level);
    }
    making_done(&making);
    return result;
}

enum result events_index_merge(struct ctx *ctx, bool *out_more)
{
    *out_more = false;
    TRY(event_lock(ctx, EVENT_LOCK_MERGE));
    for (int64_t level = LEVEL_BLOCK; level < LEVEL_LARGE; level++) {
        struct merging merging = { .count = 0 };
        size_t count = 0;
        int64_t next_level = level;
        TRY(merge_plan(ctx, level, &count, &next_level));
        if (count > 0) {
            TRY(pieces_load(ctx, level, count, &merging));
            *out_more = true;
            return merged_store(ctx, &merging, level, next_level);
        }
    }
    return RESULT_OK;
}
