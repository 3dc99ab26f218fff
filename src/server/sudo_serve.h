/* What hosts without an agent send: from the options to what listens. */
#ifndef SERVER_SUDO_SERVE_H
#define SERVER_SUDO_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct instance;
struct sudo_log;
struct writer;

struct serve_sudo {
    const char *const *syslog_listens, *const *sudo_listens, *const *allow;
    size_t syslog_listen_count, sudo_listen_count, allow_count;
    const char *client_ca; /* file, or NULL */
    uint32_t hosts_max;
};
/* *out is NULL when nothing is to be listened to. RESULT_INVALID names the option. */
MUST_CHECK enum result sudo_serve_start(const struct serve_sudo *options, struct instance *instance,
                                        struct writer *writer, struct slice tls_cert_pem,
                                        struct slice tls_key_pem, struct sudo_log **out,
                                        struct error *error);

#endif
