/* Host and domain names with letters of any script in their ASCII form. */
#ifndef CRYPTO_IDN_H
#define CRYPTO_IDN_H

#include "base/result.h"
#include "base/text.h"

struct arena;

enum { DOMAIN_BYTES_MAX = 253 };

/* By IDNA 2008, in lower case: "Bücher.Example" gives "xn--bcher-kva.example". RESULT_INVALID for a name that has no
   such form or is too long. `out` lives in the arena. */
MUST_CHECK enum result idn_to_ascii(struct arena *arena, struct slice name, const char **out,
                                    struct error *error);

#endif
