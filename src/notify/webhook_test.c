/* Proves the signature against one made by hand (openssl dgst -sha256 -hmac), and which settings are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "notify/webhook.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void a_body_is_signed_with_its_moment(void **state)
{
    char out[WEBHOOK_SIGNATURE_BYTES];
    const struct slice none = { 0 };
    (void)state;
    assert_true(
        webhook_signature(SLICE("0123456789abcdef"), none, 1700000000, SLICE("{\"a\":1}\n"), out));
    assert_string_equal(
        out, "t=1700000000,v1=18cfe137412ce58dbaa20ef668c0af70a406aa27498ca2ea8817bd662d9ae6a0");
    assert_true(webhook_signature(SLICE("0123456789abcdef"), SLICE("fedcba9876543210"), 1700000000,
                                  SLICE("{\"a\":1}\n"), out));
    assert_non_null(
        strstr(out, ",v1=18cfe137412ce58dbaa20ef668c0af70a406aa27498ca2ea8817bd662d9ae6a0,v1="));
}

static enum result opened(const char *url, const char *secret, const char *body, const char *format,
                          struct error *error)
{
    const struct target_pair pairs[] = {
        { SLICE("url"), slice_of(url) },
        { SLICE("secret"), slice_of(secret) },
        { SLICE("body"), slice_of(body) },
    };
    const struct target_settings settings = { SLICE("t"), pairs, 3 };
    void *hook = NULL;
    enum result result =
        target_webhook.open(&settings, format_find(slice_of(format)), &hook, error);
    if (result == RESULT_OK) {
        target_webhook.close(hook);
    }
    return result;
}

static void settings_that_cannot_be_are_named(void **state)
{
    static const struct {
        const char *url, *secret, *body, *format, *field;
    } rows[] = {
        { "ftp://a.example/", "0123456789abcdef", "lines", "ecs", "url" },
        { "https://", "0123456789abcdef", "lines", "ecs", "url" },
        { "https://user@a.example/", "0123456789abcdef", "lines", "ecs", "url" },
        { "https://a.example/#x", "0123456789abcdef", "lines", "ecs", "url" },
        { "https://a.example/a b", "0123456789abcdef", "lines", "ecs", "url" },
        { "https://a.example/", "short", "lines", "ecs", "secret" },
        { "https://a.example/", "0123456789abcdef", "bits", "ecs", "body" },
        { "https://a.example/", "0123456789abcdef", "array", "cef", "body" },
    };
    struct error error = { 0 };
    (void)state;
    assert_int_equal(opened("https://a.example?x=1", "0123456789abcdef", "array", "ecs", &error),
                     RESULT_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(opened(rows[i].url, rows[i].secret, rows[i].body, rows[i].format, &error),
                         RESULT_INVALID);
        assert_non_null(strstr(error.field, rows[i].field));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_signed_with_its_moment),
        cmocka_unit_test(settings_that_cannot_be_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
