/* The ids of one Configuration element, by kind, and the references that must meet one. Private to the folder. */
#ifndef POLICY_SCOPE_H
#define POLICY_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct scope;

enum { GUID_BYTES = 37 };

enum policy_kind {
    KIND_APPLICATION_GROUP,
    KIND_CONTENT_GROUP,
    KIND_URL_GROUP,
    KIND_MESSAGE_POLICY,
    KIND_OPTIONS_SET,
    KIND_FILE,
    KIND_WORKSTYLE,
    KIND_APPLICATION,
    KIND_CONTENT,
};

enum scope_put { SCOPE_NEW, SCOPE_TWICE, SCOPE_NO_MEMORY };

struct scope_reference {
    uint32_t line, column;
    const char *element, *attribute;
    const char *shown; /* the value, perhaps cut */
    enum policy_kind target;
    bool is_guid;
    char guid[GUID_BYTES];
    struct scope_reference *next;
};

/* NULL without memory. `outer` may be NULL. */
struct scope *scope_enter(struct arena *arena, struct scope *outer);
/* The outer one. */
struct scope *scope_leave(struct scope *scope);
bool scope_is_outer(const struct scope *scope);
enum scope_put scope_put(struct arena *arena, struct scope *scope, enum policy_kind kind,
                         const char guid[GUID_BYTES]);
/* Copies; false without memory. */
bool scope_refer(struct arena *arena, struct scope *scope, const struct scope_reference *reference);
/* Those that meet no id of their scope, in the order of the file; at its end. */
const struct scope_reference *scope_unresolved(struct scope *scope);

#endif
