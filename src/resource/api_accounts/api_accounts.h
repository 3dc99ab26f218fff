/* API accounts as the API shows them: a list, never a secret. */
#ifndef RESOURCE_API_ACCOUNTS_API_ACCOUNTS_H
#define RESOURCE_API_ACCOUNTS_API_ACCOUNTS_H

#include <stddef.h>

#include "model/route.h"

extern const struct route api_accounts_routes[];
extern const size_t api_accounts_route_count;

#endif
