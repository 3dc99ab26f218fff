/* Scenes: what a server could hold after some months, made from a seed: an organisation, its computers, who asked for what, and
   what happened on the endpoints. Changes are made by the operations of the API, with the clock at their moment, so states, audits
   and counts are those of the server itself. */
#ifndef SCENE_SCENE_H
#define SCENE_SCENE_H

#include <stdint.h>

#include "base/result.h"

struct instance;

enum {
    SCENE_COMPUTERS_MAX = 2000000,
    SCENE_GROUPS_MAX = 10000,
    SCENE_POLICIES_MAX = 1000,
    SCENE_EVENTS_USUAL = 20,        /* a computer */
    SCENE_EVENTS_USUAL_MAX = 40000, /* of all, when nobody said how many */
    SCENE_EVENTS_SHOWN = 1000,      /* at least so many, so that each code comes */
};

struct scene_options {
    uint64_t seed;
    int64_t now_us; /* the last moment of the scene */
    int64_t computers, groups, policies;
    int64_t events;              /* of all computers; below 0: by events_per_computer */
    int64_t events_per_computer; /* 0: SCENE_EVENTS_USUAL, within the two bounds above */
    void (*progress)(void *context, const char *what, int64_t done, int64_t all); /* or NULL */
    void *context;
};

struct scene_counts {
    int64_t computers, groups, policies, users, requests, audits, events;
};

/* The ids that a store makes at its first start belong to the scene: before instance_open, when they are to repeat. Holds the clock
   at `now_us` and replays ids of `seed`, for the whole process. */
void scene_begin(uint64_t seed, int64_t now_us);
/* The clock and the ids are the system's again. */
void scene_end(void);

/* Fills a store without groups and policies. Between scene_begin and scene_end: it moves the clock, and leaves it at now_us. The
   same options give the same rows, whatever the machine. RESULT_CONFLICT when the store has groups or policies already. */
MUST_CHECK enum result scene_fill(struct instance *instance, const struct scene_options *options,
                                  struct scene_counts *out, struct error *error);

#endif
