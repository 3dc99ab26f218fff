/* What the files of this folder share; private to it. */
#ifndef RESOURCE_MANAGEMENT_RULES_MANAGEMENT_RULES_PARTS_H
#define RESOURCE_MANAGEMENT_RULES_MANAGEMENT_RULES_PARTS_H

#include "resource/management_rules/management_rules.h"

extern const struct resource management_rules_resource;
extern const struct shape management_rule_row;
extern const struct names rule_action_names;

operation_call management_rules_create, management_rules_modify, management_rules_remove;

/* A row; texts live in ctx->arena. */
struct rule {
    const char *id, *name;
    enum rule_action action;
    bool enabled, is_system;
    int64_t days, position;
    const char *group_id; /* NULL: any */
    int64_t host_type;    /* -1: any */
    const char *host;     /* part of the name, folded; NULL: any */
};

/* All rules that are enabled (or all there are), in their order; at most RULES_MAX. */
MUST_CHECK enum result rules_load(struct ctx *ctx, bool enabled_only, struct rule **out,
                                  size_t *out_count);

#endif
