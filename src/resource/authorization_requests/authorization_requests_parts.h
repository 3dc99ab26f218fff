/* What the files of this folder, and the audits of these requests, share. */
#ifndef RESOURCE_AUTHORIZATION_REQUESTS_AUTHORIZATION_REQUESTS_PARTS_H
#define RESOURCE_AUTHORIZATION_REQUESTS_AUTHORIZATION_REQUESTS_PARTS_H

#include "model/operation.h"

extern const struct shape notification_body_shape, notification_answer_shape;
extern const struct shape authorization_request_detail_shape;
extern const struct names
    notification_status_names; /* 1000, 2000, 2001 in the order of decisions */

/* What the request was due for has come; nothing when another server, or a new decision, came before. */
MUST_CHECK enum result authorization_request_run_out(struct ctx *ctx, const char *id);

operation_call authorization_requests_notification, authorization_requests_get;

#endif
