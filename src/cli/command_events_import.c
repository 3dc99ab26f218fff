/* reeve events import-sudo: event logs of sudo_logsrvd from files. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/store_command.h"
#include "json/write.h"
#include "store/writer.h"
#include "sudo_log/sudo_import.h"

enum { OUTPUT_BYTES_MAX = 64 * 1024, WRITE_QUEUE_MAX = 16, HOSTS_MAX = 1000000 };

struct shown {
    const char *path;
    uint64_t bytes, bytes_before; /* of the file; read before this file */
};

static void show_progress(void *context, const struct sudo_import_counts *counts)
{
    const struct shown *shown = context;
    if (isatty(STDERR_FILENO) == 1) {
        uint64_t done = counts->bytes - shown->bytes_before;
        unsigned percent =
            shown->bytes == 0 ? 100 : (unsigned)((double)done * 100.0 / (double)shown->bytes);
        (void)fprintf(stderr, "\r%.200s: %3u %%, %" PRIu64 " stored   ", shown->path,
                      percent < 100 ? percent : 100, counts->outcomes[SUDO_STORED]);
    }
}

static void end_progress(void)
{
    if (isatty(STDERR_FILENO) == 1) {
        (void)fputs("\n", stderr);
    }
}

static enum result import_path(struct sudo_import *import, const char *path,
                               struct sudo_import_counts *counts, struct error *error)
{
    char reason[128];
    struct error why = { .field = NULL };
    struct stat facts;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return fail(error, RESULT_BROKEN, NULL, "%.200s cannot be read: %s", path,
                    strerror_r(errno, reason, sizeof(reason)));
    }
    struct shown shown = { .path = path, .bytes_before = counts->bytes };
    shown.bytes = fstat(fileno(file), &facts) == 0 ? (uint64_t)facts.st_size : 0;
    enum result result = sudo_import_file(import, file, show_progress, &shown, counts, &why);
    (void)fclose(file);
    end_progress();
    if (result == RESULT_OK && counts->unfinished) {
        (void)fprintf(stderr, "%.200s: the last record is not whole yet; import it again later\n",
                      path);
    }
    /* A file that is no log is no fault of the command line. */
    return result == RESULT_OK ? RESULT_OK
                               : fail(error, result == RESULT_INVALID ? RESULT_BROKEN : result,
                                      NULL, "%.120s: %.200s", path, why.text);
}

static void print_json(const struct sudo_import_counts *counts)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, OUTPUT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    for (size_t i = 0; i < SUDO_OUTCOMES; i++) {
        json_member_int(&writer, sudo_outcome_name((enum sudo_outcome)i),
                        (int64_t)counts->outcomes[i]);
    }
    json_end_object(&writer);
    (void)printf("%.*s\n", (int)text.length, text.bytes);
    buffer_done(&text);
}

/* How many were left out. */
static uint64_t print_counts(const struct options *options, const struct sudo_import_counts *counts)
{
    uint64_t left = 0;
    if (option_switch(options, "json")) {
        print_json(counts);
    }
    for (size_t i = 0; i < SUDO_OUTCOMES; i++) {
        left += i > SUDO_REPEATED ? counts->outcomes[i] : 0;
        if (!option_switch(options, "json")) {
            (void)printf("%-18s %" PRIu64 "\n", sudo_outcome_name((enum sudo_outcome)i),
                         counts->outcomes[i]);
        }
    }
    return left;
}

static enum result import_all(const struct options *options, const struct sudo_place *place,
                              struct error *error)
{
    size_t count = 0;
    const char *const *paths = option_list(options, "files", &count);
    struct sudo_import *import = NULL;
    struct sudo_import_counts counts = { .bytes = 0 };
    TRY(sudo_import_open(place, &import, error));
    enum result result = RESULT_OK;
    for (size_t i = 0; i < count && result == RESULT_OK; i++) {
        result = import_path(import, paths[i], &counts, error);
    }
    sudo_import_close(import);
    uint64_t left = print_counts(options, &counts);
    if (result == RESULT_OK && left > 0) {
        (void)fprintf(stderr, "%" PRIu64 " records were refused or could not be read\n", left);
        return RESULT_DENIED; /* the exit status says so: 3 */
    }
    return result;
}

/* Before anything is stored. */
static enum result paths_check(const struct options *options, struct error *error)
{
    char reason[128];
    size_t count = 0;
    const char *const *paths = option_list(options, "files", &count);
    for (size_t i = 0; i < count; i++) {
        if (access(paths[i], R_OK) != 0) {
            return fail(error, RESULT_INVALID, "files", "\"%.200s\" cannot be read: %s", paths[i],
                        strerror_r(errno, reason, sizeof(reason)));
        }
    }
    return count > 0 ? RESULT_OK
                     : fail(error, RESULT_INVALID, "files", "name the event logs to import");
}

enum result command_events_import_sudo(const struct options *options, struct error *error)
{
    struct instance instance;
    struct writer *writer = NULL;
    TRY(paths_check(options, error));
    TRY(store_command_open(options, &instance, error));
    enum result result = writer_open(instance.store, 1, WRITE_QUEUE_MAX, &writer, error);
    if (result == RESULT_OK) {
        const struct sudo_place place = { .store = instance.store,
                                          .writer = writer,
                                          .rules = &instance.rules,
                                          .keys = &instance.keys,
                                          .hosts_max = HOSTS_MAX,
                                          .past = true };
        result = import_all(options, &place, error);
        writer_close(writer);
    }
    instance_close(&instance);
    return result;
}
