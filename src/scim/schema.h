/* The attributes of a SCIM user (RFC 7643), as const tables: what bodies, filters, PATCH paths and /Schemas go by. */
#ifndef SCIM_SCHEMA_H
#define SCIM_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum scim_type {
    SCIM_STRING,
    SCIM_BOOLEAN,
    SCIM_INTEGER,
    SCIM_DATE_TIME,
    SCIM_REFERENCE,
    SCIM_BINARY,
    SCIM_COMPLEX,
};

enum scim_flags {
    SCIM_MULTI = 1 << 0,
    SCIM_REQUIRED = 1 << 1,
    SCIM_CASE_EXACT = 1 << 2,
    SCIM_READ_ONLY = 1 << 3,  /* bodies that hold it are taken without it */
    SCIM_WRITE_ONLY = 1 << 4, /* taken, never kept, never returned */
    SCIM_ALWAYS = 1 << 5,     /* returned whatever excludedAttributes says */
    SCIM_UNIQUE = 1 << 6,
    SCIM_COMPOSED = 1 << 7, /* letters and their marks in one, as accounts keep their names */
};

struct scim_attribute {
    const char *name; /* exact case */
    enum scim_type type;
    unsigned flags; /* enum scim_flags */
    const struct scim_attribute *subs;
    size_t sub_count;
    const char *const *canonical; /* usual values, NULL-terminated; NULL: none */
    const char *references;       /* SCIM_REFERENCE: names separated by blanks */
    const char *summary;
};

struct scim_schema {
    const char *urn;
    const char *name;
    const char *summary;
    const struct scim_attribute *attributes;
    size_t count;
    bool common; /* has id, externalId, meta beside its own attributes */
};

extern const struct scim_schema scim_user_schema, scim_enterprise_schema, scim_role_schema;
extern const struct scim_schema scim_group_schema;
extern const struct scim_schema scim_provider_schema, scim_type_schema, scim_schema_schema;

/* A kind of resource: its schema and what extends it. */
struct scim_kind {
    const char *name;     /* "User" */
    const char *endpoint; /* "/Users" */
    const char *summary;
    const struct scim_schema *core;
    const struct scim_schema *const *extensions; /* NULL-terminated; NULL: none */
};
extern const struct scim_kind scim_user_kind, scim_role_kind, scim_group_kind;

/* id, externalId, schemas and meta, which every resource has. */
extern const struct scim_attribute scim_common_attributes[];
extern const size_t scim_common_count;

/* Where an attribute is: "userName", "name.givenName", "urn:…:User:department". */
struct scim_path {
    const struct scim_schema *schema;
    const struct scim_attribute *attribute; /* NULL: a whole extension */
    const struct scim_attribute *sub;       /* NULL: the attribute itself */
    bool extension;                         /* lies in the object named by schema->urn */
};

/* By its text, in any letter case, with or without the URN. False when the kind has no such attribute. */
bool scim_path_find(const struct scim_kind *kind, struct slice text, struct scim_path *out);

/* NULL when there is none; in any letter case. */
const struct scim_attribute *scim_sub_find(const struct scim_attribute *attribute,
                                           struct slice name);

#endif
