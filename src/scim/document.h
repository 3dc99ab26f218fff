/* A SCIM resource in canonical form: names as in the tables, values of their types, arrays where an attribute has many
   values, extensions under their URN; nothing read-only, nothing unknown, nothing empty. */
#ifndef SCIM_DOCUMENT_H
#define SCIM_DOCUMENT_H

#include "base/result.h"
#include "scim/schema.h"

struct arena;
struct json;

enum { SCIM_TEXT_BYTES_MAX = 65536, SCIM_ELEMENTS_MAX = 1000 };

/* A whole body (POST, PUT). RESULT_INVALID: error->field is the scimType ("invalidValue"), the text names the member.
   Texts are the body's. */
MUST_CHECK enum result scim_document_take(struct arena *arena, const struct scim_kind *kind,
                                          const struct json *body, struct json **out,
                                          struct error *error);

/* The value of one attribute (or of its sub, by path->sub): booleans and single values come in the forms that clients
   send. *out is NULL for what means "unassigned": null, an empty array. */
MUST_CHECK enum result scim_value_take(struct arena *arena, const struct scim_path *path,
                                       const struct json *value, struct json **out,
                                       struct error *error);

/* One element of a multi-valued attribute, or the members of a complex one: an object, or a bare value for its "value". */
MUST_CHECK enum result scim_element_take(struct arena *arena,
                                         const struct scim_attribute *attribute,
                                         const struct json *value, struct json **out,
                                         struct error *error);

/* At most one element is the primary: `keep` when it says so, else the first that does. */
void scim_primary_settle(struct json *elements, const struct json *keep);

#endif
