/* Accepted domains: users have their e-mail address in one of them. */
#ifndef RESOURCE_ACCEPTED_DOMAINS_ACCEPTED_DOMAINS_H
#define RESOURCE_ACCEPTED_DOMAINS_ACCEPTED_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "model/operation.h"

extern const struct route accepted_domains_routes[];
extern const size_t accepted_domains_route_count;
extern const struct resource accepted_domains_resource;

/* A well-formed domain: two labels at least, the last one with a letter; canonical form (lower case, ASCII). */
bool domain_is_wellformed(const char *ascii);
/* RESULT_INVALID names `field` and the rule. `out` lives in ctx->arena. */
MUST_CHECK enum result domain_canonical(struct ctx *ctx, struct slice given, const char *field,
                                        const char **out);
/* Is the canonical domain one of the accepted ones? */
MUST_CHECK enum result domain_is_accepted(struct ctx *ctx, const char *domain, bool *out);
/* RESULT_CONFLICT when it is there already. */
MUST_CHECK enum result domain_add(struct ctx *ctx, const char *domain, const char **out_id);
/* Tells that a domain came (`before` NULL), went (`after` NULL) or changed. */
MUST_CHECK enum result domain_audit(struct ctx *ctx, const char *id, const char *before,
                                    const char *after);

#endif
