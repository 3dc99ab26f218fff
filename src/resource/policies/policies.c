#include "resource/policies/policies.h"

#include "access/principal.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/compress.h"
#include "resource/policies/policies_change.h"
#include "store/store.h"

#define NIL_UUID "00000000-0000-0000-0000-000000000000"

enum { BYTES_PER_KB = 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL,
                "the request needs more memory than it may use");
}

/* The name of who is calling. Users have ids; API accounts and the server itself go by the nil one. */
static const char *caller_name(const struct ctx *ctx)
{
    return ctx->principal != NULL && ctx->principal->name[0] != '\0' ? ctx->principal->name : NULL;
}

static enum result id_for(struct ctx *ctx, const char *given, const char **out)
{
    if (given != NULL) {
        *out = given;
        return RESULT_OK;
    }
    struct uuid made;
    uuid_make(ctx->now_us, &made);
    *out = arena_strdup(ctx->arena, made.text);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

static int64_t size_kb(int64_t size_bytes)
{
    int64_t kb = (size_bytes + BYTES_PER_KB - 1) / BYTES_PER_KB;
    return kb > 0 ? kb : 1;
}

static enum result name_taken(struct ctx *ctx, struct slice name)
{
    return fail(ctx->error, RESULT_CONFLICT, "name",
                "a policy with the name \"%.*s\" exists already",
                (int)(name.length < 200 ? name.length : 200), name.text);
}

/* The trimmed name and the key under which it is unique. */
static enum result name_key(struct ctx *ctx, struct slice given, struct slice *out_name,
                            const char **out_key)
{
    struct slice name = slice_trim(given);
    if (name.length == 0) {
        return fail(ctx->error, RESULT_INVALID, "name", "name must not be empty");
    }
    const char *key = slice_fold(ctx->arena, name);
    if (key == NULL) {
        return no_memory(ctx);
    }
    *out_name = name;
    *out_key = key;
    return RESULT_OK;
}

static enum result text_or_null(struct ctx *ctx, struct slice text, const char **out)
{
    *out = NULL;
    if (text.length == 0) {
        return RESULT_OK;
    }
    *out = slice_dup(ctx->arena, text);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

/* --- revisions -------------------------------------------------------------------------------- */

/* The row and its bytes; the policy points at it afterwards. */
static enum result insert_revision(struct ctx *ctx, const char *policy_id, const char *revision_id,
                                   int64_t number, const struct policy_upload *upload,
                                   struct slice note)
{
    const char *note_text = NULL;
    TRY(text_or_null(ctx, note, &note_text));
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO policy_revision (id, policy_id, revision, size_bytes, sha256, created, "
        "created_user_id, created_user, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        "ttiitittt", revision_id, policy_id, number, upload->size_bytes, upload->sha256,
        ctx->now_us, NIL_UUID, caller_name(ctx), note_text));
    TRY(store_run(ctx->session, ctx->error,
                  "INSERT INTO policy_content (revision_id, packed) VALUES ($1, $2)", "tb",
                  revision_id, upload->packed));
    return store_run(ctx->session, ctx->error,
                     "UPDATE policy SET revision_id = $2, size_kb = $3, last_modified = $4, "
                     "last_modified_user_id = $5, last_modified_user = $6 WHERE id = $1",
                     "ttiitt", policy_id, revision_id, size_kb(upload->size_bytes), ctx->now_us,
                     NIL_UUID, caller_name(ctx));
}

static enum result insert_policy(struct ctx *ctx, const char *id, const struct policy_order *order,
                                 const struct policy_upload *upload)
{
    struct slice name;
    const char *key = NULL;
    const char *description = NULL;
    TRY(name_key(ctx, order->name, &name, &key));
    TRY(text_or_null(ctx, order->description, &description));
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO policy (id, name, name_key, description, document_id, revision, "
        "size_kb, created, last_modified, last_modified_user_id) "
        "VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $7, $8) ON CONFLICT (name_key) DO NOTHING",
        "tstttiit", id, name, key, description, upload->document_id, size_kb(upload->size_bytes),
        ctx->now_us, NIL_UUID));
    return session_affected(ctx->session) == 0 ? name_taken(ctx, name) : RESULT_OK;
}

enum result policy_create(struct ctx *ctx, const struct policy_order *order,
                          const char **out_policy_id, const char **out_revision_id)
{
    struct policy_upload made;
    const struct policy_upload *upload = order->upload;
    if (upload == NULL) {
        TRY(policy_upload_make(ctx, order->document, &made));
        upload = &made;
    }
    const char *id = NULL;
    const char *revision_id = NULL;
    TRY(id_for(ctx, order->id, &id));
    TRY(id_for(ctx, order->revision_id, &revision_id));
    TRY(insert_policy(ctx, id, order, upload));
    TRY(insert_revision(ctx, id, revision_id, 1, upload, (struct slice){ 0 }));
    *out_policy_id = id;
    *out_revision_id = revision_id;
    return RESULT_OK;
}

enum result policy_must_exist(struct ctx *ctx, const char *policy_id)
{
    int64_t one = 0;
    enum result result = store_int(ctx->session, &one, ctx->error,
                                   "SELECT 1 FROM policy WHERE id = $1", "t", policy_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no policy %s", policy_id);
    }
    return result;
}

enum result policy_must_be_free(struct ctx *ctx, const char *policy_id)
{
    int64_t locked = 0;
    TRY(policy_must_exist(ctx, policy_id));
    TRY(store_int(ctx->session, &locked, ctx->error,
                  "SELECT COUNT(*) FROM policy WHERE id = $1 AND draft_id IS NOT NULL", "t",
                  policy_id));
    if (locked > 0) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "the policy is locked by an open draft; discard the draft first");
    }
    return RESULT_OK;
}

enum result policy_store_revision(struct ctx *ctx, const char *policy_id, const char *revision_id,
                                  const struct policy_upload *upload, struct slice note,
                                  const char **out_revision_id)
{
    const char *id = NULL;
    int64_t number = 0;
    /* Counting up comes first: it holds the row, so that two servers never take one number. */
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE policy SET revision = revision + 1 WHERE id = $1 AND draft_id IS NULL",
                  "t", policy_id));
    if (session_affected(ctx->session) == 0) {
        TRY(policy_must_be_free(ctx, policy_id));
        return fail(ctx->error, RESULT_BUSY, NULL, "the policy is changing; try again");
    }
    TRY(store_int(ctx->session, &number, ctx->error, "SELECT revision FROM policy WHERE id = $1",
                  "t", policy_id));
    TRY(id_for(ctx, revision_id, &id));
    TRY(insert_revision(ctx, policy_id, id, number, upload, note));
    *out_revision_id = id;
    return RESULT_OK;
}

enum result policy_add_revision(struct ctx *ctx, const char *policy_id, const char *revision_id,
                                struct slice document, struct slice note,
                                const char **out_revision_id)
{
    struct policy_upload upload;
    TRY(policy_must_be_free(ctx, policy_id));
    TRY(policy_upload_make(ctx, document, &upload));
    return policy_store_revision(ctx, policy_id, revision_id, &upload, note, out_revision_id);
}

/* --- reading ---------------------------------------------------------------------------------- */

#define REVISION_COLUMNS                                                    \
    "SELECT r.id, r.policy_id, p.name, r.sha256, r.revision, r.size_bytes " \
    "FROM policy_revision r JOIN policy p ON p.id = r.policy_id "

static enum result revision_read(struct ctx *ctx, struct statement *statement,
                                 struct policy_revision *out)
{
    struct policy_revision revision = {
        .id = slice_dup(ctx->arena, statement_text(statement, 0)),
        .policy_id = slice_dup(ctx->arena, statement_text(statement, 1)),
        .policy_name = slice_dup(ctx->arena, statement_text(statement, 2)),
        .sha256 = slice_dup(ctx->arena, statement_text(statement, 3)),
        .number = statement_int(statement, 4),
        .size_bytes = statement_int(statement, 5),
    };
    statement_reset(statement);
    if (revision.id == NULL || revision.policy_id == NULL || revision.policy_name == NULL ||
        revision.sha256 == NULL) {
        return no_memory(ctx);
    }
    *out = revision;
    return RESULT_OK;
}

enum result policy_revision_load(struct ctx *ctx, const char *id, struct policy_revision *out)
{
    struct statement *statement = NULL;
    enum result result = store_row(ctx->session, &statement, ctx->error,
                                   REVISION_COLUMNS "WHERE r.id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no policy revision %s", id);
    }
    TRY(result);
    return revision_read(ctx, statement, out);
}

enum result policy_newest_revision(struct ctx *ctx, const char *policy_id,
                                   struct policy_revision *out)
{
    struct statement *statement = NULL;
    enum result result =
        store_row(ctx->session, &statement, ctx->error,
                  REVISION_COLUMNS "WHERE p.id = $1 AND r.id = p.revision_id", "t", policy_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no policy %s", policy_id);
    }
    TRY(result);
    return revision_read(ctx, statement, out);
}

enum result policy_content_load(struct ctx *ctx, const char *revision_id, struct slice *out)
{
    struct statement *statement = NULL;
    enum result result =
        store_row(ctx->session, &statement, ctx->error,
                  "SELECT packed FROM policy_content WHERE revision_id = $1", "t", revision_id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no policy revision %s",
                    revision_id);
    }
    TRY(result);
    result = zstd_unpack(ctx->arena, statement_bytes(statement, 0), POLICY_FILE_BYTES_MAX, out,
                         ctx->error);
    statement_reset(statement);
    if (result == RESULT_OK || result == RESULT_NO_MEMORY) {
        return result;
    }
    /* What was stored was good: the caller can't help it. */
    return fail(ctx->error, RESULT_BROKEN, NULL, "the stored policy revision %s can't be read",
                revision_id);
}

/* --- properties ------------------------------------------------------------------------------- */

enum result policy_rename(struct ctx *ctx, const char *id, struct slice given)
{
    struct slice name;
    const char *key = NULL;
    int64_t others = 0;
    TRY(name_key(ctx, given, &name, &key));
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM policy WHERE name_key = $1 AND id <> $2", "tt", key, id));
    if (others > 0) {
        return name_taken(ctx, name);
    }
    return store_run(ctx->session, ctx->error,
                     "UPDATE policy SET name = $2, name_key = $3, last_modified = $4, "
                     "last_modified_user_id = $5, last_modified_user = $6 WHERE id = $1",
                     "tstitt", id, name, key, ctx->now_us, NIL_UUID, caller_name(ctx));
}

enum result policy_describe(struct ctx *ctx, const char *id, struct slice description)
{
    const char *text = NULL;
    TRY(text_or_null(ctx, description, &text));
    return store_run(ctx->session, ctx->error, "UPDATE policy SET description = $2 WHERE id = $1",
                     "tt", id, text);
}

enum result policy_discard_draft(struct ctx *ctx, const char *id)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE policy SET draft_id = NULL, draft_user_id = NULL, draft_user = NULL, "
                     "draft_opened = NULL WHERE id = $1",
                     "t", id);
}

enum result policy_remove(struct ctx *ctx, const char *id)
{
    int64_t groups = 0;
    TRY(store_int(ctx->session, &groups, ctx->error,
                  "SELECT COUNT(*) FROM policy_revision r "
                  "JOIN computer_group g ON g.policy_revision_id = r.id WHERE r.policy_id = $1",
                  "t", id));
    if (groups > 0) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "the policy is assigned to %lld group%s; clear it there first",
                    (long long)groups, groups == 1 ? "" : "s");
    }
    return store_run(ctx->session, ctx->error, "DELETE FROM policy WHERE id = $1", "t", id);
}
