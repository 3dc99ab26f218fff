/* What the files of this folder share. */
#ifndef RESOURCE_USERS_USERS_PARTS_H
#define RESOURCE_USERS_USERS_PARTS_H

#include "model/operation.h"
#include "resource/users/users.h"

extern const struct shape user_detail;
extern const struct shape user_role_resource_shape;
extern const struct shape permission_explanation_shape;

operation_call users_create;
operation_call users_modify;
operation_call users_assign_roles;
operation_call users_disable;
operation_call users_enable;
operation_call users_preferences;
operation_call users_resend_invite;
operation_call users_explain;

/* --- rules without I/O ------------------------------------------------------------------------ */

enum { EMAIL_CHARACTERS_MAX = 254, PREFERENCE_CHARACTERS_MAX = 64 };

/* Where the @ is, when what stands before it may stand there; 0: it is no address. */
size_t email_split(struct slice email);
/* The name as the IANA database has it, for any letter case; NULL when there is none. */
const char *zone_find(struct slice name);
/* Two letters of ISO 639-1, in any letter case. */
bool language_code_is_known(struct slice code);
/* A language code like en or en-GB. */
bool language_is_known(struct slice code);

/* What may be done to a user in a state. */
enum user_step { USER_DISABLE, USER_ENABLE, USER_INVITE };
enum user_outcome { USER_DONE, USER_NO_CHANGE, USER_NEVER };
enum user_outcome user_may(const struct user *user, enum user_step step);

#endif
