#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, ...) { .json = name, .type = __VA_ARGS__ }
static const struct field fields_epm_ecs_event_agent_build[] = {
    F("original", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_agent_build = { .name = "EpmEcsEventAgentBuild", .fields = fields_epm_ecs_event_agent_build, .count = COUNT_OF(fields_epm_ecs_event_agent_build), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_agent[] = {
    F("id", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("ephemeral_id", FIELD_TEXT),
    F("build", FIELD_OBJECT, .shape = &shape_epm_ecs_event_agent_build),
};
const struct shape shape_epm_ecs_event_agent = { .name = "EpmEcsEventAgent", .fields = fields_epm_ecs_event_agent, .count = COUNT_OF(fields_epm_ecs_event_agent), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_ecs[] = {
    F("version", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_ecs = { .name = "EpmEcsEventEcs", .fields = fields_epm_ecs_event_ecs, .count = COUNT_OF(fields_epm_ecs_event_ecs), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_event[] = {
    F("id", FIELD_TEXT),
    F("code", FIELD_TEXT),
    F("kind", FIELD_TEXT),
    F("category", FIELD_ARRAY, .items = FIELD_TEXT),
    F("type", FIELD_ARRAY, .items = FIELD_TEXT),
    F("action", FIELD_TEXT),
    F("outcome", FIELD_TEXT),
    F("reason", FIELD_TEXT),
    F("provider", FIELD_TEXT),
    F("module", FIELD_TEXT),
    F("dataset", FIELD_TEXT),
    F("severity", FIELD_INT64),
    F("original", FIELD_TEXT),
    F("hash", FIELD_TEXT),
    F("duration", FIELD_INT64),
    F("sequence", FIELD_INT64),
    F("timezone", FIELD_TEXT),
    F("created", FIELD_TIME),
    F("start", FIELD_TIME),
    F("end", FIELD_TIME),
    F("risk_score", FIELD_NUMBER),
    F("risk_score_norm", FIELD_NUMBER),
    F("ingested", FIELD_TIME),
    F("reference", FIELD_TEXT),
    F("url", FIELD_TEXT),
    F("agent_id_status", FIELD_TEXT),
    F("ReceivedAt", FIELD_TIME),
};
const struct shape shape_epm_ecs_event_event = { .name = "EpmEcsEventEvent", .fields = fields_epm_ecs_event_event, .count = COUNT_OF(fields_epm_ecs_event_event), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_cpu[] = {
    F("usage", FIELD_NUMBER),
};
const struct shape shape_ecs_host_cpu = { .name = "EcsHostCpu", .fields = fields_ecs_host_cpu, .count = COUNT_OF(fields_ecs_host_cpu), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_disk_read[] = {
    F("bytes", FIELD_INT64),
};
const struct shape shape_ecs_host_disk_read = { .name = "EcsHostDiskRead", .fields = fields_ecs_host_disk_read, .count = COUNT_OF(fields_ecs_host_disk_read), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_disk_write[] = {
    F("bytes", FIELD_INT64),
};
const struct shape shape_ecs_host_disk_write = { .name = "EcsHostDiskWrite", .fields = fields_ecs_host_disk_write, .count = COUNT_OF(fields_ecs_host_disk_write), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_disk[] = {
    F("read", FIELD_OBJECT, .shape = &shape_ecs_host_disk_read),
    F("write", FIELD_OBJECT, .shape = &shape_ecs_host_disk_write),
};
const struct shape shape_ecs_host_disk = { .name = "EcsHostDisk", .fields = fields_ecs_host_disk, .count = COUNT_OF(fields_ecs_host_disk), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_network_ingress[] = {
    F("bytes", FIELD_INT64),
    F("packets", FIELD_INT64),
};
const struct shape shape_ecs_host_network_ingress = { .name = "EcsHostNetworkIngress", .fields = fields_ecs_host_network_ingress, .count = COUNT_OF(fields_ecs_host_network_ingress), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_network_egress[] = {
    F("bytes", FIELD_INT64),
    F("packets", FIELD_INT64),
};
const struct shape shape_ecs_host_network_egress = { .name = "EcsHostNetworkEgress", .fields = fields_ecs_host_network_egress, .count = COUNT_OF(fields_ecs_host_network_egress), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_network[] = {
    F("ingress", FIELD_OBJECT, .shape = &shape_ecs_host_network_ingress),
    F("egress", FIELD_OBJECT, .shape = &shape_ecs_host_network_egress),
};
const struct shape shape_ecs_host_network = { .name = "EcsHostNetwork", .fields = fields_ecs_host_network, .count = COUNT_OF(fields_ecs_host_network), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_boot[] = {
    F("id", FIELD_TEXT),
};
const struct shape shape_ecs_host_boot = { .name = "EcsHostBoot", .fields = fields_ecs_host_boot, .count = COUNT_OF(fields_ecs_host_boot), .flags = SHAPE_OPEN };

static const struct field fields_ecs_geo_location[] = {
    F("lon", FIELD_NUMBER),
    F("lat", FIELD_NUMBER),
};
const struct shape shape_ecs_geo_location = { .name = "EcsGeoLocation", .fields = fields_ecs_geo_location, .count = COUNT_OF(fields_ecs_geo_location), .flags = SHAPE_OPEN };

static const struct field fields_ecs_geo[] = {
    F("location", FIELD_OBJECT, .shape = &shape_ecs_geo_location),
    F("continent_code", FIELD_TEXT),
    F("continent_name", FIELD_TEXT),
    F("country_name", FIELD_TEXT),
    F("region_name", FIELD_TEXT),
    F("city_name", FIELD_TEXT),
    F("country_iso_code", FIELD_TEXT),
    F("postal_code", FIELD_TEXT),
    F("region_iso_code", FIELD_TEXT),
    F("timezone", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("TimezoneOffset", FIELD_INT),
};
const struct shape shape_ecs_geo = { .name = "EcsGeo", .fields = fields_ecs_geo, .count = COUNT_OF(fields_ecs_geo), .flags = SHAPE_OPEN };

static const struct field fields_ecs_os[] = {
    F("type", FIELD_TEXT),
    F("platform", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("full", FIELD_TEXT),
    F("family", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("kernel", FIELD_TEXT),
    F("ProductType", FIELD_TEXT),
};
const struct shape shape_ecs_os = { .name = "EcsOs", .fields = fields_ecs_os, .count = COUNT_OF(fields_ecs_os), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host[] = {
    F("hostname", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("id", FIELD_TEXT),
    F("ip", FIELD_ARRAY, .items = FIELD_TEXT),
    F("mac", FIELD_ARRAY, .items = FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("uptime", FIELD_INT64),
    F("architecture", FIELD_TEXT),
    F("domain", FIELD_TEXT),
    F("cpu", FIELD_OBJECT, .shape = &shape_ecs_host_cpu),
    F("disk", FIELD_OBJECT, .shape = &shape_ecs_host_disk),
    F("network", FIELD_OBJECT, .shape = &shape_ecs_host_network),
    F("boot", FIELD_OBJECT, .shape = &shape_ecs_host_boot),
    F("pid_ns_ino", FIELD_TEXT),
    F("NetBIOSName", FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT),
    F("DomainNetBIOSName", FIELD_TEXT),
    F("ChassisType", FIELD_TEXT),
    F("DefaultLocale", FIELD_TEXT),
    F("DefaultUILanguage", FIELD_TEXT),
    F("geo", FIELD_OBJECT, .shape = &shape_ecs_geo),
    F("os", FIELD_OBJECT, .shape = &shape_ecs_os),
};
const struct shape shape_ecs_host = { .name = "EcsHost", .fields = fields_ecs_host, .count = COUNT_OF(fields_ecs_host), .flags = SHAPE_OPEN };

static const struct field fields_ecs_group[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("domain", FIELD_TEXT),
};
const struct shape shape_ecs_group = { .name = "EcsGroup", .fields = fields_ecs_group, .count = COUNT_OF(fields_ecs_group), .flags = SHAPE_OPEN };

static const struct field fields_ecs_user_base[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("full_name", FIELD_TEXT),
    F("email", FIELD_TEXT),
    F("hash", FIELD_TEXT),
    F("domain", FIELD_TEXT),
    F("roles", FIELD_ARRAY, .items = FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT),
    F("DomainNetBIOSName", FIELD_TEXT),
    F("DefaultTimezoneOffset", FIELD_INT),
    F("LocalIdentifier", FIELD_INT),
    F("group", FIELD_OBJECT, .shape = &shape_ecs_group),
};
const struct shape shape_ecs_user_base = { .name = "EcsUserBase", .fields = fields_ecs_user_base, .count = COUNT_OF(fields_ecs_user_base), .flags = SHAPE_OPEN };

static const struct field fields_ecs_user[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("full_name", FIELD_TEXT),
    F("email", FIELD_TEXT),
    F("hash", FIELD_TEXT),
    F("domain", FIELD_TEXT),
    F("roles", FIELD_ARRAY, .items = FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT),
    F("DomainNetBIOSName", FIELD_TEXT),
    F("DefaultTimezoneOffset", FIELD_INT),
    F("LocalIdentifier", FIELD_INT),
    F("group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("target", FIELD_OBJECT, .shape = &shape_ecs_user_base),
    F("effective", FIELD_OBJECT, .shape = &shape_ecs_user_base),
    F("changes", FIELD_OBJECT, .shape = &shape_ecs_user_base),
};
const struct shape shape_ecs_user = { .name = "EcsUser", .fields = fields_ecs_user, .count = COUNT_OF(fields_ecs_user), .flags = SHAPE_OPEN };

static const struct field fields_ecs_hash[] = {
    F("md5", FIELD_TEXT),
    F("sha1", FIELD_TEXT),
    F("sha256", FIELD_TEXT),
    F("sha384", FIELD_TEXT),
    F("sha512", FIELD_TEXT),
    F("ssdeep", FIELD_TEXT),
    F("tlsh", FIELD_TEXT),
};
const struct shape shape_ecs_hash = { .name = "EcsHash", .fields = fields_ecs_hash, .count = COUNT_OF(fields_ecs_hash), .flags = SHAPE_OPEN };

static const struct field fields_ecs_pe[] = {
    F("original_file_name", FIELD_TEXT),
    F("file_version", FIELD_TEXT),
    F("description", FIELD_TEXT),
    F("product", FIELD_TEXT),
    F("company", FIELD_TEXT),
    F("imphash", FIELD_TEXT),
    F("architecture", FIELD_TEXT),
    F("pehash", FIELD_TEXT),
};
const struct shape shape_ecs_pe = { .name = "EcsPe", .fields = fields_ecs_pe, .count = COUNT_OF(fields_ecs_pe), .flags = SHAPE_OPEN };

static const struct field fields_ecs_x509_name[] = {
    F("distinguished_name", FIELD_TEXT),
    F("common_name", FIELD_ARRAY, .items = FIELD_TEXT),
    F("organizational_unit", FIELD_ARRAY, .items = FIELD_TEXT),
    F("organization", FIELD_ARRAY, .items = FIELD_TEXT),
    F("locality", FIELD_ARRAY, .items = FIELD_TEXT),
    F("state_or_province", FIELD_ARRAY, .items = FIELD_TEXT),
    F("country", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_ecs_x509_name = { .name = "EcsX509Name", .fields = fields_ecs_x509_name, .count = COUNT_OF(fields_ecs_x509_name), .flags = SHAPE_OPEN };

static const struct field fields_ecs_x509[] = {
    F("version_number", FIELD_TEXT),
    F("serial_number", FIELD_TEXT),
    F("issuer", FIELD_OBJECT, .shape = &shape_ecs_x509_name),
    F("signature_algorithm", FIELD_TEXT),
    F("not_before", FIELD_TIME),
    F("not_after", FIELD_TIME),
    F("subject", FIELD_OBJECT, .shape = &shape_ecs_x509_name),
    F("public_key_algorithm", FIELD_TEXT),
    F("public_key_size", FIELD_INT),
    F("public_key_exponent", FIELD_INT64),
    F("public_key_curve", FIELD_TEXT),
    F("alternative_names", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_ecs_x509 = { .name = "EcsX509", .fields = fields_ecs_x509, .count = COUNT_OF(fields_ecs_x509), .flags = SHAPE_OPEN };

static const struct field fields_epm_file_bundle[] = {
    F("Name", FIELD_TEXT),
    F("Type", FIELD_TEXT),
    F("Creator", FIELD_TEXT),
    F("InfoDescription", FIELD_TEXT),
    F("Version", FIELD_TEXT),
    F("DownloadSource", FIELD_TEXT),
    F("Uri", FIELD_TEXT),
};
const struct shape shape_epm_file_bundle = { .name = "EpmFileBundle", .fields = fields_epm_file_bundle, .count = COUNT_OF(fields_epm_file_bundle), .flags = SHAPE_OPEN };

static const struct field fields_epm_file_owner[] = {
    F("Identifier", FIELD_TEXT),
    F("Name", FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT),
    F("DomainName", FIELD_TEXT),
    F("DomainNetBIOSName", FIELD_TEXT),
};
const struct shape shape_epm_file_owner = { .name = "EpmFileOwner", .fields = fields_epm_file_owner, .count = COUNT_OF(fields_epm_file_owner), .flags = SHAPE_OPEN };

static const struct field fields_ecs_code_signature[] = {
    F("exists", FIELD_BOOL),
    F("subject_name", FIELD_TEXT),
    F("valid", FIELD_BOOL),
    F("trusted", FIELD_BOOL),
    F("status", FIELD_TEXT),
    F("team_id", FIELD_TEXT),
    F("signing_id", FIELD_TEXT),
    F("digest_algorithm", FIELD_TEXT),
    F("timestamp", FIELD_TIME),
};
const struct shape shape_ecs_code_signature = { .name = "EcsCodeSignature", .fields = fields_ecs_code_signature, .count = COUNT_OF(fields_ecs_code_signature), .flags = SHAPE_OPEN };

/* clang-format on */
