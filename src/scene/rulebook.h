/* The policies of a scene: names, revisions, XML; and the ids of what is in them, which events name. Private to the folder. */
#ifndef SCENE_RULEBOOK_H
#define SCENE_RULEBOOK_H

#include <stdint.h>

#include "base/text.h"
#include "base/uuid.h"
#include "scene/cast.h"

struct arena;

/* The parts of a policy; each kind from its own number on. */
enum rule_part {
    PART_ROOT = 0,
    PART_APP_GROUP = 1,
    PART_MESSAGE = 16,
    PART_WORKSTYLE = 24,
    PART_ASSIGNMENT = 32,
    PART_OPTIONS = 96,
    PART_APP = 100,
    PART_END = 256,
};
void rule_part_id(uint64_t seed, int64_t policy, int part, struct uuid *out);

enum { WORKSTYLES = 3, MESSAGES = 3 };
enum message { MESSAGE_REASON, MESSAGE_REQUEST, MESSAGE_BLOCKED };
extern const char *const workstyle_names[WORKSTYLES];
extern const char *const message_names[MESSAGES];

/* "Workstations"; later ones get a number. NULL without memory. */
const char *policy_name(struct arena *arena, int64_t policy);
const char *policy_about(int64_t policy);
/* How many revisions it has in the end: 2 to 4. */
int64_t policy_revisions(int64_t policy);
/* The document as an administrator uploads it; later revisions know more programs. */
void policy_write(uint64_t seed, int64_t policy, int64_t revision, struct buffer *out);

#endif
