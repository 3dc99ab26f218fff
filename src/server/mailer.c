#include "server/mailer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "notify/mail.h"
#include "notify/smtp.h"
#include "resource/users/users.h"
#include "store/store.h"
#include "store/writer.h"

enum { ROUND_MS = 500, ARENA_BYTES = 8 * 1024 * 1024, MESSAGE_BYTES_MAX = 4 * 1024 * 1024 };

struct mailer {
    struct mailer_settings settings;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t ending;
    atomic_bool stopping;
    struct session *session; /* for looking whether there is something to do */
    struct arena *arena;     /* of the mail under way */
    struct arena *work;      /* of a transaction */
};

/* One piece of work in the writer. */
struct errand {
    struct mailer *mailer;
    enum result (*run)(struct ctx *ctx, struct errand *errand);
    struct mail mail;
    const char *why;
    int64_t retry_s;
    bool found;
};

static enum result errand_run(void *context, struct session *session, struct error *error)
{
    struct errand *errand = context;
    struct ctx ctx;
    arena_reset(errand->mailer->work);
    api_system_ctx(errand->mailer->settings.api, errand->mailer->work, session, error, &ctx);
    return errand->run(&ctx, errand);
}

static enum result errand_do(struct errand *errand, const char *what)
{
    struct error error = { .field = NULL };
    enum result result = writer_wait(errand->mailer->settings.writer, errand_run, errand, &error);
    if (result != RESULT_OK) {
        log_line(LOG_WARN, "mail", NULL, "%s: %s: %s", what, result_name(result), error.text);
    }
    return result;
}

/* The mail outlives its transaction, so its texts go to the mailer's own arena. */
static enum result run_take(struct ctx *ctx, struct errand *errand)
{
    struct arena *work = ctx->arena;
    ctx->arena = errand->mailer->arena;
    enum result result = mail_take(ctx, &errand->mail);
    ctx->arena = work;
    errand->found = result == RESULT_OK;
    return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

static enum result run_sent(struct ctx *ctx, struct errand *errand)
{
    TRY(mail_sent(ctx, errand->mail.id));
    return errand->mail.user_id == NULL
               ? RESULT_OK
               : user_mail_result(ctx, errand->mail.user_id, (struct slice){ 0 });
}

static enum result run_failed(struct ctx *ctx, struct errand *errand)
{
    TRY(mail_failed(ctx, errand->mail.id, errand->why, errand->retry_s));
    return errand->mail.user_id == NULL
               ? RESULT_OK
               : user_mail_result(ctx, errand->mail.user_id, slice_of(errand->why));
}

static enum result message_send(struct mailer *mailer, const struct mail *mail, struct error *error)
{
    struct buffer message;
    buffer_init(&message, MESSAGE_BYTES_MAX);
    enum result result =
        mail_write(mailer->arena, mail, mailer->settings.from, &message)
            ? smtp_send(mailer->settings.smtp, mail->recipient, buffer_slice(&message), error)
            : fail(error, RESULT_NO_MEMORY, NULL, "no memory for the message");
    buffer_done(&message);
    return result;
}

/* A mail that was sent but can't be noted as sent goes out again: better twice than never. */
static void mail_do(struct mailer *mailer, struct errand *errand)
{
    struct error error = { .field = NULL };
    enum result result = message_send(mailer, &errand->mail, &error);
    if (atomic_load(&mailer->stopping) && result != RESULT_OK) {
        return; /* the lease ends by itself */
    }
    if (result == RESULT_OK) {
        errand->run = run_sent;
        (void)errand_do(errand, "mail that was sent");
        return;
    }
    errand->why = error.text;
    errand->retry_s =
        result == RESULT_DENIED ? 0 : mail_retry_s(errand->mail.attempts, mailer->settings.retry_s);
    log_line(LOG_WARN, "mail", NULL, "%s: %s", errand->mail.id, error.text);
    errand->run = run_failed;
    (void)errand_do(errand, "mail that was not sent");
}

static bool something_is_due(struct mailer *mailer)
{
    struct error error = { .field = NULL };
    int64_t due = 0;
    if (mailer->session == NULL &&
        session_open(mailer->settings.store, SESSION_READ, &mailer->session, &error) != RESULT_OK) {
        mailer->session = NULL;
        return false;
    }
    enum result result = store_int(mailer->session, &due, &error,
                                   "SELECT CASE WHEN EXISTS (SELECT 1 FROM mail WHERE status = 0"
                                   " AND next_try <= $1) THEN 1 ELSE 0 END",
                                   "i", time_now_us());
    if (result != RESULT_OK) {
        session_close(mailer->session); /* a lost connection: another one next time */
        mailer->session = NULL;
    }
    return result == RESULT_OK && due > 0;
}

static void round_wait(struct mailer *mailer)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ROUND_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_mutex_lock(&mailer->lock);
    while (!atomic_load(&mailer->stopping)) {
        if (pthread_cond_timedwait(&mailer->ending, &mailer->lock, &until) != 0) {
            break;
        }
    }
    (void)pthread_mutex_unlock(&mailer->lock);
}

static void *mailer_main(void *context)
{
    struct mailer *mailer = context;
    while (!atomic_load(&mailer->stopping)) {
        struct errand errand = { .mailer = mailer, .run = run_take };
        arena_reset(mailer->arena);
        if (something_is_due(mailer) && errand_do(&errand, "outbox") == RESULT_OK && errand.found) {
            mail_do(mailer, &errand);
        } else {
            round_wait(mailer);
        }
    }
    return NULL;
}

enum result mailer_start(const struct mailer_settings *settings, struct mailer **out,
                         struct error *error)
{
    struct mailer *mailer = calloc(1, sizeof(*mailer)); /* program lifetime */
    pthread_condattr_t attributes;
    if (mailer == NULL) {
        smtp_close(settings->smtp);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for mail");
    }
    mailer->settings = *settings;
    mailer->arena = arena_new(ARENA_BYTES);
    mailer->work = arena_new(ARENA_BYTES);
    (void)pthread_mutex_init(&mailer->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&mailer->ending, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    mailer->running = mailer->arena != NULL && mailer->work != NULL &&
                      pthread_create(&mailer->thread, NULL, mailer_main, mailer) == 0;
    if (!mailer->running) {
        mailer_free(mailer);
        return fail(error, RESULT_NO_MEMORY, NULL, "no thread for mail");
    }
    *out = mailer;
    return RESULT_OK;
}

void mailer_free(struct mailer *mailer)
{
    if (mailer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&mailer->lock);
    atomic_store(&mailer->stopping, true);
    (void)pthread_cond_signal(&mailer->ending);
    (void)pthread_mutex_unlock(&mailer->lock);
    smtp_cancel(mailer->settings.smtp);
    if (mailer->running) {
        (void)pthread_join(mailer->thread, NULL);
    }
    session_close(mailer->session);
    smtp_close(mailer->settings.smtp);
    arena_free(mailer->arena);
    arena_free(mailer->work);
    (void)pthread_cond_destroy(&mailer->ending);
    (void)pthread_mutex_destroy(&mailer->lock);
    free(mailer);
}
