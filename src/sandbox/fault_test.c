/* Which calls get a fault, in what share and how often; and how faults are written in a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sandbox/fault.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static struct fault_rules rules;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    fault_rules_reset(&rules, 1);
    return 0;
}

static struct fault_rule rule_of(const char *kind)
{
    return (struct fault_rule){ .kind = fault_kind_find(slice_of(kind)), .share = 100 };
}

static const char *met(const char *operation, const char *path, const char *method)
{
    const struct fault_call call = { operation, path, method };
    int64_t value = 0;
    const struct fault_kind *kind = fault_take(&rules, &call, &value);
    return kind == NULL ? "" : kind->name;
}

static void a_pattern_has_stars_for_any_part(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        { "", "", true },        { "", "a", false },         { "*", "", true },
        { "*", "a/b", true },    { "a*", "A/b", true },      { "*b", "a/b", true },
        { "*b", "a/bc", false }, { "a*c*e", "abcde", true }, { "a*c*e", "abde", false },
        { "a**b", "ab", true },  { "abc", "ABC", true },     { "abc", "abcd", false },
        { "*ab", "aab", true },  { "a*", "", false },        { "a?", "ab", false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(pattern_fits(rows[i].pattern, rows[i].text), rows[i].fits);
    }
}

static void all_that_is_given_must_fit(void **state)
{
    (void)state;
    struct fault_rule rule = rule_of("conflict");
    (void)snprintf(rule.operation, sizeof(rule.operation), "%s", "Groups_List");
    (void)snprintf(rule.path, sizeof(rule.path), "%s", "*/v3/*");
    (void)snprintf(rule.method, sizeof(rule.method), "%s", "GET");
    assert_int_equal(fault_rule_add(&rules, &rule, &error), RESULT_OK);
    assert_string_equal(met("groups_list", "/api/V3/Groups", "get"), "conflict");
    assert_string_equal(met("Groups_Get", "/api/v3/Groups", "GET"), "");
    assert_string_equal(met("Groups_List", "/api/v2/Groups", "GET"), "");
    assert_string_equal(met("Groups_List", "/api/v3/Groups", "POST"), "");
}

static void the_first_rule_wins_and_goes_after_its_last_time(void **state)
{
    (void)state;
    struct fault_rule first = rule_of("conflict");
    struct fault_rule second = rule_of("forbidden");
    first.times = 2;
    assert_int_equal(fault_rule_add(&rules, &first, &error), RESULT_OK);
    assert_int_equal(fault_rule_add(&rules, &second, &error), RESULT_OK);
    assert_string_equal(met("", "/", "GET"), "conflict");
    assert_string_equal(met("", "/", "GET"), "conflict");
    assert_string_equal(met("", "/", "GET"), "forbidden");
    assert_int_equal(rules.count, 1);
    assert_true(fault_rule_remove(&rules, second.id));
    assert_false(fault_rule_remove(&rules, second.id));
    assert_string_equal(met("", "/", "GET"), "");
}

static void a_share_is_about_kept_and_the_same_for_the_same_seed(void **state)
{
    (void)state;
    bool hits[2][1000];
    for (size_t run = 0; run < 2; run++) {
        struct fault_rule rule = rule_of("conflict");
        rule.share = 25;
        fault_rules_reset(&rules, 9);
        assert_int_equal(fault_rule_add(&rules, &rule, &error), RESULT_OK);
        for (size_t i = 0; i < 1000; i++) {
            hits[run][i] = met("", "/", "GET")[0] != '\0';
        }
    }
    assert_memory_equal(hits[0], hits[1], sizeof(hits[0]));
    assert_in_range(rules.rules[0].done, 200, 300);
}

static void there_is_an_end_to_rules(void **state)
{
    (void)state;
    struct fault_rule rule = rule_of("conflict");
    for (int i = 0; i < FAULT_RULES_MAX; i++) {
        assert_int_equal(fault_rule_add(&rules, &rule, &error), RESULT_OK);
    }
    assert_int_equal(fault_rule_add(&rules, &rule, &error), RESULT_CONFLICT);
}

static void a_header_names_a_kind_and_its_value(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum result result;
        int64_t value;
    } rows[] = {
        { "delay", RESULT_OK, 1000 },
        { " Delay = 5 ", RESULT_OK, 5 },
        { "delay=120000", RESULT_OK, 120000 },
        { "delay=120001", RESULT_INVALID, 0 },
        { "delay=-1", RESULT_INVALID, 0 },
        { "delay=x", RESULT_INVALID, 0 },
        { "429=9", RESULT_OK, 9 },
        { "200", RESULT_INVALID, 0 },
        { "0", RESULT_INVALID, 0 },
        { "forbidden", RESULT_OK, 0 },
        { "forbidden=1", RESULT_INVALID, 0 },
        { "", RESULT_INVALID, 0 },
        { "=1", RESULT_INVALID, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct fault_kind *kind = NULL;
        int64_t value = 0;
        assert_int_equal(fault_parse(slice_of(rows[i].text), &kind, &value, &error),
                         rows[i].result);
        assert_int_equal(value, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_pattern_has_stars_for_any_part, set_up),
        cmocka_unit_test_setup(all_that_is_given_must_fit, set_up),
        cmocka_unit_test_setup(the_first_rule_wins_and_goes_after_its_last_time, set_up),
        cmocka_unit_test_setup(a_share_is_about_kept_and_the_same_for_the_same_seed, set_up),
        cmocka_unit_test_setup(there_is_an_end_to_rules, set_up),
        cmocka_unit_test_setup(a_header_names_a_kind_and_its_value, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
