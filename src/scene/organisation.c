/* Who runs the place: accepted domains, roles, users, API accounts, management rules, policies, groups. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/account.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "base/time.h"
#include "resource/roles/roles.h"
#include "resource/users/users.h"
#include "scene/cast.h"
#include "scene/rulebook.h"
#include "scene/stage.h"
#include "server/instance.h"
#include "store/store.h"

enum { BODY_BYTES = 1024, POLICY_BYTES = 1024 * 1024 };

#define US_PER_MINUTE (60 * US_PER_SECOND)

/* --- what is done one after the other ------------------------------------------------------------------ */

struct deed {
    const char *operation, *body;
};

static enum result do_all(struct stage *stage, int64_t *at_us, const struct deed *deeds,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct stage_call call = { deeds[i].operation, NULL, deeds[i].body, NULL };
        TRY(stage_api(stage, *at_us, 0, &call, NULL));
        *at_us += 7 * US_PER_MINUTE;
    }
    return RESULT_OK;
}

/* clang-format off */
static const struct deed settings[] = {
    { "AcceptedDomains_Create", "{\"domain\":\"corp.example.com\"}" },
    { "AcceptedDomains_Create", "{\"domain\":\"example.org\"}" },
    { "GlobalRoles_Create", "{\"name\":\"Service desk\",\"description\":\"Decides requests, sees computers\",\"allowPermissions\":[{\"resource\":\"Computer\",\"action\":\"Query\"},{\"resource\":\"Group\",\"action\":\"Query\"},{\"resource\":\"AuthorizationRequest\",\"action\":\"Query\"},{\"resource\":\"AuthorizationRequest\",\"action\":\"Approve\"},{\"resource\":\"AdminAccessRequest\",\"action\":\"Query\"},{\"resource\":\"AdminAccessRequest\",\"action\":\"Approve\"}],\"denyPermissions\":[{\"resource\":\"Computer\",\"action\":\"Delete\"}]}" },
    { "GlobalRoles_Create", "{\"name\":\"Change reviewer\",\"description\":\"Reads what was changed\",\"allowPermissions\":[{\"resource\":\"ActivityAudit\",\"action\":\"Query\"},{\"resource\":\"AuthorizationRequestAudit\",\"action\":\"Query\"},{\"resource\":\"User\",\"action\":\"Query\"}],\"denyPermissions\":[]}" },
    { "ManagementRules_Create", "{\"name\":\"Archive after a quarter\",\"action\":\"Archive\",\"days\":90,\"enabled\":false}" },
    { "ManagementRules_Create", "{\"name\":\"Delete what was archived\",\"action\":\"Delete\",\"days\":365,\"enabled\":false}" },
};

/* Who works with the server; the first is the administrator who set it up. */
static const struct {
    const char *role;
    const char *zone, *language, *format;
    bool disabled;
} staff[] = {
    { NULL, "Europe/London", "en", "DD/MM/YYYY HH:mm:ss", false },
    { "Administrator", "Europe/Berlin", "de", "DD/MM/YYYY HH:mm:ss", false },
    { "Service desk", "Europe/London", "en", "DD/MM/YYYY HH:mm:ss", false },
    { "Service desk", "Europe/Madrid", "es", "DD/MM/YYYY HH:mm:ss", false },
    { "Auditor", "America/New_York", "en", "MM/DD/YYYY HH:mm:ss", false },
    { "Group Viewer", "Europe/Paris", "fr", "DD/MM/YYYY HH:mm:ss", false },
    { "Service desk", "Asia/Tokyo", "ja", "YYYY/MM/DD HH:mm:ss", true },
    { "Change reviewer", "Europe/London", "en", "DD/MM/YYYY HH:mm:ss", false },
};

static const struct { const char *name, *client_id, *about; enum level levels[AREA_COUNT]; } programs[] = {
    { "Service desk connector", "itsm-connector", "Tickets for requests", { [AREA_JIT] = LEVEL_FULL, [AREA_MANAGEMENT] = LEVEL_READ } },
    { "SIEM collector", "siem-collector", "Polls events and audits", { [AREA_AUDIT] = LEVEL_READ, [AREA_REPORTING] = LEVEL_READ, [AREA_INSIGHT] = LEVEL_FULL } },
    { "Asset inventory", "asset-inventory", "Reads computers at night", { [AREA_MANAGEMENT] = LEVEL_READ } },
    { "Identity provisioning", "identity-provisioning", "Users by SCIM", { [AREA_SCIM] = LEVEL_FULL } },
};
/* clang-format on */

/* --- people ------------------------------------------------------------------------------------------------ */

static void remember_user(struct stage *stage, const char *id, const struct person *person)
{
    struct principal *user = &stage->users[stage->user_count++];
    *user = (struct principal){ .kind = PRINCIPAL_USER };
    (void)snprintf(user->id, sizeof(user->id), "%s", id);
    (void)snprintf(user->name, sizeof(user->name), "%s", person->email);
}

/* On the server itself, as `reeve user create --admin --accept-domain` does. */
static enum result first_administrator(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct person *person = argument;
    const struct user_order order = { .email = slice_of(person->email),
                                      .display_name = slice_of(person->name),
                                      .time_zone = slice_of(staff[0].zone),
                                      .language = slice_of(staff[0].language),
                                      .date_format = slice_of(staff[0].format) };
    const struct user_rights rights = { .admin = SAID_YES };
    struct user user;
    const char *id = NULL;
    TRY(user_create(ctx, &order, &id));
    TRY(user_load(ctx, id, &user));
    TRY(user_set_rights(ctx, &user, &rights));
    remember_user(stage, id, person);
    return RESULT_OK;
}

struct role_wanted {
    const char *name;
    char id[UUID_TEXT_BYTES];
    bool is_global;
};

static enum result find_role(struct stage *stage, struct ctx *ctx, void *argument)
{
    struct role_wanted *wanted = argument;
    struct role_found role;
    (void)stage;
    TRY(role_load_named(ctx, slice_of(wanted->name), &role));
    (void)snprintf(wanted->id, sizeof(wanted->id), "%s", role.id);
    wanted->is_global = role.is_global;
    return RESULT_OK;
}

static enum result make_user(struct stage *stage, int64_t at_us, size_t number)
{
    struct role_wanted role = { .name = staff[number].role };
    struct person person;
    char body[BODY_BYTES];
    char id[UUID_TEXT_BYTES];
    person_of(number, &person);
    TRY(stage_do(stage, at_us, SCENE_SYSTEM, find_role, &role));
    bool admin = strcmp(role.name, "Administrator") == 0;
    (void)snprintf(body, sizeof(body),
                   "{\"emailAddress\":\"%s\",\"olsonTimeZoneId\":\"%s\",\"language\":\"%s\","
                   "\"dateTimeDisplayFormat\":\"%s\",\"admin\":%s,\"%s\":[%s\"%s\"%s]}",
                   person.email, staff[number].zone, staff[number].language, staff[number].format,
                   admin ? "true" : "false", role.is_global ? "globalRolesIds" : "roleResource",
                   role.is_global ? "" : "{\"roleIds\":[", role.id, role.is_global ? "" : "]}");
    const struct stage_call create = { "Users_Create", NULL, body, NULL };
    TRY(stage_api(stage, at_us, 0, &create, id));
    remember_user(stage, id, &person);
    return RESULT_OK;
}

/* Who may sign in has done so, some days ago at most. */
static enum result sign_in(struct stage *stage, struct ctx *ctx, void *argument)
{
    (void)argument;
    for (size_t i = 0; i < stage->user_count; i++) {
        int64_t at_us = stage->options->now_us - (int64_t)(i * i + 1) * 5 * 3600 * US_PER_SECOND;
        if (!staff[i].disabled) {
            TRY(store_run(ctx->session, ctx->error,
                          "UPDATE user_account SET last_signed_in = $2 WHERE id = $1", "ti",
                          stage->users[i].id, at_us));
        }
    }
    return RESULT_OK;
}

static enum result make_users(struct stage *stage, int64_t *at_us)
{
    /* Nobody is there yet, so the first domain is the system's doing. */
    static const struct deed domain[] = { { "AcceptedDomains_Create",
                                            "{\"domain\":\"example.com\"}" } };
    struct person first;
    person_of(0, &first);
    TRY(do_all(stage, at_us, domain, COUNT_OF(domain)));
    TRY(stage_do(stage, *at_us, SCENE_SYSTEM, first_administrator, &first));
    *at_us += US_PER_MINUTE;
    TRY(do_all(stage, at_us, settings, COUNT_OF(settings)));
    for (size_t i = 1; i < COUNT_OF(staff); i++) {
        TRY(make_user(stage, *at_us, i));
        *at_us += 11 * US_PER_MINUTE;
    }
    for (size_t i = 1; i < COUNT_OF(staff); i++) {
        const struct stage_call disable = { "Users_Disable", stage->users[i].id, NULL, NULL };
        *at_us += US_PER_MINUTE;
        TRY(staff[i].disabled ? stage_api(stage, *at_us, 0, &disable, NULL) : RESULT_OK);
    }
    return stage_do(stage, *at_us, SCENE_SYSTEM, sign_in, NULL);
}

/* --- programs ------------------------------------------------------------------------------------------------ */

static enum result make_account(struct stage *stage, struct ctx *ctx, void *argument)
{
    size_t number = *(const size_t *)argument;
    struct account_made made;
    struct account_order order = { .name = programs[number].name,
                                   .description = programs[number].about,
                                   .client_id = programs[number].client_id };
    memcpy(order.levels, programs[number].levels, sizeof(order.levels));
    TRY(account_create(ctx->session, ctx->keys->secret_key, ctx->now_us, &order, &made,
                       ctx->error));
    if (number == 0) {
        stage->itsm = (struct principal){ .kind = PRINCIPAL_API_ACCOUNT };
        (void)snprintf(stage->itsm.id, sizeof(stage->itsm.id), "%s", made.id);
        (void)snprintf(stage->itsm.name, sizeof(stage->itsm.name), "%s", order.name);
        (void)snprintf(stage->itsm.client_id, sizeof(stage->itsm.client_id), "%s", made.client_id);
        memcpy(stage->itsm.levels, order.levels, sizeof(stage->itsm.levels));
    }
    struct audit_changes changes;
    struct audit_entry entry = {
        .entity = "ApiClient",
        .entity_id = made.id,
        .entity_name = slice_of(order.name),
        .type = "CreateApiAccount",
        .details = audit_sentence(ctx, "Create API account \"%s\"", order.name),
        .object = "apiClientDataAuditing",
    };
    const struct slice none = { 0 };
    audit_changes_init(&changes, ctx, AUDIT_NEW_OLD);
    audit_change_text(&changes, "Name", slice_of(order.name), none);
    audit_change_text(&changes, "Description", slice_of(order.description), none);
    return audit_write_changes(ctx, &entry, &changes);
}

/* --- policies and groups --------------------------------------------------------------------------------------- */

static struct slice document_of(struct stage *stage, int64_t policy, int64_t revision,
                                struct buffer *out)
{
    buffer_init(out, POLICY_BYTES);
    policy_write(stage->options->seed, policy, revision, out);
    return buffer_slice(out);
}

struct revision_work {
    const char *policy_id;
    char *revision_id;
};

static enum result read_newest(struct stage *stage, struct ctx *ctx, void *argument)
{
    const struct revision_work *work = argument;
    struct statement *row = NULL;
    (void)stage;
    TRY(store_row(
        ctx->session, &row, ctx->error,
        "SELECT id FROM policy_revision WHERE policy_id = $1 ORDER BY revision DESC LIMIT 1", "t",
        work->policy_id));
    struct slice id = statement_text(row, 0);
    (void)snprintf(work->revision_id, UUID_TEXT_BYTES, "%.*s", (int)id.length, id.text);
    statement_reset(row);
    return RESULT_OK;
}

static enum result make_policy(struct stage *stage, int64_t at_us, int64_t number)
{
    struct stage_policy *policy = &stage->policies[number];
    struct buffer document;
    arena_reset(stage->arena);
    const char *name = policy_name(stage->arena, number);
    (void)snprintf(policy->name, sizeof(policy->name), "%s", name == NULL ? "Policy" : name);
    const struct form_field fields[] = {
        { .name = SLICE("Name"), .value = slice_of(policy->name) },
        { .name = SLICE("Description"), .value = slice_of(policy_about(number)) },
        { .name = SLICE("PolicyFile"),
          .file_name = SLICE("policy.xml"),
          .value = document_of(stage, number, 1, &document),
          .is_file = true },
    };
    const struct form_fields form = { fields, COUNT_OF(fields) };
    const struct stage_call call = { "Policies_Create", NULL, NULL, &form };
    enum result result = stage_api(stage, at_us, (int)(number % 2), &call, policy->id);
    buffer_done(&document);
    TRY(result);
    policy->revision = 1;
    struct revision_work newest = { policy->id, policy->first_revision };
    TRY(stage_do(stage, at_us, SCENE_SYSTEM, read_newest, &newest));
    memcpy(policy->newest_revision, policy->first_revision, sizeof(policy->newest_revision));
    return RESULT_OK;
}

static enum result add_revision(struct stage *stage, int64_t at_us, int64_t number, bool assigns)
{
    struct stage_policy *policy = &stage->policies[number];
    struct buffer document;
    const struct form_field fields[] = {
        { .name = SLICE("PolicyFile"),
          .file_name = SLICE("policy.xml"),
          .value = document_of(stage, number, policy->revision + 1, &document),
          .is_file = true },
        { .name = SLICE("AutoAssignPolicyRevision"),
          .value = assigns ? SLICE("true") : SLICE("false") },
    };
    const struct form_fields form = { fields, COUNT_OF(fields) };
    const struct stage_call call = { "Policies_Upload", policy->id, NULL, &form };
    enum result result = stage_api(stage, at_us, 1, &call, NULL);
    buffer_done(&document);
    TRY(result);
    policy->revision++;
    struct revision_work newest = { policy->id, policy->newest_revision };
    return stage_do(stage, at_us, SCENE_SYSTEM, read_newest, &newest);
}

/* clang-format off */
static const struct { const char *name, *about; } groups[] = {
    { "Office workstations", "Desks and laptops of all offices" },
    { "Servers", "Everything in the racks" },
    { "Engineering", "Build machines and developers" },
    { "Finance", "Accounting, closed in the first week of a month" },
    { "Field servers", "Servers outside of the computing centre" },
    { "Macs", "Macs of all departments" },
    { "Pilot", "Gets new revisions first" },
};
static const struct { const char *name, *about; } unassigned_group = { "Newcomers", "Waits for a policy" };
/* clang-format on */

static enum result make_group(struct stage *stage, int64_t at_us, int64_t number)
{
    struct stage_group *group = &stage->groups[number];
    bool last = stage->options->groups > 1 && number == stage->options->groups - 1;
    size_t index = (size_t)number % COUNT_OF(groups);
    char name[64];
    char body[BODY_BYTES];
    bool again = (size_t)number >= COUNT_OF(groups);
    (void)snprintf(name, sizeof(name), again ? "%s %" PRId64 : "%s", groups[index].name, number);
    (void)snprintf(body, sizeof(body), "{\"name\":\"%s\",\"description\":\"%s\"}",
                   last ? unassigned_group.name : name,
                   last ? unassigned_group.about : groups[index].about);
    const struct stage_call create = { "Groups_Create", NULL, body, NULL };
    TRY(stage_api(stage, at_us, 0, &create, group->id));
    group->policy = last ? -1 : number % stage->options->policies;
    return RESULT_OK;
}

static enum result assign_all(struct stage *stage, int64_t *at_us)
{
    char body[BODY_BYTES];
    for (int64_t i = 0; i < stage->options->groups; i++) {
        if (stage->groups[i].policy < 0) {
            continue;
        }
        (void)snprintf(body, sizeof(body), "{\"policyRevisionId\":\"%s\"}",
                       stage->policies[stage->groups[i].policy].newest_revision);
        const struct stage_call assign = { "Groups_AssignPolicyRevision", stage->groups[i].id, body,
                                           NULL };
        TRY(stage_api(stage, *at_us, 1, &assign, NULL));
        *at_us += 3 * US_PER_MINUTE;
    }
    return RESULT_OK;
}

enum result act_organisation(struct stage *stage, int64_t from_us)
{
    int64_t at_us = from_us;
    TRY(make_users(stage, &at_us));
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        at_us += 5 * US_PER_MINUTE;
        TRY(stage_do(stage, at_us, SCENE_SYSTEM, make_account, &i));
    }
    for (int64_t i = 0; i < stage->options->policies; i++) {
        at_us += 4 * US_PER_MINUTE;
        TRY(make_policy(stage, at_us, i));
    }
    for (int64_t i = 0; i < stage->options->groups; i++) {
        at_us += US_PER_MINUTE;
        TRY(make_group(stage, at_us, i));
    }
    return RESULT_OK;
}

/* The first revision goes to the groups as it is, later ones by themselves; the newest of some policies to none. */
enum result act_revisions(struct stage *stage, int64_t from_us)
{
    int64_t at_us = from_us;
    TRY(assign_all(stage, &at_us));
    const struct stage_call mark = { "Groups_MarkDefault", stage->groups[0].id, NULL, NULL };
    TRY(stage_api(stage, at_us, 0, &mark, NULL));
    int64_t apart_us =
        (stage->options->now_us - 20 * US_PER_DAY - at_us) / (stage->options->policies * 4 + 1);
    for (int64_t i = 0; i < stage->options->policies; i++) {
        for (int64_t k = 1; k < policy_revisions(i); k++) {
            at_us += apart_us;
            TRY(add_revision(stage, at_us, i, true));
        }
    }
    return RESULT_OK;
}
