/* reeve agent and reeve fleet: the endpoint's side. */
#include <stdlib.h>

#include "agent/agent.h"
#include "cli/commands.h"
#include "fleet/fleet.h"

/* What they had to say is printed already. */
static enum result ended(int status)
{
    return status == EXIT_SUCCESS ? RESULT_OK : RESULT_BROKEN;
}

static enum result all_given(const struct options *options, const char *const *names, size_t count,
                             struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (option_text(options, names[i]) == NULL) {
            return fail(error, RESULT_INVALID, names[i], "--%s is missing; --help tells more",
                        names[i]);
        }
    }
    return RESULT_OK;
}

static const char *const enrolment_needs[] = { "server", "installation-id", "installation-key" };

enum result command_agent_enrol(const struct options *options, struct error *error)
{
    TRY(all_given(options, enrolment_needs, COUNT_OF(enrolment_needs), error));
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

enum result command_fleet(const struct options *options, struct error *error)
{
    TRY(all_given(options, enrolment_needs, COUNT_OF(enrolment_needs), error));
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
