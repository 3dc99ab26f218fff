#include "server/serve.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent_api/agent_api.h"
#include "api/api.h"
#include "base/log.h"
#include "base/time.h"
#include "http/server.h"
#include "model/page_walk.h"
#include "notify/file.h"
#include "notify/smtp.h"
#include "sandbox/sandbox.h"
#include "scim/scim.h"
#include "server/address.h"
#include "server/deliverer.h"
#include "server/folder_lock.h"
#include "server/housekeeping.h"
#include "server/instance.h"
#include "server/mailer.h"
#include "server/sandbox_run.h"
#include "server/tls.h"
#include "store/writer.h"
#include "sudo_log/sudo_log.h"

enum {
    WRITE_QUEUE_MAX = 20000,
    WORKER_QUEUE_MAX = 20000,
    HEAD_BYTES_MAX = 16 * 1024, /* every connection holds as much, idle ones too */
    BODIES_BYTES_MAX = 512 * 1024 * 1024,
    EXCHANGE_BYTES_MAX = 512 * 1024 * 1024,
    STOP_GRACE_MS = 10000,
    FILES_OWN = 256, /* beside connections: the store's, listens, deliveries */
};

/* Everything that runs, in the order it is started. */
struct server {
    struct instance instance;
    struct writer *writer;
    struct agent_services *agents;
    struct page_walks *walks;
    struct housekeeping *housekeeping;
    struct api *api;
    struct deliverer *deliverer;
    struct mailer *mailer; /* NULL: mail is kept, not sent */
    struct http_server *http;
    struct sudo_log *sudo; /* NULL: nothing of hosts without an agent is taken */
    struct slice tls_cert_pem, tls_key_pem;
    struct http_listen listens[SERVE_LISTENS_MAX];
    struct folder_lock lock;
    struct sandbox *sandbox; /* NULL: none */
    struct sandbox_parts sandbox_parts;
    struct api_watch watch;
    char listen_url[ADDRESS_BYTES], base_url[ADDRESS_BYTES];
    char spool_dir[1100];
};

/* --- start ------------------------------------------------------------------------------------------------------------ */

static enum result addresses_parse(struct server *server, const struct serve_options *options,
                                   struct error *error)
{
    if (options->public_url != NULL) {
        TRY(address_given(options->public_url, server->base_url, error));
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        TRY(http_listen_parse(options->listens[i], &server->listens[i], error));
    }
    return RESULT_OK;
}

static void rules_set(struct server *server, const struct serve_options *options)
{
    struct rules *rules = &server->instance.rules;
    rules->base_url_given = options->public_url != NULL;
    rules->base_url = rules->base_url_given ? server->base_url : NULL;
    rules->check_in_interval_s = options->check_in_interval_s;
    rules->wait_max_s = options->wait_max_s;
    rules->disconnected_after_us = (int64_t)options->disconnected_after_s * US_PER_SECOND;
    rules->scim_any_name = options->scim_any_name;
    rules->scim_keeps_users = options->scim_keeps_users;
    rules->scim_groups = options->scim_groups;
    rules->scim_knows_roles = options->scim_knows_roles;
}

static enum result sandbox_open(struct server *server, const struct serve_sandbox *options,
                                struct error *error)
{
    if (options == NULL) {
        return RESULT_OK;
    }
    server->sandbox_parts =
        (struct sandbox_parts){ server->housekeeping, server->agents, server->walks };
    server->sandbox = sandbox_make(options, &server->instance, &server->sandbox_parts);
    if (server->sandbox == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the sandbox");
    }
    server->watch = sandbox_watch(server->sandbox);
    return RESULT_OK;
}

static enum result api_start(struct server *server, const struct serve_options *options,
                             struct error *error)
{
    static const struct face *const faces[] = { &agent_face, &scim_face, &sandbox_face };
    server->agents = agent_services_new();
    server->walks = page_walks_new();
    server->housekeeping =
        housekeeping_new(options->sandbox == NULL ? HOUSEKEEPING_BY_ITSELF : HOUSEKEEPING_IN_STEP);
    if (server->agents == NULL || server->walks == NULL || server->housekeeping == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory to start");
    }
    TRY(sandbox_open(server, options->sandbox, error));
    TRY(writer_open(server->instance.store, options->writers, WRITE_QUEUE_MAX, &server->writer,
                    error));
    const struct api_settings settings = {
        .store = server->instance.store,
        .writer = server->writer,
        .rules = &server->instance.rules,
        .keys = &server->instance.keys,
        .agents = server->agents,
        .walks = server->walks,
        .faces = faces,
        .face_count = COUNT_OF(faces) - (server->sandbox == NULL ? 1 : 0), /* the last one */
        .rate_limit = options->rate_limit,
        .strict = options->strict,
        .watch = server->sandbox == NULL ? NULL : &server->watch,
        .sandbox = server->sandbox,
        .loops = options->loops * (uint32_t)options->listen_count,
        .workers = options->workers,
        .worker_queue_max = WORKER_QUEUE_MAX,
        .tasks_wanted = housekeeping_wake,
        .context = server->housekeeping,
    };
    TRY(api_open(&settings, &server->api, error));
    return housekeeping_start(server->housekeeping, server->instance.store, server->writer,
                              server->api, server->agents, error);
}

/* First line of the file. */
static enum result password_read(const char *path, char *out, size_t room, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(out, (int)room, file) == NULL) {
        if (file != NULL) {
            (void)fclose(file);
        }
        return fail(error, RESULT_INVALID, "smtp-password-file",
                    "the password of the mail relay can't be read from %s", path);
    }
    (void)fclose(file);
    out[strcspn(out, "\r\n")] = '\0';
    return RESULT_OK;
}

static enum result mail_start(struct server *server, const struct serve_mail *mail,
                              struct error *error)
{
    char password[512] = "";
    struct smtp_settings settings = { .url = mail->smtp_url,
                                      .from = mail->from,
                                      .user = mail->user,
                                      .ca_file = mail->ca_file,
                                      .tls = (enum smtp_tls)mail->tls };
    struct mailer_settings mailer = { .store = server->instance.store,
                                      .writer = server->writer,
                                      .api = server->api,
                                      .from = mail->from,
                                      .retry_s = mail->retry_s };
    if (mail->smtp_url == NULL) {
        return RESULT_OK;
    }
    if (mail->password_file != NULL) {
        TRY(password_read(mail->password_file, password, sizeof(password), error));
        settings.password = password;
    }
    enum result result = smtp_open(&settings, &mailer.smtp, error);
    explicit_bzero(password, sizeof(password));
    TRY(result);
    return mailer_start(&mailer, &server->mailer, error);
}

static enum result http_start(struct server *server, const struct serve_options *options,
                              struct error *error)
{
    const struct http_settings settings = {
        .listens = server->listens,
        .listen_count = options->listen_count,
        .loops = options->loops,
        .connections_max = options->connections_max,
        .idle_timeout_s = options->idle_timeout_s,
        .head_bytes_max = HEAD_BYTES_MAX,
        .bodies_bytes_max = BODIES_BYTES_MAX,
        .arena_bytes_max = EXCHANGE_BYTES_MAX,
        .spool_dir = server->spool_dir,
        .handler = api_handler(server->api),
        .tls_cert_pem = server->tls_cert_pem,
        .tls_key_pem = server->tls_key_pem,
    };
    TRY(http_server_start(&settings, &server->http, error));
    api_attach(server->api, server->http);
    const struct http_listen *first = &server->listens[0];
    uint16_t port = http_server_port(server->http, 0);
    address_of_listen(first, port, server->listen_url);
    if (options->public_url == NULL) {
        /* A sandbox gives the same answers on every machine. */
        address_for_others(first, port, options->sandbox == NULL ? NULL : "localhost",
                           server->base_url);
        server->instance.rules.base_url = server->base_url; /* requests may be running already */
    }
    return RESULT_OK;
}

static void sudo_metrics(void *context, struct buffer *out)
{
    sudo_log_write_metrics(context, out);
}

static enum result sudo_start(struct server *server, const struct serve_options *options,
                              struct error *error)
{
    TRY(sudo_serve_start(&options->sudo, &server->instance, server->writer, server->tls_cert_pem,
                         server->tls_key_pem, &server->sudo, error));
    if (server->sudo != NULL) {
        api_add_metrics(server->api, sudo_metrics, server->sudo);
    }
    return RESULT_OK;
}

static enum result certificate_load(struct server *server, const struct serve_options *options,
                                    struct error *error)
{
    const struct tls_choice choice = { .cert_file = options->tls_cert,
                                       .key_file = options->tls_key,
                                       .names = options->tls_names,
                                       .name_count = options->tls_name_count };
    return tls_load(&server->instance, &choice, &server->tls_cert_pem, &server->tls_key_pem, error);
}

/* Nobody has set anything, so it says where it is and how to sign in. */
static void sandbox_tell(const struct server *server, const struct serve_options *options)
{
    for (size_t i = 0; i < options->listen_count; i++) {
        char address[ADDRESS_BYTES];
        address_for_others(&server->listens[i], http_server_port(server->http, i), "localhost",
                           address);
        (void)printf("%s%s", i == 0 ? "sandbox at " : " and ", address);
    }
    (void)printf("; client id %s, client secret %s; Ctrl-C ends it\n", options->sandbox->client_id,
                 options->sandbox->client_secret);
    (void)fflush(stdout);
}

/* A connection is an open file. What does not fit waits until somebody leaves, so it is told before it happens. */
static void files_tell(const struct serve_options *options)
{
    struct rlimit limit;
    uint64_t needed = (uint64_t)options->connections_max + FILES_OWN;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed) {
        log_line(
            LOG_WARN, "server", NULL,
            "the limit on open files is %llu, and --connections is %u: raise it to %llu or more"
            " (LimitNOFILE in a unit)",
            (unsigned long long)limit.rlim_cur, options->connections_max,
            (unsigned long long)needed);
    }
}

static void ready_tell(const struct server *server, const struct serve_options *options)
{
    if (options->sandbox == NULL) {
        files_tell(options);
    }
    if (options->sandbox != NULL) {
        sandbox_tell(server, options);
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        char address[ADDRESS_BYTES];
        address_of_listen(&server->listens[i], http_server_port(server->http, i), address);
        log_line(LOG_INFO, "server", NULL, "listening on %s", address);
    }
    if (options->ready_file != NULL) {
        int file = open(options->ready_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (file < 0 || dprintf(file, "%s\n", server->listen_url) < 0) {
            log_line(LOG_WARN, "server", NULL, "the ready file cannot be written");
        }
        if (file >= 0) {
            (void)close(file);
        }
    }
}

static void spool_place(struct server *server, const char *data_dir)
{
    if (data_dir == NULL) {
        (void)snprintf(server->spool_dir, sizeof(server->spool_dir), "%s", P_tmpdir);
        return;
    }
    (void)snprintf(server->spool_dir, sizeof(server->spool_dir), "%s/spool", data_dir);
    (void)mkdir(server->spool_dir, 0700); /* when it can't be made, a large upload says so */
}

/* Files of targets lie in the data folder; a server without one has none. */
static void target_place(const char *data_dir)
{
    char folder[1100];
    if (data_dir != NULL) {
        (void)snprintf(folder, sizeof(folder), "%s/delivery", data_dir);
        target_file_root(folder);
    }
}

static enum result start(struct server *server, const struct serve_options *options,
                         struct error *error)
{
    TRY(addresses_parse(server, options, error));
    if (options->sandbox != NULL) {
        sandbox_begin(options->sandbox);
    } else if (options->database == NULL) {
        TRY(folder_lock_open(options->data_dir, &server->lock, error));
    }
    TRY(instance_open(options->data_dir, options->database, &server->instance, error));
    spool_place(server, options->data_dir);
    target_place(options->data_dir);
    rules_set(server, options);
    TRY(api_start(server, options, error));
    if (options->sandbox != NULL) {
        TRY(sandbox_fill(options->sandbox, &server->instance, server->housekeeping, error));
        TRY(sandbox_start(server->sandbox, error));
    }
    TRY(certificate_load(server, options, error));
    TRY(http_start(server, options, error));
    TRY(mail_start(server, &options->mail, error));
    TRY(sudo_start(server, options, error));
    if (options->sandbox == NULL) { /* there nothing happens but by calls */
        TRY(deliverer_start(server->instance.store, server->writer, server->api, &server->deliverer,
                            error));
    }
    ready_tell(server, options);
    return RESULT_OK;
}

/* --- stop -------------------------------------------------------------------------------------------------------------- */

static void stop(struct server *server)
{
    if (server->http != NULL) {
        api_drain(server->api);
        http_server_stop(server->http, STOP_GRACE_MS);
    }
    sudo_log_stop(server->sudo);
    deliverer_free(server->deliverer);
    mailer_free(server->mailer);
    housekeeping_free(server->housekeeping);
    if (server->writer != NULL) {
        writer_close(server->writer);
    }
    api_close(server->api);
    sandbox_free(server->sandbox);
    page_walks_free(server->walks);
    agent_services_free(server->agents);
    if (server->instance.store != NULL) {
        instance_close(&server->instance);
    }
    folder_lock_close(&server->lock);
}

enum result serve(const struct serve_options *options, struct error *error)
{
    struct server server = { .writer = NULL };
    sigset_t signals;
    int received = 0;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    /* Blocked before any thread starts, so that only sigwait below takes them. */
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a bound on the size of files is a full disk, not the end */
    enum result result = start(&server, options, error);
    if (result == RESULT_OK) {
        (void)sigwait(&signals, &received);
        log_line(LOG_INFO, "server", NULL, "stopping");
    }
    stop(&server);
    return result;
}
