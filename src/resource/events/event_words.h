/* The words of a batch, each once, on their way to their numbers in the store; and numbers by the texts that filters give.
   Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_WORDS_H
#define RESOURCE_EVENTS_EVENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "resource/events/event_columns.h"

struct arena;
struct ctx;

struct event_word {
    enum event_column column;
    struct slice text;
    uint32_t hash;
    uint32_t id;     /* in the store; 0: not known yet */
    int64_t used_us; /* as the store had it */
};

/* In an arena; grows. The word without a text is number 0 of every set, and id 0. */
struct event_words {
    struct arena *arena;
    struct event_word *items;
    uint32_t count, room;
    uint32_t *places; /* by hash: index + 1 */
    uint32_t place_count;
};
bool event_words_init(struct event_words *words, struct arena *arena);
/* Index of the word, which is copied when it is new. False without memory. */
bool event_words_add(struct event_words *words, enum event_column column, struct slice text,
                     uint32_t *out);

/* Fills in the ids that the store has. */
MUST_CHECK enum result event_words_look(struct ctx *ctx, struct event_words *words);
/* Stores the words that the store has not, notes once a day that the others are used, and gives the ids of all, by index; in the
   write transaction, one writer at a time, for events up to the stamp. The words stay as they are, since the transaction
   may be run again. */
MUST_CHECK enum result event_words_store(struct ctx *ctx, const struct event_words *words,
                                         int64_t last_us, const uint32_t **out_ids);

/* Deletes some of the words that no event has any more; in a write transaction. *out_more: there may be more. */
MUST_CHECK enum result event_words_drop(struct ctx *ctx, bool *out_more);

/* `used` of a word is a stamp that no event with the word is further behind than this: whoever uses it later notes that anew. */
#define WORD_USED_STEP_US INT64_C(86400000000)

enum word_match { WORD_EQUALS, WORD_BEGINS, WORD_PATTERN };
enum { WORD_IDS_MAX = 1000000 }; /* that one filter may stand for */

/* Ascending ids of the words that have such a part; kept in the request's arena. */
struct word_ids {
    uint32_t *ids;
    size_t count, room;
};
/* Adds those for one more text; `*` and `?` count in a pattern. RESULT_TOO_LARGE past WORD_IDS_MAX. */
MUST_CHECK enum result word_ids_add(struct ctx *ctx, enum event_column column,
                                    enum word_match match, const char *text, struct word_ids *out);
/* The words that have such a part, and no word at all. */
MUST_CHECK enum result word_ids_add_others(struct ctx *ctx, enum event_column column,
                                           const char *text, struct word_ids *out);
/* Sorts them, each once; after the last word_ids_add. */
void word_ids_close(struct word_ids *ids);

/* `*` is any text, `?` one character (UTF-8). */
bool event_pattern_fits(const char *pattern, struct slice text);

#endif
