#include "model/fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"

enum { FAULT_TEXT_BYTES = 512 };

void faults_init(struct faults *faults, struct arena *arena)
{
    faults->arena = arena;
    faults->count = 0;
    faults->kept = 0;
}

void faults_add(struct faults *faults, const char *field, const char *format, ...)
{
    char text[FAULT_TEXT_BYTES];
    faults->count++;
    if (faults->kept == FAULTS_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    struct fault fault = { arena_strdup(faults->arena, field), arena_strdup(faults->arena, text) };
    if (fault.field != NULL && fault.text != NULL) {
        faults->items[faults->kept++] = fault;
    }
}
