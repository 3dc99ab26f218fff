/* The operation on roles and the shapes of its answers, for the tables. */
#ifndef RESOURCE_ROLES_ROLES_OPS_H
#define RESOURCE_ROLES_ROLES_OPS_H

#include "model/operation.h"

extern const struct shape role_row_shape;
extern const struct shape role_detail_shape;

operation_call roles_get;

#endif
