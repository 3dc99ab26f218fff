/* Proves of the documents of every face, as they are served: they can be read, every reference leads somewhere, no
   operation id comes twice, and the YAML has the same paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "json/read.h"
#include "model/openapi.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 64 * 1024 * 1024, DOCUMENT_BYTES_MAX = 8 * 1024 * 1024, IDS_MAX = 1024 };

static const struct served {
    const struct face *face;
    unsigned version;
} documents[] = {
    { &management_face, API_V1 }, { &management_face, API_V2 }, { &management_face, API_V3 },
    { &oauth_face, 0 },           { &document_face, 0 },
};

struct walk {
    const struct json *document;
    struct slice ids[IDS_MAX];
    size_t id_count;
    size_t references;
};

static void check_reference(const struct walk *walk, struct slice reference)
{
    char path[160];
    assert_true(slice_starts_any_case(reference, "#/") && reference.length < sizeof(path));
    (void)snprintf(path, sizeof(path), "%.*s", (int)reference.length - 2, reference.text + 2);
    for (char *at = path; *at != '\0'; at++) {
        *at = *at == '/' ? '.' : *at;
    }
    if (json_path(walk->document, path) == NULL) {
        print_error("nothing at %s\n", path);
        _fail(__FILE__, __LINE__);
    }
}

static void check_id(struct walk *walk, struct slice id)
{
    for (size_t i = 0; i < walk->id_count; i++) {
        assert_false(slice_equal(walk->ids[i], id));
    }
    assert_true(walk->id_count < IDS_MAX);
    walk->ids[walk->id_count++] = id;
}

static void walk_value(struct walk *walk, const struct json *value)
{
    for (const struct json *at = value->first; at != NULL; at = at->next) {
        if (value->type == JSON_OBJECT && slice_is(at->key, "$ref")) {
            check_reference(walk, json_text_of(at));
            walk->references++;
        }
        if (value->type == JSON_OBJECT && slice_is(at->key, "operationId")) {
            check_id(walk, json_text_of(at));
        }
        walk_value(walk, at);
    }
}

static void check_document(const struct served *served)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct walk *walk = test_calloc(1, sizeof(*walk));
    struct buffer text;
    struct error error;
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    openapi_write(served->face, served->version, OPENAPI_JSON, &text);
    assert_false(text.overflow);
    assert_int_equal(
        json_parse(arena, buffer_slice(&text), &json_limits_usual, &walk->document, &error),
        RESULT_OK);
    walk_value(walk, walk->document);
    assert_true(walk->id_count > 0);
    buffer_done(&text);
    test_free(walk);
    arena_free(arena);
}

static void every_document_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(documents); i++) {
        check_document(&documents[i]);
    }
}

static void yaml_has_the_paths_of_the_json(void **state)
{
    (void)state;
    struct arena *arena = arena_new(ARENA_BYTES);
    const struct json *tree = NULL;
    struct buffer json;
    struct buffer yaml;
    buffer_init(&json, DOCUMENT_BYTES_MAX);
    buffer_init(&yaml, DOCUMENT_BYTES_MAX);
    openapi_write(&management_face, API_V3, OPENAPI_JSON, &json);
    openapi_write(&management_face, API_V3, OPENAPI_YAML, &yaml);
    assert_false(yaml.overflow);
    assert_int_equal(json_parse(arena, buffer_slice(&json), &json_limits_usual, &tree, NULL),
                     RESULT_OK);
    buffer_char(&yaml, '\0');
    for (const struct json *path = json_get(tree, "paths")->first; path != NULL;
         path = path->next) {
        char *name = slice_dup(arena, path->key);
        assert_non_null(strstr(yaml.bytes, name));
    }
    buffer_done(&json);
    buffer_done(&yaml);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_document_is_whole),
        cmocka_unit_test(yaml_has_the_paths_of_the_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
