/* What sample computers are and do: kinds of machines, people, programs; all by seed and number. */
#ifndef CLI_SANDBOX_SAMPLES_H
#define CLI_SANDBOX_SAMPLES_H

#include <stdint.h>

#include "base/text.h"
#include "base/uuid.h"
#include "resource/computers/computers.h"

struct arena;
struct json_writer;

struct sample_kind {
    enum computer_host_type type;
    const char *prefix, *os, *os_version, *architecture, *os_maker, *maker, *model, *cpu_maker,
        *cpu;
};

/* How a computer lives, in a mix that shows each state also in a small fleet. */
enum sample_life {
    SAMPLE_CURRENT, /* connected, runs what its group has */
    SAMPLE_BEHIND,  /* connected, runs an older revision */
    SAMPLE_AWAY,    /* not seen for days */
    SAMPLE_PENDING,
    SAMPLE_REJECTED,
    SAMPLE_ARCHIVED,
};

/* The same for the same two numbers, and unlike its neighbours'. */
uint64_t sample_mix(uint64_t a, uint64_t b);

const struct sample_kind *sample_kind(uint64_t seed, int64_t number);
enum sample_life sample_life(int64_t number);
/* "WKS-000001"; NULL without memory. */
const char *sample_host(struct arena *arena, uint64_t seed, int64_t number);

struct sample_event {
    uint64_t seed;
    int64_t computer, number; /* whose, and which of all */
    struct uuid id;
    const char *host;
    int64_t at_us;
};

/* One line of NDJSON. */
void sample_event_write(const struct sample_event *event, struct buffer *out);

#endif
