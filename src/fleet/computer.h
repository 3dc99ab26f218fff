/* One simulated computer: what it knows of itself, what it does next, and what an answer makes of it. No connection. */
#ifndef FLEET_COMPUTER_H
#define FLEET_COMPUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "agent_client/backoff.h"
#include "agent_client/protocol.h"
#include "base/uuid.h"
#include "fleet/fleet.h"
#include "fleet/multi.h"
#include "fleet/stats.h"

struct arena;

/* A computer does one thing at a time in each lane: check-ins may wait, events go on beside them. */
enum lane { LANE_CONTROL, LANE_EVENTS, LANE_COUNT };

enum command_phase { COMMAND_NONE, COMMAND_ACCEPT, COMMAND_DO, COMMAND_COMPLETE };

enum { COMPUTER_STATE_BYTES = 16, BATCH_EVENTS_MAX = 500 };

struct computer {
    uint32_t number; /* from 1: fleet-000001 */
    bool wants_report, started;
    char state[COMPUTER_STATE_BYTES];
    char id[UUID_TEXT_BYTES];             /* empty: not enrolled */
    char *key_pem, *next_key_pem, *token; /* own; NULL: none */
    int64_t token_until_us;
    char applied[UUID_TEXT_BYTES], wanted[UUID_TEXT_BYTES];
    char wanted_sha256[PROTOCOL_SHA256_BYTES];
    struct protocol_command_item command;
    enum command_phase command_phase;
    enum operation under_way[LANE_COUNT];
    struct backoff backoff[LANE_COUNT];
    int64_t acknowledged; /* the server has all events up to this one */
    int64_t made_us;      /* events up to this moment are numbered */
    uint32_t batch_count; /* events of the batch that is not acknowledged, from acknowledged + 1 */
    int64_t batch_us;     /* when they happened: the same in every repetition */
};

/* What all have in common. */
struct fleet_plan {
    const struct fleet_options *options;
    uint64_t seed; /* of event ids */
};

struct computer_request {
    struct multi_request http;
    char path[96], bearer[PROTOCOL_TOKEN_BYTES_MAX + 32], sequence[64];
    const char *headers[5];
};

/* Makes the key when there is none. */
MUST_CHECK enum result computer_prepare(struct arena *arena, struct computer *computer,
                                        struct error *error);
void computer_done(struct computer *computer);

/* The next request of a lane; texts live in the arena and in `out`. RESULT_NOT_FOUND: nothing to do in this lane now. */
MUST_CHECK enum result computer_next(struct arena *arena, const struct fleet_plan *plan,
                                     struct computer *computer, enum lane lane, int64_t now_us,
                                     struct computer_request *out, struct error *error);

/* Takes an answer in, counts it, and says when the lane is due again (monotonic). */
int64_t computer_answer(struct arena *arena, const struct fleet_plan *plan,
                        struct computer *computer, enum lane lane,
                        const struct multi_answer *answer, struct stats *stats);

/* When a lane that has nothing to do should be asked again. */
int64_t computer_rest_us(const struct fleet_plan *plan, const struct computer *computer,
                         enum lane lane, int64_t now_us);

#endif
