#include "crypto/idn.h"

#include <gnutls/gnutls.h>
#include <string.h>

#include "base/arena.h"

static enum result not_mapped(struct error *error)
{
    return fail(error, RESULT_INVALID, NULL,
                "the domain name has no ASCII form of at most %d bytes", DOMAIN_BYTES_MAX);
}

enum result idn_to_ascii(struct arena *arena, struct slice name, const char **out,
                         struct error *error)
{
    gnutls_datum_t mapped = { .data = NULL };
    char *folded = slice_fold(arena, name);
    if (folded == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the domain name");
    }
    size_t length = strlen(folded);
    if (length > 4 * DOMAIN_BYTES_MAX ||
        gnutls_idna_map(folded, (unsigned)length, &mapped, 0) != GNUTLS_E_SUCCESS) {
        return not_mapped(error);
    }
    char *copy = mapped.size <= DOMAIN_BYTES_MAX
                     ? arena_strndup(arena, (const char *)mapped.data, mapped.size)
                     : NULL;
    bool fits = mapped.size <= DOMAIN_BYTES_MAX;
    gnutls_free(mapped.data);
    if (!fits) {
        return not_mapped(error);
    }
    *out = copy;
    return copy == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for the domain name")
                        : RESULT_OK;
}

static bool is_ascii(struct slice text)
{
    size_t at = 0;
    while (at < text.length && (unsigned char)text.text[at] < 0x80) {
        at++;
    }
    return at == text.length;
}

/* By the profile OpaqueString of RFC 8265, the one in GnuTLS: nothing is lost but how letters and blanks are written. */
char *name_composed(struct arena *arena, struct slice name)
{
    gnutls_datum_t composed = { .data = NULL };
    if (is_ascii(name) || name.length > NAME_COMPOSED_BYTES_MAX ||
        gnutls_utf8_password_normalize((const unsigned char *)name.text, (unsigned)name.length,
                                       &composed, 0) != GNUTLS_E_SUCCESS) {
        return slice_dup(arena, name);
    }
    char *copy = arena_strndup(arena, (const char *)composed.data, composed.size);
    gnutls_free(composed.data);
    return copy;
}
