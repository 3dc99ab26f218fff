/* The objects an audit may carry, one a kind of change. Members that existing clients know come first, in the
   order and spelling of the contract; those behind them are ours. */
#include "resource/activity_audits/activity_audits_parts.h"

/* clang-format off */
#define TEXT(name)  { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE }
#define BOOL(name)  { .json = name, .type = FIELD_BOOL, .flags = FIELD_NULLABLE }
#define INT(name)   { .json = name, .type = FIELD_INT, .flags = FIELD_NULLABLE }
#define TEXTS(name) { .json = name, .type = FIELD_ARRAY, .items = FIELD_TEXT, .flags = FIELD_NULLABLE }
#define MAP(name)   { .json = name, .type = FIELD_OBJECT, .shape = &map_shape, .flags = FIELD_NULLABLE }
#define OUR_TEXT(name)  { .json = name, .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_EXTENSION }
#define OUR_BOOL(name)  { .json = name, .type = FIELD_BOOL, .flags = FIELD_NULLABLE | FIELD_EXTENSION }
#define OUR_INT(name)   { .json = name, .type = FIELD_INT, .flags = FIELD_NULLABLE | FIELD_EXTENSION }
#define OUR_INT64(name) { .json = name, .type = FIELD_INT64, .flags = FIELD_NULLABLE | FIELD_EXTENSION }
#define OUR_MAP(name)   { .json = name, .type = FIELD_OBJECT, .shape = &map_shape, .flags = FIELD_NULLABLE | FIELD_EXTENSION }
#define ARRAY(name, part) { .json = name, .type = FIELD_ARRAY, .shape = &part##_shape, .flags = FIELD_NULLABLE }
#define SHAPE(variable, schema) \
    static const struct shape variable##_shape = { .name = schema, .fields = variable##_fields, .count = COUNT_OF(variable##_fields) }

static const struct shape map_shape = { .name = "AuditMap", .summary = "Ids and the names they stand for", .flags = SHAPE_TEXT_MAP };

static const struct field api_client_data_auditing_fields[] = {
    TEXT("newName"), TEXT("oldName"), TEXT("newDescription"), TEXT("oldDescription"), BOOL("secretUpdated"), BOOL("deleted"), OUR_TEXT("newScopes"), OUR_TEXT("oldScopes"),
};
SHAPE(api_client_data_auditing, "ApiClientDataAuditing");

static const struct field computer_data_auditing_fields[] = {
    MAP("updatedPoliciesOn"), MAP("deactivatedAgents"), TEXTS("newDeletedAgents"), OUR_MAP("authorisedAgents"), OUR_MAP("rejectedAgents"), OUR_MAP("archivedAgents"),
    OUR_MAP("unarchivedAgents"), OUR_MAP("deletedAgents"), OUR_MAP("commandedAgents"), OUR_TEXT("newComputerGroupId"), OUR_TEXT("newComputerGroupName"),
};
SHAPE(computer_data_auditing, "ComputerDataAuditing");

static const struct field group_data_auditing_fields[] = {
    TEXT("newName"), TEXT("oldName"), TEXT("newDescription"), TEXT("oldDescription"), BOOL("newIsDefault"), BOOL("oldIsDefault"), MAP("addPolicyRevisions"),
    MAP("removePolicyRevisions"), MAP("newAgents"), MAP("removeAgents"), OUR_BOOL("deleted"),
};
SHAPE(group_data_auditing, "GroupDataAuditing");

static const struct field installation_key_data_auditing_fields[] = {
    TEXT("newLabel"), TEXT("oldLabel"), BOOL("newDisabled"), BOOL("oldDisabled"), BOOL("deleted"), OUR_TEXT("newInstallationId"), OUR_TEXT("oldInstallationId"),
    OUR_BOOL("secretUpdated"),
};
SHAPE(installation_key_data_auditing, "InstallationKeyDataAuditing");

static const struct field policy_data_auditing_fields[] = {
    TEXT("newName"), TEXT("oldName"), TEXT("newDescription"), TEXT("oldDescription"), OUR_TEXT("newDraftUser"), OUR_TEXT("oldDraftUser"), OUR_INT("newRevision"), OUR_INT("oldRevision"),
    OUR_BOOL("deleted"),
};
SHAPE(policy_data_auditing, "PolicyDataAuditing");

static const struct field policy_revision_data_auditing_fields[] = {
    MAP("newGroups"), TEXT("newAnnotationNote"), OUR_MAP("removedGroups"), OUR_MAP("oldRevisions"), OUR_INT("newRevision"), OUR_INT("oldRevision"), OUR_TEXT("newSha256"), OUR_TEXT("oldSha256"), OUR_INT64("newSizeBytes"),
    OUR_INT64("oldSizeBytes"),
};
SHAPE(policy_revision_data_auditing, "PolicyRevisionDataAuditing");

static const struct field settings_data_auditing_fields[] = {
    TEXT("addDomain"), TEXT("removeDomain"), TEXT("modifyDomainOldValue"), TEXT("modifyDomainNewValue"),
};
SHAPE(settings_data_auditing, "SettingsDataAuditing");

static const struct field audit_role_fields[] = {
    TEXT("roleId"), TEXT("roleName"),
};
SHAPE(audit_role, "AuditRole");

static const struct field audit_user_roles_fields[] = {
    TEXT("resourceType"), TEXT("resourceId"), TEXT("resourceName"), ARRAY("newRoles", audit_role), ARRAY("oldRoles", audit_role),
};
SHAPE(audit_user_roles, "AuditUserRoles");

static const struct field audit_permission_set_fields[] = {
    TEXT("permissionSetId"), TEXT("permissionSetName"),
};
SHAPE(audit_permission_set, "AuditPermissionSet");

static const struct field user_data_auditing_fields[] = {
    TEXT("newEmailAddress"), TEXT("oldEmailAddress"), TEXT("newOlsonTimeZoneId"), TEXT("oldOlsonTimeZoneId"), TEXT("newDateTimeDisplayFormat"),
    TEXT("oldDateTimeDisplayFormat"), TEXT("newPreferredLanguage"), TEXT("oldPreferredLanguage"), TEXT("newUserType"), TEXT("oldUserType"), BOOL("newDisabled"),
    BOOL("oldDisabled"), TEXT("deletedAt"), ARRAY("roles", audit_user_roles), OUR_TEXT("newExternalId"), OUR_TEXT("oldExternalId"), OUR_TEXT("newGivenName"), OUR_TEXT("oldGivenName"), OUR_TEXT("newFamilyName"), OUR_TEXT("oldFamilyName"),
    OUR_TEXT("newDisplayName"), OUR_TEXT("oldDisplayName"), ARRAY("newPermissionSets", audit_permission_set),
    ARRAY("oldPermissionSets", audit_permission_set),
};
SHAPE(user_data_auditing, "UserDataAuditing");

static const struct field open_id_config_data_auditing_fields[] = {
    TEXT("newAuthenticationType"), TEXT("oldAuthenticationType"), TEXT("newDomain"), TEXT("oldDomain"), TEXT("newClientId"), TEXT("oldClientId"),
    TEXT("newOpenIDConnectProvider"), TEXT("oldOpenIDConnectProvider"), BOOL("secretUpdated"),
};
SHAPE(open_id_config_data_auditing, "OpenIdConfigDataAuditing");

static const struct field mmc_remote_client_data_auditing_fields[] = {
    BOOL("enabled"), BOOL("oldEnabled"), TEXT("clientId"), TEXT("oldClientId"),
};
SHAPE(mmc_remote_client_data_auditing, "MmcRemoteClientDataAuditing");

static const struct field computer_policy_data_auditing_fields[] = {
    INT("inactivityAgentDeactivationDays"), INT("oldInactivityAgentDeactivationDays"), INT("deactivatedAgentDeletionDays"), INT("oldDeactivatedAgentDeletionDays"),
    BOOL("enableDeactivatedAgentDeletion"), BOOL("oldEnableDeactivatedAgentDeletion"),
};
SHAPE(computer_policy_data_auditing, "ComputerPolicyDataAuditing");

static const struct field azure_ad_integration_data_auditing_fields[] = {
    TEXT("azureAdTenantId"), TEXT("oldAzureAdTenantId"), TEXT("azureAdClientId"), TEXT("oldAzureAdClientId"), TEXT("azureAdClientSecret"),
    TEXT("oldAzureAdClientSecret"), BOOL("azureAdUseCertificateAuth"), BOOL("oldAzureAdUseCertificateAuth"), BOOL("azureAdIntegrationEnabled"),
    BOOL("oldAzureAdIntegrationEnabled"), BOOL("azureAdConfigChanged"),
};
SHAPE(azure_ad_integration_data_auditing, "AzureADIntegrationDataAuditing");

static const struct field authorization_request_data_auditing_fields[] = {
    BOOL("authRequestIntegrationEnabled"), BOOL("oldAuthRequestIntegrationEnabled"), TEXT("authRequestHostName"), TEXT("oldAuthRequestHostName"),
    TEXT("authRequestClientId"), TEXT("oldAuthRequestClientId"), TEXT("authRequestClientSecret"), TEXT("oldAuthRequestClientSecret"), TEXT("authRequestPassword"),
    TEXT("oldAuthRequestPassword"), TEXT("authRequestUserName"), TEXT("oldAuthRequestUserName"), TEXT("authRequestApiClientId"), TEXT("oldAuthRequestApiClientId"),
    TEXT("authRequestApiClientSecret"), TEXT("oldAuthRequestApiClientSecret"), BOOL("authRequestConfigChanged"), OUR_TEXT("newDecision"), OUR_TEXT("oldDecision"),
    OUR_TEXT("newTicketId"), OUR_TEXT("oldTicketId"), OUR_TEXT("newDuration"), OUR_TEXT("oldDuration"), OUR_INT("newDurationSeconds"), OUR_INT("oldDurationSeconds"), OUR_TEXT("decisionPerformedByUser"), OUR_TEXT("correlationId"),
};
SHAPE(authorization_request_data_auditing, "AuthorizationRequestDataAuditing");

static const struct field reputation_settings_data_auditing_fields[] = {
    BOOL("reputationIntegrationEnabled"), BOOL("oldReputationIntegrationEnabled"), TEXT("reputationIntegrationApiKey"), TEXT("oldReputationIntegrationApiKey"),
    BOOL("reputationConfigChanged"),
};
SHAPE(reputation_settings_data_auditing, "ReputationSettingsDataAuditing");

static const struct field security_settings_data_auditing_fields[] = {
    INT("tokenTimeout"), INT("oldTokenTimeout"),
};
SHAPE(security_settings_data_auditing, "SecuritySettingsDataAuditing");

static const struct field siem_integration_base_detail_model_fields[] = {
    BOOL("siemIntegrationEnabled"), TEXT("siemIntegrationType"), TEXT("siemFormat"),
};
SHAPE(siem_integration_base_detail_model, "SiemIntegrationBaseDetailModel");

static const struct field siem_integration_qradar_auditing_fields[] = {
    BOOL("siemIntegrationEnabled"), TEXT("siemIntegrationType"), TEXT("siemFormat"), TEXT("hostName"), TEXT("port"), TEXT("cert"),
};
SHAPE(siem_integration_qradar_auditing, "SiemIntegrationQradarAuditing");

static const struct field siem_integration_s3_auditing_fields[] = {
    BOOL("siemIntegrationEnabled"), TEXT("siemIntegrationType"), TEXT("siemFormat"), TEXT("siemAccessKeyId"), TEXT("siemBucketName"), TEXT("siemCodec"),
    TEXT("siemRegionName"), BOOL("siemSseEnabled"),
};
SHAPE(siem_integration_s3_auditing, "SiemIntegrationS3Auditing");

static const struct field siem_integration_sentinel_auditing_fields[] = {
    BOOL("siemIntegrationEnabled"), TEXT("siemIntegrationType"), TEXT("siemFormat"), TEXT("tableName"), TEXT("workspaceId"),
};
SHAPE(siem_integration_sentinel_auditing, "SiemIntegrationSentinelAuditing");

static const struct field siem_integration_splunk_auditing_fields[] = {
    BOOL("siemIntegrationEnabled"), TEXT("siemIntegrationType"), TEXT("siemFormat"), TEXT("hostName"), TEXT("index"),
};
SHAPE(siem_integration_splunk_auditing, "SiemIntegrationSplunkAuditing");

static const struct field agent_data_auditing_fields[] = {
    TEXT("newAgentId"), TEXT("oldAgentId"), TEXT("newTimestamp"), TEXT("oldTimestamp"), TEXT("newHostType"), TEXT("oldHostType"), TEXT("newOsName"), TEXT("oldOsName"),
    TEXT("newAdapterVersion"), TEXT("oldAdapterVersion"), TEXT("newComputerGroupId"), TEXT("oldComputerGroupId"), TEXT("newComputerGroupName"),
    TEXT("oldComputerGroupName"),
};
SHAPE(agent_data_auditing, "AgentDataAuditing");

static const struct field management_rule_data_auditing_fields[] = {
    INT("newPriority"), INT("oldPriority"), OUR_TEXT("newName"), OUR_TEXT("oldName"), OUR_TEXT("newAction"), OUR_TEXT("oldAction"), OUR_BOOL("newEnabled"), OUR_BOOL("oldEnabled"),
    OUR_INT("newDays"), OUR_INT("oldDays"), OUR_TEXT("newComputerGroupId"), OUR_TEXT("oldComputerGroupId"), OUR_TEXT("newHostType"), OUR_TEXT("oldHostType"), OUR_TEXT("newHost"), OUR_TEXT("oldHost"),
    OUR_BOOL("deleted"),
};
SHAPE(management_rule_data_auditing, "ManagementRuleDataAuditing");

static const struct field auto_update_rate_limit_data_auditing_fields[] = {
    INT("pmRequestsLimits"), INT("oldPmRequestsLimits"), INT("pmRequestsLimitMinutes"), INT("oldPmRequestsLimitMinutes"),
};
SHAPE(auto_update_rate_limit_data_auditing, "AutoUpdateRateLimitDataAuditing");

static const struct field auto_update_group_config_settings_data_auditing_fields[] = {
    TEXT("newEnableAutoUpdate"), TEXT("oldEnableAutoUpdate"), TEXT("newUseLatestVersion"), TEXT("oldUseLatestVersion"), TEXT("newClientVersion"),
    TEXT("oldClientVersion"), TEXT("newAdapterVersion"), TEXT("oldAdapterVersion"),
};
SHAPE(auto_update_group_config_settings_data_auditing, "AutoUpdateGroupConfigSettingsDataAuditing");

static const struct field auto_update_group_client_settings_data_auditing_fields[] = {
    TEXT("newAppEventLogType"), TEXT("oldAppEventLogType"), TEXT("newBeyondInsightCertName"), TEXT("oldBeyondInsightCertName"), TEXT("newBeyondInsightUrl"),
    TEXT("oldBeyondInsightUrl"), TEXT("newBeyondInsightWorkGroup"), TEXT("oldBeyondInsightWorkGroup"), TEXT("newCertMode"), TEXT("oldCertMode"),
    TEXT("newConfigAuditEnabled"), TEXT("oldConfigAuditEnabled"), TEXT("newConfigAuditMode"), TEXT("oldConfigAuditMode"), TEXT("newCrlFailOpen"), TEXT("oldCrlFailOpen"),
    TEXT("newDownloadAuditMode"), TEXT("oldDownloadAuditMode"), TEXT("newHookLoadMethod"), TEXT("oldHookLoadMethod"), TEXT("newPolicyEnabled"), TEXT("oldPolicyEnabled"),
    TEXT("newPolicyPrecedence"), TEXT("oldPolicyPrecedence"), TEXT("newPsMode"), TEXT("oldPsMode"),
};
SHAPE(auto_update_group_client_settings_data_auditing, "AutoUpdateGroupClientSettingsDataAuditing");

static const struct field permission_group_data_auditing_fields[] = {
    TEXT("permissionSetId"), TEXT("newName"), TEXT("oldName"), TEXT("newDescription"), TEXT("oldDescription"), TEXT("newNumberOfUsers"), TEXT("oldNumberOfUsers"),
    OUR_TEXT("newAllows"), OUR_TEXT("oldAllows"), OUR_TEXT("newDenies"), OUR_TEXT("oldDenies"), OUR_BOOL("deleted"),
};
SHAPE(permission_group_data_auditing, "PermissionGroupDataAuditing");

static const struct field auto_update_group_mac_client_settings_data_auditing_fields[] = {
    TEXT("newAntiTamper"), TEXT("oldAntiTamper"), TEXT("newMountAssist"), TEXT("oldMountAssist"), TEXT("newSudoEnabled"), TEXT("oldSudoEnabled"),
    TEXT("newBiometricAuthenticationEnabled"), TEXT("oldBiometricAuthenticationEnabled"), TEXT("newBadgeIcons"), TEXT("oldBadgeIcons"),
};
SHAPE(auto_update_group_mac_client_settings_data_auditing, "AutoUpdateGroupMacClientSettingsDataAuditing");

static const struct field identity_provider_group_data_auditing_fields[] = {
    TEXT("newName"), TEXT("oldName"), TEXT("newDescription"), TEXT("oldDescription"),
};
SHAPE(identity_provider_group_data_auditing, "IdentityProviderGroupDataAuditing");

static const struct field map_to_identity_provider_group_auditing_fields[] = {
    MAP("newGroups"), MAP("oldGroups"),
};
SHAPE(map_to_identity_provider_group_auditing, "MapToIdentityProviderGroupAuditing");

#define OBJECT(name, part) \
    { .json = name, .type = FIELD_JSON, .column = "CASE WHEN a.object = '" name "' THEN a.object_json END", .shape = &part##_shape, .flags = FIELD_NULLABLE }

static const struct field detail_fields[] = {
    ACTIVITY_AUDIT_FIELDS,
    OBJECT("apiClientDataAuditing", api_client_data_auditing),
    OBJECT("computerDataAuditing", computer_data_auditing),
    OBJECT("groupDataAuditing", group_data_auditing),
    OBJECT("installationKeyDataAuditing", installation_key_data_auditing),
    OBJECT("policyDataAuditing", policy_data_auditing),
    OBJECT("policyRevisionDataAuditing", policy_revision_data_auditing),
    OBJECT("settingsDataAuditing", settings_data_auditing),
    OBJECT("userDataAuditing", user_data_auditing),
    OBJECT("openIdConfigDataAuditing", open_id_config_data_auditing),
    OBJECT("mmcRemoteClientDataAuditing", mmc_remote_client_data_auditing),
    OBJECT("computerPolicyDataAuditing", computer_policy_data_auditing),
    OBJECT("azureADIntegrationDataAuditing", azure_ad_integration_data_auditing),
    OBJECT("authorizationRequestDataAuditing", authorization_request_data_auditing),
    OBJECT("reputationSettingsDataAuditing", reputation_settings_data_auditing),
    OBJECT("securitySettingsDataAuditing", security_settings_data_auditing),
    OBJECT("siemIntegrationBaseDetailModel", siem_integration_base_detail_model),
    OBJECT("siemIntegrationQradarAuditing", siem_integration_qradar_auditing),
    OBJECT("siemIntegrationS3Auditing", siem_integration_s3_auditing),
    OBJECT("siemIntegrationSentinelAuditing", siem_integration_sentinel_auditing),
    OBJECT("siemIntegrationSplunkAuditing", siem_integration_splunk_auditing),
    OBJECT("agentDataAuditing", agent_data_auditing),
    OBJECT("managementRuleDataAuditing", management_rule_data_auditing),
    OBJECT("autoUpdateRateLimitDataAuditing", auto_update_rate_limit_data_auditing),
    OBJECT("autoUpdateGroupConfigSettingsDataAuditing", auto_update_group_config_settings_data_auditing),
    OBJECT("autoUpdateGroupClientSettingsDataAuditing", auto_update_group_client_settings_data_auditing),
    OBJECT("permissionGroupDataAuditing", permission_group_data_auditing),
    OBJECT("autoUpdateGroupMacClientSettingsDataAuditing", auto_update_group_mac_client_settings_data_auditing),
    OBJECT("identityProviderGroupDataAuditing", identity_provider_group_data_auditing),
    OBJECT("mapToIdentityProviderGroupAuditing", map_to_identity_provider_group_auditing),
    { .json = "locked", .type = FIELD_BOOL, .flags = FIELD_NULLABLE, .summary = "Always null: an entry never changes" },
    { .json = "errorInfo", .type = FIELD_OBJECT, .shape = &map_shape, .flags = FIELD_NULLABLE, .summary = "Always null" },
};
/* clang-format on */

const struct shape activity_audit_detail_shape = {
    .name = "ActivityAuditDetails",
    .summary = "An audit with one object per kind of change; kinds that do not apply are null",
    .fields = detail_fields,
    .count = COUNT_OF(detail_fields),
    .times = TIME_PLAIN,
};
