/* What kind of record a document is: by the code of an event, the type of an audit, the decision of a request. */
#include <string.h>

#include "json/read.h"
#include "notify/format_parts.h"

enum { SEVERITY_INFORMATIONAL = 1, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };
enum { ACTION_NONE, ACTION_ALLOWED, ACTION_DENIED };
enum {
    DISPOSITION_NONE = 0,
    DISPOSITION_ALLOWED = 1,
    DISPOSITION_BLOCKED = 2,
    DISPOSITION_APPROVED = 8,
    DISPOSITION_LOGGED = 17,
    DISPOSITION_OTHER = 99,
};
enum { ACTIVITY_OTHER = 99 };

/* clang-format off */
#define NOTHING ACTION_NONE, DISPOSITION_NONE
#define ALLOWED ACTION_ALLOWED, DISPOSITION_ALLOWED
#define AGREED  ACTION_ALLOWED, DISPOSITION_APPROVED
#define BLOCKED ACTION_DENIED, DISPOSITION_BLOCKED
#define STOPPED ACTION_DENIED, DISPOSITION_OTHER /* by the user, who did not go on */
#define LAUNCH  RECORD_PROCESS, 1, "Launch"
#define OPEN_FILE RECORD_FILE, 14, "Open"
#define LOAD    RECORD_MODULE, 1, "Load"
#define START   RECORD_APPLICATION, 3, "Start"
#define STOP    RECORD_APPLICATION, 4, "Stop"
#define SERVICE(what) RECORD_APPLICATION, ACTIVITY_OTHER, what

static const struct record_class event_classes[] = {
    { "0", SERVICE("Service Control"), SEVERITY_INFORMATIONAL, NOTHING },
    { "1", SERVICE("Service Error"), SEVERITY_MEDIUM, NOTHING },
    { "2", SERVICE("Service Warning"), SEVERITY_LOW, NOTHING },
    { "10", SERVICE("License Error"), SEVERITY_MEDIUM, NOTHING },
    { "100", LAUNCH, SEVERITY_LOW, ALLOWED },
    { "101", LAUNCH, SEVERITY_LOW, ALLOWED },
    { "103", LAUNCH, SEVERITY_INFORMATIONAL, ALLOWED },
    { "104", LAUNCH, SEVERITY_INFORMATIONAL, ALLOWED },
    { "106", LAUNCH, SEVERITY_INFORMATIONAL, ALLOWED },
    { "107", LAUNCH, SEVERITY_INFORMATIONAL, ALLOWED },
    { "109", LAUNCH, SEVERITY_INFORMATIONAL, ALLOWED },
    { "110", LAUNCH, SEVERITY_INFORMATIONAL, ALLOWED },
    { "112", RECORD_PROCESS, ACTIVITY_OTHER, "Elevation Required", SEVERITY_INFORMATIONAL, ACTION_NONE, DISPOSITION_LOGGED },
    { "113", LAUNCH, SEVERITY_LOW, ALLOWED },
    { "114", LAUNCH, SEVERITY_LOW, ALLOWED },
    { "116", LAUNCH, SEVERITY_MEDIUM, BLOCKED },
    { "118", LAUNCH, SEVERITY_LOW, AGREED },
    { "119", LAUNCH, SEVERITY_LOW, AGREED },
    { "120", LAUNCH, SEVERITY_LOW, STOPPED },
    { "130", RECORD_APPLICATION, 1, "Install", SEVERITY_LOW, ALLOWED },
    { "131", RECORD_APPLICATION, 2, "Remove", SEVERITY_LOW, ALLOWED },
    { "150", START, SEVERITY_LOW, ALLOWED },
    { "151", STOP, SEVERITY_LOW, ALLOWED },
    { "152", SERVICE("Pause or Resume"), SEVERITY_LOW, ALLOWED },
    { "153", SERVICE("Configure"), SEVERITY_LOW, ALLOWED },
    { "154", START, SEVERITY_MEDIUM, BLOCKED },
    { "155", STOP, SEVERITY_MEDIUM, BLOCKED },
    { "156", SERVICE("Pause or Resume"), SEVERITY_MEDIUM, BLOCKED },
    { "157", SERVICE("Configure"), SEVERITY_MEDIUM, BLOCKED },
    { "158", SERVICE("Control as the authorising user"), SEVERITY_LOW, AGREED },
    { "159", START, SEVERITY_LOW, STOPPED },
    { "160", STOP, SEVERITY_LOW, STOPPED },
    { "161", SERVICE("Pause or Resume"), SEVERITY_LOW, STOPPED },
    { "162", SERVICE("Configure"), SEVERITY_LOW, STOPPED },
    { "198", RECORD_GROUP, ACTIVITY_OTHER, "Change Group", SEVERITY_HIGH, BLOCKED },
    { "199", LAUNCH, SEVERITY_HIGH, BLOCKED },
    { "200", RECORD_POLICY, 3, "Update", SEVERITY_INFORMATIONAL, NOTHING },
    { "201", RECORD_POLICY, 3, "Update", SEVERITY_LOW, NOTHING },
    { "202", RECORD_POLICY, 3, "Update", SEVERITY_MEDIUM, NOTHING },
    { "210", RECORD_POLICY, 2, "Read", SEVERITY_INFORMATIONAL, NOTHING },
    { "211", RECORD_POLICY, 2, "Read", SEVERITY_MEDIUM, NOTHING },
    { "300", RECORD_LOGON, 1, "Logon", SEVERITY_INFORMATIONAL, NOTHING },
    { "400", START, SEVERITY_INFORMATIONAL, NOTHING },
    { "401", STOP, SEVERITY_INFORMATIONAL, NOTHING },
    { "600", OPEN_FILE, SEVERITY_LOW, ALLOWED },
    { "601", OPEN_FILE, SEVERITY_LOW, ALLOWED },
    { "602", OPEN_FILE, SEVERITY_INFORMATIONAL, ALLOWED },
    { "603", OPEN_FILE, SEVERITY_INFORMATIONAL, ALLOWED },
    { "604", OPEN_FILE, SEVERITY_INFORMATIONAL, ALLOWED },
    { "605", OPEN_FILE, SEVERITY_MEDIUM, BLOCKED },
    { "606", OPEN_FILE, SEVERITY_LOW, STOPPED },
    { "706", LOAD, SEVERITY_INFORMATIONAL, ALLOWED },
    { "716", LOAD, SEVERITY_MEDIUM, BLOCKED },
    { "720", LOAD, SEVERITY_LOW, STOPPED },
    { NULL, RECORD_OTHER, ACTIVITY_OTHER, "Other", SEVERITY_INFORMATIONAL, NOTHING },
};

/* A type of an audit has the word at its start or its end: ModifyGroup, GroupCreated. */
static const struct record_class audit_classes[] = {
    { "Created", RECORD_AUDIT, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
    { "Create", RECORD_AUDIT, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
    { "Added", RECORD_AUDIT, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
    { "Add", RECORD_AUDIT, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
    { "Enrol", RECORD_AUDIT, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
    { "Deleted", RECORD_AUDIT, 4, "Delete", SEVERITY_LOW, NOTHING },
    { "Delete", RECORD_AUDIT, 4, "Delete", SEVERITY_LOW, NOTHING },
    { "Removed", RECORD_AUDIT, 4, "Delete", SEVERITY_LOW, NOTHING },
    { "Remove", RECORD_AUDIT, 4, "Delete", SEVERITY_LOW, NOTHING },
    { NULL, RECORD_AUDIT, 3, "Update", SEVERITY_INFORMATIONAL, NOTHING },
};

/* By what happened to the request, or by how it stands. */
static const struct record_class request_classes[] = {
    { "Created", RECORD_REQUEST, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
    { "TicketAttached", RECORD_DECISION, 3, "Update", SEVERITY_INFORMATIONAL, NOTHING },
    { "Approved", RECORD_DECISION, 3, "Update", SEVERITY_LOW, AGREED },
    { "Denied", RECORD_DECISION, 3, "Update", SEVERITY_LOW, BLOCKED },
    { "Revoked", RECORD_DECISION, 3, "Update", SEVERITY_LOW, BLOCKED },
    { "Used", RECORD_DECISION, 3, "Update", SEVERITY_LOW, ALLOWED },
    { "Expired", RECORD_DECISION, 3, "Update", SEVERITY_INFORMATIONAL, NOTHING },
    { NULL, RECORD_REQUEST, 1, "Create", SEVERITY_INFORMATIONAL, NOTHING },
};
/* clang-format on */

static bool ends_with(struct slice text, const char *word)
{
    size_t length = strlen(word);
    return text.length >= length && memcmp(text.text + text.length - length, word, length) == 0;
}

/* In the form of an audit of the request, of its detail, or of a row of the list. */
static struct slice request_state(const struct json *request)
{
    static const char *const paths[] = { "change", "accessDecision.decision", "decision" };
    struct slice state = { 0 };
    for (size_t i = 0; i < COUNT_OF(paths) && state.length == 0; i++) {
        state = json_text_of(json_path(request, paths[i]));
    }
    return state;
}

static const struct record_class *class_by_name(const struct record_class *row, struct slice name)
{
    while (row->code != NULL && !slice_is(name, row->code)) {
        row++;
    }
    return row;
}

static const struct record_class *audit_class(const struct json *audit)
{
    struct slice type = json_text_of(json_get(audit, "auditType"));
    const struct record_class *row = audit_classes;
    while (row->code != NULL && !ends_with(type, row->code) &&
           !slice_starts_any_case(type, row->code)) {
        row++;
    }
    return row;
}

const struct record_class *record_class_of(enum feed feed, const struct json *document)
{
    switch (feed) {
    case FEED_ACTIVITY_AUDITS: return audit_class(document);
    case FEED_AUTHORIZATION_REQUESTS:
        return class_by_name(request_classes, request_state(document));
    case FEED_EVENTS:
    case FEED_COUNT:
    default: return class_by_name(event_classes, json_text_of(json_path(document, "event.code")));
    }
}

const struct json *format_changes(const struct json *audit)
{
    for (const struct json *member = audit->first; member != NULL; member = member->next) {
        if (member->type == JSON_OBJECT && member->first != NULL &&
            !slice_is(member->key, "errorInfo")) {
            return member;
        }
    }
    return NULL;
}
