/* EventRetention and EventHolds: how long events are kept, and what must not go. */
#include <inttypes.h>
#include <string.h>

#include "access/principal.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"
#include "model/answers.h"
#include "resource/events/event_class.h"
#include "resource/events/events.h"
#include "store/store.h"

enum {
    NAME_CHARACTERS_MAX = 255,
    REASON_CHARACTERS_MAX = 1000,
    COMPUTERS_BYTES_MAX = EVENT_HOLD_COMPUTERS_MAX * 40
};

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the request");
}

/* --- EventRetention ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *member, *noun;
} classes[EVENT_CLASSES] = {
    [CLASS_PASSIVE] = { "passiveDays", "passive events" },
    [CLASS_OTHER] = { "otherDays", "other events" },
};

static enum result audit_settings(struct ctx *ctx, struct slice sentence)
{
    const struct audit_entry entry = { .entity = "Settings",
                                       .type = "ModifySettings",
                                       .details = sentence };
    return audit_write(ctx, &entry);
}

static enum result days_change(struct ctx *ctx, const struct call *call, enum event_class class,
                               bool *out_changed)
{
    const struct json *value = call_member(call, classes[class].member);
    int64_t before = 0;
    if (!json_is(value, JSON_INT)) {
        return RESULT_OK;
    }
    TRY(store_int(ctx->session, &before, ctx->error,
                  "SELECT days FROM event_class WHERE class_no = $1", "i", (int64_t) class));
    if (before == value->integer) {
        return RESULT_OK;
    }
    *out_changed = true;
    TRY(store_run(ctx->session, ctx->error, "UPDATE event_class SET days = $2 WHERE class_no = $1",
                  "ii", (int64_t) class, value->integer));
    return audit_settings(ctx,
                          audit_sentence(ctx, "Keep %s for %" PRId64 " days, not %" PRId64 " days",
                                         classes[class].noun, value->integer, before));
}

/* PUT EventRetention: what is left out stays. */
static enum result retention_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    bool changed = false;
    for (int i = 0; i < EVENT_CLASSES; i++) {
        TRY(days_change(ctx, call, (enum event_class)i, &changed));
    }
    if (call_bool(call, "clockIsRight", false)) {
        changed = true;
        TRY(store_run(ctx->session, ctx->error,
                      "UPDATE event_clock SET checked = $1, refused = 0 WHERE id = 1", "i",
                      ctx->now_us));
        TRY(audit_settings(
            ctx, audit_sentence(ctx, "Say that the clock is right: what is past its days goes")));
    }
    if (!changed) {
        audit_unchanged(ctx);
    }
    return reply_empty(reply, 204);
}

/* --- EventHolds ----------------------------------------------------------------------------------------------------------- */

struct hold {
    const char *id, *name, *key, *reason, *computers; /* reason: NULL without */
    int64_t from_us, until_us;
};

static enum result hold_moment(struct ctx *ctx, const struct call *call, const char *member,
                               int64_t *out_us)
{
    if (time_parse(call_text(call, member), out_us, NULL)) {
        return RESULT_OK;
    }
    return fail(ctx->error, RESULT_INVALID, member, "%s must be a moment like 2026-08-12T17:34:28Z",
                member);
}

static enum result computer_hold(struct ctx *ctx, const struct hold *hold, const struct json *item,
                                 struct json_writer *writer)
{
    struct uuid id;
    if (!uuid_parse(json_text_of(item), &id)) {
        return fail(ctx->error, RESULT_INVALID, "computerIds",
                    "computerIds must be ids of computers, which are UUIDs");
    }
    json_put_text(writer, id.text);
    return store_run(ctx->session, ctx->error,
                     "INSERT INTO event_hold_computer (hold_id, computer_id) VALUES ($1, $2)"
                     " ON CONFLICT DO NOTHING",
                     "tt", hold->id, id.text);
}

/* The ids need not be of computers that are there still: that is what holds are for. */
static enum result computers_hold(struct ctx *ctx, const struct call *call, const struct hold *hold)
{
    const struct json *list = call_member(call, "computerIds");
    const struct json *first = json_is(list, JSON_ARRAY) ? list->first : NULL;
    struct json_writer writer;
    struct buffer text;
    enum result result = RESULT_OK;
    buffer_init(&text, COMPUTERS_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    for (const struct json *at = first; at != NULL && result == RESULT_OK; at = at->next) {
        result = computer_hold(ctx, hold, at, &writer);
    }
    json_end_array(&writer);
    if (result == RESULT_OK) {
        result = text.overflow ? no_memory(ctx)
                               : store_run(ctx->session, ctx->error,
                                           "UPDATE event_hold SET computers = $2 WHERE id = $1",
                                           "ts", hold->id, buffer_slice(&text));
    }
    buffer_done(&text);
    return result;
}

static enum result hold_check(struct ctx *ctx, const struct hold *hold)
{
    int64_t count = 0;
    if (hold->from_us > hold->until_us) {
        return fail(ctx->error, RESULT_INVALID, "from", "from must not be after until");
    }
    TRY(store_int(ctx->session, &count, ctx->error, "SELECT COUNT(*) FROM event_hold", ""));
    if (count >= EVENT_HOLDS_MAX) {
        return fail(ctx->error, RESULT_CONFLICT, NULL, "there are %d holds already, no more fit",
                    EVENT_HOLDS_MAX);
    }
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM event_hold WHERE name_key = $1", "t", hold->key));
    return count == 0
               ? RESULT_OK
               : fail(ctx->error, RESULT_CONFLICT, "name", "a hold with this name exists already");
}

static enum result hold_read(struct ctx *ctx, const struct call *call, struct hold *out)
{
    struct uuid id;
    struct slice reason = slice_trim(call_text(call, "reason"));
    uuid_make(ctx->now_us, &id);
    *out = (struct hold){
        .id = arena_strdup(ctx->arena, id.text),
        .name = slice_dup(ctx->arena, slice_trim(call_text(call, "name"))),
        .key = slice_fold(ctx->arena, slice_trim(call_text(call, "name"))),
        .reason = reason.length == 0 ? NULL : slice_dup(ctx->arena, reason),
    };
    if (out->id == NULL || out->name == NULL || out->key == NULL) {
        return no_memory(ctx);
    }
    TRY(hold_moment(ctx, call, "from", &out->from_us));
    return hold_moment(ctx, call, "until", &out->until_us);
}

static enum result audit_hold(struct ctx *ctx, const char *verb, const char *type,
                              const struct hold *hold)
{
    char from[TIME_TEXT_BYTES];
    char until[TIME_TEXT_BYTES];
    (void)time_format(hold->from_us, TIME_ZULU, from);
    (void)time_format(hold->until_us, TIME_ZULU, until);
    const struct audit_entry entry = {
        .entity = "EventHold",
        .entity_id = hold->id,
        .entity_name = slice_of(hold->name),
        .type = type,
        .details = audit_sentence(ctx, "%s the hold \"%s\" on events from %s until %s", verb,
                                  hold->name, from, until),
    };
    return audit_write(ctx, &entry);
}

/* POST EventHolds. */
static enum result hold_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct hold hold;
    TRY(hold_read(ctx, call, &hold));
    TRY(hold_check(ctx, &hold));
    TRY(store_run(
        ctx->session, ctx->error,
        "INSERT INTO event_hold (id, name, name_key, reason, created, created_by, from_us,"
        " until_us, computers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '[]')",
        "ttttitii", hold.id, hold.name, hold.key, hold.reason, ctx->now_us, ctx->principal->name,
        hold.from_us, hold.until_us));
    TRY(computers_hold(ctx, call, &hold));
    TRY(audit_hold(ctx, "Create", "CreateEventHold", &hold));
    const char *location = arena_printf(ctx->arena, "/management-api/%s/EventHolds/%s",
                                        ctx_version_name(ctx), hold.id);
    if (location == NULL) {
        return no_memory(ctx);
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, hold.id);
}

/* DELETE EventHolds/{id}: what is past its time goes with the next round. */
static enum result hold_lift(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct statement *row = NULL;
    struct hold hold = { .id = call->ids[0].text };
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT name, from_us, until_us FROM event_hold WHERE id = $1", "t", hold.id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no hold with the id %s", hold.id);
    }
    TRY(result);
    hold.name = slice_dup(ctx->arena, statement_text(row, 0));
    hold.from_us = statement_int(row, 1);
    hold.until_us = statement_int(row, 2);
    statement_reset(row);
    if (hold.name == NULL) {
        return no_memory(ctx);
    }
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM event_hold WHERE id = $1", "t", hold.id));
    TRY(audit_hold(ctx, "Lift", "DeleteEventHold", &hold));
    return reply_empty(reply, 204);
}

/* --- tables ----------------------------------------------------------------------------------------------------------------- */

/* clang-format off */
#define DAYS_OF(class) "(SELECT days FROM event_class WHERE class_no = " class ")"
#define OLDEST_OF(class) "(SELECT MIN(from_us) FROM event_partition WHERE dropped = 0 AND class_no = " class ")"
static const struct field retention_fields[] = {
    { .json = "passiveDays", .type = FIELD_INT, .column = DAYS_OF("0"), .summary = "Days that events with the codes 106, 107, 603 and 706 are kept" },
    { .json = "otherDays", .type = FIELD_INT, .column = DAYS_OF("1"), .summary = "Days that all other events are kept" },
    { .json = "passiveSince", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = OLDEST_OF("0"), .summary = "Start of the oldest partition of passive events" },
    { .json = "otherSince", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = OLDEST_OF("1"), .summary = "Start of the oldest partition of all other events" },
    { .json = "lastRound", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "NULLIF(c.checked, 0)", .summary = "When the last round found nothing more to drop" },
    { .json = "refusedSince", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "NULLIF(c.refused, 0)", .summary = "Since when nothing is dropped, because the clock seems to have jumped" },
    { .json = "partitionsDropped", .type = FIELD_INT64, .column = "c.dropped_count", .summary = "Partitions dropped so far" },
};
static const struct shape retention_row = {
    .name = "EventRetentionModel", .summary = "How long events are kept", .fields = retention_fields, .count = COUNT_OF(retention_fields), .times = TIME_ZONED,
};
static const struct resource retention_resource = {
    .name = "EventRetention", .noun = "retention of events", .from = "event_clock c", .key = "c.id", .key_is_number = true, .row = &retention_row,
};
static const struct field retention_body_fields[] = {
    { .json = "passiveDays", .type = FIELD_INT, .min = 1, .max = EVENT_DAYS_MAX, .summary = "Days for passive events; left out: stays" },
    { .json = "otherDays", .type = FIELD_INT, .min = 1, .max = EVENT_DAYS_MAX, .summary = "Days for all other events; left out: stays" },
    { .json = "clockIsRight", .type = FIELD_BOOL, .summary = "true: the clock did not jump by mistake, drop what is due" },
};
static const struct shape retention_body = {
    .name = "ModifyEventRetentionRequest", .summary = "Changes; what is left out stays", .fields = retention_body_fields, .count = COUNT_OF(retention_body_fields),
};

static const struct field hold_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "h.id", .summary = "Id" },
    { .json = "name", .type = FIELD_TEXT, .column = "h.name", .max = NAME_CHARACTERS_MAX, .summary = "Name" },
    { .json = "reason", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "h.reason", .max = REASON_CHARACTERS_MAX, .summary = "Why" },
    { .json = "created", .type = FIELD_TIME, .column = "h.created", .summary = "Since when" },
    { .json = "createdBy", .type = FIELD_TEXT, .column = "h.created_by", .summary = "Name of who created it" },
    { .json = "from", .type = FIELD_TIME, .column = "h.from_us", .summary = "First moment, by event.ingested" },
    { .json = "until", .type = FIELD_TIME, .column = "h.until_us", .summary = "Last moment, by event.ingested" },
    { .json = "computerIds", .type = FIELD_ARRAY, .items = FIELD_UUID, .column = "h.computers", .summary = "Only events of these computers; none: of all" },
};
static const struct shape hold_row = {
    .name = "EventHoldModel", .summary = "Events that must not be dropped", .fields = hold_fields, .count = COUNT_OF(hold_fields), .times = TIME_ZONED,
};
static const struct resource holds_resource = {
    .name = "EventHolds", .noun = "hold on events", .from = "event_hold h", .key = "h.id", .row = &hold_row, .order = "h.created, h.id",
};
static const struct field hold_body_fields[] = {
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "Name, unique in any letter case" },
    { .json = "reason", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = REASON_CHARACTERS_MAX, .summary = "Why" },
    { .json = "from", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .summary = "First moment, by event.ingested" },
    { .json = "until", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .summary = "Last moment, by event.ingested" },
    { .json = "computerIds", .type = FIELD_ARRAY, .flags = FIELD_NULLABLE, .items = FIELD_UUID, .max = EVENT_HOLD_COMPUTERS_MAX, .summary = "Only events of these computers; left out or empty: of all" },
};
static const struct shape hold_body = {
    .name = "CreateEventHoldRequest", .summary = "A new hold", .fields = hold_body_fields, .count = COUNT_OF(hold_body_fields),
};

static const struct answer retention_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &retention_row, NULL, "How long events are kept"), ANSWERS_ALWAYS };
static const struct answer modify_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer list_answers[] = { { 200, ANSWER_ARRAY, &hold_row, NULL, NULL, "All holds, the oldest first" }, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &hold_row, NULL, "The hold"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer create_answers[] = { ANSWER_CREATED("Created; the body is its id"), ANSWER_400, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer lift_answers[] = { ANSWER_DONE("Lifted"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "Events", .extension = true, .versions = API_V3, .area = AREA_MANAGEMENT, .level = row_level, .work = row_work
#define ANSWERED(rows) .answers = rows, .answer_count = COUNT_OF(rows)

const struct route event_retention_routes[] = {
    { ROUTE_ROW(METHOD_GET, "EventRetention", "EventRetention_Get", LEVEL_READ, WORK_INLINE), PERMITS("ComputerSettings", "Query"), .run = op_get, .resource = &retention_resource, .answer = &retention_row, ANSWERED(retention_answers),
      .summary = "Read how long events are kept" },
    { ROUTE_ROW(METHOD_PUT, "EventRetention", "EventRetention_Modify", LEVEL_FULL, WORK_WRITE), PERMITS("ComputerSettings", "Modify"), .run = retention_modify, .body_kind = BODY_JSON, .body = &retention_body, ANSWERED(modify_answers),
      .summary = "Change how long events are kept" },
    { ROUTE_ROW(METHOD_GET, "EventHolds", "EventHolds_List", LEVEL_READ, WORK_INLINE), PERMITS("ComputerSettings", "Query"), .run = op_array, .resource = &holds_resource, ANSWERED(list_answers),
      .summary = "List the holds that keep events from being dropped" },
    { ROUTE_ROW(METHOD_POST, "EventHolds", "EventHolds_Create", LEVEL_FULL, WORK_WRITE), PERMITS("ComputerSettings", "Modify"), .run = hold_create, .body_kind = BODY_JSON, .body = &hold_body, ANSWERED(create_answers),
      .summary = "Keep events from being dropped" },
    { ROUTE_ROW(METHOD_GET, "EventHolds/{id}", "EventHolds_Get", LEVEL_READ, WORK_INLINE), PERMITS("ComputerSettings", "Query"), .run = op_get, .resource = &holds_resource, .answer = &hold_row, ANSWERED(get_answers),
      .summary = "Read one hold" },
    { ROUTE_ROW(METHOD_DELETE, "EventHolds/{id}", "EventHolds_Lift", LEVEL_FULL, WORK_WRITE), PERMITS("ComputerSettings", "Modify"), .run = hold_lift, ANSWERED(lift_answers),
      .summary = "Lift a hold" },
};
/* clang-format on */
const size_t event_retention_route_count = COUNT_OF(event_retention_routes);
