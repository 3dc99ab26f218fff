#include "resource/roles/roles.h"

#include "base/arena.h"
#include "store/store.h"

#define ROLE_COLUMNS "SELECT id, name, places, is_global, built_in FROM role "

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the role");
}

static enum result role_read(struct ctx *ctx, struct statement *row, struct role_found *out)
{
    *out = (struct role_found){
        .id = slice_dup(ctx->arena, statement_text(row, 0)),
        .name = slice_dup(ctx->arena, statement_text(row, 1)),
        .places = (unsigned)statement_int(row, 2),
        .is_global = statement_int(row, 3) != 0,
        .built_in = statement_int(row, 4) != 0,
    };
    statement_reset(row);
    return out->id == NULL || out->name == NULL ? no_memory(ctx) : RESULT_OK;
}

enum result role_load(struct ctx *ctx, const char *id, struct role_found *out)
{
    struct statement *row = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error, ROLE_COLUMNS "WHERE id = $1", "t", id);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no role with the id %s", id);
    }
    TRY(result);
    return role_read(ctx, row, out);
}

enum result role_load_named(struct ctx *ctx, struct slice name, struct role_found *out)
{
    struct statement *row = NULL;
    const char *key = slice_fold(ctx->arena, slice_trim(name));
    if (key == NULL) {
        return no_memory(ctx);
    }
    enum result result =
        store_row(ctx->session, &row, ctx->error, ROLE_COLUMNS "WHERE name_key = $1", "t", key);
    if (result == RESULT_NOT_FOUND) {
        return fail(ctx->error, RESULT_NOT_FOUND, NULL, "there is no role \"%.100s\"", key);
    }
    TRY(result);
    return role_read(ctx, row, out);
}
