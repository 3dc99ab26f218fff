/* The one source of chance of a scene: splitmix64, its state made of the seed, what is rolled for, and a number. So each thing has
   dice of its own, and more of one kind never changes another. Private to the folder. */
#ifndef SCENE_DICE_H
#define SCENE_DICE_H

#include <stddef.h>
#include <stdint.h>

enum dice_for {
    DICE_KIND,
    DICE_MACHINE,
    DICE_OWNER,
    DICE_SESSION,
    DICE_REQUEST,
    DICE_FILE,
    DICE_SERIAL
};

struct dice {
    uint64_t state;
};

struct dice dice_for(uint64_t seed, enum dice_for what, uint64_t number);
uint64_t dice_roll(struct dice *dice);
/* 0 to sides - 1. */
size_t dice_below(struct dice *dice, size_t sides);
/* So many hex digits and a NUL. */
void dice_hex(struct dice *dice, size_t digits, char *out);

#endif
