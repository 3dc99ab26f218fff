#include "sandbox/fault.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
const struct fault_kind fault_kinds[] = {
    { "token-expired", FAULT_STATUS, 401, "invalid_token", "the access token has expired", NULL, 0, 0, "401, as for a token that has run out" },
    { "forbidden", FAULT_STATUS, 403, NULL, "the account may not do this (fault on demand)", NULL, 0, 0, "403" },
    { "not-found", FAULT_STATUS, 404, NULL, "there is no such thing (fault on demand)", NULL, 0, 0, "404" },
    { "conflict", FAULT_STATUS, 409, NULL, "it clashes with what is there (fault on demand)", NULL, 0, 0, "409" },
    { "rate-limit", FAULT_STATUS, 429, NULL, "too many requests (fault on demand)", "seconds of Retry-After", 1, 3600, "429 with Retry-After" },
    { "server-error", FAULT_STATUS, 500, NULL, "the server could not do this (fault on demand)", NULL, 0, 0, "500" },
    { "unavailable", FAULT_STATUS, 503, NULL, "the server is busy (fault on demand)", NULL, 0, 0, "503 with Retry-After" },
    { "delay", FAULT_DELAY, 0, NULL, NULL, "milliseconds, at least", 1000, 120000, "The call runs later" },
    { "cut-before", FAULT_CUT_BEFORE, 0, NULL, NULL, NULL, 0, 0, "The call does not run; the connection breaks without an answer" },
    { "cut-after", FAULT_CUT_AFTER, 0, NULL, NULL, NULL, 0, 0, "The call runs; the connection breaks without an answer" },
    { "truncate", FAULT_TRUNCATE, 0, NULL, NULL, "bytes of the body that come; 0: half of them", 0, 1000000000, "The call runs; the connection breaks within the body" },
    { "repeat-rows", FAULT_REPEAT_ROWS, 0, NULL, NULL, NULL, 0, 0, "A page begins with the last row of the page before, as when a row came in between; sorted by created ascending it does not" },
};
/* clang-format on */
const size_t fault_kind_count = COUNT_OF(fault_kinds);

const struct fault_kind *fault_kind_find(struct slice name)
{
    for (size_t i = 0; i < fault_kind_count; i++) {
        char status[16];
        (void)snprintf(status, sizeof(status), "%d", fault_kinds[i].status);
        bool by_status = fault_kinds[i].status != 0 && slice_is(name, status);
        if (by_status || slice_is_any_case(name, fault_kinds[i].name)) {
            return &fault_kinds[i];
        }
    }
    return NULL;
}

bool pattern_fits(const char *pattern, const char *text)
{
    const char *star = NULL; /* the last * and where its part may end next */
    const char *again = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            again = text;
        } else if (tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

/* --- rules --------------------------------------------------------------------------------------- */

void fault_rules_reset(struct fault_rules *rules, uint64_t seed)
{
    rules->seed = seed;
    rules->last_id = 0;
    rules->count = 0;
}

enum result fault_rule_add(struct fault_rules *rules, struct fault_rule *rule, struct error *error)
{
    if (rules->count == FAULT_RULES_MAX) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "there are %d faults already; remove some with DELETE", FAULT_RULES_MAX);
    }
    rule->id = ++rules->last_id;
    rules->rules[rules->count++] = *rule;
    return RESULT_OK;
}

static void remove_at(struct fault_rules *rules, size_t index)
{
    rules->count--;
    memmove(&rules->rules[index], &rules->rules[index + 1],
            (rules->count - index) * sizeof(rules->rules[0]));
}

bool fault_rule_remove(struct fault_rules *rules, int64_t id)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].id == id) {
            remove_at(rules, i);
            return true;
        }
    }
    return false;
}

static bool rule_fits(const struct fault_rule *rule, const struct fault_call *call)
{
    return (rule->operation[0] == '\0' || strcasecmp(rule->operation, call->operation) == 0) &&
           (rule->path[0] == '\0' || pattern_fits(rule->path, call->path)) &&
           (rule->method[0] == '\0' || strcasecmp(rule->method, call->method) == 0);
}

/* 0 to 99, by the seed, the rule and which call it is. */
static int64_t chance(uint64_t seed, int64_t rule, int64_t number)
{
    uint64_t z = seed + (uint64_t)rule * UINT64_C(0xD1342543DE82EF95) +
                 (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (int64_t)((z ^ (z >> 31)) % 100);
}

const struct fault_kind *fault_take(struct fault_rules *rules, const struct fault_call *call,
                                    int64_t *out_value)
{
    for (size_t i = 0; i < rules->count; i++) {
        struct fault_rule *rule = &rules->rules[i];
        if (!rule_fits(rule, call) || chance(rules->seed, rule->id, rule->met++) >= rule->share) {
            continue;
        }
        const struct fault_kind *kind = rule->kind;
        *out_value = rule->value;
        rule->done++;
        if (rule->times > 0 && rule->done == rule->times) {
            remove_at(rules, i);
        }
        return kind;
    }
    return NULL;
}

/* --- the header ------------------------------------------------------------------------------------ */

enum result fault_parse(struct slice text, const struct fault_kind **out_kind, int64_t *out_value,
                        struct error *error)
{
    static const char field[] = "Reeve-Sandbox-Fault";
    struct slice rest = text;
    struct slice name = slice_trim(slice_cut(&rest, '='));
    struct slice value = slice_trim(rest);
    const struct fault_kind *kind = fault_kind_find(name);
    if (kind == NULL) {
        return fail(
            error, RESULT_INVALID, field,
            "must be a kind of fault as GET /sandbox/fault-kinds lists them, or KIND=VALUE");
    }
    int64_t number = kind->value_initial;
    if (value.length > 0 && kind->value == NULL) {
        return fail(error, RESULT_INVALID, field, "%s takes no value", kind->name);
    }
    if (value.length > 0 &&
        (!slice_int64(value, &number) || number < 0 || number > kind->value_max)) {
        return fail(error, RESULT_INVALID, field,
                    "the value of %s must be a whole number from 0 to %" PRId64, kind->name,
                    kind->value_max);
    }
    *out_kind = kind;
    *out_value = number;
    return RESULT_OK;
}
