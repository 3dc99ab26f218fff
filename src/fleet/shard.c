#include "fleet/shard.h"

#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "fleet/due_heap.h"

enum {
    ARENA_BYTES = 128 * 1024 * 1024, /* of one request or answer */
    ANSWER_BYTES_MAX = 65 * 1024 * 1024,
    STARTING_MAX = 64, /* computers that enrol at once: more would only wait for handshakes */
    TICK_MS = 50,
    LAST_ANSWERS_S = 10, /* how long a stop waits for what is under way */
    BUSY_RETRY_US = 20000,
    TAKE_MAX = 512, /* requests begun before the network is looked at again */
};

struct shard {
    struct shard_order *order;
    struct multi *multi;
    struct arena *arena;
    struct due_heap due;
    uint32_t next_start, starting;
};

static uint64_t tag_of(uint32_t index, enum lane lane)
{
    return (uint64_t)index * LANE_COUNT + (uint64_t)lane;
}

static void due_at(struct shard *shard, int64_t at_us, uint64_t tag)
{
    if (at_us != INT64_MAX && !due_add(&shard->due, at_us, tag)) {
        atomic_fetch_add(&shard->order->progress.refusals,
                         1); /* memory is out: this lane falls silent */
    }
}

static void begin(struct shard *shard, uint64_t tag)
{
    struct computer_request request;
    struct error error = { .field = NULL };
    struct computer *computer = &shard->order->computers[tag / LANE_COUNT];
    enum lane lane = tag % LANE_COUNT == 0 ? LANE_CONTROL : LANE_EVENTS;
    int64_t now_us = time_monotonic_us();
    arena_reset(shard->arena);
    (void)pthread_mutex_lock(&shard->order->lock);
    enum result result = computer_prepare(shard->arena, computer, &error);
    if (result == RESULT_OK) {
        result = computer_next(shard->arena, shard->order->plan, computer, lane, now_us, &request,
                               &error);
    }
    (void)pthread_mutex_unlock(&shard->order->lock);
    if (result == RESULT_OK) {
        result = multi_start(shard->multi, &request.http, tag, &error);
    }
    if (result != RESULT_OK) {
        due_at(shard,
               result == RESULT_NOT_FOUND
                   ? computer_rest_us(shard->order->plan, computer, lane, now_us)
                   : now_us + BUSY_RETRY_US,
               tag);
    }
}

static void on_answer(void *context, uint64_t tag, const struct multi_answer *answer)
{
    struct shard *shard = context;
    struct shard_order *order = shard->order;
    struct computer *computer = &order->computers[tag / LANE_COUNT];
    enum lane lane = tag % LANE_COUNT == 0 ? LANE_CONTROL : LANE_EVENTS;
    bool starting = !computer->started;
    uint64_t stored = order->stats.events_stored;
    enum operation operation = computer->under_way[lane];
    arena_reset(shard->arena);
    (void)pthread_mutex_lock(&order->lock);
    int64_t at_us =
        computer_answer(shard->arena, order->plan, computer, lane, answer, &order->stats);
    (void)pthread_mutex_unlock(&order->lock);
    if (starting && computer->started) {
        shard->starting--;
        atomic_fetch_add(&order->progress.enrolled, 1);
        due_at(shard, computer_rest_us(order->plan, computer, LANE_EVENTS, time_monotonic_us()),
               tag_of((uint32_t)(tag / LANE_COUNT), LANE_EVENTS));
    }
    bool fine = answer->status >= 200 && answer->status < 300;
    atomic_fetch_add(&order->progress.check_ins, fine && operation == OPERATION_CHECK_IN ? 1 : 0);
    atomic_fetch_add(&order->progress.events, order->stats.events_stored - stored);
    atomic_fetch_add(&order->progress.refusals, fine ? 0 : 1);
    due_at(shard, at_us, tag);
}

static void start_more(struct shard *shard)
{
    while (shard->next_start < shard->order->count && shard->starting < STARTING_MAX &&
           multi_under_way(shard->multi) < shard->order->requests_max) {
        uint32_t index = shard->next_start++;
        struct computer *computer = &shard->order->computers[index];
        shard->starting++;
        computer->made_us = time_monotonic_us();
        begin(shard, tag_of(index, LANE_CONTROL));
    }
}

static uint32_t pause_ms(const struct shard *shard)
{
    int64_t left_us = due_first_us(&shard->due) - time_monotonic_us();
    if (due_first_us(&shard->due) == INT64_MAX || left_us > TICK_MS * 1000) {
        return TICK_MS;
    }
    return left_us <= 0 ? 0 : (uint32_t)(left_us / 1000 + 1);
}

static void run(struct shard *shard)
{
    while (!atomic_load(shard->order->stop)) {
        uint64_t tag = 0;
        start_more(shard);
        for (int i = 0;
             i < TAKE_MAX && multi_under_way(shard->multi) < shard->order->requests_max &&
             due_take(&shard->due, time_monotonic_us(), &tag);
             i++) {
            begin(shard, tag);
        }
        bool full = multi_under_way(shard->multi) >= shard->order->requests_max;
        multi_run(shard->multi, full ? TICK_MS : pause_ms(shard));
    }
    /* Check-ins that wait for news would wait on; everything else gets its answer. */
    int64_t end_us = time_monotonic_us() + LAST_ANSWERS_S * US_PER_SECOND;
    bool waiting = shard->order->plan->options->wait_s > 0;
    end_us = waiting ? time_monotonic_us() + US_PER_SECOND : end_us;
    while (multi_under_way(shard->multi) > 0 && time_monotonic_us() < end_us) {
        multi_run(shard->multi, TICK_MS);
    }
}

void *shard_main(void *context)
{
    struct shard shard = { .order = context, .arena = arena_new(ARENA_BYTES) };
    const struct fleet_options *options = shard.order->plan->options;
    const struct multi_settings settings = {
        .base_url = options->server,
        .ca_file = options->ca_file,
        .requests_max = shard.order->requests_max,
        .answer_bytes_max = ANSWER_BYTES_MAX,
        .done = on_answer,
        .context = &shard,
    };
    enum result result = shard.arena == NULL
                             ? fail(&shard.order->error, RESULT_NO_MEMORY, NULL, "no memory")
                             : multi_open(&settings, &shard.multi, &shard.order->error);
    if (result == RESULT_OK) {
        run(&shard);
    }
    multi_close(shard.multi);
    due_done(&shard.due);
    arena_free(shard.arena);
    return NULL;
}
