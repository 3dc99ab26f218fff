/* What SCIM bodies and answers look like, for the document: the operations check bodies by the schema tables. */
#ifndef SCIM_SHAPES_H
#define SCIM_SHAPES_H

#include "model/field.h"

extern const struct shape scim_user_shape, scim_user_list_shape, scim_patch_shape,
    scim_search_shape;
extern const struct shape scim_role_shape, scim_role_list_shape, scim_error_shape;
extern const struct shape scim_group_shape, scim_group_list_shape;
extern const struct shape scim_provider_shape, scim_schema_shape, scim_schema_list_shape;
extern const struct shape scim_type_shape, scim_type_list_shape, scim_bulk_shape,
    scim_bulk_answer_shape;

#endif
