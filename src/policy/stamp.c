#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/policy.h"
#include "policy/tags.h"

#define ROOT_START "<Configuration"

enum {
    STAMP_BYTES_MAX = 64 * 1024,
    REVISION_TEXT_BYTES = 24,
    ROOT_START_BYTES = sizeof(ROOT_START) - 1
};

static enum result no_root(struct error *error)
{
    return fail(error, RESULT_BROKEN, NULL, "the stored policy has no Configuration element");
}

/* The tag of the root; what stands before it is passed by. */
static bool root_find(struct slice bytes, struct tag *out)
{
    struct tags tags;
    tags_init(&tags, bytes);
    if (!tags_next(&tags, out)) {
        return false;
    }
    struct slice tag = { out->start, (size_t)(out->behind - out->start) };
    return tag.length > ROOT_START_BYTES && memcmp(tag.text, ROOT_START, ROOT_START_BYTES) == 0 &&
           strchr(" \t\r\n/>", tag.text[ROOT_START_BYTES]) != NULL;
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

/* U+FFFE and U+FFFF, like most control characters, have no place in XML, not even as references. */
static bool is_no_character(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return bytes[0] == 0xEF && bytes[1] == 0xBF && (bytes[2] == 0xBE || bytes[2] == 0xBF);
}

static void put_escaped(struct buffer *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        switch (*at) {
        case '&': buffer_text(out, "&amp;"); break;
        case '<': buffer_text(out, "&lt;"); break;
        case '>': buffer_text(out, "&gt;"); break;
        case '"': buffer_text(out, "&quot;"); break;
        case '\t':
        case '\n':
        case '\r': buffer_print(out, "&#%d;", *at); break;
        default:
            if (is_no_character(at)) {
                at += 2;
            } else if ((unsigned char)*at >= 0x20) {
                buffer_char(out, *at);
            }
        }
    }
}

struct stamp {
    const char *name;
    const char *value; /* unescaped */
    bool done;
};

static void put_value(struct buffer *out, struct stamp *stamp)
{
    buffer_text(out, "=\"");
    put_escaped(out, stamp->value);
    buffer_text(out, "\"");
    stamp->done = true;
}

static struct stamp *stamp_named(struct stamp *stamps, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, stamps[i].name)) {
            return &stamps[i];
        }
    }
    return NULL;
}

/* The root's attributes with the stamps among them; returns behind the last. */
static const char *put_attributes(struct buffer *out, const struct tag *root, struct stamp *stamps,
                                  size_t count)
{
    const char *at = root->start + ROOT_START_BYTES;
    struct slice name;
    for (const char *next = attribute_end(at, root->behind, &name); next != NULL;
         next = attribute_end(at, root->behind, &name)) {
        struct stamp *stamp = stamp_named(stamps, count, name);
        const char *keep = stamp == NULL ? next : name.text + name.length;
        buffer_add(out, at, (size_t)(keep - at));
        if (stamp != NULL) {
            put_value(out, stamp);
        }
        at = next;
    }
    for (size_t i = 0; i < count; i++) {
        if (!stamps[i].done) {
            buffer_char(out, ' ');
            buffer_text(out, stamps[i].name);
            put_value(out, &stamps[i]);
        }
    }
    return at;
}

enum result policy_stamp(struct arena *arena, struct slice bytes, const char *policy_name,
                         int64_t revision, struct slice *out, struct error *error)
{
    char number[REVISION_TEXT_BYTES];
    struct tag root;
    struct buffer text;
    if (!root_find(bytes, &root)) {
        return no_root(error);
    }
    (void)snprintf(number, sizeof(number), "%" PRId64, revision);
    struct stamp stamps[] = { { .name = "PolicyName", .value = policy_name },
                              { .name = "RevisionNumber", .value = number } };
    const char *start = root.start + ROOT_START_BYTES;
    buffer_init(&text, bytes.length + STAMP_BYTES_MAX);
    buffer_add(&text, bytes.text, (size_t)(start - bytes.text));
    const char *rest = put_attributes(&text, &root, stamps, COUNT_OF(stamps));
    buffer_add(&text, rest, (size_t)(bytes.text + bytes.length - rest));
    char *copy = text.overflow ? NULL : slice_dup(arena, buffer_slice(&text));
    size_t length = text.length;
    buffer_done(&text);
    if (copy == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the stamped policy");
    }
    *out = (struct slice){ copy, length };
    return RESULT_OK;
}
