#include "agent/identity.h"

#include "agent/state_dir.h"
#include "base/arena.h"
#include "crypto/key.h"
#include "json/read.h"
#include "json/write.h"

static const struct json_limits limits = { .depth_max = 4, .values_max = 100 };

static enum result text_of(struct arena *arena, const struct json *tree, const char *name,
                           const char **out)
{
    *out = slice_dup(arena, json_text_of(json_get(tree, name)));
    return *out == NULL ? RESULT_NO_MEMORY : RESULT_OK;
}

static enum result texts_read(struct arena *arena, const struct json *tree, struct identity *out)
{
    TRY(text_of(arena, tree, "server", &out->server));
    TRY(text_of(arena, tree, "caFile", &out->ca_file));
    TRY(text_of(arena, tree, "installationId", &out->installation_id));
    TRY(text_of(arena, tree, "installationKey", &out->installation_key));
    TRY(text_of(arena, tree, "groupId", &out->group_id));
    return text_of(arena, tree, "computerId", &out->computer_id);
}

enum result identity_load(struct arena *arena, const char *dir, struct identity *out,
                          struct error *error)
{
    struct slice bytes;
    const struct json *tree = NULL;
    TRY(state_read(arena, dir, IDENTITY_FILE, STATE_FILE_BYTES_MAX, &bytes, error));
    TRY(json_parse(arena, bytes, &limits, &tree, error));
    if (texts_read(arena, tree, out) != RESULT_OK) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the identity");
    }
    out->key_pem = json_text_of(json_get(tree, "key"));
    out->certificate_pem = json_text_of(json_get(tree, "certificate"));
    out->ca_certificate_pem = json_text_of(json_get(tree, "caCertificate"));
    const struct json *base = json_get(tree, "sequenceBase");
    out->sequence_base = json_is(base, JSON_INT) ? base->integer : 0;
    if (out->server[0] == '\0' || out->computer_id[0] == '\0' || out->key_pem.length == 0) {
        return fail(error, RESULT_BROKEN, NULL, "%s/%s is damaged: enrol with --force", dir,
                    IDENTITY_FILE);
    }
    return RESULT_OK;
}

enum result identity_save(const char *dir, const struct identity *identity, struct error *error)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, STATE_FILE_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_member_text(&writer, "server", identity->server);
    json_member_text(&writer, "caFile", identity->ca_file);
    json_member_text(&writer, "installationId", identity->installation_id);
    json_member_text(&writer, "installationKey", identity->installation_key);
    json_member_text(&writer, "groupId", identity->group_id);
    json_member_text(&writer, "computerId", identity->computer_id);
    json_member_slice(&writer, "key", identity->key_pem);
    json_member_slice(&writer, "certificate", identity->certificate_pem);
    json_member_slice(&writer, "caCertificate", identity->ca_certificate_pem);
    json_member_int(&writer, "sequenceBase", identity->sequence_base);
    json_end_object(&writer);
    enum result result = text.overflow
                             ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for the identity")
                             : state_write(dir, IDENTITY_FILE, buffer_slice(&text), error);
    buffer_done(&text);
    return result;
}

enum result identity_pending_key(struct arena *arena, const char *dir, const char *file,
                                 struct slice *out_key_pem, struct error *error)
{
    enum result result = state_read(arena, dir, file, STATE_FILE_BYTES_MAX, out_key_pem, NULL);
    if (result == RESULT_OK && out_key_pem->length > 0) {
        return RESULT_OK;
    }
    TRY(key_make(arena, out_key_pem, error));
    return state_write(dir, file, *out_key_pem, error);
}
