/* Durations and search patterns are whatever clients and people write: what is taken is within its bounds, and what was written
   back is the same again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "resource/events/event_words.h"
#include "resource/tickets/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void duration_try(struct slice text)
{
    struct duration duration;
    struct duration again;
    char written[DURATION_TEXT_BYTES];
    if (!duration_parse(text, &duration)) {
        return;
    }
    duration_write(&duration, written);
    assert(duration_parse(slice_of(written), &again));
    assert(again.unit == duration.unit && again.count == duration.count);
    assert(duration_end(&duration, 0) >= 0);
}

/* The first line is the pattern, the rest the text. */
static void pattern_try(struct slice input)
{
    char pattern[256];
    struct slice line = slice_cut(&input, '\n');
    if (line.length >= sizeof(pattern)) {
        return;
    }
    memcpy(pattern, line.length == 0 ? "" : line.text, line.length);
    pattern[line.length] = '\0';
    bool fits = event_pattern_fits(pattern, input);
    bool plain = strpbrk(pattern, "*?") == NULL;
    assert(!plain || fits == slice_is(input, pattern));
    assert(event_pattern_fits("*", input));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice input = { (const char *)bytes, length };
    duration_try(input);
    pattern_try(input);
    return 0;
}
