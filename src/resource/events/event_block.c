#include "resource/events/event_block.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/time.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"
#include "resource/events/ecs.h"

#define PLACEHOLDER "0000-00-00T00:00:00.0000000+00:00"
_Static_assert(sizeof(PLACEHOLDER) - 1 == INGESTED_BYTES, "the placeholder is as long as a moment");

static void put_u32(char *out, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        out[i] = (char)(unsigned char)(value >> (8 * i));
    }
}

static uint32_t get_u32(const char *in)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        value |= (uint32_t)(unsigned char)in[i] << (8 * i);
    }
    return value;
}

void block_begin(struct block_writer *block, struct buffer *out)
{
    *block = (struct block_writer){ .out = out };
    buffer_add(out, "\0\0\0\0", 4);
}

void block_end(struct block_writer *block)
{
    if (!block->out->overflow) {
        put_u32(block->out->bytes, block->count);
    }
}

/* --- one document ------------------------------------------------------------------------------------------------------ */

struct writing {
    struct json_writer json;
    const struct document_marks *marks;
    size_t ingested_at; /* in the buffer */
};

static const struct field *field_exact(const struct shape *shape, struct slice name)
{
    if (shape == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < shape->count; i++) {
        const char *json = shape->fields[i].json;
        if (json[0] == name.text[0] && slice_is(name, json)) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

/* Readers of the original break on a wrong type, so such a member is left out; a number for a text is written as one. */
static bool type_fits(enum field_type type, const struct json *value)
{
    int64_t moment = 0;
    switch (type) {
    case FIELD_UUID:
    case FIELD_TEXT:
    case FIELD_ENUM: return value->type == JSON_TEXT || value->type == JSON_INT;
    case FIELD_TIME: return value->type == JSON_TEXT && time_parse(value->text, &moment, NULL);
    case FIELD_INT:
    case FIELD_INT64: return value->type == JSON_INT;
    case FIELD_NUMBER: return value->type == JSON_INT || value->type == JSON_NUMBER;
    case FIELD_BOOL: return value->type == JSON_BOOL;
    case FIELD_OBJECT:
    case FIELD_JSON: return value->type == JSON_OBJECT;
    case FIELD_ARRAY: return value->type == JSON_ARRAY;
    case FIELD_FILE:
    case FIELD_ANY: return true;
    }
    return false;
}

/* What the tables say about a value; FIELD_ANY without a shape for what they do not name. */
struct expected {
    enum field_type type;
    const struct field *field; /* of an array, for its items */
    const struct shape *shape; /* of an object */
};

static void put_members(struct writing *writing, const struct json *object,
                        const struct shape *shape, const char *const *own);

static struct expected expected_item(const struct field *array)
{
    if (array == NULL || array->type != FIELD_ARRAY) {
        return (struct expected){ .type = FIELD_ANY };
    }
    return array->shape != NULL ? (struct expected){ FIELD_OBJECT, NULL, array->shape }
                                : (struct expected){ array->items, NULL, NULL };
}

static void put_value(struct writing *writing, const struct json *value,
                      const struct expected *expected)
{
    struct json_writer *json = &writing->json;
    if (value->type == JSON_OBJECT) {
        json_begin_object(json);
        put_members(writing, value, expected->shape, NULL);
        json_end_object(json);
    } else if (value->type == JSON_ARRAY) {
        struct expected item = expected_item(expected->field);
        json_begin_array(json);
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            if (at->type != JSON_NULL && type_fits(item.type, at)) {
                put_value(writing, at, &item);
            }
        }
        json_end_array(json);
    } else if (value->type == JSON_INT && expected->type == FIELD_TEXT) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%" PRId64, value->integer);
        json_put_text(json, text);
    } else {
        json_put_value(json, value);
    }
}

static bool is_own(const char *const *own, struct slice name)
{
    for (size_t i = 0; own != NULL && own[i] != NULL; i++) {
        if (slice_is(name, own[i])) {
            return true;
        }
    }
    return false;
}

/* The members of an object, but for those that the server sets itself (`own`, NULL-terminated, or NULL). */
static void put_members(struct writing *writing, const struct json *object,
                        const struct shape *shape, const char *const *own)
{
    const struct json *first = json_is(object, JSON_OBJECT) ? object->first : NULL;
    for (const struct json *at = first; at != NULL; at = at->next) {
        const struct field *field = at->key.length == 0 ? NULL : field_exact(shape, at->key);
        bool fits = field == NULL || type_fits(field->type, at);
        if (at->type == JSON_NULL || !fits || is_own(own, at->key)) {
            continue;
        }
        const struct expected expected = {
            .type = field == NULL ? FIELD_ANY : field->type,
            .field = field,
            .shape = field == NULL ? NULL : field->shape,
        };
        json_key_slice(&writing->json, at->key);
        put_value(writing, at, &expected);
    }
}

/* An event without an id gets one that a repetition of it would get again. */
static void put_event_id(struct writing *writing, const struct json *event)
{
    const struct json *given = json_get(event, "id");
    if (json_is(given, JSON_TEXT) && given->text.length > 0) {
        json_member_slice(&writing->json, "id", given->text);
        return;
    }
    uint64_t seed = UINT64_C(14695981039346656037);
    for (const char *at = writing->marks->computer_id; *at != '\0'; at++) {
        seed = (seed ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    struct uuid id;
    uuid_seeded(seed, (uint64_t)writing->marks->sequence, &id);
    json_member_text(&writing->json, "id", id.text);
}

static void put_event(struct writing *writing, const struct json *event)
{
    static const char *const own[] = { "id", "ingested", "ReceivedAt", NULL };
    char received[TIME_TEXT_BYTES];
    struct json_writer *json = &writing->json;
    json_key(json, "event");
    json_begin_object(json);
    put_event_id(writing, event);
    put_members(writing, event, &shape_epm_ecs_event_event, own);
    json_key(json, "ingested");
    writing->ingested_at = json->out->length + 1;
    json_put_text(json, PLACEHOLDER);
    (void)time_format(writing->marks->received_us, TIME_ZONED, received);
    json_member_text(json, "ReceivedAt", received);
    json_end_object(json);
}

static void put_agent(struct writing *writing, const struct json *agent)
{
    static const char *const own[] = { "id", NULL };
    json_key(&writing->json, "agent");
    json_begin_object(&writing->json);
    json_member_text(&writing->json, "id", writing->marks->computer_id);
    put_members(writing, agent, &shape_epm_ecs_event_agent, own);
    json_end_object(&writing->json);
}

static void put_product(struct writing *writing, const struct json *product)
{
    static const char *const own[] = { "TenantId", "GroupId", NULL };
    const struct field *field = shape_find(&shape_epm_ecs_event, "EPMWinMac", 0);
    json_key(&writing->json, "EPMWinMac");
    json_begin_object(&writing->json);
    put_members(writing, product, field == NULL ? NULL : field->shape, own);
    json_member_text(&writing->json, "TenantId", writing->marks->tenant_id);
    if (writing->marks->group_id != NULL) {
        json_member_text(&writing->json, "GroupId", writing->marks->group_id);
    }
    json_end_object(&writing->json);
}

static void put_timestamp(struct writing *writing, const struct json *event)
{
    const struct json *given = json_get(event, "@timestamp");
    int64_t moment = 0;
    if (json_is(given, JSON_TEXT) && time_parse(given->text, &moment, NULL)) {
        json_member_slice(&writing->json, "@timestamp", given->text);
        return;
    }
    char text[TIME_TEXT_BYTES];
    (void)time_format(writing->marks->received_us, TIME_ZULU, text);
    json_member_text(&writing->json, "@timestamp", text);
}

void block_add(struct block_writer *block, const struct json *event,
               const struct document_marks *marks)
{
    static const char *const own[] = { "@timestamp", "event", "agent", "EPMWinMac", NULL };
    struct writing writing = { .marks = marks };
    buffer_add(block->out, "\0\0\0\0\0\0\0\0", 8);
    size_t start = block->out->length;
    json_writer_init(&writing.json, block->out);
    json_begin_object(&writing.json);
    put_timestamp(&writing, event);
    put_event(&writing, json_get(event, "event"));
    put_agent(&writing, json_get(event, "agent"));
    put_members(&writing, event, &shape_epm_ecs_event, own);
    put_product(&writing, json_get(event, "EPMWinMac"));
    json_end_object(&writing.json);
    if (!block->out->overflow) {
        put_u32(block->out->bytes + start - 8, (uint32_t)(block->out->length - start));
        put_u32(block->out->bytes + start - 4, (uint32_t)(writing.ingested_at - start));
        block->count++;
    }
}

/* --- reading ----------------------------------------------------------------------------------------------------------- */

bool block_open(struct block_reader *reader, struct slice bytes)
{
    if (bytes.length < 4) {
        return false;
    }
    *reader = (struct block_reader){ .at = bytes.text + 4,
                                     .end = bytes.text + bytes.length,
                                     .left = get_u32(bytes.text) };
    return true;
}

bool block_next(struct block_reader *reader, struct slice *out_document, uint32_t *out_offset)
{
    if (reader->left == 0 || reader->end - reader->at < 8) {
        return false;
    }
    uint32_t length = get_u32(reader->at);
    uint32_t offset = get_u32(reader->at + 4);
    if ((size_t)(reader->end - reader->at) - 8 < length || offset > length ||
        length - offset < INGESTED_BYTES) {
        return false;
    }
    *out_document = (struct slice){ reader->at + 8, length };
    *out_offset = offset;
    reader->at += 8 + (size_t)length;
    reader->left--;
    return true;
}

void block_document_write(struct slice document, uint32_t offset, int64_t ingested_us,
                          struct buffer *out)
{
    char moment[TIME_TEXT_BYTES];
    (void)time_format(ingested_us, TIME_ZONED, moment);
    buffer_add(out, document.text, offset);
    buffer_add(out, moment, INGESTED_BYTES);
    size_t behind = (size_t)offset + INGESTED_BYTES;
    buffer_add(out, document.text + behind, document.length - behind);
}
