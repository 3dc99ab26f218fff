/* Faults on demand: their kinds, and the rules that say which calls get which. */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

/* What a kind does. */
enum fault_act {
    FAULT_STATUS,     /* the call does not run; it is answered with `status` */
    FAULT_DELAY,      /* it runs later */
    FAULT_CUT_BEFORE, /* it does not run; the connection breaks without an answer */
    FAULT_CUT_AFTER,  /* it runs; the connection breaks without an answer */
    FAULT_TRUNCATE,   /* it runs; the connection breaks within the answer's body */
    FAULT_REPEAT_ROWS /* it runs; a page begins with the last row of the one before */
};

struct fault_kind {
    const char *name;
    enum fault_act act;
    int status;
    const char *code; /* of the problem, or NULL */
    const char *why;
    const char *value; /* what `value` means, or NULL: it has none */
    int64_t value_initial, value_max;
    const char *summary;
};
extern const struct fault_kind fault_kinds[];
extern const size_t fault_kind_count;
/* By name, or by the status it answers with: "429". NULL when there is none. */
const struct fault_kind *fault_kind_find(struct slice name);

enum { FAULT_RULES_MAX = 256, FAULT_PATTERN_BYTES_MAX = 255, FAULT_TIMES_MAX = 1000000000 };

/* Which calls: all that fit what is given. */
struct fault_rule {
    int64_t id; /* counts up */
    const struct fault_kind *kind;
    char operation[FAULT_PATTERN_BYTES_MAX + 1]; /* operation id; empty: any */
    char path[FAULT_PATTERN_BYTES_MAX + 1];      /* with * for any part; empty: any */
    char method[8];                              /* empty: any */
    int64_t share;                               /* of 100 calls that fit */
    int64_t times;                               /* so many times more; 0: until it is removed */
    int64_t value;
    int64_t met, done; /* calls that fitted, and that got the fault */
};

struct fault_call {
    const char *operation, *path, *method;
};

struct fault_rules {
    uint64_t seed;
    int64_t last_id;
    struct fault_rule rules[FAULT_RULES_MAX];
    size_t count;
};

void fault_rules_reset(struct fault_rules *rules, uint64_t seed);
/* RESULT_TOO_LARGE past FAULT_RULES_MAX. Gives it its id. */
MUST_CHECK enum result fault_rule_add(struct fault_rules *rules, struct fault_rule *rule,
                                      struct error *error);
bool fault_rule_remove(struct fault_rules *rules, int64_t id);
/* The first rule that fits and whose turn it is, counted; NULL without one. One whose last time this was is gone after. */
const struct fault_kind *fault_take(struct fault_rules *rules, const struct fault_call *call,
                                    int64_t *out_value);

/* KIND or KIND=VALUE, as the header Reeve-Sandbox-Fault has it. RESULT_INVALID says what is allowed. */
MUST_CHECK enum result fault_parse(struct slice text, const struct fault_kind **out_kind,
                                   int64_t *out_value, struct error *error);
/* Does the text fit the pattern, in any letter case? * stands for any part of it. */
bool pattern_fits(const char *pattern, const char *text);

#endif
