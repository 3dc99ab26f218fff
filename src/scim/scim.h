/* SCIM 2.0 (RFC 7643, RFC 7644): identity providers make and keep users here. The same users as the management API's. */
#ifndef SCIM_SCIM_H
#define SCIM_SCIM_H

#include "model/route.h"

extern const struct face scim_face;

enum {
    SCIM_BODY_BYTES_MAX = 1024 * 1024,
    SCIM_BULK_OPERATIONS_MAX = 1000,
    SCIM_PAGE_MAX = 1000,
    SCIM_LIST_MS_MAX = 10000, /* of each of the two statements of a list; 503 then */
    SCIM_PAGE_USUAL = 100,
};

#endif
