/* SCIM PATCH (RFC 7644 section 3.5.2), with the forms that identity providers really send: operations in any letter
   case, "Set", dotted and URN keys without a path, bare values, booleans as text, values with "remove". */
#ifndef SCIM_PATCH_H
#define SCIM_PATCH_H

#include "base/result.h"
#include "scim/schema.h"

struct arena;
struct json;

enum { SCIM_PATCH_OPERATIONS_MAX = 1000 };

/* Applies the operations of the body in their order to `document` (canonical form, changed in place; on a failure it is
   half changed and to be dropped). error->field is the scimType: invalidSyntax, invalidPath, invalidFilter, noTarget,
   mutability, invalidValue. Whether required attributes are still there is the caller's check. */
MUST_CHECK enum result scim_patch_apply(struct arena *arena, const struct scim_kind *kind,
                                        const struct json *body, struct json *document,
                                        struct error *error);

#endif
