/* Computers: the endpoints that report to this server, their life, commands and logs. */
#ifndef RESOURCE_COMPUTERS_COMPUTERS_H
#define RESOURCE_COMPUTERS_COMPUTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "model/operation.h"
#include "task/task.h"

extern const struct route computers_routes[];
extern const size_t computers_route_count;
extern const struct resource computers_resource;
extern const struct shape endpoint_information_shape; /* what agents report about their machine */
extern const struct task_action *const computers_task_actions[];
extern const size_t computers_task_action_count;
extern const struct task_action archive_action, delete_action; /* also what management rules do */

enum computer_authorisation {
    COMPUTER_PENDING,
    COMPUTER_AUTHORISED,
    COMPUTER_REJECTED,
    COMPUTER_DEACTIVATED,
};
extern const struct names computer_host_type_names;
enum computer_host_type { HOST_WINDOWS, HOST_MACOS, HOST_LINUX, HOST_UNKNOWN };

enum command_type {
    COMMAND_APPLY_POLICY,
    COMMAND_CLEAR_POLICY,
    COMMAND_RETRIEVE_LOGS,
    COMMAND_RETRIEVE_STATUS_INFO,
    COMMAND_RENEW_CERTIFICATE,
    COMMAND_DEACTIVATE,
};
enum command_status {
    COMMAND_PENDING,
    COMMAND_SENT,
    COMMAND_COMPLETED,
    COMMAND_FAILED,
    COMMAND_EXPIRED
};

/* All texts live in ctx->arena. */
struct computer {
    const char *id, *host;
    enum computer_authorisation authorisation;
    bool archived, deleted;
    const char *group_id;           /* NULL: none */
    const char *policy_revision_id; /* assigned through the group; NULL: none */
    const char *host_revision_id;   /* what the agent says it runs; NULL: none */
    const char *public_key_pem;
    const char *thumbprint;       /* of the present certificate, or NULL */
    int64_t certificate_until_us; /* 0: none */
    int64_t last_connected_us;    /* 0: never */
    int64_t decisions;            /* rises with every change of a request for rights */
};
/* RESULT_NOT_FOUND when it never was or was purged; a deleted one is found, with `deleted` set. */
MUST_CHECK enum result computer_load(struct ctx *ctx, const char *id, struct computer *out);

/* --- what agents do; all in a write transaction ------------------------------------------------- */

struct computer_enrolment {
    const char *id; /* NULL: a new one (sample data brings its own) */
    struct slice host;
    enum computer_host_type host_type;
    const char *group_id;       /* asked for at install, or NULL */
    const char *public_key_pem; /* NULL: it runs no agent, so it gets no policy either */
    struct slice agent_version;
    const struct json *endpoint; /* EndpointInformation members, or NULL */
};
/* A new row: Authorised when its group or a default group is there, else Pending. The same public key again gives
   the row it has (a repeated enrolment after a lost answer), unless that was rejected or deleted.
   RESULT_INVALID: the group does not exist. Keeps the group's counts, the tally and duplicate counts. */
MUST_CHECK enum result computer_enrol(struct ctx *ctx, const struct computer_enrolment *order,
                                      struct computer *out);

/* Status report: facts (normalised against endpoint_information_shape), versions, what policy it runs. Members that are
   empty or NULL stay as they are. */
struct computer_report {
    struct slice host, agent_version, adapter_version;
    const struct json *endpoint;
    const char
        *applied_revision_id; /* a policy revision of ours; "" = it runs none; NULL = not said */
    int64_t applied_us;       /* when it was applied; 0 = now */
    struct slice error_info;  /* text of the last failed policy application; "" clears */
    bool error_said;
};
MUST_CHECK enum result computer_report(struct ctx *ctx, const char *id,
                                       const struct computer_report *report);

/* An archived computer that calls is connected again without an operator. */
MUST_CHECK enum result computer_came_back(struct ctx *ctx, const char *id);

/* Removes for good what was deleted before that moment, at most `max` of them; *out_count is how many. */
MUST_CHECK enum result computers_purge(struct ctx *ctx, int64_t deleted_before_us, uint32_t max,
                                       size_t *out_count);

/* Last contacts gathered in memory, written together: sets each if it is later than what is stored. */
struct computer_seen {
    const char *id;
    int64_t at_us;
};
MUST_CHECK enum result computers_seen(struct ctx *ctx, const struct computer_seen *seen,
                                      size_t count);

/* The certificate that was issued to it. */
MUST_CHECK enum result computer_set_certificate(struct ctx *ctx, const char *id,
                                                struct slice certificate_pem,
                                                const char *public_key_pem);

struct command {
    const char *id;
    enum command_type type;
    enum command_status status;
    const char *log_id; /* RETRIEVE_LOGS: where the upload goes; else NULL */
};
/* Open commands (Pending or Sent, not expired) of a computer, oldest first, at most 32. Read only. */
MUST_CHECK enum result commands_open(struct ctx *ctx, const char *computer_id, struct command **out,
                                     size_t *out_count);
/* Pending ones become Sent. */
MUST_CHECK enum result commands_sent(struct ctx *ctx, const char *computer_id,
                                     const char *const *ids, size_t count);
/* The agent's answer. RESULT_NOT_FOUND for a command of another computer; a finished one stays as it is. */
MUST_CHECK enum result command_finish(struct ctx *ctx, const char *computer_id, const char *id,
                                      bool succeeded, struct slice result);
/* Policy applied or cleared: finishes the open ApplyPolicy / ClearPolicy commands. Called by computer_report. */
MUST_CHECK enum result commands_policy_done(struct ctx *ctx, const char *computer_id);
/* Open commands past their life become Expired, at most `max`. */
MUST_CHECK enum result commands_expire(struct ctx *ctx, uint32_t max);
/* For all authorised computers of a group: an ApplyPolicy or ClearPolicy command, in place of open older ones.
   A statement for each thousand. */
MUST_CHECK enum result commands_for_group(struct ctx *ctx, const char *group_id,
                                          enum command_type type, const char *task_id);

/* An uploaded log: `read` yields its bytes piece by piece (0 = end, negative = failed). */
struct log_upload {
    const char *log_id;
    struct slice name, content_type;
    ptrdiff_t (*read)(void *context, char *out, size_t room);
    void *context;
    uint64_t bytes;
};
MUST_CHECK enum result computer_log_receive(struct ctx *ctx, const char *computer_id,
                                            const struct log_upload *upload);

#endif
