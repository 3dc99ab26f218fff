/* The sibling apps of an organisation, as the platform around tells them: kept as sent. */
#ifndef RESOURCE_APP_SWITCHER_APP_SWITCHER_H
#define RESOURCE_APP_SWITCHER_APP_SWITCHER_H

#include <stddef.h>

#include "model/operation.h"

extern const struct route app_switcher_routes[];
extern const size_t app_switcher_route_count;

enum { APP_CONNECTORS_MAX = 1000, APP_CONNECTOR_BODY_BYTES_MAX = 1024 * 1024 };

operation_call app_switcher_connector;

#endif
