#include "audit/walk.h"

#include "audit/audit.h"
#include "model/operation.h"
#include "store/store.h"

/* A page of a statement; PostgreSQL hands over all rows of an answer at once. */
#define PAGE_ROWS "500"

static enum result link_read(const struct statement *row, struct chain_link *out,
                             struct error *error)
{
    out->id = statement_int(row, CHAIN_FIELDS);
    out->created_us = statement_int(row, CHAIN_FIELDS + 1);
    for (uint32_t i = 0; i < CHAIN_FIELDS; i++) {
        out->fields[i] = statement_is_null(row, i) ? (struct slice){ 0 } : statement_text(row, i);
        if (!statement_is_null(row, i) && out->fields[i].text == NULL) {
            out->fields[i].text = ""; /* an empty text is not null */
        }
    }
    int64_t door = statement_int(row, CHAIN_CHANGED_BY);
    if (door < 0 || door >= AUDIT_DOORS) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "entry %lld was altered: nobody changes things by door %lld",
                    (long long)out->id, (long long)door);
    }
    out->fields[CHAIN_CHANGED_BY] = slice_of(audit_doors[door]);
    return RESULT_OK;
}

static enum result visit_row(struct walk *walk, const struct statement *row, int64_t *out_id,
                             struct error *error)
{
    struct chain_link link;
    TRY(link_read(row, &link, error));
    const struct walk_stop stop = {
        .link = &link,
        .hash = statement_bytes(row, CHAIN_FIELDS + 2),
        .token = statement_is_null(row, CHAIN_FIELDS + 3) ? (struct slice){ 0 }
                                                          : statement_text(row, CHAIN_FIELDS + 3),
    };
    *out_id = link.id;
    return walk->visit(walk, &stop, error);
}

/* From behind `*id`, which moves on; *out_more when there was a row. */
static enum result walk_page(struct ctx *ctx, struct walk *walk, int64_t *id, bool *out_more)
{
    struct statement *rows = NULL;
    bool row = false;
    *out_more = false;
    TRY(store_rows(ctx->session, &rows, ctx->error,
                   "SELECT a.user_id, a.user_name, a.changed_by, a.entity, a.entity_id,"
                   " a.entity_name, a.audit_type, a.details, a.object, a.object_json,"
                   " a.request_id, a.id, a.created, a.hash, c.token FROM activity_audit a"
                   " LEFT JOIN audit_checkpoint c ON c.id = a.id"
                   " WHERE a.id > $1 ORDER BY a.id LIMIT " PAGE_ROWS,
                   "i", *id));
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        *out_more = true;
        result = visit_row(walk, rows, id, ctx->error);
        if (result == RESULT_OK) {
            result = statement_step(rows, &row, ctx->error);
        }
    }
    statement_reset(rows);
    return result;
}

static enum result walk_all(struct ctx *ctx, struct walk *walk)
{
    int64_t id = INT64_MIN;
    bool more = true;
    TRY(store_int(ctx->session, &walk->count, ctx->error,
                  "SELECT amount FROM tally WHERE name = 'activity_audit'", ""));
    TRY(store_int(ctx->session, &walk->last_checkpoint, ctx->error,
                  "SELECT MAX(id) FROM audit_checkpoint", ""));
    while (more) {
        TRY(walk_page(ctx, walk, &id, &more));
    }
    return RESULT_OK;
}

enum result audit_walk(struct ctx *ctx, struct walk *walk)
{
    TRY(session_begin(ctx->session, ctx->error));
    enum result result = walk_all(ctx, walk);
    session_rollback(ctx->session);
    return result;
}
