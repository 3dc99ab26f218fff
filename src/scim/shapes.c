#include "scim/shapes.h"

#include "base/compiler.h"

/* clang-format off */
#define TEXT(name, text)             { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = text }
#define FLAG(name, text)             { .json = name, .type = FIELD_BOOL, .flags = FIELD_NULLABLE, .summary = text }
#define COUNT(name, text)            { .json = name, .type = FIELD_INT, .summary = text }
#define ANY(name, text)              { .json = name, .type = FIELD_ANY, .flags = FIELD_NULLABLE, .summary = text }
#define OBJECT(name, of, text)       { .json = name, .type = FIELD_OBJECT, .flags = FIELD_NULLABLE, .shape = of, .summary = text }
#define ARRAY(name, of, text)        { .json = name, .type = FIELD_ARRAY, .shape = of, .summary = text }
#define TEXTS(name, text)            { .json = name, .type = FIELD_ARRAY, .items = FIELD_TEXT, .summary = text }
#define TEXTS_NEEDED(name, text)     { .json = name, .type = FIELD_ARRAY, .items = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = text }
#define MOMENT(name, text)           { .json = name, .type = FIELD_TIME, .summary = text }
#define WORD(name, of, text)         { .json = name, .type = FIELD_ENUM, .names = of, .summary = text }
#define SHAPE(variable, schema, text, rows, marks) const struct shape variable = { .name = schema, .summary = text, .fields = rows, .count = COUNT_OF(rows), .flags = marks }
#define NAMES(variable, schema, values) static const struct names variable = { schema, values, COUNT_OF(values) }
#define SCHEMAS                      TEXTS("schemas", "URNs of what is in it")

/* --- users -------------------------------------------------------------------------------------- */

static const struct field name_fields[] = {
    TEXT("formatted", "Whole name as it is shown"), TEXT("givenName", "Given name"), TEXT("familyName", "Family name"),
    TEXT("middleName", "Middle names"), TEXT("honorificPrefix", "Title before the name"), TEXT("honorificSuffix", "Suffix behind the name"),
};
static SHAPE(name_shape, "ScimName", "Parts of a name", name_fields, SHAPE_SHOWN);
#define ELEMENT_FIELDS(text) TEXT("value", text), TEXT("display", "Name for people"), TEXT("type", "What it is for"), FLAG("primary", "The preferred one")
static const struct field email_fields[] = { ELEMENT_FIELDS("E-mail address") };
static SHAPE(email_shape, "ScimEmail", "E-mail address", email_fields, SHAPE_SHOWN);
static const struct field role_ref_fields[] = { ELEMENT_FIELDS("Name of the role; its id is taken, too") };
static SHAPE(role_ref_shape, "ScimRoleRef", "Role of a user", role_ref_fields, SHAPE_SHOWN);
static const struct field entitlement_fields[] = { ELEMENT_FIELDS("Permission as resource::action") };
static SHAPE(entitlement_shape, "ScimEntitlementRef", "Permission of a user", entitlement_fields, SHAPE_SHOWN);
static const struct field group_fields[] = { TEXT("value", "Id of the group"), TEXT("$ref", "Its address"), TEXT("display", "Its name"), TEXT("type", "How it is a member") };
static SHAPE(group_shape, "ScimGroupRef", "Group of a user", group_fields, SHAPE_SHOWN);
static const struct field meta_fields[] = {
    TEXT("resourceType", "Kind of resource"), MOMENT("created", "When it was made"), MOMENT("lastModified", "When it was last changed"),
    TEXT("location", "Its address"), TEXT("version", "Its entity tag"),
};
static SHAPE(meta_shape, "ScimMeta", "About the resource itself", meta_fields, SHAPE_SHOWN);
static const struct field user_fields[] = {
    SCHEMAS,
    { .json = "id", .type = FIELD_UUID, .summary = "Id that the server gave it; ignored in bodies" },
    TEXT("userName", "Name for signing in: an e-mail address in an accepted domain. Required"),
    OBJECT("name", &name_shape, "Parts of the name"), ARRAY("emails", &email_shape, "E-mail addresses; made from userName when left out"),
    TEXT("displayName", "Name for people"), TEXT("locale", "Language and region, e.g. en-US"), TEXT("timezone", "IANA time zone"),
    TEXT("externalId", "Id that the client gave it"), TEXT("dateTimeFormat", "Form in which moments are shown"),
    ARRAY("groups", &group_shape, "Always empty"), TEXT("password", "Taken and dropped; never in answers"),
    FLAG("active", "False: the user is disabled"), ARRAY("roles", &role_ref_shape, "Roles on everything"),
    ARRAY("entitlements", &entitlement_shape, "Permissions that follow from the roles; ignored in bodies"),
    OBJECT("meta", &meta_shape, "About the resource; ignored in bodies"),
};
SHAPE(scim_user_shape, "ScimUserModel", "A user, with the other attributes of RFC 7643 and the enterprise extension as they were sent", user_fields, SHAPE_OPEN | SHAPE_SHOWN);

#define LIST_FIELDS(of) \
    TEXTS_NEEDED("schemas", "URN of a list"), { .json = "totalResults", .type = FIELD_INT, .flags = FIELD_REQUIRED, .summary = "How many fit" }, \
    COUNT("startIndex", "Index of the first one, from 1"), COUNT("itemsPerPage", "How many are on the page; of an empty page, the size that was asked for"), \
    ARRAY("Resources", of, "The page")
static const struct field user_list_fields[] = { LIST_FIELDS(&scim_user_shape) };
SHAPE(scim_user_list_shape, "ScimUserListResponse", "A page of users", user_list_fields, 0);

static const struct field patch_operation_fields[] = {
    { .json = "op", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "add, remove or replace, in any letter case" },
    TEXT("path", "Attribute, with a filter of its elements"), ANY("value", "What to set"),
};
static SHAPE(patch_operation_shape, "ScimPatchOperation", "One change", patch_operation_fields, SHAPE_SHOWN);
static const struct field patch_fields[] = { SCHEMAS, ARRAY("Operations", &patch_operation_shape, "Changes in their order, all or none") };
SHAPE(scim_patch_shape, "ScimPatchRequest", "Changes of a resource", patch_fields, SHAPE_SHOWN);
static const struct field search_fields[] = {
    SCHEMAS, TEXTS("attributes", "Paths to return"), TEXTS("excludedAttributes", "Paths to leave out"), TEXT("filter", "RFC 7644 filter expression"),
    TEXT("sortBy", "Path to sort by"), TEXT("sortOrder", "ascending or descending"), COUNT("startIndex", "From 1"), COUNT("count", "Page size"),
};
SHAPE(scim_search_shape, "ScimSearchRequest", "A query", search_fields, SHAPE_SHOWN);

/* --- roles and errors --------------------------------------------------------------------------- */

static const struct field role_fields[] = {
    SCHEMAS, { .json = "id", .type = FIELD_UUID, .summary = "Role id" }, TEXT("value", "Name, as in a user's roles"), TEXT("display", "The same"),
    TEXT("displayName", "The same"), TEXT("type", "Role or Global"), FLAG("primary", "Always false"), OBJECT("meta", &meta_shape, "About the resource"),
};
SHAPE(scim_role_shape, "ScimUserRole", "Role that users may have", role_fields, 0);
static const struct field role_list_fields[] = { LIST_FIELDS(&scim_role_shape) };
SHAPE(scim_role_list_shape, "ScimUserRoleScimListResponse", "A page of roles", role_list_fields, 0);

static const struct field member_fields[] = { TEXT("value", "Id of the user"), TEXT("$ref", "Address of the user"), TEXT("display", "User name"), TEXT("type", "Always User") };
static SHAPE(member_shape, "ScimGroupMember", "User in a group", member_fields, SHAPE_SHOWN);
static const struct field scim_group_fields[] = {
    SCHEMAS, TEXT("id", "Id of the role"), TEXT("displayName", "Name of the role"), ARRAY("members", &member_shape, "Users who have the role on everything"),
    OBJECT("meta", &meta_shape, "About the resource; ignored in bodies"),
};
SHAPE(scim_group_shape, "ScimGroupModel", "Role as a group of the users who have it", scim_group_fields, SHAPE_OPEN | SHAPE_SHOWN);
static const struct field group_list_fields[] = { LIST_FIELDS(&scim_group_shape) };
SHAPE(scim_group_list_shape, "ScimGroupListResponse", "A page of groups", group_list_fields, 0);

static const char *const scim_types[] = { "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue", "invalidVers", "sensitive" };
NAMES(scim_type_names, "ScimErrorType", scim_types);
static const struct field error_fields[] = {
    TEXTS_NEEDED("schemas", "URN of an error"), { .json = "status", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .summary = "HTTP status" },
    WORD("scimType", &scim_type_names, "Kind of error"), TEXT("detail", "What is wrong"), TEXT("title", "Short text"), TEXT("traceId", "Request id, as in the server's log"),
};
SHAPE(scim_error_shape, "ScimError", "What went wrong (RFC 7644 section 3.12)", error_fields, 0);

/* --- discovery ---------------------------------------------------------------------------------- */

static const struct field supported_fields[] = { FLAG("supported", "Whether it is supported") };
static SHAPE(supported_shape, "ScimSupported", "Whether something is supported", supported_fields, 0);
static const struct field bulk_bounds_fields[] = { FLAG("supported", "Whether it is supported"), COUNT("maxOperations", "Most operations in a request"), COUNT("maxPayloadSize", "Most bytes of a request") };
static SHAPE(bulk_bounds_shape, "ScimBulkBounds", "Bounds of bulk requests", bulk_bounds_fields, 0);
static const struct field filter_bounds_fields[] = { FLAG("supported", "Whether it is supported"), COUNT("maxResults", "Most resources on a page") };
static SHAPE(filter_bounds_shape, "ScimFilterBounds", "Bounds of lists", filter_bounds_fields, 0);
static const struct field scheme_fields[] = {
    TEXT("type", "Kind of authentication"), TEXT("name", "Its name"), TEXT("description", "What it is"), TEXT("specUri", "Its specification"),
    TEXT("documentationUri", "Its documentation"), FLAG("primary", "The preferred one"),
};
static SHAPE(scheme_shape, "ScimAuthenticationScheme", "A way to authenticate", scheme_fields, 0);
static const struct field provider_fields[] = {
    SCHEMAS, TEXT("documentationUri", "Documentation for people"), OBJECT("patch", &supported_shape, "PATCH"), OBJECT("bulk", &bulk_bounds_shape, "Bulk"),
    OBJECT("filter", &filter_bounds_shape, "Filters"), OBJECT("changePassword", &supported_shape, "Changing passwords"), OBJECT("sort", &supported_shape, "Sorting"),
    OBJECT("etag", &supported_shape, "Entity tags"), ARRAY("authenticationSchemes", &scheme_shape, "Ways to authenticate"), OBJECT("meta", &meta_shape, "About the resource"),
};
SHAPE(scim_provider_shape, "ScimServiceProviderConfig", "What the service supports", provider_fields, 0);

static const char *const attribute_types[] = { "string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex" };
NAMES(attribute_type_names, "ScimAttributeType", attribute_types);
static const char *const mutabilities[] = { "readOnly", "readWrite", "immutable", "writeOnly" };
NAMES(mutability_names, "ScimMutability", mutabilities);
static const char *const returns[] = { "always", "never", "default", "request" };
NAMES(returned_names, "ScimReturned", returns);
static const char *const uniquenesses[] = { "none", "server", "global" };
NAMES(uniqueness_names, "ScimUniqueness", uniquenesses);
static const struct shape attribute_shape;
static const struct field attribute_fields[] = {
    TEXT("name", "Its name"), WORD("type", &attribute_type_names, "Its type"), FLAG("multiValued", "Whether it has many values"), TEXT("description", "What it is"),
    FLAG("required", "Whether it must be there"), TEXTS("canonicalValues", "Usual values"), FLAG("caseExact", "Whether letter case matters"),
    WORD("mutability", &mutability_names, "Who changes it"), WORD("returned", &returned_names, "When it is returned"), WORD("uniqueness", &uniqueness_names, "How unique it is"),
    TEXTS("referenceTypes", "What it refers to"), ARRAY("subAttributes", &attribute_shape, "Its members"),
};
static SHAPE(attribute_shape, "ScimSchemaAttribute", "An attribute", attribute_fields, 0);
static const struct field schema_fields[] = {
    SCHEMAS, TEXT("id", "Its URN"), TEXT("name", "Its name"), TEXT("description", "What it is"), ARRAY("attributes", &attribute_shape, "Its attributes"), OBJECT("meta", &meta_shape, "About the resource"),
};
SHAPE(scim_schema_shape, "ScimSchema", "Attributes of a kind of resource", schema_fields, 0);
static const struct field schema_list_fields[] = { LIST_FIELDS(&scim_schema_shape) };
SHAPE(scim_schema_list_shape, "ScimSchemaListResponse", "All schemas", schema_list_fields, 0);

static const struct field extension_fields[] = { TEXT("schema", "URN of the extension"), FLAG("required", "Whether every resource has it") };
static SHAPE(extension_shape, "ScimSchemaExtension", "An extension", extension_fields, 0);
static const struct field type_fields[] = {
    SCHEMAS, TEXT("id", "Its id"), TEXT("name", "Its name"), TEXT("description", "What it is"), TEXT("endpoint", "Path below the base address"), TEXT("schema", "URN of its schema"),
    ARRAY("schemaExtensions", &extension_shape, "Extensions"), OBJECT("meta", &meta_shape, "About the resource"),
};
SHAPE(scim_type_shape, "ScimResourceType", "Kind of resource", type_fields, 0);
static const struct field type_list_fields[] = { LIST_FIELDS(&scim_type_shape) };
SHAPE(scim_type_list_shape, "ScimResourceTypeListResponse", "All kinds of resources", type_list_fields, 0);

/* --- bulk --------------------------------------------------------------------------------------- */

static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
NAMES(method_names, "ScimBulkMethod", methods);
static const struct field bulk_operation_fields[] = {
    WORD("method", &method_names, "What to do"), TEXT("bulkId", "Name for what a POST makes; later operations may say bulkId:NAME"), TEXT("version", "Entity tag that it must have"),
    TEXT("path", "/Users or /Users/{id}"), ANY("data", "Body of the operation"),
};
static SHAPE(bulk_operation_shape, "ScimBulkOperation", "One operation", bulk_operation_fields, SHAPE_SHOWN);
static const struct field bulk_fields[] = { SCHEMAS, COUNT("failOnErrors", "Stop after so many failures"), ARRAY("Operations", &bulk_operation_shape, "Operations in their order") };
SHAPE(scim_bulk_shape, "ScimBulkRequest", "Several changes", bulk_fields, SHAPE_SHOWN);
static const struct field bulk_outcome_fields[] = {
    TEXT("method", "What was done"), TEXT("bulkId", "Name of the operation"), TEXT("version", "Entity tag after it"), TEXT("location", "Address of the resource"),
    TEXT("status", "HTTP status"), ANY("response", "The error"),
};
static SHAPE(bulk_outcome_shape, "ScimBulkOutcome", "What came of an operation", bulk_outcome_fields, 0);
static const struct field bulk_answer_fields[] = { SCHEMAS, ARRAY("Operations", &bulk_outcome_shape, "Outcomes in the order of the operations") };
SHAPE(scim_bulk_answer_shape, "ScimBulkResponse", "What came of the operations", bulk_answer_fields, 0);
/* clang-format on */
