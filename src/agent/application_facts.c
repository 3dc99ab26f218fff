#include "agent/application_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "crypto/digest.h"

enum { PIECE_BYTES = 64 * 1024 };

/* NULL when it cannot be read. */
static const char *file_sha256(struct arena *arena, const char *path)
{
    uint8_t hash[SHA256_BYTES];
    char *hex = arena_alloc(arena, SHA256_HEX_BYTES);
    char *piece = arena_alloc(arena, PIECE_BYTES);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    bool regular = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    struct sha256 *digest = regular ? sha256_new() : NULL;
    ssize_t got = -1;
    if (digest != NULL && piece != NULL && hex != NULL) {
        for (got = read(file, piece, PIECE_BYTES); got > 0 || (got < 0 && errno == EINTR);
             got = read(file, piece, PIECE_BYTES)) {
            sha256_add(digest, piece, got > 0 ? (size_t)got : 0);
        }
    }
    if (digest != NULL) {
        sha256_finish(digest, hash);
    }
    if (file >= 0) {
        (void)close(file);
    }
    if (got != 0) {
        return NULL;
    }
    hex_encode(hash, sizeof(hash), hex);
    return hex;
}

enum result application_facts(struct arena *arena, const char *path, const char *command_line,
                              struct protocol_fact *out, size_t *out_count, struct error *error)
{
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) {
        return fail(error, RESULT_NOT_FOUND, "path", "there is no file %s", path);
    }
    const char *whole = arena_strdup(arena, real);
    if (whole == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the request");
    }
    const char *slash = strrchr(whole, '/');
    const char *name = slash == NULL ? whole : slash + 1;
    const struct protocol_fact facts[] = {
        { "applicationType", "exe" },    { "action", "Request" },
        { "filePath", whole },           { "fileName", name },
        { "productName", name },         { "sha256Hash", file_sha256(arena, whole) },
        { "commandLine", command_line },
    };
    _Static_assert(COUNT_OF(facts) <= APPLICATION_FACTS_MAX, "there is room for all facts");
    memcpy(out, facts, sizeof(facts));
    *out_count = COUNT_OF(facts);
    return RESULT_OK;
}
