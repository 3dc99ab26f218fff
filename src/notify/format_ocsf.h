/* The tables of the Open Cybersecurity Schema Framework, for the writer and for the test of
   docs/delivery-formats.md. Private to this folder. */
#ifndef NOTIFY_FORMAT_OCSF_H
#define NOTIFY_FORMAT_OCSF_H

#include "notify/format_parts.h"

#define OCSF_VERSION "1.5.0"

/* What becomes of a value. What an attribute does not hold whole stays in `unmapped` as well. */
enum ocsf_how {
    OCSF_TEXT,     /* a text, or a whole number as text */
    OCSF_UID,      /* a text, and nothing else */
    OCSF_INT,      /* a whole number, also when it is written as text */
    OCSF_TIME,     /* milliseconds since 1970 */
    OCSF_TEXTS,    /* an array of texts; a single text becomes one */
    OCSF_FIRST,    /* the first text of an array */
    OCSF_ADDRESS,  /* the first address of an array */
    OCSF_HASH,     /* a fingerprint: its algorithm is `names`' first row */
    OCSF_NUMBERED, /* the number that `names` has for the text, and its caption beside it */
};

struct ocsf_name {
    const char *text; /* any letter case; NULL ends the table */
    int64_t id;
    const char *caption;
};

/* Bits of `enum record_kind`; 0: every kind of the feed. */
#define OCSF_KIND(kind) (UINT32_C(1) << (kind))

/* Paths of attributes may begin with @file, @process, @parent or @user, which the class resolves. */
struct ocsf_row {
    const char *from; /* path in the document; the rows of a table are sorted by it */
    const char *to;
    enum ocsf_how how;
    uint32_t kinds;
    const struct ocsf_name *names;
};
struct ocsf_map {
    const struct ocsf_row *rows;
    size_t count;
};
extern const struct ocsf_map ocsf_maps[FEED_COUNT];

struct ocsf_class {
    int64_t class_uid;
    const char *class_name;
    int64_t category_uid;
    const char *category_name;
    const char *file, *process, *parent, *user; /* where these objects are, or NULL: nowhere */
};
extern const struct ocsf_class ocsf_classes[RECORD_KINDS];

/* What OCSF requires and a document may lack. */
enum ocsf_default {
    OCSF_AS_NUMBER,
    OCSF_AS_TEXT,
    OCSF_AS_ITEM_ID,
    OCSF_AS_COMPUTER,
    OCSF_AS_ITEM_TIME,
    OCSF_AS_NAME_OF_PATH, /* the last part of the object's `path` */
};
enum ocsf_when { OCSF_IF_THERE, OCSF_IF_MISSING, OCSF_ALWAYS }; /* of the object */
struct ocsf_need {
    uint32_t kinds; /* 0: all */
    enum ocsf_when when;
    const char *object; /* "" : the record */
    const char *attribute;
    const char *or_else; /* another attribute that does as well, or NULL */
    enum ocsf_default how;
    int64_t number;
    const char *text;
};
extern const struct ocsf_need ocsf_needs[];
extern const size_t ocsf_need_count;

extern const struct ocsf_name ocsf_severities[], ocsf_actions[], ocsf_dispositions[];

#endif
