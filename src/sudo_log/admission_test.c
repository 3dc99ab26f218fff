/* Proves which addresses a range has, and which places to listen are understood. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "sudo_log/admission.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static struct in6_addr address(const char *text)
{
    struct address_range range;
    struct error error = { .field = NULL };
    assert_int_equal(address_range_parse(text, &range, &error), RESULT_OK);
    return range.address;
}

static void a_range_has_what_begins_like_it(void **state)
{
    (void)state;
    static const struct {
        const char *range, *address;
        bool has;
    } rows[] = {
        { "10.1.0.0/16", "10.1.255.3", true },
        { "10.1.0.0/16", "10.2.0.0", false },
        { "10.1.2.3", "10.1.2.3", true },
        { "10.1.2.3", "10.1.2.4", false },
        { "10.128.0.0/9", "10.255.0.1", true },
        { "10.128.0.0/9", "10.127.0.1", false },
        { "0.0.0.0/0", "203.0.113.9", true },
        { "0.0.0.0/0", "2001:db8::1", false },
        { "::/0", "203.0.113.9", true },
        { "2001:db8::/33", "2001:db8::1", true },
        { "2001:db8::/33", "2001:db8:8000::1", false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct address_range range;
        struct error error = { .field = NULL };
        struct in6_addr at = address(rows[i].address);
        assert_int_equal(address_range_parse(rows[i].range, &range, &error), RESULT_OK);
        assert_int_equal(address_range_has(&range, &at), rows[i].has);
    }
}

static void loopback_is_this_machine(void **state)
{
    (void)state;
    struct in6_addr at = address("127.200.0.1");
    assert_true(address_range_has(&address_loopback[0], &at));
    at = address("128.0.0.1");
    assert_false(address_range_has(&address_loopback[0], &at));
    at = address("::1");
    assert_true(address_range_has(&address_loopback[1], &at));
    at = address("::2");
    assert_false(address_range_has(&address_loopback[1], &at));
}

static void other_ranges_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = { "",           "10.1",   "10.1.0.0/33", "10.1.0.0/-1",
                                         "10.1.0.0/x", "::/129", "host",        "10.1.0.0/",
                                         "/8" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct address_range range;
        struct error error = { .field = NULL };
        assert_int_equal(address_range_parse(texts[i], &range, &error), RESULT_INVALID);
        assert_non_null(error.field);
    }
}

static void places_to_listen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum result result;
        bool tls, loopback;
    } rows[] = {
        { "127.0.0.1:6514", RESULT_OK, true, true },
        { "tls://0.0.0.0:6514", RESULT_OK, true, false },
        { "tcp://[::1]:514", RESULT_OK, false, true },
        { "[::]:514", RESULT_OK, true, false },
        { "TCP://127.0.0.1:0", RESULT_OK, false, true },
        { "::1:514", RESULT_INVALID, false, false },
        { "host:514", RESULT_INVALID, false, false },
        { "127.0.0.1", RESULT_INVALID, false, false },
        { "127.0.0.1:", RESULT_INVALID, false, false },
        { "127.0.0.1:x", RESULT_INVALID, false, false },
        { ":514", RESULT_INVALID, false, false },
        { "", RESULT_INVALID, false, false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sudo_listen listen = { .tls = false };
        struct error error = { .field = NULL };
        assert_int_equal(sudo_listen_parse("syslog-listen", rows[i].text, &listen, &error),
                         rows[i].result);
        if (rows[i].result == RESULT_OK) {
            assert_int_equal(listen.tls, rows[i].tls);
            assert_int_equal(listen.loopback, rows[i].loopback);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_has_what_begins_like_it),
        cmocka_unit_test(loopback_is_this_machine),
        cmocka_unit_test(other_ranges_are_refused),
        cmocka_unit_test(places_to_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
