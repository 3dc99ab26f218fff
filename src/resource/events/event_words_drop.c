/* Words go when no event can have them any more, so that texts which came once do not stay for ever. */
#include "base/arena.h"
#include "model/operation.h"
#include "resource/events/event_partition.h"
#include "resource/events/event_words.h"
#include "store/dialect.h"
#include "store/store.h"

enum { WORDS_AT_ONCE = 500 };

/* Before this stamp there is no event, nor will there be one: partitions begin behind the newest stamp of their time, and stamps rise. */
static enum result oldest_stamp(struct ctx *ctx, int64_t *out)
{
    int64_t last_us = 0;
    int64_t from_us = 0;
    TRY(event_clock_hold(ctx, &last_us)); /* nobody stores events with such a word meanwhile */
    TRY(store_int(ctx->session, &from_us, ctx->error,
                  "SELECT COALESCE(MIN(from_us), $1) FROM event_partition", "i", last_us));
    *out = from_us < last_us ? from_us : last_us;
    return RESULT_OK;
}

#define OLD "(SELECT id FROM event_word WHERE used < $1 ORDER BY used, id LIMIT $2)"

/* PostgreSQL: in one statement, since each is a way to the server and back. */
static enum result words_drop_at_once(struct ctx *ctx, int64_t before_us)
{
    return store_run(ctx->session, ctx->error,
                     "WITH gone AS (DELETE FROM event_word WHERE id IN " OLD
                     " RETURNING id, column_no, word)"
                     " DELETE FROM event_word_part p USING"
                     " (SELECT id, column_no, unnest(string_to_array(word, chr(31))) AS part"
                     " FROM gone) g"
                     " WHERE p.column_no = g.column_no AND p.part = g.part AND p.word_id = g.id",
                     "ii", before_us, (int64_t)WORDS_AT_ONCE);
}

static enum result parts_drop(struct ctx *ctx, int64_t id, int64_t column_no, struct slice word)
{
    while (word.length > 0) {
        struct slice part = slice_cut(&word, WORD_MARK);
        TRY(store_run(ctx->session, ctx->error,
                      "DELETE FROM event_word_part WHERE column_no = $1 AND part = $2"
                      " AND word_id = $3",
                      "isi", column_no, part, id));
    }
    return RESULT_OK;
}

/* SQLite: parts are found by their text only, so that the table needs no other index. */
static enum result words_drop_each(struct ctx *ctx, int64_t before_us)
{
    struct statement *rows = NULL;
    bool row = false;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT id, column_no, word FROM event_word WHERE used < $1 ORDER BY used, id"
                   " LIMIT $2",
                   "ii", before_us, (int64_t)WORDS_AT_ONCE));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        result = parts_drop(ctx, statement_int(rows, 0), statement_int(rows, 1),
                            statement_text(rows, 2));
        if (result == RESULT_OK) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    TRY(result);
    return store_run(ctx->session, ctx->error, "DELETE FROM event_word WHERE id IN " OLD, "ii",
                     before_us, (int64_t)WORDS_AT_ONCE);
}

enum result event_words_drop(struct ctx *ctx, bool *out_more)
{
    int64_t oldest_us = 0;
    int64_t some = 0;
    *out_more = false;
    TRY(oldest_stamp(ctx, &oldest_us));
    const int64_t before_us = oldest_us - WORD_USED_STEP_US;
    enum result result =
        store_int(ctx->session, &some, ctx->error,
                  "SELECT 1 FROM event_word WHERE used < $1 LIMIT 1", "i", before_us);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    *out_more = true;
    return store_dialect(session_store(ctx->session))->one_server
               ? words_drop_each(ctx, before_us)
               : words_drop_at_once(ctx, before_us);
}
