/* What a domain may look like. */
#include <string.h>

#include "resource/accepted_domains/accepted_domains.h"

enum { LABEL_BYTES_MAX = 63, DOMAIN_TEXT_BYTES_MAX = 253 };

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool label_is_wellformed(struct slice label, bool *out_letter)
{
    *out_letter = false;
    bool edges = label.length > 0 && label.length <= LABEL_BYTES_MAX && label.text[0] != '-' &&
                 label.text[label.length - 1] != '-';
    for (size_t i = 0; i < label.length && edges; i++) {
        char byte = label.text[i];
        *out_letter = *out_letter || is_letter(byte);
        edges = is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-';
    }
    return edges;
}

bool domain_is_wellformed(const char *ascii)
{
    struct slice rest = slice_of(ascii);
    size_t labels = 0;
    bool letter = false;
    if (rest.length == 0 || rest.length > DOMAIN_TEXT_BYTES_MAX ||
        rest.text[rest.length - 1] == '.') {
        return false;
    }
    while (rest.length > 0) {
        if (!label_is_wellformed(slice_cut(&rest, '.'), &letter)) {
            return false;
        }
        labels++;
    }
    return labels >= 2 && letter; /* a last label of digits would be an address */
}
