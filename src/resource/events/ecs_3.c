#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, field_type, ...) { .json = name, .type = field_type, .summary = __VA_ARGS__ }
static const struct field fields_epm_configuration_message_authorization[] = {
    F("ChallengeCode", FIELD_TEXT, "ChallengeCode"),
    F("ResponseStatus", FIELD_TEXT, "ResponseStatus"),
};
const struct shape shape_epm_configuration_message_authorization = { .name = "EpmConfigurationMessageAuthorization", .fields = fields_epm_configuration_message_authorization, .count = COUNT_OF(fields_epm_configuration_message_authorization), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_message[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Name", FIELD_TEXT, "Name"),
    F("Description", FIELD_TEXT, "Description"),
    F("Type", FIELD_TEXT, "Type"),
    F("AuthMethods", FIELD_ARRAY, "AuthMethods", .items = FIELD_TEXT),
    F("Authentication", FIELD_OBJECT, "Authentication", .shape = &shape_epm_configuration_message_authentication),
    F("Authorization", FIELD_OBJECT, "Authorization", .shape = &shape_epm_configuration_message_authorization),
    F("UserReason", FIELD_TEXT, "UserReason"),
    F("UserRequestManagementId", FIELD_TEXT, "UserRequestManagementId"),
};
const struct shape shape_epm_configuration_message = { .name = "EpmConfigurationMessage", .fields = fields_epm_configuration_message, .count = COUNT_OF(fields_epm_configuration_message), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_g_p_o[] = {
    F("ActiveDirectoryPath", FIELD_TEXT, "ActiveDirectoryPath"),
    F("DisplayName", FIELD_TEXT, "DisplayName"),
    F("LinkInformation", FIELD_TEXT, "LinkInformation"),
    F("Version", FIELD_TEXT, "Version"),
};
const struct shape shape_epm_configuration_g_p_o = { .name = "EpmConfigurationGPO", .fields = fields_epm_configuration_g_p_o, .count = COUNT_OF(fields_epm_configuration_g_p_o), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Name", FIELD_TEXT, "Name"),
    F("Path", FIELD_TEXT, "Path"),
    F("RevisionNumber", FIELD_TEXT, "RevisionNumber"),
    F("Source", FIELD_TEXT, "Source"),
    F("LoadAuditMode", FIELD_TEXT, "LoadAuditMode"),
    F("SigningEnforcement", FIELD_TEXT, "SigningEnforcement"),
    F("Workstyle", FIELD_OBJECT, "Workstyle", .shape = &shape_epm_named),
    F("ApplicationGroup", FIELD_OBJECT, "ApplicationGroup", .shape = &shape_epm_named),
    F("Application", FIELD_OBJECT, "Application", .shape = &shape_epm_configuration_application),
    F("ContentGroup", FIELD_OBJECT, "ContentGroup", .shape = &shape_epm_named),
    F("Content", FIELD_OBJECT, "Content", .shape = &shape_epm_configuration_content),
    F("Token", FIELD_OBJECT, "Token", .shape = &shape_epm_named),
    F("Rule", FIELD_OBJECT, "Rule", .shape = &shape_epm_configuration_rule),
    F("RuleScript", FIELD_OBJECT, "RuleScript", .shape = &shape_epm_configuration_rule_script),
    F("Message", FIELD_OBJECT, "Message", .shape = &shape_epm_configuration_message),
    F("GPO", FIELD_OBJECT, "GPO", .shape = &shape_epm_configuration_g_p_o),
};
const struct shape shape_epm_configuration = { .name = "EpmConfiguration", .fields = fields_epm_configuration, .count = COUNT_OF(fields_epm_configuration), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_session_j_i_t_admin[] = {
    F("RequestIdentifier", FIELD_TEXT, "RequestIdentifier"),
    F("TicketIdentifier", FIELD_TEXT, "TicketIdentifier"),
    F("Configuration", FIELD_OBJECT, "Configuration", .shape = &shape_epm_configuration),
};
const struct shape shape_epm_win_mac_session_j_i_t_admin = { .name = "EpmWinMacSessionJITAdmin", .fields = fields_epm_win_mac_session_j_i_t_admin, .count = COUNT_OF(fields_epm_win_mac_session_j_i_t_admin), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_session[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("WindowsSessionId", FIELD_TEXT, "WindowsSessionId"),
    F("Administrator", FIELD_BOOL, "Administrator"),
    F("PowerUser", FIELD_BOOL, "PowerUser"),
    F("Locale", FIELD_TEXT, "Locale"),
    F("UILanguage", FIELD_TEXT, "UILanguage"),
    F("JITAdmin", FIELD_OBJECT, "JITAdmin", .shape = &shape_epm_win_mac_session_j_i_t_admin),
};
const struct shape shape_epm_win_mac_session = { .name = "EpmWinMacSession", .fields = fields_epm_win_mac_session, .count = COUNT_OF(fields_epm_win_mac_session), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_authorizing_user[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Name", FIELD_TEXT, "Name"),
    F("DomainIdentifier", FIELD_TEXT, "DomainIdentifier"),
    F("DomainName", FIELD_TEXT, "DomainName"),
    F("DomainNetBIOSName", FIELD_TEXT, "DomainNetBIOSName"),
    F("CredentialSource", FIELD_TEXT, "CredentialSource"),
};
const struct shape shape_epm_win_mac_authorizing_user = { .name = "EpmWinMacAuthorizingUser", .fields = fields_epm_win_mac_authorizing_user, .count = COUNT_OF(fields_epm_win_mac_authorizing_user), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_authorization_request[] = {
    F("AuthRequestURI", FIELD_TEXT, "AuthRequestURI"),
    F("ControlAuthorization", FIELD_BOOL, "ControlAuthorization"),
};
const struct shape shape_epm_win_mac_authorization_request = { .name = "EpmWinMacAuthorizationRequest", .fields = fields_epm_win_mac_authorization_request, .count = COUNT_OF(fields_epm_win_mac_authorization_request), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_service_control_service[] = {
    F("Name", FIELD_TEXT, "Name"),
    F("DisplayName", FIELD_TEXT, "DisplayName"),
    F("Action", FIELD_TEXT, "Action"),
};
const struct shape shape_epm_win_mac_service_control_service = { .name = "EpmWinMacServiceControlService", .fields = fields_epm_win_mac_service_control_service, .count = COUNT_OF(fields_epm_win_mac_service_control_service), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_service_control[] = {
    F("Service", FIELD_OBJECT, "Service", .shape = &shape_epm_win_mac_service_control_service),
};
const struct shape shape_epm_win_mac_service_control = { .name = "EpmWinMacServiceControl", .fields = fields_epm_win_mac_service_control, .count = COUNT_OF(fields_epm_win_mac_service_control), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_c_o_m[] = {
    F("AppID", FIELD_TEXT, "AppID"),
    F("CLSID", FIELD_TEXT, "CLSID"),
    F("DisplayName", FIELD_TEXT, "DisplayName"),
};
const struct shape shape_epm_win_mac_c_o_m = { .name = "EpmWinMacCOM", .fields = fields_epm_win_mac_c_o_m, .count = COUNT_OF(fields_epm_win_mac_c_o_m), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_active_x[] = {
    F("CLSID", FIELD_TEXT, "CLSID"),
    F("Codebase", FIELD_TEXT, "Codebase"),
    F("Version", FIELD_TEXT, "Version"),
};
const struct shape shape_epm_win_mac_active_x = { .name = "EpmWinMacActiveX", .fields = fields_epm_win_mac_active_x, .count = COUNT_OF(fields_epm_win_mac_active_x), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_installer[] = {
    F("ProductCode", FIELD_TEXT, "ProductCode"),
    F("UpgradeCode", FIELD_TEXT, "UpgradeCode"),
    F("Action", FIELD_TEXT, "Action"),
};
const struct shape shape_epm_win_mac_installer = { .name = "EpmWinMacInstaller", .fields = fields_epm_win_mac_installer, .count = COUNT_OF(fields_epm_win_mac_installer), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_store_app[] = {
    F("Name", FIELD_TEXT, "Name"),
    F("Publisher", FIELD_TEXT, "Publisher"),
    F("Version", FIELD_TEXT, "Version"),
};
const struct shape shape_epm_win_mac_store_app = { .name = "EpmWinMacStoreApp", .fields = fields_epm_win_mac_store_app, .count = COUNT_OF(fields_epm_win_mac_store_app), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_trusted_application[] = {
    F("Name", FIELD_TEXT, "Name"),
    F("Version", FIELD_TEXT, "Version"),
};
const struct shape shape_epm_win_mac_trusted_application = { .name = "EpmWinMacTrustedApplication", .fields = fields_epm_win_mac_trusted_application, .count = COUNT_OF(fields_epm_win_mac_trusted_application), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_privileged_group[] = {
    F("Name", FIELD_TEXT, "Name"),
    F("RID", FIELD_TEXT, "RID"),
    F("Access", FIELD_TEXT, "Access"),
};
const struct shape shape_epm_win_mac_privileged_group = { .name = "EpmWinMacPrivilegedGroup", .fields = fields_epm_win_mac_privileged_group, .count = COUNT_OF(fields_epm_win_mac_privileged_group), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_remote_power_shell[] = {
    F("Command", FIELD_TEXT, "Command"),
};
const struct shape shape_epm_win_mac_remote_power_shell = { .name = "EpmWinMacRemotePowerShell", .fields = fields_epm_win_mac_remote_power_shell, .count = COUNT_OF(fields_epm_win_mac_remote_power_shell), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_license[] = {
    F("InvalidReason", FIELD_TEXT, "InvalidReason"),
};
const struct shape shape_epm_win_mac_license = { .name = "EpmWinMacLicense", .fields = fields_epm_win_mac_license, .count = COUNT_OF(fields_epm_win_mac_license), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac[] = {
    F("SchemaVersion", FIELD_TEXT, "SchemaVersion"),
    F("TenantId", FIELD_TEXT, "TenantId"),
    F("GroupId", FIELD_TEXT, "GroupId"),
    F("AdapterVersion", FIELD_TEXT, "AdapterVersion"),
    F("Event", FIELD_OBJECT, "Event", .shape = &shape_epm_win_mac_event),
    F("Configuration", FIELD_OBJECT, "Configuration", .shape = &shape_epm_configuration),
    F("Session", FIELD_OBJECT, "Session", .shape = &shape_epm_win_mac_session),
    F("AuthorizingUser", FIELD_OBJECT, "AuthorizingUser", .shape = &shape_epm_win_mac_authorizing_user),
    F("AuthorizationRequest", FIELD_OBJECT, "AuthorizationRequest", .shape = &shape_epm_win_mac_authorization_request),
    F("ServiceControl", FIELD_OBJECT, "ServiceControl", .shape = &shape_epm_win_mac_service_control),
    F("COM", FIELD_OBJECT, "COM", .shape = &shape_epm_win_mac_c_o_m),
    F("ActiveX", FIELD_OBJECT, "ActiveX", .shape = &shape_epm_win_mac_active_x),
    F("Installer", FIELD_OBJECT, "Installer", .shape = &shape_epm_win_mac_installer),
    F("StoreApp", FIELD_OBJECT, "StoreApp", .shape = &shape_epm_win_mac_store_app),
    F("TrustedApplication", FIELD_OBJECT, "TrustedApplication", .shape = &shape_epm_win_mac_trusted_application),
    F("PrivilegedGroup", FIELD_OBJECT, "PrivilegedGroup", .shape = &shape_epm_win_mac_privileged_group),
    F("RemotePowerShell", FIELD_OBJECT, "RemotePowerShell", .shape = &shape_epm_win_mac_remote_power_shell),
    F("License", FIELD_OBJECT, "License", .shape = &shape_epm_win_mac_license),
};
const struct shape shape_epm_win_mac = { .name = "EpmWinMac", .fields = fields_epm_win_mac, .count = COUNT_OF(fields_epm_win_mac), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_network_vlan[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_epm_ecs_event_network_vlan = { .name = "EpmEcsEventNetworkVlan", .fields = fields_epm_ecs_event_network_vlan, .count = COUNT_OF(fields_epm_ecs_event_network_vlan), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_network[] = {
    F("name", FIELD_TEXT, "name"),
    F("type", FIELD_TEXT, "type"),
    F("iana_number", FIELD_TEXT, "iana_number"),
    F("transport", FIELD_TEXT, "transport"),
    F("application", FIELD_TEXT, "application"),
    F("protocol", FIELD_TEXT, "protocol"),
    F("direction", FIELD_TEXT, "direction"),
    F("forwarded_ip", FIELD_TEXT, "forwarded_ip"),
    F("community_id", FIELD_TEXT, "community_id"),
    F("bytes", FIELD_INT64, "bytes"),
    F("packets", FIELD_INT64, "packets"),
    F("inner", FIELD_ANY, "Text in the one known sample, an object in ECS: keep as sent"),
    F("vlan", FIELD_OBJECT, "vlan", .shape = &shape_epm_ecs_event_network_vlan),
};
const struct shape shape_epm_ecs_event_network = { .name = "EpmEcsEventNetwork", .fields = fields_epm_ecs_event_network, .count = COUNT_OF(fields_epm_ecs_event_network), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_instance[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_instance = { .name = "EcsCloudInstance", .fields = fields_ecs_cloud_instance, .count = COUNT_OF(fields_ecs_cloud_instance), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_machine[] = {
    F("type", FIELD_TEXT, "type"),
};
const struct shape shape_ecs_cloud_machine = { .name = "EcsCloudMachine", .fields = fields_ecs_cloud_machine, .count = COUNT_OF(fields_ecs_cloud_machine), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_account[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_account = { .name = "EcsCloudAccount", .fields = fields_ecs_cloud_account, .count = COUNT_OF(fields_ecs_cloud_account), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_service[] = {
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_service = { .name = "EcsCloudService", .fields = fields_ecs_cloud_service, .count = COUNT_OF(fields_ecs_cloud_service), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_project[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_project = { .name = "EcsCloudProject", .fields = fields_ecs_cloud_project, .count = COUNT_OF(fields_ecs_cloud_project), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_instance[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_base_instance = { .name = "EcsCloudBaseInstance", .fields = fields_ecs_cloud_base_instance, .count = COUNT_OF(fields_ecs_cloud_base_instance), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_machine[] = {
    F("type", FIELD_TEXT, "type"),
};
const struct shape shape_ecs_cloud_base_machine = { .name = "EcsCloudBaseMachine", .fields = fields_ecs_cloud_base_machine, .count = COUNT_OF(fields_ecs_cloud_base_machine), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_account[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_base_account = { .name = "EcsCloudBaseAccount", .fields = fields_ecs_cloud_base_account, .count = COUNT_OF(fields_ecs_cloud_base_account), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_service[] = {
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_base_service = { .name = "EcsCloudBaseService", .fields = fields_ecs_cloud_base_service, .count = COUNT_OF(fields_ecs_cloud_base_service), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_project[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_cloud_base_project = { .name = "EcsCloudBaseProject", .fields = fields_ecs_cloud_base_project, .count = COUNT_OF(fields_ecs_cloud_base_project), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base[] = {
    F("provider", FIELD_TEXT, "provider"),
    F("availability_zone", FIELD_TEXT, "availability_zone"),
    F("region", FIELD_TEXT, "region"),
    F("instance", FIELD_OBJECT, "instance", .shape = &shape_ecs_cloud_base_instance),
    F("machine", FIELD_OBJECT, "machine", .shape = &shape_ecs_cloud_base_machine),
    F("account", FIELD_OBJECT, "account", .shape = &shape_ecs_cloud_base_account),
    F("service", FIELD_OBJECT, "service", .shape = &shape_ecs_cloud_base_service),
    F("project", FIELD_OBJECT, "project", .shape = &shape_ecs_cloud_base_project),
};
const struct shape shape_ecs_cloud_base = { .name = "EcsCloudBase", .fields = fields_ecs_cloud_base, .count = COUNT_OF(fields_ecs_cloud_base), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud[] = {
    F("provider", FIELD_TEXT, "provider"),
    F("availability_zone", FIELD_TEXT, "availability_zone"),
    F("region", FIELD_TEXT, "region"),
    F("instance", FIELD_OBJECT, "instance", .shape = &shape_ecs_cloud_instance),
    F("machine", FIELD_OBJECT, "machine", .shape = &shape_ecs_cloud_machine),
    F("account", FIELD_OBJECT, "account", .shape = &shape_ecs_cloud_account),
    F("service", FIELD_OBJECT, "service", .shape = &shape_ecs_cloud_service),
    F("project", FIELD_OBJECT, "project", .shape = &shape_ecs_cloud_project),
    F("origin", FIELD_OBJECT, "origin", .shape = &shape_ecs_cloud_base),
    F("target", FIELD_OBJECT, "target", .shape = &shape_ecs_cloud_base),
};
const struct shape shape_ecs_cloud = { .name = "EcsCloud", .fields = fields_ecs_cloud, .count = COUNT_OF(fields_ecs_cloud), .flags = SHAPE_OPEN };

/* clang-format on */
