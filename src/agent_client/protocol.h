/* What an endpoint says and hears in the agent protocol (docs/agent-protocol.md): bodies, assertions, answers and what a
   refusal asks for. No connection: the agent and the fleet bring their own. */
#ifndef AGENT_CLIENT_PROTOCOL_H
#define AGENT_CLIENT_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "base/uuid.h"

struct arena;
struct json;

#define PROTOCOL_PREFIX        "/agent/v1/"
#define PROTOCOL_JSON          "Content-Type: application/json"
#define PROTOCOL_FORM          "Content-Type: application/x-www-form-urlencoded"
#define PROTOCOL_NDJSON        "Content-Type: application/x-ndjson"
#define PROTOCOL_ENROL         PROTOCOL_PREFIX "enrol"
#define PROTOCOL_TOKEN         PROTOCOL_PREFIX "token"
#define PROTOCOL_CHECK_IN      PROTOCOL_PREFIX "check-in"
#define PROTOCOL_STATUS        PROTOCOL_PREFIX "status"
#define PROTOCOL_EVENTS        PROTOCOL_PREFIX "events"
#define PROTOCOL_RENEW         PROTOCOL_PREFIX "renew"
#define PROTOCOL_POLICY_FORMAT PROTOCOL_PREFIX "policy/%s"
#define PROTOCOL_COMMAND       PROTOCOL_PREFIX "commands/%s"
#define PROTOCOL_LOG           PROTOCOL_PREFIX "logs/%s"
#define PROTOCOL_APPLICATION   PROTOCOL_PREFIX "requests/application"
#define PROTOCOL_ADMIN         PROTOCOL_PREFIX "requests/admin"
#define PROTOCOL_REQUEST       PROTOCOL_PREFIX "requests/%s"
#define PROTOCOL_REQUEST_WAIT  PROTOCOL_PREFIX "requests/%s?waitSeconds=%u"

enum {
    PROTOCOL_BODY_BYTES_MAX = 256 * 1024,
    PROTOCOL_TOKEN_BYTES_MAX = 4096,
    PROTOCOL_COMMANDS_MAX = 32,
    PROTOCOL_SHA256_BYTES = 65,
    PROTOCOL_RESULT_BYTES_MAX =
        1024, /* of a command's result and of a policy error; the server takes four times that */
    PROTOCOL_FACT_BYTES_MAX = 1024,
};

/* --- what an answer asks of the agent ------------------------------------------------------------------------- */

enum protocol_fault {
    PROTOCOL_FINE,
    PROTOCOL_MISTAKE,      /* 400, 415 and what else is ours: not again unchanged */
    PROTOCOL_TOKEN_STALE,  /* a new token, then the same once more */
    PROTOCOL_INSTALLATION, /* enrolment: installation id or key is wrong */
    PROTOCOL_ENROL_AGAIN,  /* deleted: a new key, a new computer */
    PROTOCOL_REJECTED,     /* silence */
    PROTOCOL_UNKNOWN,      /* 404: forget what was asked for */
    PROTOCOL_PENDING,      /* 409: not authorised yet */
    PROTOCOL_TOO_LARGE,    /* less at once */
    PROTOCOL_LATER,        /* busy, restarting, broken, no answer: the same after a while */
};

enum protocol_fault protocol_fault_of(struct arena *arena, int status, struct slice body);
const char *protocol_fault_name(enum protocol_fault fault);
/* The problem's `detail`, or its title, or empty: for logs. */
struct slice protocol_detail(struct arena *arena, struct slice body);

/* --- bodies; the text lives in the arena ------------------------------------------------------------------------ */

struct protocol_fact {
    const char *name;  /* member of endpointInformation */
    const char *value; /* NULL or "": left out; cut at PROTOCOL_FACT_BYTES_MAX */
};

struct protocol_machine {
    const char *host, *agent_version;
    const struct protocol_fact *facts;
    size_t fact_count;
};

struct protocol_enrolment {
    const char *installation_id, *installation_key;
    const char *group_id; /* or NULL */
    struct slice csr_pem;
    const struct protocol_machine *machine;
};
MUST_CHECK enum result protocol_enrol_body(struct arena *arena,
                                           const struct protocol_enrolment *enrolment,
                                           struct slice *out, struct error *error);

/* The form with an assertion signed by the key; good for five minutes. */
MUST_CHECK enum result protocol_token_form(struct arena *arena, struct slice key_pem,
                                           const char *computer_id, int64_t now_us,
                                           struct slice *out, struct error *error);

struct protocol_check_in {
    const char *known_state;         /* or NULL */
    const char *applied_revision_id; /* NULL: none */
    const char *known_revision_id;   /* offered and refused, or NULL */
    uint32_t wait_s;
    bool tells_decisions;
    int64_t known_decisions; /* version of the decisions it has; 0: none */
};
MUST_CHECK enum result protocol_check_in_body(struct arena *arena,
                                              const struct protocol_check_in *check_in,
                                              struct slice *out, struct error *error);

struct protocol_report {
    const struct protocol_machine *machine; /* NULL: only the policy */
    const char *applied_revision_id;        /* NULL: none runs */
    int64_t applied_us;                     /* 0: not said */
    const char *policy_error;               /* NULL: there is none */
};
MUST_CHECK enum result protocol_status_body(struct arena *arena,
                                            const struct protocol_report *report, struct slice *out,
                                            struct error *error);

MUST_CHECK enum result protocol_outcome_body(struct arena *arena, const char *status,
                                             const char *text, struct slice *out,
                                             struct error *error);
MUST_CHECK enum result protocol_renew_body(struct arena *arena, struct slice csr_pem,
                                           struct slice *out, struct error *error);

struct protocol_request_order {
    const char *id; /* made by the agent */
    const char *user, *user_id, *reason;
    uint32_t seconds;                  /* of an admin session; 0: the server's usual length */
    const struct protocol_fact *facts; /* of an application: members of its description */
    size_t fact_count;
};
MUST_CHECK enum result protocol_application_body(struct arena *arena,
                                                 const struct protocol_request_order *order,
                                                 struct slice *out, struct error *error);
MUST_CHECK enum result protocol_admin_body(struct arena *arena,
                                           const struct protocol_request_order *order,
                                           struct slice *out, struct error *error);
/* "Used", "SessionStarted" or "SessionEnded"; `reason` NULL: none. */
MUST_CHECK enum result protocol_request_event_body(struct arena *arena, const char *event,
                                                   const char *reason, int64_t at_us,
                                                   struct slice *out, struct error *error);

/* --- answers; RESULT_BROKEN when the server said something that cannot be ------------------------------------------ */

struct protocol_enrolled {
    struct uuid computer_id;
    struct slice state, certificate_pem, ca_certificate_pem;
    uint32_t check_in_interval_s;
};
MUST_CHECK enum result protocol_enrolled_read(struct arena *arena, struct slice body,
                                              struct protocol_enrolled *out, struct error *error);

struct protocol_token {
    struct slice text;
    uint32_t life_s;
};
MUST_CHECK enum result protocol_token_read(struct arena *arena, struct slice body,
                                           struct protocol_token *out, struct error *error);

enum protocol_command_type {
    PROTOCOL_COMMAND_UNKNOWN,
    PROTOCOL_RETRIEVE_LOGS,
    PROTOCOL_RETRIEVE_STATUS,
    PROTOCOL_RENEW_CERTIFICATE,
    PROTOCOL_DEACTIVATE,
};
struct protocol_command_item {
    struct uuid id, log_id; /* log_id.text is empty when there is none */
    enum protocol_command_type type;
};
struct protocol_news {
    struct slice state, group_id;
    bool has_policy, clear_policy, report;
    struct {
        struct uuid revision_id, policy_id;
        struct slice name;
        int64_t revision, bytes;
        char sha256[PROTOCOL_SHA256_BYTES];
    } policy;
    struct protocol_command_item commands[PROTOCOL_COMMANDS_MAX];
    size_t command_count;
    uint32_t next_check_in_s;
    const struct json *decisions; /* object with version and items, or NULL: as known */
};
MUST_CHECK enum result protocol_news_read(struct arena *arena, struct slice body,
                                          struct protocol_news *out, struct error *error);

/* A request and its decision, as an answer or as one of the items of decisions. Texts are empty when absent. */
struct protocol_request {
    struct uuid id;
    struct slice kind, decision, state, user, ticket_id, message, decided_by, duration, end_date;
    int64_t seconds, session_start_us; /* 0: none */
};
/* False when it makes no sense. */
bool protocol_request_of(const struct json *item, struct protocol_request *out);
MUST_CHECK enum result protocol_request_read(struct arena *arena, struct slice body,
                                             struct protocol_request *out, struct error *error);

struct protocol_stored {
    int64_t next_sequence, stored, repeated, lost;
};
MUST_CHECK enum result protocol_stored_read(struct arena *arena, struct slice body,
                                            struct protocol_stored *out, struct error *error);
MUST_CHECK enum result protocol_renewed_read(struct arena *arena, struct slice body,
                                             struct slice *out_certificate_pem,
                                             struct error *error);

#endif
