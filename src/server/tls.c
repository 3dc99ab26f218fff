#include "server/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/key.h"

enum { FILE_BYTES_MAX = 256 * 1024, LIFE_DAYS = 397, RENEW_DAYS = 30, NAMES_MAX = 16 };

/* --- files --------------------------------------------------------------------------------------------------------------- */

static enum result file_fault(struct error *error, const char *what, const char *path)
{
    char reason[128];
    return fail(error, RESULT_BROKEN, NULL, "%s %s: %s", what, path,
                strerror_r(errno, reason, sizeof(reason)));
}

static enum result file_read(struct arena *arena, const char *path, struct slice *out,
                             struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return file_fault(error, "cannot read", path);
    }
    char *bytes = arena_alloc(arena, FILE_BYTES_MAX);
    ssize_t length = bytes == NULL ? -1 : read(file, bytes, FILE_BYTES_MAX - 1);
    (void)close(file);
    if (length < 0) {
        return file_fault(error, "cannot read", path);
    }
    *out = (struct slice){ bytes, (size_t)length };
    return RESULT_OK;
}

/* Whole or not at all: written beside and renamed. */
static enum result file_write(const char *path, struct slice bytes, mode_t mode,
                              struct error *error)
{
    char beside[1200];
    (void)snprintf(beside, sizeof(beside), "%s.new", path);
    int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) {
        return file_fault(error, "cannot write", beside);
    }
    bool written = write(file, bytes.text, bytes.length) == (ssize_t)bytes.length &&
                   fchmod(file, mode) == 0 && fsync(file) == 0;
    (void)close(file);
    if (!written || rename(beside, path) != 0) {
        return file_fault(error, "cannot write", path);
    }
    return RESULT_OK;
}

/* --- our own certificate -------------------------------------------------------------------------------------------------- */

/* Still good for a while, and from this store's CA? */
static bool is_fit(struct instance *instance, struct slice cert_pem)
{
    struct cert_facts facts;
    struct cert_facts ca;
    if (cert_read(instance->arena, cert_pem, &facts, NULL) != RESULT_OK ||
        cert_read(instance->arena, instance->keys.ca_certificate_pem, &ca, NULL) != RESULT_OK) {
        return false;
    }
    int64_t now_us = time_system_us(); /* clients go by it */
    return facts.until_us > now_us + RENEW_DAYS * US_PER_DAY && facts.from_us <= now_us &&
           strcmp(facts.issuer, ca.subject) == 0;
}

static enum result make_own(struct instance *instance, const struct tls_choice *choice,
                            struct slice *out_cert_pem, struct slice *out_key_pem,
                            struct error *error)
{
    const char *names[NAMES_MAX] = { "localhost", "127.0.0.1", "::1" };
    size_t count = 3;
    char host[256] = "";
    if (gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0') {
        names[count++] = host;
    }
    for (size_t i = 0; i < choice->name_count && count < NAMES_MAX; i++) {
        names[count++] = choice->names[i];
    }
    TRY(key_make(instance->arena, out_key_pem, error));
    int64_t now_us = time_system_us(); /* clients go by it */
    const struct cert_order order = {
        .use = CERT_SERVER,
        .common_name = "Reeve server",
        .names = names,
        .name_count = count,
        .from_us = now_us - US_PER_DAY,
        .until_us = now_us + LIFE_DAYS * US_PER_DAY,
        .subject_key_pem = *out_key_pem,
    };
    return cert_issue(instance->arena, instance->keys.ca_certificate_pem, instance->keys.ca_key_pem,
                      &order, out_cert_pem, error);
}

enum result tls_load(struct instance *instance, const struct tls_choice *choice,
                     struct slice *out_cert_pem, struct slice *out_key_pem, struct error *error)
{
    char ca_path[1100];
    char cert_path[1100];
    char key_path[1100];
    (void)snprintf(ca_path, sizeof(ca_path), "%s/ca.pem", instance->data_dir);
    (void)snprintf(cert_path, sizeof(cert_path), "%s/server.crt", instance->data_dir);
    (void)snprintf(key_path, sizeof(key_path), "%s/server.key", instance->data_dir);
    bool is_kept = instance->data_dir[0] != '\0';
    if (is_kept) {
        TRY(file_write(ca_path, instance->keys.ca_certificate_pem, 0644, error));
    }
    if (choice->cert_file != NULL) {
        TRY(file_read(instance->arena, choice->cert_file, out_cert_pem, error));
        return file_read(instance->arena, choice->key_file, out_key_pem, error);
    }
    if (!is_kept) {
        return make_own(instance, choice, out_cert_pem, out_key_pem, error);
    }
    bool there = access(cert_path, R_OK) == 0 && access(key_path, R_OK) == 0 &&
                 file_read(instance->arena, cert_path, out_cert_pem, error) == RESULT_OK &&
                 file_read(instance->arena, key_path, out_key_pem, error) == RESULT_OK;
    if (there && is_fit(instance, *out_cert_pem)) {
        return RESULT_OK;
    }
    TRY(make_own(instance, choice, out_cert_pem, out_key_pem, error));
    TRY(file_write(key_path, *out_key_pem, 0600, error));
    return file_write(cert_path, *out_cert_pem, 0644, error);
}
