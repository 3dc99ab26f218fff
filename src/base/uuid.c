#include "base/uuid.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/base64.h"

static void write_text(const uint8_t bytes[16], struct uuid *out)
{
    char hex[33];
    hex_encode(bytes, 16, hex);
    (void)snprintf(out->text, sizeof(out->text), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
                   hex + 12, hex + 16, hex + 20);
}

bool uuid_parse(struct slice text, struct uuid *out)
{
    if (text.length >= 2 && text.text[0] == '{' && text.text[text.length - 1] == '}') {
        text.text++;
        text.length -= 2;
    }
    char hex[32];
    bool dashes = text.length == 36;
    if (!dashes && text.length != 32) {
        return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool dash_here = dashes && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash_here != (text.text[i] == '-')) {
            return false;
        }
        if (!dash_here) {
            hex[used++] = text.text[i];
        }
    }
    uint8_t bytes[16];
    if (!hex_decode((struct slice){ hex, used }, bytes, sizeof(bytes))) {
        return false;
    }
    write_text(bytes, out);
    return true;
}

/* Random bytes come from the kernel by the pool: one call serves many ids. */
enum { POOL_BYTES = 512 };

enum stream { STREAM_KEPT, STREAM_PASSING, STREAM_COUNT };

static struct {
    pthread_mutex_t lock;
    uint64_t last_ms;
    uint32_t counter; /* 12 bits of rand_a; rises within a millisecond */
    uint8_t pool[POOL_BYTES];
    size_t pool_used;
    bool replays;
    uint64_t replay_seed;
    uint64_t replay_counts[STREAM_COUNT];
} maker = { .lock = PTHREAD_MUTEX_INITIALIZER, .pool_used = POOL_BYTES };

static void random_take(uint8_t *out, size_t length)
{
    if (maker.pool_used + length > POOL_BYTES) {
        if (getrandom(maker.pool, POOL_BYTES, 0) != POOL_BYTES) {
            abort(); /* without randomness ids could repeat */
        }
        maker.pool_used = 0;
    }
    memcpy(out, maker.pool + maker.pool_used, length);
    maker.pool_used += length;
}

/* So that ids that are counted do not meet those that callers of uuid_seeded make of the same seed. */
enum { REPLAY_SALT = 0x5A17, PASSING_FROM_BIT = 62 };

void uuid_replay(const uint64_t *seed)
{
    (void)pthread_mutex_lock(&maker.lock);
    maker.replays = seed != NULL;
    maker.replay_seed = seed == NULL ? 0 : *seed ^ ((uint64_t)REPLAY_SALT << 48);
    memset(maker.replay_counts, 0, sizeof(maker.replay_counts));
    (void)pthread_mutex_unlock(&maker.lock);
}

static bool replay_take(enum stream stream, struct uuid *out)
{
    (void)pthread_mutex_lock(&maker.lock);
    bool replays = maker.replays;
    uint64_t seed = maker.replay_seed;
    uint64_t number = maker.replay_counts[stream] | (uint64_t)stream << PASSING_FROM_BIT;
    maker.replay_counts[stream] += replays ? 1 : 0;
    (void)pthread_mutex_unlock(&maker.lock);
    if (replays) {
        uuid_seeded(seed, number, out);
    }
    return replays;
}

static void make_new(int64_t now_us, struct uuid *out)
{
    uint8_t bytes[16];
    uint64_t ms = now_us < 0 ? 0 : (uint64_t)now_us / 1000;
    (void)pthread_mutex_lock(&maker.lock);
    random_take(bytes + 8, 8);
    if (ms > maker.last_ms) {
        maker.last_ms = ms;
        maker.counter = 0;
    } else if (++maker.counter > 0xFFF) {
        /* More than 4096 in a millisecond, or a clock that stepped back: borrow from the next one. */
        maker.last_ms++;
        maker.counter = 0;
    }
    ms = maker.last_ms;
    uint32_t counter = maker.counter;
    (void)pthread_mutex_unlock(&maker.lock);
    for (size_t i = 0; i < 6; i++) {
        bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    bytes[6] = (uint8_t)(0x70 | counter >> 8);
    bytes[7] = (uint8_t)counter;
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    write_text(bytes, out);
}

void uuid_make(int64_t now_us, struct uuid *out)
{
    if (!replay_take(STREAM_KEPT, out)) {
        make_new(now_us, out);
    }
}

void uuid_make_passing(int64_t now_us, struct uuid *out)
{
    if (!replay_take(STREAM_PASSING, out)) {
        make_new(now_us, out);
    }
}

static uint64_t mix(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void uuid_seeded(uint64_t seed, uint64_t number, struct uuid *out)
{
    uint64_t state = seed;
    state = mix(&state) ^ number;
    uint8_t bytes[16];
    for (size_t half = 0; half < 2; half++) {
        uint64_t word = mix(&state);
        for (size_t i = 0; i < 8; i++) {
            bytes[half * 8 + i] = (uint8_t)(word >> (56 - 8 * i));
        }
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    write_text(bytes, out);
}
