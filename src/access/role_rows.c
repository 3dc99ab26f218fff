/* The built-in roles: the fine-grained ones that are given on groups, policies and settings, and the five global ones. */
#include "access/role.h"
#include "base/compiler.h"

/* clang-format off */
#define FINE(row_name, row_places, row_allows, row_description) \
    { .name = row_name, .lists = ROLE_FINE, .places = row_places, .allows = row_allows " Task::Query", .description = row_description }
#define SETTINGS_ROLE(row_name, row_allows, row_description) FINE(row_name, ROLE_ON_EVERYTHING, row_allows, row_description)
#define GLOBAL(row_name, row_allows, row_description) \
    { .name = row_name, .lists = ROLE_GLOBAL, .places = ROLE_ON_EVERYTHING, .allows = row_allows, .description = row_description }
#define SEES_PLACES    "About" "Settings::Query Definition::Query Role::Query"
#define GROUP_PLACES   ROLE_ON_EVERYTHING | ROLE_ON_GROUPS
#define POLICY_PLACES  ROLE_ON_EVERYTHING | ROLE_ON_POLICIES

const struct role_row role_rows[] = {
    { .name = ROLE_ADMINISTRATOR, .lists = ROLE_FINE | ROLE_GLOBAL, .places = ROLE_ANYWHERE, .allows = "*",
      .description = "Everything; on a group or policy: everything on it" },
    GLOBAL("Auditor", "*::Query", "Sees all groups, policies, requests, settings and audits, and changes nothing"),
    GLOBAL("Computer Manager", "Group::Query Group::Create Group::Modify Group::Delete Group::AssignPolicy "
           "Computer::Query Computer::Authorise Computer::Modify Computer::Delete Event::Query Policy::Query Task::Query " SEES_PLACES,
           "Creates, edits and sees all groups and their computers, assigns any policy, analyses, sees policies"),
    GLOBAL("Policy Manager", "Policy::Query Policy::Create Policy::Modify Policy::Delete Task::Query " SEES_PLACES,
           "Creates, edits and sees policies"),
    GLOBAL("Request Manager", "AuthorizationRequest::Query AuthorizationRequest::Approve AdminAccessRequest::Query "
           "AdminAccessRequest::Create AdminAccessRequest::Approve AuthorizationRequestAudit::Query Task::Query " SEES_PLACES,
           "Sees and decides requests"),

    FINE("Group Viewer", GROUP_PLACES, "Group::Query Computer::Query", "Sees the group and its computers"),
    FINE("Group Editor", GROUP_PLACES, "Group::Query Group::Modify Group::Delete Computer::Query Computer::Authorise Computer::Modify Computer::Delete", "Changes the group and its computers"),
    FINE("Group Policy Assigner", GROUP_PLACES, "Group::Query Group::AssignPolicy Computer::Query", "Assigns policies to the group"),
    FINE("Group Creator", ROLE_ON_EVERYTHING, "Group::Query Group::Create", "Creates groups"),
    FINE("Analytics", GROUP_PLACES, "Group::Query Computer::Query Event::Query", "Analyses the events of the group"),
    FINE("AuthorizationRequestViewer", GROUP_PLACES, "AuthorizationRequest::Query", "Sees application access requests"),
    FINE("AuthorizationRequestApprover", GROUP_PLACES, "AuthorizationRequest::Query AuthorizationRequest::Approve", "Decides application access requests"),
    FINE("AdminAccessRequestViewer", GROUP_PLACES, "AdminAccessRequest::Query", "Sees admin access requests"),
    FINE("AdminAccessRequestApprover", GROUP_PLACES, "AdminAccessRequest::Query AdminAccessRequest::Approve", "Decides admin access requests"),

    FINE("Policy Viewer", POLICY_PLACES, "Policy::Query", "Sees the policy"),
    FINE("Policy Editor", POLICY_PLACES, "Policy::Query Policy::Modify Policy::Delete", "Changes the policy"),
    FINE("Policy Creator", ROLE_ON_EVERYTHING, "Policy::Query Policy::Create", "Creates policies"),

    SETTINGS_ROLE("AboutSettingsViewer", "AboutSettings::Query", "Sees the versions of the parts"),
    SETTINGS_ROLE("ActivityAuditViewer", "ActivityAudit::Query AuthorizationRequestAudit::Query", "Sees what was changed by whom"),
    SETTINGS_ROLE("AdapterInstallerAdmin", "AdapterInstaller::Modify", "Changes what agents enrol with"),
    SETTINGS_ROLE("AdapterInstallerViewer", "AdapterInstaller::Query", "Sees what agents enrol with"),
    SETTINGS_ROLE("AdminAccessRequestSettingsAdmin", "AdminAccessRequestSettings::Modify", "Changes settings of admin access requests"),
    SETTINGS_ROLE("AdminAccessRequestSettingsViewer", "AdminAccessRequestSettings::Query", "Sees settings of admin access requests"),
    SETTINGS_ROLE("APISettingsAdmin", "APISettings::Modify AppSwitcher::Modify", "Changes API accounts"),
    SETTINGS_ROLE("APISettingsViewer", "APISettings::Query", "Sees API accounts"),
    SETTINGS_ROLE("AuthenticationProviderSettingsAdmin", "AuthenticationProviderSettings::Modify", "Changes the sign-in provider"),
    SETTINGS_ROLE("AuthenticationProviderSettingsViewer", "AuthenticationProviderSettings::Query", "Sees the sign-in provider"),
    SETTINGS_ROLE("AuthorizationRequestSettingsAdmin", "AuthorizationRequestSettings::Modify", "Changes settings of application access requests"),
    SETTINGS_ROLE("AuthorizationRequestSettingsViewer", "AuthorizationRequestSettings::Query", "Sees settings of application access requests"),
    SETTINGS_ROLE("AutoUpdateSettingsAdmin", "AutoUpdateSettings::Modify", "Changes update settings"),
    SETTINGS_ROLE("AutoUpdateSettingsViewer", "AutoUpdateSettings::Query", "Sees update settings"),
    SETTINGS_ROLE("AzureAdSettingsAdmin", "AzureAdSettings::Modify", "Changes the Entra ID connection"),
    SETTINGS_ROLE("AzureAdSettingsViewer", "AzureAdSettings::Query", "Sees the Entra ID connection"),
    SETTINGS_ROLE("ClientInstallerViewer", "ClientInstaller::Query", "Downloads client installers"),
    SETTINGS_ROLE("ComputerSettingsAdmin", "ComputerSettings::Modify", "Changes the management rules"),
    SETTINGS_ROLE("ComputerSettingsViewer", "ComputerSettings::Query", "Sees the management rules"),
    SETTINGS_ROLE("DomainSettingsAdmin", "DomainSettings::Modify", "Changes the accepted domains"),
    SETTINGS_ROLE("DomainSettingsViewer", "DomainSettings::Query", "Sees the accepted domains"),
    SETTINGS_ROLE("SecuritySettingsAdmin", "SecuritySettings::Modify", "Changes security settings"),
    SETTINGS_ROLE("SecuritySettingsViewer", "SecuritySettings::Query", "Sees security settings"),
    SETTINGS_ROLE("SIEMSettingsAdmin", "SIEMSettings::Modify", "Changes SIEM targets"),
    SETTINGS_ROLE("SIEMSettingsViewer", "SIEMSettings::Query", "Sees SIEM targets"),
    SETTINGS_ROLE("UserAdmin", "User::Query User::Create User::Modify UserPreferences::Modify Role::Query", "Invites, changes and disables users, but for administrators; says not what they may do"),
    SETTINGS_ROLE("UserViewer", "User::Query Role::Query", "Sees users and roles"),
};
/* clang-format on */
const size_t role_row_count = COUNT_OF(role_rows);
