/* Records on their way into the store: gathered, then stored together. Private to this folder. */
#ifndef SUDO_LOG_SUDO_BATCH_H
#define SUDO_LOG_SUDO_BATCH_H

#include "sudo_log/sudo_event.h"
#include "sudo_log/sudo_log.h"

struct arena;

enum {
    SUDO_BATCH_MAX = 1000,
    SUDO_BATCH_SPARE = 4, /* records that one more message may give */
    SUDO_BATCH_BYTES_MAX = 8 * 1024 * 1024
};

struct sudo_entry {
    const char *host, *host_key, *source;
    char id[SUDO_EVENT_ID_BYTES];
    bool unique; /* its content comes once only: another one like it is a repetition */
    struct slice event;
    size_t index; /* in the order of coming */
    enum sudo_outcome outcome;
};

struct sudo_batch {
    struct arena *arena;        /* of the entries */
    struct sudo_entry *entries; /* SUDO_BATCH_MAX */
    size_t count, bytes;
};
MUST_CHECK enum result sudo_batch_init(struct sudo_batch *batch, struct error *error);
void sudo_batch_done(struct sudo_batch *batch);
void sudo_batch_reset(struct sudo_batch *batch);
/* Is there room for what one more message may give? */
bool sudo_batch_has_room(const struct sudo_batch *batch);

struct sudo_arrival {
    const struct sudo_record *record; /* copied */
    struct slice host;                /* that the transport named; empty: record->host */
    struct slice text;                /* the line, when sudo gave the run no id */
    const char *source;               /* who sent it; copied */
    bool unique;
    enum sudo_transport transport;
};
/* There is room. False: it is no record that can be stored (no host name, too large). *out_index is its place. */
bool sudo_batch_add(struct sudo_batch *batch, const struct sudo_arrival *arrival,
                    size_t *out_index);

/* What storing keeps between batches. */
struct sudo_storing {
    const struct sudo_place *place;
    struct session *session; /* for reading; made anew after a loss */
    struct arena *reading, *writing;
};
MUST_CHECK enum result sudo_storing_init(struct sudo_storing *storing,
                                         const struct sudo_place *place, struct error *error);
void sudo_storing_done(struct sudo_storing *storing);
/* All or none; every entry has its outcome then, and what is SUDO_STORED is on the disk. RESULT_BUSY: another server or a lock
   came in between, or the disk is full: again. */
MUST_CHECK enum result sudo_batch_store(struct sudo_storing *storing, struct sudo_batch *batch,
                                        struct error *error);

#endif
