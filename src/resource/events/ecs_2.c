#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, ...) { .json = name, .type = __VA_ARGS__ }
static const struct field fields_ecs_elf_header[] = {
    F("class", FIELD_TEXT),
    F("data", FIELD_TEXT),
    F("os_abi", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("abi_version", FIELD_TEXT),
    F("entrypoint", FIELD_INT64),
    F("object_version", FIELD_TEXT),
};
const struct shape shape_ecs_elf_header = { .name = "EcsElfHeader", .fields = fields_ecs_elf_header, .count = COUNT_OF(fields_ecs_elf_header), .flags = SHAPE_OPEN };

static const struct field fields_ecs_elf_sections_item[] = {
    F("flags", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("physical_offset", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("physical_size", FIELD_INT64),
    F("virtual_address", FIELD_INT64),
    F("virtual_size", FIELD_INT64),
    F("entropy", FIELD_INT64),
    F("chi2", FIELD_INT64),
};
const struct shape shape_ecs_elf_sections_item = { .name = "EcsElfSectionsItem", .fields = fields_ecs_elf_sections_item, .count = COUNT_OF(fields_ecs_elf_sections_item), .flags = SHAPE_OPEN };

static const struct field fields_ecs_elf_segments_item[] = {
    F("type", FIELD_TEXT),
    F("sections", FIELD_TEXT),
};
const struct shape shape_ecs_elf_segments_item = { .name = "EcsElfSegmentsItem", .fields = fields_ecs_elf_segments_item, .count = COUNT_OF(fields_ecs_elf_segments_item), .flags = SHAPE_OPEN };

static const struct field fields_ecs_elf[] = {
    F("creation_date", FIELD_TIME),
    F("architecture", FIELD_TEXT),
    F("byte_order", FIELD_TEXT),
    F("cpu_type", FIELD_TEXT),
    F("header", FIELD_OBJECT, .shape = &shape_ecs_elf_header),
    F("sections", FIELD_ARRAY, .shape = &shape_ecs_elf_sections_item),
    F("exports", FIELD_ANY),
    F("imports", FIELD_ANY),
    F("shared_libraries", FIELD_ARRAY, .items = FIELD_TEXT),
    F("telfhash", FIELD_TEXT),
    F("segments", FIELD_ARRAY, .shape = &shape_ecs_elf_segments_item),
};
const struct shape shape_ecs_elf = { .name = "EcsElf", .fields = fields_ecs_elf, .count = COUNT_OF(fields_ecs_elf), .flags = SHAPE_OPEN };

static const struct field fields_ecs_file[] = {
    F("name", FIELD_TEXT),
    F("attributes", FIELD_ARRAY, .items = FIELD_TEXT),
    F("directory", FIELD_TEXT),
    F("drive_letter", FIELD_TEXT),
    F("path", FIELD_TEXT),
    F("target_path", FIELD_TEXT),
    F("extension", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("device", FIELD_TEXT),
    F("inode", FIELD_TEXT),
    F("uid", FIELD_TEXT),
    F("owner", FIELD_TEXT),
    F("gid", FIELD_TEXT),
    F("group", FIELD_TEXT),
    F("mode", FIELD_TEXT),
    F("size", FIELD_INT64),
    F("mtime", FIELD_TIME),
    F("ctime", FIELD_TIME),
    F("created", FIELD_TIME),
    F("accessed", FIELD_TIME),
    F("mime_type", FIELD_TEXT),
    F("fork_name", FIELD_TEXT),
    F("DriveType", FIELD_TEXT),
    F("SourceUrl", FIELD_TEXT),
    F("ZoneTag", FIELD_TEXT),
    F("ProductVersion", FIELD_TEXT),
    F("Description", FIELD_TEXT),
    F("Version", FIELD_TEXT),
    F("hash", FIELD_OBJECT, .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, .shape = &shape_ecs_pe),
    F("x509", FIELD_OBJECT, .shape = &shape_ecs_x509),
    F("Bundle", FIELD_OBJECT, .shape = &shape_epm_file_bundle),
    F("Owner", FIELD_OBJECT, .shape = &shape_epm_file_owner),
    F("code_signature", FIELD_OBJECT, .shape = &shape_ecs_code_signature),
    F("elf", FIELD_OBJECT, .shape = &shape_ecs_elf),
};
const struct shape shape_ecs_file = { .name = "EcsFile", .fields = fields_ecs_file, .count = COUNT_OF(fields_ecs_file), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_thread[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_process_thread = { .name = "EcsProcessThread", .fields = fields_ecs_process_thread, .count = COUNT_OF(fields_ecs_process_thread), .flags = SHAPE_OPEN };

static const struct field fields_ecs_endpoint_addr_nat[] = {
    F("ip", FIELD_TEXT),
    F("port", FIELD_INT),
};
const struct shape shape_ecs_endpoint_addr_nat = { .name = "EcsEndpointAddrNat", .fields = fields_ecs_endpoint_addr_nat, .count = COUNT_OF(fields_ecs_endpoint_addr_nat), .flags = SHAPE_OPEN };

static const struct field fields_ecs_as_organization[] = {
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_as_organization = { .name = "EcsAsOrganization", .fields = fields_ecs_as_organization, .count = COUNT_OF(fields_ecs_as_organization), .flags = SHAPE_OPEN };

static const struct field fields_ecs_as[] = {
    F("number", FIELD_INT64),
    F("organization", FIELD_OBJECT, .shape = &shape_ecs_as_organization),
};
const struct shape shape_ecs_as = { .name = "EcsAs", .fields = fields_ecs_as, .count = COUNT_OF(fields_ecs_as), .flags = SHAPE_OPEN };

static const struct field fields_ecs_endpoint_addr[] = {
    F("address", FIELD_TEXT),
    F("ip", FIELD_TEXT),
    F("port", FIELD_INT),
    F("mac", FIELD_TEXT),
    F("domain", FIELD_TEXT),
    F("registered_domain", FIELD_TEXT),
    F("top_level_domain", FIELD_TEXT),
    F("subdomain", FIELD_TEXT),
    F("bytes", FIELD_INT64),
    F("packets", FIELD_INT64),
    F("nat", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr_nat),
    F("Name", FIELD_TEXT),
    F("as", FIELD_OBJECT, .shape = &shape_ecs_as),
    F("geo", FIELD_OBJECT, .shape = &shape_ecs_geo),
    F("user", FIELD_OBJECT, .shape = &shape_ecs_user),
};
const struct shape shape_ecs_endpoint_addr = { .name = "EcsEndpointAddr", .fields = fields_ecs_endpoint_addr, .count = COUNT_OF(fields_ecs_endpoint_addr), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_entrymeta[] = {
    F("type", FIELD_TEXT),
    F("source", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr),
};
const struct shape shape_ecs_process_entrymeta = { .name = "EcsProcessEntrymeta", .fields = fields_ecs_process_entrymeta, .count = COUNT_OF(fields_ecs_process_entrymeta), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_base_thread[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
};
const struct shape shape_ecs_process_base_thread = { .name = "EcsProcessBaseThread", .fields = fields_ecs_process_base_thread, .count = COUNT_OF(fields_ecs_process_base_thread), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_base_entrymeta[] = {
    F("type", FIELD_TEXT),
    F("source", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr),
};
const struct shape shape_ecs_process_base_entrymeta = { .name = "EcsProcessBaseEntrymeta", .fields = fields_ecs_process_base_entrymeta, .count = COUNT_OF(fields_ecs_process_base_entrymeta), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_base[] = {
    F("pid", FIELD_INT64),
    F("entity_id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("pgid", FIELD_INT64),
    F("command_line", FIELD_TEXT),
    F("args", FIELD_ARRAY, .items = FIELD_TEXT),
    F("args_count", FIELD_INT),
    F("executable", FIELD_TEXT),
    F("title", FIELD_TEXT),
    F("thread", FIELD_OBJECT, .shape = &shape_ecs_process_base_thread),
    F("start", FIELD_TIME),
    F("uptime", FIELD_INT64),
    F("working_directory", FIELD_TEXT),
    F("exit_code", FIELD_INT64),
    F("end", FIELD_TIME),
    F("interactive", FIELD_BOOL),
    F("same_as_process", FIELD_BOOL),
    F("env_vars", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("entry_meta", FIELD_OBJECT, .shape = &shape_ecs_process_base_entrymeta),
    F("tty", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("ElevationRequired", FIELD_BOOL),
    F("group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("real_group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("saved_group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("supplemental_groups", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("hash", FIELD_OBJECT, .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, .shape = &shape_ecs_pe),
    F("code_signature", FIELD_OBJECT, .shape = &shape_ecs_code_signature),
    F("elf", FIELD_OBJECT, .shape = &shape_ecs_elf),
    F("HostedFile", FIELD_OBJECT, .shape = &shape_ecs_file),
    F("user", FIELD_OBJECT, .shape = &shape_ecs_user),
    F("saved_user", FIELD_OBJECT, .shape = &shape_ecs_user),
    F("real_user", FIELD_OBJECT, .shape = &shape_ecs_user),
};
const struct shape shape_ecs_process_base = { .name = "EcsProcessBase", .fields = fields_ecs_process_base, .count = COUNT_OF(fields_ecs_process_base), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process[] = {
    F("pid", FIELD_INT64),
    F("entity_id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("pgid", FIELD_INT64),
    F("command_line", FIELD_TEXT),
    F("args", FIELD_ARRAY, .items = FIELD_TEXT),
    F("args_count", FIELD_INT),
    F("executable", FIELD_TEXT),
    F("title", FIELD_TEXT),
    F("thread", FIELD_OBJECT, .shape = &shape_ecs_process_thread),
    F("start", FIELD_TIME),
    F("uptime", FIELD_INT64),
    F("working_directory", FIELD_TEXT),
    F("exit_code", FIELD_INT64),
    F("end", FIELD_TIME),
    F("interactive", FIELD_BOOL),
    F("same_as_process", FIELD_BOOL),
    F("env_vars", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("entry_meta", FIELD_OBJECT, .shape = &shape_ecs_process_entrymeta),
    F("tty", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("ElevationRequired", FIELD_BOOL),
    F("group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("real_group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("saved_group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("supplemental_groups", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("hash", FIELD_OBJECT, .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, .shape = &shape_ecs_pe),
    F("code_signature", FIELD_OBJECT, .shape = &shape_ecs_code_signature),
    F("elf", FIELD_OBJECT, .shape = &shape_ecs_elf),
    F("HostedFile", FIELD_OBJECT, .shape = &shape_ecs_file),
    F("user", FIELD_OBJECT, .shape = &shape_ecs_user),
    F("saved_user", FIELD_OBJECT, .shape = &shape_ecs_user),
    F("real_user", FIELD_OBJECT, .shape = &shape_ecs_user),
    F("parent", FIELD_OBJECT, .shape = &shape_ecs_process_base),
    F("group_leader", FIELD_OBJECT, .shape = &shape_ecs_process_base),
    F("session_leader", FIELD_OBJECT, .shape = &shape_ecs_process_base),
    F("entry_leader", FIELD_OBJECT, .shape = &shape_ecs_process_base),
    F("previous", FIELD_OBJECT, .shape = &shape_ecs_process_base),
};
const struct shape shape_ecs_process = { .name = "EcsProcess", .fields = fields_ecs_process, .count = COUNT_OF(fields_ecs_process), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_related[] = {
    F("ip", FIELD_ARRAY, .items = FIELD_TEXT),
    F("user", FIELD_ARRAY, .items = FIELD_TEXT),
    F("hosts", FIELD_ARRAY, .items = FIELD_TEXT),
    F("hash", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_related = { .name = "EpmEcsEventRelated", .fields = fields_epm_ecs_event_related, .count = COUNT_OF(fields_epm_ecs_event_related), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_event[] = {
    F("Action", FIELD_TEXT),
    F("Type", FIELD_TEXT),
};
const struct shape shape_epm_win_mac_event = { .name = "EpmWinMacEvent", .fields = fields_epm_win_mac_event, .count = COUNT_OF(fields_epm_win_mac_event), .flags = SHAPE_OPEN };

static const struct field fields_epm_named[] = {
    F("Identifier", FIELD_TEXT),
    F("Name", FIELD_TEXT),
    F("Description", FIELD_TEXT),
};
const struct shape shape_epm_named = { .name = "EpmNamed", .fields = fields_epm_named, .count = COUNT_OF(fields_epm_named), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_application[] = {
    F("Identifier", FIELD_TEXT),
    F("Type", FIELD_TEXT),
    F("Description", FIELD_TEXT),
};
const struct shape shape_epm_configuration_application = { .name = "EpmConfigurationApplication", .fields = fields_epm_configuration_application, .count = COUNT_OF(fields_epm_configuration_application), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_content[] = {
    F("Identifier", FIELD_TEXT),
    F("Type", FIELD_TEXT),
    F("Description", FIELD_TEXT),
};
const struct shape shape_epm_configuration_content = { .name = "EpmConfigurationContent", .fields = fields_epm_configuration_content, .count = COUNT_OF(fields_epm_configuration_content), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_rule[] = {
    F("Identifier", FIELD_TEXT),
    F("Action", FIELD_TEXT),
    F("OnDemand", FIELD_BOOL),
    F("MatchedChild", FIELD_BOOL),
};
const struct shape shape_epm_configuration_rule = { .name = "EpmConfigurationRule", .fields = fields_epm_configuration_rule, .count = COUNT_OF(fields_epm_configuration_rule), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_rule_script_outcome[] = {
    F("Name", FIELD_TEXT),
    F("Output", FIELD_TEXT),
    F("Result", FIELD_TEXT),
    F("RuleAffected", FIELD_BOOL),
    F("Version", FIELD_TEXT),
};
const struct shape shape_epm_configuration_rule_script_outcome = { .name = "EpmConfigurationRuleScriptOutcome", .fields = fields_epm_configuration_rule_script_outcome, .count = COUNT_OF(fields_epm_configuration_rule_script_outcome), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_rule_script[] = {
    F("FileName", FIELD_TEXT),
    F("Publisher", FIELD_TEXT),
    F("Outcome", FIELD_OBJECT, .shape = &shape_epm_configuration_rule_script_outcome),
};
const struct shape shape_epm_configuration_rule_script = { .name = "EpmConfigurationRuleScript", .fields = fields_epm_configuration_rule_script, .count = COUNT_OF(fields_epm_configuration_rule_script), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_message_authentication[] = {
    F("User", FIELD_TEXT),
};
const struct shape shape_epm_configuration_message_authentication = { .name = "EpmConfigurationMessageAuthentication", .fields = fields_epm_configuration_message_authentication, .count = COUNT_OF(fields_epm_configuration_message_authentication), .flags = SHAPE_OPEN };

/* clang-format on */
