#include "crypto/jwt.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "crypto/digest.h"

enum { TOKEN_BYTES_MAX = 8192, HALF_BYTES = 32, P256_BITS = 256 };

static enum result refuse(struct error *error, const char *why)
{
    return fail(error, RESULT_UNAUTHENTICATED, "invalid_token",
                "the signed token does not hold: %s", why);
}

static gnutls_datum_t datum_of(struct slice text)
{
    union {
        const char *text;
        unsigned char *bytes;
    } pointer = { .text = text.text };
    return (gnutls_datum_t){ .data = pointer.bytes, .size = (unsigned)text.length };
}

/* "header.claims" in base64url. */
static char *signing_input(struct arena *arena, struct slice header, struct slice claims)
{
    char *head = base64url_encode(arena, header.text, header.length);
    char *body = base64url_encode(arena, claims.text, claims.length);
    return head == NULL || body == NULL ? NULL : arena_printf(arena, "%s.%s", head, body);
}

static enum result join(struct arena *arena, const char *input, const void *signature,
                        size_t length, struct slice *out, struct error *error)
{
    char *text = base64url_encode(arena, signature, length);
    char *token = text == NULL ? NULL : arena_printf(arena, "%s.%s", input, text);
    if (token == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a token");
    }
    *out = slice_of(token);
    return RESULT_OK;
}

/* An integer of DER, which may have a zero in front or be short, into its fixed place. */
static bool put_half(const gnutls_datum_t *number, uint8_t *out)
{
    const unsigned char *bytes = number->data;
    size_t length = number->size;
    while (length > HALF_BYTES && *bytes == 0) {
        bytes++;
        length--;
    }
    if (length > HALF_BYTES) {
        return false;
    }
    memset(out, 0, HALF_BYTES);
    memcpy(out + HALF_BYTES - length, bytes, length);
    return true;
}

static int sign_raw(gnutls_privkey_t key, struct slice input, uint8_t out[2 * HALF_BYTES])
{
    gnutls_datum_t data = datum_of(input);
    gnutls_datum_t signature = { .data = NULL };
    gnutls_datum_t r = { .data = NULL };
    gnutls_datum_t s = { .data = NULL };
    int code = gnutls_privkey_sign_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &signature);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_decode_rs_value(&signature, &r, &s);
    }
    if (code == GNUTLS_E_SUCCESS && (!put_half(&r, out) || !put_half(&s, out + HALF_BYTES))) {
        code = GNUTLS_E_INVALID_REQUEST;
    }
    gnutls_free(signature.data);
    gnutls_free(r.data);
    gnutls_free(s.data);
    return code;
}

enum result jwt_sign_es256(struct arena *arena, struct slice key_pem, struct slice claims_json,
                           struct slice *out, struct error *error)
{
    uint8_t signature[2 * HALF_BYTES];
    gnutls_privkey_t key = NULL;
    gnutls_datum_t pem = datum_of(key_pem);
    char *input = signing_input(arena, SLICE("{\"alg\":\"ES256\",\"typ\":\"JWT\"}"), claims_json);
    if (input == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a token");
    }
    int code = gnutls_privkey_init(&key);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_privkey_import_x509_raw(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = sign_raw(key, slice_of(input), signature);
    }
    gnutls_privkey_deinit(key);
    if (code != GNUTLS_E_SUCCESS) {
        return fail(error, RESULT_BROKEN, NULL, "signing: %s", gnutls_strerror(code));
    }
    return join(arena, input, signature, sizeof(signature), out, error);
}

enum result jwt_sign_hs256(struct arena *arena, struct slice secret, struct slice claims_json,
                           struct slice *out, struct error *error)
{
    uint8_t mac[SHA256_BYTES];
    char *input = signing_input(arena, SLICE("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), claims_json);
    if (input == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a token");
    }
    hmac_sha256(secret, slice_of(input), mac);
    return join(arena, input, mac, sizeof(mac), out, error);
}

/* --- reading ---------------------------------------------------------------------------------------- */

struct parts {
    struct slice input;                     /* what was signed */
    struct slice header, claims, signature; /* decoded */
};

/* The decoder is lenient; a token is not. */
static bool is_base64url(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && (byte < '0' || byte > '9') && byte != '-' && byte != '_') {
            return false;
        }
    }
    return true;
}

static enum result split(struct arena *arena, struct slice token, struct parts *out,
                         struct error *error)
{
    if (token.length == 0 || token.length > TOKEN_BYTES_MAX) {
        return refuse(error, "its length");
    }
    struct slice rest = token;
    struct slice header = slice_cut(&rest, '.');
    struct slice claims = slice_cut(&rest, '.');
    struct slice signature = rest;
    if (header.length == 0 || claims.length == 0 || signature.length == 0 ||
        memchr(signature.text, '.', signature.length) != NULL) {
        return refuse(error, "it must have three parts");
    }
    out->input = (struct slice){ token.text, header.length + 1 + claims.length };
    if (!is_base64url(header) || !is_base64url(claims) || !is_base64url(signature) ||
        !base64_decode(arena, header, &out->header) ||
        !base64_decode(arena, claims, &out->claims) ||
        !base64_decode(arena, signature, &out->signature)) {
        return refuse(error, "its parts are not base64url");
    }
    return RESULT_OK;
}

/* A text in quotes that ends before its last letter: two texts without a comma or colon between. */
static bool has_inner_quote(struct slice quoted)
{
    return memchr(quoted.text + 1, '"', quoted.length - 2) != NULL;
}

/* The value of "alg", found by a scan over the header's flat object of strings: the one thing that is asked of it.
   Anything unusual (escapes, nesting, a second "alg", "crit") is refused. */
static bool header_algorithm(struct slice header, struct slice *out)
{
    struct slice rest = slice_trim(header);
    bool found = false;
    if (rest.length < 2 || rest.text[0] != '{' || rest.text[rest.length - 1] != '}' ||
        memchr(rest.text, '\\', rest.length) != NULL) {
        return false;
    }
    rest = slice_trim((struct slice){ rest.text + 1, rest.length - 2 });
    if (rest.length > 0 && rest.text[rest.length - 1] == ',') {
        return false; /* the cut below would not see the empty member behind it */
    }
    while (rest.length > 0) {
        struct slice member = slice_trim(slice_cut(&rest, ','));
        struct slice value = member;
        struct slice name = slice_trim(slice_cut(&value, ':'));
        value = slice_trim(value);
        bool quoted = name.length > 2 && value.length > 2 && name.text[0] == '"' &&
                      name.text[name.length - 1] == '"' && value.text[0] == '"' &&
                      value.text[value.length - 1] == '"';
        if (!quoted || has_inner_quote(name) || has_inner_quote(value) ||
            slice_is(name, "\"crit\"")) {
            return false;
        }
        if (slice_is(name, "\"alg\"")) {
            if (found) {
                return false;
            }
            *out = (struct slice){ value.text + 1, value.length - 2 };
            found = true;
        }
    }
    return found;
}

enum result jwt_peek(struct arena *arena, struct slice token, struct slice *out_claims,
                     struct error *error)
{
    struct parts parts;
    TRY(split(arena, token, &parts, error));
    *out_claims = parts.claims;
    return RESULT_OK;
}

static int verify_ecdsa(gnutls_pubkey_t key, const struct parts *parts)
{
    if (parts->signature.length != (size_t)2 * HALF_BYTES) {
        return GNUTLS_E_PK_SIG_VERIFY_FAILED;
    }
    struct slice half = { parts->signature.text, HALF_BYTES };
    gnutls_datum_t r = datum_of(half);
    half.text += HALF_BYTES;
    gnutls_datum_t s = datum_of(half);
    gnutls_datum_t signature = { .data = NULL };
    gnutls_datum_t input = datum_of(parts->input);
    int code = gnutls_encode_rs_value(&signature, &r, &s);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &input, &signature);
    }
    gnutls_free(signature.data);
    return code;
}

static int verify_rsa(gnutls_pubkey_t key, const struct parts *parts)
{
    gnutls_datum_t signature = datum_of(parts->signature);
    gnutls_datum_t input = datum_of(parts->input);
    return gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &input, &signature);
}

static int verify_by_key(gnutls_pubkey_t key, struct slice algorithm, const struct parts *parts)
{
    unsigned bits = 0;
    int kind = gnutls_pubkey_get_pk_algorithm(key, &bits);
    if (kind == GNUTLS_PK_ECDSA && bits == P256_BITS && slice_is(algorithm, "ES256")) {
        return verify_ecdsa(key, parts);
    }
    if (kind == GNUTLS_PK_RSA && slice_is(algorithm, "RS256")) {
        return verify_rsa(key, parts);
    }
    return GNUTLS_E_PK_SIG_VERIFY_FAILED;
}

enum result jwt_verify_key(struct arena *arena, struct slice token, struct slice public_key_pem,
                           struct slice *out_claims, struct error *error)
{
    struct parts parts;
    struct slice algorithm;
    gnutls_pubkey_t key = NULL;
    gnutls_datum_t pem = datum_of(public_key_pem);
    TRY(split(arena, token, &parts, error));
    if (!header_algorithm(parts.header, &algorithm)) {
        return refuse(error, "its header");
    }
    int code = gnutls_pubkey_init(&key);
    if (code == GNUTLS_E_SUCCESS) {
        code = gnutls_pubkey_import(key, &pem, GNUTLS_X509_FMT_PEM);
    }
    if (code == GNUTLS_E_SUCCESS) {
        code = verify_by_key(key, algorithm, &parts);
    }
    gnutls_pubkey_deinit(key);
    if (code < 0) {
        return refuse(error, "its signature");
    }
    *out_claims = parts.claims;
    return RESULT_OK;
}

enum result jwt_verify_hs256(struct arena *arena, struct slice token, struct slice secret,
                             struct slice *out_claims, struct error *error)
{
    struct parts parts;
    struct slice algorithm;
    uint8_t mac[SHA256_BYTES];
    TRY(split(arena, token, &parts, error));
    if (!header_algorithm(parts.header, &algorithm) || !slice_is(algorithm, "HS256")) {
        return refuse(error, "its header");
    }
    hmac_sha256(secret, parts.input, mac);
    if (parts.signature.length != sizeof(mac) ||
        !bytes_equal_constant_time(mac, parts.signature.text, sizeof(mac))) {
        return refuse(error, "its signature");
    }
    *out_claims = parts.claims;
    return RESULT_OK;
}
