/* The tables of the Common Event Format, for the writer and for the test of docs/delivery-formats.md. Private to this
   folder. */
#ifndef NOTIFY_FORMAT_CEF_H
#define NOTIFY_FORMAT_CEF_H

#include "notify/format_parts.h"

enum cef_how {
    CEF_TEXT,   /* a text, number, flag; an array's texts with commas between */
    CEF_FIRST,  /* of an array */
    CEF_NUMBER, /* whole, also when it is written as text */
    CEF_TIME,   /* milliseconds since 1970 */
    CEF_IPV4,   /* the first such address */
    CEF_IPV6,
    CEF_CONSTANT, /* what `from` says */
    CEF_CHANGES,  /* an audit's object as JSON */
    CEF_ITEM_TIME,
    CEF_ITEM_ID,
    CEF_ITEM_COMPUTER,
};

struct cef_row {
    const char *key;
    const char *label; /* of a custom key, or NULL */
    const char *from;  /* path of the member, or NULL */
    enum cef_how how;
    size_t bytes_max; /* longer texts are cut */
};

enum { CEF_HEAD_PATHS = 3, CEF_HEAD_BYTES_MAX = 512 };

struct cef_map {
    const struct cef_row *rows;
    size_t count;
    const char *signature[CEF_HEAD_PATHS]; /* the first that has a text counts */
    const char *signature_otherwise;
    const char *name[CEF_HEAD_PATHS];
    const char *name_otherwise;
};
extern const struct cef_map cef_maps[FEED_COUNT];
/* Where a row's value comes from, for people: a path, or words. */
const char *cef_source(const struct cef_row *row);

#endif
