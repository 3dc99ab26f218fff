#include "server/instance.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/principal.h"
#include "access/role.h"
#include "agent_api/agent_api.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/time.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "model/changes.h"
#include "store/migrate.h"
#include "store/store.h"

enum {
    INSTANCE_ARENA_BYTES = 1024 * 1024,
    WORK_ARENA_BYTES = 512 * 1024 * 1024,
    SECRET_CHARACTERS = 64,
    INSTALLATION_KEY_CHARACTERS = 40,
    CA_YEARS = 20,
    DAYS_A_YEAR = 365,
    PASSWD_BYTES = 4096,
};

/* --- settings ------------------------------------------------------------------------------------------------------ */

static enum result setting_read(struct session *session, struct arena *arena, const char *name,
                                struct slice *out, struct error *error)
{
    struct statement *row = NULL;
    TRY(store_row(session, &row, error, "SELECT value FROM setting WHERE name = $1", "t", name));
    struct slice value = statement_text(row, 0);
    char *copy = slice_dup(arena, value);
    *out = (struct slice){ copy, value.length };
    statement_reset(row);
    return copy == NULL ? fail(error, RESULT_NO_MEMORY, NULL, "no memory for the settings")
                        : RESULT_OK;
}

static enum result setting_write(struct session *session, const char *name, struct slice value,
                                 struct error *error)
{
    return store_run(
        session, error,
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", "ts",
        name, value);
}

/* --- first start --------------------------------------------------------------------------------------------------- */

static enum result secret_make(struct session *session, const char *name, struct error *error)
{
    char secret[SECRET_CHARACTERS + 1];
    random_alphanumeric(secret, SECRET_CHARACTERS);
    enum result result = setting_write(session, name, slice_of(secret), error);
    bytes_wipe(secret, sizeof(secret));
    return result;
}

static enum result ca_store(struct session *session, struct arena *arena, struct error *error)
{
    struct slice certificate;
    struct slice key;
    int64_t now_us = time_now_us();
    int64_t system_us = time_system_us(); /* a held clock's: it is good by both */
    int64_t from_us = now_us < system_us ? now_us : system_us;
    int64_t until_us = now_us < system_us ? system_us : now_us;
    TRY(ca_make(arena, "Reeve CA", from_us - US_PER_DAY,
                until_us + CA_YEARS * DAYS_A_YEAR * US_PER_DAY, &certificate, &key, error));
    TRY(setting_write(session, "ca.certificate", certificate, error));
    return setting_write(session, "ca.key", key, error);
}

static enum result installation_insert(struct session *session, struct error *error)
{
    char key[INSTALLATION_KEY_CHARACTERS + 1];
    struct uuid id;
    uuid_make(time_now_us(), &id);
    random_alphanumeric(key, INSTALLATION_KEY_CHARACTERS);
    return store_run(session, error,
                     "INSERT INTO installation (id, key_text, created) VALUES ($1, $2, $3)", "tti",
                     id.text, key, time_now_us());
}

/* Two servers that start at once on one PostgreSQL: the lock on the tally's row lets one of them through first. */
static enum result first_start(struct session *session, struct arena *arena, struct error *error)
{
    int64_t known = 0;
    struct uuid tenant;
    TRY(store_run(session, error, "UPDATE tally SET amount = amount WHERE name = 'computer'", ""));
    TRY(store_int(session, &known, error, "SELECT COUNT(*) FROM setting WHERE name = 'tenant.id'",
                  ""));
    if (known > 0) {
        return RESULT_OK;
    }
    uuid_make(time_now_us(), &tenant);
    TRY(setting_write(session, "tenant.id", slice_of(tenant.text), error));
    TRY(secret_make(session, "secret.key", error));
    TRY(secret_make(session, "agent.token_secret", error));
    TRY(ca_store(session, arena, error));
    return installation_insert(session, error);
}

static enum result keys_read(struct instance *instance, struct session *session,
                             struct error *error)
{
    struct slice tenant;
    struct arena *arena = instance->arena;
    struct server_keys *keys = &instance->keys;
    TRY(setting_read(session, arena, "tenant.id", &tenant, error));
    TRY(setting_read(session, arena, "secret.key", &keys->secret_key, error));
    TRY(setting_read(session, arena, "agent.token_secret", &keys->agent_token_secret, error));
    TRY(setting_read(session, arena, "ca.certificate", &keys->ca_certificate_pem, error));
    TRY(setting_read(session, arena, "ca.key", &keys->ca_key_pem, error));
    (void)snprintf(instance->rules.tenant_id, sizeof(instance->rules.tenant_id), "%s", tenant.text);
    return RESULT_OK;
}

static enum result prepare(struct instance *instance, struct error *error)
{
    struct session *session = NULL;
    TRY(store_migrate(instance->store, error));
    TRY(session_open(instance->store, SESSION_WRITE, &session, error));
    enum result result = session_begin(session, error);
    if (result == RESULT_OK) {
        result = first_start(session, instance->arena, error);
        if (result == RESULT_OK) {
            result = roles_seed(session, instance->arena, time_now_us(), error);
        }
        if (result == RESULT_OK) {
            result = changes_start(session, error);
        }
        if (result == RESULT_OK) {
            result = session_commit(session, error);
        } else {
            session_rollback(session);
        }
    }
    if (result == RESULT_OK) {
        result = keys_read(instance, session, error);
    }
    session_close(session);
    return result;
}

/* --- open ------------------------------------------------------------------------------------------------------------- */

static const struct rules usual_rules = {
    .disconnected_after_us = 15 * 60 * US_PER_SECOND,
    .command_life_us = 7 * US_PER_DAY,
    .check_in_interval_s = 300,
    .wait_max_s = 120,
    .bulk_at_once_max = 1000,
    .token_life_us = 3600 * US_PER_SECOND,
    .certificate_life_us = DAYS_A_YEAR * US_PER_DAY,
    .log_bytes_max = 16 * 1024 * 1024,
};

static enum result folder_make(const char *path, struct error *error)
{
    char reason[128];
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        return RESULT_OK;
    }
    return fail(error, RESULT_BROKEN, "data", "the data folder %s cannot be made: %s", path,
                strerror_r(errno, reason, sizeof(reason)));
}

static enum result folder_use(const char *path, struct instance *out, struct error *error)
{
    int length = snprintf(out->data_dir, sizeof(out->data_dir), "%s", path);
    if (length < 0 || (size_t)length >= sizeof(out->data_dir)) {
        return fail(error, RESULT_INVALID, "data", "the path of the data folder is too long");
    }
    return folder_make(path, error);
}

/* Anything else would be taken for the path of an SQLite file. It is not shown: it may have a password in it. */
static enum result database_check(const char *database, struct error *error)
{
    if (database == NULL || strncmp(database, "postgresql://", strlen("postgresql://")) == 0 ||
        strncmp(database, "postgres://", strlen("postgres://")) == 0) {
        return RESULT_OK;
    }
    return fail(error, RESULT_INVALID, "database",
                "--database must be an address like postgresql://USER@HOST/NAME; an SQLite store is"
                " named by --data DIR");
}

enum result instance_open(const char *data_dir, const char *database, struct instance *out,
                          struct error *error)
{
    char place[1100];
    *out = (struct instance){ .rules = usual_rules };
    TRY(database_check(database, error));
    if (data_dir == NULL) {
        (void)snprintf(place, sizeof(place), ":memory:");
    } else {
        TRY(folder_use(data_dir, out, error));
        (void)snprintf(place, sizeof(place), "%s/reeve.db", data_dir);
    }
    out->arena = arena_new(INSTANCE_ARENA_BYTES);
    if (out->arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory to start");
    }
    enum result result = store_open(database != NULL ? database : place, &out->store, error);
    if (result == RESULT_OK) {
        result = prepare(out, error);
    }
    if (result != RESULT_OK) {
        instance_close(out);
    }
    return result;
}

void instance_close(struct instance *instance)
{
    if (instance->store != NULL) {
        store_close(instance->store);
    }
    arena_free(instance->arena);
    *instance = (struct instance){ .store = NULL };
}

/* --- work ---------------------------------------------------------------------------------------------------------------- */

/* Whose command line this is. Behind sudo, who called it. */
static void name_actor(char *out, size_t room)
{
    const char *behind = getenv("SUDO_USER");
    struct passwd entry;
    struct passwd *found = NULL;
    char text[PASSWD_BYTES];
    bool known = behind != NULL && behind[0] != '\0';
    if (!known && getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) == 0 && found != NULL) {
        behind = entry.pw_name;
        known = true;
    }
    if (known) {
        (void)snprintf(out, room, "system (%.64s)", behind);
    } else {
        (void)snprintf(out, room, "system (user %u)", (unsigned)geteuid());
    }
}

static enum result work_run(struct instance *instance, struct session *session, instance_work *work,
                            void *argument, struct error *error)
{
    struct principal system = { .kind = PRINCIPAL_SYSTEM };
    struct arena *arena = arena_new(WORK_ARENA_BYTES);
    if (arena == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the work");
    }
    struct faults faults;
    faults_init(&faults, arena);
    if (instance->actor != NULL) {
        (void)snprintf(system.name, sizeof(system.name), "%s", instance->actor);
    } else {
        name_actor(system.name, sizeof(system.name));
    }
    struct ctx ctx = {
        .arena = arena,
        .session = session,
        .now_us = time_now_us(),
        .rules = &instance->rules,
        .principal = &system,
        .error = error,
        .faults = &faults,
        .keys = &instance->keys,
    };
    enum result result = work(&ctx, argument);
    arena_free(arena);
    return result;
}

enum result instance_write(struct instance *instance, instance_work *work, void *argument,
                           struct error *error)
{
    struct session *session = NULL;
    TRY(session_open(instance->store, SESSION_WRITE, &session, error));
    enum result result = session_begin(session, error);
    if (result == RESULT_OK) {
        result = work_run(instance, session, work, argument, error);
        if (result == RESULT_OK) {
            result = session_commit(session, error);
        } else {
            session_rollback(session);
        }
    }
    session_close(session);
    return result;
}

enum result instance_read(struct instance *instance, instance_work *work, void *argument,
                          struct error *error)
{
    struct session *session = NULL;
    TRY(session_open(instance->store, SESSION_READ, &session, error));
    enum result result = work_run(instance, session, work, argument, error);
    session_close(session);
    return result;
}

/* --- installation ---------------------------------------------------------------------------------------------------------- */

static enum result read_installation(struct ctx *ctx, void *argument)
{
    struct installation *out = argument;
    struct statement *row = NULL;
    TRY(store_row(ctx->session, &row, ctx->error,
                  "SELECT id, key_text FROM installation ORDER BY created DESC LIMIT 1", ""));
    struct slice id = statement_text(row, 0);
    struct slice key = statement_text(row, 1);
    (void)snprintf(out->id, sizeof(out->id), "%.*s", (int)id.length, id.text);
    (void)snprintf(out->key, sizeof(out->key), "%.*s", (int)key.length, key.text);
    statement_reset(row);
    return RESULT_OK;
}

static enum result audit_rotation(struct ctx *ctx, const struct installation *installation)
{
    struct audit_changes changes;
    struct audit_entry entry = { .entity = "InstallationKey",
                                 .entity_id = installation->id,
                                 .type = "RotateInstallationKey",
                                 .details = SLICE("Rotate the installation key"),
                                 .object = "installationKeyDataAuditing" };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_flag(&changes, "secretUpdated");
    return audit_write_changes(ctx, &entry, &changes);
}

static enum result rotate_installation(struct ctx *ctx, void *argument)
{
    char key[INSTALLATION_KEY_CHARACTERS + 1];
    random_alphanumeric(key, INSTALLATION_KEY_CHARACTERS);
    TRY(store_run(ctx->session, ctx->error, "UPDATE installation SET key_text = $1", "t", key));
    TRY(read_installation(ctx, argument));
    return audit_rotation(ctx, argument);
}

enum result installation_read(struct instance *instance, struct installation *out,
                              struct error *error)
{
    return instance_read(instance, read_installation, out, error);
}

enum result installation_rotate(struct instance *instance, struct installation *out,
                                struct error *error)
{
    return instance_write(instance, rotate_installation, out, error);
}
