/* SCIM filters: whatever is taken is evaluated against a user, and NOT of it says the opposite. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"
#include "scim/filter.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char user[] =
    "{\"userName\":\"alice@example.com\",\"active\":true,\"name\":{\"familyName\":\"M\"},"
    "\"emails\":[{\"value\":\"a@b.c\",\"type\":\"work\",\"primary\":true},{\"value\":\"d\"}],"
    "\"meta\":{\"created\":\"2024-03-01T10:00:00Z\"}}";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    const struct json *resource = NULL;
    const struct scim_node *filter = NULL;
    struct error error;
    assert(arena != NULL);
    bool read = json_parse(arena, SLICE(user), &json_limits_usual, &resource, &error) == RESULT_OK;
    assert(read);
    struct slice text = { (const char *)bytes, length };
    if (scim_filter_parse(arena, &scim_user_kind, text, &filter, &error) == RESULT_OK) {
        const struct scim_node negation = { .kind = SCIM_NOT, .left = filter };
        bool fits = scim_filter_fits(arena, filter, resource);
        assert(scim_filter_fits(arena, &negation, resource) != fits);
    }
    arena_free(arena);
    return 0;
}
