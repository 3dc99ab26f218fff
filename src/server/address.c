#include "server/address.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { HOST_BYTES = 256 };

static void address_print(const struct http_listen *at, uint16_t port, const char *host,
                          char out[ADDRESS_BYTES])
{
    bool brackets = strchr(host, ':') != NULL; /* IPv6 */
    (void)snprintf(out, ADDRESS_BYTES, "%s://%s%s%s:%u", at->tls ? "https" : "http",
                   brackets ? "[" : "", host, brackets ? "]" : "", port);
}

void address_of_listen(const struct http_listen *at, uint16_t port, char out[ADDRESS_BYTES])
{
    address_print(at, port, at->host, out);
}

void address_for_others(const struct http_listen *at, uint16_t port, const char *local,
                        char out[ADDRESS_BYTES])
{
    char name[HOST_BYTES] = "";
    bool all = strcmp(at->host, "0.0.0.0") == 0 || strcmp(at->host, "::") == 0;
    if (all && local != NULL) {
        address_print(at, port, local, out);
    } else if (all && gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0') {
        address_print(at, port, name, out);
    } else {
        address_of_listen(at, port, out);
    }
}

/* What may stand in a mail and in JSON as it is. */
static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] <= ' ' || text.text[i] > '~' ||
            strchr("\"<>\\^`{|}?#", text.text[i]) != NULL) {
            return false;
        }
    }
    return true;
}

enum result address_given(const char *url, char out[ADDRESS_BYTES], struct error *error)
{
    struct slice text = slice_of(url);
    size_t scheme = slice_starts_any_case(text, "https://")  ? strlen("https://")
                    : slice_starts_any_case(text, "http://") ? strlen("http://")
                                                             : 0;
    while (text.length > scheme && text.text[text.length - 1] == '/') {
        text.length--;
    }
    if (scheme == 0 || text.length == scheme || text.text[scheme] == '/' ||
        text.length >= ADDRESS_BYTES || !is_plain(text)) {
        return fail(error, RESULT_INVALID, "public-url",
                    "--public-url must be an address like https://reeve.example.com, not \"%.64s\"",
                    url);
    }
    (void)snprintf(out, ADDRESS_BYTES, "%.*s", (int)text.length, text.text);
    return RESULT_OK;
}
