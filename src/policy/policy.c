#include "policy/policy.h"

#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "policy/scope.h"

enum { FAULT_TEXT_BYTES = 256, BOM_BYTES = 3 };

struct check {
    struct arena *arena;
    struct policy_report *report;
    struct scope *scope;
    bool no_memory;
    bool root_seen;
};

/* --- faults ----------------------------------------------------------------------------------------------------------- */

static void PRINTF_LIKE(4, 5)
    fault(struct check *check, const char *rule, uint32_t line, const char *format, ...)
{
    bool warning = rule[0] == 'W';
    struct policy_report *report = check->report;
    size_t *count = warning ? &report->warning_count : &report->fault_count;
    struct policy_fault *list = warning ? report->warnings : report->faults;
    char text[FAULT_TEXT_BYTES];
    if (*count == POLICY_FAULTS_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    char *copy = arena_strdup(check->arena, text);
    check->no_memory = check->no_memory || copy == NULL;
    if (copy != NULL) {
        list[(*count)++] = (struct policy_fault){ .rule = rule, .text = copy, .line = line };
    }
}

static uint32_t line_of(xmlTextReaderPtr reader)
{
    int line = xmlTextReaderGetParserLineNumber(reader);
    return line < 0 ? 0 : (uint32_t)line;
}

/* --- values ------------------------------------------------------------------------------------------------------------ */

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* 8-4-4-4-12 digits, each brace optional; lower-case text without braces goes to `out`. */
static bool guid_read(const char *text, char out[GUID_BYTES])
{
    size_t length = strlen(text);
    const char *from = text;
    if (length > 0 && *from == '{') {
        from++;
        length--;
    }
    if (length > 0 && from[length - 1] == '}') {
        length--;
    }
    if (length != GUID_BYTES - 1) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? from[i] != '-' : !is_hex(from[i])) {
            return false;
        }
        out[i] = (char)(from[i] >= 'A' && from[i] <= 'F' ? from[i] | 0x20 : from[i]);
    }
    out[length] = '\0';
    return true;
}

static bool is_digits(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* 2 to 4 numbers with dots between. */
static bool is_version(const char *text)
{
    size_t numbers = 0;
    for (;;) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0) {
            return false;
        }
        numbers++;
        text += digits;
        if (*text == '\0') {
            return numbers >= 2 && numbers <= 4;
        }
        if (*text++ != '.') {
            return false;
        }
    }
}

/* An attribute of the present element, copied; NULL when it is absent. */
static const char *attribute(struct check *check, xmlTextReaderPtr reader, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(reader, (const xmlChar *)name);
    if (value == NULL) {
        return NULL;
    }
    char *copy = arena_strdup(check->arena, (const char *)value);
    xmlFree(value);
    check->no_memory = check->no_memory || copy == NULL;
    return copy;
}

/* --- elements ----------------------------------------------------------------------------------------------------------- */

/* Which attributes of which element are asked for. */
static const struct element_rule {
    const char *name;
    enum policy_kind kind; /* KIND_NONE: its ids may repeat */
    bool needs_id, needs_name, needs_type;
} element_rules[] = {
    { "ApplicationGroup", KIND_APPLICATION_GROUP, true, true, false },
    { "ContentGroup", KIND_CONTENT_GROUP, true, true, false },
    { "URLGroup", KIND_URL_GROUP, true, false, false },
    { "MessagePolicy", KIND_MESSAGE_POLICY, true, true, false },
    { "GlobalOptionsSet", KIND_OPTIONS_SET, true, false, false },
    { "File", KIND_FILE, false, false, false },
    { "Policy", KIND_WORKSTYLE, false, true, false },
    { "Application", KIND_APPLICATION, false, false, true },
    { "Content", KIND_CONTENT, false, false, true },
};

static const struct reference_rule {
    const char *element, *attribute;
    enum policy_kind target;
    bool required;
} reference_rules[] = {
    { "ApplicationAssignment", "ApplicationGroup", KIND_APPLICATION_GROUP, true },
    { "ContentAssignment", "ContentGroup", KIND_CONTENT_GROUP, true },
    { "ApplicationAssignment", "Message", KIND_MESSAGE_POLICY, false },
    { "ContentAssignment", "Message", KIND_MESSAGE_POLICY, false },
    { "Policy", "GlobalOptionsSet", KIND_OPTIONS_SET, false },
    { "MessagePolicy", "CustomHeaderImage", KIND_FILE, false },
    { "Application", "ParentApplicationGroup", KIND_APPLICATION_GROUP, false },
};

static const struct word_rule {
    const char *element, *attribute; /* element NULL: any */
    const char *words[2];
} word_rules[] = {
    { NULL, "FiltersLogic", { "and", "or" } },
    { "ApplicationAssignment", "Action", { "Allow", "Block" } },
    { "ContentAssignment", "Action", { "Allow", "Block" } },
    { "ApplicationAssignment", "Audit", { "On", "Off" } },
};

static const struct element_rule *rule_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(element_rules); i++) {
        if (strcmp(element_rules[i].name, name) == 0) {
            return &element_rules[i];
        }
    }
    return NULL;
}

static void check_id(struct check *check, xmlTextReaderPtr reader, const char *name,
                     const struct element_rule *rule)
{
    char guid[GUID_BYTES];
    const char *id = attribute(check, reader, "ID");
    uint32_t line = line_of(reader);
    if (id == NULL) {
        if (rule != NULL && rule->needs_id) {
            fault(check, "P11", line, "%s has no ID", name);
        }
        return;
    }
    if (!guid_read(id, guid)) {
        fault(check, "P09", line, "the ID of %s is not a GUID", name);
        return;
    }
    if (rule == NULL) {
        return;
    }
    switch (scope_put(check->arena, check->scope, rule->kind, guid)) {
    case SCOPE_NEW: break;
    case SCOPE_TWICE: fault(check, "P10", line, "%s ID %s is used twice", name, guid); break;
    case SCOPE_NO_MEMORY: check->no_memory = true; break;
    }
}

static void check_needs(struct check *check, xmlTextReaderPtr reader, const char *name,
                        const struct element_rule *rule)
{
    const char *value = rule->needs_name ? attribute(check, reader, "Name") : "-";
    if (value == NULL || value[0] == '\0') {
        fault(check, "P12", line_of(reader), "%s has no Name", name);
    }
    value = rule->needs_type ? attribute(check, reader, "Type") : "-";
    if (value == NULL || value[0] == '\0') {
        fault(check, "P13", line_of(reader), "%s has no Type", name);
    }
}

static void check_references(struct check *check, xmlTextReaderPtr reader, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(reference_rules); i++) {
        const struct reference_rule *rule = &reference_rules[i];
        if (strcmp(rule->element, name) != 0) {
            continue;
        }
        const char *value = attribute(check, reader, rule->attribute);
        uint32_t line = line_of(reader);
        if (value == NULL || value[0] == '\0') {
            if (rule->required) {
                fault(check, "P15", line, "%s names no %s", name, rule->attribute);
            }
            continue;
        }
        struct scope_reference reference = { .line = line,
                                             .element = rule->element,
                                             .attribute = rule->attribute,
                                             .value = value,
                                             .target = rule->target };
        reference.is_guid = guid_read(value, reference.guid);
        if (!scope_refer(check->arena, check->scope, &reference)) {
            check->no_memory = true;
        }
    }
}

static bool same_word(const char *a, const char *b)
{
    return slice_is_any_case(slice_of(a), b);
}

static void check_words(struct check *check, xmlTextReaderPtr reader, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(word_rules); i++) {
        const struct word_rule *rule = &word_rules[i];
        if (rule->element != NULL && strcmp(rule->element, name) != 0) {
            continue;
        }
        const char *value = attribute(check, reader, rule->attribute);
        if (value != NULL && !same_word(value, rule->words[0]) &&
            !same_word(value, rule->words[1])) {
            fault(check, "W02", line_of(reader),
                  "%s of %s is \"%.64s\", which this server does not know", rule->attribute, name,
                  value);
        }
    }
}

static void check_root(struct check *check, xmlTextReaderPtr reader, const char *name)
{
    static const char *const numbers[] = { "ConfigRevision", "RevisionNumber" };
    char guid[GUID_BYTES];
    uint32_t line = line_of(reader);
    check->root_seen = true;
    if (strcmp(name, "Configuration") != 0) {
        fault(check, "P06", line, "the root element is %.64s, not Configuration", name);
        return;
    }
    const char *version = attribute(check, reader, "Version");
    if (version == NULL || !is_version(version)) {
        fault(check, "P07", line, "Version is missing or is not numbers with dots between");
    }
    const char *id = attribute(check, reader, "ID");
    if (id == NULL || !guid_read(id, guid)) {
        fault(check, "W01", line, "the root has no ID that is a GUID");
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const char *value = attribute(check, reader, numbers[i]);
        if (value != NULL && !is_digits(value)) {
            fault(check, "P08", line, "%s is not a number", numbers[i]);
        }
    }
    check->report->id = id == NULL ? "" : id;
    check->report->version = version == NULL ? "" : version;
}

static void count_element(struct policy_report *report, enum policy_kind kind)
{
    report->workstyles += kind == KIND_WORKSTYLE ? 1 : 0;
    report->application_groups += kind == KIND_APPLICATION_GROUP ? 1 : 0;
    report->message_policies += kind == KIND_MESSAGE_POLICY ? 1 : 0;
}

static void check_element(struct check *check, xmlTextReaderPtr reader, const char *name)
{
    const struct element_rule *rule = rule_of(name);
    check_id(check, reader, name, rule);
    if (rule != NULL) {
        check_needs(check, reader, name, rule);
        if (scope_is_outer(check->scope)) {
            count_element(check->report, rule->kind);
        }
    }
    check_references(check, reader, name);
    check_words(check, reader, name);
}

/* --- the walk ------------------------------------------------------------------------------------------------------------ */

static void scope_end(struct check *check)
{
    for (const struct scope_reference *at = scope_unresolved(check->scope); at != NULL;
         at = at->next) {
        fault(check, "P14", at->line, "%s of %s names nothing in this file: %.64s", at->attribute,
              at->element, at->value);
    }
    check->scope = scope_leave(check->scope);
}

/* A nested Configuration has ids of its own. */
static void on_start(struct check *check, xmlTextReaderPtr reader)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(reader);
    bool empty = xmlTextReaderIsEmptyElement(reader) == 1;
    bool configuration = strcmp(name, "Configuration") == 0;
    if (xmlTextReaderDepth(reader) >= POLICY_DEPTH_MAX ||
        xmlTextReaderAttributeCount(reader) > POLICY_ATTRIBUTES_MAX) {
        fault(check, "P05", line_of(reader), "nested deeper than %d, or more than %d attributes",
              POLICY_DEPTH_MAX, POLICY_ATTRIBUTES_MAX);
        return;
    }
    if (!check->root_seen) {
        check_root(check, reader, name);
    } else if (!configuration) {
        check_element(check, reader, name);
        return;
    }
    check->scope = scope_enter(check->arena, check->scope);
    check->no_memory = check->no_memory || check->scope == NULL;
    if (empty && check->scope != NULL) {
        scope_end(check);
    }
}

static bool goes_on(const struct check *check)
{
    const struct policy_report *report = check->report;
    bool hopeless = report->fault_count > 0 &&
                    (strcmp(report->faults[0].rule, "P06") == 0 ||
                     strcmp(report->faults[report->fault_count - 1].rule, "P05") == 0);
    return !check->no_memory && !hopeless;
}

static void walk(struct check *check, xmlTextReaderPtr reader)
{
    int step = xmlTextReaderRead(reader);
    while (step == 1 && goes_on(check)) {
        int kind = xmlTextReaderNodeType(reader);
        if (kind == XML_READER_TYPE_ELEMENT) {
            on_start(check, reader);
        } else if (kind == XML_READER_TYPE_END_ELEMENT && check->scope != NULL &&
                   strcmp((const char *)xmlTextReaderConstLocalName(reader), "Configuration") ==
                       0) {
            scope_end(check);
        }
        step = goes_on(check) ? xmlTextReaderRead(reader) : 0;
    }
    if (step < 0) {
        const xmlError *what = xmlGetLastError();
        struct slice text = slice_trim(slice_of(what == NULL ? NULL : what->message));
        fault(check, "P05", line_of(reader), "not well-formed: %.*s",
              (int)(text.length < 160 ? text.length : 160), text.text == NULL ? "" : text.text);
    }
}

static void quiet(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_setup(void)
{
    xmlInitParser();
}

static void parse(struct check *check, struct slice text)
{
    (void)pthread_once(&library_once, library_setup);
    xmlSetGenericErrorFunc(NULL, quiet);
    xmlResetLastError();
    /* Entities are refused before, so nothing is expanded; HUGE lifts the library's limits in favour of ours. */
    xmlTextReaderPtr reader = xmlReaderForMemory(text.text, (int)text.length, NULL, "UTF-8",
                                                 XML_PARSE_NONET | XML_PARSE_HUGE |
                                                     XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (reader == NULL) {
        check->no_memory = true;
        return;
    }
    walk(check, reader);
    xmlFreeTextReader(reader);
}

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

static void check_bytes(struct check *check, struct slice bytes)
{
    if (bytes.length == 0) {
        fault(check, "P01", 0, "the file is empty");
        return;
    }
    if (bytes.length > POLICY_BYTES_MAX) {
        fault(check, "P02", 0, "the file is over %d bytes", POLICY_BYTES_MAX);
        return;
    }
    struct slice text = without_mark(bytes);
    if (!slice_is_utf8(text)) {
        fault(check, "P03", 0, "the file is not UTF-8");
        return;
    }
    const char *declaration = find_declaration(text);
    if (declaration != NULL) {
        fault(check, "P04", line_at(text, declaration),
              "document types and entities are not allowed");
        return;
    }
    parse(check, text);
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
    if (out->fault_count == 0) {
        return RESULT_OK;
    }
    const struct policy_fault *first = &out->faults[0];
    return fail(error, RESULT_INVALID, "PolicyFile", "line %" PRIu32 ": %s: %s", first->line,
                first->rule, first->text);
}
