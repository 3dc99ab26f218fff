#include "scene/dice.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

struct dice dice_for(uint64_t seed, enum dice_for what, uint64_t number)
{
    return (struct dice){ mix(mix(seed + UINT64_C(0x9E3779B97F4A7C15)) ^
                              mix(((uint64_t)what << 56) ^ number)) };
}

uint64_t dice_roll(struct dice *dice)
{
    dice->state += UINT64_C(0x9E3779B97F4A7C15);
    return mix(dice->state);
}

size_t dice_below(struct dice *dice, size_t sides)
{
    return (size_t)((dice_roll(dice) >> 11) % sides);
}

void dice_hex(struct dice *dice, size_t digits, char *out)
{
    static const char letters[] = "0123456789abcdef";
    uint64_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        bits = i % 16 == 0 ? dice_roll(dice) : bits >> 4;
        out[i] = letters[bits & 15];
    }
    out[digits] = '\0';
}
