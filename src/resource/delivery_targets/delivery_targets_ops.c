#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/uuid.h"
#include "json/read.h"
#include "json/write.h"
#include "model/stream.h"
#include "notify/delivery.h"
#include "notify/delivery_filter.h"
#include "resource/activity_audits/activity_audits.h"
#include "resource/authorization_request_audits/authorization_request_audits.h"
#include "resource/delivery_targets/delivery_targets.h"
#include "resource/delivery_targets/delivery_targets_parts.h"
#include "resource/events/events.h"
#include "store/store.h"

enum { TEXT_BYTES_MAX = 1024 * 1024 };

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the target");
}

/* What a target is to be, as its columns have it. */
struct wanted {
    struct delivery_target target;
    const char *name_key, *feeds_json, *shown;
    const struct target_driver *driver;
    const struct format *format;
};

/* --- settings -------------------------------------------------------------------------------------------------- */

static const struct target_setting *setting_find(const struct target_driver *driver,
                                                 struct slice name)
{
    for (const struct target_setting *at = driver->settings; at->name != NULL; at++) {
        if (slice_is_any_case(name, at->name)) {
            return at;
        }
    }
    return NULL;
}

/* The member of that setting in any letter case, or NULL. */
static const struct json *given_find(const struct json *given, const struct target_setting *setting)
{
    return given == NULL ? NULL : json_get_any_case(given, setting->name);
}

static enum result given_check(struct ctx *ctx, const struct target_driver *driver,
                               const struct json *given)
{
    for (const struct json *at = given == NULL ? NULL : given->first; at != NULL; at = at->next) {
        if (setting_find(driver, at->key) == NULL) {
            return fail(ctx->error, RESULT_INVALID, "settings", "a %s has no setting \"%.*s\"",
                        driver->kind, (int)(at->key.length < 64 ? at->key.length : 64),
                        at->key.text);
        }
        if (at->type != JSON_TEXT && at->type != JSON_NULL) {
            return fail(ctx->error, RESULT_INVALID, "settings", "settings.%.*s must be a text",
                        (int)at->key.length, at->key.text);
        }
    }
    return RESULT_OK;
}

/* Two objects: all that is set, and what of it may be shown. Left out: as before; null or empty: not set. */
static enum result settings_write(struct ctx *ctx, const struct target_driver *driver,
                                  const struct json *given, const struct json *before, bool secrets,
                                  const char **out)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, TEXT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    for (const struct target_setting *at = driver->settings; at->name != NULL; at++) {
        const struct json *value = given_find(given, at);
        value = value == NULL && before != NULL ? json_get(before, at->name) : value;
        if ((secrets || !at->secret) && json_text_of(value).length > 0) {
            json_member_slice(&writer, at->name, json_text_of(value));
        }
    }
    json_end_object(&writer);
    *out = text.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    buffer_done(&text);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result settings_merge(struct ctx *ctx, const struct call *call, struct wanted *wanted)
{
    const struct json *given = call_member(call, "settings");
    const struct json *before = NULL;
    struct target_settings settings;
    given = json_is(given, JSON_OBJECT) ? given : NULL;
    TRY(given_check(ctx, wanted->driver, given));
    if (wanted->target.settings != NULL) {
        TRY(json_parse(ctx->arena, slice_of(wanted->target.settings), &json_limits_usual, &before,
                       ctx->error));
    }
    TRY(settings_write(ctx, wanted->driver, given, before, true, &wanted->target.settings));
    TRY(settings_write(ctx, wanted->driver, given, before, false, &wanted->shown));
    TRY(delivery_settings_read(ctx, &wanted->target, &settings));
    /* Opened once for its checks, which know more than the table. */
    void *state = NULL;
    enum result result = wanted->driver->open(&settings, wanted->format, &state, ctx->error);
    if (result == RESULT_OK) {
        wanted->driver->close(state);
    } else if (result == RESULT_INVALID && ctx->error->field != NULL) {
        ctx->error->field = arena_printf(ctx->arena, "settings.%s", ctx->error->field);
    }
    return result;
}

/* --- the rest of a body ---------------------------------------------------------------------------------------- */

static enum result name_merge(struct ctx *ctx, const struct call *call, struct wanted *wanted)
{
    int64_t others = 0;
    struct slice name = slice_trim(call_text(call, "name"));
    if (name.length > 0) {
        wanted->target.name = slice_dup(ctx->arena, name);
    }
    wanted->name_key =
        wanted->target.name == NULL ? NULL : slice_fold(ctx->arena, slice_of(wanted->target.name));
    if (wanted->name_key == NULL) {
        return no_memory(ctx);
    }
    TRY(store_int(ctx->session, &others, ctx->error,
                  "SELECT COUNT(*) FROM delivery_target WHERE name_key = $1 AND id <> $2", "tt",
                  wanted->name_key, wanted->target.id));
    return others == 0 ? RESULT_OK
                       : fail(ctx->error, RESULT_CONFLICT, "name",
                              "a delivery target with this name exists already");
}

static enum result format_merge(struct ctx *ctx, const struct call *call, struct wanted *wanted)
{
    struct slice given = call_text(call, "format");
    const char *name = wanted->target.format == NULL ? "ecs" : wanted->target.format;
    wanted->format = format_find(given.length > 0 ? given : slice_of(name));
    if (wanted->format == NULL) {
        return fail(ctx->error, RESULT_INVALID, "format", "format must be ecs, ocsf or cef");
    }
    wanted->target.format = wanted->format->name;
    return RESULT_OK;
}

static enum result feeds_merge(struct ctx *ctx, const struct call *call, struct wanted *wanted)
{
    const struct json *feeds = call_member(call, "feeds");
    struct buffer text;
    struct json_writer writer;
    if (json_is(feeds, JSON_ARRAY)) {
        wanted->target.feeds = 0;
        for (const struct json *at = feeds->first; at != NULL; at = at->next) {
            int index = at->type == JSON_INT
                            ? (int)at->integer
                            : names_index(&delivery_feed_names, at->text.text, at->text.length);
            wanted->target.feeds |= 1u << (unsigned)index;
        }
    }
    if (wanted->target.feeds == 0) {
        return fail(ctx->error, RESULT_INVALID, "feeds", "feeds must name at least one feed");
    }
    buffer_init(&text, 256);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    for (size_t i = 0; i < FEED_COUNT; i++) {
        if ((wanted->target.feeds & 1u << i) != 0) {
            json_put_text(&writer, feed_names[i]);
        }
    }
    json_end_array(&writer);
    wanted->feeds_json = text.overflow ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    buffer_done(&text);
    return wanted->feeds_json == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result filter_merge(struct ctx *ctx, const struct call *call, struct wanted *wanted)
{
    const struct json *filter = call_member(call, "filter");
    struct buffer text;
    struct json_writer writer;
    if (!call_has(call, "filter")) {
        return RESULT_OK;
    }
    TRY(delivery_filter_check(filter, ctx->error));
    wanted->target.filter = NULL;
    if (!json_is(filter, JSON_ARRAY) || filter->count == 0) {
        return RESULT_OK;
    }
    buffer_init(&text, TEXT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_put_value(&writer, filter);
    bool too_large = text.overflow;
    wanted->target.filter = too_large ? NULL : slice_dup(ctx->arena, buffer_slice(&text));
    buffer_done(&text);
    if (too_large) {
        return fail(ctx->error, RESULT_INVALID, "filter", "filter must be at most %d bytes of JSON",
                    TEXT_BYTES_MAX);
    }
    return wanted->target.filter == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result wanted_merge(struct ctx *ctx, const struct call *call, struct wanted *wanted)
{
    wanted->target.enabled = call_bool(call, "enabled", wanted->target.enabled);
    TRY(name_merge(ctx, call, wanted));
    TRY(format_merge(ctx, call, wanted));
    TRY(feeds_merge(ctx, call, wanted));
    TRY(filter_merge(ctx, call, wanted));
    return settings_merge(ctx, call, wanted);
}

/* --- storing --------------------------------------------------------------------------------------------------- */

static enum result target_store(struct ctx *ctx, const struct wanted *wanted)
{
    const struct delivery_target *target = &wanted->target;
    return store_run(
        ctx->session, ctx->error,
        "INSERT INTO delivery_target (id, name, name_key, kind, format, enabled, feeds, feeds_json,"
        " filter, settings, shown, created, last_modified, revision, refused, attempts, next_try,"
        " delivered, lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1,"
        " 0, 0, 0, 0, 0) ON CONFLICT (id) DO UPDATE SET name = $2, name_key = $3, format = $5,"
        " enabled = $6, feeds = $7, feeds_json = $8, filter = $9, settings = $10, shown = $11,"
        " last_modified = $12, revision = delivery_target.revision + 1, refused = 0, attempts = 0,"
        " next_try = 0, last_error = NULL",
        "tttttiitttti", target->id, target->name, wanted->name_key, target->kind, target->format,
        target->enabled ? INT64_C(1) : INT64_C(0), (int64_t)target->feeds, wanted->feeds_json,
        target->filter, target->settings, wanted->shown, ctx->now_us);
}

static const struct stream_source *const sources[FEED_COUNT] = {
    [FEED_EVENTS] = &events_stream,
    [FEED_ACTIVITY_AUDITS] = &activity_audits_stream,
    [FEED_AUTHORIZATION_REQUESTS] = &authorization_request_audits_stream,
};

/* A row for each feed that it did not have before; those it no longer has go. */
static enum result positions_store(struct ctx *ctx, const struct wanted *wanted,
                                   enum delivery_begin begin)
{
    for (int feed = 0; feed < FEED_COUNT; feed++) {
        int64_t position = 0;
        bool has = (wanted->target.feeds & 1u << feed) != 0;
        if (!has) {
            TRY(store_run(ctx->session, ctx->error,
                          "DELETE FROM delivery_position WHERE target_id = $1 AND feed = $2", "ti",
                          wanted->target.id, (int64_t)feed));
            continue;
        }
        if (begin == BEGIN_NOW) {
            TRY(stream_newest(ctx, sources[feed], &position));
        }
        TRY(store_run(ctx->session, ctx->error,
                      "INSERT INTO delivery_position (target_id, feed, position, behind)"
                      " VALUES ($1, $2, $3, 0) ON CONFLICT (target_id, feed) DO NOTHING",
                      "tii", wanted->target.id, (int64_t)feed, position));
    }
    return RESULT_OK;
}

static enum result audit_target(struct ctx *ctx, const struct delivery_target *target,
                                const char *type, const char *verb)
{
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "SIEMIntegration",
        .entity_id = target->id,
        .entity_name = slice_of(target->name),
        .type = type,
        .details =
            audit_sentence(ctx, "%s delivery target \"%s\" (%s)", verb, target->name, target->kind),
        .object = "siemIntegrationBaseDetailModel",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_raw(&changes, "siemIntegrationEnabled", target->enabled ? SLICE("true") : SLICE("false"));
    audit_text(&changes, "siemIntegrationType", slice_of(target->kind));
    return audit_write_changes(ctx, &entry, &changes);
}

/* --- operations -------------------------------------------------------------------------------------------------- */

static enum result count_check(struct ctx *ctx)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error, "SELECT COUNT(*) FROM delivery_target", ""));
    return count < DELIVERY_TARGETS_MAX
               ? RESULT_OK
               : fail(ctx->error, RESULT_CONFLICT, NULL,
                      "there are %d targets already, no more fit", DELIVERY_TARGETS_MAX);
}

static enum result driver_find(struct ctx *ctx, struct slice kind, struct wanted *wanted)
{
    char text[256] = "";
    size_t length = 0;
    wanted->driver = target_driver_find(kind);
    if (wanted->driver != NULL) {
        wanted->target.kind = wanted->driver->kind;
        return RESULT_OK;
    }
    for (size_t i = 0; i < target_driver_count && length < sizeof(text) - 64; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", i == 0 ? "" : ", ",
                                   target_drivers[i]->kind);
    }
    return fail(ctx->error, RESULT_INVALID, "kind", "kind must be one of %s", text);
}

/* POST DeliveryTargets */
enum result delivery_targets_create(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct uuid made;
    struct wanted wanted = { .target = { .enabled = true } };
    struct slice begin = call_text(call, "begin");
    int start = begin.length == 0 ? (int)BEGIN_NOW
                                  : names_index(&delivery_begin_names, begin.text, begin.length);
    uuid_make(ctx->now_us, &made);
    wanted.target.id = arena_strdup(ctx->arena, made.text);
    if (wanted.target.id == NULL) {
        return no_memory(ctx);
    }
    TRY(count_check(ctx));
    TRY(driver_find(ctx, call_text(call, "kind"), &wanted));
    TRY(wanted_merge(ctx, call, &wanted));
    TRY(target_store(ctx, &wanted));
    TRY(positions_store(ctx, &wanted, (enum delivery_begin)start));
    TRY(audit_target(ctx, &wanted.target, "CreateDeliveryTarget", "Create"));
    const char *location = arena_printf(ctx->arena, "/management-api/%s/DeliveryTargets/%s",
                                        ctx_version_name(ctx), wanted.target.id);
    if (location == NULL) {
        return no_memory(ctx);
    }
    reply_header(reply, "Location", location);
    return reply_uuid(reply, 201, wanted.target.id);
}

/* PUT DeliveryTargets/{id} */
enum result delivery_targets_modify(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct wanted wanted = { .driver = NULL };
    TRY(delivery_target_load(ctx, call->ids[0].text, &wanted.target));
    TRY(driver_find(ctx, slice_of(wanted.target.kind), &wanted));
    TRY(wanted_merge(ctx, call, &wanted));
    TRY(target_store(ctx, &wanted));
    TRY(positions_store(ctx, &wanted, BEGIN_NOW));
    TRY(audit_target(ctx, &wanted.target, "ModifyDeliveryTarget", "Modify"));
    return reply_empty(reply, 204);
}

/* DELETE DeliveryTargets/{id} */
enum result delivery_targets_remove(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct delivery_target target;
    TRY(delivery_target_load(ctx, call->ids[0].text, &target));
    TRY(store_run(ctx->session, ctx->error, "DELETE FROM delivery_target WHERE id = $1", "t",
                  target.id));
    TRY(audit_target(ctx, &target, "DeleteDeliveryTarget", "Delete"));
    return reply_empty(reply, 204);
}

/* Somebody wants something sent: it is tried now, however long the next try is away. */
static enum result target_awake(struct ctx *ctx, const char *id)
{
    return store_run(ctx->session, ctx->error,
                     "UPDATE delivery_target SET revision = revision + 1, next_try = 0"
                     " WHERE id = $1",
                     "t", id);
}

/* POST DeliveryTargets/{id}/Replay */
enum result delivery_targets_replay(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct delivery_target target;
    int64_t from_us = 0;
    int64_t position = 0;
    struct slice name = call_text(call, "feed");
    TRY(delivery_target_load(ctx, call->ids[0].text, &target));
    int feed = names_index(&delivery_feed_names, name.text, name.length);
    if (feed < 0 || (target.feeds & 1u << feed) == 0) {
        return fail(ctx->error, RESULT_INVALID, "feed", "feed must be one that the target has");
    }
    if (!time_parse(call_text(call, "from"), &from_us, NULL)) {
        return fail(ctx->error, RESULT_INVALID, "from", "from must be a date");
    }
    TRY(stream_at(ctx, sources[feed], from_us, &position));
    /* Whoever sends reads the position anew with the revision. Never forward: that would leave items out. */
    TRY(store_run(ctx->session, ctx->error,
                  "UPDATE delivery_position SET position = $3, behind = 1"
                  " WHERE target_id = $1 AND feed = $2 AND position > $3",
                  "tii", target.id, (int64_t)feed, position));
    TRY(target_awake(ctx, target.id));
    TRY(audit_target(ctx, &target, "ReplayDeliveryTarget", "Go back in time with"));
    return reply_empty(reply, 204);
}

/* --- dead letters -------------------------------------------------------------------------------------------------- */

static enum result dead_each(struct ctx *ctx, const struct call *call, const char *all,
                             const char *one)
{
    const struct json *ids = call_member(call, "ids");
    const char *id = call->ids[0].text;
    if (!json_is(ids, JSON_ARRAY)) {
        return store_run(ctx->session, ctx->error, all, "t", id);
    }
    for (const struct json *at = ids->first; at != NULL; at = at->next) {
        TRY(store_run(ctx->session, ctx->error, one, "ts", id, at->text));
    }
    return RESULT_OK;
}

/* POST DeliveryTargets/{id}/DeadLetters/Replay */
enum result delivery_dead_replay(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct delivery_target target;
    TRY(delivery_target_load(ctx, call->ids[0].text, &target));
    TRY(dead_each(ctx, call, "UPDATE delivery_dead SET replay = 1 WHERE target_id = $1",
                  "UPDATE delivery_dead SET replay = 1 WHERE target_id = $1 AND item_id = $2"));
    TRY(target_awake(ctx, target.id));
    TRY(audit_target(ctx, &target, "ReplayDeadLetters", "Send dead letters again to"));
    return reply_empty(reply, 204);
}

/* DELETE DeliveryTargets/{id}/DeadLetters */
enum result delivery_dead_drop(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct delivery_target target;
    TRY(delivery_target_load(ctx, call->ids[0].text, &target));
    TRY(dead_each(ctx, call, "DELETE FROM delivery_dead WHERE target_id = $1",
                  "DELETE FROM delivery_dead WHERE target_id = $1 AND item_id = $2"));
    TRY(audit_target(ctx, &target, "DropDeadLetters", "Drop dead letters of"));
    return reply_empty(reply, 204);
}
