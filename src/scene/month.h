/* The last month of a scene: what is done when, in one order. Private to the folder. */
#ifndef SCENE_MONTH_H
#define SCENE_MONTH_H

#include "scene/stage.h"

/* What is asked of a request, of either kind; and what its endpoint reports around it. */
enum beat {
    BEAT_NOTHING,
    BEAT_BLOCK, /* the program is blocked; the user asks */
    BEAT_ASK,
    BEAT_NUMBER, /* the service desk gives it a ticket */
    BEAT_GRANT,
    BEAT_REFUSE,
    BEAT_RUN,     /* the program runs with the approval */
    BEAT_SPEND,   /* that was for once */
    BEAT_BEGIN,   /* an admin session begins, */
    BEAT_WORK,    /* is worked in, */
    BEAT_LEAVE,   /* and is ended by the user, */
    BEAT_TIMEOUT, /* by its time, */
    BEAT_EJECT,   /* or because it was denied */
    BEAT_LAPSE,   /* the server looks for what ran out */
};

enum { PLOT_STEPS = 8 };

/* How a request goes: minutes from its first step on. */
struct plot {
    bool admin;
    int64_t from_minutes, spread_minutes; /* before the end of the scene */
    const char *duration;                 /* of an approval */
    struct {
        enum beat beat;
        int64_t after_minutes; /* the step before */
    } steps[PLOT_STEPS];
};
extern const struct plot plots[];
extern const size_t plot_count;

/* One request: a plot, and who plays. */
struct story {
    const struct plot *plot;
    int64_t number, computer;
    size_t person;
    const struct app *app;
    struct uuid id, computer_id;
    char host[16];
    int64_t start_us; /* of its first step */
};
void story_cast(const struct stage *stage, int64_t number, struct story *out);
/* The step, unless it is one of the endpoint's events. */
MUST_CHECK enum result story_step(struct stage *stage, const struct story *story, enum beat beat,
                                  int64_t at_us);
MUST_CHECK enum result stories_run_out(struct stage *stage, int64_t at_us);

/* A user at a computer for a while: she logs on, then things happen. */
struct session_plan {
    int64_t computer, number;
    size_t person;
    int64_t start_us;
    int64_t count;             /* events */
    const struct story *story; /* whose step it is, or NULL */
    enum beat beat;
};
/* When its last event has come in. */
int64_t session_end_us(const struct session_plan *plan);
/* In a transaction: its events, as one batch. */
MUST_CHECK enum result session_play(struct stage *stage, struct ctx *ctx,
                                    const struct session_plan *plan);
/* Events of the session that belongs to a step; 0: the step is none of the endpoint's. */
int64_t session_events_of(enum beat beat);

/* The reporting computer at or behind this number; all of them are asked for in turn. */
int64_t reporting_computer(const struct stage *stage, int64_t number);

#endif
