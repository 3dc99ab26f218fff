/* Proves what PATCH makes of a user: every form of path and value that identity providers send, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "json/write.h"
#include "scim/document.h"
#include "scim/patch.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 64 * 1024 * 1024, TEXT_BYTES_MAX = 1024 * 1024 };

static struct arena *arena;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* Quotes are written as ' here. */
static const struct json *json_of(const char *text)
{
    const struct json *json = NULL;
    char *copy = arena_strdup(arena, text);
    assert_non_null(copy);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    if (json_parse(arena, slice_of(copy), &json_limits_usual, &json, &error) != RESULT_OK) {
        print_error("%s: %s\n", copy, error.text);
        _fail(__FILE__, __LINE__);
    }
    return json;
}

static void expect_text(const struct json *value, const char *wanted)
{
    struct buffer text;
    struct json_writer writer;
    char *expected = arena_strdup(arena, wanted);
    for (char *at = expected; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    buffer_init(&text, TEXT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_put_value(&writer, value);
    assert_string_equal(text.bytes, expected);
    buffer_done(&text);
}

static struct json *taken(const char *text)
{
    struct json *document = NULL;
    enum result result =
        scim_document_take(arena, &scim_user_kind, json_of(text), &document, &error);
    if (result != RESULT_OK) {
        print_error("%s: %s\n", text, error.text);
    }
    assert_int_equal(result, RESULT_OK);
    return document;
}

static enum result patched(struct json *document, const char *operations)
{
    const char *body = arena_printf(arena, "{'schemas':['x'],'Operations':%s}", operations);
    return scim_patch_apply(arena, &scim_user_kind, json_of(body), document, &error);
}

/* `before` with the operations is `after`. */
static void expect(const char *before, const char *operations, const char *after)
{
    struct json *document = taken(before);
    enum result result = patched(document, operations);
    if (result != RESULT_OK) {
        print_error("%s: %s\n", operations, error.text);
    }
    assert_int_equal(result, RESULT_OK);
    expect_text(document, after);
}

static void refuse(const char *operations, const char *scim_type)
{
    struct json *document = taken("{'userName':'a@b.c','roles':[{'value':'R'}]}");
    if (patched(document, operations) != RESULT_INVALID) {
        print_error("%s should be refused\n", operations);
        _fail(__FILE__, __LINE__);
    }
    assert_string_equal(error.field, scim_type);
}

static void a_body_becomes_canonical(void **state)
{
    (void)state;
    expect_text(
        taken(
            "{'schemas':['s'],'id':'1','USERNAME':'a@b.c','active':'False','meta':{},'groups':[1],"
            "'password':'secret','favourite':1,'title':'','nickName':null,'emails':'a@b.c',"
            "'roles':['Policy Viewer',{'value':'Group Viewer','primary':'True','more':2}],"
            "'phoneNumbers':[],'name':{'FamilyName':'M','givenname':null},"
            "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'Department':'IT',"
            "'manager':'m1','x':1}}"),
        "{'userName':'a@b.c','active':false,'emails':[{'value':'a@b.c'}],"
        "'roles':[{'value':'Policy Viewer'},{'value':'Group Viewer','primary':true}],"
        "'name':{'familyName':'M'},"
        "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'department':'IT',"
        "'manager':{'value':'m1'}}}");
    expect_text(taken("{'emails':[{'value':'a','primary':true},{'value':'b','primary':true}]}"),
                "{'emails':[{'value':'a','primary':true},{'value':'b'}]}");
}

static void a_body_of_wrong_types_is_refused(void **state)
{
    static const char *const bodies[] = {
        "[]",
        "{'userName':5}",
        "{'active':'perhaps'}",
        "{'name':'Alice'}",
        "{'emails':5}",
        "{'emails':[{'value':['a']}]}",
        "{'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':'IT'}",
        "{'userName':'a\\u0000b'}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct json *document = NULL;
        assert_int_equal(
            scim_document_take(arena, &scim_user_kind, json_of(bodies[i]), &document, &error),
            RESULT_INVALID);
    }
}

static void paths_of_all_forms_are_found(void **state)
{
    (void)state;
    expect("{'userName':'a'}", "[{'op':'replace','path':'userName','value':'b'}]",
           "{'userName':'b'}");
    expect("{'userName':'a'}", "[{'op':'Add','path':'name.givenName','value':'G'}]",
           "{'userName':'a','name':{'givenName':'G'}}");
    expect("{'userName':'a'}",
           "[{'op':'add','path':'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName',"
           "'value':'F'}]",
           "{'userName':'a','name':{'familyName':'F'}}");
    expect("{'userName':'a'}",
           "[{'op':'add','path':'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
           "manager.value','value':'m'}]",
           "{'userName':'a','urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':"
           "{'manager':{'value':'m'}}}");
    expect("{'emails':[{'value':'a','type':'work'},{'value':'b','type':'home'}]}",
           "[{'op':'replace','path':'emails[type eq \\u0022work\\u0022].value','value':'c'}]",
           "{'emails':[{'value':'c','type':'work'},{'value':'b','type':'home'}]}");
    expect("{'emails':[{'value':'a','type':'work'}]}",
           "[{'op':'replace','path':'emails[type eq \\u0022work\\u0022]',"
           "'value':{'value':'c','display':'C'}}]",
           "{'emails':[{'type':'work','value':'c','display':'C'}]}");
    expect("{'emails':[{'value':'a'},{'value':'b'}]}",
           "[{'op':'replace','path':'emails.display','value':'D'}]",
           "{'emails':[{'value':'a','display':'D'},{'value':'b','display':'D'}]}");
}

static void without_a_path_each_member_is_one(void **state)
{
    (void)state;
    expect("{'userName':'a','name':{'givenName':'G','familyName':'F'}}",
           "[{'op':'replace','value':{'active':false,'name':{'givenName':'H'}}}]",
           "{'userName':'a','name':{'familyName':'F','givenName':'H'},'active':false}");
    expect("{'userName':'a'}",
           "[{'op':'Add','value':{'name.givenName':'G','favourite':'red',"
           "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department':'IT',"
           "'schemas':['x']}}]",
           "{'userName':'a','name':{'givenName':'G'},"
           "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'department':'IT'}}");
    expect("{'userName':'a'}",
           "[{'op':'add','value':{'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':"
           "{'department':'IT','manager':'m1'}}}]",
           "{'userName':'a','urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':"
           "{'department':'IT','manager':{'value':'m1'}}}");
    expect("{'userName':'a'}",
           "[{'op':'add','value':{'emails[type eq \\u0022work\\u0022].value':'w'}}]",
           "{'userName':'a','emails':[{'type':'work','value':'w'}]}");
}

static void add_appends_and_replace_overwrites(void **state)
{
    (void)state;
    expect("{'roles':[{'value':'A'}]}", "[{'op':'Add','path':'roles','value':'B'}]",
           "{'roles':[{'value':'A'},{'value':'B'}]}");
    expect("{'roles':[{'value':'A'}]}", "[{'op':'add','path':'roles','value':[{'value':'A'},'B']}]",
           "{'roles':[{'value':'A'},{'value':'B'}]}");
    expect("{'roles':[{'value':'A'}]}", "[{'op':'Set','path':'roles','value':['B']}]",
           "{'roles':[{'value':'B'}]}");
    expect("{'roles':[{'value':'A'}]}", "[{'op':'replace','path':'roles','value':null}]", "{}");
    expect("{'roles':[{'value':'A'}]}", "[{'op':'add','path':'roles','value':[]}]",
           "{'roles':[{'value':'A'}]}");
    expect("{'emails':[{'value':'a','primary':true}]}",
           "[{'op':'add','path':'emails','value':{'value':'b','primary':'True'}}]",
           "{'emails':[{'value':'a'},{'value':'b','primary':true}]}");
}

static void a_filter_without_a_match_makes_the_element(void **state)
{
    (void)state;
    expect("{'userName':'a'}",
           "[{'op':'Add','path':'phoneNumbers[type eq \\u0022mobile\\u0022].value','value':'1'}]",
           "{'userName':'a','phoneNumbers':[{'type':'mobile','value':'1'}]}");
    expect("{'userName':'a'}",
           "[{'op':'Replace','path':'roles[primary eq \\u0022True\\u0022].value','value':'R'}]",
           "{'userName':'a','roles':[{'primary':true,'value':'R'}]}");
    refuse("[{'op':'add','path':'emails[type ne \\u0022work\\u0022].value','value':'x'}]",
           "noTarget");
    refuse("[{'op':'add','path':'emails[value sw \\u0022x\\u0022].type','value':'x'}]", "noTarget");
}

static void remove_takes_what_it_names(void **state)
{
    (void)state;
    expect("{'userName':'a','title':'T'}", "[{'op':'remove','path':'title'}]", "{'userName':'a'}");
    expect("{'userName':'a'}", "[{'op':'remove','path':'title'}]", "{'userName':'a'}");
    expect("{'roles':[{'value':'A'},{'value':'B'}]}",
           "[{'op':'Remove','path':'roles','value':'A'}]", "{'roles':[{'value':'B'}]}");
    expect("{'roles':[{'value':'A'},{'value':'B'}]}",
           "[{'op':'remove','path':'roles','value':[{'value':'A'},{'value':'B'}]}]", "{}");
    expect("{'roles':[{'value':'A'},{'value':'B'}]}",
           "[{'op':'remove','path':'roles[value eq \\u0022a\\u0022]'}]",
           "{'roles':[{'value':'B'}]}");
    expect("{'name':{'givenName':'G','familyName':'F'}}",
           "[{'op':'remove','path':'name.givenName'}]", "{'name':{'familyName':'F'}}");
    expect("{'name':{'givenName':'G'}}", "[{'op':'remove','path':'name.givenName'}]", "{}");
    expect("{'userName':'a','urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':"
           "{'department':'IT'}}",
           "[{'op':'remove','path':'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'}]",
           "{'userName':'a'}");
}

static void bad_operations_are_refused(void **state)
{
    (void)state;
    refuse("[]", "invalidSyntax");
    refuse("{}", "invalidSyntax");
    refuse("[5]", "invalidSyntax");
    refuse("[{'op':'merge','path':'title','value':'x'}]", "invalidSyntax");
    refuse("[{'op':'add','path':'colour','value':'x'}]", "invalidPath");
    refuse("[{'op':'add','path':'emails[','value':'x'}]", "invalidPath");
    refuse("[{'op':'add','path':'title[type pr]','value':'x'}]", "invalidPath");
    refuse("[{'op':'add','path':'emails[type pr].colour','value':'x'}]", "invalidPath");
    refuse("[{'op':'add','path':5,'value':'x'}]", "invalidPath");
    refuse("[{'op':'add','path':'emails[type xx].value','value':'x'}]", "invalidFilter");
    refuse("[{'op':'remove'}]", "noTarget");
    refuse("[{'op':'add','path':'title'}]", "invalidValue");
    refuse("[{'op':'add','value':'x'}]", "invalidValue");
    refuse("[{'op':'replace','path':'active','value':'perhaps'}]", "invalidValue");
    refuse("[{'op':'replace','path':'name','value':'x'}]", "invalidValue");
    refuse("[{'op':'replace','path':'id','value':'x'}]", "mutability");
    refuse("[{'op':'replace','value':{'id':'x'}}]", "mutability");
    refuse("[{'op':'remove','path':'meta.created'}]", "mutability");
    refuse("[{'op':'add','path':'groups','value':[{'value':'x'}]}]", "mutability");
    refuse("[{'op':'add','path':'entitlements','value':[{'value':'x'}]}]", "mutability");
    refuse("[{'op':'remove','path':'userName'}]", "mutability");
    refuse("[{'op':'replace','path':'userName','value':null}]", "mutability");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_body_becomes_canonical),           CASE(a_body_of_wrong_types_is_refused),
        CASE(paths_of_all_forms_are_found),       CASE(without_a_path_each_member_is_one),
        CASE(add_appends_and_replace_overwrites), CASE(a_filter_without_a_match_makes_the_element),
        CASE(remove_takes_what_it_names),         CASE(bad_operations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
