/* Who changed what, for those who collect it; read only. src/audit writes it. */
#ifndef RESOURCE_ACTIVITY_AUDITS_ACTIVITY_AUDITS_H
#define RESOURCE_ACTIVITY_AUDITS_ACTIVITY_AUDITS_H

#include <stddef.h>

#include "model/operation.h"

struct row_feed;

extern const struct route activity_audits_routes[];
extern const size_t activity_audits_route_count;
/* A row over activity_audit a. */
extern const struct shape activity_audit_detail_shape;
/* All of them, in the order of commits. */
extern const struct row_feed activity_audit_feed;
extern const struct stream_source activity_audits_stream;

#endif
