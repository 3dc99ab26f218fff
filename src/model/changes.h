/* What changed in a list since its caller last asked: rows that are new or look different, and the ids of those that are
   there no longer (docs/changes.md).

   Triggers write a row of table `change` in the transaction of the change. On SQLite its stamp rises in the order of
   commits. On PostgreSQL it is the number of the transaction: one with a lower number may commit later, but none below
   the lowest that still runs (pg_snapshot_xmin). So a walk goes through all stamps below the next one to be given, and the
   mark that it ends with is the lowest that still ran when it began: nothing is left out, and what was changed meanwhile
   may come twice. */
#ifndef MODEL_CHANGES_H
#define MODEL_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;
struct ctx;
struct resource;

enum { CHANGES_KEPT_DAYS = 30, CHANGE_MARK_BYTES_MAX = 1024 };

/* Where the changes of a list's rows are told. */
struct changes {
    const char *from;   /* FROM clause, without the word */
    const char *where;  /* those of this list's objects */
    const char *key;    /* the object; of the type of the resource's key */
    const char *place;  /* what stands for the resource's `object`; never null */
    const char *stamp;  /* the order of changes */
    const char *tie;    /* a text: with `place`, what changes of one stamp are ordered by */
    const char *moment; /* when */
    const char *bounds; /* as change_bounds of store/dialect.h, which NULL means */
    const char *
        since; /* SELECT of the stamp that a walk from the moment $1 begins at; no row: from the first on */
    bool for_good; /* never dropped, so a mark is never too old */
};

/* Of table change, `kind` a number in quotes. */
#define CHANGES_OF(kind) CHANGES_BY(kind, "ch.item_id")
#define CHANGES_BY(kind, item)                                                                     \
    {                                                                                              \
        .from = "change ch", .where = "ch.kind = " kind, .key = item, .place = "ch.place",         \
        .stamp = "ch.stamp", .tie = "ch.item_id", .moment = "ch.moment",                           \
        .since = "SELECT stamp FROM change_moment WHERE moment <= $1 ORDER BY moment DESC LIMIT 1" \
    }

/* How far a caller has come. */
struct change_walk {
    int64_t taken_us; /* when it began: how old the mark is */
    int64_t since;    /* stamps from here on */
    int64_t until;    /* and below this */
    int64_t from_us;  /* only changes from this moment on; 0: all */
    int64_t next;     /* what the walk after this one begins with */
    bool inside;      /* goes on behind: */
    int64_t stamp;
    struct slice tie, place;
};

/* A walk as callers keep it. */
struct change_mark {
    struct slice store, list; /* whose: setting change.epoch, the resource's name */
    struct change_walk walk;
};
/* NULL when it does not fit. */
char *change_mark_text(struct arena *arena, const struct change_mark *mark);
/* False on anything else; slices lie in the arena. */
bool change_mark_parse(struct arena *arena, struct slice text, struct change_mark *out);

/* The bounds of stamps as of now. */
MUST_CHECK enum result changes_bounds(struct ctx *ctx, const struct changes *changes,
                                      int64_t *out_since, int64_t *out_until);

/* The mark of a walk for the caller, and back. RESULT_INVALID names changedSince: foreign, broken, or too old. */
MUST_CHECK enum result change_mark_write(struct ctx *ctx, const struct resource *resource,
                                         const struct change_walk *walk, const char **out);
MUST_CHECK enum result change_mark_read(struct ctx *ctx, const struct resource *resource,
                                        struct slice text, struct change_walk *out);
/* RESULT_INVALID: a mark that this store can't have given. */
MUST_CHECK enum result change_mark_foreign(struct ctx *ctx);
/* The mark from which on there is nothing yet: for who reads the whole list next. */
MUST_CHECK enum result change_mark_now(struct ctx *ctx, const struct resource *resource,
                                       const char **out);

/* Once a minute, in a write transaction: notes where the stamps stand, drops what is older than CHANGES_KEPT_DAYS, at most
   `max` rows. */
MUST_CHECK enum result changes_keep(struct ctx *ctx, uint32_t max);
/* Once at the start of the server, in a write transaction: a PostgreSQL database that was filled from a copy counts its
   transactions anew, so what it says of changes is void and marks of before are refused. */
struct error;
struct session;
MUST_CHECK enum result changes_start(struct session *session, struct error *error);

#endif
