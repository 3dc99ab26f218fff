/* Proves which form a locale has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "scim/date_form.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void the_region_goes_before_the_language(void **state)
{
    static const struct {
        const char *locale, *form;
    } rows[] = {
        { "en-US", "MM/DD/YYYY hh:mm:ss A" }, { "EN-us", "MM/DD/YYYY hh:mm:ss A" },
        { "en-GB", "DD/MM/YYYY HH:mm:ss" },   { "en", "DD/MM/YYYY HH:mm:ss" },
        { "de-AT", "DD.MM.YYYY HH:mm:ss" },   { "zh-Hans-CN", "YYYY/MM/DD HH:mm:ss" },
        { "fr-CA", "YYYY-MM-DD HH:mm:ss" },   { "tlh", "MM/DD/YYYY hh:mm:ss A" },
        { "", "MM/DD/YYYY hh:mm:ss A" },      { "-", "MM/DD/YYYY hh:mm:ss A" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(slice_is(date_form_of(slice_of(rows[i].locale)), rows[i].form));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_region_goes_before_the_language) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
