/* Notes when long-lived tokens were last used. Reads must not wait for it, so it is a write of its own; one that is lost,
   because the queue is full, is made up for by the next use. */
#include <stdio.h>
#include <stdlib.h>

#include "access/account_token.h"
#include "api/exchange.h"

struct token_use {
    struct write_job job; /* first: the job is the use */
    char token_id[37];
    int64_t now_us;
};

static enum result use_run(struct write_job *job, struct session *session, struct error *error)
{
    const struct token_use *use = (struct token_use *)(void *)job;
    return account_token_used(session, use->token_id, use->now_us, error);
}

static void use_done(struct write_job *job, enum result result, const struct error *error)
{
    (void)result;
    (void)error;
    free(job);
}

void token_use_note(struct api *api, const struct principal *principal, int64_t now_us)
{
    bool noted = now_us - principal->token_used_us < ACCOUNT_TOKEN_NOTE_US;
    if (principal->token_id[0] == '\0' || noted) {
        return;
    }
    struct token_use *use = calloc(1, sizeof(*use)); /* until use_done */
    if (use == NULL) {
        return;
    }
    use->job = (struct write_job){ .run = use_run, .done = use_done };
    use->now_us = now_us;
    (void)snprintf(use->token_id, sizeof(use->token_id), "%s", principal->token_id);
    if (writer_submit(api->writer, &use->job) != RESULT_OK) {
        free(use);
    }
}
