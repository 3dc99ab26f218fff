/* Whole states of a store in memory, to come back to: what a sandbox calls snapshots. Neither taking one nor coming back to it
   copies the data; what is changed in between is copied as it is changed. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <stdint.h>

#include "base/result.h"

struct session;
struct store_copy;

/* What is committed now. RESULT_INVALID of a store elsewhere or without tables; RESULT_BUSY while another session holds its locks. */
MUST_CHECK enum result store_copy_take(struct session *session, struct store_copy **out,
                                       struct error *error);
/* Puts the state back, through a session that writes and is in no transaction. All sessions see it from their next
   transaction on. */
MUST_CHECK enum result store_copy_put(struct session *session, const struct store_copy *copy,
                                      struct error *error);
int64_t store_copy_bytes(const struct store_copy *copy);
void store_copy_free(struct store_copy *copy);

#endif
