/* zstd and gzip of whole texts, with a ceiling on what comes out. */
#ifndef CRYPTO_COMPRESS_H
#define CRYPTO_COMPRESS_H

#include <stddef.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

/* Results live in the arena. `level` as zstd's; 1 is for speed. */
MUST_CHECK enum result zstd_pack(struct arena *arena, struct slice bytes, int level,
                                 struct slice *out, struct error *error);
/* RESULT_TOO_LARGE when more than bytes_max would come out (checked while unpacking, so a bomb costs no more). */
MUST_CHECK enum result zstd_unpack(struct arena *arena, struct slice bytes, size_t bytes_max,
                                   struct slice *out, struct error *error);
MUST_CHECK enum result gzip_pack(struct arena *arena, struct slice bytes, int level,
                                 struct slice *out, struct error *error);
MUST_CHECK enum result gzip_unpack(struct arena *arena, struct slice bytes, size_t bytes_max,
                                   struct slice *out, struct error *error);

#endif
