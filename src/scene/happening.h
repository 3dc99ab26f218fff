/* What endpoints report: every known event code, and how an event of it is written. Private to the folder. */
#ifndef SCENE_HAPPENING_H
#define SCENE_HAPPENING_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "base/uuid.h"
#include "scene/cast.h"

/* What an event is about. */
enum subject {
    ABOUT_PROGRAM,
    ABOUT_BUNDLE,
    ABOUT_SERVICE,
    ABOUT_CONTENT,
    ABOUT_DLL,
    ABOUT_GROUP, /* a privileged one */
    ABOUT_POLICY,
    ABOUT_LOGON,
    ABOUT_AGENT,
    ABOUT_LICENCE,
};

struct event_code {
    const char *code;
    enum subject subject;
    unsigned systems;     /* bits 1 << enum computer_host_type */
    enum app_group group; /* of the program */
    unsigned weight;      /* how often it comes, of all; 0: only when it is its turn */
    const char *type, *action;
    const char *category, *kind, *outcome;
    const char *reason;
    const char *token; /* what the rule gives, or NULL */
    bool shell;        /* from the shell menu, on demand */
};
extern const struct event_code event_codes[];
extern const size_t event_code_count;
/* By its code; the code is known. */
const struct event_code *event_code_of(const char *code);

struct happening {
    uint64_t seed;
    const struct event_code *code;
    const struct machine_kind *kind;
    const struct person *person;
    const struct app *app; /* NULL: one that fits the code */
    const char *host, *address, *computer_id;
    int64_t number; /* of all events: makes its id */
    int64_t at_us;
    int64_t session; /* of the user */
    int64_t policy;  /* -1: none */
    const char *policy_id, *policy_name;
    int64_t policy_revision;
    const char *request_id;              /* of the application, or NULL */
    const char *admin_id, *admin_ticket; /* of the admin session that runs, or NULL */
};
/* One line of NDJSON. */
void scene_happening_write(const struct happening *happening, struct buffer *out);

#endif
