#include "model/answers.h"
#include "notify/target.h"
#include "resource/delivery_targets/delivery_targets.h"
#include "resource/delivery_targets/delivery_targets_parts.h"

enum { NAME_CHARACTERS_MAX = 255, WORD_BYTES_MAX = 64, DEAD_BYTES_MAX = 16 * 1024 * 1024 };

#define TARGET_EXISTS "SELECT 1 FROM delivery_target WHERE id = $1"

/* clang-format off */
static const char *const feed_values[] = { "events", "activityAudits", "authorizationRequests" };
const struct names delivery_feed_names = { "DeliveryFeed", feed_values, COUNT_OF(feed_values) };
static const char *const state_values[] = { "Delivering", "Retrying", "Refused", "Disabled" };
static const struct names state_names = { "DeliveryState", state_values, COUNT_OF(state_values) };
static const char *const begin_values[] = { "Now", "Oldest" };
const struct names delivery_begin_names = { "DeliveryBegin", begin_values, COUNT_OF(begin_values) };

static const struct shape settings_shape = {
    .name = "DeliverySettings", .summary = "Settings of the kind of target by their names; numbers and switches as text, too (docs/delivery.md)", .flags = SHAPE_TEXT_MAP,
};
static const struct field condition_fields[] = {
    { .json = "path", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 256, .summary = "Member of the document: names with dots between" },
    { .json = "any", .type = FIELD_ARRAY, .items = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 100, .summary = "Texts of which one must be its value, in any letter case; * at the end stands for any rest" },
    { .json = "not", .type = FIELD_BOOL, .flags = FIELD_NULLABLE, .summary = "True: none of them" },
};
static const struct shape condition_shape = {
    .name = "DeliveryCondition", .summary = "What an item must have to be delivered", .fields = condition_fields, .count = COUNT_OF(condition_fields),
};

static const struct field progress_fields[] = {
    { .json = "feed", .type = FIELD_ENUM, .names = &delivery_feed_names, .column = "q.feed", .summary = "Feed" },
    { .json = "position", .type = FIELD_INT64, .column = "q.position", .summary = "Everything up to here is delivered, dead or filtered out" },
    { .json = "lastItem", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "q.item_time", .summary = "When the last delivered item happened" },
    { .json = "behind", .type = FIELD_BOOL, .column = "q.behind", .summary = "More waits" },
    { .json = "missedUntil", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "q.missed", .summary = "Events that were stored up to here were dropped by retention before the target had all of them" },
    { .json = "missedCount", .type = FIELD_INT64, .column = "q.missed_count", .summary = "How many events retention dropped that the target did not have, whatever its filter" },
};
static const struct shape progress_shape = {
    .name = "DeliveryProgress", .summary = "How far a feed is", .fields = progress_fields, .count = COUNT_OF(progress_fields), .times = TIME_ZONED,
};
static const struct resource progress_resource = {
    .name = "DeliveryProgress", .noun = "feed", .from = "delivery_position q", .key = "q.feed", .key_is_number = true, .row = &progress_shape,
    .parent = "q.target_id", .parent_exists = TARGET_EXISTS, .parent_noun = "delivery target", .order = "q.feed",
};

#define STATE "CASE WHEN d.enabled = 0 THEN 3 WHEN d.refused = 1 THEN 2 WHEN d.attempts > 0 THEN 1 ELSE 0 END"
#define ROW_FIELDS \
    { .json = "id", .type = FIELD_UUID, .column = "d.id", .summary = "Id" }, \
    { .json = "name", .type = FIELD_TEXT, .column = "d.name", .max = NAME_CHARACTERS_MAX, .summary = "Name" }, \
    { .json = "kind", .type = FIELD_TEXT, .column = "d.kind", .summary = "Kind of receiver" }, \
    { .json = "format", .type = FIELD_TEXT, .column = "d.format", .summary = "Format of records" }, \
    { .json = "feeds", .type = FIELD_ARRAY, .items = FIELD_ENUM, .names = &delivery_feed_names, .column = "d.feeds_json", .summary = "What is delivered" }, \
    { .json = "enabled", .type = FIELD_BOOL, .column = "d.enabled", .summary = "False: it waits, and goes on from there later" }, \
    { .json = "filter", .type = FIELD_ARRAY, .shape = &condition_shape, .flags = FIELD_NULLABLE, .column = "d.filter", .summary = "All of these must hold; null: everything" }, \
    { .json = "settings", .type = FIELD_JSON, .shape = &settings_shape, .column = "d.shown", .summary = "Settings without secrets" }, \
    { .json = "state", .type = FIELD_ENUM, .names = &state_names, .column = STATE, .summary = "Retrying: it failed and is tried again; Refused: the receiver will not have us, look at the settings" }, \
    { .json = "lastError", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "d.last_error", .summary = "Why the last try failed" }, \
    { .json = "attempts", .type = FIELD_INT, .column = "d.attempts", .summary = "Failures in a row" }, \
    { .json = "nextAttempt", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "NULLIF(d.next_try, 0)", .summary = "When it is tried again" }, \
    { .json = "lastDelivered", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "d.last_delivered", .summary = "When the receiver last took something" }, \
    { .json = "delivered", .type = FIELD_INT64, .column = "d.delivered", .summary = "Items that the receiver has taken" }, \
    { .json = "deadLetters", .type = FIELD_INT64, .column = "(SELECT COUNT(*) FROM delivery_dead x WHERE x.target_id = d.id)", .summary = "Items that it would not take" }, \
    { .json = "created", .type = FIELD_TIME, .column = "d.created", .summary = "Made on" }, \
    { .json = "lastModified", .type = FIELD_TIME, .column = "d.last_modified", .summary = "Last changed on" }

static const struct field row_fields[] = { ROW_FIELDS };
static const struct shape row_shape = {
    .name = "DeliveryTargetModel", .summary = "A receiver of feeds", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_ZONED,
};
static const struct field detail_fields[] = {
    ROW_FIELDS,
    { .json = "progress", .type = FIELD_ARRAY, .shape = &progress_shape, .rows = &progress_resource, .summary = "How far each feed is" },
};
static const struct shape detail_shape = {
    .name = "DeliveryTargetDetailModel", .summary = "A receiver of feeds, and how far it is", .fields = detail_fields, .count = COUNT_OF(detail_fields), .times = TIME_ZONED,
};
static const struct resource targets_resource = {
    .name = "DeliveryTargets", .noun = "delivery target", .from = "delivery_target d", .key = "d.id", .row = &row_shape, .detail = &detail_shape, .order = "d.name_key, d.id",
};

static const struct field dead_fields[] = {
    { .json = "id", .type = FIELD_TEXT, .column = "x.item_id", .summary = "Id of the item" },
    { .json = "feed", .type = FIELD_ENUM, .names = &delivery_feed_names, .column = "x.feed", .summary = "Feed that it is from" },
    { .json = "happened", .type = FIELD_TIME, .column = "x.item_time", .summary = "When it happened" },
    { .json = "refused", .type = FIELD_TIME, .column = "x.died", .summary = "When the receiver would not take it" },
    { .json = "reason", .type = FIELD_TEXT, .column = "x.reason", .summary = "Why" },
    { .json = "replay", .type = FIELD_BOOL, .column = "x.replay", .summary = "It is to be sent again" },
    { .json = "document", .type = FIELD_ANY, .column = "x.document", .summary = "The item" },
};
static const struct shape dead_shape = {
    .name = "DeadLetterModel", .summary = "An item that the receiver would not take", .fields = dead_fields, .count = COUNT_OF(dead_fields), .times = TIME_ZONED,
};
static const struct resource dead_resource = {
    .name = "DeadLetters", .noun = "dead letter", .from = "delivery_dead x", .key = "x.item_id", .row = &dead_shape,
    .parent = "x.target_id", .parent_exists = TARGET_EXISTS, .parent_noun = "delivery target", .order = "x.died, x.feed, x.item_id", .array_bytes_max = DEAD_BYTES_MAX,
};

#define FEEDS(needed) { .json = "feeds", .type = FIELD_ARRAY, .items = FIELD_ENUM, .names = &delivery_feed_names, .flags = needed, .min = 1, .max = FEED_COUNT, .summary = "What is delivered" }
#define SETTABLE(needed) \
    { .json = "name", .type = FIELD_TEXT, .flags = (needed) | FIELD_TRIMMED, .min = 1, .max = NAME_CHARACTERS_MAX, .summary = "Name, unique in any letter case" }, \
    { .json = "format", .type = FIELD_TEXT, .max = WORD_BYTES_MAX, .summary = "ecs, ocsf or cef; of a new target ecs" }, \
    FEEDS(needed), \
    { .json = "enabled", .type = FIELD_BOOL, .summary = "Of a new target: true" }, \
    { .json = "filter", .type = FIELD_ARRAY, .shape = &condition_shape, .flags = FIELD_NULLABLE, .max = 32, .summary = "All of these must hold; null: everything" }, \
    { .json = "settings", .type = FIELD_JSON, .shape = &settings_shape, .summary = "By their names; null takes a setting away; of a change, what is left out stays, secrets too" }

static const struct field create_fields[] = {
    { .json = "kind", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = WORD_BYTES_MAX, .summary = "webhook, syslog, file, s3 or kafka" },
    { .json = "begin", .type = FIELD_ENUM, .names = &delivery_begin_names, .summary = "Now: what happens from now on; Oldest: all that is stored" },
    SETTABLE(FIELD_REQUIRED),
};
static const struct field modify_fields[] = { SETTABLE(0) };
static const struct field replay_fields[] = {
    { .json = "feed", .type = FIELD_ENUM, .names = &delivery_feed_names, .flags = FIELD_REQUIRED, .summary = "Which feed" },
    { .json = "from", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .summary = "Everything that the server got from this moment on is sent once more" },
};
static const struct field dead_body_fields[] = {
    { .json = "ids", .type = FIELD_ARRAY, .items = FIELD_TEXT, .flags = FIELD_NULLABLE, .max = 1000, .summary = "Which ones; left out: all" },
};
static const struct shape create_body = { .name = "CreateDeliveryTargetRequest", .summary = "A new target", .fields = create_fields, .count = COUNT_OF(create_fields) };
static const struct shape modify_body = { .name = "ModifyDeliveryTargetRequest", .summary = "Changes of a target; what is left out stays", .fields = modify_fields, .count = COUNT_OF(modify_fields) };
static const struct shape replay_body = { .name = "ReplayDeliveryRequest", .summary = "From when on", .fields = replay_fields, .count = COUNT_OF(replay_fields) };
static const struct shape dead_body = { .name = "DeadLettersRequest", .summary = "Which dead letters", .fields = dead_body_fields, .count = COUNT_OF(dead_body_fields) };
static const struct field tested_fields[] = {
    { .json = "delivered", .type = FIELD_BOOL, .flags = FIELD_REQUIRED, .summary = "The receiver has taken it" },
    { .json = "error", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Why not" },
};
static const struct shape tested_shape = { .name = "DeliveryTestModel", .summary = "What came of a test", .fields = tested_fields, .count = COUNT_OF(tested_fields) };

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &row_shape, NULL, "All targets"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &detail_shape, NULL, "The target"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer create_answers[] = { ANSWER_CREATED("Created; the body is its id"), ANSWER_400, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer modify_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };
static const struct answer done_answers[] = { ANSWER_DONE("Done"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer test_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &tested_shape, NULL, "What came of it"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer dead_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &dead_shape, NULL, "The oldest: at most 1000, and fewer when they are large (about 16 MiB)"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work, row_run, rows, row_summary) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "DeliveryTargets", .extension = true, .versions = API_V3, .area = AREA_MANAGEMENT, .level = row_level, .work = row_work, \
    .run = row_run, .answers = rows, .answer_count = COUNT_OF(rows), .summary = row_summary
#define SEES       PERMITS("SIEMSettings", "Query")
#define CHANGES    PERMITS("SIEMSettings", "Modify")
#define BODY(of)   .body_kind = BODY_JSON, .body = &(of)

const struct route delivery_targets_routes[] = {
    { ROUTE_ROW(METHOD_GET, "DeliveryTargets", "DeliveryTargets_List", LEVEL_READ, WORK_INLINE, op_array, list_answers, "List the receivers of feeds"), SEES, .resource = &targets_resource },
    { ROUTE_ROW(METHOD_POST, "DeliveryTargets", "DeliveryTargets_Create", LEVEL_FULL, WORK_WRITE, delivery_targets_create, create_answers, "Set up a receiver of feeds"), CHANGES, BODY(create_body) },
    { ROUTE_ROW(METHOD_GET, "DeliveryTargets/{id}", "DeliveryTargets_Get", LEVEL_READ, WORK_INLINE, op_get, get_answers, "Read a receiver, and how far it is"), SEES, .resource = &targets_resource, .answer = &detail_shape },
    { ROUTE_ROW(METHOD_PUT, "DeliveryTargets/{id}", "DeliveryTargets_Modify", LEVEL_FULL, WORK_WRITE, delivery_targets_modify, modify_answers, "Change a receiver; it goes on where it was"), CHANGES, BODY(modify_body) },
    { ROUTE_ROW(METHOD_DELETE, "DeliveryTargets/{id}", "DeliveryTargets_Delete", LEVEL_FULL, WORK_WRITE, delivery_targets_remove, done_answers, "Delete a receiver with its position and dead letters"), CHANGES },
    { ROUTE_ROW(METHOD_POST, "DeliveryTargets/{id}/Test", "DeliveryTargets_Test", LEVEL_FULL, WORK_SLOW, delivery_targets_test, test_answers, "Send a record that says it is a test, now"), CHANGES },
    { ROUTE_ROW(METHOD_POST, "DeliveryTargets/{id}/Replay", "DeliveryTargets_Replay", LEVEL_FULL, WORK_WRITE, delivery_targets_replay, done_answers, "Go back to a moment: what came since is sent once more"), CHANGES, BODY(replay_body) },
    { ROUTE_ROW(METHOD_GET, "DeliveryTargets/{id}/DeadLetters", "DeliveryTargets_DeadLetters", LEVEL_READ, WORK_SLOW, op_array, dead_answers, "List what the receiver would not take"), SEES, .resource = &dead_resource },
    { ROUTE_ROW(METHOD_DELETE, "DeliveryTargets/{id}/DeadLetters", "DeliveryTargets_DropDeadLetters", LEVEL_FULL, WORK_WRITE, delivery_dead_drop, done_answers, "Drop dead letters"), CHANGES, BODY(dead_body) },
    { ROUTE_ROW(METHOD_POST, "DeliveryTargets/{id}/DeadLetters/Replay", "DeliveryTargets_ReplayDeadLetters", LEVEL_FULL, WORK_WRITE, delivery_dead_replay, done_answers, "Send dead letters again"), CHANGES, BODY(dead_body) },
};
/* clang-format on */

const size_t delivery_targets_route_count = COUNT_OF(delivery_targets_routes);
