#include "crypto/key.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "crypto/digest.h"

enum {
    SERIAL_BYTES = 16,
    KEY_ID_BYTES = 20,
    RSA_BITS_MIN = 2048,
    PEM_BYTES_MAX = 64 * 1024,
    COMMON_NAME_BYTES = 256
};

static enum result broken(struct error *error, const char *what, int code)
{
    return fail(error, RESULT_BROKEN, NULL, "%s: %s", what, gnutls_strerror(code));
}

static gnutls_datum_t datum_of(struct slice text)
{
    /* The library takes input through a pointer that is not const, and does not write to it. */
    union {
        const char *text;
        unsigned char *bytes;
    } pointer = { .text = text.text };
    return (gnutls_datum_t){ .data = pointer.bytes, .size = (unsigned)text.length };
}

/* Copies into the arena and frees the library's memory. */
static enum result keep(struct arena *arena, gnutls_datum_t *datum, struct slice *out,
                        struct error *error)
{
    char *copy = arena_strndup(arena, (const char *)datum->data, datum->size);
    size_t length = datum->size;
    bytes_wipe(datum->data, datum->size);
    gnutls_free(datum->data);
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a key or certificate");
    }
    *out = (struct slice){ copy, length };
    return RESULT_OK;
}

/* --- keys ------------------------------------------------------------------------------------------ */

static enum result private_open(struct slice key_pem, gnutls_x509_privkey_t *out,
                                struct error *error)
{
    gnutls_datum_t pem = datum_of(key_pem);
    int code = gnutls_x509_privkey_init(out);
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "private key", code);
    }
    code = gnutls_x509_privkey_import2(*out, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code != GNUTLS_E_SUCCESS) {
        gnutls_x509_privkey_deinit(*out);
        *out = NULL; /* the caller frees what it holds */
        return fail(error, RESULT_INVALID, NULL, "the private key cannot be read: %s",
                    gnutls_strerror(code));
    }
    return RESULT_OK;
}

enum result key_make(struct arena *arena, struct slice *out_key_pem, struct error *error)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t pem = { .data = NULL };
    int code = gnutls_x509_privkey_init(&key);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                            GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                                 &pem);
    }
    gnutls_x509_privkey_deinit(key);
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "new key", code);
    }
    return keep(arena, &pem, out_key_pem, error);
}

enum result key_public(struct arena *arena, struct slice key_pem, struct slice *out_public_key_pem,
                       struct error *error)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_privkey_t holder = NULL;
    gnutls_pubkey_t half = NULL;
    gnutls_datum_t pem = { .data = NULL };
    TRY(private_open(key_pem, &key, error));
    int code = gnutls_privkey_init(&holder);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_privkey_import_x509(holder, key, 0);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_init(&half);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_import_privkey(half, holder, 0, 0);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_export2(half, GNUTLS_X509_FMT_PEM, &pem);
    }
    gnutls_pubkey_deinit(half);
    gnutls_privkey_deinit(holder);
    gnutls_x509_privkey_deinit(key);
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "public key", code);
    }
    return keep(arena, &pem, out_public_key_pem, error);
}

/* --- requests --------------------------------------------------------------------------------------- */

static int csr_fill(gnutls_x509_crq_t csr, gnutls_x509_privkey_t key, const char *common_name)
{
    int code = gnutls_x509_crq_set_version(csr, 1);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crq_set_dn_by_oid(csr, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                             (unsigned)strlen(common_name));
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crq_set_key(csr, key);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crq_sign2(csr, key, GNUTLS_DIG_SHA256, 0);
    }
    return code;
}

enum result csr_make(struct arena *arena, struct slice key_pem, const char *common_name,
                     struct slice *out_csr_pem, struct error *error)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crq_t csr = NULL;
    gnutls_datum_t pem = { .data = NULL };
    TRY(private_open(key_pem, &key, error));
    int code = gnutls_x509_crq_init(&csr);
    if (code == GNUTLS_E_SUCCESS) {
        code = csr_fill(csr, key, common_name);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crq_export2(csr, GNUTLS_X509_FMT_PEM, &pem);
    }
    gnutls_x509_crq_deinit(csr);
    gnutls_x509_privkey_deinit(key);
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "certificate request", code);
    }
    return keep(arena, &pem, out_csr_pem, error);
}

/* A request whose signature holds, and its key, which is fit. */
struct csr {
    gnutls_x509_crq_t request;
    gnutls_pubkey_t key;
};

static bool key_is_fit(gnutls_pubkey_t key)
{
    unsigned bits = 0;
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);
    if (algorithm == GNUTLS_PK_RSA) {
        return bits >= RSA_BITS_MIN;
    }
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    return algorithm == GNUTLS_PK_ECDSA &&
           gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) == GNUTLS_E_SUCCESS &&
           (curve == GNUTLS_ECC_CURVE_SECP256R1 || curve == GNUTLS_ECC_CURVE_SECP384R1);
}

static int csr_import(gnutls_x509_crq_t csr, struct slice csr_pem)
{
    gnutls_datum_t pem = datum_of(csr_pem);
    if (csr_pem.length == 0 || csr_pem.length > PEM_BYTES_MAX) {
        return GNUTLS_E_INVALID_REQUEST;
    }
    bool is_pem = memmem(csr_pem.text, csr_pem.length, "-----BEGIN", 10) != NULL;
    int code =
        gnutls_x509_crq_import(csr, &pem, is_pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER);
    return code == GNUTLS_E_SUCCESS ? gnutls_x509_crq_verify(csr, 0) : code;
}

static void csr_close(struct csr *csr)
{
    gnutls_x509_crq_deinit(csr->request);
    gnutls_pubkey_deinit(csr->key);
    *csr = (struct csr){ .request = NULL };
}

static enum result csr_open(struct slice csr_pem, struct csr *out, struct error *error)
{
    *out = (struct csr){ .request = NULL };
    int code = gnutls_x509_crq_init(&out->request);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_init(&out->key);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = csr_import(out->request, csr_pem);
    }
    if (code < 0) {
        csr_close(out);
        return fail(error, RESULT_INVALID, "csr", "the certificate request cannot be used: %s",
                    gnutls_strerror(code));
    }
    if (gnutls_pubkey_import_x509_crq(out->key, out->request, 0) < 0 || !key_is_fit(out->key)) {
        csr_close(out);
        return fail(
            error, RESULT_INVALID, "csr",
            "the key of the certificate request must be ECDSA P-256 or P-384, or RSA of 2048 bits and more");
    }
    return RESULT_OK;
}

static enum result public_keep(struct arena *arena, gnutls_pubkey_t key, struct slice *out,
                               struct error *error)
{
    gnutls_datum_t pem = { .data = NULL };
    int code = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "public key", code);
    }
    return keep(arena, &pem, out, error);
}

/* Empty without one. */
static enum result csr_name(struct arena *arena, gnutls_x509_crq_t request, const char **out,
                            struct error *error)
{
    char name[COMMON_NAME_BYTES] = "";
    size_t length = sizeof(name);
    int code =
        gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &length);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
        length = 0;
    } else if (code != GNUTLS_E_SUCCESS || !slice_is_utf8((struct slice){ name, length })) {
        return fail(error, RESULT_INVALID, "csr",
                    "the common name of the certificate request must be text of at most %d bytes",
                    COMMON_NAME_BYTES - 1);
    }
    const char *copy = arena_strndup(arena, name, length);
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a certificate request");
    }
    *out = copy;
    return RESULT_OK;
}

enum result csr_read(struct arena *arena, struct slice csr_pem, struct csr_facts *out,
                     struct error *error)
{
    struct csr csr;
    struct csr_facts facts = { .common_name = NULL };
    TRY(csr_open(csr_pem, &csr, error));
    enum result result = csr_name(arena, csr.request, &facts.common_name, error);
    if (result == RESULT_OK) {
        result = public_keep(arena, csr.key, &facts.public_key_pem, error);
    }
    if (result == RESULT_OK) {
        *out = facts;
    }
    csr_close(&csr);
    return result;
}

/* --- certificates ------------------------------------------------------------------------------------ */

static int cert_set_name(gnutls_x509_crt_t cert, const char *common_name)
{
    return gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                         (unsigned)strlen(common_name));
}

static int cert_set_basics(gnutls_x509_crt_t cert, int64_t from_us, int64_t until_us)
{
    unsigned char serial[SERIAL_BYTES];
    unsigned char id[KEY_ID_BYTES];
    size_t id_length = sizeof(id);
    random_bytes(serial, sizeof(serial));
    serial[0] =
        (unsigned char)((serial[0] & 0x7F) | 0x40); /* positive, and always of full length */
    int code = gnutls_x509_crt_set_version(cert, 3);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_serial(cert, serial, sizeof(serial));
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_activation_time(cert, (time_t)(from_us / US_PER_SECOND));
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_expiration_time(cert, (time_t)(until_us / US_PER_SECOND));
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA1, id, &id_length);
    }
    return code == GNUTLS_E_SUCCESS ? gnutls_x509_crt_set_subject_key_id(cert, id, id_length)
                                    : code;
}

static int ca_fill(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const char *common_name,
                   int64_t from_us, int64_t until_us)
{
    int code = gnutls_x509_crt_set_key(cert, key);
    if (code == GNUTLS_E_SUCCESS) {
        code = cert_set_name(cert, common_name);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = cert_set_basics(cert, from_us, until_us);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_basic_constraints(cert, 1, 0);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    }
    return code == GNUTLS_E_SUCCESS ? gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0)
                                    : code;
}

enum result ca_make(struct arena *arena, const char *common_name, int64_t from_us, int64_t until_us,
                    struct slice *out_cert_pem, struct slice *out_key_pem, struct error *error)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t cert = NULL;
    gnutls_datum_t pem = { .data = NULL };
    TRY(key_make(arena, out_key_pem, error));
    TRY(private_open(*out_key_pem, &key, error));
    int code = gnutls_x509_crt_init(&cert);
    if (code == GNUTLS_E_SUCCESS) {
        code = ca_fill(cert, key, common_name, from_us, until_us);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &pem);
    }
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "CA certificate", code);
    }
    return keep(arena, &pem, out_cert_pem, error);
}

struct issue {
    gnutls_x509_crt_t ca, cert;
    gnutls_x509_privkey_t ca_key, subject_key;
    struct csr csr;
};

static void issue_done(struct issue *issue)
{
    gnutls_x509_crt_deinit(issue->ca);
    gnutls_x509_crt_deinit(issue->cert);
    gnutls_x509_privkey_deinit(issue->ca_key);
    gnutls_x509_privkey_deinit(issue->subject_key);
    csr_close(&issue->csr);
}

static int set_names(gnutls_x509_crt_t cert, const struct cert_order *order)
{
    int code = GNUTLS_E_SUCCESS;
    for (size_t i = 0; i < order->name_count && code == GNUTLS_E_SUCCESS; i++) {
        const char *name = order->names[i];
        unsigned char address[sizeof(struct in6_addr)];
        unsigned flags = i == 0 ? GNUTLS_FSAN_SET : GNUTLS_FSAN_APPEND;
        if (inet_pton(AF_INET, name, address) == 1) {
            code =
                gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, address, 4, flags);
        } else if (inet_pton(AF_INET6, name, address) == 1) {
            code = gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, address, 16,
                                                        flags);
        } else {
            code = gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, name,
                                                        (unsigned)strlen(name), flags);
        }
    }
    return code;
}

static int set_issuer_key_id(struct issue *issue)
{
    unsigned char id[64];
    size_t length = sizeof(id);
    unsigned critical = 0;
    int code = gnutls_x509_crt_get_subject_key_id(issue->ca, id, &length, &critical);
    return code == GNUTLS_E_SUCCESS ? gnutls_x509_crt_set_authority_key_id(issue->cert, id, length)
                                    : code;
}

static int issue_fill(struct issue *issue, const struct cert_order *order)
{
    const char *purpose =
        order->use == CERT_SERVER ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT;
    /* Of a request only the key is taken: who asks does not choose the subject. */
    int code = issue->csr.key != NULL ? gnutls_x509_crt_set_pubkey(issue->cert, issue->csr.key)
                                      : gnutls_x509_crt_set_key(issue->cert, issue->subject_key);
    if (code == GNUTLS_E_SUCCESS) {
        code = cert_set_name(issue->cert, order->common_name);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = cert_set_basics(issue->cert, order->from_us, order->until_us);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_basic_constraints(issue->cert, 0, -1);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_key_usage(issue->cert, GNUTLS_KEY_DIGITAL_SIGNATURE);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_set_key_purpose_oid(issue->cert, purpose, 0);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = set_names(issue->cert, order);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = set_issuer_key_id(issue);
    }
    return code == GNUTLS_E_SUCCESS
               ? gnutls_x509_crt_sign2(issue->cert, issue->ca, issue->ca_key, GNUTLS_DIG_SHA256, 0)
               : code;
}

static enum result issue_open(struct issue *issue, struct slice ca_cert_pem,
                              struct slice ca_key_pem, const struct cert_order *order,
                              struct error *error)
{
    gnutls_datum_t pem = datum_of(ca_cert_pem);
    int code = gnutls_x509_crt_init(&issue->ca);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_import(issue->ca, &pem, GNUTLS_X509_FMT_PEM);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_init(&issue->cert);
    }
    if (code != GNUTLS_E_SUCCESS) {
        return broken(error, "CA certificate", code);
    }
    TRY(private_open(ca_key_pem, &issue->ca_key, error));
    if (order->csr_pem.length > 0) {
        return csr_open(order->csr_pem, &issue->csr, error);
    }
    return private_open(order->subject_key_pem, &issue->subject_key, error);
}

enum result cert_issue(struct arena *arena, struct slice ca_cert_pem, struct slice ca_key_pem,
                       const struct cert_order *order, struct slice *out_cert_pem,
                       struct error *error)
{
    struct issue issue = { .ca = NULL };
    gnutls_datum_t pem = { .data = NULL };
    enum result result = issue_open(&issue, ca_cert_pem, ca_key_pem, order, error);
    if (result == RESULT_OK) {
        int code = issue_fill(&issue, order);
        if (code == GNUTLS_E_SUCCESS) {
            code = gnutls_x509_crt_export2(issue.cert, GNUTLS_X509_FMT_PEM, &pem);
        }
        result = code == GNUTLS_E_SUCCESS ? keep(arena, &pem, out_cert_pem, error)
                                          : broken(error, "certificate", code);
    }
    issue_done(&issue);
    return result;
}

static const char *keep_name(struct arena *arena, gnutls_datum_t *name)
{
    char *copy = arena_strndup(arena, (const char *)name->data, name->size);
    gnutls_free(name->data);
    return copy;
}

static int facts_read(struct arena *arena, gnutls_x509_crt_t cert, struct cert_facts *out)
{
    unsigned char bytes[64];
    char hex[2 * sizeof(bytes) + 1];
    size_t length = sizeof(bytes);
    int code = gnutls_x509_crt_get_fingerprint(cert, GNUTLS_DIG_SHA256, bytes, &length);
    if (code != GNUTLS_E_SUCCESS) {
        return code;
    }
    hex_encode(bytes, length, hex);
    out->thumbprint = arena_strdup(arena, hex);
    length = sizeof(bytes);
    code = gnutls_x509_crt_get_serial(cert, bytes, &length);
    if (code != GNUTLS_E_SUCCESS) {
        return code;
    }
    hex_encode(bytes, length, hex);
    out->serial_number = arena_strdup(arena, hex);
    gnutls_datum_t name = { .data = NULL };
    code = gnutls_x509_crt_get_dn3(cert, &name, 0);
    if (code != GNUTLS_E_SUCCESS) {
        return code;
    }
    out->subject = keep_name(arena, &name);
    code = gnutls_x509_crt_get_issuer_dn3(cert, &name, 0);
    if (code != GNUTLS_E_SUCCESS) {
        return code;
    }
    out->issuer = keep_name(arena, &name);
    char common[256] = "";
    length = sizeof(common);
    if (gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, common, &length) !=
        GNUTLS_E_SUCCESS) {
        common[0] = '\0';
    }
    out->common_name = arena_strdup(arena, common);
    out->from_us = (int64_t)gnutls_x509_crt_get_activation_time(cert) * US_PER_SECOND;
    out->until_us = (int64_t)gnutls_x509_crt_get_expiration_time(cert) * US_PER_SECOND;
    bool complete = out->thumbprint != NULL && out->serial_number != NULL && out->subject != NULL &&
                    out->issuer != NULL && out->common_name != NULL;
    return complete ? GNUTLS_E_SUCCESS : GNUTLS_E_MEMORY_ERROR;
}

enum result cert_read(struct arena *arena, struct slice cert_pem, struct cert_facts *out,
                      struct error *error)
{
    gnutls_x509_crt_t cert = NULL;
    gnutls_pubkey_t key = NULL;
    struct cert_facts facts = { .thumbprint = NULL };
    gnutls_datum_t pem = datum_of(cert_pem);
    int code = gnutls_x509_crt_init(&cert);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_x509_crt_import(cert, &pem, GNUTLS_X509_FMT_PEM);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = facts_read(arena, cert, &facts);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_init(&key);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_import_x509(key, cert, 0);
    }
    enum result result = RESULT_OK;
    if (code == GNUTLS_E_SUCCESS) {
        result = public_keep(arena, key, &facts.public_key_pem, error);
    } else if (code == GNUTLS_E_MEMORY_ERROR) {
        result = fail(error, RESULT_NO_MEMORY, NULL, "no memory for a certificate");
    } else {
        result = fail(error, RESULT_INVALID, NULL, "the certificate cannot be read: %s",
                      gnutls_strerror(code));
    }
    if (result == RESULT_OK) {
        *out = facts;
    }
    gnutls_pubkey_deinit(key);
    gnutls_x509_crt_deinit(cert);
    return result;
}
