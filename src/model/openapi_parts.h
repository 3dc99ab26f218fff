/* The parts of an operation in the document: its parameters, its body and its answers. Private to the folder. */
#ifndef MODEL_OPENAPI_PARTS_H
#define MODEL_OPENAPI_PARTS_H

#include "model/openapi_schema.h"
#include "model/route.h"

/* Marks what the published contract of the original does not have. */
#define OPENAPI_EXTENSION "x-reeve-extension"

/* "parameters": […] of the route at `path`, which may be an alias. */
void parameters_write(struct schemas *schemas, const struct route *route, const char *path,
                      struct json_writer *writer);
/* "parameters": {…} of the components: those that every list has. */
void parameters_write_shared(struct json_writer *writer);

/* "requestBody": {…}, when the route takes one. */
void request_write(struct schemas *schemas, const struct route *route, struct json_writer *writer);

enum { SHARED_ANSWERS_MAX = 16 };

/* Answers that came up and are written once, among the components. */
struct shared_answers {
    bool used[SHARED_ANSWERS_MAX];
};

/* "responses": {…} */
void answers_write(struct schemas *schemas, struct shared_answers *shared,
                   const struct route *route, struct json_writer *writer);
void answers_write_shared(struct schemas *schemas, const struct shared_answers *shared,
                          struct json_writer *writer);

#endif
