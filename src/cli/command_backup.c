/* reeve backup: the SQLite store as it is at one moment, beside a running server. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/store_command.h"
#include "store/backup.h"

static volatile sig_atomic_t is_stopped;

static void on_signal(int number)
{
    (void)number;
    is_stopped = 1;
}

/* Half a copy of a large store would fill somebody's disk. */
static void signals_take(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    const struct sigaction action = { .sa_handler = on_signal };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        (void)sigaction(numbers[i], &action, NULL);
    }
}

static bool show_progress(int64_t done, int64_t all)
{
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 " pages%s   ", done, all,
                      done >= all ? ", checking" : "");
    }
    return is_stopped == 0;
}

static void end_progress(void)
{
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r%60s\r", "");
    }
}

enum result command_backup(const struct options *options, struct error *error)
{
    const char *path = option_text(options, "out");
    char source[STORE_PATH_BYTES];
    if (option_text(options, "database") != NULL) {
        return fail(error, RESULT_INVALID, "database",
                    "a PostgreSQL store is backed up by pg_dump (docs/operations.md)");
    }
    TRY(store_command_file(options, source, error));
    signals_take();
    enum result result = store_backup(source, path, show_progress, error);
    end_progress();
    TRY(result);
    (void)printf("written to %s\n", path);
    return RESULT_OK;
}
