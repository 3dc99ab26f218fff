#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, field_type, ...) { .json = name, .type = field_type, .summary = __VA_ARGS__ }
static const struct field fields_ecs_elf_header[] = {
    F("class", FIELD_TEXT, "class"),
    F("data", FIELD_TEXT, "data"),
    F("os_abi", FIELD_TEXT, "os_abi"),
    F("type", FIELD_TEXT, "type"),
    F("version", FIELD_TEXT, "version"),
    F("abi_version", FIELD_TEXT, "abi_version"),
    F("entrypoint", FIELD_INT64, "entrypoint"),
    F("object_version", FIELD_TEXT, "object_version"),
};
const struct shape shape_ecs_elf_header = { .name = "EcsElfHeader", .fields = fields_ecs_elf_header, .count = COUNT_OF(fields_ecs_elf_header), .flags = SHAPE_OPEN };

static const struct field fields_ecs_elf_sections_item[] = {
    F("flags", FIELD_TEXT, "flags"),
    F("name", FIELD_TEXT, "name"),
    F("physical_offset", FIELD_TEXT, "physical_offset"),
    F("type", FIELD_TEXT, "type"),
    F("physical_size", FIELD_INT64, "physical_size"),
    F("virtual_address", FIELD_INT64, "virtual_address"),
    F("virtual_size", FIELD_INT64, "virtual_size"),
    F("entropy", FIELD_INT64, "entropy"),
    F("chi2", FIELD_INT64, "chi2"),
};
const struct shape shape_ecs_elf_sections_item = { .name = "EcsElfSectionsItem", .fields = fields_ecs_elf_sections_item, .count = COUNT_OF(fields_ecs_elf_sections_item), .flags = SHAPE_OPEN };

static const struct field fields_ecs_elf_segments_item[] = {
    F("type", FIELD_TEXT, "type"),
    F("sections", FIELD_TEXT, "sections"),
};
const struct shape shape_ecs_elf_segments_item = { .name = "EcsElfSegmentsItem", .fields = fields_ecs_elf_segments_item, .count = COUNT_OF(fields_ecs_elf_segments_item), .flags = SHAPE_OPEN };

static const struct field fields_ecs_elf[] = {
    F("creation_date", FIELD_TIME, "creation_date"),
    F("architecture", FIELD_TEXT, "architecture"),
    F("byte_order", FIELD_TEXT, "byte_order"),
    F("cpu_type", FIELD_TEXT, "cpu_type"),
    F("header", FIELD_OBJECT, "header", .shape = &shape_ecs_elf_header),
    F("sections", FIELD_ARRAY, "sections", .shape = &shape_ecs_elf_sections_item),
    F("exports", FIELD_ANY, "exports"),
    F("imports", FIELD_ANY, "imports"),
    F("shared_libraries", FIELD_ARRAY, "shared_libraries", .items = FIELD_TEXT),
    F("telfhash", FIELD_TEXT, "telfhash"),
    F("segments", FIELD_ARRAY, "segments", .shape = &shape_ecs_elf_segments_item),
};
const struct shape shape_ecs_elf = { .name = "EcsElf", .fields = fields_ecs_elf, .count = COUNT_OF(fields_ecs_elf), .flags = SHAPE_OPEN };

static const struct field fields_ecs_file[] = {
    F("name", FIELD_TEXT, "name"),
    F("attributes", FIELD_ARRAY, "attributes", .items = FIELD_TEXT),
    F("directory", FIELD_TEXT, "directory"),
    F("drive_letter", FIELD_TEXT, "drive_letter"),
    F("path", FIELD_TEXT, "path"),
    F("target_path", FIELD_TEXT, "target_path"),
    F("extension", FIELD_TEXT, "extension"),
    F("type", FIELD_TEXT, "type"),
    F("device", FIELD_TEXT, "device"),
    F("inode", FIELD_TEXT, "inode"),
    F("uid", FIELD_TEXT, "uid"),
    F("owner", FIELD_TEXT, "owner"),
    F("gid", FIELD_TEXT, "gid"),
    F("group", FIELD_TEXT, "group"),
    F("mode", FIELD_TEXT, "mode"),
    F("size", FIELD_INT64, "size"),
    F("mtime", FIELD_TIME, "mtime"),
    F("ctime", FIELD_TIME, "ctime"),
    F("created", FIELD_TIME, "created"),
    F("accessed", FIELD_TIME, "accessed"),
    F("mime_type", FIELD_TEXT, "mime_type"),
    F("fork_name", FIELD_TEXT, "fork_name"),
    F("DriveType", FIELD_TEXT, "DriveType"),
    F("SourceUrl", FIELD_TEXT, "SourceUrl"),
    F("ZoneTag", FIELD_TEXT, "ZoneTag"),
    F("ProductVersion", FIELD_TEXT, "ProductVersion"),
    F("Description", FIELD_TEXT, "Description"),
    F("Version", FIELD_TEXT, "Version"),
    F("hash", FIELD_OBJECT, "hash", .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, "pe", .shape = &shape_ecs_pe),
    F("x509", FIELD_OBJECT, "x509", .shape = &shape_ecs_x509),
    F("Bundle", FIELD_OBJECT, "Bundle", .shape = &shape_epm_file_bundle),
    F("Owner", FIELD_OBJECT, "Owner", .shape = &shape_epm_file_owner),
    F("code_signature", FIELD_OBJECT, "code_signature", .shape = &shape_ecs_code_signature),
    F("elf", FIELD_OBJECT, "elf", .shape = &shape_ecs_elf),
};
const struct shape shape_ecs_file = { .name = "EcsFile", .fields = fields_ecs_file, .count = COUNT_OF(fields_ecs_file), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_thread[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_process_thread = { .name = "EcsProcessThread", .fields = fields_ecs_process_thread, .count = COUNT_OF(fields_ecs_process_thread), .flags = SHAPE_OPEN };

static const struct field fields_ecs_endpoint_addr_nat[] = {
    F("ip", FIELD_TEXT, "ip"),
    F("port", FIELD_INT, "port"),
};
const struct shape shape_ecs_endpoint_addr_nat = { .name = "EcsEndpointAddrNat", .fields = fields_ecs_endpoint_addr_nat, .count = COUNT_OF(fields_ecs_endpoint_addr_nat), .flags = SHAPE_OPEN };

static const struct field fields_ecs_as_organization[] = {
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_as_organization = { .name = "EcsAsOrganization", .fields = fields_ecs_as_organization, .count = COUNT_OF(fields_ecs_as_organization), .flags = SHAPE_OPEN };

static const struct field fields_ecs_as[] = {
    F("number", FIELD_INT64, "number"),
    F("organization", FIELD_OBJECT, "organization", .shape = &shape_ecs_as_organization),
};
const struct shape shape_ecs_as = { .name = "EcsAs", .fields = fields_ecs_as, .count = COUNT_OF(fields_ecs_as), .flags = SHAPE_OPEN };

static const struct field fields_ecs_endpoint_addr[] = {
    F("address", FIELD_TEXT, "address"),
    F("ip", FIELD_TEXT, "ip"),
    F("port", FIELD_INT, "port"),
    F("mac", FIELD_TEXT, "mac"),
    F("domain", FIELD_TEXT, "domain"),
    F("registered_domain", FIELD_TEXT, "registered_domain"),
    F("top_level_domain", FIELD_TEXT, "top_level_domain"),
    F("subdomain", FIELD_TEXT, "subdomain"),
    F("bytes", FIELD_INT64, "bytes"),
    F("packets", FIELD_INT64, "packets"),
    F("nat", FIELD_OBJECT, "nat", .shape = &shape_ecs_endpoint_addr_nat),
    F("Name", FIELD_TEXT, "Name"),
    F("as", FIELD_OBJECT, "as", .shape = &shape_ecs_as),
    F("geo", FIELD_OBJECT, "geo", .shape = &shape_ecs_geo),
    F("user", FIELD_OBJECT, "user", .shape = &shape_ecs_user),
};
const struct shape shape_ecs_endpoint_addr = { .name = "EcsEndpointAddr", .fields = fields_ecs_endpoint_addr, .count = COUNT_OF(fields_ecs_endpoint_addr), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_entrymeta[] = {
    F("type", FIELD_TEXT, "type"),
    F("source", FIELD_OBJECT, "source", .shape = &shape_ecs_endpoint_addr),
};
const struct shape shape_ecs_process_entrymeta = { .name = "EcsProcessEntrymeta", .fields = fields_ecs_process_entrymeta, .count = COUNT_OF(fields_ecs_process_entrymeta), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_base_thread[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
};
const struct shape shape_ecs_process_base_thread = { .name = "EcsProcessBaseThread", .fields = fields_ecs_process_base_thread, .count = COUNT_OF(fields_ecs_process_base_thread), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_base_entrymeta[] = {
    F("type", FIELD_TEXT, "type"),
    F("source", FIELD_OBJECT, "source", .shape = &shape_ecs_endpoint_addr),
};
const struct shape shape_ecs_process_base_entrymeta = { .name = "EcsProcessBaseEntrymeta", .fields = fields_ecs_process_base_entrymeta, .count = COUNT_OF(fields_ecs_process_base_entrymeta), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process_base[] = {
    F("pid", FIELD_INT64, "pid"),
    F("entity_id", FIELD_TEXT, "entity_id"),
    F("name", FIELD_TEXT, "name"),
    F("pgid", FIELD_INT64, "pgid"),
    F("command_line", FIELD_TEXT, "command_line"),
    F("args", FIELD_ARRAY, "args", .items = FIELD_TEXT),
    F("args_count", FIELD_INT, "args_count"),
    F("executable", FIELD_TEXT, "executable"),
    F("title", FIELD_TEXT, "title"),
    F("thread", FIELD_OBJECT, "thread", .shape = &shape_ecs_process_base_thread),
    F("start", FIELD_TIME, "start"),
    F("uptime", FIELD_INT64, "uptime"),
    F("working_directory", FIELD_TEXT, "working_directory"),
    F("exit_code", FIELD_INT64, "exit_code"),
    F("end", FIELD_TIME, "end"),
    F("interactive", FIELD_BOOL, "interactive"),
    F("same_as_process", FIELD_BOOL, "same_as_process"),
    F("env_vars", FIELD_ANY, "Text in the one known sample, an object in ECS: keep as sent"),
    F("entry_meta", FIELD_OBJECT, "entry_meta", .shape = &shape_ecs_process_base_entrymeta),
    F("tty", FIELD_ANY, "Text in the one known sample, an object in ECS: keep as sent"),
    F("ElevationRequired", FIELD_BOOL, "ElevationRequired"),
    F("group", FIELD_OBJECT, "group", .shape = &shape_ecs_group),
    F("real_group", FIELD_OBJECT, "real_group", .shape = &shape_ecs_group),
    F("saved_group", FIELD_OBJECT, "saved_group", .shape = &shape_ecs_group),
    F("supplemental_groups", FIELD_OBJECT, "supplemental_groups", .shape = &shape_ecs_group),
    F("hash", FIELD_OBJECT, "hash", .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, "pe", .shape = &shape_ecs_pe),
    F("code_signature", FIELD_OBJECT, "code_signature", .shape = &shape_ecs_code_signature),
    F("elf", FIELD_OBJECT, "elf", .shape = &shape_ecs_elf),
    F("HostedFile", FIELD_OBJECT, "HostedFile", .shape = &shape_ecs_file),
    F("user", FIELD_OBJECT, "user", .shape = &shape_ecs_user),
    F("saved_user", FIELD_OBJECT, "saved_user", .shape = &shape_ecs_user),
    F("real_user", FIELD_OBJECT, "real_user", .shape = &shape_ecs_user),
};
const struct shape shape_ecs_process_base = { .name = "EcsProcessBase", .fields = fields_ecs_process_base, .count = COUNT_OF(fields_ecs_process_base), .flags = SHAPE_OPEN };

static const struct field fields_ecs_process[] = {
    F("pid", FIELD_INT64, "pid"),
    F("entity_id", FIELD_TEXT, "entity_id"),
    F("name", FIELD_TEXT, "name"),
    F("pgid", FIELD_INT64, "pgid"),
    F("command_line", FIELD_TEXT, "command_line"),
    F("args", FIELD_ARRAY, "args", .items = FIELD_TEXT),
    F("args_count", FIELD_INT, "args_count"),
    F("executable", FIELD_TEXT, "executable"),
    F("title", FIELD_TEXT, "title"),
    F("thread", FIELD_OBJECT, "thread", .shape = &shape_ecs_process_thread),
    F("start", FIELD_TIME, "start"),
    F("uptime", FIELD_INT64, "uptime"),
    F("working_directory", FIELD_TEXT, "working_directory"),
    F("exit_code", FIELD_INT64, "exit_code"),
    F("end", FIELD_TIME, "end"),
    F("interactive", FIELD_BOOL, "interactive"),
    F("same_as_process", FIELD_BOOL, "same_as_process"),
    F("env_vars", FIELD_ANY, "Text in the one known sample, an object in ECS: keep as sent"),
    F("entry_meta", FIELD_OBJECT, "entry_meta", .shape = &shape_ecs_process_entrymeta),
    F("tty", FIELD_ANY, "Text in the one known sample, an object in ECS: keep as sent"),
    F("ElevationRequired", FIELD_BOOL, "ElevationRequired"),
    F("group", FIELD_OBJECT, "group", .shape = &shape_ecs_group),
    F("real_group", FIELD_OBJECT, "real_group", .shape = &shape_ecs_group),
    F("saved_group", FIELD_OBJECT, "saved_group", .shape = &shape_ecs_group),
    F("supplemental_groups", FIELD_OBJECT, "supplemental_groups", .shape = &shape_ecs_group),
    F("hash", FIELD_OBJECT, "hash", .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, "pe", .shape = &shape_ecs_pe),
    F("code_signature", FIELD_OBJECT, "code_signature", .shape = &shape_ecs_code_signature),
    F("elf", FIELD_OBJECT, "elf", .shape = &shape_ecs_elf),
    F("HostedFile", FIELD_OBJECT, "HostedFile", .shape = &shape_ecs_file),
    F("user", FIELD_OBJECT, "user", .shape = &shape_ecs_user),
    F("saved_user", FIELD_OBJECT, "saved_user", .shape = &shape_ecs_user),
    F("real_user", FIELD_OBJECT, "real_user", .shape = &shape_ecs_user),
    F("parent", FIELD_OBJECT, "parent", .shape = &shape_ecs_process_base),
    F("group_leader", FIELD_OBJECT, "group_leader", .shape = &shape_ecs_process_base),
    F("session_leader", FIELD_OBJECT, "session_leader", .shape = &shape_ecs_process_base),
    F("entry_leader", FIELD_OBJECT, "entry_leader", .shape = &shape_ecs_process_base),
    F("previous", FIELD_OBJECT, "previous", .shape = &shape_ecs_process_base),
};
const struct shape shape_ecs_process = { .name = "EcsProcess", .fields = fields_ecs_process, .count = COUNT_OF(fields_ecs_process), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_related[] = {
    F("ip", FIELD_ARRAY, "ip", .items = FIELD_TEXT),
    F("user", FIELD_ARRAY, "user", .items = FIELD_TEXT),
    F("hosts", FIELD_ARRAY, "hosts", .items = FIELD_TEXT),
    F("hash", FIELD_ARRAY, "hash", .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_related = { .name = "EpmEcsEventRelated", .fields = fields_epm_ecs_event_related, .count = COUNT_OF(fields_epm_ecs_event_related), .flags = SHAPE_OPEN };

static const struct field fields_epm_win_mac_event[] = {
    F("Action", FIELD_TEXT, "Action"),
    F("Type", FIELD_TEXT, "Type"),
};
const struct shape shape_epm_win_mac_event = { .name = "EpmWinMacEvent", .fields = fields_epm_win_mac_event, .count = COUNT_OF(fields_epm_win_mac_event), .flags = SHAPE_OPEN };

static const struct field fields_epm_named[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Name", FIELD_TEXT, "Name"),
    F("Description", FIELD_TEXT, "Description"),
};
const struct shape shape_epm_named = { .name = "EpmNamed", .fields = fields_epm_named, .count = COUNT_OF(fields_epm_named), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_application[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Type", FIELD_TEXT, "Type"),
    F("Description", FIELD_TEXT, "Description"),
};
const struct shape shape_epm_configuration_application = { .name = "EpmConfigurationApplication", .fields = fields_epm_configuration_application, .count = COUNT_OF(fields_epm_configuration_application), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_content[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Type", FIELD_TEXT, "Type"),
    F("Description", FIELD_TEXT, "Description"),
};
const struct shape shape_epm_configuration_content = { .name = "EpmConfigurationContent", .fields = fields_epm_configuration_content, .count = COUNT_OF(fields_epm_configuration_content), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_rule[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Action", FIELD_TEXT, "Action"),
    F("OnDemand", FIELD_BOOL, "OnDemand"),
    F("MatchedChild", FIELD_BOOL, "MatchedChild"),
};
const struct shape shape_epm_configuration_rule = { .name = "EpmConfigurationRule", .fields = fields_epm_configuration_rule, .count = COUNT_OF(fields_epm_configuration_rule), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_rule_script_outcome[] = {
    F("Name", FIELD_TEXT, "Name"),
    F("Output", FIELD_TEXT, "Output"),
    F("Result", FIELD_TEXT, "Result"),
    F("RuleAffected", FIELD_BOOL, "RuleAffected"),
    F("Version", FIELD_TEXT, "Version"),
};
const struct shape shape_epm_configuration_rule_script_outcome = { .name = "EpmConfigurationRuleScriptOutcome", .fields = fields_epm_configuration_rule_script_outcome, .count = COUNT_OF(fields_epm_configuration_rule_script_outcome), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_rule_script[] = {
    F("FileName", FIELD_TEXT, "FileName"),
    F("Publisher", FIELD_TEXT, "Publisher"),
    F("Outcome", FIELD_OBJECT, "Outcome", .shape = &shape_epm_configuration_rule_script_outcome),
};
const struct shape shape_epm_configuration_rule_script = { .name = "EpmConfigurationRuleScript", .fields = fields_epm_configuration_rule_script, .count = COUNT_OF(fields_epm_configuration_rule_script), .flags = SHAPE_OPEN };

static const struct field fields_epm_configuration_message_authentication[] = {
    F("User", FIELD_TEXT, "User"),
};
const struct shape shape_epm_configuration_message_authentication = { .name = "EpmConfigurationMessageAuthentication", .fields = fields_epm_configuration_message_authentication, .count = COUNT_OF(fields_epm_configuration_message_authentication), .flags = SHAPE_OPEN };

/* clang-format on */
