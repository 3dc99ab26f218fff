#include "agent/policy_store.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/state_dir.h"
#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "json/read.h"
#include "json/write.h"
#include "policy/policy.h"

#define FOLDER "policy"
#define RECORD FOLDER "/current.json"
#define LINK   "policy.xml"

enum { NAME_BYTES = 64, RECORD_BYTES_MAX = 8192 };

static void document_name(const char *revision_id, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, FOLDER "/%.36s.xml", revision_id);
}

static int64_t whole(const struct json *value)
{
    return json_is(value, JSON_INT) ? value->integer : 0;
}

static void copy_text(struct slice text, char *out, size_t room)
{
    size_t length = text.length < room - 1 ? text.length : room - 1;
    if (length > 0) {
        memcpy(out, text.text, length);
    }
    out[length] = '\0';
}

static enum result record_read(struct arena *arena, const char *dir, struct applied_policy *out,
                               struct error *error)
{
    static const struct json_limits limits = { .depth_max = 2, .values_max = 50 };
    struct slice bytes;
    const struct json *tree = NULL;
    TRY(state_read(arena, dir, RECORD, RECORD_BYTES_MAX, &bytes, error));
    TRY(json_parse(arena, bytes, &limits, &tree, error));
    if (!uuid_parse(json_text_of(json_get(tree, "revisionId")), &out->revision_id)) {
        return fail(error, RESULT_BROKEN, NULL, "the record of the policy is damaged");
    }
    if (!uuid_parse(json_text_of(json_get(tree, "policyId")), &out->policy_id)) {
        out->policy_id.text[0] = '\0';
    }
    copy_text(json_text_of(json_get(tree, "name")), out->name, sizeof(out->name));
    copy_text(json_text_of(json_get(tree, "sha256")), out->sha256, sizeof(out->sha256));
    out->revision = whole(json_get(tree, "revision"));
    out->applied_us = whole(json_get(tree, "appliedMicroseconds"));
    return RESULT_OK;
}

static enum result document_check(struct arena *arena, const char *dir,
                                  const struct applied_policy *policy)
{
    char name[NAME_BYTES];
    char sha256[SHA256_HEX_BYTES];
    struct slice bytes;
    document_name(policy->revision_id.text, name);
    TRY(state_read(arena, dir, name, POLICY_BYTES_MAX, &bytes, NULL));
    sha256_hex_of(bytes, sha256);
    return strcmp(sha256, policy->sha256) == 0 ? RESULT_OK : RESULT_BROKEN;
}

void policy_store_load(struct arena *arena, const char *dir, struct applied_policy *out)
{
    memset(out, 0, sizeof(*out));
    if (record_read(arena, dir, out, NULL) != RESULT_OK ||
        document_check(arena, dir, out) != RESULT_OK) {
        memset(out, 0, sizeof(*out));
    }
}

static enum result record_write(const char *dir, const struct applied_policy *policy,
                                struct error *error)
{
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, RECORD_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_member_text(&writer, "revisionId", policy->revision_id.text);
    json_member_text(&writer, "policyId", policy->policy_id.text);
    json_member_text(&writer, "name", policy->name);
    json_member_int(&writer, "revision", policy->revision);
    json_member_text(&writer, "sha256", policy->sha256);
    json_member_int(&writer, "appliedMicroseconds", policy->applied_us);
    json_end_object(&writer);
    enum result result = text.overflow ? fail(error, RESULT_NO_MEMORY, NULL, "no memory")
                                       : state_write(dir, RECORD, buffer_slice(&text), error);
    buffer_done(&text);
    return result;
}

/* policy.xml always names the whole document of the record; the record itself is what counts. */
static void link_set(const char *dir, const char *revision_id)
{
    char name[NAME_BYTES];
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    document_name(revision_id, name);
    int a = snprintf(path, sizeof(path), "%s/%s", dir, LINK);
    int b = snprintf(fresh, sizeof(fresh), "%s/%s.new", dir, LINK);
    if (a < 0 || (size_t)a >= sizeof(path) || b < 0 || (size_t)b >= sizeof(fresh)) {
        return;
    }
    (void)unlink(fresh);
    if (symlink(name, fresh) == 0 && rename(fresh, path) != 0) {
        (void)unlink(fresh);
    }
}

/* Documents of other revisions; `keep` NULL: all. */
static void documents_drop(const char *dir, const char *keep)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/" FOLDER, dir);
    DIR *list = length > 0 && (size_t)length < sizeof(path) ? opendir(path) : NULL;
    if (list == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        struct slice rest = slice_of(entry->d_name);
        struct slice id = slice_cut(&rest, '.');
        struct uuid revision;
        if (uuid_parse(id, &revision) && (keep == NULL || strcmp(revision.text, keep) != 0)) {
            (void)unlinkat(dirfd(list), entry->d_name, 0);
        }
    }
    (void)closedir(list);
}

static enum result folder_make(const char *dir, struct error *error)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/" FOLDER, dir);
    return length > 0 && (size_t)length < sizeof(path)
               ? state_dir_make(path, error)
               : fail(error, RESULT_INVALID, "state", "the path of the state folder is too long");
}

static enum result document_take(struct arena *arena, const char *dir, struct slice bytes,
                                 const struct applied_policy *policy, struct error *error)
{
    char name[NAME_BYTES];
    char sha256[SHA256_HEX_BYTES];
    sha256_hex_of(bytes, sha256);
    if (strcmp(sha256, policy->sha256) != 0) {
        return fail(error, RESULT_INVALID, NULL, "the document's SHA-256 is %s and should be %s",
                    sha256, policy->sha256);
    }
    struct policy_report *report = arena_alloc(arena, sizeof(*report));
    if (report == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the policy");
    }
    TRY(policy_check(arena, bytes, report, error));
    TRY(folder_make(dir, error));
    document_name(policy->revision_id.text, name);
    return state_write(dir, name, bytes, error);
}

enum result policy_store_apply(struct arena *arena, const char *dir, struct slice bytes,
                               struct applied_policy *policy, struct error *error)
{
    TRY(document_take(arena, dir, bytes, policy, error));
    policy->applied_us = time_now_us();
    TRY(record_write(dir, policy, error));
    link_set(dir, policy->revision_id.text);
    documents_drop(dir, policy->revision_id.text);
    return RESULT_OK;
}

enum result policy_store_clear(const char *dir, struct error *error)
{
    TRY(folder_make(dir, error));
    state_remove(dir, LINK);
    state_remove(dir, RECORD);
    documents_drop(dir, NULL);
    return RESULT_OK;
}
