#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, ...) { .json = name, .type = __VA_ARGS__ }
static const struct field fields_epm_configuration_message_authorization[] = {
    F("ChallengeCode", FIELD_TEXT),
    F("ResponseStatus", FIELD_TEXT),
};
const struct shape shape_epm_configuration_message_authorization = { .name = "EpmConfigurationMessageAuthorization", .fields = fields_epm_configuration_message_authorization, .count = COUNT_OF(fields_epm_configuration_message_authorization), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_message[] = {
    F("Identifier", FIELD_TEXT),
    F("Name", FIELD_TEXT),
    F("Description", FIELD_TEXT),
    F("Type", FIELD_TEXT),
    F("AuthMethods", FIELD_ARRAY, .items = FIELD_TEXT),
    F("Authentication", FIELD_OBJECT, .shape = &shape_epm_configuration_message_authentication),
    F("Authorization", FIELD_OBJECT, .shape = &shape_epm_configuration_message_authorization),
    F("UserReason", FIELD_TEXT),
    F("UserRequestManagementId", FIELD_TEXT),
};
const struct shape shape_epm_configuration_message = { .name = "EpmConfigurationMessage", .fields = fields_epm_configuration_message, .count = COUNT_OF(fields_epm_configuration_message), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_g_p_o[] = {
    F("ActiveDirectoryPath", FIELD_TEXT),
    F("DisplayName", FIELD_TEXT),
    F("LinkInformation", FIELD_TEXT),
    F("Version", FIELD_TEXT),
};
const struct shape shape_epm_configuration_g_p_o = { .name = "EpmConfigurationGPO", .fields = fields_epm_configuration_g_p_o, .count = COUNT_OF(fields_epm_configuration_g_p_o), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration[] = {
    F("Identifier", FIELD_TEXT),
    F("Name", FIELD_TEXT),
    F("Path", FIELD_TEXT),
    F("RevisionNumber", FIELD_TEXT),
    F("Source", FIELD_TEXT),
    F("LoadAuditMode", FIELD_TEXT),
    F("SigningEnforcement", FIELD_TEXT),
    F("Workstyle", FIELD_OBJECT, .shape = &shape_epm_named),
    F("ApplicationGroup", FIELD_OBJECT, .shape = &shape_epm_named),
    F("Application", FIELD_OBJECT, .shape = &shape_epm_configuration_application),
    F("ContentGroup", FIELD_OBJECT, .shape = &shape_epm_named),
    F("Content", FIELD_OBJECT, .shape = &shape_epm_configuration_content),
    F("Token", FIELD_OBJECT, .shape = &shape_epm_named),
    F("Rule", FIELD_OBJECT, .shape = &shape_epm_configuration_rule),
    F("RuleScript", FIELD_OBJECT, .shape = &shape_epm_configuration_rule_script),
    F("Message", FIELD_OBJECT, .shape = &shape_epm_configuration_message),
    F("GPO", FIELD_OBJECT, .shape = &shape_epm_configuration_g_p_o),
};
const struct shape shape_epm_configuration = { .name = "EpmConfiguration", .fields = fields_epm_configuration, .count = COUNT_OF(fields_epm_configuration), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_session_j_i_t_admin[] = {
    F("RequestIdentifier", FIELD_TEXT),
    F("TicketIdentifier", FIELD_TEXT),
    F("Configuration", FIELD_OBJECT, .shape = &shape_epm_configuration),
};
const struct shape shape_epm_win_mac_session_j_i_t_admin = { .name = "EpmWinMacSessionJITAdmin", .fields = fields_epm_win_mac_session_j_i_t_admin, .count = COUNT_OF(fields_epm_win_mac_session_j_i_t_admin), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_session[] = {
    F("Identifier", FIELD_TEXT),
    F("WindowsSessionId", FIELD_TEXT),
    F("Administrator", FIELD_BOOL),
    F("PowerUser", FIELD_BOOL),
    F("Locale", FIELD_TEXT),
    F("UILanguage", FIELD_TEXT),
    F("JITAdmin", FIELD_OBJECT, .shape = &shape_epm_win_mac_session_j_i_t_admin),
};
const struct shape shape_epm_win_mac_session = { .name = "EpmWinMacSession", .fields = fields_epm_win_mac_session, .count = COUNT_OF(fields_epm_win_mac_session), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_authorizing_user[] = {
    F("Identifier", FIELD_TEXT),
    F("Name", FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT),
    F("DomainName", FIELD_TEXT),
    F("DomainNetBIOSName", FIELD_TEXT),
    F("CredentialSource", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_authorizing_user = { .name = "EpmWinMacAuthorizingUser", .fields = fields_epm_win_mac_authorizing_user, .count = COUNT_OF(fields_epm_win_mac_authorizing_user), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_authorization_request[] = {
    F("AuthRequestURI", FIELD_TEXT),
    F("ControlAuthorization", FIELD_BOOL),
};
const struct shape shape_epm_win_mac_authorization_request = { .name = "EpmWinMacAuthorizationRequest", .fields = fields_epm_win_mac_authorization_request, .count = COUNT_OF(fields_epm_win_mac_authorization_request), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_service_control_service[] = {
    F("Name", FIELD_TEXT),
    F("DisplayName", FIELD_TEXT),
    F("Action", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_service_control_service = { .name = "EpmWinMacServiceControlService", .fields = fields_epm_win_mac_service_control_service, .count = COUNT_OF(fields_epm_win_mac_service_control_service), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_service_control[] = {
    F("Service", FIELD_OBJECT, .shape = &shape_epm_win_mac_service_control_service),
};
const struct shape shape_epm_win_mac_service_control = { .name = "EpmWinMacServiceControl", .fields = fields_epm_win_mac_service_control, .count = COUNT_OF(fields_epm_win_mac_service_control), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_c_o_m[] = {
    F("AppID", FIELD_TEXT),
    F("CLSID", FIELD_TEXT),
    F("DisplayName", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_c_o_m = { .name = "EpmWinMacCOM", .fields = fields_epm_win_mac_c_o_m, .count = COUNT_OF(fields_epm_win_mac_c_o_m), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_active_x[] = {
    F("CLSID", FIELD_TEXT),
    F("Codebase", FIELD_TEXT),
    F("Version", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_active_x = { .name = "EpmWinMacActiveX", .fields = fields_epm_win_mac_active_x, .count = COUNT_OF(fields_epm_win_mac_active_x), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_installer[] = {
    F("ProductCode", FIELD_TEXT),
    F("UpgradeCode", FIELD_TEXT),
    F("Action", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_installer = { .name = "EpmWinMacInstaller", .fields = fields_epm_win_mac_installer, .count = COUNT_OF(fields_epm_win_mac_installer), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_store_app[] = {
    F("Name", FIELD_TEXT),
    F("Publisher", FIELD_TEXT),
    F("Version", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_store_app = { .name = "EpmWinMacStoreApp", .fields = fields_epm_win_mac_store_app, .count = COUNT_OF(fields_epm_win_mac_store_app), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_trusted_application[] = {
    F("Name", FIELD_TEXT),
    F("Version", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_trusted_application = { .name = "EpmWinMacTrustedApplication", .fields = fields_epm_win_mac_trusted_application, .count = COUNT_OF(fields_epm_win_mac_trusted_application), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_privileged_group[] = {
    F("Name", FIELD_TEXT),
    F("RID", FIELD_TEXT),
    F("Access", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_privileged_group = { .name = "EpmWinMacPrivilegedGroup", .fields = fields_epm_win_mac_privileged_group, .count = COUNT_OF(fields_epm_win_mac_privileged_group), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_remote_power_shell[] = {
    F("Command", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_remote_power_shell = { .name = "EpmWinMacRemotePowerShell", .fields = fields_epm_win_mac_remote_power_shell, .count = COUNT_OF(fields_epm_win_mac_remote_power_shell), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_license[] = {
    F("InvalidReason", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_license = { .name = "EpmWinMacLicense", .fields = fields_epm_win_mac_license, .count = COUNT_OF(fields_epm_win_mac_license), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac[] = {
    F("SchemaVersion", FIELD_TEXT),
    F("TenantId", FIELD_TEXT),
    F("GroupId", FIELD_TEXT),
    F("AdapterVersion", FIELD_TEXT),
    F("Event", FIELD_OBJECT, .shape = &shape_epm_win_mac_event),
    F("Configuration", FIELD_OBJECT, .shape = &shape_epm_configuration),
    F("Session", FIELD_OBJECT, .shape = &shape_epm_win_mac_session),
    F("AuthorizingUser", FIELD_OBJECT, .shape = &shape_epm_win_mac_authorizing_user),
    F("AuthorizationRequest", FIELD_OBJECT, .shape = &shape_epm_win_mac_authorization_request),
    F("ServiceControl", FIELD_OBJECT, .shape = &shape_epm_win_mac_service_control),
    F("COM", FIELD_OBJECT, .shape = &shape_epm_win_mac_c_o_m),
    F("ActiveX", FIELD_OBJECT, .shape = &shape_epm_win_mac_active_x),
    F("Installer", FIELD_OBJECT, .shape = &shape_epm_win_mac_installer),
    F("StoreApp", FIELD_OBJECT, .shape = &shape_epm_win_mac_store_app),
    F("TrustedApplication", FIELD_OBJECT, .shape = &shape_epm_win_mac_trusted_application),
    F("PrivilegedGroup", FIELD_OBJECT, .shape = &shape_epm_win_mac_privileged_group),
    F("RemotePowerShell", FIELD_OBJECT, .shape = &shape_epm_win_mac_remote_power_shell),
    F("License", FIELD_OBJECT, .shape = &shape_epm_win_mac_license),
};
const struct shape shape_epm_win_mac = { .name = "EpmWinMac", .fields = fields_epm_win_mac, .count = COUNT_OF(fields_epm_win_mac), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_network_vlan[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_network_vlan = { .name = "EpmEcsEventNetworkVlan", .fields = fields_epm_ecs_event_network_vlan, .count = COUNT_OF(fields_epm_ecs_event_network_vlan), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_network[] = {
    F("name", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("iana_number", FIELD_TEXT),
    F("transport", FIELD_TEXT),
    F("application", FIELD_TEXT),
    F("protocol", FIELD_TEXT),
    F("direction", FIELD_TEXT),
    F("forwarded_ip", FIELD_TEXT),
    F("community_id", FIELD_TEXT),
    F("bytes", FIELD_INT64),
    F("packets", FIELD_INT64),
    F("inner", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("vlan", FIELD_OBJECT, .shape = &shape_epm_ecs_event_network_vlan),
};
const struct shape shape_epm_ecs_event_network = { .name = "EpmEcsEventNetwork", .fields = fields_epm_ecs_event_network, .count = COUNT_OF(fields_epm_ecs_event_network), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_instance[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_instance = { .name = "EcsCloudInstance", .fields = fields_ecs_cloud_instance, .count = COUNT_OF(fields_ecs_cloud_instance), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_machine[] = {
    F("type", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_machine = { .name = "EcsCloudMachine", .fields = fields_ecs_cloud_machine, .count = COUNT_OF(fields_ecs_cloud_machine), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_account[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_account = { .name = "EcsCloudAccount", .fields = fields_ecs_cloud_account, .count = COUNT_OF(fields_ecs_cloud_account), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_service[] = {
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_service = { .name = "EcsCloudService", .fields = fields_ecs_cloud_service, .count = COUNT_OF(fields_ecs_cloud_service), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_project[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_project = { .name = "EcsCloudProject", .fields = fields_ecs_cloud_project, .count = COUNT_OF(fields_ecs_cloud_project), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_instance[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_base_instance = { .name = "EcsCloudBaseInstance", .fields = fields_ecs_cloud_base_instance, .count = COUNT_OF(fields_ecs_cloud_base_instance), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_machine[] = {
    F("type", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_base_machine = { .name = "EcsCloudBaseMachine", .fields = fields_ecs_cloud_base_machine, .count = COUNT_OF(fields_ecs_cloud_base_machine), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_account[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_base_account = { .name = "EcsCloudBaseAccount", .fields = fields_ecs_cloud_base_account, .count = COUNT_OF(fields_ecs_cloud_base_account), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_service[] = {
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_base_service = { .name = "EcsCloudBaseService", .fields = fields_ecs_cloud_base_service, .count = COUNT_OF(fields_ecs_cloud_base_service), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base_project[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_cloud_base_project = { .name = "EcsCloudBaseProject", .fields = fields_ecs_cloud_base_project, .count = COUNT_OF(fields_ecs_cloud_base_project), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud_base[] = {
    F("provider", FIELD_TEXT),
    F("availability_zone", FIELD_TEXT),
    F("region", FIELD_TEXT),
    F("instance", FIELD_OBJECT, .shape = &shape_ecs_cloud_base_instance),
    F("machine", FIELD_OBJECT, .shape = &shape_ecs_cloud_base_machine),
    F("account", FIELD_OBJECT, .shape = &shape_ecs_cloud_base_account),
    F("service", FIELD_OBJECT, .shape = &shape_ecs_cloud_base_service),
    F("project", FIELD_OBJECT, .shape = &shape_ecs_cloud_base_project),
};
const struct shape shape_ecs_cloud_base = { .name = "EcsCloudBase", .fields = fields_ecs_cloud_base, .count = COUNT_OF(fields_ecs_cloud_base), .flags = SHAPE_OPEN };

static const struct field fields_ecs_cloud[] = {
    F("provider", FIELD_TEXT),
    F("availability_zone", FIELD_TEXT),
    F("region", FIELD_TEXT),
    F("instance", FIELD_OBJECT, .shape = &shape_ecs_cloud_instance),
    F("machine", FIELD_OBJECT, .shape = &shape_ecs_cloud_machine),
    F("account", FIELD_OBJECT, .shape = &shape_ecs_cloud_account),
    F("service", FIELD_OBJECT, .shape = &shape_ecs_cloud_service),
    F("project", FIELD_OBJECT, .shape = &shape_ecs_cloud_project),
    F("origin", FIELD_OBJECT, .shape = &shape_ecs_cloud_base),
    F("target", FIELD_OBJECT, .shape = &shape_ecs_cloud_base),
};
const struct shape shape_ecs_cloud = { .name = "EcsCloud", .fields = fields_ecs_cloud, .count = COUNT_OF(fields_ecs_cloud), .flags = SHAPE_OPEN };

/* clang-format on */
