/* Targets: receivers outside to which the feeds are delivered. A driver speaks to one kind of receiver; a format
   writes records. Positions, retries and what a target is are the business of the delivery, not of these. */
#ifndef NOTIFY_TARGET_H
#define NOTIFY_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;

/* What goes to a target: one event, activity audit or authorisation request, with an id that never changes. */
enum feed { FEED_EVENTS, FEED_ACTIVITY_AUDITS, FEED_AUTHORIZATION_REQUESTS, FEED_COUNT };

/* "events", "activityAudits", "authorizationRequests": in the order of `enum feed`. */
extern const char *const feed_names[FEED_COUNT];

struct delivery_item {
    enum feed feed;
    uint64_t position;     /* rises in commit order within the feed */
    struct slice id;       /* stable over retries: receivers drop what they have */
    struct slice computer; /* id of the computer, or empty: Kafka's key */
    int64_t time;          /* microseconds since 1970, UTC */
    struct slice json;     /* the document as the API gives it (ECS for events) */
};

/* Items of one feed, in order. */
struct delivery_batch {
    const struct delivery_item *items;
    size_t count;
};

/* A format writes one item as the bytes of one record, without a line end in it or behind it. Pure: no I/O, no
   state. RESULT_INVALID: the item's document is no JSON object. RESULT_TOO_LARGE: over a bound of the arena or of
   `out`, which then holds part of a record. */
struct format {
    const char *name; /* "ecs", "ocsf", "cef" */
    const char *media_type;
    const char *summary;
    enum result (*write)(struct arena *arena, const struct delivery_item *item, struct buffer *out,
                         struct error *error);
};
extern const struct format formats[];
extern const size_t format_count;
/* NULL when there is none of that name. */
const struct format *format_find(struct slice name);

/* One setting of a driver. The table drives the checks and the API's definition; it ends with a row without a name. */
enum setting_type { SETTING_TEXT, SETTING_NUMBER, SETTING_FLAG, SETTING_CHOICE };
struct target_setting {
    const char *name;
    enum setting_type type;
    bool needed;
    bool secret;                /* never shown again */
    bool lines;                 /* may have more than one line */
    int64_t min, max;           /* bytes of a text, or the number itself */
    const char *const *choices; /* SETTING_CHOICE: NULL-terminated */
    const char *usual;          /* what holds when it is left out; NULL: nothing */
    const char *summary;
};

/* Name -> text, checked by the driver's table; what is left out may be missing here. */
struct target_pair {
    struct slice name, text;
};
struct target_settings {
    struct slice target; /* the target's id, so that two targets never write over each other */
    const struct target_pair *pairs;
    size_t count;
};
/* Every setting is one of the driver's, in its bounds, and what is needed is there. RESULT_INVALID names the first that is
   not. */
struct target_driver;
MUST_CHECK enum result target_settings_check(const struct target_driver *driver,
                                             const struct target_settings *settings,
                                             struct error *error);
/* Empty when it is not set. */
struct slice target_settings_text(const struct target_settings *settings, const char *name);

/* What makes a good batch for a driver: enough bytes of documents, or an item that has waited long enough. Smaller
   ones are right as well. */
struct target_gather {
    size_t bytes;
    uint32_t seconds;
};

/* A driver sends a batch and says how many items from its start are safely with the receiver. One thread at a time. */
struct target_driver {
    const char *kind; /* "webhook", "syslog", "file", "s3", "kafka" */
    const char *summary;
    const struct target_setting *settings;
    /* RESULT_INVALID names the setting. Calls nobody. */
    enum result (*open)(const struct target_settings *settings, const struct format *format,
                        void **out_state, struct error *error);
    /* May be called again after a failure, with other bounds. `out_delivered` is set whatever the result.
       RESULT_BUSY: again later. RESULT_INVALID, RESULT_TOO_LARGE: the item behind the delivered ones will never go.
       Anything else: the receiver refuses us, so somebody must look at the settings. */
    enum result (*send)(void *state, const struct delivery_batch *batch, size_t *out_delivered,
                        struct error *error);
    void (*close)(void *state);
    /* From another thread: a running `send` returns within a second or so, later ones at once. Or NULL. */
    void (*cancel)(void *state);
    /* Or NULL: whatever there is. */
    struct target_gather (*gather)(const void *state);
};
extern const struct target_driver *const target_drivers[];
extern const size_t target_driver_count;
/* NULL when there is none of that kind. */
const struct target_driver *target_driver_find(struct slice kind);

#endif
