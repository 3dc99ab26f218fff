/* Roles: named sets of permissions that allow and deny. The built-in ones are a table; custom ones are stored. */
#ifndef ACCESS_ROLE_H
#define ACCESS_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/text.h"

struct arena;
struct session;

enum role_lists { ROLE_FINE = 1 << 0, ROLE_GLOBAL = 1 << 1 };
/* What a role may be given on; as stored. */
enum role_places {
    ROLE_ON_EVERYTHING = 1 << 0,
    ROLE_ON_GROUPS = 1 << 1,
    ROLE_ON_POLICIES = 1 << 2,
    ROLE_ANYWHERE = 7
};

enum { ROLE_NAME_CHARACTERS_MAX = 255, ROLE_PERMISSIONS_MAX = 256, ROLES_MAX = 1000 };

#define ROLE_ADMINISTRATOR "Administrator"

struct role_row {
    const char *name, *description;
    unsigned lists;     /* enum role_lists */
    unsigned places;    /* enum role_places */
    const char *allows; /* words Resource::Action; "*" for all, "*::Query" for all that read */
};
extern const struct role_row role_rows[];
extern const size_t role_row_count;

/* Writes the built-in roles as this release has them; their ids are made once and stay. In a write transaction. */
MUST_CHECK enum result roles_seed(struct session *session, struct arena *arena, int64_t now_us,
                                  struct error *error);

/* A custom role, new or (known id) anew. */
struct role_order {
    const char *id;
    struct slice name, description;
    struct slice allows, denies; /* words Resource::Action separated by blanks */
};
/* RESULT_INVALID names a permission that does not exist, RESULT_CONFLICT a name that is taken. */
MUST_CHECK enum result role_store(struct session *session, struct arena *arena, int64_t now_us,
                                  const struct role_order *order, struct error *error);

#endif
