/* Proves that tokens hold only with the right key, the right algorithm and untouched parts. */
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/key.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define CLAIMS "{\"sub\":\"computer-1\",\"exp\":1700000000}"
#define SECRET SLICE("0123456789abcdef0123456789abcdef")

struct place {
    struct arena *arena;
    struct slice key, public_key, other_public_key;
};

static struct slice public_of(struct arena *arena, struct slice key)
{
    struct slice csr = { NULL, 0 };
    struct csr_facts facts = { 0 };
    assert_int_equal(csr_make(arena, key, "x", &csr, NULL), RESULT_OK);
    assert_int_equal(csr_read(arena, csr, &facts, NULL), RESULT_OK);
    return facts.public_key_pem;
}

static int set_up(void **state)
{
    static struct place place;
    struct slice other = { NULL, 0 };
    place.arena = arena_new((size_t)32 * 1024 * 1024);
    *state = &place;
    if (place.arena == NULL || key_make(place.arena, &place.key, NULL) != RESULT_OK ||
        key_make(place.arena, &other, NULL) != RESULT_OK) {
        return 1;
    }
    place.public_key = public_of(place.arena, place.key);
    place.other_public_key = public_of(place.arena, other);
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    arena_free(place->arena);
    return 0;
}

static struct slice es256(struct place *place)
{
    struct slice token = { NULL, 0 };
    assert_int_equal(jwt_sign_es256(place->arena, place->key, SLICE(CLAIMS), &token, NULL),
                     RESULT_OK);
    return token;
}

/* A token with any header, signed well with the shared secret. */
static struct slice hs256_with(struct place *place, struct slice header)
{
    uint8_t mac[SHA256_BYTES];
    char *input = arena_printf(place->arena, "%s.%s",
                               base64url_encode(place->arena, header.text, header.length),
                               base64url_encode(place->arena, CLAIMS, strlen(CLAIMS)));
    hmac_sha256(SECRET, slice_of(input), mac);
    return slice_of(arena_printf(place->arena, "%s.%s", input,
                                 base64url_encode(place->arena, mac, sizeof(mac))));
}

static enum result verify_hs256(struct place *place, struct slice token)
{
    struct slice claims = { NULL, 0 };
    enum result result = jwt_verify_hs256(place->arena, token, SECRET, &claims, NULL);
    assert_int_equal(claims.text != NULL, result == RESULT_OK);
    return result;
}

static enum result verify_key(struct place *place, struct slice token, struct slice key)
{
    struct slice claims = { NULL, 0 };
    enum result result = jwt_verify_key(place->arena, token, key, &claims, NULL);
    assert_int_equal(claims.text != NULL, result == RESULT_OK);
    return result;
}

static void a_token_signed_with_a_key_holds_with_its_public_half(void **state)
{
    struct place *place = *state;
    struct slice claims = { NULL, 0 };
    struct slice token = es256(place);
    assert_int_equal(jwt_verify_key(place->arena, token, place->public_key, &claims, NULL),
                     RESULT_OK);
    assert_true(slice_is(claims, CLAIMS));
    assert_int_equal(verify_key(place, token, place->other_public_key), RESULT_UNAUTHENTICATED);
}

/* Halves that begin with zero bytes or a high bit come up within this many. */
static void every_one_of_1500_signatures_holds_and_has_64_bytes(void **state)
{
    struct place *place = *state;
    for (int i = 0; i < 1500; i++) {
        struct arena *arena = arena_new(65536);
        struct slice token = { NULL, 0 };
        struct slice claims = { NULL, 0 };
        assert_non_null(arena);
        assert_int_equal(jwt_sign_es256(arena, place->key, SLICE(CLAIMS), &token, NULL), RESULT_OK);
        const char *signature = strrchr(token.text, '.') + 1;
        assert_int_equal(strlen(signature), 86);
        assert_int_equal(jwt_verify_key(arena, token, place->public_key, &claims, NULL), RESULT_OK);
        arena_free(arena);
    }
}

/* RFC 7515, appendix A.3: made by somebody else. */
static void the_published_es256_token_holds(void **state)
{
    static const char key[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
                              "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
                              "-----END PUBLIC KEY-----\n";
    static const char token[] =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5d"
        "jxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    struct place *place = *state;
    assert_int_equal(verify_key(place, SLICE(token), SLICE(key)), RESULT_OK);
}

static void a_token_signed_with_a_secret_holds_with_that_secret_only(void **state)
{
    struct place *place = *state;
    struct slice token = { NULL, 0 };
    struct slice claims = { NULL, 0 };
    assert_int_equal(jwt_sign_hs256(place->arena, SECRET, SLICE(CLAIMS), &token, NULL), RESULT_OK);
    assert_int_equal(jwt_verify_hs256(place->arena, token, SECRET, &claims, NULL), RESULT_OK);
    assert_true(slice_is(claims, CLAIMS));
    assert_int_equal(jwt_verify_hs256(place->arena, token, SLICE("other"), &claims, NULL),
                     RESULT_UNAUTHENTICATED);
}

static void headers_that_mean_the_same_hold(void **state)
{
    struct place *place = *state;
    assert_int_equal(verify_hs256(place, hs256_with(place, SLICE("{\"alg\":\"HS256\"}"))),
                     RESULT_OK);
    assert_int_equal(
        verify_hs256(place,
                     hs256_with(place, SLICE(" { \"kid\" : \"a:b\" ,\r\n\"alg\" : \"HS256\" } "))),
        RESULT_OK);
}

static void any_other_header_is_refused(void **state)
{
    struct place *place = *state;
    static const char *const headers[] = {
        "{}",
        "[]",
        "\"alg\":\"HS256\"",
        "{\"alg\":\"none\"}",
        "{\"alg\":\"hs256\"}",
        "{\"alg\":\"HS256 \"}",
        "{\"Alg\":\"HS256\"}",
        "{\"alg\":\"ES256\"}",
        "{\"alg\":\"HS512\"}",
        "{\"alg\":null}",
        "{\"alg\":HS256}",
        "{\"alg\":[\"HS256\"]}",
        "{\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"alg\":\"HS256\"}",
        "{\"\\u0061lg\":\"none\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"crit\":\"exp\"}",
        "{\"alg\":\"HS256\",\"crit\":[]}",
        "{\"a\":{\"alg\":\"HS256\"}}",
        "{\"a\":\"x,\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\"},{\"a\":\"b\"}",
        "{\"alg\":\"HS256\"}{\"a\":\"b\"}",
        "{\"alg\":\"HS256\",}",
        "{,\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\" \"a\":\"b\"}",
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        assert_int_equal(verify_hs256(place, hs256_with(place, slice_of(headers[i]))),
                         RESULT_UNAUTHENTICATED);
    }
}

/* The classic confusion: the public key taken for a shared secret. */
static void a_public_key_is_never_a_secret(void **state)
{
    struct place *place = *state;
    struct slice token = { NULL, 0 };
    assert_int_equal(jwt_sign_hs256(place->arena, place->public_key, SLICE(CLAIMS), &token, NULL),
                     RESULT_OK);
    assert_int_equal(verify_key(place, token, place->public_key), RESULT_UNAUTHENTICATED);
}

/* Every letter of the token counts: the decoder takes no second spelling of the same bytes. */
static void any_changed_letter_is_refused(void **state)
{
    struct place *place = *state;
    struct slice token = es256(place);
    for (size_t i = 0; i < token.length; i++) {
        char *changed = arena_strndup(place->arena, token.text, token.length);
        assert_non_null(changed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_equal(
            verify_key(place, (struct slice){ changed, token.length }, place->public_key),
            RESULT_UNAUTHENTICATED);
    }
}

static void any_truncation_is_refused(void **state)
{
    struct place *place = *state;
    struct slice token = es256(place);
    for (size_t length = 0; length < token.length; length++) {
        assert_int_equal(verify_key(place, (struct slice){ token.text, length }, place->public_key),
                         RESULT_UNAUTHENTICATED);
    }
}

static void wrong_forms_are_refused(void **state)
{
    struct place *place = *state;
    const char *good = hs256_with(place, SLICE("{\"alg\":\"HS256\"}")).text;
    const char *bad[] = {
        arena_printf(place->arena, "%s=", good),
        arena_printf(place->arena, " %s", good),
        arena_printf(place->arena, "%s\n", good),
        arena_printf(place->arena, "%s.", good),
        arena_printf(place->arena, "%s.AAAA", good),
        arena_printf(place->arena, ".%s", good),
        "..",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJIUzI1NiJ9.e30.+/+/",
    };
    assert_int_equal(verify_hs256(place, slice_of(good)), RESULT_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(verify_hs256(place, slice_of(bad[i])), RESULT_UNAUTHENTICATED);
    }
}

/* r and s of zero, and a DER signature in place of the 64 bytes, are refused like any other. */
static void odd_signatures_are_refused(void **state)
{
    struct place *place = *state;
    struct slice token = es256(place);
    size_t input = (size_t)(strrchr(token.text, '.') - token.text);
    uint8_t signature[72];
    for (size_t length = 0; length <= sizeof(signature); length++) {
        memset(signature, length == 70 ? 0xFF : 0, sizeof(signature));
        const char *odd = arena_printf(place->arena, "%.*s.%s", (int)input, token.text,
                                       base64url_encode(place->arena, signature, length));
        assert_int_equal(verify_key(place, slice_of(odd), place->public_key),
                         RESULT_UNAUTHENTICATED);
    }
}

static struct slice rsa_pem(struct place *place, gnutls_x509_privkey_t key, bool secret)
{
    gnutls_datum_t pem = { .data = NULL };
    gnutls_pubkey_t half = NULL;
    gnutls_privkey_t abstract = NULL;
    if (secret) {
        assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
    } else {
        assert_int_equal(gnutls_privkey_init(&abstract), 0);
        assert_int_equal(gnutls_privkey_import_x509(abstract, key, 0), 0);
        assert_int_equal(gnutls_pubkey_init(&half), 0);
        assert_int_equal(gnutls_pubkey_import_privkey(half, abstract, 0, 0), 0);
        assert_int_equal(gnutls_pubkey_export2(half, GNUTLS_X509_FMT_PEM, &pem), 0);
    }
    const char *copy = arena_strndup(place->arena, (const char *)pem.data, pem.size);
    assert_non_null(copy);
    gnutls_free(pem.data);
    gnutls_pubkey_deinit(half);
    gnutls_privkey_deinit(abstract);
    return slice_of(copy);
}

static void rs256_holds_with_an_rsa_key_and_es256_does_not(void **state)
{
    struct place *place = *state;
    gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t signature = { .data = NULL };
    gnutls_privkey_t abstract = NULL;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0), 0);
    struct slice half = rsa_pem(place, key, false);
    static const char *const headers[] = { "{\"alg\":\"RS256\"}", "{\"alg\":\"ES256\"}" };
    static const enum result expected[] = { RESULT_OK, RESULT_UNAUTHENTICATED };
    assert_int_equal(gnutls_privkey_init(&abstract), 0);
    assert_int_equal(gnutls_privkey_import_x509(abstract, key, 0), 0);
    for (size_t i = 0; i < 2; i++) {
        char *input = arena_printf(place->arena, "%s.e30",
                                   base64url_encode(place->arena, headers[i], strlen(headers[i])));
        gnutls_datum_t text = { .data = (unsigned char *)input, .size = (unsigned)strlen(input) };
        assert_int_equal(
            gnutls_privkey_sign_data2(abstract, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature), 0);
        const char *token =
            arena_printf(place->arena, "%s.%s", input,
                         base64url_encode(place->arena, signature.data, signature.size));
        gnutls_free(signature.data);
        assert_int_equal(verify_key(place, slice_of(token), half), expected[i]);
        assert_int_equal(verify_key(place, slice_of(token), place->public_key),
                         RESULT_UNAUTHENTICATED);
    }
    struct slice out = { NULL, 0 };
    assert_int_not_equal(
        jwt_sign_es256(place->arena, rsa_pem(place, key, true), SLICE(CLAIMS), &out, NULL),
        RESULT_OK);
    gnutls_privkey_deinit(abstract);
    gnutls_x509_privkey_deinit(key);
}

static void an_unreadable_key_is_refused(void **state)
{
    struct place *place = *state;
    struct slice out = { NULL, 0 };
    assert_int_equal(verify_key(place, es256(place), SLICE("no key")), RESULT_UNAUTHENTICATED);
    assert_int_equal(verify_key(place, es256(place), (struct slice){ NULL, 0 }),
                     RESULT_UNAUTHENTICATED);
    assert_int_not_equal(jwt_sign_es256(place->arena, SLICE("no key"), SLICE(CLAIMS), &out, NULL),
                         RESULT_OK);
    assert_null(out.text);
}

static void a_token_of_8_kib_is_read_and_one_more_byte_is_not(void **state)
{
    struct place *place = *state;
    struct slice claims = { NULL, 0 };
    /* 20 letters of header, a dot, the claims, a dot, 4 letters of signature. */
    enum { TOKEN_BYTES_MAX = 8192, CLAIMS_BYTES = TOKEN_BYTES_MAX - 20 - 1 - 1 - 4 };
    char token[TOKEN_BYTES_MAX + 1];
    memset(token, 'A', sizeof(token));
    memcpy(token, "eyJhbGciOiJIUzI1NiJ9.", 21);
    token[21 + CLAIMS_BYTES] = '.';
    assert_int_equal(
        jwt_peek(place->arena, (struct slice){ token, TOKEN_BYTES_MAX }, &claims, NULL), RESULT_OK);
    assert_int_equal(claims.length, CLAIMS_BYTES * 3 / 4);
    assert_int_equal(
        jwt_peek(place->arena, (struct slice){ token, TOKEN_BYTES_MAX + 1 }, &claims, NULL),
        RESULT_UNAUTHENTICATED);
}

static void peeking_does_not_ask_for_a_signature_that_holds(void **state)
{
    struct place *place = *state;
    struct slice claims = { NULL, 0 };
    assert_int_equal(jwt_peek(place->arena, SLICE("eyJhbGciOiJIUzI1NiJ9.e30.AAAA"), &claims, NULL),
                     RESULT_OK);
    assert_true(slice_is(claims, "{}"));
    assert_int_equal(jwt_peek(place->arena, SLICE("eyJhbGciOiJIUzI1NiJ9.e30"), &claims, NULL),
                     RESULT_UNAUTHENTICATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_signed_with_a_key_holds_with_its_public_half),
        cmocka_unit_test(every_one_of_1500_signatures_holds_and_has_64_bytes),
        cmocka_unit_test(the_published_es256_token_holds),
        cmocka_unit_test(a_token_signed_with_a_secret_holds_with_that_secret_only),
        cmocka_unit_test(headers_that_mean_the_same_hold),
        cmocka_unit_test(any_other_header_is_refused),
        cmocka_unit_test(a_public_key_is_never_a_secret),
        cmocka_unit_test(any_changed_letter_is_refused),
        cmocka_unit_test(any_truncation_is_refused),
        cmocka_unit_test(wrong_forms_are_refused),
        cmocka_unit_test(odd_signatures_are_refused),
        cmocka_unit_test(rs256_holds_with_an_rsa_key_and_es256_does_not),
        cmocka_unit_test(an_unreadable_key_is_refused),
        cmocka_unit_test(a_token_of_8_kib_is_read_and_one_more_byte_is_not),
        cmocka_unit_test(peeking_does_not_ask_for_a_signature_that_holds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
