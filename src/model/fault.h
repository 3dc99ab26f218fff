/* All that is wrong with a request, so that one answer can name every parameter at fault. */
#ifndef MODEL_FAULT_H
#define MODEL_FAULT_H

#include <stddef.h>

#include "base/compiler.h"

struct arena;

enum { FAULTS_MAX = 32 };

struct fault {
    const char
        *field; /* parameter or member as the caller knows it: "Filter.Host", "computerIds[3]" */
    const char *text;
};

/* Past FAULTS_MAX further ones are counted but not kept. */
struct faults {
    struct arena *arena;
    struct fault items[FAULTS_MAX];
    size_t count;
    size_t kept;
};

void faults_init(struct faults *faults, struct arena *arena);
/* Both texts are copied. */
void faults_add(struct faults *faults, const char *field, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
