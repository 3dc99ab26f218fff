/* Every permission there is. A new resource adds its rows here and names them in its route table. */
#include "access/permission.h"

/* clang-format off */
#define ROW(row_resource, row_action, row_area, row_level, row_kind, row_summary) \
    { .resource = row_resource, .action = row_action, .area = row_area, .level = row_level, .kind = row_kind, .summary = row_summary }
#define READS(resource, kind, summary)          ROW(resource, "Query", AREA_MANAGEMENT, LEVEL_READ, kind, summary)
#define WRITES(resource, action, kind, summary) ROW(resource, action, AREA_MANAGEMENT, LEVEL_FULL, kind, summary)
#define SETTINGS(resource, what) READS(resource, OBJECT_NONE, "See " what), WRITES(resource, "Modify", OBJECT_NONE, "Change " what)

const struct permission_row permission_rows[] = {
    READS("Group", OBJECT_GROUP, "See the group"),
    WRITES("Group", "Create", OBJECT_NONE, "Create groups"),
    WRITES("Group", "Modify", OBJECT_GROUP, "Change the group and which computers are in it"),
    WRITES("Group", "Delete", OBJECT_GROUP, "Delete the group"),
    WRITES("Group", "AssignPolicy", OBJECT_GROUP, "Give the group a policy, or take it away"),
    READS("Computer", OBJECT_GROUP, "See the computers of the group"),
    WRITES("Computer", "Authorise", OBJECT_GROUP, "Authorise and reject computers"),
    WRITES("Computer", "Modify", OBJECT_GROUP, "Archive computers and send them commands"),
    WRITES("Computer", "Delete", OBJECT_GROUP, "Delete and deactivate computers"),
    READS("Policy", OBJECT_POLICY, "See and download the policy"),
    WRITES("Policy", "Create", OBJECT_NONE, "Create policies"),
    WRITES("Policy", "Modify", OBJECT_POLICY, "Change the policy and store revisions"),
    WRITES("Policy", "Delete", OBJECT_POLICY, "Delete the policy"),
    { .resource = "Task", .action = "Query", .area = AREA_MANAGEMENT, .level = LEVEL_READ, .everybodys = true, .summary = "See every task, not only one's own" },
    { .resource = "User", .action = "Query", .area = AREA_MANAGEMENT, .level = LEVEL_READ, .everybodys = true, .summary = "See every user, not only oneself" },
    WRITES("User", "Create", OBJECT_NONE, "Create and invite users"),
    WRITES("User", "Modify", OBJECT_NONE, "Change, enable and disable users"),
    WRITES("User", "AssignRole", OBJECT_NONE, "Say what users may do"),
    { .resource = "UserPreferences", .action = "Modify", .area = AREA_MANAGEMENT, .level = LEVEL_FULL, .everybodys = true, .summary = "Change everybody's display preferences, not only one's own" },
    READS("Role", OBJECT_NONE, "See roles"),
    WRITES("Role", "Modify", OBJECT_NONE, "Make and change custom roles"),
    { .resource = "Definition", .action = "Query", .area = AREA_MANAGEMENT, .level = LEVEL_READ, .everybodys = true, .summary = "Download the API definition" },
    READS("AboutSettings", OBJECT_NONE, "See the versions of the parts"),
    SETTINGS("DomainSettings", "the accepted domains"),
    SETTINGS("AuthenticationProviderSettings", "the sign-in provider"),
    SETTINGS("APISettings", "API accounts"),
    SETTINGS("ComputerSettings", "the rules by which computers are archived, deleted and purged"),
    SETTINGS("AdapterInstaller", "what agents enrol with"),
    SETTINGS("AutoUpdateSettings", "the update settings of clients"),
    SETTINGS("AzureAdSettings", "the Entra ID connection"),
    READS("ClientInstaller", OBJECT_NONE, "Download client installers"),
    SETTINGS("SecuritySettings", "security settings"),
    SETTINGS("SIEMSettings", "SIEM targets"),
    SETTINGS("AuthorizationRequestSettings", "settings of application access requests"),
    SETTINGS("AdminAccessRequestSettings", "settings of admin access requests"),
    WRITES("AppSwitcher", "Modify", OBJECT_NONE, "Replace the list of sibling apps"),
    ROW("ActivityAudit", "Query", AREA_AUDIT, LEVEL_READ, OBJECT_NONE, "See what was changed by whom"),
    ROW("AuthorizationRequestAudit", "Query", AREA_AUDIT, LEVEL_READ, OBJECT_NONE, "See what became of requests"),
    ROW("Event", "Query", AREA_REPORTING, LEVEL_READ, OBJECT_GROUP, "Analyse the events of the group's computers"),
    ROW("AuthorizationRequest", "Query", AREA_JIT, LEVEL_READ, OBJECT_GROUP, "See application access requests"),
    ROW("AuthorizationRequest", "Approve", AREA_JIT, LEVEL_FULL, OBJECT_GROUP, "Decide application access requests"),
    ROW("AdminAccessRequest", "Query", AREA_JIT, LEVEL_READ, OBJECT_GROUP, "See admin access requests"),
    ROW("AdminAccessRequest", "Create", AREA_JIT, LEVEL_FULL, OBJECT_GROUP, "Ask for admin access on behalf of someone"),
    ROW("AdminAccessRequest", "Approve", AREA_JIT, LEVEL_FULL, OBJECT_GROUP, "Decide admin access requests"),
};
/* clang-format on */
const size_t permission_row_count = COUNT_OF(permission_rows);

const struct permission_row *permission_find(struct slice resource, struct slice action)
{
    for (size_t i = 0; i < permission_row_count; i++) {
        if (slice_is_any_case(resource, permission_rows[i].resource) &&
            slice_is_any_case(action, permission_rows[i].action)) {
            return &permission_rows[i];
        }
    }
    return NULL;
}
