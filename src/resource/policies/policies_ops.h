/* The operations on policies and the rows they answer, for the route table. */
#ifndef RESOURCE_POLICIES_POLICIES_OPS_H
#define RESOURCE_POLICIES_POLICIES_OPS_H

#include "model/operation.h"
#include "model/resource.h"

extern const struct shape policy_detail_shape;
extern const struct shape policy_revision_shape;
extern const struct shape policy_assigned_group_shape;
extern const struct resource policy_revisions_resource;
extern const struct resource policy_groups_resource;

operation_call policies_create_prepare;
operation_call policies_create;
operation_call policies_modify;
operation_call policies_discard;
operation_call policies_delete;
operation_call policies_content;
operation_call policies_revision_content;

#endif
