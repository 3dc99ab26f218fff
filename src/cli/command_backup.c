/* reeve backup: the SQLite store as it is at one moment, beside a running server. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/store_command.h"
#include "store/backup.h"

static void show_progress(int64_t done, int64_t all)
{
    (void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 " pages   %s", done, all,
                  done >= all ? "\n" : "");
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
    TRY(store_backup(source, path, isatty(STDERR_FILENO) == 1 ? show_progress : NULL, error));
    (void)printf("written to %s\n", path);
    return RESULT_OK;
}
