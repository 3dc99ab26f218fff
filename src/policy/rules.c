#include "policy/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "policy/scope.h"

enum { FAULT_TEXT_BYTES = 256, SHOWN_BYTES = 64, VERSION_NUMBERS_MAX = 4 };

/* --- faults ----------------------------------------------------------------------------------------------------------- */

void check_fault(struct check *check, const char *rule, const struct element *place,
                 const char *format, ...)
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
        list[(*count)++] = (struct policy_fault){ .rule = rule,
                                                  .text = copy,
                                                  .line = place == NULL ? 0 : place->line,
                                                  .column = place == NULL ? 0 : place->column };
    }
}

struct shown {
    char text[SHOWN_BYTES + 1];
};

/* The beginning of a value for a message, cut between characters. */
static struct shown shown_of(struct slice value)
{
    struct shown shown = { .text = "" };
    struct slice head = slice_head(value, SHOWN_BYTES);
    if (head.length > 0) {
        memcpy(shown.text, head.text, head.length);
    }
    return shown;
}

/* --- values ------------------------------------------------------------------------------------------------------------ */

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* 8-4-4-4-12 digits, each brace optional; lower-case text without braces goes to `out`. */
static bool guid_read(struct slice text, char out[GUID_BYTES])
{
    if (text.length > 0 && text.text[0] == '{') {
        text = (struct slice){ text.text + 1, text.length - 1 };
    }
    if (text.length > 0 && text.text[text.length - 1] == '}') {
        text.length--;
    }
    if (text.length != GUID_BYTES - 1) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? byte != '-' : !is_hex(byte)) {
            return false;
        }
        out[i] = (char)(byte >= 'A' && byte <= 'F' ? byte | 0x20 : byte);
    }
    out[text.length] = '\0';
    return true;
}

static bool is_brace(char byte)
{
    return byte == '{' || byte == '}';
}

/* References are met however many braces they have. */
static bool guid_refer(struct slice text, char out[GUID_BYTES])
{
    while (text.length > 0 && is_brace(text.text[0])) {
        text = (struct slice){ text.text + 1, text.length - 1 };
    }
    while (text.length > 0 && is_brace(text.text[text.length - 1])) {
        text.length--;
    }
    return guid_read(text, out);
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] < '0' || text.text[i] > '9') {
            return false;
        }
    }
    return text.length > 0;
}

/* 2 to 4 numbers with dots between. */
static bool is_version(struct slice text)
{
    size_t numbers = 0;
    bool ends_in_dot = text.length > 0 && text.text[text.length - 1] == '.';
    while (text.length > 0) {
        if (!is_digits(slice_cut(&text, '.'))) {
            return false;
        }
        numbers++;
    }
    return !ends_in_dot && numbers >= 2 && numbers <= VERSION_NUMBERS_MAX;
}

static bool has_text(const struct element *element, const char *name)
{
    struct slice value;
    return element_attribute(element, name, &value) && value.length > 0;
}

/* --- elements ----------------------------------------------------------------------------------------------------------- */

/* Which attributes of which element are asked for; in the order of enum policy_kind. */
static const struct element_rule {
    const char *name;
    enum policy_kind kind;
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

/* NULL for elements without rules of their own. */
static const struct element_rule *rule_of(const struct element *element)
{
    for (size_t i = 0; i < COUNT_OF(element_rules) && !element->foreign; i++) {
        if (slice_is(element->name, element_rules[i].name)) {
            return &element_rules[i];
        }
    }
    return NULL;
}

static bool is_configuration(struct slice name, bool foreign)
{
    return !foreign && slice_is(name, "Configuration");
}

static void check_id(struct check *check, const struct element *element,
                     const struct element_rule *rule)
{
    char guid[GUID_BYTES];
    struct slice id;
    struct shown name = shown_of(element->name);
    if (!element_attribute(element, "ID", &id)) {
        if (rule != NULL && rule->needs_id) {
            check_fault(check, "P11", element, "%s has no ID", name.text);
        }
        return;
    }
    if (!guid_read(id, guid)) {
        check_fault(check, "P09", element, "the ID of %s is not a GUID", name.text);
        return;
    }
    if (rule == NULL) {
        return;
    }
    switch (scope_put(check->arena, check->scope, rule->kind, guid)) {
    case SCOPE_NEW: break;
    case SCOPE_TWICE:
        check_fault(check, "P10", element, "%s ID %s is used twice", name.text, guid);
        break;
    case SCOPE_NO_MEMORY: check->no_memory = true; break;
    }
}

static void check_needs(struct check *check, const struct element *element,
                        const struct element_rule *rule)
{
    if (rule->needs_name && !has_text(element, "Name")) {
        check_fault(check, "P12", element, "%s has no Name", rule->name);
    }
    if (rule->needs_type && !has_text(element, "Type")) {
        check_fault(check, "P13", element, "%s has no Type", rule->name);
    }
}

static void check_reference(struct check *check, const struct element *element,
                            const struct reference_rule *rule)
{
    struct scope_reference reference = { .line = element->line,
                                         .column = element->column,
                                         .element = rule->element,
                                         .attribute = rule->attribute,
                                         .target = rule->target };
    struct slice value;
    if (!element_attribute(element, rule->attribute, &value) || value.length == 0) {
        if (rule->required) {
            check_fault(check, "P15", element, "%s names no %s", rule->element, rule->attribute);
        }
        return;
    }
    reference.is_guid = guid_refer(value, reference.guid);
    if (!reference.is_guid) {
        reference.shown = arena_strdup(check->arena, shown_of(value).text);
        check->no_memory = check->no_memory || reference.shown == NULL;
    }
    if (!scope_refer(check->arena, check->scope, &reference)) {
        check->no_memory = true;
    }
}

static void check_references(struct check *check, const struct element *element)
{
    for (size_t i = 0; i < COUNT_OF(reference_rules) && !element->foreign; i++) {
        if (slice_is(element->name, reference_rules[i].element)) {
            check_reference(check, element, &reference_rules[i]);
        }
    }
}

static void check_words(struct check *check, const struct element *element)
{
    for (size_t i = 0; i < COUNT_OF(word_rules); i++) {
        const struct word_rule *rule = &word_rules[i];
        struct slice value;
        bool meant =
            rule->element == NULL || (!element->foreign && slice_is(element->name, rule->element));
        if (meant && element_attribute(element, rule->attribute, &value) &&
            !slice_is_any_case(value, rule->words[0]) &&
            !slice_is_any_case(value, rule->words[1])) {
            check_fault(check, "W02", element,
                        "%s of %s is \"%s\", which this server does not know", rule->attribute,
                        shown_of(element->name).text, shown_of(value).text);
        }
    }
}

static const char *kept(struct check *check, struct slice value)
{
    const char *copy = slice_dup(check->arena, value);
    check->no_memory = check->no_memory || copy == NULL;
    return copy == NULL ? "" : copy;
}

static void check_root(struct check *check, const struct element *element)
{
    static const char *const numbers[] = { "ConfigRevision", "RevisionNumber" };
    char guid[GUID_BYTES];
    struct slice version = { NULL, 0 };
    struct slice id = { NULL, 0 };
    if (!is_configuration(element->name, element->foreign)) {
        check->root_wrong = true;
        check_fault(check, "P06", element, "the root element is %s%s, not Configuration",
                    shown_of(element->name).text, element->foreign ? " of a namespace" : "");
        return;
    }
    if (!element_attribute(element, "Version", &version) || !is_version(version)) {
        check_fault(check, "P07", element,
                    "Version is missing or is not numbers with dots between");
    }
    if (!element_attribute(element, "ID", &id) || !guid_read(id, guid)) {
        check_fault(check, "W01", element, "the root has no ID that is a GUID");
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct slice value;
        if (element_attribute(element, numbers[i], &value) && !is_digits(value)) {
            check_fault(check, "P08", element, "%s is not a number", numbers[i]);
        }
    }
    check->report->id = kept(check, id);
    check->report->version = kept(check, version);
}

static void count_element(struct policy_report *report, enum policy_kind kind)
{
    report->workstyles += kind == KIND_WORKSTYLE ? 1 : 0;
    report->application_groups += kind == KIND_APPLICATION_GROUP ? 1 : 0;
    report->message_policies += kind == KIND_MESSAGE_POLICY ? 1 : 0;
}

static void check_element(struct check *check, const struct element *element)
{
    const struct element_rule *rule = rule_of(element);
    check_id(check, element, rule);
    if (rule != NULL) {
        check_needs(check, element, rule);
        if (scope_is_outer(check->scope)) {
            count_element(check->report, rule->kind);
        }
    }
    check_references(check, element);
    check_words(check, element);
}

/* --- events -------------------------------------------------------------------------------------------------------------- */

static bool is_over(const struct check *check)
{
    return check->root_wrong || check->no_memory;
}

/* A nested Configuration has ids of its own. */
static void on_start(void *context, const struct element *element)
{
    struct check *check = context;
    if (is_over(check)) {
        return;
    }
    if (!check->root_seen) {
        check->root_seen = true;
        check_root(check, element);
    } else if (!is_configuration(element->name, element->foreign)) {
        check_element(check, element);
        return;
    }
    if (!is_over(check)) {
        struct scope *inner = scope_enter(check->arena, check->scope);
        check->no_memory = inner == NULL;
        check->scope = inner;
    }
}

static void on_end(void *context, struct slice name, bool foreign)
{
    struct check *check = context;
    if (is_over(check) || !is_configuration(name, foreign)) {
        return;
    }
    for (const struct scope_reference *at = scope_unresolved(check->scope); at != NULL;
         at = at->next) {
        const struct element place = { .line = at->line, .column = at->column };
        check_fault(check, "P14", &place, "%s of %s names no %s of this file: %s", at->attribute,
                    at->element, element_rules[at->target].name,
                    at->is_guid ? at->guid : at->shown);
    }
    check->scope = scope_leave(check->scope);
}

const struct document_events rule_events = { .start = on_start, .end = on_end };
