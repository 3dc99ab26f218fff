/* reeve audit: verify, export and key; on the store itself, or on an export where there is no store at all. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/export.h"
#include "base/arena.h"
#include "cli/commands.h"
#include "cli/store_command.h"

enum { KEY_BYTES_MAX = 64 * 1024, PATH_BYTES = 4096 };

struct audit_work {
    struct instance *instance;
    char key[KEY_BYTES_MAX]; /* public, PEM */
    FILE *file;
    struct audit_account account;
};

static void show_progress(int64_t done, int64_t all)
{
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 " entries   ", done, all);
    }
}

static void end_progress(const struct audit_account *account)
{
    if (isatty(STDERR_FILENO) == 1 && account->entries > 0) {
        (void)fprintf(stderr, "\r%40s\r", "");
    }
}

/* --- the key ------------------------------------------------------------------------------------- */

static enum result run_key(struct ctx *ctx, void *argument)
{
    struct audit_work *work = argument;
    struct slice pem;
    TRY(audit_public_key(ctx, &pem));
    (void)snprintf(work->key, sizeof(work->key), "%.*s", (int)pem.length, pem.text);
    return RESULT_OK;
}

enum result command_audit_key(const struct options *options, struct error *error)
{
    struct audit_work work = { .instance = NULL };
    TRY(store_command_write(options, run_key, &work, error));
    (void)fputs(work.key, stdout);
    return RESULT_OK;
}

/* The key that --key names; empty without the option. */
static enum result key_read(const struct options *options, struct audit_work *work,
                            struct error *error)
{
    const char *path = option_text(options, "key");
    char reason[128];
    if (path == NULL) {
        return RESULT_OK;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail(error, RESULT_INVALID, "key", "--key %s cannot be read: %s", path,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    size_t length = fread(work->key, 1, sizeof(work->key) - 1, file);
    (void)fclose(file);
    return length > 0 ? RESULT_OK : fail(error, RESULT_INVALID, "key", "--key %s is empty", path);
}

/* --- verify -------------------------------------------------------------------------------------- */

static void print_sound(const struct audit_account *account)
{
    (void)printf("entries %" PRId64 ", all as they were written; checkpoints %" PRId64
                 "; not signed yet %" PRId64 "\n",
                 account->entries, account->checkpoints, account->entries - account->signed_id);
}

static enum result verify_file(const char *path, struct audit_work *work, struct error *error)
{
    char reason[128];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail(error, RESULT_INVALID, "file", "--file %s cannot be read: %s", path,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    enum result result = audit_verify_file(file, slice_of(work->key), &work->account, error);
    (void)fclose(file);
    return result;
}

static enum result run_verify(struct ctx *ctx, void *argument)
{
    struct audit_work *work = argument;
    enum result result =
        audit_verify_store(ctx, slice_of(work->key), show_progress, &work->account);
    end_progress(&work->account);
    return result;
}

static enum result verify_store(const struct options *options, struct audit_work *work,
                                struct error *error)
{
    struct instance instance;
    TRY(store_command_open(options, &instance, error));
    enum result result = RESULT_OK;
    if (work->key[0] == '\0') {
        result = instance_write(&instance, run_key, work, error);
    }
    if (result == RESULT_OK) {
        result = instance_read(&instance, run_verify, work, error);
    }
    instance_close(&instance);
    return result;
}

enum result command_audit_verify(const struct options *options, struct error *error)
{
    struct audit_work work = { .instance = NULL };
    const char *path = option_text(options, "file");
    TRY(key_read(options, &work, error));
    TRY(path != NULL ? verify_file(path, &work, error) : verify_store(options, &work, error));
    print_sound(&work.account);
    return RESULT_OK;
}

/* --- export -------------------------------------------------------------------------------------- */

/* Signed first, so that the whole file can be trusted. */
static enum result run_sign(struct ctx *ctx, void *argument)
{
    TRY(audit_checkpoint(ctx));
    return run_key(ctx, argument);
}

static enum result run_export(struct ctx *ctx, void *argument)
{
    struct audit_work *work = argument;
    enum result result = audit_export(ctx, slice_of(work->key), ctx->rules->tenant_id, work->file,
                                      show_progress, &work->account);
    end_progress(&work->account);
    return result;
}

/* On the disk before it gets its name. */
static enum result export_finish(struct audit_work *work, const char *part, const char *path,
                                 enum result result, struct error *error)
{
    char reason[128];
    bool written = fflush(work->file) == 0 && fsync(fileno(work->file)) == 0;
    written = fclose(work->file) == 0 && written;
    if (result == RESULT_OK && (!written || rename(part, path) != 0)) {
        result = fail(error, RESULT_BROKEN, "out", "--out %s cannot be written: %s", path,
                      strerror_r(errno, reason, sizeof(reason)));
    }
    if (result != RESULT_OK) {
        (void)unlink(part);
    }
    return result;
}

static enum result export_to(struct audit_work *work, const char *path, struct error *error)
{
    char part[PATH_BYTES];
    char reason[128];
    int length = snprintf(part, sizeof(part), "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof(part)) {
        return fail(error, RESULT_INVALID, "out", "the path of --out is too long");
    }
    work->file = fopen(part, "we");
    if (work->file == NULL) {
        return fail(error, RESULT_BROKEN, "out", "--out %s cannot be written: %s", path,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    enum result result = instance_read(work->instance, run_export, work, error);
    return export_finish(work, part, path, result, error);
}

enum result command_audit_export(const struct options *options, struct error *error)
{
    struct instance instance;
    struct audit_work work = { .instance = &instance };
    const char *path = option_text(options, "out");
    TRY(store_command_open(options, &instance, error));
    enum result result = instance_write(&instance, run_sign, &work, error);
    if (result == RESULT_OK) {
        result = export_to(&work, path, error);
    }
    instance_close(&instance);
    TRY(result);
    (void)printf("entries %" PRId64 "; checkpoints %" PRId64 "; written to %s\n",
                 work.account.entries, work.account.checkpoints, path);
    return RESULT_OK;
}
