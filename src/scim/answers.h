/* How SCIM answers look: resources, lists, errors. */
#ifndef SCIM_ANSWERS_H
#define SCIM_ANSWERS_H

#include "base/result.h"
#include "model/operation.h"

struct json;
struct json_writer;
struct problem_form;

#define SCIM_TYPE "application/scim+json; charset=utf-8"

/* What went wrong, as RFC 7644 section 3.12 words it. */
extern const struct problem_form scim_problems;

/* A status that no result stands for (412, 501): nothing was changed. */
MUST_CHECK enum result scim_reply_error(struct ctx *ctx, struct reply *reply, int status,
                                        const char *text);
/* The members of an error, for bulk answers. */
void scim_error_write(struct json_writer *writer, int status, const char *scim_type,
                      const char *detail);
/* The scimType of a failure, or NULL. */
const char *scim_type_of(int status, const char *code);

MUST_CHECK enum result scim_reply_resource(struct reply *reply, int status,
                                           const struct json *resource);

/* Between the two, one resource after the other. */
struct scim_list {
    int64_t total, start, count;
};
void scim_list_begin(struct json_writer *writer, struct reply *reply);
void scim_list_end(struct json_writer *writer, struct reply *reply, const struct scim_list *list);

/* Address of this side of the server as the caller knows it: "https://host/management-api/scim/v3". NULL without memory. */
const char *scim_root(struct ctx *ctx, const struct call *call);

#endif
