/* Where a scene is played: a store, a clock that goes from moment to moment, and people who do things there by the operations of the
   API. Private to the folder. */
#ifndef SCENE_STAGE_H
#define SCENE_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include "access/principal.h"
#include "base/uuid.h"
#include "model/operation.h"
#include "scene/scene.h"

struct arena;
struct instance;
struct session;

/* Ids of each kind count from their own start, so that more of one kind does not move the others. */
enum { SCENE_ID_REQUEST = 4 << 24, SCENE_ID_ADMIN = 5 << 24, SCENE_ID_COMPUTER = 1 << 30 };

enum { SCENE_USERS = 12, SCENE_SYSTEM = -1, SCENE_ITSM = -2, SCENE_AGENT = -3 };

struct stage_policy {
    char id[UUID_TEXT_BYTES];
    char name[64];
    char first_revision[UUID_TEXT_BYTES], newest_revision[UUID_TEXT_BYTES];
    int64_t revision; /* number of the newest one so far */
};
struct stage_group {
    char id[UUID_TEXT_BYTES];
    int64_t policy; /* -1: none */
};

struct stage {
    struct instance *instance;
    const struct scene_options *options;
    struct session *session;
    struct arena *arena; /* of one step */
    struct error *error;
    struct stage_policy *policies; /* options->policies of them */
    struct stage_group *groups;
    struct principal users[SCENE_USERS];
    struct principal itsm;  /* an API account */
    struct principal agent; /* the computer that acts; its caller sets it */
    size_t user_count;
    int64_t events;   /* made so far */
    int64_t turns[4]; /* which code is next, by enum computer_host_type */
};

MUST_CHECK enum result stage_open(struct instance *instance, const struct scene_options *options,
                                  struct stage *out, struct error *error);
void stage_close(struct stage *stage);

/* One transaction at that moment, done by a user (by number) or one of the above. */
typedef enum result stage_work(struct stage *stage, struct ctx *ctx, void *argument);
MUST_CHECK enum result stage_do(struct stage *stage, int64_t at_us, int who, stage_work *work,
                                void *argument);

/* An operation of the management API, as if it had come over HTTP from somebody who may do it. */
struct stage_call {
    const char *operation; /* "Groups_Create" */
    const char *id;        /* of the path, or NULL */
    const char *body;      /* JSON, or NULL */
    const struct form_fields *form;
};
enum { STAGE_ANSWER_BYTES = 64 };
/* `out_id` (may be NULL) gets the id that is answered. */
MUST_CHECK enum result stage_api(struct stage *stage, int64_t at_us, int who,
                                 const struct stage_call *call, char out_id[UUID_TEXT_BYTES]);

void stage_computer_id(const struct stage *stage, int64_t number, struct uuid *out);
/* The number of its group; -1: it waits for one. */
int64_t stage_group_of(const struct stage *stage, int64_t number);
void stage_progress(const struct stage *stage, const char *what, int64_t done, int64_t all);

/* --- the acts, in their order ----------------------------------------------------------------------- */

/* organisation.c: domains, roles, people, programs, rules, policies, groups. */
MUST_CHECK enum result act_organisation(struct stage *stage, int64_t from_us);
/* New revisions come to the groups. */
MUST_CHECK enum result act_revisions(struct stage *stage, int64_t from_us);
/* fleet.c: the computers enrol at `from_us`; later they run what they run, and are where they are. */
MUST_CHECK enum result act_enrolment(struct stage *stage, int64_t from_us);
MUST_CHECK enum result act_settling(struct stage *stage, int64_t enrolled_us);
MUST_CHECK enum result act_archiving(struct stage *stage);
/* month.c: the last month: requests, decisions, sessions, events. */
MUST_CHECK enum result act_month(struct stage *stage);

#endif
