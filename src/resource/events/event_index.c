#include "resource/events/event_index.h"

#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/event_partition.h"
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

static bool part_grow(struct event_index *index, struct event_part *part)
{
    if (part->count < part->room) {
        return true;
    }
    uint32_t room = part->room == 0 ? EVENTS_FIRST : part->room * 2;
    uint32_t *all = arena_alloc(index->words.arena, room * (EVENT_COLUMNS + 1) * sizeof(*all));
    if (all == NULL) {
        return false;
    }
    for (size_t i = 0; i <= EVENT_COLUMNS; i++) {
        uint32_t **own = i == EVENT_COLUMNS ? &part->places : &part->own[i];
        if (part->count > 0) {
            memcpy(all + i * room, *own, part->count * sizeof(*all));
        }
        *own = all + i * room;
    }
    part->room = room;
    return true;
}

/* Events of a batch look alike: most words were met before, as they are. */
static bool column_add(struct event_index *index, struct arena *scratch, enum event_column column,
                       uint32_t *own, const struct json *event, const char *group_id)
{
    char text[WORD_RAW_BYTES];
    size_t length = 0;
    uint32_t raw = 0;
    uint32_t known = index->raws.count;
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

bool event_index_add(struct event_index *index, struct arena *scratch, enum event_class class,
                     uint32_t place, const struct json *event, const char *group_id)
{
    struct event_part *part = &index->parts[class];
    if (!part_grow(index, part)) {
        return false;
    }
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        uint32_t *own = &part->own[i][part->count];
        if (!column_add(index, scratch, (enum event_column)i, own, event, group_id)) {
            return false;
        }
    }
    part->places[part->count++] = place;
    return true;
}

struct piece_run *event_part_runs(struct arena *arena, const struct event_part *part,
                                  int64_t first_us, size_t *out_count)
{
    struct piece_run *runs = arena_alloc(arena, part->count * sizeof(*runs));
    size_t count = 0;
    for (uint32_t i = 0; runs != NULL && i < part->count; i++) {
        if (i == 0 || part->places[i] != part->places[i - 1] + 1) {
            int64_t stamp_us = first_us + (int64_t)part->places[i] * EVENT_STAMP_STEP_US;
            runs[count++] = (struct piece_run){ stamp_us, i, 0 };
        }
        runs[count - 1].count++;
    }
    *out_count = count;
    return runs;
}

/* What a piece is of. */
struct span {
    enum event_class class;
    int64_t first_us, last_us;
    uint32_t event_count;
};

static enum result piece_insert(struct ctx *ctx, const struct span *span, int64_t level,
                                struct slice packed)
{
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO event_piece (class_no, first_ingested, last_ingested,"
                     " event_count, level, packed) VALUES ($1, $2, $3, $4, $5, $6)",
                     "iiiiib", (int64_t)span->class, span->first_us, span->last_us,
                     (int64_t)span->event_count, level, packed);
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

static bool part_columns(struct arena *arena, const struct event_part *part,
                         const uint32_t *word_ids, struct piece_making *making)
{
    uint32_t *ids = arena_alloc(arena, part->count * sizeof(*ids));
    bool good = ids != NULL;
    for (size_t i = 0; i < EVENT_COLUMNS && good; i++) {
        for (uint32_t k = 0; k < part->count; k++) {
            ids[k] = word_ids[part->own[i][k]];
        }
        good = piece_column_write(arena, ids, part->count, &making->words, &making->codes);
        making->word_ends[i] = making->words.length;
        making->code_ends[i] = making->codes.length;
    }
    return good && !making_overflow(making);
}

static enum result making_insert(struct ctx *ctx, const struct piece_making *making,
                                 const struct span *span, int64_t level)
{
    struct piece_text piece;
    struct buffer text;
    making_piece(making, &piece);
    buffer_init(&text, PIECE_BYTES_MAX);
    piece_text_write(&piece, &text);
    enum result result =
        text.overflow ? no_memory(ctx) : piece_insert(ctx, span, level, buffer_slice(&text));
    buffer_done(&text);
    return result;
}

enum result event_index_store(struct ctx *ctx, const struct event_index *index,
                              enum event_class class, const uint32_t *word_ids,
                              const struct piece_run *runs, size_t run_count)
{
    const struct event_part *part = &index->parts[class];
    const struct span span = { class, runs[0].first_us,
                               piece_runs_stamp(runs, run_count, part->count - 1), part->count };
    struct piece_making making;
    making_init(&making);
    piece_runs_write(runs, run_count, &making.runs);
    enum result result = part_columns(ctx->arena, part, word_ids, &making)
                             ? making_insert(ctx, &making, &span, LEVEL_BLOCK)
                             : no_memory(ctx);
    making_done(&making);
    return result;
}

/* --- merging ----------------------------------------------------------------------------------------------------- */

struct merging {
    enum event_class class;
    int64_t level, next_level;
    struct piece_text *pieces;
    uint32_t *event_counts;
    size_t planned, count;
    int64_t first_us, last_us;
    uint32_t events;
};

/* Pieces of one level and class in their order. `until_us` is where the partition of the oldest ends: no piece goes over it. */
struct plan {
    struct statement *rows;
    size_t count, count_max;
    int64_t events, until_us;
    bool full; /* the next one would be too much: a large piece is due */
};

static enum result plan_take(struct ctx *ctx, struct plan *plan, enum event_class class,
                             bool *out_more)
{
    int64_t first_us = statement_int(plan->rows, 0);
    if (plan->until_us == 0) {
        struct event_partition partition;
        TRY(event_partition_of(ctx, class, first_us, &partition));
        plan->until_us = partition.until_us;
    }
    if (first_us >= plan->until_us) {
        *out_more = false;
        return RESULT_OK;
    }
    plan->events += statement_int(plan->rows, 1);
    plan->full = plan->events > PIECE_EVENTS_MAX;
    plan->count += plan->full ? 0 : 1;
    *out_more = !plan->full;
    return RESULT_OK;
}

/* Which pieces of a level go together now: how many from the oldest on, and what they become; 0: none yet. In a partition that
   takes no more events, all do. */
static enum result merge_plan(struct ctx *ctx, int64_t last_ingested, struct merging *merging)
{
    struct plan plan = { .count_max =
                             merging->level == LEVEL_BLOCK ? BLOCK_PIECES_MAX : JOINED_PIECES_MAX };
    bool row = false;
    bool more = true;
    TRY(store_rows(ctx->session, &plan.rows, ctx->error,
                   "SELECT first_ingested, event_count FROM event_piece WHERE level = $1"
                   " AND level < 2 AND class_no = $2 ORDER BY first_ingested LIMIT $3",
                   "iii", merging->level, (int64_t)merging->class, (int64_t)plan.count_max));
    enum result result = statement_step(plan.rows, &row, ctx->error);
    while (result == RESULT_OK && row && more) {
        result = plan_take(ctx, &plan, merging->class, &more);
        if (result == RESULT_OK && more) {
            result = statement_step(plan.rows, &row, ctx->error);
        }
    }
    statement_reset(plan.rows);
    bool due = plan.full || plan.count == plan.count_max || plan.until_us <= last_ingested;
    bool large = plan.full || merging->level == LEVEL_JOINED;
    merging->next_level = large ? LEVEL_LARGE : LEVEL_JOINED;
    merging->planned = due ? plan.count : 0;
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

static enum result pieces_load(struct ctx *ctx, struct merging *merging)
{
    struct statement *rows = NULL;
    bool row = false;
    merging->pieces = arena_alloc(ctx->arena, merging->planned * sizeof(*merging->pieces));
    merging->event_counts =
        arena_alloc(ctx->arena, merging->planned * sizeof(*merging->event_counts));
    if (merging->pieces == NULL || merging->event_counts == NULL) {
        return no_memory(ctx);
    }
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT first_ingested, last_ingested, event_count, packed FROM event_piece"
                   " WHERE level = $1 AND level < 2 AND class_no = $2 ORDER BY first_ingested"
                   " LIMIT $3",
                   "iii", merging->level, (int64_t)merging->class, (int64_t)merging->planned));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row && merging->count < merging->planned) {
        result = piece_take(ctx, rows, merging);
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
                                const struct span *span)
{
    struct piece_text piece;
    making_piece(making, &piece);
    TRY(piece_insert(ctx, span, LEVEL_LARGE, piece.runs));
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        TRY(store_run(ctx->session, ctx->error,
                      "INSERT INTO event_column (class_no, first_ingested, column_no, words, codes)"
                      " VALUES ($1, $2, $3, $4, $5)",
                      "iiibb", (int64_t)span->class, span->first_us, (int64_t)i,
                      piece.columns[i].words, piece.columns[i].codes));
    }
    return RESULT_OK;
}

static enum result merged_store(struct ctx *ctx, const struct merging *merging)
{
    const struct span span = { merging->class, merging->first_us, merging->last_us,
                               merging->events };
    struct piece_making making;
    making_init(&making);
    bool good = runs_join(ctx->arena, merging, &making.runs) &&
                columns_join(ctx->arena, merging, &making) && !making_overflow(&making);
    enum result result = good ? RESULT_OK : damaged(ctx);
    if (good) {
        result =
            store_run(ctx->session, ctx->error,
                      "DELETE FROM event_piece WHERE level = $1 AND class_no = $2"
                      " AND first_ingested >= $3 AND first_ingested <= $4",
                      "iiii", merging->level, (int64_t)span.class, span.first_us, span.last_us);
    }
    if (result == RESULT_OK) {
        result = merging->next_level == LEVEL_LARGE
                     ? large_insert(ctx, &making, &span)
                     : making_insert(ctx, &making, &span, merging->next_level);
    }
    making_done(&making);
    return result;
}

enum result events_index_merge(struct ctx *ctx, bool *out_more)
{
    int64_t last = 0;
    *out_more = false;
    TRY(event_lock(ctx, EVENT_LOCK_MERGE));
    TRY(event_last_ingested(ctx, &last));
    for (int64_t level = LEVEL_BLOCK; level < LEVEL_LARGE; level++) {
        for (int class = 0; class < EVENT_CLASSES; class ++) {
            struct merging merging = { .class = (enum event_class) class, .level = level };
            TRY(merge_plan(ctx, last, &merging));
            if (merging.planned > 0) {
                TRY(pieces_load(ctx, &merging));
                *out_more = true;
                return merged_store(ctx, &merging);
            }
        }
    }
    return RESULT_OK;
}
