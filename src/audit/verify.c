#include <stdlib.h>
#include <string.h>

#include "audit/check.h"
#include "audit/checkpoint.h"
#include "audit/export.h"
#include "audit/walk.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "json/read.h"
#include "model/operation.h"

enum {
    TOKEN_ARENA_BYTES = 256 * 1024,
    LINE_ARENA_BYTES = 64 * 1024 * 1024,
    PROGRESS_EVERY = 10000,
    READ_BYTES = 64 * 1024,
};

static struct audit_account account_of(const struct chain_check *check)
{
    return (struct audit_account){ .entries = check->last_id,
                                   .checkpoints = check->checkpoints,
                                   .signed_id = check->signed_id };
}

/* --- a store ------------------------------------------------------------------------------------- */

struct store_check {
    struct walk walk; /* first, so that a walk is its store_check */
    struct chain_check check;
    struct arena *arena; /* a token's, one after the other */
    audit_progress *progress;
};

static enum result check_stop(struct walk *walk, const struct walk_stop *stop, struct error *error)
{
    struct store_check *store = (struct store_check *)walk;
    TRY(chain_check_entry(&store->check, stop->link, stop->hash, error));
    if (store->progress != NULL && stop->link->id % PROGRESS_EVERY == 0) {
        store->progress(stop->link->id, walk->count);
    }
    if (stop->token.length == 0) {
        return RESULT_OK;
    }
    arena_reset(store->arena);
    return chain_check_checkpoint(&store->check, store->arena, stop->link->id, stop->token, error);
}

static enum result check_store(struct ctx *ctx, struct store_check *store)
{
    TRY(audit_walk(ctx, &store->walk));
    if (store->walk.last_checkpoint > store->check.last_id) {
        return fail(ctx->error, RESULT_CONFLICT, NULL,
                    "entry %lld is missing: a checkpoint signs entry %lld",
                    (long long)store->check.last_id + 1, (long long)store->walk.last_checkpoint);
    }
    return chain_check_end(&store->check, store->walk.count, ctx->error);
}

enum result audit_verify_store(struct ctx *ctx, struct slice public_key_pem,
                               audit_progress *progress, struct audit_account *out_account)
{
    struct store_check store = { .walk = { .visit = check_stop }, .progress = progress };
    store.arena = arena_new(TOKEN_ARENA_BYTES);
    if (store.arena == NULL) {
        return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory to verify");
    }
    chain_check_init(&store.check, public_key_pem);
    enum result result = check_store(ctx, &store);
    *out_account = account_of(&store.check);
    chain_check_done(&store.check);
    arena_free(store.arena);
    return result;
}

/* --- a file -------------------------------------------------------------------------------------- */

struct file_check {
    FILE *in;
    struct chain_check check;
    struct arena *arena; /* a line's */
    struct buffer line;
    int64_t line_number;
    bool ended;
    struct slice own_key; /* given by the caller, or empty */
    char *carried_key;    /* copy of what the head says */
    struct error *error;
};

/* Without a head it is no export; behind one, somebody has altered it. */
static enum result refusal_of(const struct file_check *file)
{
    return file->line_number <= 1 ? RESULT_INVALID : RESULT_CONFLICT;
}

/* Without its line end; *out_more is false at the end of the file. */
static enum result line_read(struct file_check *file, bool *out_more)
{
    char piece[READ_BYTES];
    buffer_reset(&file->line);
    *out_more = false;
    while (fgets(piece, sizeof(piece), file->in) != NULL) {
        size_t length = strlen(piece);
        bool complete = length > 0 && piece[length - 1] == '\n';
        buffer_add(&file->line, piece, length - (complete ? 1 : 0));
        *out_more = true;
        if (complete) {
            break;
        }
    }
    file->line_number++;
    if (file->line.overflow) {
        return fail(file->error, refusal_of(file), NULL, "line %lld has more than %d bytes",
                    (long long)file->line_number, EXPORT_LINE_BYTES_MAX);
    }
    return ferror(file->in) == 0
               ? RESULT_OK
               : fail(file->error, RESULT_BROKEN, NULL, "the export cannot be read");
}

static enum result bad_line(const struct file_check *file, const char *what)
{
    return fail(file->error, refusal_of(file), NULL, "line %lld of the export: %s",
                (long long)file->line_number, what);
}

static enum result head_check(struct file_check *file, const struct json *line)
{
    const struct json *version = json_get(line, "reeveAuditExport");
    struct slice key = json_text_of(json_get(line, "publicKey"));
    if (!json_is(version, JSON_INT) || version->integer != 1) {
        return bad_line(file, "it is no head of an audit export of version 1");
    }
    if (file->own_key.length > 0) {
        key = file->own_key;
    }
    file->carried_key = key.length == 0 ? NULL : strndup(key.text, key.length);
    if (file->carried_key == NULL) {
        return bad_line(file, "it carries no public key, so give one with --key");
    }
    chain_check_init(&file->check, slice_of(file->carried_key));
    return RESULT_OK;
}

static enum result entry_check(struct file_check *file, const struct json *line)
{
    struct chain_link link = { .id = json_get(line, "id")->integer };
    const struct json *created = json_get(line, "createdMicroseconds");
    char hash[SHA256_BYTES];
    char shown[TIME_TEXT_BYTES];
    if (!json_is(created, JSON_INT) ||
        !hex_decode(json_text_of(json_get(line, "hash")), hash, sizeof(hash))) {
        return bad_line(file, "an entry needs createdMicroseconds and hash");
    }
    link.created_us = created->integer;
    (void)time_format(link.created_us, TIME_PLAIN, shown);
    if (!slice_is(json_text_of(json_get(line, "created")), shown)) {
        return bad_line(file, "created is not the moment that createdMicroseconds says");
    }
    for (size_t i = 0; i < CHAIN_FIELDS; i++) {
        const struct json *value = json_get(line, chain_field_names[i]);
        if (json_is(value, JSON_TEXT)) {
            link.fields[i] = value->text;
            link.fields[i].text = value->text.text == NULL ? "" : value->text.text;
        } else if (!json_is(value, JSON_NULL)) {
            return bad_line(file, "an entry lacks a member, or one is no text");
        }
    }
    return chain_check_entry(&file->check, &link, (struct slice){ hash, sizeof(hash) },
                             file->error);
}

static enum result end_check(struct file_check *file, const struct json *line, int64_t count)
{
    char hash[SHA256_BYTES];
    file->ended = true;
    TRY(chain_check_end(&file->check, count, file->error));
    bool same = hex_decode(json_text_of(json_get(line, "hash")), hash, sizeof(hash)) &&
                memcmp(hash, file->check.hash, sizeof(hash)) == 0;
    return same || count == 0 ? RESULT_OK
                              : bad_line(file, "the end has another hash than the last entry");
}

static enum result line_check(struct file_check *file, const struct json *line)
{
    const struct json *checkpoint = json_get(line, "checkpoint");
    const struct json *end = json_get(line, "end");
    if (file->ended) {
        return fail(file->error, RESULT_CONFLICT, NULL,
                    "line %lld was appended: the export had ended before",
                    (long long)file->line_number);
    }
    if (json_is(json_get(line, "id"), JSON_INT)) {
        return entry_check(file, line);
    }
    if (json_is(checkpoint, JSON_INT)) {
        return chain_check_checkpoint(&file->check, file->arena, checkpoint->integer,
                                      json_text_of(json_get(line, "token")), file->error);
    }
    if (json_is(end, JSON_INT)) {
        return end_check(file, line, end->integer);
    }
    return bad_line(file, "it is no entry, no checkpoint and no end");
}

static enum result next_line(struct file_check *file, bool *out_more)
{
    const struct json *line = NULL;
    struct error cause = { .field = NULL };
    TRY(line_read(file, out_more));
    if (!*out_more) {
        return RESULT_OK;
    }
    arena_reset(file->arena);
    if (json_parse(file->arena, buffer_slice(&file->line), &json_limits_usual, &line, &cause) !=
        RESULT_OK) {
        return fail(file->error, refusal_of(file), NULL, "line %lld of the export: %.300s",
                    (long long)file->line_number, cause.text);
    }
    return file->line_number == 1 ? head_check(file, line) : line_check(file, line);
}

static enum result check_file(struct file_check *file)
{
    bool more = true;
    while (more) {
        TRY(next_line(file, &more));
    }
    if (file->carried_key == NULL) {
        return fail(file->error, RESULT_INVALID, NULL, "the export is empty");
    }
    return file->ended
               ? RESULT_OK
               : fail(file->error, RESULT_CONFLICT, NULL, "the export was cut off after entry %lld",
                      (long long)file->check.last_id);
}

enum result audit_verify_file(FILE *in, struct slice public_key_pem,
                              struct audit_account *out_account, struct error *error)
{
    struct file_check file = { .in = in, .own_key = public_key_pem, .error = error };
    file.arena = arena_new(LINE_ARENA_BYTES);
    if (file.arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory to verify");
    }
    buffer_init(&file.line, EXPORT_LINE_BYTES_MAX);
    enum result result = check_file(&file);
    *out_account = account_of(&file.check);
    chain_check_done(&file.check);
    buffer_done(&file.line);
    free(file.carried_key);
    arena_free(file.arena);
    return result;
}
