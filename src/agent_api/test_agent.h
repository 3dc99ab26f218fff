/* For tests of this folder: an endpoint with a key of its own that calls /agent/v1, on a store of its own. */
#ifndef AGENT_API_TEST_AGENT_H
#define AGENT_API_TEST_AGENT_H

#include "agent_api/agent_ops.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/key.h"
#include "resource/computers/test_fleet.h"

#define INSTALLATION_ID  "5b0c2a1e-7d1f-4a43-9a57-3f4f4f0f7b11"
#define INSTALLATION_KEY "Zk3abcdefghijklmnopqrstuvwxyz"
#define POLICY_TEXT                                                                                               \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Configuration ID=\"0b8f6c1e-6d0c-4b57-9a0e-3d7c5b1f2a10\" "     \
    "Version=\"24.8.98.0\" ConfigRevision=\"1\" RevisionNumber=\"0\">\n<ApplicationGroups/>\n"                    \
    "<ContentGroups/>\n<Tokens/>\n<GlobalOptionsSets/>\n<Files/>\n<MessagePolicies/>\n<Policies/>\n<Licenses/>\n" \
    "</Configuration>\n"

enum { TEST_HEADERS_MAX = 4 };

static struct server_keys agent_keys;
static struct header agent_headers[TEST_HEADERS_MAX];

struct endpoint {
    struct slice key_pem, csr_pem;
    char id[37];
};

static inline struct slice agent_header(const struct call *call, const char *name)
{
    (void)call;
    for (size_t i = 0; i < TEST_HEADERS_MAX; i++) {
        if (slice_is_any_case(agent_headers[i].name, name)) {
            return agent_headers[i].value;
        }
    }
    return (struct slice){ .length = 0 };
}

static inline void with_header(const char *name, const char *value)
{
    for (size_t i = 0; i < TEST_HEADERS_MAX; i++) {
        if (agent_headers[i].name.length == 0) {
            agent_headers[i] = (struct header){ slice_of(name), slice_of(value) };
            return;
        }
    }
    _fail(__FILE__, __LINE__);
}

static inline void agents_open(void **state)
{
    test_open(&api, test_place(state), agent_face.tables[0].routes, *agent_face.tables[0].count);
    memset(agent_headers, 0, sizeof(agent_headers));
    api.rules.check_in_interval_s = 300;
    api.rules.wait_max_s = 60;
    api.rules.certificate_life_us = 365 * US_PER_DAY;
    api.rules.log_bytes_max = 1000;
    (void)snprintf(api.rules.tenant_id, sizeof(api.rules.tenant_id), "%s", INSTALLATION_ID);
    test_place_ok(ca_make(api.arena, "Test CA", TEST_NOW_US - US_PER_DAY,
                          TEST_NOW_US + 4000 * US_PER_DAY, &agent_keys.ca_certificate_pem,
                          &agent_keys.ca_key_pem, &api.error),
                  &api.error);
    agent_keys.agent_token_secret =
        SLICE("a secret of sixty-four characters, or so it should be at least");
    api.ctx.keys = &agent_keys;
    api.ctx.agents = agent_services_new();
    assert_non_null(api.ctx.agents);
    test_sql(&api, "INSERT INTO installation (id, key_text, created) VALUES ('" INSTALLATION_ID
                   "', '" INSTALLATION_KEY "', 1)");
}

static inline void agents_close(void)
{
    agent_services_free(api.ctx.agents);
    test_close(&api);
}

/* --- calls ------------------------------------------------------------------------------------------------------------- */

static inline enum result run_call(struct call *call)
{
    const struct route *route = call->route;
    bool writes = route->work == WORK_WRITE;
    call->header = agent_header;
    if (api.faults.count > 0) {
        return RESULT_INVALID;
    }
    if (route->prepare != NULL) {
        TRY(route->prepare(&api.ctx, call, &api.reply));
    }
    if (!writes) {
        return route->run(&api.ctx, call, &api.reply);
    }
    test_place_ok(session_begin(api.place->writer, &api.error), &api.error);
    enum result result = route->run(&api.ctx, call, &api.reply);
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

/* `body` is JSON with ' for quotes, or NULL. Headers given before are used up. */
static inline enum result agent_call(const struct endpoint *caller, const char *id,
                                     const char *path_id, const char *body)
{
    struct call call;
    test_begin_call(&api, &call, id, path_id);
    api.principal.kind = PRINCIPAL_AGENT;
    if (caller != NULL) {
        (void)snprintf(api.principal.id, sizeof(api.principal.id), "%s", caller->id);
    }
    call.body = body == NULL ? NULL : json_of(body);
    if (call.route->body_kind == BODY_JSON) {
        body_check(call.route->body, 0, call.body, &api.faults);
    }
    enum result result = run_call(&call);
    memset(agent_headers, 0, sizeof(agent_headers));
    return result;
}

static inline enum result agent_raw(const struct endpoint *caller, const char *id,
                                    const char *path_id, struct slice raw)
{
    struct call call;
    test_begin_call(&api, &call, id, path_id);
    if (caller != NULL) {
        (void)snprintf(api.principal.id, sizeof(api.principal.id), "%s", caller->id);
    }
    call.raw = raw;
    call.raw_bytes = raw.length;
    enum result result = run_call(&call);
    memset(agent_headers, 0, sizeof(agent_headers));
    return result;
}

static inline void problem_is(const char *type)
{
    assert_non_null(api.error.field);
    assert_string_equal(api.error.field, type);
}

/* The answer's members; kept in the arena. */
static inline const struct json *answer(void)
{
    const struct json *tree = NULL;
    struct slice text = buffer_slice(&api.reply.body);
    test_place_ok(json_parse(api.arena, text, &json_limits_usual, &tree, &api.error), &api.error);
    return tree;
}

static inline struct slice answer_text(const char *path)
{
    return json_text_of(json_path(answer(), path));
}

static inline void answer_is(const char *path, const char *wanted)
{
    struct slice text = answer_text(path);
    if (!slice_is(text, wanted)) {
        test_stop("%s is %.*s in %s", path, (int)text.length, text.text, test_body(&api));
    }
}

/* --- what operators do -------------------------------------------------------------------------------------------------- */

static inline void operator_call(const char *id, const char *path_id, const char *body)
{
    const struct route *routes = api.routes;
    size_t count = api.route_count;
    api.routes = computers_routes;
    api.route_count = computers_route_count;
    api.ctx.version = API_V3;
    test_is(&api, test_json(&api, id, path_id, body == NULL ? NULL : text_of(body, NULL)),
            RESULT_OK);
    api.routes = routes;
    api.route_count = count;
}

static inline void operator_bulk(const char *id, const char *format, const char *computer_id)
{
    operator_call(id, NULL, text_of(format, computer_id));
}

/* A policy with a real document for the group; its revision. */
static inline const char *group_policy(const char *name, const char *group_id)
{
    struct policy_upload upload;
    struct policy_order order = { .name = slice_of(name), .upload = &upload };
    const char *policy = NULL;
    const char *revision = NULL;
    test_fresh(&api);
    test_is(&api, policy_upload_make(&api.ctx, slice_of(POLICY_TEXT), &upload), RESULT_OK);
    test_begin(&api);
    test_is(&api, policy_create(&api.ctx, &order, &policy, &revision), RESULT_OK);
    test_is(&api, group_set_revision(&api.ctx, group_id, revision), RESULT_OK);
    test_commit(&api);
    return revision;
}

/* --- endpoints ---------------------------------------------------------------------------------------------------------- */

static inline struct endpoint endpoint_new(void)
{
    struct endpoint endpoint = { .id = "" };
    test_place_ok(key_make(api.arena, &endpoint.key_pem, &api.error), &api.error);
    test_place_ok(csr_make(api.arena, endpoint.key_pem, "any", &endpoint.csr_pem, &api.error),
                  &api.error);
    return endpoint;
}

/* JSON text of a PEM: line ends escaped. */
static inline const char *pem_json(struct slice pem)
{
    struct buffer text;
    buffer_init(&text, 64 * 1024);
    for (size_t i = 0; i < pem.length; i++) {
        if (pem.text[i] == '\n') {
            buffer_add(&text, "\\n", 2);
        } else {
            buffer_char(&text, pem.text[i]);
        }
    }
    char *copy = slice_dup(api.arena, buffer_slice(&text));
    buffer_done(&text);
    assert_non_null(copy);
    return copy;
}

static inline const char *enrol_text(const struct endpoint *endpoint, const char *key,
                                     const char *more)
{
    return arena_printf(api.arena,
                        "{'installationId':'" INSTALLATION_ID "','installationKey':'%s','csr':'%s',"
                        "'host':'desk','hostType':'linux','agentVersion':'0.1.0'%s}",
                        key, pem_json(endpoint->csr_pem), more);
}

static inline void enrol(struct endpoint *endpoint, const char *more)
{
    test_is(&api,
            agent_call(NULL, "Agent_Enrol", NULL, enrol_text(endpoint, INSTALLATION_KEY, more)),
            RESULT_OK);
    assert_int_equal(api.reply.status, 201);
    struct slice id = answer_text("computerId");
    assert_int_equal(id.length, 36);
    memcpy(endpoint->id, id.text, 36);
}

/* An authorised endpoint in a group of its own. */
static inline struct endpoint endpoint_in(const char *group_id)
{
    struct endpoint endpoint = endpoint_new();
    enrol(&endpoint, arena_printf(api.arena, ",'groupId':'%s'", group_id));
    answer_is("state", "Authorised");
    return endpoint;
}

#endif
