#include "resource/all.h"

#include "resource/accepted_domains/accepted_domains.h"
#include "resource/activity_audits/activity_audits.h"
#include "resource/admin_access_requests/admin_access_requests.h"
#include "resource/api_accounts/api_accounts.h"
#include "resource/app_switcher/app_switcher.h"
#include "resource/assignments/assignments.h"
#include "resource/authentication_provider/authentication_provider.h"
#include "resource/authorization_request_audits/authorization_request_audits.h"
#include "resource/authorization_requests/authorization_requests.h"
#include "resource/computers/computers.h"
#include "resource/delivery_targets/delivery_targets.h"
#include "resource/events/events.h"
#include "resource/files/files.h"
#include "resource/global_roles/global_roles.h"
#include "resource/groups/groups.h"
#include "resource/management_rules/management_rules.h"
#include "resource/policies/policies.h"
#include "resource/roles/roles.h"
#include "resource/tasks/tasks.h"
#include "resource/users/users.h"

/* clang-format off */
const struct tag resource_tags[RESOURCE_TAGS] = {
    { "Computers", "Endpoints: their life from enrolment to purge, their commands and logs" },
    { "Groups", "Groups of computers, and the policy revision that each gets" },
    { "Policies", "Policy documents and their revisions" },
    { "Tasks", "Work that outlasts its request" },
    { "Events", "What happened on endpoints, for collectors" },
    { "ApiAccounts", "Credentials of programs that call this API" },
    { "AdminAccessRequest", "Requests for a session as administrator" },
    { "AppSwitcher", "Sibling applications of the console" },
    { "AuthorizationRequest", "Requests to run an application, and their tickets" },
    { "AuthorizationRequestAudits", "What became of authorization requests, change by change" },
    { "File", "This definition as a file" },
    { "ManagementRules", "Rules by which computers are archived, deleted and purged" },
    { "DeliveryTargets", "Receivers outside of events, activity audits and authorization requests" },
    { "AcceptedDomains", "Mail domains that users may come from" },
    { "Roles", "Fine-grained roles" },
    { "GlobalRoles", "Roles for the whole installation, built-in and custom" },
    { "AuthenticationProvider", "Where users sign in" },
    { "Users", "People, and what they may do" },
    { "ActivityAudits", "Who changed what" },
    { "About", "Versions of the parts" },
};
/* clang-format on */

const struct route_table resource_tables[RESOURCE_TABLES] = {
    { computers_routes, &computers_route_count },
    { groups_routes, &groups_route_count },
    { assignments_routes, &assignments_route_count },
    { policies_routes, &policies_route_count },
    { tasks_routes, &tasks_route_count },
    { events_routes, &events_route_count },
    { event_retention_routes, &event_retention_route_count },
    { api_accounts_routes, &api_accounts_route_count },
    { admin_access_requests_routes, &admin_access_requests_route_count },
    { app_switcher_routes, &app_switcher_route_count },
    { authorization_requests_routes, &authorization_requests_route_count },
    { authorization_request_audits_routes, &authorization_request_audits_route_count },
    { files_routes, &files_route_count },
    { management_rules_routes, &management_rules_route_count },
    { delivery_targets_routes, &delivery_targets_route_count },
    { accepted_domains_routes, &accepted_domains_route_count },
    { roles_routes, &roles_route_count },
    { global_roles_routes, &global_roles_route_count },
    { authentication_provider_routes, &authentication_provider_route_count },
    { users_routes, &users_route_count },
    { activity_audits_routes, &activity_audits_route_count },
};
