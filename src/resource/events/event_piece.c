#include "resource/events/event_piece.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "resource/events/events.h"

enum { NUMBER_BYTES_MAX = 10, BYTE_WORDS_MAX = 256 };

/* --- numbers ------------------------------------------------------------------------------------------------- */

static void put_number(struct buffer *out, uint64_t number)
{
    char bytes[NUMBER_BYTES_MAX];
    size_t length = 0;
    while (number >= 0x80) {
        bytes[length++] = (char)(unsigned char)(number | 0x80);
        number >>= 7;
    }
    bytes[length++] = (char)(unsigned char)number;
    buffer_add(out, bytes, length);
}

static bool get_number(struct slice *in, uint64_t *out)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < NUMBER_BYTES_MAX && i < in->length; i++) {
        unsigned char byte = (unsigned char)in->text[i];
        number |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte < 0x80) {
            in->text += i + 1;
            in->length -= i + 1;
            *out = number;
            return true;
        }
    }
    return false;
}

/* --- runs ---------------------------------------------------------------------------------------------------- */

void piece_runs_write(const struct piece_run *runs, size_t count, struct buffer *out)
{
    int64_t last_us = 0;
    put_number(out, count);
    for (size_t i = 0; i < count; i++) {
        put_number(out, (uint64_t)(runs[i].first_us - last_us));
        put_number(out, runs[i].count);
        last_us = runs[i].first_us;
    }
}

bool piece_runs_read(struct arena *arena, struct slice bytes, struct piece_run **out,
                     size_t *out_count)
{
    uint64_t count = 0;
    uint64_t start = 0;
    uint64_t stamp = 0;
    if (!get_number(&bytes, &count) || count < 1 || count > PIECE_EVENTS_MAX) {
        return false;
    }
    struct piece_run *runs = arena_alloc(arena, count * sizeof(*runs));
    for (size_t i = 0; runs != NULL && i < count; i++) {
        uint64_t step = 0;
        uint64_t events = 0;
        if (!get_number(&bytes, &step) || !get_number(&bytes, &events) || events < 1 ||
            events > PIECE_EVENTS_MAX - start || step > INT64_MAX - stamp) {
            return false;
        }
        stamp += step;
        runs[i] = (struct piece_run){ (int64_t)stamp, (uint32_t)start, (uint32_t)events };
        start += events;
    }
    *out = runs;
    *out_count = count;
    return runs != NULL && bytes.length == 0;
}

uint32_t piece_runs_before(const struct piece_run *runs, size_t count, int64_t moment_us)
{
    size_t low = 0;
    size_t high = count; /* runs before `low` begin before the moment */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].first_us < moment_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return 0;
    }
    const struct piece_run *run = &runs[low - 1];
    int64_t steps = (moment_us - run->first_us - 1) / EVENT_STAMP_STEP_US + 1;
    return run->start + (steps < run->count ? (uint32_t)steps : run->count);
}

int64_t piece_runs_stamp(const struct piece_run *runs, size_t count, uint32_t index)
{
    size_t low = 0;
    size_t high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].start <= index) {
            low = middle;
        } else {
            high = middle;
        }
    }
    assert(index - runs[low].start < runs[low].count);
    return runs[low].first_us + (int64_t)(index - runs[low].start) * EVENT_STAMP_STEP_US;
}

/* --- words and codes ------------------------------------------------------------------------------------------ */

bool piece_words_init(struct piece_words *words, struct arena *arena)
{
    words->ids = arena_alloc(arena, PIECE_EVENTS_MAX * sizeof(*words->ids));
    words->counts = arena_alloc(arena, PIECE_EVENTS_MAX * sizeof(*words->counts));
    words->count = 0;
    return words->ids != NULL && words->counts != NULL;
}

bool piece_words_read(struct slice bytes, uint32_t event_count, struct piece_words *out)
{
    uint64_t count = 0;
    uint64_t id = 0;
    uint64_t events = 0;
    if (!get_number(&bytes, &count) || count < 1 || count > event_count) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t step = 0;
        uint64_t having = 0;
        if (!get_number(&bytes, &step) || !get_number(&bytes, &having) || step > UINT32_MAX - id ||
            (i > 0 && step == 0) || having < 1 || having > event_count - events) {
            return false;
        }
        id += step;
        events += having;
        out->ids[i] = (uint32_t)id;
        out->counts[i] = (uint32_t)having;
    }
    out->count = (uint32_t)count;
    return bytes.length == 0 && events == event_count;
}

bool piece_codes_fit(struct slice codes, uint32_t word_count, uint32_t event_count)
{
    size_t width = word_count < 2 ? 0 : word_count <= BYTE_WORDS_MAX ? 1 : 2;
    if (codes.length != width * event_count) {
        return false;
    }
    uint32_t greatest = 0;
    for (uint32_t i = 0; i < event_count && width > 0; i++) {
        uint32_t code = piece_code(codes, word_count, i);
        greatest = code > greatest ? code : greatest;
    }
    return greatest < word_count;
}

static void put_words(const uint32_t *ids, const uint32_t *counts, uint32_t count,
                      struct buffer *out)
{
    uint32_t last = 0;
    put_number(out, count);
    for (uint32_t i = 0; i < count; i++) {
        put_number(out, ids[i] - last);
        put_number(out, counts[i]);
        last = ids[i];
    }
}

static void put_codes(const uint16_t *codes, uint32_t event_count, uint32_t word_count,
                      struct buffer *out)
{
    char piece[1024];
    size_t length = 0;
    for (uint32_t i = 0; i < event_count && word_count > 1; i++) {
        piece[length++] = (char)(unsigned char)codes[i];
        if (word_count > BYTE_WORDS_MAX) {
            piece[length++] = (char)(unsigned char)(codes[i] >> 8);
        }
        if (length == sizeof(piece)) {
            buffer_add(out, piece, length);
            length = 0;
        }
    }
    buffer_add(out, piece, length);
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Sorts, keeps each once; gives how many are left. */
static uint32_t ids_unite(uint32_t *ids, uint32_t count)
{
    uint32_t kept = 0;
    qsort(ids, count, sizeof(*ids), compare_ids);
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

static uint16_t code_of(const uint32_t *ids, uint32_t count, uint32_t id)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (ids[middle] <= id) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (uint16_t)low;
}

/* The usual case in a batch: one computer, one group, one system. */
static bool ids_same(const uint32_t *ids, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        if (ids[i] != ids[0]) {
            return false;
        }
    }
    return true;
}

bool piece_column_write(struct arena *arena, const uint32_t *ids, uint32_t event_count,
                        struct buffer *words, struct buffer *codes)
{
    uint32_t *all = arena_alloc(arena, event_count * sizeof(*all));
    uint32_t *counts = arena_alloc(arena, event_count * sizeof(*counts));
    uint16_t *own = arena_alloc(arena, event_count * sizeof(*own));
    if (all == NULL || counts == NULL || own == NULL) {
        return false;
    }
    assert(event_count > 0 && event_count <= PIECE_EVENTS_MAX);
    memcpy(all, ids, event_count * sizeof(*all));
    uint32_t count = ids_same(ids, event_count) ? 1 : ids_unite(all, event_count);
    for (uint32_t i = 0; i < event_count; i++) {
        own[i] = code_of(all, count, ids[i]);
        counts[own[i]]++;
    }
    put_words(all, counts, count, words);
    put_codes(own, event_count, count, codes);
    return true;
}

/* --- joining --------------------------------------------------------------------------------------------------- */

struct join {
    const struct piece_column *columns;
    const uint32_t *event_counts;
    size_t count;
    struct piece_words part; /* of the piece in hand */
    uint32_t *ids, *counts;  /* of all */
    uint32_t id_count;
    uint16_t *codes, *map; /* of all; from a piece's codes to these */
};

static bool join_init(struct arena *arena, struct join *join, uint32_t events)
{
    join->ids = arena_alloc(arena, 2 * PIECE_EVENTS_MAX * sizeof(*join->ids));
    join->counts = arena_alloc(arena, PIECE_EVENTS_MAX * sizeof(*join->counts));
    join->codes = arena_alloc(arena, events * sizeof(*join->codes));
    join->map = arena_alloc(arena, PIECE_EVENTS_MAX * sizeof(*join->map));
    return piece_words_init(&join->part, arena) && join->ids != NULL && join->counts != NULL &&
           join->codes != NULL && join->map != NULL;
}

static bool join_ids(struct join *join)
{
    for (size_t i = 0; i < join->count; i++) {
        if (!piece_words_read(join->columns[i].words, join->event_counts[i], &join->part)) {
            return false;
        }
        if (join->id_count + join->part.count > 2 * PIECE_EVENTS_MAX) {
            join->id_count = ids_unite(join->ids, join->id_count);
        }
        memcpy(join->ids + join->id_count, join->part.ids, join->part.count * sizeof(*join->ids));
        join->id_count += join->part.count;
    }
    join->id_count = ids_unite(join->ids, join->id_count);
    return true;
}

static bool join_codes(struct join *join)
{
    uint32_t at = 0;
    for (size_t i = 0; i < join->count; i++) {
        uint32_t events = join->event_counts[i];
        struct slice codes = join->columns[i].codes;
        if (!piece_words_read(join->columns[i].words, events, &join->part) ||
            !piece_codes_fit(codes, join->part.count, events)) {
            return false;
        }
        for (uint32_t k = 0; k < join->part.count; k++) {
            join->map[k] = code_of(join->ids, join->id_count, join->part.ids[k]);
            join->counts[join->map[k]] += join->part.counts[k];
        }
        for (uint32_t k = 0; k < events; k++) {
            join->codes[at++] = join->map[piece_code(codes, join->part.count, k)];
        }
    }
    return true;
}

bool piece_columns_join(struct arena *arena, const struct piece_column *columns,
                        const uint32_t *event_counts, size_t count, struct buffer *words,
                        struct buffer *codes)
{
    struct join join = { .columns = columns, .event_counts = event_counts, .count = count };
    uint32_t events = 0;
    for (size_t i = 0; i < count; i++) {
        events += event_counts[i];
    }
    assert(events > 0 && events <= PIECE_EVENTS_MAX);
    if (!join_init(arena, &join, events) || !join_ids(&join) || !join_codes(&join)) {
        return false;
    }
    put_words(join.ids, join.counts, join.id_count, words);
    put_codes(join.codes, events, join.id_count, codes);
    return true;
}

/* --- a piece as one text ---------------------------------------------------------------------------------------- */

static void put_part(struct buffer *out, struct slice part)
{
    put_number(out, part.length);
    buffer_add(out, part.text, part.length);
}

void piece_text_write(const struct piece_text *piece, struct buffer *out)
{
    put_part(out, piece->runs);
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        put_part(out, piece->columns[i].words);
        put_part(out, piece->columns[i].codes);
    }
}

static bool get_part(struct slice *in, struct slice *out)
{
    uint64_t length = 0;
    if (!get_number(in, &length) || length > in->length) {
        return false;
    }
    *out = (struct slice){ in->text, (size_t)length };
    in->text += length;
    in->length -= length;
    return true;
}

bool piece_text_read(struct slice bytes, struct piece_text *out)
{
    if (!get_part(&bytes, &out->runs)) {
        return false;
    }
    for (size_t i = 0; i < EVENT_COLUMNS; i++) {
        if (!get_part(&bytes, &out->columns[i].words) ||
            !get_part(&bytes, &out->columns[i].codes)) {
            return false;
        }
    }
    return bytes.length == 0;
}
