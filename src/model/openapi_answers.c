#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model/answers.h"
#include "model/openapi_parts.h"

static void write_content(struct schemas *schemas, const char *types, const struct shape *shape,
                          struct json_writer *writer)
{
    struct slice rest = slice_of(types);
    json_key(writer, "content");
    json_begin_object(writer);
    while (rest.length > 0) {
        json_key_slice(writer, slice_cut(&rest, ' '));
        json_begin_object(writer);
        json_key(writer, "schema");
        if (shape != NULL) {
            schema_ref_shape(schemas, shape, writer);
        } else {
            schema_plain(FIELD_FILE, writer);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

void request_write(struct schemas *schemas, const struct route *route, struct json_writer *writer)
{
    static const char *const types[] = {
        [BODY_NONE] = NULL,
        [BODY_JSON] = "application/json text/json application/*+json",
        [BODY_FORM] = "multipart/form-data",
        [BODY_URLENCODED] = "application/x-www-form-urlencoded",
        [BODY_RAW] = "application/octet-stream application/x-ndjson",
    };
    const char *content = types[route->body_kind];
    if (content == NULL) {
        return;
    }
    if (route->body_kind == BODY_RAW && route->body != NULL) {
        content = types[BODY_URLENCODED];
    }
    json_key(writer, "requestBody");
    json_begin_object(writer);
    json_member_bool(writer, "required", true);
    write_content(schemas, content, route->body, writer);
    json_end_object(writer);
}

/* --- one answer --------------------------------------------------------------------------------------- */

static void write_answer_schema(struct schemas *schemas, const struct route *route,
                                const struct answer *answer, struct json_writer *writer)
{
    switch (answer->kind) {
    case ANSWER_SHAPE: schema_ref_shape(schemas, answer->shape, writer); break;
    case ANSWER_PAGE: schema_ref_page(schemas, route->resource, writer); break;
    case ANSWER_ARRAY:
        json_begin_object(writer);
        json_member_text(writer, "type", "array");
        json_key(writer, "items");
        schema_ref_shape(schemas, answer->shape, writer);
        json_end_object(writer);
        break;
    case ANSWER_UUID: schema_plain(FIELD_UUID, writer); break;
    case ANSWER_PROBLEM: schema_ref_shape(schemas, &problem_shape, writer); break;
    case ANSWER_FILE:
    case ANSWER_EMPTY: schema_plain(FIELD_FILE, writer); break;
    }
}

static const char *answer_types(const struct answer *answer)
{
    switch (answer->kind) {
    case ANSWER_EMPTY: return "";
    case ANSWER_FILE: return answer->types != NULL ? answer->types : "application/octet-stream";
    case ANSWER_PROBLEM: return "application/problem+json text/plain application/json text/json";
    case ANSWER_SHAPE:
    case ANSWER_PAGE:
    case ANSWER_ARRAY:
    case ANSWER_UUID:
        return answer->types != NULL ? answer->types : "text/plain application/json text/json";
    }
    return "";
}

static void write_headers(struct json_writer *writer, const char *headers)
{
    struct slice rest = slice_of(headers);
    if (rest.length == 0) {
        return;
    }
    json_key(writer, "headers");
    json_begin_object(writer);
    while (rest.length > 0) {
        struct slice name = slice_cut(&rest, ' ');
        json_key_slice(writer, name);
        json_begin_object(writer);
        json_key(writer, "schema");
        schema_plain(slice_is_any_case(name, "Retry-After") ? FIELD_INT : FIELD_TEXT, writer);
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* `route` is NULL for answers that are no page of it. */
static void write_answer(struct schemas *schemas, const struct route *route,
                         const struct answer *answer, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "description", answer->summary == NULL ? "" : answer->summary);
    write_headers(writer, answer->headers);
    struct slice types = slice_of(answer_types(answer));
    if (types.length > 0) {
        json_key(writer, "content");
        json_begin_object(writer);
        while (types.length > 0) {
            json_key_slice(writer, slice_cut(&types, ' '));
            json_begin_object(writer);
            json_key(writer, "schema");
            write_answer_schema(schemas, route, answer, writer);
            json_end_object(writer);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* --- answers that many operations have ------------------------------------------------------------------ */

/* One a status: an operation that words it otherwise has its own. */
static const struct answer shared_answers[] = { ANSWER_400, ANSWER_401, ANSWER_403, ANSWER_404,
                                                ANSWER_409, ANSWER_413, ANSWER_415, ANSWER_429,
                                                ANSWER_500, ANSWER_503 };
_Static_assert(COUNT_OF(shared_answers) <= SHARED_ANSWERS_MAX, "struct shared_answers holds them");

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_answer(const struct answer *a, const struct answer *b)
{
    return a->status == b->status && a->kind == b->kind && is_same_text(a->types, b->types) &&
           is_same_text(a->headers, b->headers) && is_same_text(a->summary, b->summary);
}

static void shared_name(size_t index, char *out, size_t room)
{
    (void)snprintf(out, room, "Problem%d", shared_answers[index].status);
}

/* A reference to it when it is one of the shared ones. */
static bool write_shared(struct shared_answers *shared, const struct answer *answer,
                         struct json_writer *writer)
{
    for (size_t i = 0; i < COUNT_OF(shared_answers); i++) {
        if (!is_same_answer(answer, &shared_answers[i])) {
            continue;
        }
        char name[24];
        char text[64];
        shared_name(i, name, sizeof(name));
        (void)snprintf(text, sizeof(text), "#/components/responses/%s", name);
        json_begin_object(writer);
        json_member_text(writer, "$ref", text);
        json_end_object(writer);
        shared->used[i] = true;
        return true;
    }
    return false;
}

static bool has_status(const struct route *route, int status)
{
    for (size_t i = 0; i < route->answer_count; i++) {
        if (route->answers[i].status == status) {
            return true;
        }
    }
    return false;
}

enum { EVERY_KIND = (1 << (BODY_RAW + 1)) - 1 };

/* What the dispatcher may answer whatever the operation does, so that no table has to say it. */
static void write_implied(struct shared_answers *shared, const struct route *route,
                          struct json_writer *writer)
{
    static const struct implied {
        struct answer answer;
        unsigned bodies; /* bits of the kinds of body that may bring it about */
    } implied[] = {
        { ANSWER_400, EVERY_KIND },
        { ANSWER_413, EVERY_KIND & ~(1u << BODY_NONE) },
        { ANSWER_415, EVERY_KIND & ~(1u << BODY_NONE | 1u << BODY_RAW) },
        { ANSWER_503, EVERY_KIND },
    };
    for (size_t i = 0; i < COUNT_OF(implied); i++) {
        const struct answer *answer = &implied[i].answer;
        bool may_be = (implied[i].bodies & 1u << route->body_kind) != 0;
        if (may_be && !has_status(route, answer->status)) {
            char status[8];
            (void)snprintf(status, sizeof(status), "%d", answer->status);
            json_key(writer, status);
            bool written = write_shared(shared, answer, writer);
            assert(written);
        }
    }
}

void answers_write(struct schemas *schemas, struct shared_answers *shared,
                   const struct route *route, struct json_writer *writer)
{
    json_key(writer, "responses");
    json_begin_object(writer);
    for (size_t i = 0; i < route->answer_count; i++) {
        const struct answer *answer = &route->answers[i];
        char status[8];
        (void)snprintf(status, sizeof(status), "%d", answer->status);
        json_key(writer, status);
        if (!write_shared(shared, answer, writer)) {
            write_answer(schemas, route, answer, writer);
        }
    }
    write_implied(shared, route, writer);
    json_end_object(writer);
}

void answers_write_shared(struct schemas *schemas, const struct shared_answers *shared,
                          struct json_writer *writer)
{
    json_key(writer, "responses");
    json_begin_object(writer);
    for (size_t i = 0; i < COUNT_OF(shared_answers); i++) {
        if (shared->used[i]) {
            char name[24];
            shared_name(i, name, sizeof(name));
            json_key(writer, name);
            write_answer(schemas, NULL, &shared_answers[i], writer);
        }
    }
    json_end_object(writer);
}
