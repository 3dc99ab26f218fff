/* What the files of this folder share. */
#ifndef RESOURCE_ADMIN_ACCESS_REQUESTS_ADMIN_ACCESS_REQUESTS_PARTS_H
#define RESOURCE_ADMIN_ACCESS_REQUESTS_ADMIN_ACCESS_REQUESTS_PARTS_H

#include "model/operation.h"

extern const struct resource admin_access_requests_resource;
extern const struct shape admin_detail_shape, admin_answer_shape, admin_create_shape,
    admin_decide_shape, admin_decide_one_shape;

/* What the request was due for has come; nothing when another server, or a new decision, came before. */
MUST_CHECK enum result admin_request_run_out(struct ctx *ctx, const char *id);

operation_call admin_access_create, admin_access_decide;

#endif
