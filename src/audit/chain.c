#include "audit/chain.h"

#include <string.h>

const char *const chain_field_names[CHAIN_FIELDS] = {
    [CHAIN_USER_ID] = "userId",       [CHAIN_USER] = "user",
    [CHAIN_CHANGED_BY] = "changedBy", [CHAIN_ENTITY] = "entity",
    [CHAIN_ENTITY_ID] = "entityId",   [CHAIN_ENTITY_NAME] = "entityName",
    [CHAIN_AUDIT_TYPE] = "auditType", [CHAIN_DETAILS] = "details",
    [CHAIN_OBJECT] = "object",        [CHAIN_OBJECT_JSON] = "objectJson",
    [CHAIN_REQUEST_ID] = "requestId",
};

enum { VERSION = 1, NUMBER_BYTES = 8, LENGTH_BYTES = 4 };

static void add_number(struct buffer *out, uint64_t number, size_t bytes)
{
    for (size_t i = bytes; i > 0; i--) {
        buffer_char(out, (char)(number >> (8 * (i - 1)) & 0xff));
    }
}

void chain_fields_add(struct buffer *out, const struct slice fields[CHAIN_FIELDS])
{
    for (size_t i = 0; i < CHAIN_FIELDS; i++) {
        add_number(out, fields[i].text == NULL ? CHAIN_NULL : fields[i].length, LENGTH_BYTES);
        buffer_add(out, fields[i].text, fields[i].length);
    }
}

static bool take_field(struct slice *rest, struct slice *out)
{
    if (rest->length < LENGTH_BYTES) {
        return false;
    }
    uint32_t length = 0;
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        length = length << 8 | (uint8_t)rest->text[i];
    }
    rest->text += LENGTH_BYTES;
    rest->length -= LENGTH_BYTES;
    if (length == CHAIN_NULL) {
        *out = (struct slice){ 0 };
        return true;
    }
    if (length > rest->length) {
        return false;
    }
    *out = (struct slice){ rest->text, length };
    rest->text += length;
    rest->length -= length;
    return true;
}

bool chain_fields_take(struct slice *rest, struct slice out[CHAIN_FIELDS])
{
    for (size_t i = 0; i < CHAIN_FIELDS; i++) {
        if (!take_field(rest, &out[i])) {
            return false;
        }
    }
    return true;
}

enum result chain_hash(struct buffer *scratch, const uint8_t before[SHA256_BYTES],
                       const struct chain_link *link, uint8_t out[SHA256_BYTES],
                       struct error *error)
{
    buffer_reset(scratch);
    buffer_add(scratch, (const char *)before, SHA256_BYTES);
    buffer_char(scratch, VERSION);
    add_number(scratch, (uint64_t)link->id, NUMBER_BYTES);
    add_number(scratch, (uint64_t)link->created_us, NUMBER_BYTES);
    chain_fields_add(scratch, link->fields);
    if (scratch->overflow) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for an audit entry");
    }
    sha256_of(buffer_slice(scratch), out);
    return RESULT_OK;
}
