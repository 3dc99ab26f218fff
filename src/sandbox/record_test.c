/* The record is bounded by number and by bytes, and shows no secret unless it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "http/server.h"
#include "json/read.h"
#include "json/write.h"
#include "sandbox/record.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static struct records records;
static struct arena *arena;
static struct buffer out;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(512 * 1024 * 1024);
    buffer_init(&out, 256 * 1024 * 1024);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    records_reset(&records);
    buffer_done(&out);
    arena_free(arena);
    return 0;
}

static struct exchange_facts facts_of(const char *method, const char *path, int status)
{
    return (struct exchange_facts){ .method = method,
                                    .url = path,
                                    .path = path,
                                    .operation = "Groups_List",
                                    .version = "v3",
                                    .status = status,
                                    .answer_type = "text/plain" };
}

static const struct json *written(const struct record_filter *filter)
{
    struct json_writer writer;
    struct error error;
    const struct json *json = NULL;
    buffer_reset(&out);
    json_writer_init(&writer, &out);
    records_write(&records, filter, arena, &writer);
    assert_int_equal(json_parse(arena, buffer_slice(&out), &json_limits_usual, &json, &error),
                     RESULT_OK);
    return json;
}

static void the_oldest_goes_when_there_are_too_many(void **state)
{
    (void)state;
    const struct exchange_facts facts = facts_of("GET", "/a", 200);
    for (int i = 0; i < RECORDS_MAX + 5; i++) {
        records_add(&records, &facts);
    }
    const struct json *json = written(&(struct record_filter){ .limit = 1 });
    assert_int_equal(json_get(json, "total")->integer, RECORDS_MAX);
    assert_int_equal(json_get(json_get(json, "records")->first, "sequence")->integer, 6);
    assert_int_equal(json_get(json, "last")->integer, 6);
}

static void bytes_are_bounded_one_by_one_and_in_all(void **state)
{
    (void)state;
    enum { BODY = 2 * RECORD_BODY_BYTES_MAX, MANY = 3 * RECORD_BYTES_MAX / RECORD_BODY_BYTES_MAX };
    char *body = malloc(BODY);
    assert_non_null(body);
    memset(body, 'a', BODY);
    struct exchange_facts facts = facts_of("POST", "/a", 201);
    facts.body = (struct slice){ body, BODY };
    for (int i = 0; i < MANY; i++) {
        records_add(&records, &facts);
    }
    assert_in_range(records.bytes, RECORD_BYTES_MAX / 2, RECORD_BYTES_MAX);
    const struct json *json = written(&(struct record_filter){ .since = MANY - 1, .limit = 9 });
    const struct json *request = json_get(json_get(json, "records")->first, "request");
    assert_int_equal(json_get(request, "bodySize")->integer, BODY);
    assert_int_equal(json_path(request, "postData.text")->text.length, RECORD_BODY_BYTES_MAX);
    free(body);
}

static void filters_all_have_to_fit(void **state)
{
    (void)state;
    const struct exchange_facts rows[] = { facts_of("GET", "/a/b", 200),
                                           facts_of("POST", "/a/b", 200),
                                           facts_of("GET", "/a/c", 404) };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        records_add(&records, &rows[i]);
    }
    const struct record_filter filters[] = {
        { .method = "get", .path = "*/B", .limit = 9 },
        { .method = "POST", .limit = 9 },
        { .status = 404, .limit = 9 },
        { .since = 2, .operation = "groups_list", .limit = 9 },
    };
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        assert_int_equal(json_get(written(&filters[i]), "total")->integer, 1);
    }
    assert_int_equal(
        json_get(written(&(struct record_filter){ .deviating = true, .limit = 9 }), "total")
            ->integer,
        0);
}

static void secrets_become_the_start_of_a_digest(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        { "{\"access_token\":\"abc\",\"b\":1}", "{\"access_token\":\"***ba7816bf\",\"b\":1}" },
        { "a=1&client_secret=abc&b=2", "a=1&client_secret=***ba7816bf&b=2" },
        { "client_secret=abc", "client_secret=***ba7816bf" },
        { "{\"clientSecret\": \"abc\"}", "{\"clientSecret\": \"***ba7816bf\"}" },
        { "\"access_token\":\"abc", "\"access_token\":\"***ba7816bf" },
        { "{\"client_secret\" :\n \"abc\"}", "{\"client_secret\" :\n \"***ba7816bf\"}" },
        { "{\"settings\":{\"secretAccessKey\":\"abc\",\"accessKeyId\":\"abc\"}}",
          "{\"settings\":{\"secretAccessKey\":\"***ba7816bf\",\"accessKeyId\":\"abc\"}}" },
        { "{\"saslPassword\":\"abc\",\"x\":\"secret\"}",
          "{\"saslPassword\":\"***ba7816bf\",\"x\":\"secret\"}" },
        { "{\"password\":\"a\\\"b\"}", "{\"password\":\"***e87f8dfc\"}" },
        { "{\"secretUpdated\":true,\"secret\":null}", "{\"secretUpdated\":true,\"secret\":null}" },
        { "client_assertion=abc&client_assertion_type=b",
          "client_assertion=***ba7816bf&client_assertion_type=b" },
        { "/a?access_token=abc", "/a?access_token=***ba7816bf" },
        { "\xff client_secret=abc", "\xff client_secret=***ba7816bf" },
        { "nothing", "nothing" },
        { "", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice shown;
        assert_true(secrets_mask(arena, slice_of(rows[i].text), &shown));
        assert_int_equal(shown.length, strlen(rows[i].shown));
        assert_memory_equal(shown.text, rows[i].shown, shown.length);
    }
    assert_string_equal(secrets_mask_pair(arena, SLICE("authorization"), SLICE("Bearer abc")),
                        "Bearer ***ba7816bf");
    assert_string_equal(secrets_mask_pair(arena, SLICE("Authorization"), SLICE("abc")),
                        "***ba7816bf");
    assert_string_equal(secrets_mask_pair(arena, SLICE("Accept"), SLICE("abc")), "abc");
    assert_string_equal(secrets_mask_pair(arena, SLICE("client_secret"), SLICE("abc")),
                        "***ba7816bf");
}

static void other_bytes_than_text_are_base64(void **state)
{
    (void)state;
    struct exchange_facts facts = facts_of("GET", "/a", 200);
    facts.answer_body = SLICE("\xff\xfe");
    records_add(&records, &facts);
    const struct json *json = written(&(struct record_filter){ .limit = 1 });
    const struct json *content = json_path(json_get(json, "records")->first, "response.content");
    assert_true(slice_is(json_text_of(json_get(content, "text")), "//4="));
    assert_true(slice_is(json_text_of(json_get(content, "encoding")), "base64"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_goes_when_there_are_too_many),
        TEST(bytes_are_bounded_one_by_one_and_in_all),
        TEST(filters_all_have_to_fit),
        TEST(secrets_become_the_start_of_a_digest),
        TEST(other_bytes_than_text_are_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
