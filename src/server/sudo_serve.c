#include "server/sudo_serve.h"

#include "server/instance.h"
#include "sudo_log/admission.h"
#include "sudo_log/sudo_log.h"

static enum result listens_parse(const char *option, const char *const *texts, size_t count,
                                 struct sudo_listen *out, struct error *error)
{
    if (count > SUDO_LISTENS_MAX) {
        return fail(error, RESULT_INVALID, option, "--%s may come at most %d times", option,
                    SUDO_LISTENS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(sudo_listen_parse(option, texts[i], &out[i], error));
    }
    return RESULT_OK;
}

static enum result allow_parse(const struct serve_sudo *options, struct address_range *out,
                               struct error *error)
{
    if (options->allow_count > SUDO_ALLOW_MAX) {
        return fail(error, RESULT_INVALID, "sudo-allow", "--sudo-allow may come at most %d times",
                    SUDO_ALLOW_MAX);
    }
    for (size_t i = 0; i < options->allow_count; i++) {
        TRY(address_range_parse(options->allow[i], &out[i], error));
    }
    return RESULT_OK;
}

enum result sudo_serve_start(const struct serve_sudo *options, struct instance *instance,
                             struct writer *writer, struct slice tls_cert_pem,
                             struct slice tls_key_pem, struct sudo_log **out, struct error *error)
{
    struct sudo_listen syslog[SUDO_LISTENS_MAX];
    struct sudo_listen sudo[SUDO_LISTENS_MAX];
    struct address_range allow[SUDO_ALLOW_MAX];
    if (options->syslog_listen_count + options->sudo_listen_count == 0) {
        return RESULT_OK;
    }
    TRY(listens_parse("syslog-listen", options->syslog_listens, options->syslog_listen_count,
                      syslog, error));
    TRY(listens_parse("sudo-listen", options->sudo_listens, options->sudo_listen_count, sudo,
                      error));
    TRY(allow_parse(options, allow, error));
    const struct sudo_log_settings settings = {
        .place = { .store = instance->store,
                   .writer = writer,
                   .rules = &instance->rules,
                   .keys = &instance->keys,
                   .hosts_max = options->hosts_max },
        .syslog_listens = syslog,
        .syslog_listen_count = options->syslog_listen_count,
        .sudo_listens = sudo,
        .sudo_listen_count = options->sudo_listen_count,
        .allow = allow,
        .allow_count = options->allow_count,
        .client_ca_file = options->client_ca,
        .tls_cert_pem = tls_cert_pem,
        .tls_key_pem = tls_key_pem,
    };
    return sudo_log_start(&settings, out, error);
}
