/* The OpenAPI 3.0.1 document of a face, made from its tables. */
#ifndef MODEL_OPENAPI_H
#define MODEL_OPENAPI_H

#include "base/text.h"
#include "model/route.h"

enum openapi_format { OPENAPI_JSON, OPENAPI_YAML };

/* `version` is the one bit of enum api_version to print (0 for a face without versions). Paths are whole
   ("/management-api/v3/Computers"); aliases are paths of their own, marked x-alias-of. Overflow shows in `out`. */
void openapi_write(const struct face *face, unsigned version, enum openapi_format format,
                   struct buffer *out);

#endif
