#include "resource/roles/roles_ops.h"

#include "base/uuid.h"
#include "resource/roles/roles.h"

/* GET Roles/{id}: a connector keeps the name as the id, so a name finds the role as well. */
enum result roles_get(struct ctx *ctx, const struct call *call, struct reply *reply)
{
    struct uuid id;
    struct role_found role;
    struct call by_id = *call;
    if (uuid_parse(call->ids[0], &id)) {
        by_id.ids[0] = slice_of(id.text);
        return op_get(ctx, &by_id, reply);
    }
    enum result result = role_load_named(ctx, call->ids[0], &role);
    if (result == RESULT_OK) {
        by_id.ids[0] = slice_of(role.id);
    }
    return result == RESULT_OK || result == RESULT_NOT_FOUND ? op_get(ctx, &by_id, reply) : result;
}
