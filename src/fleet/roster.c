#include "fleet/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"

/* One line a computer: number, id or "-", acknowledged events, key (base64url). */

enum { LINE_ARENA_BYTES = 64 * 1024 };

static bool line_take(struct arena *arena, struct slice line, struct computer *computers,
                      size_t count)
{
    int64_t number = 0;
    int64_t acknowledged = 0;
    struct uuid id;
    struct slice key;
    struct slice number_text = slice_cut(&line, ' ');
    struct slice id_text = slice_cut(&line, ' ');
    struct slice acknowledged_text = slice_cut(&line, ' ');
    if (!slice_int64(number_text, &number) || number < 1 ||
        !slice_int64(acknowledged_text, &acknowledged) || acknowledged < 0 ||
        !base64_decode(arena, slice_trim(line), &key) || key.length == 0) {
        return false;
    }
    if ((uint64_t)number > count) {
        return true; /* a smaller fleet this time */
    }
    struct computer *computer = &computers[number - 1];
    char *copy = malloc(key.length + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, key.text, key.length);
    copy[key.length] = '\0';
    free(computer->key_pem);
    computer->key_pem = copy;
    if (uuid_parse(id_text, &id)) {
        memcpy(computer->id, id.text, sizeof(computer->id));
        computer->acknowledged = acknowledged;
        computer->wants_report = true;
    }
    return true;
}

enum result roster_load(const char *path, struct computer *computers, size_t count,
                        struct error *error)
{
    char *line = NULL;
    size_t room = 0;
    size_t number = 0;
    enum result result = RESULT_OK;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT
                   ? RESULT_OK
                   : fail(error, RESULT_BROKEN, NULL, "cannot read %s: %s", path, strerror(errno));
    }
    struct arena *arena = arena_new(LINE_ARENA_BYTES);
    for (ssize_t got = 0;
         arena != NULL && result == RESULT_OK && (got = getline(&line, &room, file)) >= 0;) {
        number++;
        arena_reset(arena);
        if (!line_take(arena, (struct slice){ line, (size_t)got }, computers, count)) {
            result =
                fail(error, RESULT_INVALID, "state", "%s line %zu is no computer", path, number);
        }
    }
    if (arena == NULL) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory to read %s", path);
    }
    arena_free(arena);
    free(line);
    (void)fclose(file);
    return result;
}

static bool line_write(struct arena *arena, const struct computer *computer, FILE *file)
{
    arena_reset(arena);
    char *key = base64url_encode(arena, computer->key_pem, strlen(computer->key_pem));
    return key != NULL &&
           fprintf(file, "%u %s %" PRId64 " %s\n", computer->number,
                   computer->id[0] == '\0' ? "-" : computer->id, computer->acknowledged, key) > 0;
}

enum result roster_save(const char *path, const struct computer *computers, size_t count,
                        struct error *error)
{
    char fresh[PATH_MAX];
    int length = snprintf(fresh, sizeof(fresh), "%s.new", path);
    int descriptor = length > 0 && (size_t)length < sizeof(fresh)
                         ? open(fresh, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)
                         : -1;
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    struct arena *arena = arena_new(LINE_ARENA_BYTES);
    bool whole = file != NULL && arena != NULL;
    for (size_t i = 0; whole && i < count; i++) {
        whole = computers[i].key_pem == NULL || line_write(arena, &computers[i], file);
    }
    arena_free(arena);
    if (file != NULL) {
        whole = fclose(file) == 0 && whole;
    }
    if (!whole || rename(fresh, path) != 0) {
        return fail(error, RESULT_BROKEN, NULL, "cannot write %s: %s", path, strerror(errno));
    }
    return RESULT_OK;
}
