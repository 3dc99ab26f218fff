/* reeve sandbox serve: a whole server in memory for whoever writes a client. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "cli/commands.h"
#include "cli/sandbox_fill.h"
#include "scene/scene.h"
#include "server/serve.h"

/* One loop a listen keeps the order of calls that one client makes. */
enum { LOOPS = 1, WORKERS = 4, CONNECTIONS_MAX = 4096, IDLE_TIMEOUT_S = 180, WRITERS = 1 };

static enum result listens_add(const struct options *options, const char *name,
                               struct serve_options *out, struct error *error)
{
    size_t count = 0;
    const char *const *texts = option_list(options, name, &count);
    for (size_t i = 0; i < count && strcmp(texts[i], "off") != 0; i++) {
        if (out->listen_count == SERVE_LISTENS_MAX) {
            return fail(error, RESULT_INVALID, name,
                        "--listen and --listen-tls may come at most %d times in all",
                        SERVE_LISTENS_MAX);
        }
        out->listens[out->listen_count++] = texts[i];
    }
    return RESULT_OK;
}

static enum result listens_read(const struct options *options, struct serve_options *out,
                                struct error *error)
{
    TRY(listens_add(options, "listen", out, error));
    TRY(listens_add(options, "listen-tls", out, error));
    if (out->listen_count == 0) {
        return fail(error, RESULT_INVALID, "listen", "--listen and --listen-tls can't both be off");
    }
    out->tls_names = option_list(options, "tls-name", &out->tls_name_count);
    return (out->tls_cert == NULL) == (out->tls_key == NULL)
               ? RESULT_OK
               : fail(error, RESULT_INVALID, "tls-cert",
                      "--tls-cert and --tls-key belong together");
}

static enum result clock_read(const struct options *options, int64_t *out, struct error *error)
{
    const char *text = option_text(options, "clock");
    if (!time_parse(slice_of(text), out, NULL) || *out <= 0) {
        return fail(error, RESULT_INVALID, "clock",
                    "--clock must be a moment after 1970 like 2025-01-01T00:00:00Z, not \"%.64s\"",
                    text);
    }
    return RESULT_OK;
}

static enum result fill(struct instance *instance, void *context, struct error *error)
{
    struct scene_counts made;
    return sandbox_fill_instance(instance, context, false, &made, error);
}

enum result command_sandbox_serve(const struct options *options, struct error *error)
{
    struct options scene = *options;
    struct serve_sandbox sandbox = {
        .seed = (uint64_t)option_number(options, "seed"),
        .client_id = option_text(options, "client-id"),
        .client_secret = option_text(options, "client-secret"),
        .fill = fill,
        .context = &scene,
    };
    struct serve_options serve_options = {
        .sandbox = &sandbox,
        .tls_cert = option_text(options, "tls-cert"),
        .tls_key = option_text(options, "tls-key"),
        .rate_limit = (uint32_t)option_number(options, "rate-limit"),
        .strict = option_switch(options, "strict"),
        .scim_any_name = strcmp(option_text(options, "scim-users"), "any") == 0,
        .scim_knows_roles = strcmp(option_text(options, "scim-unknown-roles"), "reject") == 0,
        .scim_keeps_users = strcmp(option_text(options, "scim-delete"), "deny") == 0,
        .loops = LOOPS,
        .workers = WORKERS,
        .writers = WRITERS,
        .connections_max = CONNECTIONS_MAX,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .check_in_interval_s = 300,
        .wait_max_s = 120,
        .disconnected_after_s = 900,
        .ready_file = option_text(options, "ready-file"),
    };
    TRY(clock_read(options, &sandbox.clock_us, error));
    TRY(option_file_check(options, "tls-cert", error));
    TRY(option_file_check(options, "tls-key", error));
    TRY(listens_read(options, &serve_options, error));
    return serve(&serve_options, error);
}
