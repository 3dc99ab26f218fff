/* This side of the server: its routes, and how it words what goes wrong. */
#include "access/token.h"
#include "scim/answers.h"
#include "scim/ops.h"
#include "scim/scim.h"
#include "scim/shapes.h"

static enum result authenticate(struct ctx *ctx, struct slice authorization, struct principal *out)
{
    return token_authenticate(ctx->session, ctx->keys->secret_key, authorization, ctx->now_us, out,
                              ctx->error);
}

/* clang-format off */
#define QUERY(row_name, row_type, row_summary) { .name = row_name, .in = "query", .type = row_type, .summary = row_summary }
#define HEADER(row_name, row_summary)          { .name = row_name, .in = "header", .type = FIELD_TEXT, .summary = row_summary }
#define SELECTION \
    QUERY("attributes", FIELD_TEXT, "Comma-separated attribute paths to return"), \
    QUERY("excludedAttributes", FIELD_TEXT, "Comma-separated attribute paths to leave out; not with attributes")

static const struct parameter list_parameters[] = {
    QUERY("filter", FIELD_TEXT, "RFC 7644 filter expression"),
    { .name = "startIndex", .in = "query", .type = FIELD_INT, .initial = 1, .summary = "Index of the first result, from 1; below 1 reads as 1" },
    { .name = "count", .in = "query", .type = FIELD_INT, .initial = SCIM_PAGE_USUAL, .summary = "Page size, at most 1000; 0 gives totals only" },
    QUERY("itemsPerPage", FIELD_INT, "The same as count, which wins"),
    SELECTION,
    QUERY("sortBy", FIELD_TEXT, "Attribute path to sort on"),
    QUERY("sortOrder", FIELD_TEXT, "ascending or descending"),
};
static const struct parameter selection_parameters[] = { SELECTION };
static const struct parameter get_parameters[] = { SELECTION, HEADER("If-None-Match", "Answer 304 when the version matches") };
static const struct parameter change_parameters[] = { SELECTION, HEADER("If-Match", "Refuse the change with 412 unless the version matches") };
static const struct parameter delete_parameters[] = { HEADER("If-Match", "Refuse the change with 412 unless the version matches") };

#define TYPES "application/scim+json application/json"
#define FINE(status, shape_of, headers, text) { status, ANSWER_SHAPE, shape_of, TYPES, headers, text }
#define WRONG(status, headers, text)          { status, ANSWER_SHAPE, &scim_error_shape, "application/scim+json", headers, text }
#define ALWAYS \
    WRONG(400, NULL, "Parameter or body not valid; scimType tells the kind"), WRONG(401, "WWW-Authenticate", "Token missing, expired or revoked"), \
    WRONG(403, NULL, "The API account has no SCIM access, or a filter where there can be none"), WRONG(429, "Retry-After", "Too many requests"), \
    WRONG(500, NULL, "Server fault"), WRONG(503, "Retry-After", "Busy; come again")
#define BODY_WRONG WRONG(413, NULL, "Body over the limit"), WRONG(415, NULL, "Content type is not JSON")
#define ABSENT     WRONG(404, NULL, "No such resource")
#define STALE      WRONG(412, NULL, "The resource has another version")
#define TAKEN      WRONG(409, NULL, "userName or externalId is taken (uniqueness), or no administrator would be left")

static const struct answer user_list_answers[] = { FINE(200, &scim_user_list_shape, NULL, "One page"), ALWAYS };
static const struct answer search_answers[] = { FINE(200, &scim_user_list_shape, NULL, "One page"), ALWAYS, BODY_WRONG };
static const struct answer create_answers[] = { FINE(201, &scim_user_shape, "Location ETag", "Created; the body is the user"), ALWAYS, BODY_WRONG, TAKEN };
static const struct answer user_answers[] = { FINE(200, &scim_user_shape, "ETag", "The user"), { 304, ANSWER_EMPTY, NULL, NULL, "ETag", "Not changed" }, ALWAYS, ABSENT };
static const struct answer change_answers[] = { FINE(200, &scim_user_shape, "ETag", "The user as it is now"), ALWAYS, BODY_WRONG, ABSENT, TAKEN, STALE };
static const struct answer delete_answers[] = { { 204, ANSWER_EMPTY, NULL, NULL, NULL, "Gone from SCIM; disabled and kept for audits" }, ALWAYS, ABSENT, STALE,
                                                WRONG(405, "Allow", "This server keeps users"), WRONG(409, NULL, "No administrator would be left") };
static const struct answer role_list_answers[] = { FINE(200, &scim_role_list_shape, NULL, "One page"), ALWAYS };
static const struct answer role_answers[] = { FINE(200, &scim_role_shape, NULL, "The role"), ALWAYS, ABSENT };
#define NO_GROUPS WRONG(404, NULL, "No such resource, or a server without --scim-groups")
static const struct answer group_list_answers[] = { FINE(200, &scim_group_list_shape, NULL, "One page"), ALWAYS, NO_GROUPS };
static const struct answer group_answers[] = { FINE(200, &scim_group_shape, NULL, "The group"), ALWAYS, NO_GROUPS };
static const struct answer group_create_answers[] = { ALWAYS, BODY_WRONG, NO_GROUPS, WRONG(409, NULL, "There is a group of this name (uniqueness)") };
static const struct answer group_change_answers[] = { FINE(200, &scim_group_shape, NULL, "The group as it is now"), ALWAYS, BODY_WRONG, NO_GROUPS, WRONG(409, NULL, "No administrator would be left") };
static const struct answer provider_answers[] = { FINE(200, &scim_provider_shape, NULL, "What is supported"), ALWAYS };
static const struct answer schema_list_answers[] = { FINE(200, &scim_schema_list_shape, NULL, "All schemas"), ALWAYS };
static const struct answer schema_answers[] = { FINE(200, &scim_schema_shape, NULL, "The schema"), ALWAYS, ABSENT };
static const struct answer type_list_answers[] = { FINE(200, &scim_type_list_shape, NULL, "All kinds"), ALWAYS };
static const struct answer type_answers[] = { FINE(200, &scim_type_shape, NULL, "The kind"), ALWAYS };
static const struct answer group_type_answers[] = { FINE(200, &scim_type_shape, NULL, "The kind"), ALWAYS, NO_GROUPS };
static const struct answer bulk_answers[] = { FINE(200, &scim_bulk_answer_shape, NULL, "What came of each operation"), ALWAYS, BODY_WRONG };
static const struct answer me_answers[] = { WRONG(501, NULL, "API accounts are no users"), ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_tag, row_work, row_run, rows, row_summary) \
    .method = row_method, .path = row_path, .id_type = FIELD_TEXT, .id = row_id, .tag = row_tag, .area = AREA_SCIM, .level = LEVEL_FULL, \
    .work = row_work, .run = row_run, .answers = rows, .answer_count = COUNT_OF(rows), .summary = row_summary
#define EXTENSION        .extension = true
#define PARAMETERS(rows) .parameters = rows, .parameter_count = COUNT_OF(rows)
#define BODY(of)         .body_kind = BODY_JSON, .body = &(of), .body_bytes_max = SCIM_BODY_BYTES_MAX

static const struct route routes[] = {
    { ROUTE_ROW(METHOD_GET, "Users", "ScimUsers_List", "ScimUsers", WORK_SLOW, scim_users_list, user_list_answers, "List users"), PARAMETERS(list_parameters) },
    { ROUTE_ROW(METHOD_POST, "Users", "ScimUsers_Create", "ScimUsers", WORK_WRITE, scim_users_create, create_answers, "Create a user"), PARAMETERS(selection_parameters), BODY(scim_user_shape) },
    { ROUTE_ROW(METHOD_POST, "Users/.search", "ScimUsers_Search", "ScimUsers", WORK_SLOW, scim_users_search, search_answers, "Query users by POST"), BODY(scim_search_shape) },
    { ROUTE_ROW(METHOD_GET, "Users/{userID}", "ScimUsers_Get", "ScimUsers", WORK_INLINE, scim_users_get, user_answers, "Read a user"), PARAMETERS(get_parameters) },
    { ROUTE_ROW(METHOD_PUT, "Users/{userID}", "ScimUsers_Replace", "ScimUsers", WORK_WRITE, scim_users_replace, change_answers, "Replace a user"), PARAMETERS(change_parameters), BODY(scim_user_shape) },
    { ROUTE_ROW(METHOD_PATCH, "Users/{userID}", "ScimUsers_Patch", "ScimUsers", WORK_WRITE, scim_users_patch, change_answers, "Change parts of a user"), PARAMETERS(change_parameters), BODY(scim_patch_shape) },
    { ROUTE_ROW(METHOD_DELETE, "Users/{userID}", "ScimUsers_Delete", "ScimUsers", WORK_WRITE, scim_users_delete, delete_answers, "Remove a user"), PARAMETERS(delete_parameters) },
    { ROUTE_ROW(METHOD_GET, "Roles", "ScimRoles_List", "ScimRoles", WORK_SLOW, scim_roles_list, role_list_answers, "List roles"), PARAMETERS(list_parameters) },
    { ROUTE_ROW(METHOD_GET, "Roles/{id}", "ScimRoles_Get", "ScimRoles", WORK_INLINE, scim_roles_get, role_answers, "Read a role by its id or name"), PARAMETERS(selection_parameters) },
    { ROUTE_ROW(METHOD_GET, "Groups", "ScimGroups_List", "ScimGroups", WORK_SLOW, scim_groups_list, group_list_answers, "List roles as groups (only with --scim-groups roles)"), EXTENSION, PARAMETERS(list_parameters) },
    { ROUTE_ROW(METHOD_POST, "Groups", "ScimGroups_Create", "ScimGroups", WORK_WRITE, scim_groups_create, group_create_answers, "Refused: a group is a role, which the Management API makes"), EXTENSION, BODY(scim_group_shape) },
    { ROUTE_ROW(METHOD_GET, "Groups/{id}", "ScimGroups_Get", "ScimGroups", WORK_SLOW, scim_groups_get, group_answers, "Read a group by the id or name of its role"), EXTENSION, PARAMETERS(selection_parameters) },
    { ROUTE_ROW(METHOD_PUT, "Groups/{id}", "ScimGroups_Replace", "ScimGroups", WORK_WRITE, scim_groups_replace, group_change_answers, "Set the members of a group"), EXTENSION, PARAMETERS(selection_parameters), BODY(scim_group_shape) },
    { ROUTE_ROW(METHOD_PATCH, "Groups/{id}", "ScimGroups_Patch", "ScimGroups", WORK_WRITE, scim_groups_patch, group_change_answers, "Add and remove members of a group"), EXTENSION, PARAMETERS(selection_parameters), BODY(scim_patch_shape) },
    { ROUTE_ROW(METHOD_GET, "ServiceProviderConfig", "ScimServiceProviderConfig_Get", "ScimServiceProviderConfig", WORK_INLINE, scim_provider_get, provider_answers, "Read what the service supports") },
    { ROUTE_ROW(METHOD_GET, "Schemas", "ScimSchemas_List", "ScimSchemas", WORK_INLINE, scim_schemas_list, schema_list_answers, "List schemas") },
    { ROUTE_ROW(METHOD_GET, "Schemas/{id}", "ScimSchemas_Get", "ScimSchemas", WORK_INLINE, scim_schemas_get, schema_answers, "Read a schema by its URN") },
    { ROUTE_ROW(METHOD_GET, "ResourceTypes", "ScimResourceTypes_List", "ScimResourceTypes", WORK_INLINE, scim_types_list, type_list_answers, "List resource types") },
    { ROUTE_ROW(METHOD_GET, "ResourceTypes/User", "ScimResourceTypes_User", "ScimResourceTypes", WORK_INLINE, scim_types_user, type_answers, "Read the resource type User") },
    { ROUTE_ROW(METHOD_GET, "ResourceTypes/Role", "ScimResourceTypes_Role", "ScimResourceTypes", WORK_INLINE, scim_types_role, type_answers, "Read the resource type Role") },
    { ROUTE_ROW(METHOD_GET, "ResourceTypes/Group", "ScimResourceTypes_Group", "ScimResourceTypes", WORK_INLINE, scim_types_group, group_type_answers, "Read the resource type Group (only with --scim-groups roles)"), EXTENSION },
    { ROUTE_ROW(METHOD_POST, "Bulk", "ScimBulk", "ScimUsers", WORK_WRITE, scim_bulk, bulk_answers, "Several changes in one request"), BODY(scim_bulk_shape) },
    { ROUTE_ROW(METHOD_GET, "Me", "ScimMe", "ScimUsers", WORK_INLINE, scim_me, me_answers, "The caller; API accounts are no users") },
};
/* clang-format on */
static const size_t route_count = COUNT_OF(routes);
static const struct route_table tables[] = { { routes, &route_count } };
static const struct tag tags[] = {
    { "ScimUsers", "Users, as identity providers keep them" },
    { "ScimRoles", "Roles that users may have" },
    { "ScimGroups", "Roles as groups of the users who have them" },
    { "ScimServiceProviderConfig", "What the service supports" },
    { "ScimSchemas", "Attributes of the resources" },
    { "ScimResourceTypes", "Kinds of resources" },
};

const struct face scim_face = {
    .name = "scim",
    .prefix = "/management-api/scim/{version}/",
    .versions = API_ALL,
    .tables = tables,
    .table_count = COUNT_OF(tables),
    .tags = tags,
    .tag_count = COUNT_OF(tags),
    .title = "Reeve SCIM",
    .token_url = "/oauth/connect/token",
    .problems = &scim_problems,
    .authenticate = authenticate,
};
