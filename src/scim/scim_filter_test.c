/* Proves the filter language: what fits what, what binds tighter, which filters are refused and why, and that no filter
   is too deep or too long for the parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "scim/filter.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 64 * 1024 * 1024 };

static const char alice[] =
    "{\"id\":\"2819c223-7f76-453a-919d-413861904646\",\"externalId\":\"E-7\","
    "\"userName\":\"Alice@Example.com\",\"active\":true,\"displayName\":\"\","
    "\"name\":{\"givenName\":\"Alice\",\"familyName\":\"M\\u00fcller\"},"
    "\"emails\":[{\"value\":\"alice@example.com\",\"type\":\"work\",\"primary\":true},"
    "{\"value\":\"alice@home.example\",\"type\":\"home\"}],"
    "\"roles\":[{\"value\":\"Policy Viewer\"}],"
    "\"meta\":{\"created\":\"2024-03-01T10:00:00.000Z\",\"lastModified\":\"2024-03-02T12:00:00.500Z\"},"
    "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":\"IT\","
    "\"manager\":{\"value\":\"m1\",\"displayName\":\"Bob\"}}}";

static struct arena *arena;
static const struct json *resource;

static int set_up(void **state)
{
    struct error error;
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return arena == NULL ||
           json_parse(arena, SLICE(alice), &json_limits_usual, &resource, &error) != RESULT_OK;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void expect(const char *text, bool fits)
{
    const struct scim_node *filter = NULL;
    struct error error = { .text = "" };
    enum result result = scim_filter_parse(arena, &scim_user_kind, slice_of(text), &filter, &error);
    if (result != RESULT_OK) {
        print_error("%s: %s\n", text, error.text);
    }
    assert_int_equal(result, RESULT_OK);
    if (scim_filter_fits(arena, filter, resource) != fits) {
        print_error("%s should %sfit\n", text, fits ? "" : "not ");
        _fail(__FILE__, __LINE__);
    }
}

static void refuse(const char *text)
{
    const struct scim_node *filter = NULL;
    struct error error = { .field = NULL };
    if (scim_filter_parse(arena, &scim_user_kind, slice_of(text), &filter, &error) !=
        RESULT_INVALID) {
        print_error("%s should be refused\n", text);
        _fail(__FILE__, __LINE__);
    }
    assert_string_equal(error.field, "invalidFilter");
}

static void every_operator_compares_as_its_type_does(void **state)
{
    (void)state;
    expect("userName eq \"alice@example.COM\"", true);
    expect("userName eq \"bob@example.com\"", false);
    expect("userName ne \"bob@example.com\"", true);
    expect("userName ne \"ALICE@example.com\"", false);
    expect("userName co \"EXAMPLE\"", true);
    expect("userName sw \"alice\"", true);
    expect("userName ew \".com\"", true);
    expect("userName ew \"a much longer text than the user name is\"", false);
    expect("userName gt \"alice\"", true);
    expect("userName lt \"bob\"", true);
    expect("userName ge \"alice@example.com\" and userName le \"alice@example.com\"", true);
    expect("externalId eq \"E-7\"", true);
    expect("externalId eq \"e-7\"", false);
    expect("id eq \"2819C223-7f76-453a-919d-413861904646\"", false);
    expect("name.familyName eq \"M\xc3\x9cLLER\"", true);
    expect("name.familyName eq \"m\\u00fcller\"", true);
    expect("active eq true", true);
    expect("active eq \"True\"", true);
    expect("active eq False", false);
    expect("meta.lastModified gt \"2024-03-02T12:00:00Z\"", true);
    expect("meta.lastModified eq \"2024-03-02T13:00:00.5+01:00\"", true);
    expect("meta.lastModified lt \"2024-03-02T12:00:00.5000001Z\"", false);
    expect("meta.created le \"2024-03-01T10:00:00.0000000Z\"", true);
}

static void presence_is_a_value_that_is_not_empty(void **state)
{
    (void)state;
    expect("userName pr", true);
    expect("title pr", false);
    expect("displayName pr", false);
    expect("name pr", true);
    expect("emails pr", true);
    expect("phoneNumbers pr", false);
    expect("title eq null", true);
    expect("title ne null", false);
    expect("userName ne null", true);
    expect("title ne \"Boss\"", true);
    expect("title eq \"Boss\"", false);
    expect("title gt \"\"", false);
}

static void of_many_values_one_is_enough_and_brackets_ask_one_for_all(void **state)
{
    (void)state;
    expect("emails eq \"alice@home.example\"", true);
    expect("emails.value co \"home\"", true);
    expect("emails.type eq \"work\" and emails.value ew \".example\"", true);
    expect("emails[type eq \"work\" and value ew \".example\"]", false);
    expect("emails[type eq \"home\" and value ew \".example\"]", true);
    expect("emails[type eq \"work\"] and emails[type eq \"home\"]", true);
    expect("emails[type eq \"home\"].value ew \".example\"", true);
    expect("emails[type eq \"work\"].value ew \".example\" or title pr", false);
    expect("emails[not (type eq \"work\")]", true);
    expect("emails[primary eq \"true\"]", true);
    expect("emails[primary ne true]", true);
    expect("roles eq \"policy viewer\"", true);
    expect("roles.value ne \"Policy Viewer\"", false);
    expect("phoneNumbers.value ne \"1\"", true);
}

static void and_binds_tighter_than_or(void **state)
{
    (void)state;
    expect("userName pr or title pr and title pr", true);
    expect("(userName pr or title pr) and title pr", false);
    expect("title pr and title pr or userName pr", true);
    expect("not (title pr) and userName pr", true);
    expect("NOT(title pr OR userName pr)", false);
    expect("not(not(userName pr))", true);
}

static void names_come_in_any_case_and_with_their_urn(void **state)
{
    (void)state;
    expect("USERNAME EQ \"alice@example.com\"", true);
    expect("urn:ietf:params:scim:schemas:core:2.0:User:userName pr", true);
    expect("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"it\"", true);
    expect(
        "URN:IETF:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName sw \"B\"",
        true);
    expect("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division pr", false);
    expect("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr", true);
    expect("  userName   pr  ", true);
}

static void an_unknown_attribute_fits_nothing(void **state)
{
    (void)state;
    expect("favouriteColour eq \"red\"", false);
    expect("favouriteColour pr", false);
    expect("favouriteColour ne \"red\"", false);
    expect("not (favouriteColour eq \"red\")", true);
    expect("notes pr", false);
    expect("userName.given pr", false);
}

static void bad_filters_are_refused(void **state)
{
    static const char *const filters[] = {
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq alice",
        "userName eq \"alice",
        "userName eq \"a\\x\"",
        "userName xx \"a\"",
        "userName eq \"a\" and",
        "userName eq \"a\" userName pr",
        "userName eq \"a\")",
        "(userName eq \"a\"",
        "not userName pr",
        "and userName pr",
        "userName pr pr",
        "active gt true",
        "active co \"t\"",
        "active eq \"perhaps\"",
        "userName eq 5",
        "userName gt null",
        "meta.created eq \"yesterday\"",
        "meta.created co \"2024\"",
        "name eq \"Alice\"",
        "addresses eq \"here\"",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"].",
        "emails[type eq \"work\"].value",
        "emails[type eq \"work\"].value[type pr]",
        "emails[colour eq \"red\"] pr",
        "userName[type eq \"work\"]",
        "emails[emails[type pr]]",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq \"x\"",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        refuse(filters[i]);
    }
}

static const char *repeated(const char *piece, int times, const char *middle, const char *end)
{
    size_t room = strlen(middle) + (strlen(piece) + strlen(end)) * (size_t)times + 1;
    char *text = arena_alloc(arena, room);
    size_t length = 0;
    assert_non_null(text);
    for (int i = 0; i < times; i++) {
        length += (size_t)snprintf(text + length, room - length, "%s", piece);
    }
    length += (size_t)snprintf(text + length, room - length, "%s", middle);
    for (int i = 0; i < times; i++) {
        length += (size_t)snprintf(text + length, room - length, "%s", end);
    }
    return text;
}

static void depth_terms_and_length_have_bounds(void **state)
{
    (void)state;
    expect(repeated("(", SCIM_FILTER_DEPTH_MAX, "userName pr", ")"), true);
    refuse(repeated("(", SCIM_FILTER_DEPTH_MAX + 1, "userName pr", ")"));
    refuse(repeated("(", 3000, "userName pr", ")"));
    refuse(repeated("not(", 3000, "userName pr", ")"));
    /* A chain of n terms has n - 1 nodes between them. */
    int most = (SCIM_FILTER_NODES_MAX + 1) / 2;
    expect(repeated("title pr or ", most - 1, "userName pr", ""), true);
    refuse(repeated("title pr or ", most, "userName pr", ""));
    refuse(repeated("x", SCIM_FILTER_BYTES_MAX, " pr", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_operator_compares_as_its_type_does, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(presence_is_a_value_that_is_not_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_many_values_one_is_enough_and_brackets_ask_one_for_all,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(and_binds_tighter_than_or, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_come_in_any_case_and_with_their_urn, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_attribute_fits_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_filters_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(depth_terms_and_length_have_bounds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
