/* reeve agent and reeve fleet: the endpoint's side. */
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "base/text.h"
#include "base/uuid.h"
#include "cli/commands.h"
#include "fleet/fleet.h"

/* What they had to say is printed already. */
static enum result ended(int status)
{
    return status == EXIT_SUCCESS ? RESULT_OK : RESULT_BROKEN;
}

/* NULL is fine. */
static enum result uuid_check(const struct options *options, const char *name, struct error *error)
{
    struct uuid id;
    const char *text = option_text(options, name);
    return text == NULL || uuid_parse(slice_of(text), &id)
               ? RESULT_OK
               : fail(error, RESULT_INVALID, name, "--%s must be a UUID, not \"%.64s\"", name,
                      text);
}

static enum result server_check(const char *server, struct error *error)
{
    struct slice text = slice_of(server);
    size_t scheme = slice_starts_any_case(text, "https://")  ? strlen("https://")
                    : slice_starts_any_case(text, "http://") ? strlen("http://")
                                                             : 0;
    return scheme > 0 && text.length > scheme
               ? RESULT_OK
               : fail(error, RESULT_INVALID, "server",
                      "--server must be an address like https://reeve.example.com:8443, not"
                      " \"%.64s\"",
                      server);
}

/* What agent and fleet enrol with. A file that is not there would look like a certificate that does not hold. */
static enum result enrolment_check(const struct options *options, struct error *error)
{
    TRY(server_check(option_text(options, "server"), error));
    TRY(uuid_check(options, "installation-id", error));
    TRY(uuid_check(options, "group", error));
    return option_file_check(options, "ca", error);
}

enum result command_agent_enrol(const struct options *options, struct error *error)
{
    TRY(enrolment_check(options, error));
    const struct agent_enrol_options agent_options = {
        .server = option_text(options, "server"),
        .installation_id = option_text(options, "installation-id"),
        .installation_key = option_text(options, "installation-key"),
        .group_id = option_text(options, "group"),
        .ca_file = option_text(options, "ca"),
        .state_dir = option_text(options, "state"),
        .force = option_switch(options, "force"),
    };
    return ended(agent_enrol_main(&agent_options));
}

enum result command_agent_run(const struct options *options, struct error *error)
{
    (void)error;
    const struct agent_run_options agent_options = {
        .state_dir = option_text(options, "state"),
        .auth_log = option_text(options, "auth-log"),
        .queue_bytes = (uint64_t)option_number(options, "queue-bytes"),
        .check_in_wait_s = (uint32_t)option_number(options, "check-in-wait"),
    };
    return ended(agent_run_main(&agent_options));
}

enum result command_agent_status(const struct options *options, struct error *error)
{
    (void)error;
    const struct agent_status_options agent_options = {
        .state_dir = option_text(options, "state"),
        .json = option_switch(options, "json"),
    };
    return ended(agent_status_main(&agent_options));
}

/* Its exit status says the decision: main.c hands it on. */
static enum result decided(int status)
{
    return status == AGENT_EXIT_DENIED      ? RESULT_DENIED
           : status == AGENT_EXIT_UNDECIDED ? RESULT_BUSY
                                            : ended(status);
}

static enum result request(const struct options *options, const char *path, struct error *error)
{
    TRY(uuid_check(options, "request", error));
    const struct agent_request_options agent_options = {
        .state_dir = option_text(options, "state"),
        .path = path,
        .command_line = path == NULL ? NULL : option_text(options, "command-line"),
        .user = option_text(options, "user"),
        .reason = option_text(options, "reason"),
        .id = option_text(options, "request"),
        .seconds = path == NULL ? (uint32_t)option_number(options, "seconds") : 0,
        .wait_s = (uint32_t)option_number(options, "wait"),
        .json = option_switch(options, "json"),
    };
    return decided(agent_request_main(&agent_options));
}

enum result command_agent_request_application(const struct options *options, struct error *error)
{
    return request(options, option_text(options, "path"), error);
}

enum result command_agent_request_admin(const struct options *options, struct error *error)
{
    return request(options, NULL, error);
}

static enum result outcome(const struct options *options, const char *event, const char *reason,
                           struct error *error)
{
    TRY(uuid_check(options, "request", error));
    const struct agent_outcome_options agent_options = {
        .state_dir = option_text(options, "state"),
        .id = option_text(options, "request"),
        .event = event,
        .reason = reason,
        .json = option_switch(options, "json"),
    };
    return ended(agent_outcome_main(&agent_options));
}

enum result command_agent_request_used(const struct options *options, struct error *error)
{
    return outcome(options, "Used", NULL, error);
}

enum result command_agent_request_list(const struct options *options, struct error *error)
{
    (void)error;
    return ended(agent_decisions_main(option_text(options, "state")));
}

enum result command_agent_session_start(const struct options *options, struct error *error)
{
    return outcome(options, "SessionStarted", NULL, error);
}

enum result command_agent_session_end(const struct options *options, struct error *error)
{
    return outcome(options, "SessionEnded", option_text(options, "end-reason"), error);
}

enum result command_fleet(const struct options *options, struct error *error)
{
    TRY(enrolment_check(options, error));
    const struct fleet_options fleet_options = {
        .server = option_text(options, "server"),
        .installation_id = option_text(options, "installation-id"),
        .installation_key = option_text(options, "installation-key"),
        .group_id = option_text(options, "group"),
        .ca_file = option_text(options, "ca"),
        .computers = (uint32_t)option_number(options, "computers"),
        .duration_s = (uint32_t)option_number(options, "duration"),
        .check_in_every_s = (uint32_t)option_number(options, "check-in-every"),
        .events_per_hour = (uint32_t)option_number(options, "events-per-hour"),
        .wait_s = (uint32_t)option_number(options, "wait"),
        .connections = (uint32_t)option_number(options, "requests"),
        .state_file = option_text(options, "fleet-file"),
    };
    return ended(fleet_main(&fleet_options));
}
