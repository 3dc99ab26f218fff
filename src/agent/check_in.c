/* The thread that asks the server what is new, waits for it, and does it. */
#include <stdio.h>
#include <string.h>

#include "agent/agent_parts.h"
#include "agent/decisions.h"
#include "agent/note.h"
#include "agent/state_dir.h"
#include "agent_client/backoff.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/key.h"
#include "policy/policy.h"

enum {
    ANSWER_BYTES_MAX = POLICY_BYTES_MAX + 1024,
    POLICY_ARENA_BYTES =
        1024 * 1024 * 1024, /* a bound, not a reservation: a checked tree is larger than its text */
    POLICY_TIMEOUT_MS = 10 * 60 * 1000,
    WAIT_MARGIN_S = 30,    /* over the wait that was asked for, before the answer counts as lost */
    QUICK_ANSWERS_MAX = 4, /* in a row, before the loop slows down: the server repeats itself */
    FACTS_EVERY_S = 600,
    REPORT_EVERY_S = 24 * 3600,
    INSTALLATION_WAIT_S = 3600,
    REJECTED_WAIT_S = 24 * 3600,
    PATH_BYTES = 128,
};

struct check_in {
    struct agent *agent;
    struct arena *arena;          /* of one round */
    struct conversation *session; /* of `generation`, or NULL */
    uint64_t generation;
    struct backoff backoff;
    struct facts facts; /* as reported last */
    int64_t facts_us, report_us;
    bool report; /* all facts are to be sent */
    char refused_revision[UUID_TEXT_BYTES];
    char policy_error[PROTOCOL_RESULT_BYTES_MAX];
    char known_state[STATE_NAME_BYTES];
    int64_t decisions;                  /* version of what is on disk */
    int64_t session_end_us;             /* when the next session ends; 0: none runs */
    char kept_session[UUID_TEXT_BYTES]; /* its end was refused by the server: not said again */
    uint32_t quick_answers;
    int64_t certificate_until_us, certificate_from_us;
};

/* --- session ------------------------------------------------------------------------------------------------------------- */

static void certificate_look(struct check_in *loop, const struct identity *identity)
{
    struct cert_facts facts;
    loop->certificate_until_us = INT64_MAX;
    loop->certificate_from_us = 0;
    if (cert_read(loop->arena, identity->certificate_pem, &facts, NULL) == RESULT_OK) {
        loop->certificate_from_us = facts.from_us;
        loop->certificate_until_us = facts.until_us;
    }
}

static void session_share(struct check_in *loop, struct conversation *session)
{
    struct agent *agent = loop->agent;
    (void)pthread_mutex_lock(&agent->lock);
    agent->check_in_session = session;
    if (agent->stopping && session != NULL) {
        conversation_cancel(session);
    }
    (void)pthread_mutex_unlock(&agent->lock);
    if (session != loop->session) {
        conversation_close(loop->session);
    }
    loop->session = session;
}

static enum result session_make(struct check_in *loop, struct error *error)
{
    struct identity identity;
    struct conversation *session = NULL;
    if (loop->session != NULL) {
        return RESULT_OK;
    }
    TRY(agent_identity(loop->agent, loop->arena, &identity, &loop->generation, error));
    TRY(conversation_open(&identity, ANSWER_BYTES_MAX, &session, error));
    certificate_look(loop, &identity);
    session_share(loop, session);
    loop->report = true;
    loop->known_state[0] = '\0';
    return RESULT_OK;
}

static enum protocol_fault enrol_anew(struct check_in *loop, uint32_t *out_retry_after_s,
                                      struct error *error)
{
    struct identity identity;
    struct spool_counts counts;
    uint64_t generation = 0;
    struct agent *agent = loop->agent;
    if (agent_identity(agent, loop->arena, &identity, &generation, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    spool_count(agent->spool, &counts);
    identity.sequence_base = (int64_t)counts.first - 1;
    enum protocol_fault fault = enrolment_ask(loop->arena, agent->state_dir, &loop->facts,
                                              &identity, out_retry_after_s, error);
    if (fault != PROTOCOL_FINE) {
        return fault;
    }
    if (agent_set_identity(agent, &identity, IDENTITY_NEW_COMPUTER, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    state_remove(agent->state_dir, DECISIONS_FILE); /* they were another computer's */
    loop->decisions = 0;
    loop->session_end_us = 0;
    note(agent->state_dir, LOG_INFO, "enrolled again, as computer %s", identity.computer_id);
    session_share(loop, NULL);
    return PROTOCOL_FINE;
}

/* --- reports ------------------------------------------------------------------------------------------------------------- */

static void facts_look(struct check_in *loop)
{
    struct facts facts;
    int64_t now_us = time_monotonic_us();
    if (loop->facts_us != 0 && now_us - loop->facts_us < FACTS_EVERY_S * US_PER_SECOND) {
        return;
    }
    loop->facts_us = now_us;
    facts_collect(&facts);
    if (memcmp(&facts, &loop->facts, sizeof(facts)) != 0) {
        loop->facts = facts;
        loop->report = true;
        (void)pthread_mutex_lock(&loop->agent->lock);
        loop->agent->facts = facts;
        (void)pthread_mutex_unlock(&loop->agent->lock);
    }
    loop->report = loop->report || now_us - loop->report_us > REPORT_EVERY_S * US_PER_SECOND;
}

static enum protocol_fault report_send(struct check_in *loop, struct conversation_answer *answer,
                                       struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    struct protocol_fact rows[FACTS_MAX];
    const struct applied_policy *policy = &loop->agent->policy; /* only this thread writes it */
    const struct protocol_machine machine = { loop->facts.host, REEVE_VERSION, rows,
                                              facts_rows(&loop->facts, rows) };
    bool runs = policy->revision_id.text[0] != '\0';
    const struct protocol_report report = {
        .machine = &machine,
        .applied_revision_id = runs ? policy->revision_id.text : NULL,
        .applied_us = runs ? policy->applied_us : 0,
        .policy_error = loop->policy_error[0] == '\0' ? NULL : loop->policy_error,
    };
    struct http_call call = {
        .method = "POST", .path = PROTOCOL_STATUS, .headers = headers, .timeout_ms = CALL_TIMEOUT_MS
    };
    if (protocol_status_body(loop->arena, &report, &call.body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault = conversation_call(loop->session, loop->arena, &call, answer, error);
    if (fault == PROTOCOL_FINE) {
        loop->report = false;
        loop->report_us = time_monotonic_us();
    }
    return fault;
}

/* --- policies -------------------------------------------------------------------------------------------------------------- */

static void policy_refuse(struct check_in *loop, const struct applied_policy *policy,
                          enum happening_kind kind, const char *why)
{
    (void)snprintf(loop->policy_error, sizeof(loop->policy_error), "%s", why);
    (void)snprintf(loop->refused_revision, sizeof(loop->refused_revision), "%s",
                   policy->revision_id.text);
    note(loop->agent->state_dir, LOG_ERROR, "policy %s revision %lld was not applied: %s",
         policy->name, (long long)policy->revision, why);
    agent_happened(loop->agent, (struct happening){ .kind = kind,
                                                    .reason = why,
                                                    .policy_id = policy->policy_id.text,
                                                    .policy_name = policy->name,
                                                    .policy_revision = policy->revision });
    loop->report = true;
}

static void policy_take(struct check_in *loop, struct slice bytes, struct applied_policy *policy)
{
    struct agent *agent = loop->agent;
    struct error error = { .field = NULL };
    struct arena *arena = arena_new(POLICY_ARENA_BYTES);
    enum result result = arena == NULL
                             ? fail(&error, RESULT_NO_MEMORY, NULL, "no memory for the policy")
                             : policy_store_apply(arena, agent->state_dir, bytes, policy, &error);
    arena_free(arena);
    if (result != RESULT_OK) {
        policy_refuse(loop, policy, HAPPENING_POLICY_NOT_LOADED, error.text);
        return;
    }
    (void)pthread_mutex_lock(&agent->lock);
    agent->policy = *policy;
    (void)pthread_mutex_unlock(&agent->lock);
    loop->policy_error[0] = '\0';
    loop->refused_revision[0] = '\0';
    loop->report = true;
    note(agent->state_dir, LOG_INFO, "policy %s revision %lld runs", policy->name,
         (long long)policy->revision);
    agent_happened(agent, (struct happening){ .kind = HAPPENING_POLICY_LOADED });
}

static enum protocol_fault policy_fetch(struct check_in *loop, const struct protocol_news *news,
                                        struct conversation_answer *answer, struct error *error)
{
    char path[PATH_BYTES];
    struct applied_policy policy = { .revision = news->policy.revision };
    policy.revision_id = news->policy.revision_id;
    policy.policy_id = news->policy.policy_id;
    (void)snprintf(policy.name, sizeof(policy.name), "%.*s", (int)news->policy.name.length,
                   news->policy.name.length > 0 ? news->policy.name.text : "");
    (void)snprintf(policy.sha256, sizeof(policy.sha256), "%s", news->policy.sha256);
    (void)snprintf(path, sizeof(path), PROTOCOL_POLICY_FORMAT, policy.revision_id.text);
    const struct http_call call = { .method = "GET",
                                    .path = path,
                                    .timeout_ms = POLICY_TIMEOUT_MS };
    enum protocol_fault fault = conversation_call(loop->session, loop->arena, &call, answer, error);
    if (fault == PROTOCOL_MISTAKE) {
        policy_refuse(loop, &policy, HAPPENING_POLICY_NOT_DOWNLOADED, error->text);
        return PROTOCOL_FINE;
    }
    if (fault != PROTOCOL_FINE) {
        return fault == PROTOCOL_UNKNOWN ? PROTOCOL_FINE : fault; /* a later one was assigned */
    }
    agent_happened(loop->agent, (struct happening){ .kind = HAPPENING_POLICY_DOWNLOADED,
                                                    .policy_id = policy.policy_id.text,
                                                    .policy_name = policy.name,
                                                    .policy_revision = policy.revision });
    policy_take(loop, answer->http.body, &policy);
    return PROTOCOL_FINE;
}

static void policy_clear(struct check_in *loop)
{
    struct agent *agent = loop->agent;
    struct error error = { .field = NULL };
    if (policy_store_clear(agent->state_dir, &error) != RESULT_OK) {
        (void)snprintf(loop->policy_error, sizeof(loop->policy_error), "%s", error.text);
        note(agent->state_dir, LOG_ERROR, "the policy was not cleared: %s", error.text);
    } else {
        (void)pthread_mutex_lock(&agent->lock);
        memset(&agent->policy, 0, sizeof(agent->policy));
        (void)pthread_mutex_unlock(&agent->lock);
        loop->policy_error[0] = '\0';
        loop->refused_revision[0] = '\0';
        note(agent->state_dir, LOG_INFO, "no policy runs any more");
    }
    loop->report = true;
}

/* --- requests for rights -------------------------------------------------------------------------------------------------- */

/* Sessions whose time is over or that were denied end, and the server hears it from here. The rights themselves are given
   and taken by whatever enforces decisions on this computer. */
static enum protocol_fault sessions_end(struct check_in *loop, struct conversation_answer *answer,
                                        struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    const struct json *decisions = decisions_load(loop->arena, loop->agent->state_dir);
    struct session_end end;
    loop->decisions = decisions_version(decisions);
    if (!decisions_session_end(decisions, time_now_us(), loop->kept_session, &end,
                               &loop->session_end_us)) {
        return PROTOCOL_FINE;
    }
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), PROTOCOL_REQUEST, end.id.text);
    struct http_call call = {
        .method = "POST", .path = path, .headers = headers, .timeout_ms = CALL_TIMEOUT_MS
    };
    if (protocol_request_event_body(loop->arena, "SessionEnded", end.reason, time_now_us(),
                                    &call.body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault = conversation_call(loop->session, loop->arena, &call, answer, error);
    bool again = fault == PROTOCOL_LATER || fault == PROTOCOL_TOKEN_STALE ||
                 fault == PROTOCOL_ENROL_AGAIN || fault == PROTOCOL_REJECTED;
    if (again) {
        return fault;
    }
    (void)snprintf(loop->kept_session, sizeof(loop->kept_session), "%s", end.id.text);
    note(loop->agent->state_dir, LOG_INFO, "admin session %s is over: %s", end.id.text, end.reason);
    return PROTOCOL_FINE;
}

static void decisions_take(struct check_in *loop, const struct json *decisions)
{
    struct error error = { .field = NULL };
    const char *dir = loop->agent->state_dir;
    if (decisions_save(dir, decisions, &error) != RESULT_OK) {
        note(dir, LOG_ERROR, "the decisions were not kept: %s", error.text);
        return; /* the next check-in brings them again */
    }
    loop->decisions = decisions_version(decisions);
    note(dir, LOG_INFO, "decisions of version %lld are kept", (long long)loop->decisions);
}

/* A check-in must not sleep past the end of a session. */
static uint32_t wait_until_session(const struct check_in *loop, uint32_t wait_s)
{
    if (loop->session_end_us == 0) {
        return wait_s;
    }
    int64_t left_us = loop->session_end_us - time_now_us();
    int64_t left_s = left_us <= 0 ? 0 : left_us / US_PER_SECOND + 1;
    return left_s < (int64_t)wait_s ? (uint32_t)left_s : wait_s;
}

/* --- a round ----------------------------------------------------------------------------------------------------------------- */

static void contact_note(struct check_in *loop, const char *state)
{
    struct agent *agent = loop->agent;
    (void)pthread_mutex_lock(&agent->lock);
    bool other = strcmp(agent->state, state) != 0;
    (void)snprintf(agent->state, sizeof(agent->state), "%s", state);
    agent->contact_us = time_now_us();
    agent->problem[0] = '\0';
    (void)pthread_cond_broadcast(&agent->changed);
    (void)pthread_mutex_unlock(&agent->lock);
    if (other) {
        note(agent->state_dir, LOG_INFO, "the server says: %s", state);
    }
    agent_status_save(agent);
}

static enum protocol_fault ask(struct check_in *loop, struct protocol_news *news,
                               struct conversation_answer *answer, struct error *error)
{
    static const char *const headers[] = { PROTOCOL_JSON, NULL };
    uint32_t wait_s =
        loop->report ? 0 : wait_until_session(loop, loop->agent->options->check_in_wait_s);
    const struct applied_policy *policy = &loop->agent->policy;
    const struct protocol_check_in check_in = {
        .known_state = loop->known_state,
        .applied_revision_id = policy->revision_id.text,
        .known_revision_id = loop->refused_revision,
        .wait_s = wait_s,
        .tells_decisions = true,
        .known_decisions = loop->decisions,
    };
    struct http_call call = { .method = "POST",
                              .path = PROTOCOL_CHECK_IN,
                              .headers = headers,
                              .timeout_ms = (wait_s + WAIT_MARGIN_S) * 1000 };
    if (protocol_check_in_body(loop->arena, &check_in, &call.body, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    enum protocol_fault fault = conversation_call(loop->session, loop->arena, &call, answer, error);
    if (fault != PROTOCOL_FINE) {
        return fault;
    }
    if (protocol_news_read(loop->arena, answer->http.body, news, error) != RESULT_OK) {
        return PROTOCOL_LATER;
    }
    (void)snprintf(loop->known_state, sizeof(loop->known_state), "%.*s", (int)news->state.length,
                   news->state.text);
    contact_note(loop, loop->known_state);
    return PROTOCOL_FINE;
}

static bool certificate_ends(const struct check_in *loop)
{
    enum { PARTS = 10 };
    int64_t life_us = loop->certificate_until_us - loop->certificate_from_us;
    return loop->certificate_from_us > 0 &&
           time_now_us() > loop->certificate_until_us - life_us / PARTS;
}

static bool renewal_waits(const struct check_in *loop)
{
    struct slice key;
    return state_read(loop->arena, loop->agent->state_dir, RENEWED_KEY_FILE, STATE_FILE_BYTES_MAX,
                      &key, NULL) == RESULT_OK;
}

static enum protocol_fault act(struct check_in *loop, const struct protocol_news *news,
                               struct conversation_answer *answer, struct error *error)
{
    struct command_round round = { loop->agent, loop->session, loop->arena, false };
    enum protocol_fault fault = PROTOCOL_FINE;
    loop->report = loop->report || news->report;
    bool authorised = strcmp(loop->known_state, "Authorised") == 0;
    if (news->has_policy && strcmp(loop->refused_revision, news->policy.revision_id.text) != 0) {
        fault = policy_fetch(loop, news, answer, error);
    } else if (news->clear_policy) {
        policy_clear(loop);
    }
    if (news->decisions != NULL) {
        decisions_take(loop, news->decisions);
    }
    if (fault == PROTOCOL_FINE) {
        fault = commands_do(&round, news, answer, error);
        loop->report = loop->report || round.report;
    }
    if (fault == PROTOCOL_FINE && authorised && (certificate_ends(loop) || renewal_waits(loop))) {
        fault = certificate_renew(&round, answer, error);
        struct identity identity;
        uint64_t generation = 0;
        if (agent_identity(loop->agent, loop->arena, &identity, &generation, error) == RESULT_OK) {
            certificate_look(loop, &identity);
        }
    }
    bool may_report = strcmp(loop->known_state, "Deactivated") != 0;
    if (fault == PROTOCOL_FINE && loop->report && may_report) {
        fault = report_send(loop, answer, error);
    }
    return fault == PROTOCOL_PENDING ? PROTOCOL_FINE : fault;
}

/* How long until the next check-in after one that went well. */
static uint64_t pause_ms(struct check_in *loop, const struct protocol_news *news,
                         int64_t started_us)
{
    enum { QUICK_US = 500000 };
    uint32_t wait_s = loop->agent->options->check_in_wait_s;
    if (wait_s == 0) {
        return (uint64_t)news->next_check_in_s * 1000;
    }
    bool quick = time_monotonic_us() - started_us < QUICK_US;
    loop->quick_answers = quick ? loop->quick_answers + 1 : 0;
    if (loop->quick_answers <= QUICK_ANSWERS_MAX) {
        backoff_clear(&loop->backoff);
        return 0;
    }
    return backoff_next_ms(&loop->backoff, 0);
}

static uint64_t fault_pause_ms(struct check_in *loop, enum protocol_fault fault,
                               uint32_t retry_after_s, const struct error *error)
{
    struct agent *agent = loop->agent;
    uint32_t least_s = fault == PROTOCOL_REJECTED       ? REJECTED_WAIT_S
                       : fault == PROTOCOL_INSTALLATION ? INSTALLATION_WAIT_S
                                                        : retry_after_s;
    uint64_t wait_ms = backoff_next_ms(&loop->backoff, least_s);
    (void)pthread_mutex_lock(&agent->lock);
    bool stopping = agent->stopping;
    bool first = strcmp(agent->problem, error->text) != 0;
    if (!stopping) { /* a call that was cut by the stop is no problem */
        (void)snprintf(agent->problem, sizeof(agent->problem), "%s", error->text);
    }
    if (fault == PROTOCOL_REJECTED) {
        (void)snprintf(agent->state, sizeof(agent->state), "Rejected");
    }
    (void)pthread_mutex_unlock(&agent->lock);
    if (!stopping) {
        note(agent->state_dir, first ? LOG_WARN : LOG_DEBUG, "%s; again in %llu s", error->text,
             (unsigned long long)(wait_ms / 1000));
        agent_status_save(agent);
    }
    return wait_ms;
}

static uint64_t round_do(struct check_in *loop)
{
    struct protocol_news news = { .next_check_in_s = 1 };
    struct conversation_answer answer = { .retry_after_s = 0 };
    struct error error = { .field = NULL };
    arena_reset(loop->arena);
    facts_look(loop);
    int64_t started_us = time_monotonic_us();
    enum protocol_fault fault = PROTOCOL_LATER;
    if (session_make(loop, &error) == RESULT_OK) {
        fault = sessions_end(loop, &answer, &error);
        fault = fault == PROTOCOL_FINE ? ask(loop, &news, &answer, &error) : fault;
        fault = fault == PROTOCOL_FINE ? act(loop, &news, &answer, &error) : fault;
    }
    uint32_t retry_after_s = answer.retry_after_s;
    if (fault == PROTOCOL_ENROL_AGAIN) {
        note(loop->agent->state_dir, LOG_WARN, "%s", error.text);
        fault = enrol_anew(loop, &retry_after_s, &error);
        news.next_check_in_s = 1;
    }
    return fault == PROTOCOL_FINE ? pause_ms(loop, &news, started_us)
                                  : fault_pause_ms(loop, fault, retry_after_s, &error);
}

void *check_in_main(void *context)
{
    struct check_in loop = { .agent = context, .arena = arena_new(AGENT_ARENA_BYTES) };
    agent_facts(loop.agent, &loop.facts);
    bool stopping = loop.arena == NULL;
    while (!stopping) {
        stopping = agent_wait(loop.agent, round_do(&loop));
    }
    session_share(&loop, NULL);
    arena_free(loop.arena);
    return NULL;
}
