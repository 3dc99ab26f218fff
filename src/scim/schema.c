#include "scim/schema.h"

#include <string.h>

/* clang-format off */
/* The summary comes first of the rest; other members may follow it. */
#define ATTRIBUTE(attribute_name, attribute_type, attribute_flags, ...) { .name = attribute_name, .type = attribute_type, .flags = attribute_flags, .summary = __VA_ARGS__ }
#define SUBS(rows) .subs = rows, .sub_count = COUNT_OF(rows)

static const char *const contact_types[] = { "work", "home", "other", NULL };
static const char *const phone_types[] = { "work", "home", "mobile", "fax", "pager", "other", NULL };
static const char *const photo_types[] = { "photo", "thumbnail", NULL };
static const char *const im_types[] = { "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", NULL };
static const char *const group_types[] = { "direct", "indirect", NULL };

static const struct scim_attribute meta_subs[] = {
    ATTRIBUTE("resourceType", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Kind of resource"),
    ATTRIBUTE("created", SCIM_DATE_TIME, SCIM_READ_ONLY, "When it was made"),
    ATTRIBUTE("lastModified", SCIM_DATE_TIME, SCIM_READ_ONLY, "When it was last changed"),
    ATTRIBUTE("location", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Its address", .references = "uri"),
    ATTRIBUTE("version", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Its entity tag"),
};
const struct scim_attribute scim_common_attributes[] = {
    ATTRIBUTE("schemas", SCIM_REFERENCE, SCIM_MULTI | SCIM_READ_ONLY | SCIM_CASE_EXACT | SCIM_ALWAYS, "URNs of the schemas in it", .references = "uri"),
    ATTRIBUTE("id", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT | SCIM_ALWAYS | SCIM_UNIQUE, "Id that the server gave it"),
    ATTRIBUTE("externalId", SCIM_STRING, SCIM_CASE_EXACT, "Id that the client gave it"),
    ATTRIBUTE("meta", SCIM_COMPLEX, SCIM_READ_ONLY, "About the resource itself", SUBS(meta_subs)),
};
const size_t scim_common_count = COUNT_OF(scim_common_attributes);

static const struct scim_attribute name_subs[] = {
    ATTRIBUTE("formatted", SCIM_STRING, 0, "Whole name as it is shown"),
    ATTRIBUTE("familyName", SCIM_STRING, 0, "Family name"),
    ATTRIBUTE("givenName", SCIM_STRING, 0, "Given name"),
    ATTRIBUTE("middleName", SCIM_STRING, 0, "Middle names"),
    ATTRIBUTE("honorificPrefix", SCIM_STRING, 0, "Title before the name"),
    ATTRIBUTE("honorificSuffix", SCIM_STRING, 0, "Suffix behind the name"),
};

/* The five usual members of an element; what its value is differs. */
#define ELEMENT_SUBS(value_type, value_flags, types, text) \
    ATTRIBUTE("value", value_type, value_flags, text), \
    ATTRIBUTE("display", SCIM_STRING, 0, "Name for people"), \
    ATTRIBUTE("type", SCIM_STRING, 0, "What it is for", .canonical = types), \
    ATTRIBUTE("primary", SCIM_BOOLEAN, 0, "The preferred one; at most one")

static const struct scim_attribute email_subs[] = { ELEMENT_SUBS(SCIM_STRING, 0, contact_types, "E-mail address") };
static const struct scim_attribute phone_subs[] = { ELEMENT_SUBS(SCIM_STRING, 0, phone_types, "Telephone number") };
static const struct scim_attribute im_subs[] = { ELEMENT_SUBS(SCIM_STRING, 0, im_types, "Address for instant messages") };
static const struct scim_attribute photo_subs[] = { ELEMENT_SUBS(SCIM_REFERENCE, SCIM_CASE_EXACT, photo_types, "Address of a picture") };
static const struct scim_attribute entitlement_subs[] = { ELEMENT_SUBS(SCIM_STRING, 0, NULL, "Permission as resource::action") };
static const struct scim_attribute role_subs[] = { ELEMENT_SUBS(SCIM_STRING, 0, NULL, "Name of the role") };
static const struct scim_attribute certificate_subs[] = { ELEMENT_SUBS(SCIM_BINARY, SCIM_CASE_EXACT, NULL, "Certificate, Base64 of DER") };
static const struct scim_attribute address_subs[] = {
    ATTRIBUTE("formatted", SCIM_STRING, 0, "Whole address as it is written"),
    ATTRIBUTE("streetAddress", SCIM_STRING, 0, "Street and number"),
    ATTRIBUTE("locality", SCIM_STRING, 0, "City"),
    ATTRIBUTE("region", SCIM_STRING, 0, "State or region"),
    ATTRIBUTE("postalCode", SCIM_STRING, 0, "Postal code"),
    ATTRIBUTE("country", SCIM_STRING, 0, "Country, ISO 3166-1"),
    ATTRIBUTE("type", SCIM_STRING, 0, "What it is for", .canonical = contact_types),
    ATTRIBUTE("primary", SCIM_BOOLEAN, 0, "The preferred one; at most one"),
};
static const struct scim_attribute group_subs[] = {
    ATTRIBUTE("value", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Id of the group"),
    ATTRIBUTE("$ref", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Address of the group", .references = "Group"),
    ATTRIBUTE("display", SCIM_STRING, SCIM_READ_ONLY, "Name of the group"),
    ATTRIBUTE("type", SCIM_STRING, SCIM_READ_ONLY, "How it is a member", .canonical = group_types),
};

static const struct scim_attribute user_attributes[] = {
    ATTRIBUTE("userName", SCIM_STRING, SCIM_REQUIRED | SCIM_UNIQUE | SCIM_COMPOSED, "Name for signing in: an e-mail address in an accepted domain"),
    ATTRIBUTE("name", SCIM_COMPLEX, 0, "Parts of the name", SUBS(name_subs)),
    ATTRIBUTE("displayName", SCIM_STRING, 0, "Name for people"),
    ATTRIBUTE("nickName", SCIM_STRING, 0, "Casual name"),
    ATTRIBUTE("profileUrl", SCIM_REFERENCE, SCIM_CASE_EXACT, "Page about the person", .references = "external"),
    ATTRIBUTE("title", SCIM_STRING, 0, "Position"),
    ATTRIBUTE("userType", SCIM_STRING, 0, "Relation to the organisation"),
    ATTRIBUTE("preferredLanguage", SCIM_STRING, 0, "Language, as in Accept-Language"),
    ATTRIBUTE("locale", SCIM_STRING, 0, "Language and region for numbers and dates"),
    ATTRIBUTE("timezone", SCIM_STRING, 0, "IANA time zone"),
    ATTRIBUTE("dateTimeFormat", SCIM_STRING, 0, "Form in which moments are shown"),
    ATTRIBUTE("active", SCIM_BOOLEAN, 0, "False: the user is disabled"),
    ATTRIBUTE("password", SCIM_STRING, SCIM_WRITE_ONLY | SCIM_CASE_EXACT, "Taken and dropped: people sign in at the identity provider"),
    ATTRIBUTE("emails", SCIM_COMPLEX, SCIM_MULTI, "E-mail addresses", SUBS(email_subs)),
    ATTRIBUTE("phoneNumbers", SCIM_COMPLEX, SCIM_MULTI, "Telephone numbers", SUBS(phone_subs)),
    ATTRIBUTE("ims", SCIM_COMPLEX, SCIM_MULTI, "Addresses for instant messages", SUBS(im_subs)),
    ATTRIBUTE("photos", SCIM_COMPLEX, SCIM_MULTI, "Pictures", SUBS(photo_subs)),
    ATTRIBUTE("addresses", SCIM_COMPLEX, SCIM_MULTI, "Postal addresses", SUBS(address_subs)),
    ATTRIBUTE("groups", SCIM_COMPLEX, SCIM_MULTI | SCIM_READ_ONLY, "Groups of the user", SUBS(group_subs)),
    ATTRIBUTE("entitlements", SCIM_COMPLEX, SCIM_MULTI | SCIM_READ_ONLY, "Permissions that follow from the roles", SUBS(entitlement_subs)),
    ATTRIBUTE("roles", SCIM_COMPLEX, SCIM_MULTI, "Roles of the user", SUBS(role_subs)),
    ATTRIBUTE("x509Certificates", SCIM_COMPLEX, SCIM_MULTI, "Certificates", SUBS(certificate_subs)),
};
const struct scim_schema scim_user_schema = {
    "urn:ietf:params:scim:schemas:core:2.0:User", "User", "User account", user_attributes, COUNT_OF(user_attributes), true,
};

static const struct scim_attribute manager_subs[] = {
    ATTRIBUTE("value", SCIM_STRING, SCIM_CASE_EXACT, "Id of the manager"),
    ATTRIBUTE("$ref", SCIM_REFERENCE, SCIM_CASE_EXACT, "Address of the manager", .references = "User"),
    ATTRIBUTE("displayName", SCIM_STRING, 0, "Name of the manager"),
};
static const struct scim_attribute enterprise_attributes[] = {
    ATTRIBUTE("employeeNumber", SCIM_STRING, 0, "Number in the organisation"),
    ATTRIBUTE("costCenter", SCIM_STRING, 0, "Cost centre"),
    ATTRIBUTE("organization", SCIM_STRING, 0, "Organisation"),
    ATTRIBUTE("division", SCIM_STRING, 0, "Division"),
    ATTRIBUTE("department", SCIM_STRING, 0, "Department"),
    ATTRIBUTE("manager", SCIM_COMPLEX, 0, "The user's manager", SUBS(manager_subs)),
};
const struct scim_schema scim_enterprise_schema = {
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "EnterpriseUser", "Enterprise extension of users",
    enterprise_attributes, COUNT_OF(enterprise_attributes), false,
};

static const struct scim_attribute role_attributes[] = {
    ATTRIBUTE("value", SCIM_STRING, SCIM_READ_ONLY, "Name of the role, as in a user's roles"),
    ATTRIBUTE("display", SCIM_STRING, SCIM_READ_ONLY, "Name for people"),
    ATTRIBUTE("displayName", SCIM_STRING, SCIM_READ_ONLY, "The same"),
    ATTRIBUTE("type", SCIM_STRING, SCIM_READ_ONLY, "Kind of role"),
    ATTRIBUTE("primary", SCIM_BOOLEAN, SCIM_READ_ONLY, "Always false"),
};
const struct scim_schema scim_role_schema = {
    "urn:ietf:params:scim:schemas:core:2.0:Role", "Role", "Role that users may have", role_attributes, COUNT_OF(role_attributes), true,
};

static const struct scim_attribute member_subs[] = {
    ATTRIBUTE("value", SCIM_STRING, SCIM_REQUIRED, "Id of the user"),
    ATTRIBUTE("$ref", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Address of the user", .references = "User"),
    ATTRIBUTE("display", SCIM_STRING, SCIM_READ_ONLY, "User name"),
    ATTRIBUTE("type", SCIM_STRING, SCIM_READ_ONLY, "Always User"),
};
static const struct scim_attribute group_attributes[] = {
    ATTRIBUTE("displayName", SCIM_STRING, SCIM_REQUIRED | SCIM_UNIQUE, "Name of the role that the group is"),
    ATTRIBUTE("members", SCIM_COMPLEX, SCIM_MULTI, "Users who have the role on everything", SUBS(member_subs)),
};
const struct scim_schema scim_group_schema = {
    "urn:ietf:params:scim:schemas:core:2.0:Group", "Group", "Role as a group of the users who have it", group_attributes, COUNT_OF(group_attributes), true,
};

/* --- what describes the service itself: RFC 7643 sections 5 to 7 --------------------------------------------- */

static const struct scim_attribute supported_subs[] = { ATTRIBUTE("supported", SCIM_BOOLEAN, SCIM_READ_ONLY | SCIM_REQUIRED, "Whether it is supported") };
static const struct scim_attribute bulk_subs[] = {
    ATTRIBUTE("supported", SCIM_BOOLEAN, SCIM_READ_ONLY | SCIM_REQUIRED, "Whether it is supported"),
    ATTRIBUTE("maxOperations", SCIM_INTEGER, SCIM_READ_ONLY | SCIM_REQUIRED, "Most operations in a request"),
    ATTRIBUTE("maxPayloadSize", SCIM_INTEGER, SCIM_READ_ONLY | SCIM_REQUIRED, "Most bytes of a request"),
};
static const struct scim_attribute filter_subs[] = {
    ATTRIBUTE("supported", SCIM_BOOLEAN, SCIM_READ_ONLY | SCIM_REQUIRED, "Whether it is supported"),
    ATTRIBUTE("maxResults", SCIM_INTEGER, SCIM_READ_ONLY | SCIM_REQUIRED, "Most resources on a page"),
};
static const struct scim_attribute scheme_subs[] = {
    ATTRIBUTE("type", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED, "Kind of authentication"),
    ATTRIBUTE("name", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED, "Its name"),
    ATTRIBUTE("description", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED, "What it is"),
    ATTRIBUTE("specUri", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Its specification", .references = "external"),
    ATTRIBUTE("documentationUri", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Its documentation", .references = "external"),
    ATTRIBUTE("primary", SCIM_BOOLEAN, SCIM_READ_ONLY, "The preferred one"),
};
static const struct scim_attribute provider_attributes[] = {
    ATTRIBUTE("documentationUri", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Documentation for people", .references = "external"),
    ATTRIBUTE("patch", SCIM_COMPLEX, SCIM_READ_ONLY | SCIM_REQUIRED, "PATCH", SUBS(supported_subs)),
    ATTRIBUTE("bulk", SCIM_COMPLEX, SCIM_READ_ONLY | SCIM_REQUIRED, "Bulk", SUBS(bulk_subs)),
    ATTRIBUTE("filter", SCIM_COMPLEX, SCIM_READ_ONLY | SCIM_REQUIRED, "Filters", SUBS(filter_subs)),
    ATTRIBUTE("changePassword", SCIM_COMPLEX, SCIM_READ_ONLY | SCIM_REQUIRED, "Changing passwords", SUBS(supported_subs)),
    ATTRIBUTE("sort", SCIM_COMPLEX, SCIM_READ_ONLY | SCIM_REQUIRED, "Sorting", SUBS(supported_subs)),
    ATTRIBUTE("etag", SCIM_COMPLEX, SCIM_READ_ONLY | SCIM_REQUIRED, "Entity tags", SUBS(supported_subs)),
    ATTRIBUTE("authenticationSchemes", SCIM_COMPLEX, SCIM_MULTI | SCIM_READ_ONLY | SCIM_REQUIRED, "Ways to authenticate", SUBS(scheme_subs)),
};
const struct scim_schema scim_provider_schema = {
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig", "ServiceProviderConfig", "What the service supports",
    provider_attributes, COUNT_OF(provider_attributes), false,
};

static const struct scim_attribute extension_subs[] = {
    ATTRIBUTE("schema", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_REQUIRED | SCIM_CASE_EXACT, "URN of the extension", .references = "uri"),
    ATTRIBUTE("required", SCIM_BOOLEAN, SCIM_READ_ONLY | SCIM_REQUIRED, "Whether every resource has it"),
};
static const struct scim_attribute type_attributes[] = {
    ATTRIBUTE("id", SCIM_STRING, SCIM_READ_ONLY, "Its id"),
    ATTRIBUTE("name", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED, "Its name"),
    ATTRIBUTE("description", SCIM_STRING, SCIM_READ_ONLY, "What it is"),
    ATTRIBUTE("endpoint", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_REQUIRED | SCIM_CASE_EXACT, "Path below the base address", .references = "uri"),
    ATTRIBUTE("schema", SCIM_REFERENCE, SCIM_READ_ONLY | SCIM_REQUIRED | SCIM_CASE_EXACT, "URN of its schema", .references = "uri"),
    ATTRIBUTE("schemaExtensions", SCIM_COMPLEX, SCIM_MULTI | SCIM_READ_ONLY, "Extensions", SUBS(extension_subs)),
};
const struct scim_schema scim_type_schema = {
    "urn:ietf:params:scim:schemas:core:2.0:ResourceType", "ResourceType", "Kind of resource", type_attributes, COUNT_OF(type_attributes), false,
};

#define DESCRIBED \
    ATTRIBUTE("name", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED | SCIM_CASE_EXACT, "Its name"), \
    ATTRIBUTE("type", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED, "Its type"), \
    ATTRIBUTE("multiValued", SCIM_BOOLEAN, SCIM_READ_ONLY | SCIM_REQUIRED, "Whether it has many values"), \
    ATTRIBUTE("description", SCIM_STRING, SCIM_READ_ONLY, "What it is"), \
    ATTRIBUTE("required", SCIM_BOOLEAN, SCIM_READ_ONLY | SCIM_REQUIRED, "Whether it must be there"), \
    ATTRIBUTE("canonicalValues", SCIM_STRING, SCIM_MULTI | SCIM_READ_ONLY | SCIM_CASE_EXACT, "Usual values"), \
    ATTRIBUTE("caseExact", SCIM_BOOLEAN, SCIM_READ_ONLY, "Whether letter case matters"), \
    ATTRIBUTE("mutability", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT, "Who changes it"), \
    ATTRIBUTE("returned", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT, "When it is returned"), \
    ATTRIBUTE("uniqueness", SCIM_STRING, SCIM_READ_ONLY | SCIM_CASE_EXACT, "How unique it is"), \
    ATTRIBUTE("referenceTypes", SCIM_STRING, SCIM_MULTI | SCIM_READ_ONLY | SCIM_CASE_EXACT, "What it refers to")
static const struct scim_attribute described_subs[] = { DESCRIBED };
static const struct scim_attribute described_attributes[] = {
    DESCRIBED,
    ATTRIBUTE("subAttributes", SCIM_COMPLEX, SCIM_MULTI | SCIM_READ_ONLY, "Its members", SUBS(described_subs)),
};
static const struct scim_attribute schema_attributes[] = {
    ATTRIBUTE("id", SCIM_STRING, SCIM_READ_ONLY | SCIM_REQUIRED | SCIM_CASE_EXACT, "Its URN"),
    ATTRIBUTE("name", SCIM_STRING, SCIM_READ_ONLY, "Its name"),
    ATTRIBUTE("description", SCIM_STRING, SCIM_READ_ONLY, "What it is"),
    ATTRIBUTE("attributes", SCIM_COMPLEX, SCIM_MULTI | SCIM_READ_ONLY | SCIM_REQUIRED, "Its attributes", SUBS(described_attributes)),
};
const struct scim_schema scim_schema_schema = {
    "urn:ietf:params:scim:schemas:core:2.0:Schema", "Schema", "Attributes of a kind of resource", schema_attributes, COUNT_OF(schema_attributes), false,
};
/* clang-format on */

static const struct scim_schema *const user_extensions[] = { &scim_enterprise_schema, NULL };
const struct scim_kind scim_user_kind = { "User", "/Users", "User account", &scim_user_schema,
                                          user_extensions };
const struct scim_kind scim_role_kind = { "Role", "/Roles", "Role that users may have",
                                          &scim_role_schema, NULL };
const struct scim_kind scim_group_kind = { "Group", "/Groups",
                                           "Role as a group of the users who have it",
                                           &scim_group_schema, NULL };

/* --- finding ------------------------------------------------------------------------------------- */

static const struct scim_attribute *attribute_find(const struct scim_attribute *rows, size_t count,
                                                   struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is_any_case(name, rows[i].name)) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct scim_attribute *scim_sub_find(const struct scim_attribute *attribute,
                                           struct slice name)
{
    return attribute_find(attribute->subs, attribute->sub_count, name);
}

/* Behind "URN:", or the whole text when the URN is not in front. */
static bool urn_cut(struct slice text, const char *urn, struct slice *out_rest)
{
    size_t length = strlen(urn);
    if (!slice_starts_any_case(text, urn)) {
        return false;
    }
    if (text.length == length) {
        *out_rest = (struct slice){ .length = 0 };
        return true;
    }
    *out_rest = (struct slice){ text.text + length + 1, text.length - length - 1 };
    return text.text[length] == ':';
}

static bool names_find(const struct scim_schema *schema, struct slice names, struct scim_path *out)
{
    bool dotted = memchr(names.text, '.', names.length) != NULL;
    struct slice first = slice_cut(&names, '.');
    const struct scim_attribute *attribute =
        attribute_find(schema->attributes, schema->count, first);
    if (attribute == NULL && schema->common) {
        attribute = attribute_find(scim_common_attributes, scim_common_count, first);
    }
    if (attribute == NULL) {
        return false;
    }
    out->schema = schema;
    out->attribute = attribute;
    if (!dotted) {
        return true;
    }
    out->sub = scim_sub_find(attribute, names);
    return out->sub != NULL;
}

bool scim_path_find(const struct scim_kind *kind, struct slice text, struct scim_path *out)
{
    struct slice rest = text;
    *out = (struct scim_path){ .extension = false };
    for (size_t i = 0; kind->extensions != NULL && kind->extensions[i] != NULL; i++) {
        if (urn_cut(text, kind->extensions[i]->urn, &rest)) {
            out->extension = true;
            out->schema = kind->extensions[i];
            return rest.length == 0 || names_find(kind->extensions[i], rest, out);
        }
    }
    if (urn_cut(text, kind->core->urn, &rest) && rest.length == 0) {
        return false;
    }
    return rest.length > 0 && names_find(kind->core, rest, out);
}
