/* Proves that a stamp changes two attributes of the root and not a byte besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "policy/policy.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static int set_up(void **state)
{
    *state = arena_new((size_t)1024 * 1024);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void assert_stamp(void **state, const char *text, const char *name, const char *expected)
{
    struct slice out = { NULL, 0 };
    struct error error = { 0 };
    assert_int_equal(policy_stamp(*state, slice_of(text), name, 7, &out, &error), RESULT_OK);
    assert_string_equal(out.text, expected);
    assert_int_equal(out.length, strlen(expected));
}

static void missing_attributes_go_behind_the_others(void **state)
{
    assert_stamp(state, "<Configuration Version=\"1.2\" />\n", "Base",
                 "<Configuration Version=\"1.2\" PolicyName=\"Base\" RevisionNumber=\"7\" />\n");
    assert_stamp(state, "<Configuration/>", "Base",
                 "<Configuration PolicyName=\"Base\" RevisionNumber=\"7\"/>");
    assert_stamp(state, "<Configuration\n>\r\n</Configuration>", "Base",
                 "<Configuration PolicyName=\"Base\" RevisionNumber=\"7\"\n>\r\n</Configuration>");
}

static void present_attributes_are_replaced_in_their_places(void **state)
{
    assert_stamp(
        state,
        "<Configuration\n  RevisionNumber = '0'\n  A='>'\tPolicyName=\"x / > y\"  Version='1.2'/>",
        "Base",
        "<Configuration\n  RevisionNumber=\"7\"\n  A='>'\tPolicyName=\"Base\"  Version='1.2'/>");
    assert_stamp(state, "<Configuration RevisionNumber=\"0\" B=\"\">", "Base",
                 "<Configuration RevisionNumber=\"7\" B=\"\" PolicyName=\"Base\">");
}

static void only_the_root_is_stamped(void **state)
{
    assert_stamp(
        state,
        "\xEF\xBB\xBF<?xml version=\"1.0\"?>\r\n<!-- <Configuration PolicyName=\"\"> --><?a <b ?>"
        "<Configuration XPolicyName=\"q\"><Configuration RevisionNumber=\"0\"/></Configuration>",
        "Base",
        "\xEF\xBB\xBF<?xml version=\"1.0\"?>\r\n<!-- <Configuration PolicyName=\"\"> --><?a <b ?>"
        "<Configuration XPolicyName=\"q\" PolicyName=\"Base\" RevisionNumber=\"7\">"
        "<Configuration RevisionNumber=\"0\"/></Configuration>");
}

static void names_are_escaped(void **state)
{
    assert_stamp(state, "<Configuration/>",
                 "<\"R&D\">\t'\n\r\x01 B\xC3\xBCro\xEF\xBF\xBE\xEF\xBF\xBD",
                 "<Configuration PolicyName=\"&lt;&quot;R&amp;D&quot;&gt;&#9;'&#10;&#13; "
                 "B\xC3\xBCro\xEF\xBF\xBD\" RevisionNumber=\"7\"/>");
    assert_stamp(state, "<Configuration/>", "",
                 "<Configuration PolicyName=\"\" RevisionNumber=\"7\"/>");
}

static void a_stamped_document_still_passes_and_stamping_again_changes_nothing(void **state)
{
    static struct policy_report report;
    struct slice once = { NULL, 0 };
    struct slice twice = { NULL, 0 };
    struct slice text =
        SLICE("\xEF\xBB\xBF<Configuration Version=\"1.2\"><Policy Name=\"a\"/></Configuration>");
    assert_int_equal(policy_stamp(*state, text, "R&D <x>", INT64_MAX, &once, NULL), RESULT_OK);
    assert_int_equal(policy_check(*state, once, &report, NULL), RESULT_OK);
    assert_int_equal(report.workstyles, 1);
    assert_int_equal(policy_stamp(*state, once, "R&D <x>", INT64_MAX, &twice, NULL), RESULT_OK);
    assert_true(slice_equal(once, twice));
}

static void what_has_no_such_root_is_broken(void **state)
{
    static const char *const texts[] = {
        "", "text", "<Other/>", "<Configurations/>", "<Configuration", "<!-- <Configuration/> -->"
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice out = { NULL, 0 };
        assert_int_equal(policy_stamp(*state, slice_of(texts[i]), "a", 1, &out, NULL),
                         RESULT_BROKEN);
        assert_null(out.text);
    }
}

static void a_full_arena_is_no_memory(void **state)
{
    (void)state;
    struct slice out = { NULL, 0 };
    struct arena *small = arena_new(16);
    assert_non_null(small);
    assert_int_equal(policy_stamp(small, SLICE("<Configuration/>"), "a", 1, &out, NULL),
                     RESULT_NO_MEMORY);
    assert_null(out.text);
    arena_free(small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(missing_attributes_go_behind_the_others),
        TEST(present_attributes_are_replaced_in_their_places),
        TEST(only_the_root_is_stamped),
        TEST(names_are_escaped),
        TEST(a_stamped_document_still_passes_and_stamping_again_changes_nothing),
        TEST(what_has_no_such_root_is_broken),
        TEST(a_full_arena_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
