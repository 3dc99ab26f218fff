#include "audit/check.h"

#include <string.h>

#include "audit/checkpoint.h"

void chain_check_init(struct chain_check *check, struct slice key_pem)
{
    *check = (struct chain_check){ .key_pem = key_pem };
    buffer_init(&check->scratch, CHAIN_BYTES_MAX);
}

void chain_check_done(struct chain_check *check)
{
    buffer_done(&check->scratch);
}

static enum result check_place(const struct chain_check *check, const struct chain_link *link,
                               struct error *error)
{
    long long wanted = (long long)check->last_id + 1;
    if (link->id > wanted) {
        return fail(error, RESULT_CONFLICT, NULL, "entry %lld is missing: after %lld comes %lld",
                    wanted, wanted - 1, (long long)link->id);
    }
    if (link->id < wanted) {
        return fail(error, RESULT_CONFLICT, NULL, "entry %lld stands where entry %lld should be",
                    (long long)link->id, wanted);
    }
    if (link->created_us <= check->last_created_us) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "entry %lld was altered: its moment is not after that of entry %lld", wanted,
                    wanted - 1);
    }
    return RESULT_OK;
}

static enum result check_signed(const struct chain_check *check, struct error *error)
{
    return check->last_id - check->signed_id <= CHECK_UNSIGNED_MAX
               ? RESULT_OK
               : fail(error, RESULT_CONFLICT, NULL,
                      "entry %lld and the %d behind it are not signed: checkpoints were removed",
                      (long long)check->signed_id + 1, CHECK_UNSIGNED_MAX);
}

enum result chain_check_entry(struct chain_check *check, const struct chain_link *link,
                              struct slice stored_hash, struct error *error)
{
    uint8_t hash[SHA256_BYTES];
    TRY(check_place(check, link, error));
    if (chain_hash(&check->scratch, check->hash, link, hash, NULL) != RESULT_OK) {
        return fail(error, RESULT_CONFLICT, NULL, "entry %lld was altered: none has over %d bytes",
                    (long long)link->id, CHAIN_BYTES_MAX);
    }
    if (stored_hash.length != sizeof(hash) || memcmp(stored_hash.text, hash, sizeof(hash)) != 0) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "entry %lld was altered: its hash does not fit its fields and what is before",
                    (long long)link->id);
    }
    memcpy(check->hash, hash, sizeof(hash));
    check->last_id = link->id;
    check->last_created_us = link->created_us;
    return check_signed(check, error);
}

enum result chain_check_checkpoint(struct chain_check *check, struct arena *arena, int64_t id,
                                   struct slice token, struct error *error)
{
    struct checkpoint checkpoint;
    struct error cause = { .field = NULL };
    enum result result = checkpoint_read(arena, token, check->key_pem, &checkpoint, &cause);
    if (result == RESULT_NO_MEMORY) {
        return fail(error, result, NULL, "%s", cause.text);
    }
    if (result != RESULT_OK) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "the checkpoint of entry %lld is not signed by the audit key: %s",
                    (long long)id, cause.text);
    }
    if (checkpoint.id != id || id != check->last_id) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "the checkpoint of entry %lld stands at entry %lld", (long long)checkpoint.id,
                    (long long)check->last_id);
    }
    if (memcmp(checkpoint.hash, check->hash, sizeof(check->hash)) != 0) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "entries %lld to %lld were altered: they do not lead to the hash that was "
                    "signed",
                    (long long)check->signed_id + 1, (long long)id);
    }
    check->signed_id = id;
    check->checkpoints++;
    return RESULT_OK;
}

enum result chain_check_end(struct chain_check *check, int64_t count, struct error *error)
{
    if (count > check->last_id) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "entry %lld is missing: there were %lld, and the last one is %lld",
                    (long long)check->last_id + 1, (long long)count, (long long)check->last_id);
    }
    if (count < check->last_id) {
        return fail(error, RESULT_CONFLICT, NULL,
                    "entry %lld was appended by somebody else: there are %lld entries of ours",
                    (long long)count + 1, (long long)count);
    }
    return RESULT_OK;
}
