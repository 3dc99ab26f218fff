/* The operations on custom roles, for the route table. */
#ifndef RESOURCE_GLOBAL_ROLES_GLOBAL_ROLES_OPS_H
#define RESOURCE_GLOBAL_ROLES_GLOBAL_ROLES_OPS_H

#include "model/operation.h"

extern const struct shape global_role_detail;

operation_call global_roles_create;
operation_call global_roles_modify;
operation_call global_roles_delete;

#endif
