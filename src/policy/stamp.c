#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "policy/policy.h"

enum { STAMP_BYTES_MAX = 64 * 1024 };

static enum result no_root(struct error *error)
{
    return fail(error, RESULT_BROKEN, NULL, "the stored policy has no Configuration element");
}

/* The start tag of the root: behind the declaration, comments and blanks. */
static const char *root_find(struct slice bytes)
{
    const char *end = bytes.text + bytes.length;
    const char *at = memchr(bytes.text, '<', bytes.length);
    while (at != NULL && end - at > 2 && (at[1] == '?' || at[1] == '!')) {
        const char *close = at[1] == '?' ? "?>" : "-->";
        const char *behind = memmem(at, (size_t)(end - at), close, strlen(close));
        at = behind == NULL ? NULL : memchr(behind, '<', (size_t)(end - behind));
    }
    const size_t length = strlen("<Configuration");
    bool found =
        at != NULL && (size_t)(end - at) > length && memcmp(at, "<Configuration", length) == 0;
    return found ? at : NULL;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* One attribute from `at` (a blank before its name) to behind its closing quote; NULL when there is none. */
static const char *attribute_end(const char *at, const char *end, struct slice *out_name)
{
    const char *name = at;
    while (name < end && is_space(*name)) {
        name++;
    }
    const char *behind = name;
    while (behind < end && *behind != '=' && !is_space(*behind) && *behind != '>' &&
           *behind != '/') {
        behind++;
    }
    *out_name = (struct slice){ name, (size_t)(behind - name) };
    while (behind < end && (is_space(*behind) || *behind == '=')) {
        behind++;
    }
    if (out_name->length == 0 || behind == end || (*behind != '"' && *behind != '\'')) {
        return NULL;
    }
    const char *close = memchr(behind + 1, *behind, (size_t)(end - behind - 1));
    return close == NULL ? NULL : close + 1;
}

static void put_escaped(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': buffer_text(out, "&amp;"); break;
        case '<': buffer_text(out, "&lt;"); break;
        case '>': buffer_text(out, "&gt;"); break;
        case '"': buffer_text(out, "&quot;"); break;
        case '\t':
        case '\n':
        case '\r': buffer_print(out, "&#%d;", *text); break;
        default:
            if ((unsigned char)*text >= 0x20) {
                buffer_char(out, *text);
            }
        }
    }
}

enum result policy_stamp(struct arena *arena, struct slice bytes, const char *policy_name,
                         int64_t revision, struct slice *out, struct error *error)
{
    const char *end = bytes.text + bytes.length;
    const char *root = root_find(bytes);
    if (root == NULL) {
        return no_root(error);
    }
    struct buffer text;
    const char *at = root + strlen("<Configuration");
    buffer_init(&text, bytes.length + STAMP_BYTES_MAX);
    buffer_add(&text, bytes.text, (size_t)(at - bytes.text));
    buffer_text(&text, " PolicyName=\"");
    put_escaped(&text, policy_name);
    buffer_print(&text, "\" RevisionNumber=\"%" PRId64 "\"", revision);
    struct slice name;
    for (const char *next = attribute_end(at, end, &name); next != NULL;
         next = attribute_end(at, end, &name)) {
        if (!slice_is(name, "PolicyName") && !slice_is(name, "RevisionNumber")) {
            buffer_add(&text, at, (size_t)(next - at));
        }
        at = next;
    }
    buffer_add(&text, at, (size_t)(end - at));
    char *copy = text.overflow ? NULL : slice_dup(arena, buffer_slice(&text));
    *out = (struct slice){ copy, text.length };
    buffer_done(&text);
    return copy == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for the stamped policy")
                        : RESULT_OK;
}
