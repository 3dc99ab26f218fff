/* ECDSA P-256 key pairs, certificate requests (PKCS #10), and certificates of our own CA. */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

/* All keys and certificates travel as PEM text in slices; results live in the arena. */

/* A new P-256 private key (PKCS #8 PEM). */
MUST_CHECK enum result key_make(struct arena *arena, struct slice *out_key_pem,
                                struct error *error);

/* Its public half (SubjectPublicKeyInfo PEM). RESULT_INVALID when it is no private key. */
MUST_CHECK enum result key_public(struct arena *arena, struct slice key_pem,
                                  struct slice *out_public_key_pem, struct error *error);

/* A request for `common_name`, signed by the key. */
MUST_CHECK enum result csr_make(struct arena *arena, struct slice key_pem, const char *common_name,
                                struct slice *out_csr_pem, struct error *error);

/* What a request says. Refused (RESULT_INVALID): not PEM or DER PKCS #10, a bad self-signature, any key but
   ECDSA P-256/P-384 or RSA of 2048 bits and more. */
struct csr_facts {
    const char *common_name;     /* empty when it names none */
    struct slice public_key_pem; /* SubjectPublicKeyInfo */
};
MUST_CHECK enum result csr_read(struct arena *arena, struct slice csr_pem, struct csr_facts *out,
                                struct error *error);

/* A self-signed CA: certificate and key. */
MUST_CHECK enum result ca_make(struct arena *arena, const char *common_name, int64_t from_us,
                               int64_t until_us, struct slice *out_cert_pem,
                               struct slice *out_key_pem, struct error *error);

enum cert_use { CERT_SERVER, CERT_CLIENT };

struct cert_order {
    enum cert_use use;
    const char *common_name;
    /* Subject alternative names, for CERT_SERVER: DNS names and IP addresses as text. */
    const char *const *names;
    size_t name_count;
    int64_t from_us;
    int64_t until_us;
    struct slice csr_pem;         /* either this … */
    struct slice subject_key_pem; /* … or a private key whose public half is certified */
};
/* A certificate of the CA. The serial number is 16 random bytes. */
MUST_CHECK enum result cert_issue(struct arena *arena, struct slice ca_cert_pem,
                                  struct slice ca_key_pem, const struct cert_order *order,
                                  struct slice *out_cert_pem, struct error *error);

struct cert_facts {
    const char *thumbprint; /* SHA-256 of the DER, lower-case hex */
    const char *subject;    /* RFC 4514 text */
    const char *issuer;
    const char *common_name;
    const char *serial_number; /* lower-case hex */
    int64_t from_us;
    int64_t until_us;
    struct slice public_key_pem;
};
MUST_CHECK enum result cert_read(struct arena *arena, struct slice cert_pem, struct cert_facts *out,
                                 struct error *error);

#endif
