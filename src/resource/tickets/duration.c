#include "resource/tickets/duration.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/time.h"

enum { SECONDS_A_MINUTE = 60, SECONDS_AN_HOUR = 3600, SECONDS_A_DAY = 86400 };

/* clang-format off */
static const struct unit {
    const char *name, *plural; /* `plural` is how it is written */
    int64_t max;               /* 0: has no count */
    int64_t seconds;           /* of one; 0: no fixed length */
} units[DURATION_UNITS] = {
    [DURATION_ONCE]    = { "Once", "Once", 0, 0 },
    [DURATION_FOREVER] = { "Forever", "Forever", 0, 0 },
    [DURATION_MINUTES] = { "Minute", "Minutes", 1440, SECONDS_A_MINUTE },
    [DURATION_HOURS]   = { "Hour", "Hours", 24, SECONDS_AN_HOUR },
    [DURATION_DAYS]    = { "Day", "Days", 31, SECONDS_A_DAY },
    [DURATION_MONTHS]  = { "Month", "Months", 12, 0 },
};
/* clang-format on */

static bool take(enum duration_unit unit, int64_t count, struct duration *out)
{
    if (units[unit].max > 0 && (count < 1 || count > units[unit].max)) {
        return false;
    }
    *out = (struct duration){ unit, units[unit].max > 0 ? count : 0 };
    return true;
}

/* In the largest unit that holds it without a rest. */
static bool take_seconds(int64_t seconds, struct duration *out)
{
    static const enum duration_unit from_large[] = { DURATION_DAYS, DURATION_HOURS,
                                                     DURATION_MINUTES };
    for (size_t i = 0; i < COUNT_OF(from_large); i++) {
        int64_t one = units[from_large[i]].seconds;
        if (seconds % one == 0 && take(from_large[i], seconds / one, out)) {
            return true;
        }
    }
    return false;
}

static int unit_of(struct slice name)
{
    for (int unit = 0; unit < DURATION_UNITS; unit++) {
        if (slice_is_any_case(name, units[unit].name) ||
            slice_is_any_case(name, units[unit].plural)) {
            return unit;
        }
    }
    return -1;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The digits that `rest` begins with, up to seven of them; false without one. */
static bool take_count(struct slice *rest, int64_t *out)
{
    enum { DIGITS_MAX = 7 };
    size_t digits = 0;
    while (digits < rest->length && is_digit(rest->text[digits])) {
        digits++;
    }
    bool good = digits > 0 && digits <= DIGITS_MAX &&
                slice_int64((struct slice){ rest->text, digits }, out);
    rest->text += digits;
    rest->length -= digits;
    return good;
}

/* ISO 8601 behind the P: months alone, or days, hours, minutes and seconds that add up. */
static bool parse_iso(struct slice rest, struct duration *out)
{
    int64_t seconds = 0;
    int64_t months = 0;
    bool time = false;
    bool any = false;
    while (rest.length > 0) {
        int64_t count = 0;
        if (!time && (rest.text[0] == 'T' || rest.text[0] == 't')) {
            time = true;
            rest.text++;
            rest.length--;
        }
        if (!take_count(&rest, &count) || rest.length == 0) {
            return false;
        }
        switch (rest.text[0] & ~0x20) {
        case 'M':
            months += time ? 0 : count;
            seconds += time ? count * SECONDS_A_MINUTE : 0;
            break;
        case 'D': seconds += count * SECONDS_A_DAY; break;
        case 'H': seconds += count * SECONDS_AN_HOUR; break;
        case 'S': seconds += count; break;
        default: return false;
        }
        any = true;
        rest.text++;
        rest.length--;
    }
    if (months > 0) {
        return seconds == 0 && take(DURATION_MONTHS, months, out);
    }
    return any && take_seconds(seconds, out);
}

bool duration_parse(struct slice text, struct duration *out)
{
    struct slice rest = slice_trim(text);
    int64_t count = 0;
    if (rest.length == 0) {
        return false;
    }
    if (is_digit(rest.text[0])) { /* "2 Hours", "7200" */
        if (!take_count(&rest, &count)) {
            return false;
        }
        rest = slice_trim(rest);
        int unit = unit_of(rest);
        return rest.length == 0
                   ? take_seconds(count, out)
                   : unit >= 0 && units[unit].max > 0 && take((enum duration_unit)unit, count, out);
    }
    struct slice name = slice_trim(slice_cut(&rest, ':')); /* "Hour:2", "Once" */
    int unit = unit_of(name);
    if (unit >= 0) {
        bool counted = units[unit].max > 0;
        rest = slice_trim(rest);
        bool fits = counted ? take_count(&rest, &count) && rest.length == 0 : rest.length == 0;
        return fits && take((enum duration_unit)unit, count, out);
    }
    bool iso = (name.text[0] == 'P' || name.text[0] == 'p') && rest.length == 0;
    return iso && parse_iso((struct slice){ name.text + 1, name.length - 1 }, out);
}

void duration_write(const struct duration *duration, char out[DURATION_TEXT_BYTES])
{
    assert(duration->unit < DURATION_UNITS);
    const struct unit *unit = &units[duration->unit];
    if (unit->max == 0) {
        (void)snprintf(out, DURATION_TEXT_BYTES, "%s", unit->name);
    } else {
        (void)snprintf(out, DURATION_TEXT_BYTES, "%" PRId64 " %s", duration->count, unit->plural);
    }
}

int64_t duration_end(const struct duration *duration, int64_t from_us)
{
    assert(duration->unit < DURATION_UNITS);
    if (units[duration->unit].max == 0) {
        return 0;
    }
    if (duration->unit == DURATION_MONTHS) {
        return time_add_months(from_us, (int)duration->count);
    }
    return from_us + duration->count * units[duration->unit].seconds * US_PER_SECOND;
}
