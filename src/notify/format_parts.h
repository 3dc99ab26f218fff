/* What the formats share, and their tables for the tests that compare them with docs/delivery-formats.md. Private to
   this folder. */
#ifndef NOTIFY_FORMAT_PARTS_H
#define NOTIFY_FORMAT_PARTS_H

#include "notify/target.h"

struct json;

/* Longest text of an attribute (OCSF's string_t); longer ones are cut and stay whole in `unmapped`. */
enum { FORMAT_DEPTH_MAX = 32, FORMAT_VALUES_MAX = 100000, OCSF_TEXT_BYTES_MAX = 65535 };

/* The item's document as a tree. RESULT_INVALID: it is no JSON object. */
MUST_CHECK enum result format_parse(struct arena *arena, const struct delivery_item *item,
                                    const struct json **out, struct error *error);
/* The longest start of at most `bytes_max` bytes that cuts no character. */
struct slice format_cut(struct slice text, size_t bytes_max);
/* Is it one address, written in numbers? `family`: AF_INET, AF_INET6, or AF_UNSPEC for either. */
bool format_is_address(struct slice text, int family);
/* Milliseconds since 1970, cut downwards. */
int64_t format_milliseconds(int64_t moment_us);

/* Whether the whole record is in `out`. */
MUST_CHECK enum result format_end(const struct buffer *out, struct error *error);
/* The one object of an activity audit that says what changed, or NULL. */
const struct json *format_changes(const struct json *audit);

/* What an event is to receivers, by its code. OCSF's numbers: class and activity, severity_id, action_id and
   disposition_id of the security control (0: none). */
enum record_kind {
    RECORD_PROCESS,
    RECORD_FILE,
    RECORD_MODULE,
    RECORD_APPLICATION,
    RECORD_LOGON,
    RECORD_GROUP,
    RECORD_POLICY,
    RECORD_OTHER,
    RECORD_AUDIT,
    RECORD_REQUEST,
    RECORD_DECISION,
    RECORD_KINDS
};
struct record_class {
    const char *code; /* event.code, word of the audit's type, or what happened to the request */
    enum record_kind kind;
    uint8_t activity_id;
    const char *activity;
    uint8_t severity_id;
    uint8_t action_id, disposition_id;
};
/* Never NULL: what no table knows is of a general class. */
const struct record_class *record_class_of(enum feed feed, const struct json *document);

enum result format_write_ecs(struct arena *arena, const struct delivery_item *item,
                             struct buffer *out, struct error *error);
enum result format_write_ocsf(struct arena *arena, const struct delivery_item *item,
                              struct buffer *out, struct error *error);
enum result format_write_cef(struct arena *arena, const struct delivery_item *item,
                             struct buffer *out, struct error *error);

#endif
