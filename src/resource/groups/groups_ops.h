/* The operations on one group's own properties, for the route table. */
#ifndef RESOURCE_GROUPS_GROUPS_OPS_H
#define RESOURCE_GROUPS_GROUPS_OPS_H

#include "model/operation.h"

extern const struct shape group_detail_shape;

operation_call groups_create;
operation_call groups_modify;
operation_call groups_mark_default;

#endif
