/* Moments and ids: what is read, written out, reads as the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/time.h"
#include "base/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_moment(int64_t moment)
{
    static const enum time_form forms[] = { TIME_ZONED, TIME_BARE, TIME_ZULU };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        char text[TIME_TEXT_BYTES];
        int64_t again = 0;
        size_t length = time_format(moment, forms[i], text);
        bool read = time_parse((struct slice){ text, length }, &again, NULL);
        assert(length < TIME_TEXT_BYTES && read);
    }
}

/* Years 1 to 9999, but an offset can lead a day beyond: those are clamped when written. */
static bool is_written_whole(int64_t moment)
{
    return moment >= INT64_C(-62135596800) * US_PER_SECOND &&
           moment < INT64_C(253402300800) * US_PER_SECOND;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice text = { (const char *)bytes, length };
    struct uuid id;
    int64_t moment = 0;
    int64_t precision = 0;
    if (time_parse(text, &moment, &precision)) {
        char written[TIME_TEXT_BYTES];
        int64_t again = 0;
        assert(precision > 0 && precision <= US_PER_DAY);
        check_moment(moment);
        bool read = time_parse((struct slice){ written, time_format(moment, TIME_BARE, written) },
                               &again, NULL);
        assert(read && (again == moment || !is_written_whole(moment)));
    }
    if (length >= sizeof(moment)) {
        memcpy(&moment, bytes, sizeof(moment));
        check_moment(moment);
    }
    if (uuid_parse(text, &id)) {
        struct uuid again;
        bool read = uuid_parse(slice_of(id.text), &again);
        assert(read && strcmp(id.text, again.text) == 0);
    }
    return 0;
}
