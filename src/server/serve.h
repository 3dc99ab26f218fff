/* The server program: everything wired together, started, stopped. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "server/sudo_serve.h"

enum { SERVE_LISTENS_MAX = 8 };

struct instance;

/* A store in memory that is filled at the start, a clock that is held, and ids, tokens and tasks that follow from the seed and
   the calls. */
struct serve_sandbox {
    uint64_t seed;
    int64_t clock_us;
    const char *client_id, *client_secret; /* of an API account that may do everything */
    enum result (*fill)(struct instance *instance, void *context, struct error *error);
    void *context;
};

struct serve_options {
    const struct serve_sandbox *sandbox; /* NULL: none */
    const char *data_dir, *database;     /* a sandbox has none */
    const char *listens[SERVE_LISTENS_MAX];
    size_t listen_count;
    const char *public_url; /* where others reach it; NULL: as the first listen says */
    const char *tls_cert, *tls_key;
    const char *const *tls_names;
    size_t tls_name_count;
    uint32_t rate_limit;
    bool strict, scim_any_name, scim_keeps_users, scim_knows_roles, scim_groups;
    uint32_t loops, workers, writers, connections_max, idle_timeout_s;
    uint32_t check_in_interval_s, wait_max_s, disconnected_after_s;
    struct serve_mail {
        const char *smtp_url; /* NULL: mail is kept, not sent */
        const char *from, *user, *password_file, *ca_file;
        int tls; /* enum smtp_tls */
        uint32_t retry_s;
    } mail;
    struct serve_sudo sudo;
    const char
        *ready_file; /* written once requests are taken: the first listen's address; or NULL */
};

/* Serves until SIGINT or SIGTERM. */
MUST_CHECK enum result serve(const struct serve_options *options, struct error *error);

#endif
