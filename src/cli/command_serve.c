#include <stdio.h>
#include <string.h>

#include "agent_api/agent_api.h"
#include "api/api.h"
#include "base/text.h"
#include "cli/commands.h"
#include "model/openapi.h"
#include "notify/smtp.h"
#include "sandbox/sandbox.h"
#include "scim/scim.h"
#include "server/serve.h"

enum { DOCUMENT_BYTES_MAX = 64 * 1024 * 1024 };

static int smtp_tls_of(const char *word)
{
    return strcmp(word, "off") == 0   ? SMTP_TLS_OFF
           : strcmp(word, "try") == 0 ? SMTP_TLS_TRY
                                      : SMTP_TLS_REQUIRE;
}

static enum result files_check(const struct options *options, struct error *error)
{
    static const char *const names[] = { "tls-cert", "tls-key", "smtp-password-file", "smtp-ca",
                                         "sudo-client-ca" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        TRY(option_file_check(options, names[i], error));
    }
    return RESULT_OK;
}

enum result command_serve(const struct options *options, struct error *error)
{
    size_t listens = 0;
    const char *const *listen_texts = option_list(options, "listen", &listens);
    struct serve_options serve_options = {
        .data_dir = option_text(options, "data"),
        .database = option_text(options, "database"),
        .public_url = option_text(options, "public-url"),
        .tls_cert = option_text(options, "tls-cert"),
        .tls_key = option_text(options, "tls-key"),
        .rate_limit = (uint32_t)option_number(options, "rate-limit"),
        .strict = option_switch(options, "strict"),
        .scim_any_name = strcmp(option_text(options, "scim-users"), "any") == 0,
        .scim_groups = strcmp(option_text(options, "scim-groups"), "roles") == 0,
        .scim_knows_roles = strcmp(option_text(options, "scim-unknown-roles"), "reject") == 0,
        .scim_keeps_users = strcmp(option_text(options, "scim-delete"), "deny") == 0,
        .loops = (uint32_t)option_number(options, "loops"),
        .workers = (uint32_t)option_number(options, "workers"),
        .writers = (uint32_t)option_number(options, "writers"),
        .connections_max = (uint32_t)option_number(options, "connections"),
        .idle_timeout_s = (uint32_t)option_number(options, "idle-timeout"),
        .check_in_interval_s = (uint32_t)option_number(options, "check-in-interval"),
        .wait_max_s = (uint32_t)option_number(options, "wait-max"),
        .disconnected_after_s = (uint32_t)option_number(options, "disconnected-after"),
        .mail = { .smtp_url = option_text(options, "smtp-url"),
                  .from = option_text(options, "smtp-from"),
                  .user = option_text(options, "smtp-user"),
                  .password_file = option_text(options, "smtp-password-file"),
                  .ca_file = option_text(options, "smtp-ca"),
                  .tls = smtp_tls_of(option_text(options, "smtp-tls")),
                  .retry_s = (uint32_t)option_number(options, "mail-retry") },
        .sudo = { .client_ca = option_text(options, "sudo-client-ca"),
                  .hosts_max = (uint32_t)option_number(options, "sudo-hosts") },
        .ready_file = option_text(options, "ready-file"),
    };
    if (listens > SERVE_LISTENS_MAX) {
        return fail(error, RESULT_INVALID, "listen", "--listen may come at most %d times",
                    SERVE_LISTENS_MAX);
    }
    for (size_t i = 0; i < listens; i++) {
        serve_options.listens[i] = listen_texts[i];
    }
    serve_options.listen_count = listens;
    struct serve_sudo *sudo = &serve_options.sudo;
    sudo->syslog_listens = option_list(options, "syslog-listen", &sudo->syslog_listen_count);
    sudo->sudo_listens = option_list(options, "sudo-listen", &sudo->sudo_listen_count);
    sudo->allow = option_list(options, "sudo-allow", &sudo->allow_count);
    serve_options.tls_names = option_list(options, "tls-name", &serve_options.tls_name_count);
    if ((serve_options.tls_cert == NULL) != (serve_options.tls_key == NULL)) {
        return fail(error, RESULT_INVALID, "tls-cert", "--tls-cert and --tls-key belong together");
    }
    TRY(files_check(options, error));
    return serve(&serve_options, error);
}

static const struct definition {
    const char *name;
    const struct face *face;
    unsigned version;
} definitions[] = {
    { "v1", &management_face, API_V1 }, { "v2", &management_face, API_V2 },
    { "v3", &management_face, API_V3 }, { "agent", &agent_face, 0 },
    { "oauth", &oauth_face, 0 },        { "scim", &scim_face, API_V3 },
    { "scim-v1", &scim_face, API_V1 },  { "scim-v2", &scim_face, API_V2 },
    { "scim-v3", &scim_face, API_V3 },  { "sandbox", &sandbox_face, 0 },
};

enum result command_openapi(const struct options *options, struct error *error)
{
    const char *version = option_text(options, "version");
    bool json = strcmp(option_text(options, "format"), "json") == 0;
    struct buffer text;
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    for (size_t i = 0; i < COUNT_OF(definitions); i++) {
        if (strcmp(definitions[i].name, version) == 0) {
            openapi_write(definitions[i].face, definitions[i].version,
                          json ? OPENAPI_JSON : OPENAPI_YAML, &text);
        }
    }
    bool written = !text.overflow && fwrite(text.bytes, 1, text.length, stdout) == text.length &&
                   fflush(stdout) == 0;
    buffer_done(&text);
    return written ? RESULT_OK
                   : fail(error, RESULT_BROKEN, NULL, "the definition cannot be written");
}

enum result command_version(const struct options *options, struct error *error)
{
    (void)options;
    return printf("reeve %s\n", REEVE_VERSION) > 0
               ? RESULT_OK
               : fail(error, RESULT_BROKEN, NULL, "standard output cannot be written");
}
