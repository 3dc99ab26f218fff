/* The components of an OpenAPI document: every schema that its operations mention, once. Private to the folder. */
#ifndef MODEL_OPENAPI_SCHEMA_H
#define MODEL_OPENAPI_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "json/write.h"
#include "model/field.h"
#include "model/resource.h"

enum { SCHEMAS_MAX = 1024 };

enum schema_kind { SCHEMA_SHAPE, SCHEMA_NAMES, SCHEMA_PAGE, SCHEMA_FILTER };

struct schemas {
    struct schema {
        enum schema_kind kind;
        const char *name;
        const void *from; /* struct shape, names or resource, by kind */
        bool
            nullable; /* the same, or null: a schema of its own, since 3.0 allows null only by type */
    } items[SCHEMAS_MAX];
    size_t count;
    unsigned version;
    bool lists; /* some operation is a list */
    bool overflow;
};

extern const struct shape problem_shape;
extern const struct shape sort_shape;
extern const struct names date_selection_names;
extern const struct names numeric_operator_names;

/* {"$ref": …}; the schema is noted for schemas_write. */
void schema_ref_shape(struct schemas *schemas, const struct shape *shape,
                      struct json_writer *writer);
void schema_ref_names(struct schemas *schemas, const struct names *names,
                      struct json_writer *writer);
void schema_ref_page(struct schemas *schemas, const struct resource *resource,
                     struct json_writer *writer);
/* The schema of one field's value. */
void schema_field(struct schemas *schemas, const struct field *field, struct json_writer *writer);
/* {"type": …, "format": …} of a plain type. */
void schema_plain(enum field_type type, struct json_writer *writer);
/* "schemas": {…} with all that was noted, and what those mention. */
void schemas_write(struct schemas *schemas, struct json_writer *writer);

#endif
