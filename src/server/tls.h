/* The server's certificate: the operator's own, or one of our CA that is made and renewed by itself. */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"
#include "server/instance.h"

struct tls_choice {
    const char *cert_file, *key_file; /* both or none */
    const char *const
        *names; /* host names and addresses that clients use, for our own certificate */
    size_t name_count;
};

/* Texts live in instance->arena. Also writes data_dir/ca.pem, which clients trust. Without a
   data_dir nothing is kept: each start has a certificate of its own. */
MUST_CHECK enum result tls_load(struct instance *instance, const struct tls_choice *choice,
                                struct slice *out_cert_pem, struct slice *out_key_pem,
                                struct error *error);

#endif
