#include <stdlib.h>

#include "store/copy.h"
#include "store/memory_file.h"
#include "store/sqlite.h"

struct store_copy {
    struct memory_image *image;
};

static enum result no_copy(struct error *error)
{
    return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a copy of the store");
}

static sqlite3 *connection_of(struct session *session)
{
    return ((struct sqlite_session *)session)->connection;
}

static enum result session_check(const struct session *session, struct error *error)
{
    return store_dialect(session->store)->one_server &&
                   memory_file_known(((const struct sqlite_session *)session)->connection)
               ? RESULT_OK
               : fail(error, RESULT_INVALID, NULL, "only a store in memory can be copied");
}

/* The image of what is committed: the transaction that reads keeps writers from changing it meanwhile. */
static enum result take_in_transaction(struct session *session, struct memory_image **out,
                                       struct error *error)
{
    int64_t tables = 0;
    TRY(store_int(session, &tables, error, "SELECT COUNT(*) FROM sqlite_schema", ""));
    if (tables == 0) {
        /* Back in it, sessions could not tell what is made next from what was there before. */
        return fail(error, RESULT_INVALID, NULL, "a store without tables can't be copied");
    }
    *out = memory_image_take(connection_of(session));
    return *out != NULL ? RESULT_OK : no_copy(error);
}

enum result store_copy_take(struct session *session, struct store_copy **out, struct error *error)
{
    TRY(session_check(session, error));
    struct store_copy *copy = calloc(1, sizeof(*copy)); /* lives as long as the caller wants it */
    if (copy == NULL) {
        return no_copy(error);
    }
    enum result result = session_begin(session, error);
    if (result == RESULT_OK) {
        result = take_in_transaction(session, &copy->image, error);
        session_rollback(session);
    }
    if (result != RESULT_OK) {
        store_copy_free(copy);
        return result;
    }
    *out = copy;
    return RESULT_OK;
}

enum result store_copy_put(struct session *session, const struct store_copy *copy,
                           struct error *error)
{
    TRY(session_check(session, error));
    TRY(session_run_script(session, "BEGIN EXCLUSIVE", error));
    int code = memory_image_put(connection_of(session), copy->image);
    session_rollback(session);
    return code == SQLITE_OK ? RESULT_OK : no_copy(error);
}

int64_t store_copy_bytes(const struct store_copy *copy)
{
    return memory_image_bytes(copy->image);
}

void store_copy_free(struct store_copy *copy)
{
    if (copy != NULL) {
        memory_image_free(copy->image);
        free(copy);
    }
}
