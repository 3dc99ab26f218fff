#include "agent/agent_parts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/note.h"
#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"

enum { IDENTITY_ARENA_BYTES = 256 * 1024, STATUS_BYTES_MAX = 16 * 1024 };

bool agent_wait(struct agent *agent, uint64_t wait_ms)
{
    int64_t end_us = time_monotonic_us() + (int64_t)wait_ms * 1000;
    const struct timespec end = { .tv_sec = end_us / US_PER_SECOND,
                                  .tv_nsec = end_us % US_PER_SECOND * 1000 };
    (void)pthread_mutex_lock(&agent->lock);
    while (!agent->stopping && pthread_cond_timedwait(&agent->changed, &agent->lock, &end) == 0) {
    }
    bool stopping = agent->stopping;
    (void)pthread_mutex_unlock(&agent->lock);
    return stopping;
}

bool agent_stopping(struct agent *agent)
{
    (void)pthread_mutex_lock(&agent->lock);
    bool stopping = agent->stopping;
    (void)pthread_mutex_unlock(&agent->lock);
    return stopping;
}

static enum result identity_copy(struct arena *arena, const struct identity *from,
                                 struct identity *out, struct error *error)
{
    const char *const texts[] = {
        from->server,           from->ca_file,  from->installation_id,
        from->installation_key, from->group_id, from->computer_id,
    };
    const struct slice slices[] = { from->key_pem, from->certificate_pem,
                                    from->ca_certificate_pem };
    char *copies[COUNT_OF(texts)];
    struct slice parts[COUNT_OF(slices)];
    bool whole = true;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        copies[i] = arena_strdup(arena, texts[i] == NULL ? "" : texts[i]);
        whole = whole && copies[i] != NULL;
    }
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        parts[i] = (struct slice){ slice_dup(arena, slices[i]), slices[i].length };
        whole = whole && parts[i].text != NULL;
    }
    if (!whole) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the identity");
    }
    *out = (struct identity){
        .server = copies[0],
        .ca_file = copies[1],
        .installation_id = copies[2],
        .installation_key = copies[3],
        .group_id = copies[4],
        .computer_id = copies[5],
        .key_pem = parts[0],
        .certificate_pem = parts[1],
        .ca_certificate_pem = parts[2],
        .sequence_base = from->sequence_base,
    };
    return RESULT_OK;
}

enum result agent_identity(struct agent *agent, struct arena *arena, struct identity *out,
                           uint64_t *out_generation, struct error *error)
{
    (void)pthread_mutex_lock(&agent->lock);
    enum result result = identity_copy(arena, &agent->identity, out, error);
    *out_generation = agent->generation;
    (void)pthread_mutex_unlock(&agent->lock);
    return result;
}

enum result agent_set_identity(struct agent *agent, const struct identity *identity,
                               enum identity_change change, struct error *error)
{
    struct identity copy;
    struct arena *arena = arena_new(IDENTITY_ARENA_BYTES);
    if (arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the identity");
    }
    enum result result = identity_copy(arena, identity, &copy, error);
    if (result != RESULT_OK) {
        arena_free(arena);
        return result;
    }
    (void)pthread_mutex_lock(&agent->lock);
    struct arena *before = agent->identity_arena;
    agent->identity_arena = arena;
    agent->identity = copy;
    agent->generation += change == IDENTITY_NEW_COMPUTER ? 1 : 0;
    (void)pthread_mutex_unlock(&agent->lock);
    arena_free(before);
    return RESULT_OK;
}

bool agent_authorised(struct agent *agent)
{
    (void)pthread_mutex_lock(&agent->lock);
    bool authorised = strcmp(agent->state, "Authorised") == 0;
    (void)pthread_mutex_unlock(&agent->lock);
    return authorised;
}

void agent_facts(struct agent *agent, struct facts *out)
{
    (void)pthread_mutex_lock(&agent->lock);
    *out = agent->facts;
    (void)pthread_mutex_unlock(&agent->lock);
}

void agent_happened(struct agent *agent, struct happening happening)
{
    struct error error = { .field = NULL };
    struct buffer text;
    buffer_init(&text, HAPPENING_BYTES_MAX);
    happening.moment_us = happening.moment_us > 0 ? happening.moment_us : time_now_us();
    (void)pthread_mutex_lock(&agent->lock);
    const struct happening_source source = { &agent->facts, agent->identity.computer_id,
                                             agent->run_id.text };
    if (happening.policy_id == NULL && agent->policy.revision_id.text[0] != '\0') {
        happening.policy_id = agent->policy.policy_id.text;
        happening.policy_name = agent->policy.name;
        happening.policy_revision = agent->policy.revision;
    }
    happening_write(&happening, &source, &text);
    (void)pthread_mutex_unlock(&agent->lock);
    enum result result =
        text.overflow ? RESULT_NO_MEMORY : spool_append(agent->spool, buffer_slice(&text), &error);
    if (result != RESULT_OK) {
        log_line(LOG_WARN, "agent", NULL, "an event is lost: %s",
                 text.overflow ? "too long, or no memory" : error.text);
    }
    buffer_done(&text);
}

static void put_moment(struct json_writer *writer, const char *name, int64_t moment_us)
{
    char text[TIME_TEXT_BYTES];
    if (moment_us > 0) {
        (void)time_format(moment_us, TIME_ZULU, text);
        json_member_text(writer, name, text);
    }
}

void agent_status_save(struct agent *agent)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, STATUS_BYTES_MAX);
    json_writer_init(&writer, &text);
    (void)pthread_mutex_lock(&agent->lock);
    json_begin_object(&writer);
    json_member_text(&writer, "state", agent->state);
    put_moment(&writer, "lastContact", agent->contact_us);
    json_member_text(&writer, "problem", agent->problem[0] == '\0' ? NULL : agent->problem);
    json_member_bool(&writer, "running", !agent->stopping);
    json_end_object(&writer);
    (void)pthread_mutex_unlock(&agent->lock);
    /* Only for people: a full disk must not stop the agent. */
    (void)!state_write(agent->state_dir, STATUS_FILE, buffer_slice(&text), NULL);
    buffer_done(&text);
}
