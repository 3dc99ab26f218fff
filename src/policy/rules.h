/* The rules on elements (P06 to P15): what must be there, be unique and be met. Private to the folder. */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "policy/document.h"
#include "policy/policy.h"

struct arena;
struct scope;

struct check {
    struct arena *arena;
    struct policy_report *report;
    struct scope *scope; /* of the innermost Configuration */
    bool no_memory;
    bool root_seen;
    bool root_wrong; /* nothing within is looked at */
};

/* Adds to the report; rules that begin with W are warnings. */
void check_fault(struct check *check, const char *rule, const struct element *place,
                 const char *format, ...) PRINTF_LIKE(4, 5);

extern const struct document_events rule_events; /* their context is a struct check */

#endif
