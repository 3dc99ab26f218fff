#include "audit/seal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/checkpoint.h"
#include "base/time.h"
#include "store/dialect.h"

static enum result lock_count(struct session *session, int64_t *out, struct error *error)
{
    bool one_server = store_dialect(session_store(session))->one_server;
    return store_int(session, out, error,
                     one_server
                         ? "SELECT amount FROM tally WHERE name = 'activity_audit'"
                         : "SELECT amount FROM tally WHERE name = 'activity_audit' FOR UPDATE",
                     "");
}

enum result chain_head_lock(struct session *session, struct chain_head *out, struct error *error)
{
    struct chain_head head = { .id = 0 };
    struct statement *row = NULL;
    TRY(lock_count(session, &head.id, error));
    if (head.id > 0) {
        enum result result =
            store_row(session, &row, error,
                      "SELECT created, hash FROM activity_audit WHERE id = $1", "i", head.id);
        if (result == RESULT_NOT_FOUND) {
            /* Going on would hide it: the next entry cannot follow from what is not there. */
            return fail(error, RESULT_BROKEN, NULL,
                        "the newest audit entry, %lld, is missing; run reeve audit verify",
                        (long long)head.id);
        }
        TRY(result);
        head.created_us = statement_int(row, 0);
        struct slice hash = statement_bytes(row, 1);
        bool whole = hash.length == sizeof(head.hash);
        if (whole) {
            memcpy(head.hash, hash.text, sizeof(head.hash));
        }
        statement_reset(row);
        if (!whole) {
            return fail(error, RESULT_BROKEN, NULL, "the newest audit entry has no hash");
        }
    }
    *out = head;
    return RESULT_OK;
}

static int64_t door_of(struct slice name)
{
    int64_t door = AUDIT_BY_SYSTEM;
    for (int64_t i = 0; i < AUDIT_DOORS; i++) {
        door = slice_is(name, audit_doors[i]) ? i : door;
    }
    return door;
}

static void bind_or_null(struct statement *statement, uint32_t index, struct slice value)
{
    if (value.text == NULL) {
        statement_bind_null(statement, index);
    } else {
        statement_bind_text(statement, index, value);
    }
}

/* Entries that wait to be stored together: on PostgreSQL each statement is a journey to the server, and all others
   who write wait for the end of it. */
enum { ROWS_AT_ONCE = 20, ROW_VALUES = CHAIN_FIELDS + 3, INSERT_BYTES = 4096 };

struct row {
    struct chain_link link;
    uint8_t hash[SHA256_BYTES];
};

/* "INSERT … VALUES ($1, …), (…)" for so many rows. */
static void insert_text(size_t rows, char out[INSERT_BYTES])
{
    size_t length = (size_t)snprintf(
        out, INSERT_BYTES,
        "INSERT INTO activity_audit (user_id, user_name, changed_by, entity, entity_id,"
        " entity_name, audit_type, details, object, object_json, request_id, id, created, hash)"
        " VALUES ");
    for (size_t i = 0; i < rows * ROW_VALUES; i++) {
        bool first = i % ROW_VALUES == 0;
        bool last = i % ROW_VALUES == ROW_VALUES - 1;
        length += (size_t)snprintf(out + length, INSERT_BYTES - length, "%s%s$%zu%s",
                                   i > 0 ? "," : "", first ? "(" : "", i + 1, last ? ")" : "");
        assert(length < INSERT_BYTES);
    }
}

static void bind_row(struct statement *statement, uint32_t first, const struct row *row)
{
    const struct chain_link *link = &row->link;
    for (uint32_t i = 0; i < CHAIN_FIELDS; i++) {
        if (i != CHAIN_CHANGED_BY) {
            bind_or_null(statement, first + i, link->fields[i]);
        }
    }
    statement_bind_int(statement, first + CHAIN_CHANGED_BY,
                       door_of(link->fields[CHAIN_CHANGED_BY]));
    statement_bind_int(statement, first + CHAIN_FIELDS, link->id);
    statement_bind_int(statement, first + CHAIN_FIELDS + 1, link->created_us);
    statement_bind_bytes(statement, first + CHAIN_FIELDS + 2,
                         (struct slice){ (const char *)row->hash, SHA256_BYTES });
}

static enum result insert(struct session *session, const struct row *rows, size_t count,
                          struct error *error)
{
    char sql[INSERT_BYTES];
    struct statement *statement = NULL;
    bool more = false;
    insert_text(count, sql);
    TRY(session_prepare(session, sql, &statement, error));
    for (size_t i = 0; i < count; i++) {
        bind_row(statement, (uint32_t)(i * ROW_VALUES + 1), &rows[i]);
    }
    enum result result = statement_step(statement, &more, error);
    statement_reset(statement);
    return result;
}

/* Moments rise with the ids even when the clock stands still or goes back, so that a client that goes on from the
   last moment it saw misses nothing: who comes later is later. */
static enum result next_link(struct chain_head *head, struct slice *notes, int64_t now_us,
                             struct chain_link *out, struct error *error)
{
    if (head->id >= AUDIT_ID_MAX) {
        return fail(error, RESULT_BROKEN, NULL, "the ids of audit entries are used up");
    }
    if (!chain_fields_take(notes, out->fields)) {
        return fail(error, RESULT_BROKEN, NULL, "an audit entry was cut off");
    }
    head->id++;
    head->created_us = now_us > head->created_us ? now_us : head->created_us + 1;
    out->id = head->id;
    out->created_us = head->created_us;
    return RESULT_OK;
}

/* What the notes of a transaction add to the chain. */
struct sealing {
    struct chain_head head;
    struct buffer scratch;
    int64_t now_us;
    bool signs;
    struct row rows[ROWS_AT_ONCE];
    size_t count;
};

/* One text for a full batch and one for single rows: two statements that stay prepared. */
static enum result flush(struct session *session, struct sealing *sealing, struct error *error)
{
    size_t at_once = sealing->count == ROWS_AT_ONCE ? ROWS_AT_ONCE : 1;
    for (size_t i = 0; i < sealing->count; i += at_once) {
        TRY(insert(session, &sealing->rows[i], at_once, error));
    }
    sealing->count = 0;
    return RESULT_OK;
}

static enum result take_note(struct session *session, struct sealing *sealing, struct slice *notes,
                             struct error *error)
{
    struct row *row = &sealing->rows[sealing->count];
    char kind = notes->text[0];
    notes->text++;
    notes->length--;
    if (kind == NOTE_SIGN) {
        sealing->signs = true;
        return RESULT_OK;
    }
    assert(kind == NOTE_ENTRY);
    TRY(next_link(&sealing->head, notes, sealing->now_us, &row->link, error));
    TRY(chain_hash(&sealing->scratch, sealing->head.hash, &row->link, row->hash, error));
    memcpy(sealing->head.hash, row->hash, sizeof(row->hash));
    sealing->count++;
    return sealing->count == ROWS_AT_ONCE ? flush(session, sealing, error) : RESULT_OK;
}

static enum result take_notes(struct session *session, struct sealing *sealing, struct slice notes,
                              struct error *error)
{
    int64_t before = sealing->head.id;
    while (notes.length > 0) {
        TRY(take_note(session, sealing, &notes, error));
    }
    TRY(flush(session, sealing, error));
    if (sealing->head.id == before) {
        return RESULT_OK;
    }
    sealing->signs =
        sealing->signs || before / CHECKPOINT_ENTRIES != sealing->head.id / CHECKPOINT_ENTRIES;
    return store_run(session, error, "UPDATE tally SET amount = $1 WHERE name = 'activity_audit'",
                     "i", sealing->head.id);
}

enum result audit_seal(struct session *session, struct slice notes, struct error *error)
{
    struct sealing sealing = { .now_us = time_now_us() };
    TRY(chain_head_lock(session, &sealing.head, error));
    buffer_init(&sealing.scratch, CHAIN_BYTES_MAX);
    enum result result = take_notes(session, &sealing, notes, error);
    buffer_done(&sealing.scratch);
    TRY(result);
    return sealing.signs ? checkpoint_sign(session, &sealing.head, error) : RESULT_OK;
}
