/* SCIM PATCH: a body on a user. What comes out is canonical: taking it as a body changes nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "scim/document.h"
#include "scim/patch.h"
#include "scim/tree.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char user[] =
    "{\"userName\":\"alice@example.com\",\"active\":true,\"name\":{\"familyName\":\"M\"},"
    "\"emails\":[{\"value\":\"a@b.c\",\"type\":\"work\",\"primary\":true},{\"value\":\"d\"}],"
    "\"roles\":[{\"value\":\"Policy Viewer\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    const struct json *before = NULL;
    const struct json *body = NULL;
    struct json *document = NULL;
    struct json *again = NULL;
    struct error error;
    assert(arena != NULL);
    bool read = json_parse(arena, SLICE(user), &json_limits_usual, &before, &error) == RESULT_OK &&
                scim_document_take(arena, &scim_user_kind, before, &document, &error) == RESULT_OK;
    assert(read);
    struct slice text = { (const char *)bytes, length };
    if (json_parse(arena, text, &json_limits_usual, &body, &error) == RESULT_OK &&
        scim_patch_apply(arena, &scim_user_kind, body, document, &error) == RESULT_OK &&
        scim_document_take(arena, &scim_user_kind, document, &again, &error) == RESULT_OK) {
        assert(tree_equal(document, again));
    }
    arena_free(arena);
    return 0;
}
