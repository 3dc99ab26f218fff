#include "limits.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/compress.h"

enum { BLOCK_BYTES_MAX = 64 * 1024 * 1024, PACK_LEVEL = 1 };

/* A prepared statement in a store with the server's own settings. */
struct raw {
    sqlite3 *store;
    sqlite3_stmt *statement;
};

static const char settings[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                               "PRAGMA cache_size=-16384; PRAGMA mmap_size=134217728;";

static enum result raw_fail(const struct raw *raw, struct error *error)
{
    return fail(error, RESULT_BROKEN, NULL, "SQLite: %s", sqlite3_errmsg(raw->store));
}

static enum result raw_run(struct raw *raw, const char *sql, struct error *error)
{
    return sqlite3_exec(raw->store, sql, NULL, NULL, NULL) == SQLITE_OK ? RESULT_OK
                                                                        : raw_fail(raw, error);
}

static enum result raw_open(struct raw *raw, const char *file, const char *tables, const char *sql,
                            struct error *error)
{
    (void)unlink(file);
    if (sqlite3_open(file, &raw->store) != SQLITE_OK) {
        return raw_fail(raw, error);
    }
    TRY(raw_run(raw, settings, error));
    TRY(raw_run(raw, tables, error));
    return sqlite3_prepare_v2(raw->store, sql, -1, &raw->statement, NULL) == SQLITE_OK
               ? RESULT_OK
               : raw_fail(raw, error);
}

static void raw_close(struct raw *raw, const char *file)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    (void)sqlite3_finalize(raw->statement);
    (void)sqlite3_close(raw->store);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char name[1200];
        (void)snprintf(name, sizeof(name), "%s%s", file, ends[i]);
        (void)unlink(name);
    }
}

static enum result raw_step(struct raw *raw, struct error *error)
{
    if (sqlite3_step(raw->statement) != SQLITE_DONE) {
        return raw_fail(raw, error);
    }
    (void)sqlite3_reset(raw->statement);
    return sqlite3_changes(raw->store) == 1
               ? RESULT_OK
               : fail(error, RESULT_BROKEN, NULL, "SQLite changed no row");
}

struct group {
    size_t size, rows;
    struct slice block; /* inserts; empty for updates */
    uint64_t done;
};

static void group_bind(struct raw *raw, const struct group *group)
{
    if (group->block.length > 0) {
        (void)sqlite3_bind_int64(raw->statement, 1, (sqlite3_int64)group->done);
        (void)sqlite3_bind_blob(raw->statement, 2, group->block.text, (int)group->block.length,
                                SQLITE_STATIC);
        return;
    }
    char id[37];
    (void)snprintf(id, sizeof(id), "01890a5d-ac96-774b-bcce-%012zu",
                   (size_t)(group->done * 7919) % group->rows + 1);
    (void)sqlite3_bind_text(raw->statement, 1, id, -1, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(raw->statement, 2, (sqlite3_int64)group->done);
}

static enum result groups_run(struct raw *raw, struct group *group, double seconds,
                              struct limit *out, struct error *error)
{
    int64_t start_us = time_monotonic_us();
    int64_t end_us = start_us + (int64_t)(seconds * 1e6);
    while (time_monotonic_us() < end_us) {
        TRY(raw_run(raw, "BEGIN IMMEDIATE", error));
        for (size_t i = 0; i < group->size; i++, group->done++) {
            group_bind(raw, group);
            TRY(raw_step(raw, error));
        }
        TRY(raw_run(raw, "COMMIT", error));
    }
    out->per_second = (double)group->done * 1e6 / (double)(time_monotonic_us() - start_us);
    return RESULT_OK;
}

enum result limit_updates(const char *file, size_t rows, size_t group, double seconds,
                          struct limit *out, struct error *error)
{
    struct raw raw = { .store = NULL };
    struct group work = { .size = group, .rows = rows };
    char tables[512];
    (void)snprintf(tables, sizeof(tables),
                   "CREATE TABLE computer (id TEXT PRIMARY KEY, state TEXT, at INTEGER, facts TEXT)"
                   " WITHOUT ROWID;"
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %zu)"
                   " INSERT INTO computer SELECT printf('01890a5d-ac96-774b-bcce-%%012d', i),"
                   " 'x', 0, printf('%%600d', i) FROM n;",
                   rows);
    enum result result =
        raw_open(&raw, file, tables, "UPDATE computer SET at = ?2 WHERE id = ?1", error);
    if (result == RESULT_OK) {
        result = groups_run(&raw, &work, seconds, out, error);
    }
    raw_close(&raw, file);
    return result;
}

enum result limit_inserts(const char *file, struct slice block, size_t group, double seconds,
                          struct limit *out, struct error *error)
{
    struct raw raw = { .store = NULL };
    struct group work = { .size = group, .block = block };
    enum result result =
        raw_open(&raw, file, "CREATE TABLE block (id INTEGER PRIMARY KEY, at INTEGER, packed BLOB)",
                 "INSERT INTO block (at, packed) VALUES (?1, ?2)", error);
    if (result == RESULT_OK) {
        result = groups_run(&raw, &work, seconds, out, error);
    }
    raw_close(&raw, file);
    return result;
}

enum result limit_packs(struct slice packed, double seconds, struct limit *out, struct error *error)
{
    struct arena *arena = arena_new(BLOCK_BYTES_MAX);
    uint64_t done = 0;
    int64_t start_us = time_monotonic_us();
    int64_t end_us = start_us + (int64_t)(seconds * 1e6);
    enum result result =
        arena == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for blocks") : RESULT_OK;
    while (result == RESULT_OK && time_monotonic_us() < end_us) {
        struct slice text;
        struct slice again;
        arena_reset(arena);
        result = zstd_unpack(arena, packed, BLOCK_BYTES_MAX, &text, error);
        if (result == RESULT_OK) {
            result = zstd_pack(arena, text, PACK_LEVEL, &again, error);
        }
        done++;
    }
    out->per_second = (double)done * 1e6 / (double)(time_monotonic_us() - start_us);
    arena_free(arena);
    return result;
}
