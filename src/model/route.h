/* One operation of the API as data: where it is, who may call it, how it runs, what it takes and gives. */
#ifndef MODEL_ROUTE_H
#define MODEL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "base/text.h"
#include "model/field.h"
#include "model/resource.h"

struct call;
struct ctx;
struct reply;
struct stream_source; /* model/stream.h */

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };
const char *method_name(enum method method);

/* Where an operation runs. */
enum work {
    WORK_INLINE, /* reads, bounded and indexed, well under 100 us: the loop's own thread (SQLite) */
    WORK_LIST,   /* INLINE when list_is_quick, else SLOW */
    WORK_WRITE,  /* in the writer's transaction; the answer leaves after its commit */
    WORK_SLOW,   /* reads that may take long: a worker thread */
    WORK_WAIT,   /* reads like INLINE, and may answer reply_wait */
    WORK_STREAM, /* reads on a worker thread, again and again: reply_stream */
};

enum area {
    AREA_NONE,
    AREA_AUDIT,
    AREA_INSIGHT,
    AREA_MANAGEMENT,
    AREA_REPORTING,
    AREA_SCIM,
    AREA_JIT,
    AREA_AGENT,
    AREA_COUNT
};
const char *area_name(enum area area);

enum level { LEVEL_NONE, LEVEL_READ, LEVEL_FULL };

enum body_kind {
    BODY_NONE,       /* ignored when sent */
    BODY_JSON,       /* application/json, text/json, application/any+json, checked against `body` */
    BODY_FORM,       /* multipart/form-data by `body` */
    BODY_URLENCODED, /* application/x-www-form-urlencoded (JSON and multipart are refused) */
    BODY_RAW,        /* any bytes, in memory or spooled; the operation reads them */
};

/* What comes back with a status. */
enum answer_kind {
    ANSWER_EMPTY,
    ANSWER_SHAPE, /* the object `shape` */
    ANSWER_PAGE,  /* a page of the route's resource */
    ANSWER_ARRAY, /* plain array of `shape` */
    ANSWER_UUID,  /* an id as JSON string */
    ANSWER_FILE,  /* bytes; `types` lists media types separated by blanks */
    ANSWER_PROBLEM,
};

struct answer {
    short status;
    enum answer_kind kind;
    const struct shape *shape;
    const char *types;
    const char *headers; /* names separated by blanks: "Location X-Task-Id" */
    const char *summary;
};

struct parameter { /* a query, header or path parameter beside those of lists */
    const char *name;
    const char *in; /* "query", "path", "header" */
    enum field_type type;
    enum field_type items; /* of a FIELD_ARRAY: the parameter may come several times */
    unsigned flags;
    const char *const *aliases; /* other names, NULL-terminated; or NULL */
    int64_t min, max, initial;  /* `initial` is the default of numbers; 0: none */
    const char *summary;
};

/* How a right on single groups or policies limits an operation. */
enum permit {
    PERMIT_WHOLE, /* it does not suffice: the right must hold for everything of its kind */
    PERMIT_ROWS,  /* the operation reads and selects only rows that ctx->reach allows */
    PERMIT_PATH, /* the object that `object` finds by the path must be allowed, and rows as before */
};

/* What a user must have been given to call an operation. */
struct permission {
    const char *resource, *action; /* a row of access/permission.c: "Group", "Modify" */
    enum permit by;
    const char *
        object; /* PERMIT_PATH: SELECT of the id of the group or policy, $1 is the path's first id */
};

/* For route tables. */
#define PERMITS(resource, action)      .permission = { resource, action, PERMIT_WHOLE, NULL }
#define PERMITS_ROWS(resource, action) .permission = { resource, action, PERMIT_ROWS, NULL }
#define PERMITS_PATH(resource, action, select) \
    .permission = { resource, action, PERMIT_PATH, select }

/* Is it this parameter's, in any letter case? Of an array also NAME[0] and NAME[]. */
bool parameter_has_name(const struct parameter *parameter, struct slice name);

typedef enum result operation_call(struct ctx *ctx, const struct call *call, struct reply *reply);

struct route {
    enum method method;
    const char *path;           /* below the face's prefix: "Computers/{id}/Archive" */
    const char *const *aliases; /* same place, NULL-terminated; NULL: none */
    enum field_type id_type;    /* of the {…} parts of the path: FIELD_UUID (0), FIELD_INT64, or
                                FIELD_TEXT of up to ID_TEXT_BYTES_MAX */
    const char *id;             /* operationId without version: "Computers_ArchiveOne" */
    const char *tag;
    const char *summary;
    bool extension;    /* the original has no such operation */
    unsigned versions; /* 0: all of its face */
    enum area area;
    enum level level;
    struct permission permission;
    const char
        *unaudited; /* why a WORK_WRITE for people and programs leaves no audit; NULL: it does */
    enum work work;
    operation_call *run;
    operation_call
        *prepare; /* WORK_WRITE: costly work before the transaction, with a read session; or NULL */
    const struct resource *resource;    /* lists, get by id, arrays */
    const struct stream_source *stream; /* op_stream */
    const struct shape *answer;         /* model of 200 or 201 for GET by id */
    enum body_kind body_kind;
    const struct shape *body;
    size_t body_bytes_max; /* 0: BODY_BYTES_USUAL */
    const struct parameter *parameters;
    size_t parameter_count;
    const struct answer *answers;
    size_t answer_count;
};

enum {
    ID_TEXT_BYTES_MAX = 256,
    BODY_BYTES_USUAL = 8 * 1024 * 1024, /* room for 100,000 ids */
};

struct principal;
struct error;

/* The routes of one folder; the length lies beside them, since a table of tables must be constant. */
struct route_table {
    const struct route *routes;
    const size_t *count;
};

struct tag { /* for the document */
    const char *name, *about;
};

/* A change by an API account or a user: it writes an audit, or says audit_unchanged. */
bool route_is_audited(const struct route *route);

/* How a side of the server words what went wrong; a face without one does so in problem details (model/problem.h). */
struct problem;
struct problem_form {
    const char *content_type;
    void (*write)(const struct problem *problem, struct buffer *out);
};

/* One side of the server: a prefix and its routes. */
struct face {
    const char *name;   /* "management", "agent" */
    const char *prefix; /* "/management-api/{version}/" or "/agent/v1/" */
    unsigned versions;  /* 0: the prefix has none */
    const struct route_table *tables;
    size_t table_count;
    const struct tag *tags; /* what its tags are about; may lack some */
    size_t tag_count;
    const char *title;     /* of the document */
    const char *token_url; /* where OAuth clients get tokens, for the document; NULL: elsewhere */
    bool lenient; /* its standard wants unknown parameters ignored, so a strict server does */
    bool strict;  /* unknown parameters are refused whatever the server is */
    const struct problem_form *problems; /* NULL: problem details */
    /* Who calls, by the Authorization header; NULL for a face without. */
    enum result (*authenticate)(struct ctx *ctx, struct slice authorization, struct principal *out);
};

#endif
