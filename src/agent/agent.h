/* The Linux endpoint agent: enrols a computer, keeps its policy current, sends what happens on it. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>

/* All texts belong to the caller for the length of the call. All three print for people (standard error on failure) and
   return what the program returns: 0, or 1 when it failed. */

struct agent_enrol_options {
    const char *server; /* "https://host:8443" */
    const char *installation_id;
    const char *installation_key;
    const char *group_id;  /* or NULL */
    const char *ca_file;   /* PEM; NULL: the system's */
    const char *state_dir; /* NULL: /var/lib/reeve-agent */
    bool force;            /* enrol anew although it is enrolled */
};
/* Enrolled already: says so and returns 0. */
int agent_enrol_main(const struct agent_enrol_options *options);

struct agent_run_options {
    const char *state_dir;    /* NULL: /var/lib/reeve-agent */
    const char *auth_log;     /* NULL: /var/log/auth.log when there is one, else the journal */
    uint64_t queue_bytes;     /* 0: 64 MiB */
    uint32_t check_in_wait_s; /* how long a check-in waits for news; 0: it never waits */
};
/* Until SIGTERM or SIGINT. */
int agent_run_main(const struct agent_run_options *options);

struct agent_status_options {
    const char *state_dir; /* NULL: /var/lib/reeve-agent */
    bool json;
};
int agent_status_main(const struct agent_status_options *options);

/* What a user asks for: with a path to run that program with rights, without one to be an administrator for a while. */
struct agent_request_options {
    const char *state_dir;    /* NULL: /var/lib/reeve-agent */
    const char *path;         /* of the program, or NULL */
    const char *command_line; /* or NULL */
    const char *user;         /* NULL: who runs this */
    const char *reason;
    const char *id;   /* of the request, to repeat one; NULL: a new one */
    uint32_t seconds; /* of an admin session; 0: the server's usual length */
    uint32_t wait_s;  /* how long to wait for the decision; 0: not at all */
    bool json;
};
enum { AGENT_EXIT_DENIED = 3, AGENT_EXIT_UNDECIDED = 4 };
/* 0 when it was approved (or, without a wait, when the server has it), 3 denied, 4 nobody decided in time, 1 failed. */
int agent_request_main(const struct agent_request_options *options);

/* What came of a request: "Used", "SessionStarted", "SessionEnded". */
struct agent_outcome_options {
    const char *state_dir; /* NULL: /var/lib/reeve-agent */
    const char *id, *event;
    const char *reason; /* of an end: UserEnded, Logoff; NULL: none */
    bool json;
};
int agent_outcome_main(const struct agent_outcome_options *options);

/* Prints the requests and decisions that this computer knows. */
int agent_decisions_main(const char *state_dir);

#endif
