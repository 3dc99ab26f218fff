/* Proves that our certificates chain, say what was ordered and nothing a request slipped in, and that unfit requests are
   refused. */
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "crypto/key.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define FROM_US  (INT64_C(1700000000) * US_PER_SECOND)
#define UNTIL_US (INT64_C(2600000000) * US_PER_SECOND) /* in 2052: past the two-digit years */

struct place {
    struct arena *arena;
    struct slice ca_cert, ca_key;
};

static int set_up(void **state)
{
    static struct place place;
    place.arena = arena_new((size_t)8 * 1024 * 1024);
    *state = &place;
    return place.arena == NULL || ca_make(place.arena, "Test CA", FROM_US, UNTIL_US, &place.ca_cert,
                                          &place.ca_key, NULL) != RESULT_OK;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    arena_free(place->arena);
    return 0;
}

static gnutls_datum_t datum(struct place *place, struct slice text)
{
    char *copy = slice_dup(place->arena, text);
    assert_non_null(copy);
    return (gnutls_datum_t){ .data = (unsigned char *)copy, .size = (unsigned)text.length };
}

static gnutls_x509_crt_t opened(struct place *place, struct slice cert_pem)
{
    gnutls_x509_crt_t cert = NULL;
    gnutls_datum_t pem = datum(place, cert_pem);
    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    assert_int_equal(gnutls_x509_crt_import(cert, &pem, GNUTLS_X509_FMT_PEM), 0);
    return cert;
}

static struct slice new_key(struct place *place)
{
    struct slice key = { NULL, 0 };
    assert_int_equal(key_make(place->arena, &key, NULL), RESULT_OK);
    return key;
}

static struct slice new_csr(struct place *place, struct slice key, const char *name)
{
    struct slice csr = { NULL, 0 };
    assert_int_equal(csr_make(place->arena, key, name, &csr, NULL), RESULT_OK);
    return csr;
}

static struct slice issued(struct place *place, const struct cert_order *order)
{
    struct slice cert = { NULL, 0 };
    struct error error = { 0 };
    assert_int_equal(cert_issue(place->arena, place->ca_cert, place->ca_key, order, &cert, &error),
                     RESULT_OK);
    return cert;
}

static struct cert_order order_for(struct slice csr)
{
    return (struct cert_order){ .use = CERT_CLIENT,
                                .common_name = "computer-1",
                                .from_us = FROM_US,
                                .until_us = UNTIL_US,
                                .csr_pem = csr };
}

/* A request as others make them: any kind of key, any subject, any digest. */
static struct slice foreign_csr(struct place *place, gnutls_pk_algorithm_t kind, unsigned bits,
                                gnutls_digest_algorithm_t digest, struct slice name)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crq_t csr = NULL;
    gnutls_datum_t pem = { .data = NULL };
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
    assert_int_equal(gnutls_x509_crq_init(&csr), 0);
    assert_int_equal(gnutls_x509_crq_set_version(csr, 1), 0);
    assert_int_equal(
        gnutls_x509_crq_set_dn_by_oid(csr, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, "Intruders", 9),
        0);
    if (name.length > 0) {
        assert_int_equal(gnutls_x509_crq_set_dn_by_oid(csr, GNUTLS_OID_X520_COMMON_NAME, 0,
                                                       name.text, (unsigned)name.length),
                         0);
    }
    assert_int_equal(gnutls_x509_crq_set_key(csr, key), 0);
    assert_int_equal(gnutls_x509_crq_sign2(csr, key, digest, 0), 0);
    assert_int_equal(gnutls_x509_crq_export2(csr, GNUTLS_X509_FMT_PEM, &pem), 0);
    const char *copy = arena_strndup(place->arena, (const char *)pem.data, pem.size);
    assert_non_null(copy);
    size_t length = pem.size;
    gnutls_free(pem.data);
    gnutls_x509_crq_deinit(csr);
    gnutls_x509_privkey_deinit(key);
    return (struct slice){ copy, length };
}

static void a_new_key_is_p256_in_pkcs8(void **state)
{
    struct slice key = new_key(*state);
    gnutls_x509_privkey_t opened_key = NULL;
    gnutls_datum_t pem = datum(*state, key);
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    assert_true(slice_starts_any_case(key, "-----BEGIN PRIVATE KEY-----"));
    assert_int_equal(gnutls_x509_privkey_init(&opened_key), 0);
    assert_int_equal(gnutls_x509_privkey_import(opened_key, &pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_privkey_export_ecc_raw(opened_key, &curve, NULL, NULL, NULL), 0);
    assert_int_equal(curve, GNUTLS_ECC_CURVE_SECP256R1);
    gnutls_x509_privkey_deinit(opened_key);
    assert_false(slice_equal(key, new_key(*state)));
}

static void a_request_says_its_name_and_key(void **state)
{
    struct place *place = *state;
    struct slice csr = new_csr(place, new_key(place), "laptop-\xC3\xBC");
    struct csr_facts facts = { 0 };
    assert_int_equal(csr_read(place->arena, csr, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.common_name, "laptop-\xC3\xBC");
    assert_true(slice_starts_any_case(facts.public_key_pem, "-----BEGIN PUBLIC KEY-----"));
}

static void a_request_may_come_as_der(void **state)
{
    struct place *place = *state;
    struct slice csr = new_csr(place, new_key(place), "laptop");
    struct slice der = { NULL, 0 };
    struct csr_facts facts = { 0 };
    const char *body = strchr(csr.text, '\n');
    const char *end = strstr(csr.text, "-----END");
    struct slice base64 = { body, (size_t)(end - body) };
    assert_true(base64_decode(place->arena, base64, &der));
    assert_int_equal(csr_read(place->arena, der, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.common_name, "laptop");
}

static void a_request_without_a_name_has_an_empty_one(void **state)
{
    struct place *place = *state;
    struct csr_facts facts = { 0 };
    struct slice csr =
        foreign_csr(place, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1),
                    GNUTLS_DIG_SHA384, (struct slice){ NULL, 0 });
    assert_int_equal(csr_read(place->arena, csr, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.common_name, "");
}

static void assert_unfit(struct place *place, struct slice csr)
{
    struct error error = { 0 };
    struct csr_facts facts = { .common_name = "untouched" };
    assert_int_equal(csr_read(place->arena, csr, &facts, &error), RESULT_INVALID);
    assert_string_equal(error.field, "csr");
    assert_string_equal(facts.common_name, "untouched");
    struct slice cert = { NULL, 0 };
    struct cert_order order = order_for(csr);
    if (csr.length > 0) {
        assert_int_equal(
            cert_issue(place->arena, place->ca_cert, place->ca_key, &order, &cert, NULL),
            RESULT_INVALID);
    }
}

static void a_request_with_another_kind_of_key_is_refused(void **state)
{
    struct place *place = *state;
    struct slice name = SLICE("laptop");
    assert_unfit(place, foreign_csr(place, GNUTLS_PK_ECDSA,
                                    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1),
                                    GNUTLS_DIG_SHA512, name));
    assert_unfit(place, foreign_csr(place, GNUTLS_PK_EDDSA_ED25519, 0, GNUTLS_DIG_SHA512, name));
    assert_unfit(place, foreign_csr(place, GNUTLS_PK_RSA, 2047, GNUTLS_DIG_SHA256, name));
}

static void rsa_of_2048_bits_is_taken(void **state)
{
    struct place *place = *state;
    struct csr_facts facts = { 0 };
    struct slice csr = foreign_csr(place, GNUTLS_PK_RSA, 2048, GNUTLS_DIG_SHA256, SLICE("laptop"));
    assert_int_equal(csr_read(place->arena, csr, &facts, NULL), RESULT_OK);
}

/* One changed bit anywhere in the request spoils its form, its key or its signature. */
static void a_request_changed_after_signing_is_refused(void **state)
{
    struct place *place = *state;
    struct slice csr = new_csr(place, new_key(place), "laptop");
    struct slice der = { NULL, 0 };
    const char *body = strchr(csr.text, '\n');
    struct slice base64 = { body, (size_t)(strstr(csr.text, "-----END") - body) };
    assert_true(base64_decode(place->arena, base64, &der));
    for (size_t i = 0; i < der.length; i++) {
        struct csr_facts facts = { 0 };
        char *changed = arena_strndup(place->arena, der.text, der.length);
        assert_non_null(changed);
        changed[i] = (char)(changed[i] ^ 1);
        assert_int_not_equal(
            csr_read(place->arena, (struct slice){ changed, der.length }, &facts, NULL), RESULT_OK);
    }
}

static void what_is_no_request_is_refused(void **state)
{
    struct place *place = *state;
    char *large = arena_alloc(place->arena, 100000);
    assert_non_null(large);
    memset(large, 'A', 100000);
    assert_unfit(place, (struct slice){ NULL, 0 });
    assert_unfit(place, SLICE("laptop"));
    assert_unfit(place, SLICE("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"));
    assert_unfit(place, place->ca_cert);
    assert_unfit(place, (struct slice){ large, 100000 });
}

/* The library gives such a name as hexadecimal digits behind a #. */
static void a_name_with_a_nul_is_not_the_name_before_it(void **state)
{
    struct place *place = *state;
    struct csr_facts facts = { 0 };
    struct slice csr =
        foreign_csr(place, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                    GNUTLS_DIG_SHA256, SLICE("lap\0top"));
    assert_int_equal(csr_read(place->arena, csr, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.common_name, "#0c076c617000746f70");
}

static void a_name_of_64_letters_is_taken(void **state)
{
    struct place *place = *state;
    struct csr_facts facts = { 0 };
    char name[65];
    memset(name, 'n', 64);
    name[64] = '\0';
    struct slice csr = new_csr(place, new_key(place), name);
    assert_int_equal(csr_read(place->arena, csr, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.common_name, name);
}

static void the_ca_signs_itself_and_may_sign_others(void **state)
{
    struct place *place = *state;
    struct cert_facts facts = { 0 };
    unsigned critical = 0;
    unsigned is_ca = 0;
    unsigned usage = 0;
    int path = -2;
    assert_int_equal(cert_read(place->arena, place->ca_cert, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.subject, "CN=Test CA");
    assert_string_equal(facts.issuer, "CN=Test CA");
    assert_true(facts.from_us == FROM_US);
    assert_true(facts.until_us == UNTIL_US);
    gnutls_x509_crt_t cert = opened(place, place->ca_cert);
    assert_int_equal(gnutls_x509_crt_get_basic_constraints(cert, &critical, &is_ca, &path), 1);
    assert_true(is_ca && critical);
    assert_int_equal(path, 0);
    assert_int_equal(gnutls_x509_crt_get_key_usage(cert, &usage, &critical), 0);
    assert_true((usage & GNUTLS_KEY_KEY_CERT_SIGN) != 0);
    assert_int_equal(gnutls_x509_crt_check_issuer(cert, cert), 1);
    gnutls_x509_crt_deinit(cert);
}

static void assert_chains(struct place *place, gnutls_x509_crt_t cert, const char *purpose)
{
    gnutls_x509_trust_list_t trusted = NULL;
    gnutls_x509_crt_t ca = opened(place, place->ca_cert);
    unsigned status = 1;
    char *text = arena_strdup(place->arena, purpose);
    gnutls_typed_vdata_st wanted = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)text,
                                     .size = 0 };
    assert_int_equal(gnutls_x509_trust_list_init(&trusted, 0), 0);
    assert_int_equal(gnutls_x509_trust_list_add_cas(trusted, &ca, 1, 0), 1);
    assert_int_equal(
        gnutls_x509_trust_list_verify_crt2(trusted, &cert, 1, &wanted, 1, 0, &status, NULL), 0);
    assert_int_equal(status, 0);
    gnutls_x509_trust_list_deinit(trusted, 1);
}

static void a_client_certificate_says_what_was_ordered(void **state)
{
    struct place *place = *state;
    struct cert_order order = order_for(new_csr(place, new_key(place), "computer-1"));
    struct slice pem = issued(place, &order);
    struct csr_facts csr = { 0 };
    struct cert_facts facts = { 0 };
    assert_int_equal(csr_read(place->arena, order.csr_pem, &csr, NULL), RESULT_OK);
    assert_int_equal(cert_read(place->arena, pem, &facts, NULL), RESULT_OK);
    assert_string_equal(facts.subject, "CN=computer-1");
    assert_string_equal(facts.issuer, "CN=Test CA");
    assert_string_equal(facts.common_name, "computer-1");
    assert_int_equal(strlen(facts.thumbprint), 64);
    assert_int_equal(strlen(facts.serial_number), 32);
    assert_true(facts.serial_number[0] < '8');
    assert_true(facts.from_us == FROM_US && facts.until_us == UNTIL_US);
    assert_true(slice_equal(facts.public_key_pem, csr.public_key_pem));
    gnutls_x509_crt_t cert = opened(place, pem);
    assert_int_equal(gnutls_x509_crt_get_version(cert), 3);
    assert_int_equal(gnutls_x509_crt_get_signature_algorithm(cert), GNUTLS_SIGN_ECDSA_SHA256);
    assert_chains(place, cert, GNUTLS_KP_TLS_WWW_CLIENT);
    gnutls_x509_crt_deinit(cert);
}

/* Whoever asks does not choose the name: the subject is the order's, whole. */
static void the_subject_of_a_request_is_not_taken_over(void **state)
{
    struct place *place = *state;
    struct cert_facts facts = { 0 };
    struct cert_order order = order_for(
        foreign_csr(place, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                    GNUTLS_DIG_SHA256, SLICE("computer-2")));
    assert_int_equal(cert_read(place->arena, issued(place, &order), &facts, NULL), RESULT_OK);
    assert_string_equal(facts.subject, "CN=computer-1");
    assert_string_equal(facts.common_name, "computer-1");
}

static void a_server_certificate_names_hosts_and_addresses(void **state)
{
    struct place *place = *state;
    static const char *const names[] = { "reeve.example", "192.0.2.7", "2001:db8::7" };
    struct cert_order order = { .use = CERT_SERVER,
                                .common_name = "reeve.example",
                                .names = names,
                                .name_count = 3,
                                .from_us = FROM_US,
                                .until_us = UNTIL_US,
                                .subject_key_pem = new_key(place) };
    gnutls_x509_crt_t cert = opened(place, issued(place, &order));
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "reeve.example"), 0);
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "192.0.2.7"), 0);
    assert_int_not_equal(gnutls_x509_crt_check_hostname(cert, "2001:db8::7"), 0);
    assert_int_equal(gnutls_x509_crt_check_hostname(cert, "192.0.2.8"), 0);
    assert_int_equal(gnutls_x509_crt_check_hostname(cert, "other.example"), 0);
    assert_chains(place, cert, GNUTLS_KP_TLS_WWW_SERVER);
    gnutls_x509_crt_deinit(cert);
}

static void serial_numbers_differ(void **state)
{
    struct place *place = *state;
    struct cert_order order = order_for(new_csr(place, new_key(place), "computer-1"));
    struct cert_facts a = { 0 };
    struct cert_facts b = { 0 };
    assert_int_equal(cert_read(place->arena, issued(place, &order), &a, NULL), RESULT_OK);
    assert_int_equal(cert_read(place->arena, issued(place, &order), &b, NULL), RESULT_OK);
    assert_string_not_equal(a.serial_number, b.serial_number);
    assert_string_not_equal(a.thumbprint, b.thumbprint);
}

static void an_unreadable_key_or_ca_is_refused_and_freed_once(void **state)
{
    struct place *place = *state;
    struct slice cert = { NULL, 0 };
    struct slice bad = SLICE("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    struct cert_order order = order_for(new_csr(place, new_key(place), "computer-1"));
    assert_int_not_equal(cert_issue(place->arena, place->ca_cert, bad, &order, &cert, NULL),
                         RESULT_OK);
    assert_int_not_equal(cert_issue(place->arena, bad, place->ca_key, &order, &cert, NULL),
                         RESULT_OK);
    order.csr_pem = (struct slice){ NULL, 0 };
    order.subject_key_pem = bad;
    assert_int_equal(cert_issue(place->arena, place->ca_cert, place->ca_key, &order, &cert, NULL),
                     RESULT_INVALID);
    assert_int_equal(csr_make(place->arena, bad, "laptop", &cert, NULL), RESULT_INVALID);
    assert_null(cert.text);
}

static void what_is_no_certificate_is_refused(void **state)
{
    struct place *place = *state;
    struct cert_facts facts = { .subject = "untouched" };
    assert_int_equal(cert_read(place->arena, SLICE("laptop"), &facts, NULL), RESULT_INVALID);
    assert_int_equal(cert_read(place->arena, (struct slice){ NULL, 0 }, &facts, NULL),
                     RESULT_INVALID);
    assert_int_equal(cert_read(place->arena, place->ca_key, &facts, NULL), RESULT_INVALID);
    assert_string_equal(facts.subject, "untouched");
}

static void a_full_arena_is_no_memory(void **state)
{
    struct place *place = *state;
    struct arena *small = arena_new(16);
    struct slice out = { NULL, 0 };
    struct csr_facts csr = { 0 };
    struct cert_facts cert = { 0 };
    assert_non_null(small);
    assert_int_equal(key_make(small, &out, NULL), RESULT_NO_MEMORY);
    assert_int_equal(csr_make(small, place->ca_key, "laptop", &out, NULL), RESULT_NO_MEMORY);
    assert_int_equal(csr_read(small, new_csr(place, place->ca_key, "laptop"), &csr, NULL),
                     RESULT_NO_MEMORY);
    assert_int_equal(cert_read(small, place->ca_cert, &cert, NULL), RESULT_NO_MEMORY);
    arena_free(small);
}

static void the_public_half_is_that_of_the_request(void **state)
{
    struct place *place = *state;
    struct slice key;
    struct slice csr;
    struct slice half;
    struct csr_facts facts;
    assert_int_equal(key_make(place->arena, &key, NULL), RESULT_OK);
    assert_int_equal(csr_make(place->arena, key, "laptop", &csr, NULL), RESULT_OK);
    assert_int_equal(csr_read(place->arena, csr, &facts, NULL), RESULT_OK);
    assert_int_equal(key_public(place->arena, key, &half, NULL), RESULT_OK);
    assert_true(slice_equal(half, facts.public_key_pem));
    assert_int_equal(key_public(place->arena, half, &half, NULL), RESULT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_key_is_p256_in_pkcs8),
        cmocka_unit_test(the_public_half_is_that_of_the_request),
        cmocka_unit_test(a_request_says_its_name_and_key),
        cmocka_unit_test(a_request_may_come_as_der),
        cmocka_unit_test(a_request_without_a_name_has_an_empty_one),
        cmocka_unit_test(a_request_with_another_kind_of_key_is_refused),
        cmocka_unit_test(rsa_of_2048_bits_is_taken),
        cmocka_unit_test(a_request_changed_after_signing_is_refused),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(a_name_with_a_nul_is_not_the_name_before_it),
        cmocka_unit_test(a_name_of_64_letters_is_taken),
        cmocka_unit_test(the_ca_signs_itself_and_may_sign_others),
        cmocka_unit_test(a_client_certificate_says_what_was_ordered),
        cmocka_unit_test(the_subject_of_a_request_is_not_taken_over),
        cmocka_unit_test(a_server_certificate_names_hosts_and_addresses),
        cmocka_unit_test(serial_numbers_differ),
        cmocka_unit_test(an_unreadable_key_or_ca_is_refused_and_freed_once),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(a_full_arena_is_no_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
