/* Names with letters of any script: hosts and domains in their ASCII form, others with their letters composed. */
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

enum { NAME_COMPOSED_BYTES_MAX = 4096 };
/* The name with each letter and its marks in one (Unicode NFC), and with plain blanks, so that what is one name to people is
   one text. As it is when it is ASCII, too long, no UTF-8, or has control characters; NULL when the arena is full. */
char *name_composed(struct arena *arena, struct slice name);

#endif
