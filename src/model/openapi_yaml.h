/* A JSON tree as block-style YAML 1.2. Private to the folder. */
#ifndef MODEL_OPENAPI_YAML_H
#define MODEL_OPENAPI_YAML_H

struct buffer;
struct json;

void yaml_write(const struct json *value, struct buffer *out);

#endif
