/* For tests of this folder: computers that enrol, in groups with policies, on a store of their own. */
#ifndef RESOURCE_COMPUTERS_TEST_FLEET_H
#define RESOURCE_COMPUTERS_TEST_FLEET_H

#include "access/test_call.h"
#include "resource/computers/computers.h"
#include "resource/computers/computers_selection.h"
#include "resource/groups/groups.h"
#include "resource/policies/policies.h"

#define UNKNOWN_ID "99999999-9999-4999-8999-999999999999"

static struct test_api api;

static inline void fleet_open(void **state)
{
    test_open(&api, test_place(state), computers_routes, computers_route_count);
}

/* Quotes are written as ', and @ stands for `value`. */
static inline const char *text_of(const char *format, const char *value)
{
    size_t room = strlen(format) + 8 * (value == NULL ? 0 : strlen(value)) + 1;
    char *text = arena_alloc(api.arena, room);
    size_t length = 0;
    assert_non_null(text);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '@' && value != NULL) {
            memcpy(text + length, value, strlen(value));
            length += strlen(value);
        } else {
            text[length++] = *at == '\'' ? '"' : *at;
        }
        assert_true(length < room);
    }
    return text;
}

static inline const struct json *json_of(const char *text)
{
    const struct json *json = NULL;
    test_place_ok(
        json_parse(api.arena, slice_of(text_of(text, NULL)), &json_limits_usual, &json, &api.error),
        &api.error);
    return json;
}

static inline const char *fleet_group(const char *name, bool is_default)
{
    const struct group_order order = { .name = slice_of(name), .is_default = is_default };
    const char *id = NULL;
    test_begin(&api);
    test_is(&api, group_create(&api.ctx, &order, &id), RESULT_OK);
    test_commit(&api);
    return id;
}

/* A policy whose revision the group has from now on; gives the revision. */
static inline const char *fleet_policy(const char *name, const char *group_id)
{
    const struct policy_upload upload = { .packed = SLICE("p"), .sha256 = "aa", .size_bytes = 1 };
    const struct policy_order order = { .name = slice_of(name), .upload = &upload };
    const char *policy = NULL;
    const char *revision = NULL;
    test_begin(&api);
    test_is(&api, policy_create(&api.ctx, &order, &policy, &revision), RESULT_OK);
    test_is(&api, group_set_revision(&api.ctx, group_id, revision), RESULT_OK);
    test_commit(&api);
    return revision;
}

static inline enum result fleet_try_enrol(const struct computer_enrolment *order,
                                          struct computer *out)
{
    test_begin(&api);
    enum result result = computer_enrol(&api.ctx, order, out);
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

/* Each host has a key of its own. */
static inline const char *fleet_enrol(const char *host, const char *group_id)
{
    struct computer computer;
    const struct computer_enrolment order = {
        .host = slice_of(host),
        .host_type = HOST_LINUX,
        .group_id = group_id,
        .public_key_pem = arena_printf(api.arena, "key of %s", host),
        .agent_version = SLICE("1.2.3"),
    };
    test_is(&api, fleet_try_enrol(&order, &computer), RESULT_OK);
    return computer.id;
}

/* Many at once, straight into the table: made like an enrolment without a group makes them. */
static inline void fleet_fill(int first, int count)
{
    struct error error = { 0 };
    test_begin(&api);
    for (int i = first; i < first + count; i++) {
        char id[37];
        char host[32];
        (void)snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
        (void)snprintf(host, sizeof(host), "desk-%d", i);
        test_place_ok(
            store_run(api.place->writer, &error,
                      "INSERT INTO computer (id, host, host_key, host_type, created, deleted_on,"
                      " authorisation_state, archived, package_manager_version, machine_key,"
                      " duplicate_count, credential_type)"
                      " VALUES ($1, $2, $2, 0, $3, 0, 0, 0, 'NA', '', 0, 1)",
                      "tti", id, host, TEST_NOW_US),
            &error);
        test_place_ok(store_run(api.place->writer, &error,
                                "INSERT INTO computer_contact (computer_id, last_connected)"
                                " VALUES ($1, 0)",
                                "t", id),
                      &error);
    }
    test_place_ok(store_run(api.place->writer, &error,
                            "UPDATE tally SET amount = amount + $1 WHERE name = 'computer'", "i",
                            (int64_t)count),
                  &error);
    test_commit(&api);
}

static inline const char *fleet_id(int number)
{
    return arena_printf(api.arena, "00000000-0000-4000-8000-%012d", number);
}

/* {"computerIds":[…]} of fleet_id(first) and those behind it. */
static inline const char *fleet_ids(int first, int count)
{
    size_t room = 32 + (size_t)count * 40;
    char *text = arena_alloc(api.arena, room);
    assert_non_null(text);
    size_t length = (size_t)snprintf(text, room, "{\"computerIds\":[");
    for (int i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, room - length, "%s\"%s\"", i == 0 ? "" : ",",
                                   fleet_id(first + i));
    }
    (void)snprintf(text + length, room - length, "]}");
    return text;
}

static inline struct computer fleet_load(const char *id)
{
    struct computer computer;
    test_fresh(&api);
    test_is(&api, computer_load(&api.ctx, id, &computer), RESULT_OK);
    return computer;
}

static inline int64_t fleet_number(const char *column, const char *table, const char *id)
{
    char sql[160];
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE id = $1", column, table);
    return test_number(&api, sql, id);
}

static inline int64_t fleet_open_commands(const char *computer_id, enum command_type type)
{
    char sql[160];
    (void)snprintf(
        sql, sizeof(sql),
        "SELECT COUNT(*) FROM command WHERE computer_id = $1 AND status < 2 AND command_type = %d",
        (int)type);
    return test_number(&api, sql, computer_id);
}

static inline bool fleet_woke(enum wake_kind kind, const char *id)
{
    for (const struct wake *wake = api.ctx.wakes; wake != NULL; wake = wake->next) {
        if (wake->kind == kind && (id == NULL || strcmp(wake->id, id) == 0)) {
            return true;
        }
    }
    return false;
}

/* The worker's part, until nothing is open. */
static inline void fleet_work(void)
{
    for (bool worked = true; worked;) {
        test_begin(&api);
        test_is(&api,
                task_step(&api.ctx, computers_task_actions, computers_task_action_count, &worked),
                RESULT_OK);
        test_commit(&api);
    }
}

#endif
