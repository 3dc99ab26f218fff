#include "sudo_log/sudo_import.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/arena.h"
#include "json/read.h"
#include "sudo/sudo_json.h"
#include "sudo_log/sudo_batch.h"
#include "sudo_log/sudo_file.h"

enum {
    RECORD_ARENA_BYTES = 16 * 1024 * 1024,
    READ_BYTES = 64 * 1024,
    TRIES = 150, /* half a minute */
    RETRY_MS = 200,
    RUN_BYTES = 64,
    HOST_BYTES = 256,
    RUNS_MAX = 65536, /* runs that may be under way at once; a power of 2 */
    RUN_PLACES = 8,   /* where one may lie */
};

/* Where a run was. */
struct run_host {
    char run[RUN_BYTES], host[HOST_BYTES];
    uint64_t age;
};

struct sudo_import {
    struct sudo_storing storing;
    struct sudo_batch batch;
    struct sudo_cutter cutter;
    struct arena *arena; /* of a record */
    struct sudo_import_counts *counts;
    void (*progress)(void *context, const struct sudo_import_counts *counts);
    void *context;
    struct run_host *runs; /* RUNS_MAX */
    uint64_t runs_known;
};

static enum result batch_flush(struct sudo_import *import, struct error *error)
{
    enum result result = RESULT_OK;
    for (int tries = 0; tries < TRIES; tries++) {
        result = sudo_batch_store(&import->storing, &import->batch, error);
        if (result != RESULT_BUSY) {
            break;
        }
        (void)usleep(RETRY_MS * 1000);
    }
    TRY(result);
    for (size_t i = 0; i < import->batch.count; i++) {
        import->counts->outcomes[import->batch.entries[i].outcome]++;
    }
    sudo_batch_reset(&import->batch);
    import->progress(import->context, import->counts);
    return RESULT_OK;
}

/* --- runs ------------------------------------------------------------------------------------------------------- */

/* The place of the run; of a new one the place that was not used for longest. NULL when a run that must be there is not. */
static struct run_host *run_place(const struct sudo_import *import, struct slice run, bool is_new)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < run.length; i++) {
        hash = (hash ^ (unsigned char)run.text[i]) * 16777619U;
    }
    struct run_host *oldest = NULL;
    for (uint32_t i = 0; i < RUN_PLACES; i++) {
        struct run_host *place = &import->runs[(hash + i) & (RUNS_MAX - 1)];
        if (slice_is(run, place->run)) {
            return place;
        }
        oldest = oldest == NULL || place->age < oldest->age ? place : oldest;
    }
    return is_new ? oldest : NULL;
}

static void run_know(struct sudo_import *import, const struct sudo_record *record)
{
    bool fits = record->run.length > 0 && record->run.length < RUN_BYTES &&
                record->host.length > 0 && record->host.length < HOST_BYTES;
    if (fits && record->kind == SUDO_ACCEPT) {
        struct run_host *place = run_place(import, record->run, true);
        (void)snprintf(place->run, sizeof(place->run), "%.*s", (int)record->run.length,
                       record->run.text);
        (void)snprintf(place->host, sizeof(place->host), "%.*s", (int)record->host.length,
                       record->host.text);
        place->age = ++import->runs_known;
    }
}

static struct slice host_of(const struct sudo_import *import, const struct sudo_record *record)
{
    const struct run_host *place =
        record->host.length > 0 ? NULL : run_place(import, record->run, false);
    return place == NULL ? record->host : slice_of(place->host);
}

/* --- records ---------------------------------------------------------------------------------------------------- */

static bool record_add(struct sudo_import *import)
{
    static const struct json_limits limits = { .depth_max = 8, .values_max = 20000 };
    const struct sudo_cutter *cutter = &import->cutter;
    const struct json *members = NULL;
    struct sudo_record record;
    struct error why = { .field = NULL };
    size_t index = 0;
    arena_reset(import->arena);
    if (cutter->record.overflow ||
        json_parse(import->arena, buffer_slice(&cutter->record), &limits, &members, &why) !=
            RESULT_OK ||
        sudo_json_record(import->arena, (struct slice){ cutter->kind, cutter->kind_length },
                         members, &record, &why) != RESULT_OK) {
        return false;
    }
    run_know(import, &record);
    const struct sudo_arrival arrival = { .record = &record,
                                          .host = host_of(import, &record),
                                          .source = "import",
                                          .unique = true,
                                          .transport = SUDO_BY_IMPORT };
    return sudo_batch_add(&import->batch, &arrival, &index);
}

static enum result record_take(struct sudo_import *import, struct error *error)
{
    if (!record_add(import)) {
        import->counts->outcomes[SUDO_UNREADABLE]++;
    }
    return sudo_batch_has_room(&import->batch) ? RESULT_OK : batch_flush(import, error);
}

static enum result piece_take(struct sudo_import *import, struct slice piece, struct error *error)
{
    struct slice rest = piece;
    enum sudo_cut cut = CUT_RECORD;
    while (cut == CUT_RECORD) {
        cut = sudo_cutter_next(&import->cutter, &rest);
        if (cut == CUT_RECORD) {
            TRY(record_take(import, error));
        }
    }
    import->counts->bytes += piece.length - rest.length;
    return cut != CUT_BAD ? RESULT_OK
                          : fail(error, RESULT_INVALID, NULL,
                                 "this is no event log of sudo in JSON: byte %" PRIu64 " is wrong",
                                 import->cutter.offset + 1);
}

static enum result file_take(struct sudo_import *import, FILE *file, struct error *error)
{
    char bytes[READ_BYTES];
    enum result result = RESULT_OK;
    size_t got = 1;
    while (result == RESULT_OK && got > 0) {
        got = fread(bytes, 1, sizeof(bytes), file);
        result = piece_take(import, (struct slice){ bytes, got }, error);
    }
    if (result == RESULT_OK && ferror(file) != 0) {
        result = fail(error, RESULT_BROKEN, NULL, "the file cannot be read");
    }
    import->counts->unfinished = sudo_cutter_is_inside(&import->cutter);
    if (result == RESULT_OK || result == RESULT_INVALID) {
        struct error why = { .field = NULL };
        enum result stored = batch_flush(import, &why);
        if (stored != RESULT_OK) {
            *error = why;
            result = stored;
        }
    }
    return result;
}

enum result sudo_import_file(struct sudo_import *import, FILE *file,
                             void (*progress)(void *context,
                                              const struct sudo_import_counts *counts),
                             void *context, struct sudo_import_counts *counts, struct error *error)
{
    import->counts = counts;
    import->progress = progress;
    import->context = context;
    sudo_cutter_done(&import->cutter);
    sudo_cutter_init(&import->cutter);
    sudo_batch_reset(&import->batch);
    return file_take(import, file, error);
}

enum result sudo_import_open(const struct sudo_place *place, struct sudo_import **out,
                             struct error *error)
{
    struct sudo_import *import = calloc(1, sizeof(*import)); /* lives as the import does */
    enum result result = RESULT_NO_MEMORY;
    if (import != NULL) {
        sudo_cutter_init(&import->cutter);
        import->arena = arena_new(RECORD_ARENA_BYTES);
        import->runs = calloc(RUNS_MAX, sizeof(*import->runs));
    }
    if (import == NULL || import->arena == NULL || import->runs == NULL) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for the import");
        goto out;
    }
    result = sudo_batch_init(&import->batch, error);
    if (result == RESULT_OK) {
        result = sudo_storing_init(&import->storing, place, error);
    }
out:
    if (result != RESULT_OK) {
        sudo_import_close(import);
        return result;
    }
    *out = import;
    return RESULT_OK;
}

void sudo_import_close(struct sudo_import *import)
{
    if (import == NULL) {
        return;
    }
    sudo_storing_done(&import->storing);
    sudo_batch_done(&import->batch);
    sudo_cutter_done(&import->cutter);
    arena_free(import->arena);
    free(import->runs);
    free(import);
}
