/* For tests of this folder: two computers that send events, on a store of their own. */
#ifndef RESOURCE_EVENTS_TEST_EVENTS_H
#define RESOURCE_EVENTS_TEST_EVENTS_H

#include <inttypes.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/read.h"
#include "resource/events/events.h"
#include "store/migrate.h"
#include "store/test_place.h"

#define COMPUTER "01890a5d-ac96-774b-bcce-b302099a8057"
#define OTHER    "01890a5d-ac96-774b-bcce-b302099a8058"
#define TENANT   "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"

enum { ARENA_BYTES = 256 * 1024 * 1024, LINES_BYTES_MAX = 4 * 1024 * 1024, US_PER_MS = 1000 };

static struct fixture {
    struct test_place *place;
    struct arena *arena;
    struct error error;
    struct faults faults;
    struct rules rules;
    struct ctx ctx;
    struct reply reply;
} at;

static inline void is(enum result got, enum result wanted)
{
    if (got != wanted) {
        print_error("%s instead of %s: %s\n", result_name(got), result_name(wanted), at.error.text);
        _fail(__FILE__, __LINE__);
    }
}

static inline void computer_add(const char *id)
{
    is(store_run(at.place->writer, &at.error,
                 "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on,"
                 " authorisation_state, archived, package_manager_version, machine_key,"
                 " duplicate_count, credential_type)"
                 " VALUES ($1, 'desk', 'desk', 0, 1, 0, 1, 0, 'NA', '', 0, 1)",
                 "t", id),
       RESULT_OK);
    is(store_run(
           at.place->writer, &at.error,
           "INSERT INTO computer_stream (computer_id, last_sequence, stored_count, lost_count,"
           " repeated_count) VALUES ($1, 0, 0, 0, 0)",
           "t", id),
       RESULT_OK);
}

static inline void open_events(void **state)
{
    memset(&at, 0, sizeof(at));
    at.place = test_place(state);
    at.arena = arena_new(ARENA_BYTES);
    assert_non_null(at.arena);
    (void)snprintf(at.rules.tenant_id, sizeof(at.rules.tenant_id), "%s", TENANT);
    faults_init(&at.faults, at.arena);
    at.ctx = (struct ctx){
        .arena = at.arena,
        .session = at.place->writer,
        .now_us = time_now_us(),
        .rules = &at.rules,
        .error = &at.error,
        .faults = &at.faults,
        .version = API_V3,
    };
    reply_init(&at.reply);
    test_place_ok(store_migrate(at.place->store, &at.error), &at.error);
    computer_add(COMPUTER);
    computer_add(OTHER);
}

static inline void close_events(void)
{
    reply_done(&at.reply);
    arena_free(at.arena);
}

/* --- sending ----------------------------------------------------------------------------------------------------------- */

static inline enum result make(const char *computer_id, int64_t first, struct slice lines,
                               struct event_batch *out)
{
    const struct event_source source = { .computer_id = computer_id, .first_sequence = first };
    at.error = (struct error){ .field = NULL };
    return event_batch_make(&at.ctx, &source, lines, out);
}

static inline enum result keep(const struct event_batch *batch, struct event_stored *out)
{
    is(session_begin(at.place->writer, &at.error), RESULT_OK);
    enum result result = event_batch_store(&at.ctx, batch, out);
    if (result == RESULT_OK) {
        is(session_commit(at.place->writer, &at.error), RESULT_OK);
    } else {
        session_rollback(at.place->writer);
    }
    return result;
}

/* `count` events whose messages are their numbers. */
static inline struct slice numbered(int64_t first, int count)
{
    char *text = arena_alloc(at.arena, (size_t)count * 40 + 1);
    size_t length = 0;
    assert_non_null(text);
    for (int i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, 40, "{\"message\":\"%" PRId64 "\"}\n", first + i);
    }
    return (struct slice){ text, length };
}

static inline struct event_stored send_as(const char *computer_id, int64_t first,
                                          struct slice lines)
{
    struct event_batch batch;
    struct event_stored stored = { .stored = -1 };
    is(make(computer_id, first, lines, &batch), RESULT_OK);
    is(keep(&batch, &stored), RESULT_OK);
    return stored;
}

static inline int64_t number(const char *sql)
{
    int64_t value = 0;
    is(store_int(at.place->writer, &value, &at.error, sql, ""), RESULT_OK);
    return value;
}

#endif
