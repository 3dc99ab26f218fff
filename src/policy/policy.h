/* Policy documents: checked before they are stored, stamped before they are delivered. The rules have numbers (P01 to P15,
   docs/policy-format.md); a file is never rewritten. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

enum {
    POLICY_BYTES_MAX = 64 * 1024 * 1024,
    POLICY_DEPTH_MAX = 64,
    POLICY_ATTRIBUTES_MAX = 1024, /* of one element */
    POLICY_FAULTS_MAX = 50,
};

struct policy_fault {
    const char *rule; /* "P10" */
    const char *text; /* a sentence without line and rule */
    uint32_t line;    /* from 1, of the element's first byte; 0: the file as a whole */
    uint32_t column;  /* from 1, in bytes; 0: unknown */
};

struct policy_report {
    const char *id;      /* of the root, as written; "" without */
    const char *version; /* of the editor that wrote it */
    uint32_t workstyles, application_groups, message_policies;
    struct policy_fault faults[POLICY_FAULTS_MAX];
    size_t fault_count;
    struct policy_fault warnings[POLICY_FAULTS_MAX];
    size_t warning_count;
};

/* RESULT_OK without a fault; RESULT_INVALID with all of them (up to POLICY_FAULTS_MAX) in the report, the first also in
   `error`; RESULT_NO_MEMORY. A document that is not well-formed has that one fault alone. Texts live in the arena. Any
   thread. */
MUST_CHECK enum result policy_check(struct arena *arena, struct slice bytes,
                                    struct policy_report *out, struct error *error);

/* The document as agents get it: PolicyName and RevisionNumber set on the root (in their places when they are there,
   behind the other attributes when not), every other byte as it was. For a document
   that passed policy_check. */
MUST_CHECK enum result policy_stamp(struct arena *arena, struct slice bytes,
                                    const char *policy_name, int64_t revision, struct slice *out,
                                    struct error *error);

#endif
