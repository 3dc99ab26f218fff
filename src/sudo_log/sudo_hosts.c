#include "sudo_log/sudo_hosts.h"

#include <ctype.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "model/operation.h"
#include "resource/computers/computers.h"
#include "store/store.h"

bool sudo_host_is_name(struct slice name)
{
    enum { NAME_BYTES_MAX = 255 };
    for (size_t i = 0; i < name.length; i++) {
        unsigned char byte = (unsigned char)name.text[i];
        if (!isalnum(byte) && (byte == '\0' || strchr("-_.:", byte) == NULL)) {
            return false;
        }
    }
    return name.length > 0 && name.length <= NAME_BYTES_MAX;
}

/* --- looking ---------------------------------------------------------------------------------------------------- */

/* An agent on the same host reports what sudo does, too: nothing may come twice. */
static enum result has_agent(struct ctx *ctx, const char *host_key, bool *out)
{
    int64_t count = 0;
    TRY(store_int(ctx->session, &count, ctx->error,
                  "SELECT COUNT(*) FROM computer c JOIN computer_identity i ON i.computer_id = c.id"
                  " WHERE c.host_key = $1 AND c.deleted_on = 0 AND c.archived = 0"
                  " AND c.authorisation_state < 2",
                  "t", host_key));
    *out = count > 0;
    return RESULT_OK;
}

static enum result mapped_id(struct ctx *ctx, const char *host_key, const char **out)
{
    struct statement *row = NULL;
    enum result result =
        store_row(ctx->session, &row, ctx->error,
                  "SELECT computer_id FROM sudo_host WHERE host_key = $1", "t", host_key);
    *out = NULL;
    if (result == RESULT_NOT_FOUND) {
        return RESULT_OK;
    }
    TRY(result);
    *out = slice_dup(ctx->arena, statement_text(row, 0));
    statement_reset(row);
    return *out != NULL ? RESULT_OK
                        : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for a host");
}

static enum sudo_outcome refusal_of(const struct computer *computer)
{
    if (computer->authorisation == COMPUTER_REJECTED) {
        return SUDO_REFUSED_REJECTED;
    }
    bool gone = computer->archived || computer->authorisation == COMPUTER_DEACTIVATED;
    return gone ? SUDO_REFUSED_ARCHIVED : SUDO_STORED;
}

/* `out_deleted_id`: the computer that the host was, when it was deleted; else NULL. */
static enum result host_look(struct ctx *ctx, struct sudo_host *host, const char **out_deleted_id)
{
    const char *id = NULL;
    struct computer computer;
    bool agent = false;
    *out_deleted_id = NULL;
    host->computer_id = NULL;
    host->group_id = NULL;
    host->refused = SUDO_STORED;
    TRY(has_agent(ctx, host->key, &agent));
    if (agent) {
        host->refused = SUDO_REFUSED_AGENT;
        return RESULT_OK;
    }
    TRY(mapped_id(ctx, host->key, &id));
    if (id == NULL) {
        return RESULT_OK;
    }
    TRY(computer_load(ctx, id, &computer));
    if (computer.deleted) {
        *out_deleted_id = id;
        return RESULT_OK; /* who comes back after that is new */
    }
    host->computer_id = computer.id;
    host->group_id = computer.group_id;
    host->refused = refusal_of(&computer);
    return RESULT_OK;
}

enum result sudo_host_look(struct ctx *ctx, struct sudo_host *host)
{
    const char *deleted_id = NULL;
    return host_look(ctx, host, &deleted_id);
}

/* --- making ----------------------------------------------------------------------------------------------------- */

/* Nobody may fill the list of computers: a source has a bound, and all sources together have one on what waits. */
static enum result has_room(struct ctx *ctx, const char *source, uint32_t hosts_max, bool *out)
{
    int64_t brought = 0;
    int64_t pending = 0;
    TRY(store_int(ctx->session, &brought, ctx->error,
                  "SELECT COUNT(*) FROM sudo_host h JOIN computer c ON c.id = h.computer_id"
                  " WHERE h.source = $1 AND c.deleted_on = 0",
                  "t", source));
    TRY(store_int(ctx->session, &pending, ctx->error,
                  "SELECT COUNT(*) FROM sudo_host h JOIN computer c ON c.id = h.computer_id"
                  " WHERE c.deleted_on = 0 AND c.authorisation_state = 0",
                  ""));
    *out = brought < (int64_t)hosts_max && pending < SUDO_PENDING_MAX;
    return RESULT_OK;
}

static enum result note_appeared(struct ctx *ctx, const struct sudo_host *host,
                                 const struct computer *computer)
{
    const char *state = computer->authorisation == COMPUTER_AUTHORISED ? "Authorised" : "Pending";
    struct audit_changes changes;
    struct slice none = { .length = 0 };
    struct audit_entry entry = {
        .entity = "Agent",
        .entity_id = computer->id,
        .entity_name = slice_of(host->name),
        .type = "EnrolComputer",
        .details = audit_sentence(ctx, "Computer \"%s\" appeared with its sudo log, sent by %s: %s",
                                  host->name, host->source, state),
        .object = "agentDataAuditing",
    };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "AgentId", slice_of(computer->id), none);
    audit_change_text(&changes, "HostType", SLICE("Linux"), none);
    audit_change_text(&changes, "ComputerGroupId", slice_of(computer->group_id), none);
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result map_to(struct ctx *ctx, const struct sudo_host *host, const char *old_id,
                          const char *id)
{
    TRY(old_id == NULL
            ? store_run(ctx->session, ctx->error,
                        "INSERT INTO sudo_host (host_key, computer_id, source) VALUES ($1, $2, $3)"
                        " ON CONFLICT (host_key) DO NOTHING",
                        "ttt", host->key, id, host->source)
            : store_run(ctx->session, ctx->error,
                        "UPDATE sudo_host SET computer_id = $2, source = $3"
                        " WHERE host_key = $1 AND computer_id = $4",
                        "tttt", host->key, id, host->source, old_id));
    return session_affected(ctx->session) == 1
               ? RESULT_OK
               : fail(ctx->error, RESULT_BUSY, NULL, "another server was faster with this host");
}

enum result sudo_host_make(struct ctx *ctx, uint32_t hosts_max, struct sudo_host *host)
{
    const char *old_id = NULL;
    struct computer computer;
    bool room = false;
    TRY(host_look(ctx, host, &old_id));
    if (host->computer_id != NULL || host->refused != SUDO_STORED) {
        return RESULT_OK;
    }
    TRY(has_room(ctx, host->source, hosts_max, &room));
    if (!room) {
        host->refused = SUDO_REFUSED_HOSTS;
        return RESULT_OK;
    }
    const struct computer_enrolment order = { .host = slice_of(host->name),
                                              .host_type = HOST_LINUX };
    /* Not looked up anew: what another server has made meanwhile would be taken from it. */
    TRY(computer_enrol(ctx, &order, &computer));
    TRY(map_to(ctx, host, old_id, computer.id));
    TRY(note_appeared(ctx, host, &computer));
    host->computer_id = computer.id;
    host->group_id = computer.group_id;
    return RESULT_OK;
}
