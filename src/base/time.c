#include "base/time.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Atomic int64_t held_us; /* 0: the clock is the system's */

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t time_now_us(void)
{
    int64_t now_us = atomic_load_explicit(&held_us, memory_order_relaxed);
    return now_us != 0 ? now_us : clock_us(CLOCK_REALTIME);
}

int64_t time_system_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

void time_hold(int64_t now_us)
{
    atomic_store_explicit(&held_us, now_us, memory_order_relaxed);
}

int64_t time_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

/* --- the calendar (proleptic Gregorian; days count from 1970-01-01) ----------------------------- */

static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct date {
    int64_t year;
    int month, day;
};

static struct date date_from_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_index = (5 * day_of_year + 2) / 153;
    struct date date = {
        .year = year_of_era + era * 400 + (month_index >= 10 ? 1 : 0),
        .month = (int)(month_index < 10 ? month_index + 3 : month_index - 9),
        .day = (int)(day_of_year - (153 * month_index + 2) / 5 + 1),
    };
    return date;
}

static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

static int days_of_month(int64_t year, int month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month_days[month - 1] + (leap && month == 2 ? 1 : 0);
}

int64_t time_add_months(int64_t moment_us, int months)
{
    int64_t rest = moment_us % US_PER_DAY;
    int64_t days = moment_us / US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    struct date date = date_from_days(days);
    int64_t year = date.year + (date.month - 1 + months) / 12;
    int month = (date.month - 1 + months) % 12 + 1;
    int last = days_of_month(year, month);
    int day = date.day < last ? date.day : last;
    return days_from_date(year, month, day) * US_PER_DAY + rest;
}

/* --- writing ------------------------------------------------------------------------------------ */

static void put_digits(char *out, int64_t value, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* "2023-09-23T19:31:29", 19 bytes. */
static void put_second(char *out, int64_t seconds)
{
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    struct date date = date_from_days(days);
    memcpy(out, "0000-00-00T00:00:00", 19);
    put_digits(out, date.year, 4);
    put_digits(out + 5, date.month, 2);
    put_digits(out + 8, date.day, 2);
    put_digits(out + 11, rest / 3600, 2);
    put_digits(out + 14, rest / 60 % 60, 2);
    put_digits(out + 17, rest % 60, 2);
}

#define MOMENT_MIN (INT64_C(-62135596800) * US_PER_SECOND)
#define MOMENT_MAX (INT64_C(253402300799) * US_PER_SECOND + 999999)

size_t time_format(int64_t moment_us, enum time_form form, char out[TIME_TEXT_BYTES])
{
    moment_us = moment_us < MOMENT_MIN ? MOMENT_MIN : moment_us;
    moment_us = moment_us > MOMENT_MAX ? MOMENT_MAX : moment_us;
    int64_t seconds = moment_us / US_PER_SECOND;
    int64_t fraction = moment_us % US_PER_SECOND;
    if (fraction < 0) {
        fraction += US_PER_SECOND;
        seconds--;
    }
    put_second(out, seconds);
    size_t length = 19;
    out[length++] = '.';
    put_digits(out + length, fraction, 6);
    switch (form) {
    case TIME_ZONED:
        memcpy(out + length + 6, "0+00:00", 7);
        length += 13;
        break;
    case TIME_PLAIN:
        out[length + 6] = '0';
        length += 7;
        break;
    case TIME_ZULU:
        out[length + 3] = 'Z';
        length += 4;
        break;
    case TIME_BARE:
        length += 6;
        while (out[length - 1] == '0') {
            length--;
        }
        length -= out[length - 1] == '.' ? 1 : 0;
        break;
    }
    out[length] = '\0';
    return length;
}

/* --- reading ------------------------------------------------------------------------------------ */

struct reader {
    const char *at, *end;
};

static bool take(struct reader *reader, char byte)
{
    if (reader->at < reader->end && *reader->at == byte) {
        reader->at++;
        return true;
    }
    return false;
}

static bool take_digits(struct reader *reader, size_t count, int *out)
{
    if ((size_t)(reader->end - reader->at) < count) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        char digit = reader->at[i];
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    reader->at += count;
    *out = value;
    return true;
}

static bool take_date(struct reader *reader, int64_t *out_days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_digits(reader, 4, &year) || !take(reader, '-') || !take_digits(reader, 2, &month) ||
        !take(reader, '-') || !take_digits(reader, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    if (day > days_of_month(year, month)) {
        return false;
    }
    *out_days = days_from_date(year, month, day);
    return true;
}

/* Up to nine digits behind a dot; what is finer than a microsecond is cut. */
static bool take_fraction(struct reader *reader, int64_t *out_us)
{
    int64_t fraction = 0;
    size_t digits = 0;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' && digits < 10) {
        fraction = digits < 6 ? fraction * 10 + (*reader->at - '0') : fraction;
        reader->at++;
        digits++;
    }
    for (size_t i = digits; i < 6; i++) {
        fraction *= 10;
    }
    *out_us = fraction;
    return digits > 0 && digits < 10;
}

/* hh:mm or hh:mm:ss with a fraction. */
static bool take_clock(struct reader *reader, int64_t *out_us, int64_t *out_precision_us)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int64_t fraction_us = 0;
    if (!take_digits(reader, 2, &hour) || !take(reader, ':') || !take_digits(reader, 2, &minute)) {
        return false;
    }
    *out_precision_us = 60 * US_PER_SECOND;
    if (take(reader, ':')) {
        if (!take_digits(reader, 2, &second)) {
            return false;
        }
        *out_precision_us = US_PER_SECOND;
    }
    if (take(reader, '.')) {
        if (*out_precision_us != US_PER_SECOND || !take_fraction(reader, &fraction_us)) {
            return false;
        }
        *out_precision_us = 1;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *out_us = (((int64_t)hour * 60 + minute) * 60 + second) * US_PER_SECOND + fraction_us;
    return true;
}

/* Nothing, Z, or an offset; a blank may stand for the + that a query decoder took away. */
static bool take_zone(struct reader *reader, int64_t *out_offset_us)
{
    *out_offset_us = 0;
    bool blank = take(reader, ' ');
    if (reader->at == reader->end) {
        return !blank;
    }
    if (take(reader, 'Z') || take(reader, 'z')) {
        return reader->at == reader->end;
    }
    bool minus = take(reader, '-');
    bool plus = !minus && (take(reader, '+') || take(reader, ' '));
    if (!minus && !plus && !blank) {
        return false;
    }
    int hour = 0;
    int minute = 0;
    if (!take_digits(reader, 2, &hour)) {
        return false;
    }
    (void)take(reader, ':');
    if (!take_digits(reader, 2, &minute) || hour > 14 || minute > 59) {
        return false;
    }
    int64_t offset_us = ((int64_t)hour * 60 + minute) * 60 * US_PER_SECOND;
    *out_offset_us = minus ? -offset_us : offset_us;
    return reader->at == reader->end;
}

bool time_parse(struct slice text, int64_t *out_us, int64_t *out_precision_us)
{
    struct slice trimmed = slice_trim(text);
    if (trimmed.length == 0) {
        return false; /* its text may be NULL, which nothing may be added to */
    }
    struct reader reader = { .at = trimmed.text, .end = trimmed.text + trimmed.length };
    int64_t days = 0;
    int64_t clock = 0;
    int64_t precision_us = US_PER_DAY;
    int64_t offset_us = 0;
    if (trimmed.length == 0 || !take_date(&reader, &days)) {
        return false;
    }
    if (reader.at < reader.end) {
        if (!take(&reader, 'T') && !take(&reader, 't') && !take(&reader, ' ')) {
            return false;
        }
        if (!take_clock(&reader, &clock, &precision_us) || !take_zone(&reader, &offset_us)) {
            return false;
        }
    }
    *out_us = days * US_PER_DAY + clock - offset_us;
    if (out_precision_us != NULL) {
        *out_precision_us = precision_us;
    }
    return true;
}
