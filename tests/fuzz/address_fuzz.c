/* Addresses, domains, zones and languages as callers send them: what is taken is well-formed and has one form. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/idn.h"
#include "notify/mail.h"
#include "resource/accepted_domains/accepted_domains.h"
#include "resource/users/users_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void domain(struct arena *arena, struct slice text)
{
    const char *ascii = NULL;
    const char *again = NULL;
    if (idn_to_ascii(arena, text, &ascii, NULL) != RESULT_OK || !domain_is_wellformed(ascii)) {
        return;
    }
    assert(strlen(ascii) <= DOMAIN_BYTES_MAX);
    /* The canonical form is its own. */
    assert(idn_to_ascii(arena, slice_of(ascii), &again, NULL) == RESULT_OK);
    assert(strcmp(ascii, again) == 0);
}

static void message(struct arena *arena, struct slice text)
{
    struct buffer out;
    const char *copy = slice_dup(arena, text);
    const struct mail mail = { .id = "1", .recipient = copy, .subject = copy, .body = copy };
    buffer_init(&out, 1024 * 1024);
    if (copy != NULL && mail_write(arena, &mail, "a@b.example", &out)) {
        const char *end = strstr(out.bytes, "\r\n\r\n");
        size_t lines = 0;
        for (const char *at = strstr(out.bytes, "\r\n"); at != NULL && at <= end;
             at = strstr(at + 2, "\r\n")) {
            lines++;
        }
        assert(lines == 9); /* no header of the caller's own */
    }
    buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(4 * 1024 * 1024);
    struct slice text = { (const char *)bytes, length };
    assert(arena != NULL);
    size_t local = email_split(text);
    assert(local == 0 || text.text[local] == '@');
    assert(local == 0 || memchr(text.text, '\n', local) == NULL);
    domain(arena, text);
    const char *zone = zone_find(text);
    assert(zone == NULL || slice_is_any_case(text, zone));
    if (language_is_known(text)) {
        assert(length >= 2 && slice_is_utf8(text));
    }
    message(arena, text);
    arena_free(arena);
    return 0;
}
