/* One pass over an XML text: its elements one by one, without a tree, within bounds. Private to the folder. */
#ifndef POLICY_DOCUMENT_H
#define POLICY_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct element {
    struct slice name;
    bool foreign; /* in a namespace; policy documents use none */
    uint32_t line, column;
    const unsigned char *const *attributes; /* document.c's */
    size_t attribute_count;
};

/* Its value with references replaced; false when it is absent. Until the event returns. */
bool element_attribute(const struct element *element, const char *name, struct slice *out);

struct document_events {
    void (*start)(void *context, const struct element *element);
    void (*end)(void *context, struct slice name, bool foreign);
};

enum { DOCUMENT_FAULT_BYTES = 160 };

/* Why it is not well-formed or over a bound. */
struct document_fault {
    uint32_t line, column; /* column 0: unknown */
    char text[DOCUMENT_FAULT_BYTES];
};

/* RESULT_INVALID fills `out_fault`; no event follows the fault. RESULT_NO_MEMORY. The text must be UTF-8 without a
   document type. Any thread. */
MUST_CHECK enum result document_walk(struct slice text, const struct document_events *events,
                                     void *context, struct document_fault *out_fault);

#endif
