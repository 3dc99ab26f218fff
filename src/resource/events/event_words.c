#include "resource/events/event_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/operation.h"
#include "store/dialect.h"
#include "store/store.h"

enum { WORDS_FIRST = 64, PLACES_FIRST = 256, IDS_FIRST = 64 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* --- a batch's words ----------------------------------------------------------------------------------------- */

bool event_words_init(struct event_words *words, struct arena *arena)
{
    *words = (struct event_words){
        .arena = arena,
        .items = arena_alloc(arena, WORDS_FIRST * sizeof(struct event_word)),
        .count = 1,
        .room = WORDS_FIRST,
        .places = arena_alloc(arena, PLACES_FIRST * sizeof(uint32_t)),
        .place_count = PLACES_FIRST,
    };
    return words->items != NULL && words->places != NULL;
}

static uint32_t hash_of(enum event_column column, struct slice text)
{
    uint32_t hash = 2166136261u ^ (uint32_t)column;
    for (size_t i = 0; i < text.length; i++) {
        hash = (hash ^ (unsigned char)text.text[i]) * 16777619u;
    }
    return hash;
}

/* The place of the word, or the free one where it goes. */
static uint32_t *place_of(const struct event_words *words, enum event_column column,
                          struct slice text, uint32_t hash)
{
    uint32_t mask = words->place_count - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t *place = &words->places[at];
        const struct event_word *word = *place == 0 ? NULL : &words->items[*place - 1];
        if (word == NULL ||
            (word->hash == hash && word->column == column && slice_equal(word->text, text))) {
            return place;
        }
    }
}

static bool words_grow(struct event_words *words)
{
    if (words->count < words->room) {
        return true;
    }
    uint32_t room = words->room * 2;
    struct event_word *items = arena_alloc(words->arena, room * sizeof(*items));
    uint32_t *places = arena_alloc(words->arena, room * 4 * sizeof(*places));
    if (items == NULL || places == NULL) {
        return false;
    }
    memcpy(items, words->items, words->count * sizeof(*items));
    words->items = items;
    words->room = room;
    words->places = places;
    words->place_count = room * 4;
    for (uint32_t i = 1; i < words->count; i++) {
        *place_of(words, items[i].column, items[i].text, items[i].hash) = i + 1;
    }
    return true;
}

bool event_words_add(struct event_words *words, enum event_column column, struct slice text,
                     uint32_t *out)
{
    if (text.length == 0) {
        *out = 0;
        return true;
    }
    uint32_t hash = hash_of(column, text);
    uint32_t *place = place_of(words, column, text, hash);
    if (*place != 0) {
        *out = *place - 1;
        return true;
    }
    char *copy = slice_dup(words->arena, text);
    if (copy == NULL || !words_grow(words)) {
        return false;
    }
    *out = words->count++;
    words->items[*out] =
        (struct event_word){ .column = column, .text = { copy, text.length }, .hash = hash };
    *place_of(words, column, text, hash) = *out + 1;
    return true;
}

/* --- their numbers ------------------------------------------------------------------------------------------- */

static enum result id_take(struct ctx *ctx, int64_t id, uint32_t *out)
{
    if (id < 1 || id > UINT32_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL,
                    "the store has no number for one more word");
    }
    *out = (uint32_t)id;
    return RESULT_OK;
}

/* --- PostgreSQL: one statement for all words, since each is a way to the server and back ---------------------------------- */

enum { ARRAY_BYTES_MAX = 64 * 1024 * 1024 };

#define ASKED "unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS asked (column_no, word)"

/* $3: the stamp of their use */
static const char look_sql[] = "SELECT w.id, w.column_no, w.word, w.used FROM " ASKED
                               " JOIN event_word w ON w.column_no = asked.column_no"
                               " AND w.word = asked.word AND CAST($3 AS BIGINT) = 0";
static const char use_sql[] = "UPDATE event_word w SET used = CAST($3 AS BIGINT) FROM " ASKED
                              " WHERE w.column_no = asked.column_no AND w.word = asked.word"
                              " RETURNING w.id, w.column_no, w.word, w.used";
static const char store_sql[] =
    "WITH new AS (INSERT INTO event_word (column_no, word, used)"
    " SELECT column_no, word, CAST($3 AS BIGINT) FROM " ASKED
    " ON CONFLICT DO NOTHING RETURNING id, column_no, word),"
    " parts AS (INSERT INTO event_word_part (column_no, part, word_id)"
    " SELECT new.column_no, part, new.id FROM new,"
    " unnest(string_to_array(new.word, chr(31))) AS part ON CONFLICT DO NOTHING)"
    " SELECT id, column_no, word, CAST($3 AS BIGINT) FROM new";
_Static_assert(WORD_MARK == 31, "store_sql cuts words where their parts end");

static void put_element(struct buffer *out, struct slice text)
{
    buffer_char(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] == '"' || text.text[i] == '\\') {
            buffer_char(out, '\\');
        }
        buffer_char(out, text.text[i]);
    }
    buffer_char(out, '"');
}

/* The words without an id as two arrays; false when there are none. */
static bool arrays_put(const struct event_words *words, const uint32_t *ids, struct buffer *columns,
                       struct buffer *texts)
{
    bool any = false;
    for (uint32_t i = 1; i < words->count; i++) {
        if (ids[i] == 0) {
            buffer_print(columns, "%c%d", any ? ',' : '{', (int)words->items[i].column);
            buffer_char(texts, any ? ',' : '{');
            put_element(texts, words->items[i].text);
            any = true;
        }
    }
    buffer_char(columns, '}');
    buffer_char(texts, '}');
    return any;
}

/* What a statement gives for the words without an id. */
struct asking {
    const struct event_words *words;
    int64_t used_us;
    uint32_t *ids;
    int64_t *used; /* or NULL */
};

static enum result id_set(struct ctx *ctx, const struct asking *asking, const struct statement *row)
{
    enum event_column column = (enum event_column)statement_int(row, 1);
    struct slice text = statement_text(row, 2);
    uint32_t place = *place_of(asking->words, column, text, hash_of(column, text));
    if (place == 0) {
        return RESULT_OK;
    }
    if (asking->used != NULL) {
        asking->used[place - 1] = statement_int(row, 3);
    }
    return id_take(ctx, statement_int(row, 0), &asking->ids[place - 1]);
}

static enum result rows_take(struct ctx *ctx, const char *sql, const struct asking *asking,
                             struct slice columns, struct slice texts)
{
    struct statement *rows = NULL;
    bool row = false;
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, "ssi", columns, texts, asking->used_us));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        result = id_set(ctx, asking, rows);
        if (result == RESULT_OK) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
}

static enum result words_ask(struct ctx *ctx, const char *sql, const struct asking *asking)
{
    struct buffer columns;
    struct buffer texts;
    enum result result = RESULT_OK;
    buffer_init(&columns, ARRAY_BYTES_MAX);
    buffer_init(&texts, ARRAY_BYTES_MAX);
    if (arrays_put(asking->words, asking->ids, &columns, &texts)) {
        result = columns.overflow || texts.overflow
                     ? no_memory(ctx)
                     : rows_take(ctx, sql, asking, buffer_slice(&columns), buffer_slice(&texts));
    }
    buffer_done(&columns);
    buffer_done(&texts);
    return result;
}

/* --- SQLite: a statement a word ------------------------------------------------------------------------------------------ */

static enum result id_read(struct ctx *ctx, const struct event_word *word, uint32_t *out,
                           int64_t *out_used_us)
{
    struct statement *row = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT id, used FROM event_word WHERE column_no = $1 AND word = $2", "is",
                  (int64_t)word->column, word->text);
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    int64_t id = statement_int(row, 0);
    *out_used_us = statement_int(row, 1);
    statement_reset(row);
    return id_take(ctx, id, out);
}

static enum result parts_store(struct ctx *ctx, const struct event_word *word, uint32_t id)
{
    struct slice rest = word->text;
    while (rest.length > 0) {
        struct slice part = slice_cut(&rest, WORD_MARK);
        TRY(store_run(ctx->session, ctx->error,
                      "INSERT INTO event_word_part (column_no, part, word_id) VALUES ($1, $2, $3)"
                      " ON CONFLICT DO NOTHING",
                      "isi", (int64_t)word->column, part, (int64_t)id));
    }
    return RESULT_OK;
}

static enum result word_store(struct ctx *ctx, const struct event_word *word, int64_t used_us,
                              uint32_t *out)
{
    int64_t id = 0;
    enum result result =
        store_int(ctx->session, &id, ctx->error,
                  "UPDATE event_word SET used = $3 WHERE column_no = $1 AND word = $2 RETURNING id",
                  "isi", (int64_t)word->column, word->text, used_us);
    if (result == RESULT_OK) {
        return id_take(ctx, id, out);
    }
    if (result != RESULT_NOT_FOUND) {
        return result;
    }
    TRY(store_int(ctx->session, &id, ctx->error,
                  "INSERT INTO event_word (column_no, word, used) VALUES ($1, $2, $3) RETURNING id",
                  "isi", (int64_t)word->column, word->text, used_us));
    TRY(id_take(ctx, id, out));
    return parts_store(ctx, word, *out);
}

/* --- both ------------------------------------------------------------------------------------------------------------------ */

static bool is_local(const struct ctx *ctx)
{
    return store_dialect(session_store(ctx->session))->one_server;
}

static uint32_t *ids_copy(struct ctx *ctx, const struct event_words *words)
{
    uint32_t *ids = arena_alloc(ctx->arena, words->count * sizeof(*ids));
    for (uint32_t i = 1; ids != NULL && i < words->count; i++) {
        ids[i] = words->items[i].id;
    }
    return ids;
}

enum result event_words_look(struct ctx *ctx, struct event_words *words)
{
    uint32_t *ids = ids_copy(ctx, words);
    int64_t *used = arena_alloc(ctx->arena, words->count * sizeof(*used));
    if (ids == NULL || used == NULL) {
        return no_memory(ctx);
    }
    if (!is_local(ctx)) {
        const struct asking asking = { words, 0, ids, used };
        TRY(words_ask(ctx, look_sql, &asking));
    }
    for (uint32_t i = 1; i < words->count; i++) {
        if (is_local(ctx)) {
            TRY(id_read(ctx, &words->items[i], &ids[i], &used[i]));
        }
        words->items[i].id = ids[i];
        words->items[i].used_us = used[i];
    }
    return RESULT_OK;
}

/* Forgets the numbers of words whose last use was noted too long ago: they may be gone. Are there any? */
static bool old_forget(const struct event_words *words, int64_t last_us, uint32_t *ids)
{
    bool any = false;
    for (uint32_t i = 1; i < words->count; i++) {
        if (ids[i] != 0 && words->items[i].used_us < last_us - WORD_USED_STEP_US) {
            ids[i] = 0;
            any = true;
        }
    }
    return any;
}

enum result event_words_store(struct ctx *ctx, const struct event_words *words, int64_t last_us,
                              const uint32_t **out_ids)
{
    uint32_t *ids = ids_copy(ctx, words);
    if (ids == NULL) {
        return no_memory(ctx);
    }
    *out_ids = ids;
    bool old = old_forget(words, last_us, ids);
    if (!is_local(ctx)) {
        const struct asking asking = { words, last_us, ids, NULL };
        if (old) {
            TRY(words_ask(ctx, use_sql, &asking));
        }
        TRY(words_ask(ctx, store_sql, &asking));
        return words_ask(ctx, use_sql,
                         &asking); /* what another batch stored since this one was made */
    }
    for (uint32_t i = 1; i < words->count; i++) {
        if (ids[i] == 0) {
            TRY(word_store(ctx, &words->items[i], last_us, &ids[i]));
        }
    }
    return RESULT_OK;
}

/* --- by what filters give -------------------------------------------------------------------------------------- */

/* Bytes of the character that begins here. */
static size_t character(struct slice text)
{
    size_t length = text.length > 0 ? 1 : 0;
    while (length < text.length && ((unsigned char)text.text[length] & 0xC0u) == 0x80u) {
        length++;
    }
    return length;
}

static void skip(struct slice *text, size_t length)
{
    text->text += length;
    text->length -= length;
}

bool event_pattern_fits(const char *pattern, struct slice text)
{
    struct slice left = slice_of(pattern);
    struct slice after_star = { .text = NULL };
    struct slice star_text = text;
    while (text.length > 0) {
        if (left.length > 0 && left.text[0] == '*') {
            skip(&left, 1);
            after_star = left;
            star_text = text;
            continue;
        }
        bool same = left.length > 0 && left.text[0] == text.text[0];
        if (left.length > 0 && left.text[0] == '?') {
            skip(&left, 1);
            skip(&text, character(text));
        } else if (same) {
            skip(&left, 1);
            skip(&text, 1);
        } else if (after_star.text != NULL) { /* the last star takes one character more */
            skip(&star_text, character(star_text));
            left = after_star;
            text = star_text;
        } else {
            return false;
        }
    }
    while (left.length > 0 && left.text[0] == '*') {
        skip(&left, 1);
    }
    return left.length == 0;
}

static enum result id_keep(struct ctx *ctx, struct word_ids *ids, int64_t id)
{
    if (ids->count == WORD_IDS_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, NULL, "a filter stands for more than %d texts",
                    WORD_IDS_MAX);
    }
    if (ids->count == ids->room) {
        size_t room = ids->room == 0 ? IDS_FIRST : ids->room * 2;
        uint32_t *more = arena_alloc(ctx->arena, room * sizeof(*more));
        if (more == NULL) {
            return no_memory(ctx);
        }
        if (ids->count > 0) {
            memcpy(more, ids->ids, ids->count * sizeof(*more));
        }
        ids->ids = more;
        ids->room = room;
    }
    ids->ids[ids->count++] = (uint32_t)id;
    return RESULT_OK;
}

/* The text before the first `*` or `?`: what an index finds. */
static size_t fixed_length(enum word_match match, const char *text)
{
    return match == WORD_PATTERN ? strcspn(text, "*?") : strlen(text);
}

enum result word_ids_add(struct ctx *ctx, enum event_column column, enum word_match match,
                         const char *text, struct word_ids *out)
{
    struct statement *rows = NULL;
    bool row = false;
    size_t fixed = fixed_length(match, text);
    const char *from = arena_strndup(ctx->arena, text, fixed);
    const char *until = /* above all that begins so: the last character there is */
        match == WORD_EQUALS ? from : arena_printf(ctx->arena, "%s\xF4\x8F\xBF\xBF", from);
    if (from == NULL || until == NULL) {
        return no_memory(ctx);
    }
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT word_id, part FROM event_word_part WHERE column_no = $1"
                   " AND part >= $2 AND part <= $3",
                   "itt", (int64_t)column, from, until));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        if (match != WORD_PATTERN || event_pattern_fits(text, statement_text(rows, 1))) {
            result = id_keep(ctx, out, statement_int(rows, 0));
        }
        if (result == RESULT_OK) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
}

enum result word_ids_add_others(struct ctx *ctx, enum event_column column, const char *text,
                                struct word_ids *out)
{
    TRY(id_keep(ctx, out, 0));
    return word_ids_add(ctx, column, WORD_EQUALS, text, out);
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

void word_ids_close(struct word_ids *ids)
{
    size_t kept = 0;
    if (ids->count == 0) {
        return;
    }
    qsort(ids->ids, ids->count, sizeof(*ids->ids), compare_ids);
    for (size_t i = 0; i < ids->count; i++) {
        if (kept == 0 || ids->ids[kept - 1] != ids->ids[i]) {
            ids->ids[kept++] = ids->ids[i];
        }
    }
    ids->count = kept;
}
