/* Inside of struct sudo_log; private to this folder. One thread has it all: it reads what has come on every connection,
   stores it in one transaction, and answers after that. While it stores nothing is read, so who sends too fast waits. */
#ifndef SUDO_LOG_SUDO_SERVER_H
#define SUDO_LOG_SUDO_SERVER_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sudo_log/admission.h"
#include "sudo_log/peer.h"
#include "sudo_log/sudo_batch.h"
#include "sudo_log/sudo_log.h"
#include "sudo_log/syslog_reader.h"

enum {
    PEERS_MAX = 1000,           /* connections in all */
    PEERS_OF_ADDRESS_MAX = 500, /* … from one address */
    IN_BYTES_MAX = 256 * 1024 * 1024,
    LISTENERS_MAX = 2 * SUDO_LISTENS_MAX,
};
#define SHAKE_US   (10 * INT64_C(1000000))   /* for the handshake */
#define PIECE_US   (60 * INT64_C(1000000))   /* until the rest of a message comes */
#define FIRST_US   (30 * INT64_C(1000000))   /* until sudo says what it is about */
#define SILENCE_US (3600 * INT64_C(1000000)) /* of a sender of syslog */

struct listener {
    int socket;
    enum peer_kind kind;
    bool tls;
};

struct waiting_answer {
    struct peer *peer;
    struct sudo_said said;
};

struct sudo_log {
    struct sudo_log_settings settings;
    struct address_range allow[SUDO_ALLOW_MAX];
    size_t allow_count;
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    gnutls_certificate_credentials_t credentials;
    int wake[2]; /* a byte in it ends the thread's wait */
    pthread_t thread;
    bool running;
    atomic_bool stopping;

    /* The thread's own. */
    struct sudo_storing storing;
    struct sudo_batch batch;
    struct syslog_reader *reader;
    struct arena *message_arena;
    struct peer *peers[PEERS_MAX];
    size_t peer_count;
    struct pollfd polled[PEERS_MAX + LISTENERS_MAX + 1];
    struct waiting_answer answers[SUDO_BATCH_MAX];
    size_t answer_count;
    size_t first; /* which peer is asked first this time */
    bool more;    /* something is left to read without waiting */

    atomic_uint_fast64_t outcomes[SUDO_OUTCOMES];
    atomic_uint_fast64_t ignored, connections_now, connections_total, connections_refused, retries;
};

/* sudo_intake.c: reads what has come, stores it, answers. */
void sudo_intake_read(struct sudo_log *log, struct peer *peer, int64_t mono_us);
void sudo_intake_store(struct sudo_log *log);

#endif
