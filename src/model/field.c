#include "model/field.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/resource.h"

bool field_in(const struct field *field, unsigned version)
{
    return field->versions == 0 || version == 0 || (field->versions & version) != 0;
}

const struct field *shape_find(const struct shape *shape, const char *json, unsigned version)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field_in(field, version) && strcasecmp(field->json, json) == 0) {
            return field;
        }
    }
    return NULL;
}

int names_index(const struct names *names, const char *value, size_t length)
{
    struct slice text = { value, length };
    int64_t number = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (slice_is_any_case(text, names->values[i])) {
            return (int)i;
        }
    }
    bool ordinal = slice_int64(text, &number) && number >= 0 && (uint64_t)number < names->count;
    return ordinal ? (int)number : -1;
}

void filter_member_name(const char *name, char out[FILTER_NAME_BYTES_MAX])
{
    size_t length = strlen(name);
    assert(length < FILTER_NAME_BYTES_MAX);
    for (size_t i = 0; i < length; i++) {
        bool lower =
            i == 0 || (isupper((unsigned char)name[i]) && isupper((unsigned char)name[i - 1]) &&
                       !islower((unsigned char)name[i + 1]));
        out[i] = (char)(lower ? tolower((unsigned char)name[i]) : name[i]);
    }
    out[length] = '\0';
}
