#include "policy/policy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "policy/document.h"
#include "policy/rules.h"

enum { BOM_BYTES = 3 };

/* "<!DOCTYPE" or "<!ENTITY", blanks allowed after the mark, anywhere in the text. */
static const char *find_declaration(struct slice text)
{
    const char *end = text.text + text.length;
    for (const char *at = memmem(text.text, text.length, "<!", 2); at != NULL;
         at = memmem(at, (size_t)(end - at), "<!", 2)) {
        const char *mark = at;
        at += 2;
        while (at < end && strchr(" \t\r\n", *at) != NULL) {
            at++;
        }
        struct slice rest = { at, (size_t)(end - at) };
        bool doctype = rest.length >= 7 && memcmp(rest.text, "DOCTYPE", 7) == 0;
        bool entity = rest.length >= 6 && memcmp(rest.text, "ENTITY", 6) == 0;
        if (doctype || entity) {
            return mark;
        }
    }
    return NULL;
}

static uint32_t line_at(struct slice text, const char *place)
{
    uint32_t line = 1;
    for (const char *at = text.text; at < place; at++) {
        line += *at == '\n' ? 1 : 0;
    }
    return line;
}

static struct slice without_mark(struct slice bytes)
{
    bool mark = bytes.length >= BOM_BYTES && memcmp(bytes.text, "\xEF\xBB\xBF", BOM_BYTES) == 0;
    return mark ? (struct slice){ bytes.text + BOM_BYTES, bytes.length - BOM_BYTES } : bytes;
}

/* False when the XML declaration names an encoding that is not UTF-8: readers would follow it. */
static bool declares_utf8(struct slice text)
{
    const size_t start = strlen("<?xml");
    if (text.length <= start || memcmp(text.text, "<?xml", start) != 0) {
        return true;
    }
    const char *end = memmem(text.text, text.length, "?>", 2);
    struct slice rest = { text.text, end == NULL ? 0 : (size_t)(end - text.text) };
    const char *name = memmem(rest.text, rest.length, "encoding", 8);
    if (name == NULL) {
        return true;
    }
    rest = (struct slice){ name + 8, (size_t)(end - name) - 8 };
    (void)slice_cut(&rest, '=');
    rest = slice_trim(rest);
    if (rest.length == 0) {
        return true; /* not well-formed: the parser's to say */
    }
    char quote = rest.text[0];
    rest = (struct slice){ rest.text + 1, rest.length - 1 };
    return slice_is_any_case(slice_cut(&rest, quote), "UTF-8");
}

/* What the parser says against the document is its only fault: the others were found in a text that cannot be trusted. */
static void check_elements(struct check *check, struct slice text)
{
    struct document_fault fault = { .line = 0 };
    enum result result = document_walk(text, &rule_events, check, &fault);
    if (result == RESULT_INVALID) {
        const struct element place = { .line = fault.line, .column = fault.column };
        *check->report = (struct policy_report){ .id = "", .version = "" };
        check_fault(check, "P05", &place, "%s", fault.text);
    }
    check->no_memory = check->no_memory || result == RESULT_NO_MEMORY;
}

static void check_bytes(struct check *check, struct slice bytes)
{
    if (bytes.length == 0) {
        check_fault(check, "P01", NULL, "the file is empty");
        return;
    }
    if (bytes.length > POLICY_BYTES_MAX) {
        check_fault(check, "P02", NULL, "the file is over %d bytes", POLICY_BYTES_MAX);
        return;
    }
    struct slice text = without_mark(bytes);
    if (!slice_is_utf8(text)) {
        check_fault(check, "P03", NULL, "the file is not UTF-8");
        return;
    }
    struct element place = { .line = 1 };
    const char *declaration = find_declaration(text);
    if (declaration != NULL) {
        place.line = line_at(text, declaration);
        check_fault(check, "P04", &place, "document types and entities are not allowed");
        return;
    }
    if (!declares_utf8(text)) {
        check_fault(check, "P03", &place, "the file declares an encoding other than UTF-8");
        return;
    }
    check_elements(check, text);
}

static enum result tell_first(const struct policy_fault *first, struct error *error)
{
    if (first->line == 0) {
        return fail(error, RESULT_INVALID, "PolicyFile", "%s: %s", first->rule, first->text);
    }
    return fail(error, RESULT_INVALID, "PolicyFile", "line %" PRIu32 ": %s: %s", first->line,
                first->rule, first->text);
}

enum result policy_check(struct arena *arena, struct slice bytes, struct policy_report *out,
                         struct error *error)
{
    *out = (struct policy_report){ .id = "", .version = "" };
    struct check check = { .arena = arena, .report = out };
    check_bytes(&check, bytes);
    if (check.no_memory) {
        return fail(error, RESULT_NO_MEMORY, NULL,
                    "the policy needs more memory than a request may use");
    }
    return out->fault_count == 0 ? RESULT_OK : tell_first(&out->faults[0], error);
}
