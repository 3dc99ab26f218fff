/* A batch's way into the store: which computers, what is new, then one transaction for all of it. */
#include <string.h>

#include "access/principal.h"
#include "base/arena.h"
#include "base/time.h"
#include "model/operation.h"
#include "resource/computers/computers.h"
#include "resource/events/events.h"
#include "store/store.h"
#include "store/writer.h"
#include "sudo_log/sudo_batch.h"
#include "sudo_log/sudo_hosts.h"

enum { STORING_ARENA_BYTES = 512 * 1024 * 1024 };

/* The entries of one host, in the order of their coming. */
struct span {
    struct sudo_host host;
    struct sudo_entry **entries;
    size_t count;
    size_t fresh; /* of them are new */
    bool wanted;  /* there is a batch to store */
    struct event_batch batch;
};

struct round {
    struct sudo_storing *storing;
    struct sudo_entry **entries; /* by host, then by coming */
    size_t entry_count;
    struct span *spans;
    size_t count;
};

enum result sudo_storing_init(struct sudo_storing *storing, const struct sudo_place *place,
                              struct error *error)
{
    *storing = (struct sudo_storing){ .place = place,
                                      .reading = arena_new(STORING_ARENA_BYTES),
                                      .writing = arena_new(STORING_ARENA_BYTES) };
    if (storing->reading == NULL || storing->writing == NULL) {
        sudo_storing_done(storing);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for sudo's records");
    }
    return RESULT_OK;
}

void sudo_storing_done(struct sudo_storing *storing)
{
    session_close(storing->session);
    arena_free(storing->reading);
    arena_free(storing->writing);
    *storing = (struct sudo_storing){ .place = NULL };
}

static struct ctx surroundings(const struct sudo_storing *storing, struct session *session,
                               struct arena *arena, struct error *error)
{
    static const struct principal system = { .kind = PRINCIPAL_SYSTEM, .name = "system" };
    return (struct ctx){ .arena = arena,
                         .session = session,
                         .now_us = time_now_us(),
                         .rules = storing->place->rules,
                         .principal = &system,
                         .error = error,
                         .keys = storing->place->keys };
}

/* --- spans ------------------------------------------------------------------------------------------------------ */

static int by_host(const void *left, const void *right)
{
    const struct sudo_entry *a = *(struct sudo_entry *const *)left;
    const struct sudo_entry *b = *(struct sudo_entry *const *)right;
    int order = strcmp(a->host_key, b->host_key);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static enum result spans_make(struct round *round, struct sudo_batch *batch, struct ctx *ctx)
{
    round->entries = arena_alloc(ctx->arena, batch->count * sizeof(*round->entries));
    round->spans = arena_alloc(ctx->arena, batch->count * sizeof(*round->spans));
    round->entry_count = batch->count;
    if (round->entries == NULL || round->spans == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for sudo's records");
    }
    for (size_t i = 0; i < batch->count; i++) {
        batch->entries[i].outcome = SUDO_STORED;
        round->entries[i] = &batch->entries[i];
    }
    qsort(round->entries, batch->count, sizeof(struct sudo_entry *), by_host);
    for (size_t i = 0; i < batch->count; i++) {
        struct sudo_entry *entry = round->entries[i];
        struct span *last = round->count > 0 ? &round->spans[round->count - 1] : NULL;
        if (last == NULL || strcmp(last->host.key, entry->host_key) != 0) {
            last = &round->spans[round->count++];
            last->entries = &round->entries[i];
            last->host = (struct sudo_host){ .name = entry->host,
                                             .key = entry->host_key,
                                             .source = entry->source };
        }
        last->count++;
    }
    return RESULT_OK;
}

/* --- hosts ------------------------------------------------------------------------------------------------------ */

/* What a transaction finds lives in its arena; the spans outlive it. */
static enum result host_keep(struct ctx *ctx, const struct sudo_host *found, struct sudo_host *out)
{
    *out = *found;
    if (found->computer_id != NULL) {
        out->computer_id = arena_strdup(ctx->arena, found->computer_id);
    }
    if (found->group_id != NULL) {
        out->group_id = arena_strdup(ctx->arena, found->group_id);
    }
    bool whole = (found->computer_id == NULL || out->computer_id != NULL) &&
                 (found->group_id == NULL || out->group_id != NULL);
    return whole ? RESULT_OK : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a host");
}

static bool is_unknown(const struct sudo_host *host)
{
    return host->computer_id == NULL && host->refused == SUDO_STORED;
}

static enum result hosts_make(void *context, struct session *session, struct error *error)
{
    struct round *round = context;
    struct sudo_storing *storing = round->storing;
    arena_reset(storing->writing);
    struct ctx ctx = surroundings(storing, session, storing->writing, error);
    struct ctx keep = { .arena = storing->reading, .error = error };
    for (size_t i = 0; i < round->count; i++) {
        struct sudo_host host = round->spans[i].host;
        if (is_unknown(&host)) {
            TRY(sudo_host_make(&ctx, storing->place->hosts_max, &host));
            if (host.refused == SUDO_REFUSED_HOSTS) {
                TRY(host_keep(&keep, &host, &round->spans[i].host));
            }
        }
    }
    return RESULT_OK;
}

/* Twice: what the transaction made is believed only when it is there. */
static enum result hosts_find(struct round *round, struct ctx *ctx)
{
    bool unknown = false;
    for (size_t i = 0; i < round->count; i++) {
        TRY(sudo_host_look(ctx, &round->spans[i].host));
        unknown = unknown || is_unknown(&round->spans[i].host);
    }
    if (!unknown) {
        return RESULT_OK;
    }
    TRY(writer_wait(round->storing->place->writer, hosts_make, round, ctx->error));
    for (size_t i = 0; i < round->count; i++) {
        struct sudo_host *host = &round->spans[i].host;
        if (host->refused != SUDO_REFUSED_HOSTS) {
            TRY(sudo_host_look(ctx, host));
        }
        if (is_unknown(host)) {
            return fail(ctx->error, RESULT_BUSY, NULL, "a new computer went away again");
        }
    }
    return RESULT_OK;
}

/* --- what is new ------------------------------------------------------------------------------------------------ */

static bool comes_earlier(const struct span *span, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (span->entries[i]->unique &&
            strcmp(span->entries[i]->id, span->entries[index]->id) == 0) {
            return true;
        }
    }
    return false;
}

static enum result is_seen(struct ctx *ctx, const struct span *span, size_t index, bool *out)
{
    int64_t there = 0;
    const struct sudo_entry *entry = span->entries[index];
    *out = entry->unique && comes_earlier(span, index);
    if (*out || !entry->unique) {
        return RESULT_OK;
    }
    enum result result = store_int(ctx->session, &there, ctx->error,
                                   "SELECT 1 FROM sudo_seen WHERE id = $1", "t", entry->id);
    *out = result == RESULT_OK;
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result lines_join(struct ctx *ctx, struct span *span, struct slice *out)
{
    size_t length = 0;
    for (size_t i = 0; i < span->count; i++) {
        length += span->entries[i]->event.length;
    }
    char *text = arena_alloc(ctx->arena, length + 1);
    if (text == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for sudo's records");
    }
    *out = (struct slice){ text, 0 };
    for (size_t i = 0; i < span->count; i++) {
        const struct sudo_entry *entry = span->entries[i];
        if (entry->outcome == SUDO_STORED) {
            memcpy(text + out->length, entry->event.text, entry->event.length);
            out->length += entry->event.length;
        }
    }
    return RESULT_OK;
}

static enum result span_make(struct ctx *ctx, struct span *span)
{
    struct slice lines;
    struct event_source source = { .computer_id = span->host.computer_id,
                                   .group_id = span->host.group_id };
    span->fresh = 0;
    for (size_t i = 0; i < span->count; i++) {
        bool seen = false;
        if (span->host.refused == SUDO_STORED) {
            TRY(is_seen(ctx, span, i, &seen));
        }
        span->entries[i]->outcome = seen ? SUDO_REPEATED : span->host.refused;
        span->fresh += span->entries[i]->outcome == SUDO_STORED ? 1 : 0;
    }
    span->wanted = span->fresh > 0;
    if (!span->wanted) {
        return RESULT_OK;
    }
    TRY(store_int(ctx->session, &source.first_sequence, ctx->error,
                  "SELECT last_sequence + 1 FROM computer_stream WHERE computer_id = $1", "t",
                  source.computer_id));
    TRY(lines_join(ctx, span, &lines));
    return event_batch_make(ctx, &source, lines, &span->batch);
}

/* --- storing ---------------------------------------------------------------------------------------------------- */

/* The numbers are given here, so they must not have moved since the batch was made: what has an old number would count as
   stored. The row stays locked until the commit. */
static enum result sequence_hold(struct ctx *ctx, const struct event_source *source)
{
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE computer_stream SET repeated_count = repeated_count"
                  " WHERE computer_id = $1 AND last_sequence = $2",
                  "ti", source->computer_id, source->first_sequence - 1));
    return session_affected(ctx->session) == 1
               ? RESULT_OK
               : fail(ctx->error, RESULT_BUSY, NULL, "another server stored events of this host");
}

static enum result seen_note(struct ctx *ctx, const struct sudo_entry *entry)
{
    if (entry->outcome != SUDO_STORED || !entry->unique) {
        return RESULT_OK;
    }
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO sudo_seen (id, seen) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                  "ti", entry->id, ctx->now_us));
    return session_affected(ctx->session) == 1
               ? RESULT_OK
               : fail(ctx->error, RESULT_BUSY, NULL, "another server stored this record");
}

static enum result span_store(struct ctx *ctx, const struct span *span, bool past)
{
    struct event_stored stored;
    const struct computer_seen seen = { .id = span->host.computer_id, .at_us = ctx->now_us };
    TRY(sequence_hold(ctx, &span->batch.source));
    for (size_t i = 0; i < span->count; i++) {
        TRY(seen_note(ctx, span->entries[i]));
    }
    TRY(event_batch_store(ctx, &span->batch, &stored));
    return past ? RESULT_OK : computers_seen(ctx, &seen, 1);
}

static enum result spans_store(void *context, struct session *session, struct error *error)
{
    struct round *round = context;
    struct sudo_storing *storing = round->storing;
    arena_reset(storing->writing);
    struct ctx ctx = surroundings(storing, session, storing->writing, error);
    for (size_t i = 0; i < round->count; i++) {
        if (round->spans[i].wanted) {
            TRY(span_store(&ctx, &round->spans[i], storing->place->past));
        }
    }
    return RESULT_OK;
}

static enum result batch_try(struct sudo_storing *storing, struct sudo_batch *batch,
                             struct error *error)
{
    struct round round = { .storing = storing };
    struct ctx ctx = surroundings(storing, storing->session, storing->reading, error);
    bool wanted = false;
    TRY(spans_make(&round, batch, &ctx));
    TRY(hosts_find(&round, &ctx));
    for (size_t i = 0; i < round.count; i++) {
        TRY(span_make(&ctx, &round.spans[i]));
        wanted = wanted || round.spans[i].wanted;
    }
    return wanted ? writer_wait(storing->place->writer, spans_store, &round, error) : RESULT_OK;
}

enum result sudo_batch_store(struct sudo_storing *storing, struct sudo_batch *batch,
                             struct error *error)
{
    if (batch->count == 0) {
        return RESULT_OK;
    }
    if (storing->session == NULL) {
        TRY(session_open(storing->place->store, SESSION_READ, &storing->session, error));
    }
    arena_reset(storing->reading);
    enum result result = batch_try(storing, batch, error);
    if (result != RESULT_OK) {
        session_close(storing->session); /* perhaps it was lost: another one next time */
        storing->session = NULL;
    }
    return result;
}

/* --- housekeeping ----------------------------------------------------------------------------------------------- */

enum result sudo_seen_sweep(struct ctx *ctx, uint32_t max)
{
    return store_run(ctx->session, ctx->error,
                     "DELETE FROM sudo_seen WHERE id IN (SELECT id FROM sudo_seen WHERE seen < $1"
                     " ORDER BY seen LIMIT $2)",
                     "ii", ctx->now_us - SUDO_SEEN_DAYS * US_PER_DAY, (int64_t)max);
}
