#include "audit/export.h"

#include <stdlib.h>
#include <string.h>

#include "audit/walk.h"
#include "base/base64.h"
#include "base/time.h"
#include "json/write.h"
#include "model/operation.h"

enum { PROGRESS_EVERY = 10000 };

struct exporter {
    struct walk walk; /* first, so that a walk is its exporter */
    struct buffer line;
    FILE *out;
    audit_progress *progress;
    struct audit_account account;
    char hash[SHA256_HEX_BYTES]; /* of the newest entry */
};

static enum result line_write(struct exporter *exporter, struct error *error)
{
    buffer_char(&exporter->line, '\n');
    if (exporter->line.overflow) {
        return fail(error, RESULT_TOO_LARGE, NULL, "a line of the export takes more than %d bytes",
                    EXPORT_LINE_BYTES_MAX);
    }
    size_t written = fwrite(exporter->line.bytes, 1, exporter->line.length, exporter->out);
    return written == exporter->line.length
               ? RESULT_OK
               : fail(error, RESULT_BROKEN, NULL, "the export cannot be written");
}

static struct json_writer *line_begin(struct exporter *exporter, struct json_writer *writer)
{
    buffer_reset(&exporter->line);
    json_writer_init(writer, &exporter->line);
    json_begin_object(writer);
    return writer;
}

static enum result head_write(struct exporter *exporter, struct slice key, const char *tenant_id,
                              struct error *error)
{
    struct json_writer storage;
    struct json_writer *writer = line_begin(exporter, &storage);
    char now[TIME_TEXT_BYTES];
    (void)time_format(time_now_us(), TIME_ZULU, now);
    json_member_int(writer, "reeveAuditExport", 1);
    json_member_text(writer, "tenantId", tenant_id);
    json_member_text(writer, "exported", now);
    json_member_slice(writer, "publicKey", key);
    json_end_object(writer);
    return line_write(exporter, error);
}

static enum result entry_write(struct exporter *exporter, const struct chain_link *link,
                               struct error *error)
{
    struct json_writer storage;
    struct json_writer *writer = line_begin(exporter, &storage);
    char created[TIME_TEXT_BYTES];
    (void)time_format(link->created_us, TIME_PLAIN, created);
    json_member_int(writer, "id", link->id);
    json_member_int(writer, "createdMicroseconds", link->created_us);
    json_member_text(writer, "created", created);
    for (size_t i = 0; i < CHAIN_FIELDS; i++) {
        if (link->fields[i].text == NULL) {
            json_member_null(writer, chain_field_names[i]);
        } else {
            json_member_slice(writer, chain_field_names[i], link->fields[i]);
        }
    }
    json_member_text(writer, "hash", exporter->hash);
    json_end_object(writer);
    return line_write(exporter, error);
}

static enum result checkpoint_write(struct exporter *exporter, int64_t id, struct slice token,
                                    struct error *error)
{
    struct json_writer storage;
    struct json_writer *writer = line_begin(exporter, &storage);
    json_member_int(writer, "checkpoint", id);
    json_member_slice(writer, "token", token);
    json_end_object(writer);
    exporter->account.checkpoints++;
    exporter->account.signed_id = id;
    return line_write(exporter, error);
}

static enum result end_write(struct exporter *exporter, struct error *error)
{
    struct json_writer storage;
    struct json_writer *writer = line_begin(exporter, &storage);
    json_member_int(writer, "end", exporter->walk.count);
    json_member_text(writer, "hash", exporter->hash);
    json_end_object(writer);
    return line_write(exporter, error);
}

static enum result export_stop(struct walk *walk, const struct walk_stop *stop, struct error *error)
{
    struct exporter *exporter = (struct exporter *)walk;
    if (stop->hash.length != SHA256_BYTES) {
        return fail(error, RESULT_CONFLICT, NULL, "entry %lld was altered: it has no hash",
                    (long long)stop->link->id);
    }
    hex_encode(stop->hash.text, SHA256_BYTES, exporter->hash);
    TRY(entry_write(exporter, stop->link, error));
    exporter->account.entries++;
    if (exporter->progress != NULL && exporter->account.entries % PROGRESS_EVERY == 0) {
        exporter->progress(exporter->account.entries, walk->count);
    }
    return stop->token.length == 0 ? RESULT_OK
                                   : checkpoint_write(exporter, stop->link->id, stop->token, error);
}

enum result audit_export(struct ctx *ctx, struct slice public_key_pem, const char *tenant_id,
                         FILE *out, audit_progress *progress, struct audit_account *out_account)
{
    struct exporter exporter = { .walk = { .visit = export_stop },
                                 .out = out,
                                 .progress = progress };
    buffer_init(&exporter.line, EXPORT_LINE_BYTES_MAX);
    enum result result = head_write(&exporter, public_key_pem, tenant_id, ctx->error);
    if (result == RESULT_OK) {
        result = audit_walk(ctx, &exporter.walk);
    }
    if (result == RESULT_OK) {
        result = end_write(&exporter, ctx->error);
    }
    buffer_done(&exporter.line);
    TRY(result);
    *out_account = exporter.account;
    return RESULT_OK;
}
