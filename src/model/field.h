/* What travels over the API, as data. One table drives checks, SQL, JSON and the OpenAPI document. */
#ifndef MODEL_FIELD_H
#define MODEL_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/time.h"

enum field_type {
    FIELD_UUID,
    FIELD_TEXT,
    FIELD_INT, /* int32 on the wire */
    FIELD_INT64,
    FIELD_NUMBER, /* double */
    FIELD_BOOL,
    FIELD_TIME,
    FIELD_ENUM,   /* stored as the index of its name */
    FIELD_OBJECT, /* `shape` */
    FIELD_ARRAY,  /* of `shape`, or of `items` when shape is NULL */
    FIELD_JSON,   /* column holds JSON text of `shape`, written as it is */
    FIELD_FILE,   /* a file part of a form */
    FIELD_ANY,    /* any JSON value; `shape` NULL */
};

enum field_flags {
    FIELD_REQUIRED = 1 << 0, /* in a body: must be there, not null, not empty */
    FIELD_NULLABLE = 1 << 1,
    FIELD_TRIMMED = 1 << 2, /* text: blanks at both ends are cut before checks */
    FIELD_HIDDEN =
        1 << 3, /* read from the row for other uses, not written and not in the document */
    FIELD_INDEXED = 1 << 4,   /* sorting by it walks an index: fit for the loop's own thread */
    FIELD_EXTENSION = 1 << 5, /* the original has no such member or parameter */
};

enum api_version { API_V1 = 1 << 0, API_V2 = 1 << 1, API_V3 = 1 << 2, API_V23 = 6, API_ALL = 7 };

/* An enumeration: its name in the document and its values; the index is what is stored. */
struct names {
    const char *schema;
    const char *const *values;
    size_t count;
};

struct resource;
struct shape;

struct field {
    const char *json; /* name on the wire, exact case */
    enum field_type type;
    unsigned flags;     /* enum field_flags */
    unsigned versions;  /* enum api_version; 0 means all */
    const char *column; /* SQL expression over the resource's `from`; NULL in bodies. May hold the
                                words {now} and {cutoff}: the moment of the request, and the moment before
                                which a computer without contact counts as disconnected */
    const char *sort;   /* SQL expression that is never null, when the list may be sorted by it */
    bool sort_is_text;
    int64_t min, max; /* numbers: bounds; text and arrays: lengths; both 0: none but the body's */
    const struct names *names;
    const struct shape *shape;
    const struct resource
        *filter_of; /* FIELD_OBJECT in a body: members are the filters of this resource's list */
    const struct resource
        *rows; /* FIELD_ARRAY of a detail: the rows of this resource below the same id */
    enum field_type items;
    const char *const *aliases; /* other names a body may use, NULL-terminated */
    const char *summary;
};

enum shape_flags {
    SHAPE_OPEN = 1 << 0,     /* unknown members are kept (documents of agents) */
    SHAPE_TEXT_MAP = 1 << 1, /* any members, all of them texts */
    SHAPE_SHOWN =
        1 << 2, /* as a body: for the document alone, the operation checks it by rules of its own */
};

/* A JSON object: a row, a body, or a part of one. */
struct shape {
    const char *name; /* schema in the document */
    const char *summary;
    const struct field *fields;
    size_t count;
    unsigned flags;
    enum time_form times; /* how FIELD_TIME is written */
};

/* NULL when the shape has no such field in that version (0: any). Names match in any letter case. */
const struct field *shape_find(const struct shape *shape, const char *json, unsigned version);
bool field_in(const struct field *field, unsigned version);
/* Index of a value in any letter case, or of its number as text ("0"); -1 when unknown. */
int names_index(const struct names *names, const char *value, size_t length);

#endif
