/* Proves each rule on small documents: what is taken, what is refused, by which rule and at which line; the bounds; and that
   large documents cost time in proportion to their length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "policy/policy.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define ID_1 "00000001-aaaa-4bbb-8ccc-00000000000d"
#define ID_2 "00000002-aaaa-4bbb-8ccc-00000000000d"
#define ID_3 "00000003-AAAA-4BBB-8CCC-00000000000D"
#define ROOT "<Configuration ID=\"" ID_1 "\" Version=\"24.1\">\n"
#define END  "</Configuration>"

enum { ARENA_BYTES = 256 * 1024 * 1024, TEXT_BYTES_MAX = 80 * 1024 * 1024 };

struct place {
    struct arena *arena;
    struct policy_report report;
    struct error error;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    *state = place;
    if (place != NULL) {
        place->arena = arena_new(ARENA_BYTES);
    }
    return place == NULL || place->arena == NULL;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    arena_free(place->arena);
    free(place);
    return 0;
}

/* "P10:3 P14:7" of the faults, "" when the document is taken. */
static const char *faults_of(struct place *place, struct slice text)
{
    struct buffer found;
    buffer_init(&found, 4096);
    arena_reset(place->arena);
    place->error = (struct error){ .field = NULL };
    enum result result = policy_check(place->arena, text, &place->report, &place->error);
    for (size_t i = 0; i < place->report.fault_count; i++) {
        const struct policy_fault *fault = &place->report.faults[i];
        buffer_print(&found, "%s%s:%u", i == 0 ? "" : " ", fault->rule, fault->line);
    }
    assert_int_equal(result, found.length == 0 ? RESULT_OK : RESULT_INVALID);
    const char *copy = arena_strndup(place->arena, found.bytes, found.length);
    buffer_done(&found);
    assert_non_null(copy);
    return copy;
}

static void assert_faults(void **state, const char *text, const char *expected)
{
    assert_string_equal(faults_of(*state, slice_of(text)), expected);
}

/* A body within a good root; its first line is line 2. */
#define assert_body(state, body, expected) assert_faults(state, ROOT body END, expected)

static void a_good_document_is_taken_and_described(void **state)
{
    struct place *place = *state;
    assert_faults(state,
                  "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                  "<!-- made by hand -->\n"
                  "<Configuration ID=\"{" ID_1 "}\" Version=\"1.2.3.4\" ConfigRevision=\"2\">\n"
                  "<ApplicationGroups><ApplicationGroup ID=\"" ID_2 "\" Name=\"Tools\">\n"
                  "<Application Type=\"exe\"/></ApplicationGroup></ApplicationGroups>\n"
                  "<MessagePolicies><MessagePolicy ID=\"" ID_2
                  "\" Name=\"Ask\"/></MessagePolicies>\n"
                  "<Policies><Policy ID=\"" ID_2 "\" Name=\"All\"><ApplicationAssignments>\n"
                  "<ApplicationAssignment ID=\"" ID_2 "\" ApplicationGroup=\"{" ID_2
                  "}\" Message=\"" ID_2 "\"/>\n"
                  "<ApplicationAssignment ID=\"" ID_2 "\" ApplicationGroup=\"" ID_2 "\"/>\n"
                  "</ApplicationAssignments></Policy><Policy Name=\"None\"/></Policies>\n"
                  "</Configuration>\n",
                  "");
    assert_string_equal(place->report.id, "{" ID_1 "}");
    assert_string_equal(place->report.version, "1.2.3.4");
    assert_int_equal(place->report.workstyles, 2);
    assert_int_equal(place->report.application_groups, 1);
    assert_int_equal(place->report.message_policies, 1);
    assert_int_equal(place->report.warning_count, 0);
}

static void the_first_fault_is_the_error_with_line_and_rule(void **state)
{
    struct place *place = *state;
    assert_body(state,
                "\n<ApplicationGroup Name=\"a\" ID=\"" ID_2 "\"/>\n"
                "  <ApplicationGroup Name=\"b\" ID=\"" ID_2 "\"/>\n<Application/>",
                "P10:4 P13:5");
    assert_string_equal(place->error.text,
                        "line 4: P10: ApplicationGroup ID " ID_2 " is used twice");
    assert_int_equal(place->report.faults[0].column, 3);
    assert_string_equal(place->report.faults[0].text, "ApplicationGroup ID " ID_2 " is used twice");
    assert_faults(state, "", "P01:0");
    assert_string_equal(place->error.text, "P01: the file is empty");
}

static void lines_are_those_of_the_tag_start(void **state)
{
    assert_body(state,
                "<!-- a <Policy/> in\na comment --><![CDATA[<Policy/>\n]]>\n<?pi <Policy/>\n?>\n"
                "<A b=\"<\" c='>'/>",
                "P05:7");
    assert_body(state,
                "<!-- a <Policy/> in\na comment --><![CDATA[<Policy/>\n]]>\n<?pi <Policy/>\n?>\n"
                "<A b=\">\" c='\n>'/><Policy\n  Name\n=\n''\n/>\n\n<A>\n</A>\n<Policy/>",
                "P12:8 P12:16");
}

static void lines_past_65535_are_right(void **state)
{
    enum { LINES = 70000 };
    struct place *place = *state;
    char *text = malloc(LINES + 200);
    assert_non_null(text);
    size_t start = strlen(ROOT);
    memcpy(text, ROOT, start);
    memset(text + start, '\n', LINES);
    size_t length = start + LINES;
    memcpy(text + length, "<Policy/>" END, strlen("<Policy/>" END));
    length += strlen("<Policy/>" END);
    assert_string_equal(faults_of(place, (struct slice){ text, length }), "P12:70002");
    memcpy(text + length - strlen("<Policy/>" END), "<Policy>>" END, strlen("<Policy>>" END));
    assert_string_equal(faults_of(place, (struct slice){ text, length }), "P05:70002");
    free(text);
}

static void p03_only_utf8_is_read(void **state)
{
    assert_body(state, "<A b=\"\xC3\xBC\"/>", "");
    assert_body(state, "<A b=\"\xFC\"/>", "P03:0");
    assert_body(state, "<A b=\"\xED\xA0\x80\"/>", "P03:0");
    assert_faults(state, "<?xml version='1.0' encoding='UTF-8' ?>" ROOT END, "");
    assert_faults(state, "<?xml version='1.0' encoding = \"utf-8\"?>" ROOT END, "");
    assert_faults(state, "<?xml version='1.0'?>" ROOT "<A encoding='x'/>" END, "");
    assert_faults(state, "<?xml version='1.0' encoding='UTF-7'?>" ROOT END, "P03:1");
    assert_faults(state, "<?xml version='1.0' encoding='UTF-16'?>" ROOT END, "P03:1");
    assert_faults(state, "<?xml version='1.0' encoding='ISO-8859-1'?>" ROOT END, "P03:1");
    assert_faults(state, "<?xml version='1.0' encoding", "P05:1");
    assert_string_equal(faults_of(*state, (struct slice){ "<\0A/\0>", 6 }), "P03:0");
}

static void p04_document_types_and_entities_are_refused_unread(void **state)
{
    assert_faults(state, "<!DOCTYPE Configuration>\n" ROOT END, "P04:1");
    assert_faults(state, "\n\n<! \n DOCTYPE x [<!ENTITY a 'b'>]>" ROOT END, "P04:3");
    assert_faults(state,
                  "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>"
                  "<Configuration Version='1.2'>&b;</Configuration>",
                  "P04:1");
    assert_body(state, "<!-- <!ENTITY a 'b'> -->", "P04:2");
    assert_body(state, "<A b=\"DOCTYPE\"/><!-- DOCTYPE -->", "");
}

static void p05_what_is_not_well_formed_has_that_fault_alone(void **state)
{
    assert_faults(state, "text", "P05:1");
    assert_faults(state, "\xEF\xBB\xBF", "P05:1");
    assert_faults(state, "<Configuration", "P05:1");
    assert_faults(state, ROOT "<Policy/>\n<Policy/>\n", "P05:3");
    assert_body(state, "<Policy/>\n<a></b>", "P05:3");
    assert_body(state, "<Policy/>\n<a b=\"1\" b=\"2\"/>", "P05:3");
    assert_body(state, "<a b=1/>", "P05:2");
    assert_body(state, "<a b/>", "P05:2");
    assert_body(state, "<a b=\"<\"/>", "P05:2");
    assert_body(state, "&undeclared;", "P05:2");
    assert_body(state, "<a b=\"&undeclared;\"/>", "P05:2");
    assert_body(state, "&#1;", "P05:2");
    assert_body(state, "\x01", "P05:2");
    assert_body(state, "]]>", "P05:2");
    assert_body(state, "<!-- a -- b -->", "P05:2");
    assert_faults(state, ROOT END "<a/>", "P05:2");
    assert_faults(state, "<Other>\n<a>", "P05:2");
}

static void p05_undeclared_prefixes_are_refused(void **state)
{
    assert_body(state, "<x:Policy/>", "P05:2");
    assert_body(state, "<Policy x:a=\"\" Name=\"a\"/>", "P05:2");
    assert_body(state, "<a xmlns:x=\"urn:1\" xmlns:y=\"urn:1\" x:b=\"\" y:b=\"\"/>", "P05:2");
}

static void elements_of_a_namespace_are_not_ours(void **state)
{
    assert_body(state, "<x:Policy xmlns:x=\"urn:x\"/>", "");
    assert_body(state, "<Policy xmlns:x=\"urn:x\" x:Name=\"a\"/>", "P12:2");
    assert_body(state, "<Policy xmlns=\"urn:x\"><Policy xmlns=\"\"/></Policy>", "P12:2");
    assert_body(state, "<x:a xmlns:x=\"urn:x\" ID=\"1\"/>", "P09:2");
    assert_faults(state, "<Configuration xmlns=\"urn:x\" Version=\"1.2\"/>", "P06:1");
    assert_faults(state, "<Configuration xmlns:x=\"urn:x\" Version=\"1.2\"/>", "");
}

static void p06_another_root_is_refused_whatever_is_in_it(void **state)
{
    assert_faults(state, "<ClipboardText>\n<Policy/></ClipboardText>", "P06:1");
    assert_faults(state, "\n<configuration Version=\"1.2\"/>", "P06:2");
    assert_faults(state, "<Configurations Version=\"1.2\"/>", "P06:1");
}

static void p07_version_is_two_to_four_numbers(void **state)
{
    static const char *const good[] = { "1.2", "1.2.3", "01.2.3.4", "24.8.98.0" };
    static const char *const bad[] = { "",          "1",   "1.",  "1.2.", ".1.2", "1..2",
                                       "1.2.3.4.5", "1.a", "1,2", " 1.2", "-1.2" };
    struct place *place = *state;
    char text[200];
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        (void)snprintf(text, sizeof(text), "<Configuration Version=\"%s\"/>", good[i]);
        assert_string_equal(faults_of(place, slice_of(text)), "");
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        (void)snprintf(text, sizeof(text), "<Configuration Version=\"%s\"/>", bad[i]);
        assert_string_equal(faults_of(place, slice_of(text)), "P07:1");
    }
    assert_faults(state, "<Configuration/>", "P07:1");
    assert_string_equal(place->report.version, "");
}

static void p08_revisions_are_digits(void **state)
{
    assert_faults(state,
                  "<Configuration Version=\"1.2\" ConfigRevision=\"0\" RevisionNumber=\"7\"/>", "");
    assert_faults(state,
                  "<Configuration Version=\"1.2\" ConfigRevision=\"\" RevisionNumber=\"-7\"/>",
                  "P08:1 P08:1");
}

static void p09_ids_are_guids_with_or_without_braces(void **state)
{
    assert_body(state, "<X ID=\"" ID_1 "\"/><X ID=\"{" ID_3 "}\"/><X ID=\"{" ID_1 "\"/>", "");
    assert_body(state, "<X ID=\"\"/>", "P09:2");
    assert_body(state, "<X ID=\"{{" ID_1 "}}\"/>", "P09:2");
    assert_body(state, "<X ID=\"" ID_1 "0\"/>", "P09:2");
    assert_body(state, "<X ID=\"0000000g-aaaa-4bbb-8ccc-00000000000d\"/>", "P09:2");
    assert_body(state, "<X ID=\"00000001aaaaa-4bbb-8ccc-00000000000d\"/>", "P09:2");
}

static void p10_ids_are_unique_within_kind_and_configuration(void **state)
{
    static const char *const kinds[] = { "ApplicationGroup", "ContentGroup", "URLGroup",
                                         "MessagePolicy",    "File",         "Policy",
                                         "Application",      "Content",      "GlobalOptionsSet" };
    struct place *place = *state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        char text[600];
        (void)snprintf(
            text, sizeof(text),
            ROOT "<%s Name=\"a\" Type=\"t\" ID=\"" ID_3 "\"/>\n"
                 "<%s Name=\"b\" Type=\"t\" ID=\"{00000003-aaaa-4bbb-8ccc-00000000000d}\"/>" END,
            kinds[i], kinds[i]);
        assert_string_equal(faults_of(place, slice_of(text)), "P10:3");
    }
    assert_body(state, "<File ID=\"" ID_2 "\"/><URLGroup ID=\"" ID_2 "\"/>", "");
    assert_body(state, "<X ID=\"" ID_2 "\"/><X ID=\"" ID_2 "\"/>", "");
    assert_body(
        state, "<File ID=\"" ID_2 "\"/><Configuration><File ID=\"" ID_2 "\"/></Configuration>", "");
    assert_body(state,
                "<Configuration/><Configuration><File ID=\"" ID_2 "\"/>\n<File ID=\"" ID_2
                "\"/></Configuration><File ID=\"" ID_2 "\"/>",
                "P10:3");
}

static void p11_p12_p13_what_must_be_there(void **state)
{
    assert_body(state,
                "<ApplicationGroup Name=\"a\"/><ContentGroup Name=\"a\"/><URLGroup/>"
                "<MessagePolicy Name=\"a\"/><GlobalOptionsSet/>",
                "P11:2 P11:2 P11:2 P11:2 P11:2");
    assert_body(state,
                "<ApplicationGroup ID=\"" ID_2 "\"/><ContentGroup ID=\"" ID_2 "\" Name=\"\"/>"
                "<MessagePolicy ID=\"" ID_2 "\"/><Policy/>",
                "P12:2 P12:2 P12:2 P12:2");
    assert_body(state, "<Application/><Content Type=\"\"/>", "P13:2 P13:2");
    assert_body(state, "<File/><X/>", "");
}

static void p14_references_are_met_in_their_configuration_in_any_order(void **state)
{
    struct place *place = *state;
    assert_body(state,
                "<ApplicationAssignment ApplicationGroup=\"{{" ID_3 "}\"/>"
                "<ApplicationGroup Name=\"a\" ID=\"00000003-aaaa-4bbb-8ccc-00000000000d\"/>",
                "");
    assert_body(state,
                "<ApplicationAssignment ApplicationGroup=\"" ID_2 "\"/>\n"
                "<ContentGroup Name=\"a\" ID=\"" ID_2 "\"/>",
                "P14:2");
    assert_string_equal(place->report.faults[0].text,
                        "ApplicationGroup of ApplicationAssignment names no ApplicationGroup of "
                        "this file: " ID_2);
    assert_body(state,
                "<ApplicationGroup Name=\"a\" ID=\"" ID_2 "\"/><Configuration>\n"
                "<ApplicationAssignment ApplicationGroup=\"" ID_2 "\"/></Configuration>",
                "P14:3");
    assert_body(state,
                "<ContentAssignment ContentGroup=\"x\" Message=\"x\"/>\n"
                "<Policy Name=\"a\" GlobalOptionsSet=\"x\"/>\n"
                "<MessagePolicy Name=\"a\" ID=\"" ID_2 "\" CustomHeaderImage=\"x\"/>\n"
                "<Application Type=\"exe\" ParentApplicationGroup=\"x\"/>\n"
                "<Policy Name=\"a\" GlobalOptionsSet=\"\"/>",
                "P14:2 P14:2 P14:3 P14:4 P14:5");
}

static void p15_assignments_name_their_group(void **state)
{
    assert_body(state,
                "<ApplicationAssignment/>\n<ContentAssignment ContentGroup=\"\"/>\n"
                "<ApplicationAssignment ContentGroup=\"x\"/>",
                "P15:2 P15:3 P15:4");
}

static void warnings_do_not_refuse(void **state)
{
    struct place *place = *state;
    assert_faults(
        state,
        "<Configuration Version=\"1.2\">\n<X FiltersLogic=\"xor\"/><X FiltersLogic=\"AND\"/>\n"
        "<New Thing=\"1\"/></Configuration>",
        "");
    assert_int_equal(place->report.warning_count, 2);
    assert_string_equal(place->report.warnings[0].rule, "W01");
    assert_string_equal(place->report.warnings[1].rule, "W02");
    assert_int_equal(place->report.warnings[1].line, 2);
}

static void values_in_messages_are_cut_between_characters(void **state)
{
    struct place *place = *state;
    char value[200];
    for (size_t i = 0; i < 198; i += 2) {
        memcpy(value + i, "\xC3\xBC", 3);
    }
    for (size_t from = 0; from < 2; from++) {
        char text[500];
        (void)snprintf(text, sizeof(text), ROOT "<X FiltersLogic=\"%s%s\"/>" END,
                       from == 0 ? "" : "a", value);
        assert_string_equal(faults_of(place, slice_of(text)), "");
        assert_true(slice_is_utf8(slice_of(place->report.warnings[0].text)));
    }
}

static void fifty_faults_are_listed_and_no_more(void **state)
{
    struct place *place = *state;
    struct buffer text;
    buffer_init(&text, 10000);
    buffer_text(&text, ROOT);
    for (size_t i = 0; i < POLICY_FAULTS_MAX + 1; i++) {
        buffer_text(&text, "<Policy FiltersLogic=\"x\"/>\n");
    }
    buffer_text(&text, END);
    (void)faults_of(place, buffer_slice(&text));
    assert_int_equal(place->report.fault_count, POLICY_FAULTS_MAX);
    assert_int_equal(place->report.warning_count, POLICY_FAULTS_MAX);
    assert_int_equal(place->report.faults[POLICY_FAULTS_MAX - 1].line, POLICY_FAULTS_MAX + 1);
    buffer_done(&text);
}

static const char *nested(struct place *place, size_t depth)
{
    struct buffer text;
    buffer_init(&text, 10000);
    buffer_text(&text, ROOT);
    for (size_t i = 1; i < depth; i++) {
        buffer_text(&text, "<a>");
    }
    for (size_t i = 1; i < depth; i++) {
        buffer_text(&text, "</a>");
    }
    buffer_text(&text, END);
    const char *found = faults_of(place, buffer_slice(&text));
    buffer_done(&text);
    return found;
}

static void depth_64_is_taken_and_65_is_not(void **state)
{
    assert_string_equal(nested(*state, POLICY_DEPTH_MAX), "");
    assert_string_equal(nested(*state, POLICY_DEPTH_MAX + 1), "P05:2");
}

/* Also when the tag never ends, or stands behind a fault. */
static const char *with_attributes(struct place *place, const char *start, size_t count,
                                   const char *end)
{
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_text(&text, start);
    for (size_t i = 0; i < count; i++) {
        buffer_print(&text, " a%zu=\"%s\"", i, i % 2 == 0 ? ">'" : "");
    }
    buffer_text(&text, end);
    const char *found = faults_of(place, buffer_slice(&text));
    buffer_done(&text);
    return found;
}

static void attributes_1024_are_taken_and_1025_are_not(void **state)
{
    struct place *place = *state;
    assert_string_equal(with_attributes(place, ROOT "<a", POLICY_ATTRIBUTES_MAX, "/>" END), "");
    assert_string_equal(with_attributes(place, ROOT "<a", POLICY_ATTRIBUTES_MAX + 1, "/>" END),
                        "P05:2");
}

static void a_file_of_64_mib_is_taken_and_one_byte_more_is_not(void **state)
{
    struct place *place = *state;
    char *text = malloc((size_t)POLICY_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, ' ', (size_t)POLICY_BYTES_MAX + 1);
    memcpy(text, ROOT END, strlen(ROOT END));
    assert_string_equal(faults_of(place, (struct slice){ text, POLICY_BYTES_MAX }), "");
    assert_string_equal(faults_of(place, (struct slice){ text, (size_t)POLICY_BYTES_MAX + 1 }),
                        "P02:0");
    free(text);
}

static void a_full_arena_is_no_memory(void **state)
{
    struct place *place = *state;
    for (size_t bytes = 1; bytes < 4096; bytes += 8) {
        struct arena *small = arena_new(bytes);
        assert_non_null(small);
        enum result result =
            policy_check(small,
                         SLICE(ROOT "<File ID=\"" ID_2
                                    "\"/><ApplicationAssignment ApplicationGroup=\"x\"/>" END),
                         &place->report, NULL);
        assert_true(result == RESULT_NO_MEMORY || (bytes > 256 && result == RESULT_INVALID));
        arena_free(small);
    }
}

/* --- time: each of these took minutes when a mark was searched through once for each piece of it --------------------- */

enum { LONG_BYTES = 16 * 1024 * 1024 };

static void assert_quick(struct place *place, struct slice text, const char *expected)
{
    int64_t start_us = time_monotonic_us();
    assert_string_equal(faults_of(place, text), expected);
    assert_true(time_monotonic_us() - start_us < 20 * US_PER_SECOND);
}

static void one_long_mark_is_quick(void **state)
{
    static const char *const marks[][2] = { { "<File Contents=\"", "\"/>" },
                                            { "<!--", "-->" },
                                            { "<![CDATA[", "]]>" },
                                            { "<?a ", "?>" },
                                            { "", "" } };
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        struct buffer text;
        buffer_init(&text, TEXT_BYTES_MAX);
        buffer_text(&text, ROOT);
        buffer_text(&text, marks[i][0]);
        for (size_t at = 0; at < LONG_BYTES; at += 8) {
            buffer_add(&text, "QUJDREVG", 8);
        }
        buffer_text(&text, marks[i][1]);
        buffer_text(&text, END);
        assert_quick(*state, buffer_slice(&text), "");
        buffer_done(&text);
    }
}

static void many_attributes_are_quick_to_refuse(void **state)
{
    struct place *place = *state;
    int64_t start_us = time_monotonic_us();
    assert_string_equal(with_attributes(place, ROOT "<a", 500000, "/>" END), "P05:2");
    assert_string_equal(with_attributes(place, ROOT "<a", 500000, ""), "P05:2");
    assert_string_equal(with_attributes(place, ROOT "</b><a", 500000, "/>" END), "P05:2");
    assert_string_equal(with_attributes(place, ROOT "</b><!-- <a", 500000, "/> -->" END), "P05:2");
    assert_true(time_monotonic_us() - start_us < 20 * US_PER_SECOND);
}

static void fifty_thousand_groups_are_quick(void **state)
{
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_text(&text, ROOT);
    for (unsigned i = 0; i < 50000; i++) {
        buffer_print(
            &text,
            "<ApplicationGroup ID=\"%08x-aaaa-4bbb-8ccc-00000000000d\" Name=\"g\"/>\n"
            "<ApplicationAssignment ApplicationGroup=\"%08X-AAAA-4BBB-8CCC-00000000000D\"/>\n",
            i, 49999 - i);
    }
    buffer_text(&text, "<Policy/>" END);
    assert_quick(*state, buffer_slice(&text), "P12:100002");
    assert_int_equal(((struct place *)*state)->report.application_groups, 50000);
    buffer_done(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_document_is_taken_and_described),
        TEST(the_first_fault_is_the_error_with_line_and_rule),
        TEST(lines_are_those_of_the_tag_start),
        TEST(lines_past_65535_are_right),
        TEST(p03_only_utf8_is_read),
        TEST(p04_document_types_and_entities_are_refused_unread),
        TEST(p05_what_is_not_well_formed_has_that_fault_alone),
        TEST(p05_undeclared_prefixes_are_refused),
        TEST(elements_of_a_namespace_are_not_ours),
        TEST(p06_another_root_is_refused_whatever_is_in_it),
        TEST(p07_version_is_two_to_four_numbers),
        TEST(p08_revisions_are_digits),
        TEST(p09_ids_are_guids_with_or_without_braces),
        TEST(p10_ids_are_unique_within_kind_and_configuration),
        TEST(p11_p12_p13_what_must_be_there),
        TEST(p14_references_are_met_in_their_configuration_in_any_order),
        TEST(p15_assignments_name_their_group),
        TEST(warnings_do_not_refuse),
        TEST(values_in_messages_are_cut_between_characters),
        TEST(fifty_faults_are_listed_and_no_more),
        TEST(depth_64_is_taken_and_65_is_not),
        TEST(attributes_1024_are_taken_and_1025_are_not),
        TEST(a_file_of_64_mib_is_taken_and_one_byte_more_is_not),
        TEST(a_full_arena_is_no_memory),
        TEST(one_long_mark_is_quick),
        TEST(many_attributes_are_quick_to_refuse),
        TEST(fifty_thousand_groups_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
