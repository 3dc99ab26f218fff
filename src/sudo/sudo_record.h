/* What sudo says of one run: who asked for which command, as whom, and what became of it. */
#ifndef SUDO_SUDO_RECORD_H
#define SUDO_SUDO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct arena;

enum sudo_kind {
    SUDO_ACCEPT, /* the command runs */
    SUDO_REJECT, /* it was asked for and refused */
    SUDO_ALERT,  /* sudo met something that it minds */
    SUDO_EXIT,   /* a command that was accepted is over */
};

/* Slices point into what was read, or into the arena it was read with; what was not said is empty, 0, or -1 for numbers
   that may be 0. */
struct sudo_record {
    enum sudo_kind kind;
    int64_t moment_ns; /* since 1970; 0: not said */
    struct slice run;  /* the id that sudo gave this run: its exit has the same */
    struct slice host; /* where sudo ran, by its own word */
    struct slice user, target, target_group;
    struct slice program; /* path of the command */
    struct slice command; /* the path with the arguments behind it */
    struct slice folder, terminal, reason;
    int64_t user_id, target_id, exit_value;
    int64_t pid; /* of sudo */
    struct slice signal;
    int64_t run_ns; /* SUDO_EXIT: how long the command ran; -1: not said */
};

void sudo_record_init(struct sudo_record *record, enum sudo_kind kind);
/* Takes a value by sudo's own name for it ("submituser", "runuid"); names that nobody needs are left. */
void sudo_record_text(struct sudo_record *record, struct slice name, struct slice value);
void sudo_record_number(struct sudo_record *record, struct slice name, int64_t value);

/* Arguments as one text: those with blanks, quotes or marks of the shell in quotes. NULL when the arena is full. */
enum { SUDO_ARGUMENTS_MAX = 4096 };
bool sudo_arguments_join(struct arena *arena, const struct slice *arguments, size_t count,
                         struct slice *out);
/* Last: the command by its path, and an accepted run that needs a command has one. */
bool sudo_record_close(struct sudo_record *record);

/* Seconds and nanoseconds of the wire; false when no clock could say so. */
bool sudo_moment(int64_t seconds, int64_t nanoseconds, int64_t *out_ns);

#endif
