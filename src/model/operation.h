/* What an operation gets and gives: its surroundings, the checked call, the reply. Operations see no
   HTTP, open no transaction, free no memory. */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "model/fault.h"
#include "model/list.h"
#include "model/route.h"

struct api;
struct arena;
struct json;
struct page_walks; /* model/page_walk.h */
struct principal;  /* access/principal.h */
struct sandbox;    /* sandbox/sandbox.h */
struct session;    /* store/store.h */

/* Numbers and texts of the installation that operations go by; fixed while the server runs. */
struct rules {
    int64_t disconnected_after_us; /* no contact for this long: Disconnected */
    int64_t command_life_us;       /* an open command expires after this */
    uint32_t check_in_interval_s;  /* what agents are told */
    uint32_t wait_max_s;           /* longest waiting check-in */
    uint32_t bulk_at_once_max;     /* larger selections become tasks */
    int64_t token_life_us;
    int64_t certificate_life_us;
    size_t log_bytes_max; /* one uploaded log */
    uint32_t api_account_max;
    bool scim_any_name;    /* user names need not be addresses in an accepted domain */
    bool scim_keeps_users; /* DELETE of a user is refused */
    bool scim_groups;      /* roles are groups, too */
    bool scim_knows_roles; /* a text that is no role is refused, else kept and grants nothing */
    char tenant_id[37];
    const char *_Atomic
        base_url; /* as the operator or the first listen says it; no trailing slash; NULL until it listens */
    bool base_url_given; /* the operator has said it */
};

/* Secrets of the installation that operations sign and issue with; fixed while the server runs. */
struct server_keys {
    struct slice ca_certificate_pem;
    struct slice ca_key_pem;
    struct slice agent_token_secret;
    struct slice secret_key; /* under which secrets and tokens of API accounts are hashed */
};

struct agent_services; /* agent_api: contacts gathered in memory, stamped documents */

enum wake_kind { WAKE_COMPUTER, WAKE_GROUP, WAKE_ALL, WAKE_TASKS, WAKE_FEED };

struct wake { /* somebody to wake once the transaction is durable */
    enum wake_kind kind;
    const char *id;
    struct wake *next;
};

struct reach; /* model/reach.h */

struct ctx {
    struct arena *arena;     /* the request's */
    struct session *session; /* inside a transaction when the route writes */
    int64_t now_us;
    const struct rules *rules;
    const struct principal *principal;
    const struct reach *reach; /* the groups or policies that this call may touch; NULL: all */
    const char *caller;        /* id of the principal: whose page walks are whose */
    struct error *error;
    struct wake *wakes;
    unsigned version; /* enum api_version of the call; 0 on a face without versions */
    const char *request_id;
    struct faults *faults; /* more than one fault of the input: added here, then RESULT_INVALID */
    const struct server_keys *keys;
    struct agent_services *agents;
    struct page_walks
        *walks; /* where clients that walk pages by number stand; NULL: plain offsets */
    struct sandbox *sandbox; /* what operations of the sandbox's control work on; NULL elsewhere */
    struct api *api;         /* the face's own; operations of api/ only */
    bool audited; /* audit/audit.h: an entry was written, or there is nothing to write one about */
    void *prepared; /* what route->prepare left for route->run; in the arena */
};

/* "v3" for API_V3; "" for a face without versions. */
const char *ctx_version_name(const struct ctx *ctx);

/* Agents that wait for news of this computer, of any computer of this group, of anything; the task
   worker; streams of this feed on this server. Takes effect after the commit. The id is copied. */
void ctx_wake(struct ctx *ctx, enum wake_kind kind, const char *id);

struct header {
    struct slice name, value;
};

struct call {
    const struct route *route;
    const struct face *face;
    const char *path;    /* as sent */
    struct slice ids[4]; /* {…} parts of the path in order; canonical UUIDs */
    size_t id_count;
    const struct list *list; /* routes with a resource and WORK_LIST */
    const struct query_pair *query;
    size_t query_count;
    const struct json
        *body; /* BODY_JSON: an object that fits the shape, or NULL when none was sent */
    const struct form_fields
        *form; /* BODY_FORM and BODY_URLENCODED: use the call_form_… functions of the face */
    struct slice raw; /* BODY_RAW in memory */
    int raw_file;     /* BODY_RAW on disk, else -1 */
    uint64_t raw_bytes;
    struct slice (*header)(const struct call *call, const char *name);
    void *transport; /* for `header` */
    int64_t
        waited_us; /* WORK_WAIT: how long this call has been parked; WORK_STREAM: since the last piece */
    int64_t position; /* WORK_STREAM: what the last run left in reply->position; -1 on the first */
};

/* First query parameter of the name in any letter case, or NULL. */
const struct slice *call_query(const struct call *call, const char *name);

/* Members of call->body by their JSON name (in any letter case, or an alias of the shape's field). */
const struct json *call_member(const struct call *call, const char *name);
struct slice call_text(const struct call *call, const char *name); /* empty when absent or null */
bool call_has(const struct call *call, const char *name);          /* there, also when null */
bool call_bool(const struct call *call, const char *name, bool when_absent);
/* Canonical text of a uuid member, NULL when absent or null. */
const char *call_uuid(struct ctx *ctx, const struct call *call, const char *name);

/* A part of a form, as the model sees it (the transport's parser made it). */
struct form_field {
    struct slice name, file_name, content_type, value;
    bool is_file;
};
struct form_fields {
    const struct form_field *fields;
    size_t count;
};
/* By name in any letter case, else (for a FIELD_FILE) the only file part; NULL when absent. */
const struct form_field *call_form(const struct call *call, const char *name);

enum { REPLY_HEADERS_MAX = 12, REPLY_BYTES_MAX = 96 * 1024 * 1024 };

struct reply_header {
    const char *name, *value;
};

struct reply {
    int status;
    const char *content_type; /* NULL: application/json; charset=utf-8 when there is a body */
    struct buffer body;
    struct reply_header headers[REPLY_HEADERS_MAX];
    size_t header_count;
    bool waits; /* reply_wait */
    const char *wait_computer_id, *wait_group_id;
    int64_t wait_us;
    bool streams; /* reply_stream */
    const char *wait_feed;
    bool more;
    int64_t position; /* WORK_STREAM: for the next run */
};

void reply_init(struct reply *reply);
void reply_done(struct reply *reply);
/* Adds a header; both texts must live as long as the request. */
void reply_header(struct reply *reply, const char *name, const char *value);

/* The endings of an operation. */
MUST_CHECK enum result reply_empty(struct reply *reply, int status);
MUST_CHECK enum result reply_uuid(struct reply *reply, int status, const char *id);
/* 200 or 201 (see the route's answers) with the task's id, Location and X-Task-Id. */
MUST_CHECK enum result reply_task(struct ctx *ctx, const struct call *call, struct reply *reply,
                                  int status, const char *task_id);
MUST_CHECK enum result reply_bytes(struct ctx *ctx, struct reply *reply, struct slice bytes,
                                   const char *content_type, const char *file_name);
/* WORK_WAIT only: park until a wake for the computer or its group, or until wait_us passed; then the operation
   runs again with waited_us set. */
MUST_CHECK enum result reply_wait(struct reply *reply, const char *computer_id,
                                  const char *group_id, int64_t wait_us);

/* WORK_STREAM only: the body is a piece of an answer that goes on. The operation runs again once the client has it: at once when
   there is `more`, else at a wake of the feed, or after wait_us; then whoever called is looked at again, too. Without this call
   the piece is the last one. An arena of its own for each run. */
MUST_CHECK enum result reply_stream(struct reply *reply, const char *feed, bool more,
                                    int64_t wait_us);

/* Operations that need nothing but their tables. */

/* GET of a collection by route->resource and call->list. */
operation_call op_list;
/* What op_list answers with when changedSince asks for changes. */
operation_call op_changes;
/* GET {id}: route->resource->detail (or row) where the key is the first id; 404 without. On a path without an id: the
   only row there is. */
operation_call op_get;
/* GET of a plain array below {id}, or of a whole small collection (resource->parent NULL). */
operation_call op_array;
/* GET of what comes, as it comes, by route->stream (model/stream.h). */
operation_call op_stream;

#endif
