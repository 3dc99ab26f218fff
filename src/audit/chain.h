/* The chain's bytes: how an entry is written down for its hash, and the checkpoints that sign a hash. */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include <stdint.h>

#include "base/result.h"
#include "base/text.h"
#include "crypto/digest.h"

struct arena;
struct session;

/* The fields of an entry in the order of their bytes; all but id and moment, which come first. */
enum chain_field {
    CHAIN_USER_ID,
    CHAIN_USER,
    CHAIN_CHANGED_BY,
    CHAIN_ENTITY,
    CHAIN_ENTITY_ID,
    CHAIN_ENTITY_NAME,
    CHAIN_AUDIT_TYPE,
    CHAIN_DETAILS,
    CHAIN_OBJECT,
    CHAIN_OBJECT_JSON,
    CHAIN_REQUEST_ID,
    CHAIN_FIELDS
};
/* Their names in exports. */
extern const char *const chain_field_names[CHAIN_FIELDS];

struct chain_link { /* an entry as the chain sees it; a field without text is null */
    int64_t id;
    int64_t created_us;
    struct slice fields[CHAIN_FIELDS];
};

#define CHAIN_NULL UINT32_MAX
enum { CHAIN_BYTES_MAX = 4 * 1024 * 1024 /* of one entry */ };

/* Appends the fields: each a length in four bytes, the highest first, and its bytes; CHAIN_NULL for null. */
void chain_fields_add(struct buffer *out, const struct slice fields[CHAIN_FIELDS]);
/* Takes them off the front of `rest`; false when they are not there. The slices point into `rest`. */
bool chain_fields_take(struct slice *rest, struct slice out[CHAIN_FIELDS]);

/* SHA-256 over the hash before, then the entry. `scratch` is the caller's, for reuse; RESULT_NO_MEMORY when it
   overflows. */
MUST_CHECK enum result chain_hash(struct buffer *scratch, const uint8_t before[SHA256_BYTES],
                                  const struct chain_link *link, uint8_t out[SHA256_BYTES],
                                  struct error *error);

#endif
