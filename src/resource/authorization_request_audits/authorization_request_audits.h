/* What became of application access requests, a row a change; read only. */
#ifndef RESOURCE_AUTHORIZATION_REQUEST_AUDITS_AUTHORIZATION_REQUEST_AUDITS_H
#define RESOURCE_AUTHORIZATION_REQUEST_AUDITS_AUTHORIZATION_REQUEST_AUDITS_H

#include <stddef.h>

#include "model/operation.h"

struct row_feed;

extern const struct route authorization_request_audits_routes[];
extern const size_t authorization_request_audits_route_count;
/* A row over authorization_request_audit a and authorization_request r. */
extern const struct shape authorization_request_audit_shape;
/* All of them, in the order of commits. */
extern const struct row_feed authorization_request_audit_feed;
extern const struct stream_source authorization_request_audits_stream;

#endif
