/* Who changed what: entries that are written in the transaction of the change, never altered, and chained by
   hashes in the order of their commits. docs/audit.md has the bytes. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct ctx;

enum {
    AUDIT_NAME_BYTES_MAX = 1024,          /* of a user or an object; longer ones are cut */
    AUDIT_DETAILS_BYTES_MAX = 4096,       /* longer ones are cut */
    AUDIT_OBJECT_BYTES_MAX = 1024 * 1024, /* more is RESULT_TOO_LARGE */
    AUDIT_NAMES_MAX = 200,    /* of one map; how many there were is for the details to say */
    AUDIT_ID_MAX = INT32_MAX, /* what existing clients can hold */
};

struct audit_entry {
    const char *entity;       /* "Group", "Policy", "User", … */
    const char *entity_id;    /* or NULL: none, or many */
    struct slice entity_name; /* empty: none, or many */
    const char *type;         /* "GroupCreated": what happened, one word */
    struct slice details;     /* one sentence for people; audit_sentence */
    const char *object;       /* "groupDataAuditing", one of audit_object_names, or NULL */
    struct slice object_json; /* the object, from audit_changes_json; empty without one */
};

/* In the caller's transaction: an entry of ctx->principal about this change. Its id and moment are given when the
   transaction commits. RESULT_BUSY when one transaction has too many entries. */
MUST_CHECK enum result audit_write(struct ctx *ctx, const struct audit_entry *entry);

/* Instead of an entry: the operation found everything as it was asked to be, so there is nothing to tell. */
void audit_unchanged(struct ctx *ctx);

/* A text in the arena, for entry.details. Empty without memory, which the entry survives. */
struct slice audit_sentence(struct ctx *ctx, const char *format, ...) PRINTF_LIKE(2, 3);
/* "1 computer", "20 computers". */
const char *audit_count(struct ctx *ctx, size_t count, const char *noun);

/* How the members of an object are called. */
enum audit_naming {
    AUDIT_NEW_OLD,   /* newName, oldName */
    AUDIT_PLAIN_OLD, /* hostName, oldHostName */
};

/* The members of an entry's object, gathered in the arena; a failure shows in audit_changes_json. Only what differs
   is told. A slice without text is null. */
struct audit_changes {
    struct ctx *ctx;
    enum audit_naming naming;
    struct audit_member *first, *last;
    size_t count; /* members so far: 0 means that nothing changed */
    bool no_memory;
};
void audit_changes_init(struct audit_changes *changes, struct ctx *ctx, enum audit_naming naming);
/* `name` is the bare member: "Name", "IsDefault". */
void audit_change_text(struct audit_changes *changes, const char *name, struct slice now,
                       struct slice old);
void audit_change_int(struct audit_changes *changes, const char *name, int64_t now, int64_t old);
void audit_change_bool(struct audit_changes *changes, const char *name, bool now, bool old);
/* Of something new: the old value is null. */
void audit_new_bool(struct audit_changes *changes, const char *name, bool now);
void audit_new_int(struct audit_changes *changes, const char *name, int64_t now);
/* A secret that changed: "***" on both sides, never the value. */
void audit_change_secret(struct audit_changes *changes, const char *name);
/* Under exactly this name, without an old value: "secretUpdated", "deleted", "newAnnotationNote". */
void audit_flag(struct audit_changes *changes, const char *member);
void audit_text(struct audit_changes *changes, const char *member, struct slice text);
/* A map id -> name under exactly this name: "newAgents". Pairs past AUDIT_NAMES_MAX are left out. */
void audit_map_add(struct audit_changes *changes, const char *member, const char *id,
                   struct slice name);
/* One more text of an array under exactly this name: "newDeletedAgents". At most AUDIT_NAMES_MAX. */
void audit_list_add(struct audit_changes *changes, const char *member, struct slice text);
/* A whole value under exactly this name: "roles". */
void audit_raw(struct audit_changes *changes, const char *member, struct slice json);
MUST_CHECK enum result audit_changes_json(struct audit_changes *changes, struct slice *out);

/* The usual ending: the entry with what changed, or without an object when nothing did. */
MUST_CHECK enum result audit_write_changes(struct ctx *ctx, struct audit_entry *entry,
                                           struct audit_changes *changes);

/* Every object an entry may carry, as the contract names them. */
extern const char *const audit_object_names[];
extern const size_t audit_object_count;

/* The values of changedBy; the index is stored. */
extern const char *const audit_doors[];
enum audit_door { AUDIT_BY_API, AUDIT_BY_PORTAL, AUDIT_BY_SYSTEM, AUDIT_DOORS };

#endif
