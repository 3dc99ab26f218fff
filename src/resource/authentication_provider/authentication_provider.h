/* The provider by which people sign in: one record or none. */
#ifndef RESOURCE_AUTHENTICATION_PROVIDER_AUTHENTICATION_PROVIDER_H
#define RESOURCE_AUTHENTICATION_PROVIDER_AUTHENTICATION_PROVIDER_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"
#include "model/operation.h"

extern const struct route authentication_provider_routes[];
extern const size_t authentication_provider_route_count;

enum { PROVIDER_TEXT_CHARACTERS_MAX = 255 };

struct authentication_provider {
    struct slice type;     /* "OpenIDConnect" */
    struct slice provider; /* one of provider_names: Microsoft, Okta, Google, Ping, Other */
    struct slice domain, client_id;
};
/* RESULT_INVALID names the member and the rule. */
MUST_CHECK enum result authentication_provider_set(struct ctx *ctx,
                                                   const struct authentication_provider *order);
/* RESULT_NOT_FOUND when there is none. */
MUST_CHECK enum result authentication_provider_clear(struct ctx *ctx);

#endif
