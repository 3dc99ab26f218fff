#include "model/changes.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "model/operation.h"
#include "store/dialect.h"
#include "store/store.h"

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

static enum result bounds_read(struct session *session, const char *sql, int64_t *out_since,
                               int64_t *out_until, struct error *error)
{
    struct statement *row = NULL;
    TRY(store_row(session, &row, error, sql, ""));
    *out_since = statement_int(row, 0);
    *out_until = statement_int(row, 1);
    statement_reset(row);
    return RESULT_OK;
}

enum result changes_bounds(struct ctx *ctx, const struct changes *changes, int64_t *out_since,
                           int64_t *out_until)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    return bounds_read(ctx->session,
                       changes->bounds != NULL ? changes->bounds : dialect->change_bounds,
                       out_since, out_until, ctx->error);
}

/* --- marks --------------------------------------------------------------------------------------------------- */

static enum result epoch_read(struct ctx *ctx, const char **out)
{
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error, "SELECT value FROM setting WHERE name = $1", "t",
                  "change.epoch"));
    *out = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

/* "1;store;list;taken;since;until;next;from;", and inside a walk: "stamp;length of tie;tie and place"; in base64url. It
   names no more than the caller has seen, so it needs no secret; it is checked because it is input. */
char *change_mark_text(struct arena *arena, const struct change_mark *mark)
{
    const struct change_walk *walk = &mark->walk;
    struct buffer text;
    buffer_init(&text, CHANGE_MARK_BYTES_MAX);
    buffer_print(&text, "1;%.*s;%.*s;%" PRId64 ";%" PRId64 ";%" PRId64 ";%" PRId64 ";%" PRId64 ";",
                 (int)mark->store.length, mark->store.text, (int)mark->list.length, mark->list.text,
                 walk->taken_us, walk->since, walk->until, walk->next, walk->from_us);
    if (walk->inside) {
        buffer_print(&text, "%" PRId64 ";%zu;", walk->stamp, walk->tie.length);
        buffer_add(&text, walk->tie.text, walk->tie.length);
        buffer_add(&text, walk->place.text, walk->place.length);
    }
    char *out = text.overflow ? NULL : base64url_encode(arena, text.bytes, text.length);
    buffer_done(&text);
    return out;
}

static bool read_number(struct slice *rest, int64_t *out)
{
    return slice_int64(slice_cut(rest, ';'), out) && *out >= 0;
}

static bool walk_read(struct slice rest, struct change_walk *out)
{
    int64_t length = 0;
    *out = (struct change_walk){ .since = 0 };
    if (!read_number(&rest, &out->taken_us) || !read_number(&rest, &out->since) ||
        !read_number(&rest, &out->until) || !read_number(&rest, &out->next) ||
        !read_number(&rest, &out->from_us)) {
        return false;
    }
    out->inside = rest.length > 0;
    if (!out->inside) {
        return true;
    }
    if (!read_number(&rest, &out->stamp) || !read_number(&rest, &length) ||
        (uint64_t)length > rest.length) {
        return false;
    }
    out->tie = (struct slice){ rest.text, (size_t)length };
    out->place = (struct slice){ rest.text + length, rest.length - (size_t)length };
    return slice_is_utf8(out->tie) && slice_is_utf8(out->place);
}

bool change_mark_parse(struct arena *arena, struct slice text, struct change_mark *out)
{
    struct slice rest = { .length = 0 };
    if (text.length > 2 * (size_t)CHANGE_MARK_BYTES_MAX || !base64_decode(arena, text, &rest) ||
        !slice_is(slice_cut(&rest, ';'), "1")) {
        return false;
    }
    out->store = slice_cut(&rest, ';');
    out->list = slice_cut(&rest, ';');
    return out->store.length > 0 && out->list.length > 0 && walk_read(rest, &out->walk);
}

enum result change_mark_write(struct ctx *ctx, const struct resource *resource,
                              const struct change_walk *walk, const char **out)
{
    const char *store = NULL;
    TRY(epoch_read(ctx, &store));
    const struct change_mark mark = { slice_of(store), slice_of(resource->name), *walk };
    *out = change_mark_text(ctx->arena, &mark);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result change_mark_foreign(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_INVALID, "changedSince",
                "is a mark of another store, or of one that was restored since: read the list "
                "anew with changedSince=all");
}

enum result change_mark_read(struct ctx *ctx, const struct resource *resource, struct slice text,
                             struct change_walk *out)
{
    static const char name[] = "changedSince";
    const char *store = NULL;
    struct change_mark mark;
    TRY(epoch_read(ctx, &store));
    if (!change_mark_parse(ctx->arena, text, &mark)) {
        return fail(ctx->error, RESULT_INVALID, name,
                    "must be all, a date, or the changeMark of an earlier answer");
    }
    if (!slice_is(mark.list, resource->name)) {
        return fail(ctx->error, RESULT_INVALID, name, "is a mark of another list");
    }
    if (!slice_is(mark.store, store)) {
        return change_mark_foreign(ctx);
    }
    if (!resource->changes->for_good &&
        mark.walk.taken_us < ctx->now_us - CHANGES_KEPT_DAYS * US_PER_DAY) {
        return fail(ctx->error, RESULT_INVALID, name,
                    "is older than %d days: read the list anew with changedSince=all",
                    CHANGES_KEPT_DAYS);
    }
    *out = mark.walk;
    return RESULT_OK;
}

enum result change_mark_now(struct ctx *ctx, const struct resource *resource, const char **out)
{
    struct change_walk walk = { .taken_us = ctx->now_us };
    int64_t until = 0;
    TRY(changes_bounds(ctx, resource->changes, &walk.since, &until));
    return change_mark_write(ctx, resource, &walk, out);
}

/* --- keeping ------------------------------------------------------------------------------------------------- */

/* By the database's clock, like the changes. */
enum result changes_keep(struct ctx *ctx, uint32_t max)
{
    const struct dialect *dialect = store_dialect(session_store(ctx->session));
    const int64_t kept_us = CHANGES_KEPT_DAYS * US_PER_DAY;
    int64_t since = 0;
    int64_t until = 0;
    TRY(bounds_read(ctx->session, dialect->change_bounds, &since, &until, ctx->error));
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO change_moment (moment, stamp) VALUES (reeve_now(), $1) "
                  "ON CONFLICT (moment) DO NOTHING",
                  "i", since));
    TRY(store_run(ctx->session, ctx->error,
                  "DELETE FROM change_moment WHERE moment < reeve_now() - $1", "i",
                  kept_us + US_PER_DAY));
    return store_run(ctx->session, ctx->error,
                     "DELETE FROM change WHERE (kind, item_id, place) IN (SELECT kind, item_id, "
                     "place FROM change WHERE moment < reeve_now() - $1 ORDER BY moment LIMIT $2)",
                     "ii", kept_us, (int64_t)max);
}

enum result changes_start(struct session *session, struct error *error)
{
    const struct dialect *dialect = store_dialect(session_store(session));
    int64_t since = 0;
    int64_t until = 0;
    int64_t newest = 0;
    /* In this order: another server may be adding some. */
    TRY(store_int(session, &newest, error, "SELECT COALESCE(MAX(stamp), 0) FROM change", ""));
    TRY(bounds_read(session, dialect->change_bounds, &since, &until, error));
    if (newest < until) {
        return RESULT_OK;
    }
    TRY(store_run(session, error, "DELETE FROM change", ""));
    TRY(store_run(session, error, "DELETE FROM change_moment", ""));
    return store_run(session, error, "UPDATE setting SET value = reeve_uuid() WHERE name = $1", "t",
                     "change.epoch");
}
