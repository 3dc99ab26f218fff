/* Whatever stands in the log of sign-ins, reading a line stays within it. */
#include <stddef.h>
#include <stdint.h>

#include "agent/auth_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice rest = { (const char *)bytes, length };
    while (rest.length > 0) {
        struct auth_line line;
        (void)auth_line_read(slice_cut(&rest, '\n'), INT64_C(1795532400000000), &line);
    }
    return 0;
}
