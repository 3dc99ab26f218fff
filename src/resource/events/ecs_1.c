#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, field_type, ...) { .json = name, .type = field_type, .summary = __VA_ARGS__ }
static const struct field fields_epm_ecs_event_agent_build[] = {
    F("original", FIELD_TEXT, "original"),
};
const struct shape shape_epm_ecs_event_agent_build = { .name = "EpmEcsEventAgentBuild", .fields = fields_epm_ecs_event_agent_build, .count = COUNT_OF(fields_epm_ecs_event_agent_build), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_agent[] = {
    F("id", FIELD_TEXT, "id"),
    F("version", FIELD_TEXT, "version"),
    F("name", FIELD_TEXT, "name"),
    F("type", FIELD_TEXT, "type"),
    F("ephemeral_id", FIELD_TEXT, "ephemeral_id"),
    F("build", FIELD_OBJECT, "build", .shape = &shape_epm_ecs_event_agent_build),
};
const struct shape shape_epm_ecs_event_agent = { .name = "EpmEcsEventAgent", .fields = fields_epm_ecs_event_agent, .count = COUNT_OF(fields_epm_ecs_event_agent), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_ecs[] = {
    F("version", FIELD_TEXT, "version"),
};
const struct shape shape_epm_ecs_event_ecs = { .name = "EpmEcsEventEcs", .fields = fields_epm_ecs_event_ecs, .count = COUNT_OF(fields_epm_ecs_event_ecs), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_event[] = {
    F("id", FIELD_TEXT, "id"),
    F("code", FIELD_TEXT, "code"),
    F("kind", FIELD_TEXT, "kind"),
    F("category", FIELD_ARRAY, "category", .items = FIELD_TEXT),
    F("type", FIELD_ARRAY, "type", .items = FIELD_TEXT),
    F("action", FIELD_TEXT, "action"),
    F("outcome", FIELD_TEXT, "outcome"),
    F("reason", FIELD_TEXT, "reason"),
    F("provider", FIELD_TEXT, "provider"),
    F("module", FIELD_TEXT, "module"),
    F("dataset", FIELD_TEXT, "dataset"),
    F("severity", FIELD_INT64, "severity"),
    F("original", FIELD_TEXT, "original"),
    F("hash", FIELD_TEXT, "hash"),
    F("duration", FIELD_INT64, "duration"),
    F("sequence", FIELD_INT64, "sequence"),
    F("timezone", FIELD_TEXT, "timezone"),
    F("created", FIELD_TIME, "created"),
    F("start", FIELD_TIME, "start"),
    F("end", FIELD_TIME, "end"),
    F("risk_score", FIELD_NUMBER, "risk_score"),
    F("risk_score_norm", FIELD_NUMBER, "risk_score_norm"),
    F("ingested", FIELD_TIME, "ingested"),
    F("reference", FIELD_TEXT, "reference"),
    F("url", FIELD_TEXT, "url"),
    F("agent_id_status", FIELD_TEXT, "agent_id_status"),
    F("ReceivedAt", FIELD_TIME, "ReceivedAt"),
};
const struct shape shape_epm_ecs_event_event = { .name = "EpmEcsEventEvent", .fields = fields_epm_ecs_event_event, .count = COUNT_OF(fields_epm_ecs_event_event), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_cpu[] = {
    F("usage", FIELD_NUMBER, "usage"),
};
const struct shape shape_ecs_host_cpu = { .name = "EcsHostCpu", .fields = fields_ecs_host_cpu, .count = COUNT_OF(fields_ecs_host_cpu), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_disk_read[] = {
    F("bytes", FIELD_INT64, "bytes"),
};
const struct shape shape_ecs_host_disk_read = { .name = "EcsHostDiskRead", .fields = fields_ecs_host_disk_read, .count = COUNT_OF(fields_ecs_host_disk_read), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_disk_write[] = {
    F("bytes", FIELD_INT64, "bytes"),
};
const struct shape shape_ecs_host_disk_write = { .name = "EcsHostDiskWrite", .fields = fields_ecs_host_disk_write, .count = COUNT_OF(fields_ecs_host_disk_write), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_disk[] = {
    F("read", FIELD_OBJECT, "read", .shape = &shape_ecs_host_disk_read),
    F("write", FIELD_OBJECT, "write", .shape = &shape_ecs_host_disk_write),
};
const struct shape shape_ecs_host_disk = { .name = "EcsHostDisk", .fields = fields_ecs_host_disk, .count = COUNT_OF(fields_ecs_host_disk), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_network_ingress[] = {
    F("bytes", FIELD_INT64, "bytes"),
    F("packets", FIELD_INT64, "packets"),
};
const struct shape shape_ecs_host_network_ingress = { .name = "EcsHostNetworkIngress", .fields = fields_ecs_host_network_ingress, .count = COUNT_OF(fields_ecs_host_network_ingress), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_network_egress[] = {
    F("bytes", FIELD_INT64, "bytes"),
    F("packets", FIELD_INT64, "packets"),
};
const struct shape shape_ecs_host_network_egress = { .name = "EcsHostNetworkEgress", .fields = fields_ecs_host_network_egress, .count = COUNT_OF(fields_ecs_host_network_egress), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_network[] = {
    F("ingress", FIELD_OBJECT, "ingress", .shape = &shape_ecs_host_network_ingress),
    F("egress", FIELD_OBJECT, "egress", .shape = &shape_ecs_host_network_egress),
};
const struct shape shape_ecs_host_network = { .name = "EcsHostNetwork", .fields = fields_ecs_host_network, .count = COUNT_OF(fields_ecs_host_network), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host_boot[] = {
    F("id", FIELD_TEXT, "id"),
};
const struct shape shape_ecs_host_boot = { .name = "EcsHostBoot", .fields = fields_ecs_host_boot, .count = COUNT_OF(fields_ecs_host_boot), .flags = SHAPE_OPEN };

static const struct field fields_ecs_geo_location[] = {
    F("lon", FIELD_NUMBER, "lon"),
    F("lat", FIELD_NUMBER, "lat"),
};
const struct shape shape_ecs_geo_location = { .name = "EcsGeoLocation", .fields = fields_ecs_geo_location, .count = COUNT_OF(fields_ecs_geo_location), .flags = SHAPE_OPEN };

static const struct field fields_ecs_geo[] = {
    F("location", FIELD_OBJECT, "location", .shape = &shape_ecs_geo_location),
    F("continent_code", FIELD_TEXT, "continent_code"),
    F("continent_name", FIELD_TEXT, "continent_name"),
    F("country_name", FIELD_TEXT, "country_name"),
    F("region_name", FIELD_TEXT, "region_name"),
    F("city_name", FIELD_TEXT, "city_name"),
    F("country_iso_code", FIELD_TEXT, "country_iso_code"),
    F("postal_code", FIELD_TEXT, "postal_code"),
    F("region_iso_code", FIELD_TEXT, "region_iso_code"),
    F("timezone", FIELD_TEXT, "timezone"),
    F("name", FIELD_TEXT, "name"),
    F("TimezoneOffset", FIELD_INT, "TimezoneOffset"),
};
const struct shape shape_ecs_geo = { .name = "EcsGeo", .fields = fields_ecs_geo, .count = COUNT_OF(fields_ecs_geo), .flags = SHAPE_OPEN };

static const struct field fields_ecs_os[] = {
    F("type", FIELD_TEXT, "type"),
    F("platform", FIELD_TEXT, "platform"),
    F("name", FIELD_TEXT, "name"),
    F("full", FIELD_TEXT, "full"),
    F("family", FIELD_TEXT, "family"),
    F("version", FIELD_TEXT, "version"),
    F("kernel", FIELD_TEXT, "kernel"),
    F("ProductType", FIELD_TEXT, "ProductType"),
};
const struct shape shape_ecs_os = { .name = "EcsOs", .fields = fields_ecs_os, .count = COUNT_OF(fields_ecs_os), .flags = SHAPE_OPEN };

static const struct field fields_ecs_host[] = {
    F("hostname", FIELD_TEXT, "hostname"),
    F("name", FIELD_TEXT, "name"),
    F("id", FIELD_TEXT, "id"),
    F("ip", FIELD_ARRAY, "ip", .items = FIELD_TEXT),
    F("mac", FIELD_ARRAY, "mac", .items = FIELD_TEXT),
    F("type", FIELD_TEXT, "type"),
    F("uptime", FIELD_INT64, "uptime"),
    F("architecture", FIELD_TEXT, "architecture"),
    F("domain", FIELD_TEXT, "domain"),
    F("cpu", FIELD_OBJECT, "cpu", .shape = &shape_ecs_host_cpu),
    F("disk", FIELD_OBJECT, "disk", .shape = &shape_ecs_host_disk),
    F("network", FIELD_OBJECT, "network", .shape = &shape_ecs_host_network),
    F("boot", FIELD_OBJECT, "boot", .shape = &shape_ecs_host_boot),
    F("pid_ns_ino", FIELD_TEXT, "pid_ns_ino"),
    F("NetBIOSName", FIELD_TEXT, "NetBIOSName"),
    F("DomainIdentifier", FIELD_TEXT, "DomainIdentifier"),
    F("DomainNetBIOSName", FIELD_TEXT, "DomainNetBIOSName"),
    F("ChassisType", FIELD_TEXT, "ChassisType"),
    F("DefaultLocale", FIELD_TEXT, "DefaultLocale"),
    F("DefaultUILanguage", FIELD_TEXT, "DefaultUILanguage"),
    F("geo", FIELD_OBJECT, "geo", .shape = &shape_ecs_geo),
    F("os", FIELD_OBJECT, "os", .shape = &shape_ecs_os),
};
const struct shape shape_ecs_host = { .name = "EcsHost", .fields = fields_ecs_host, .count = COUNT_OF(fields_ecs_host), .flags = SHAPE_OPEN };

static const struct field fields_ecs_group[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
    F("domain", FIELD_TEXT, "domain"),
};
const struct shape shape_ecs_group = { .name = "EcsGroup", .fields = fields_ecs_group, .count = COUNT_OF(fields_ecs_group), .flags = SHAPE_OPEN };

static const struct field fields_ecs_user_base[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
    F("full_name", FIELD_TEXT, "full_name"),
    F("email", FIELD_TEXT, "email"),
    F("hash", FIELD_TEXT, "hash"),
    F("domain", FIELD_TEXT, "domain"),
    F("roles", FIELD_ARRAY, "roles", .items = FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT, "DomainIdentifier"),
    F("DomainNetBIOSName", FIELD_TEXT, "DomainNetBIOSName"),
    F("DefaultTimezoneOffset", FIELD_INT, "DefaultTimezoneOffset"),
    F("LocalIdentifier", FIELD_INT, "LocalIdentifier"),
    F("group", FIELD_OBJECT, "group", .shape = &shape_ecs_group),
};
const struct shape shape_ecs_user_base = { .name = "EcsUserBase", .fields = fields_ecs_user_base, .count = COUNT_OF(fields_ecs_user_base), .flags = SHAPE_OPEN };

static const struct field fields_ecs_user[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
    F("full_name", FIELD_TEXT, "full_name"),
    F("email", FIELD_TEXT, "email"),
    F("hash", FIELD_TEXT, "hash"),
    F("domain", FIELD_TEXT, "domain"),
    F("roles", FIELD_ARRAY, "roles", .items = FIELD_TEXT),
    F("DomainIdentifier", FIELD_TEXT, "DomainIdentifier"),
    F("DomainNetBIOSName", FIELD_TEXT, "DomainNetBIOSName"),
    F("DefaultTimezoneOffset", FIELD_INT, "DefaultTimezoneOffset"),
    F("LocalIdentifier", FIELD_INT, "LocalIdentifier"),
    F("group", FIELD_OBJECT, "group", .shape = &shape_ecs_group),
    F("target", FIELD_OBJECT, "target", .shape = &shape_ecs_user_base),
    F("effective", FIELD_OBJECT, "effective", .shape = &shape_ecs_user_base),
    F("changes", FIELD_OBJECT, "changes", .shape = &shape_ecs_user_base),
};
const struct shape shape_ecs_user = { .name = "EcsUser", .fields = fields_ecs_user, .count = COUNT_OF(fields_ecs_user), .flags = SHAPE_OPEN };

static const struct field fields_ecs_hash[] = {
    F("md5", FIELD_TEXT, "md5"),
    F("sha1", FIELD_TEXT, "sha1"),
    F("sha256", FIELD_TEXT, "sha256"),
    F("sha384", FIELD_TEXT, "sha384"),
    F("sha512", FIELD_TEXT, "sha512"),
    F("ssdeep", FIELD_TEXT, "ssdeep"),
    F("tlsh", FIELD_TEXT, "tlsh"),
};
const struct shape shape_ecs_hash = { .name = "EcsHash", .fields = fields_ecs_hash, .count = COUNT_OF(fields_ecs_hash), .flags = SHAPE_OPEN };

static const struct field fields_ecs_pe[] = {
    F("original_file_name", FIELD_TEXT, "original_file_name"),
    F("file_version", FIELD_TEXT, "file_version"),
    F("description", FIELD_TEXT, "description"),
    F("product", FIELD_TEXT, "product"),
    F("company", FIELD_TEXT, "company"),
    F("imphash", FIELD_TEXT, "imphash"),
    F("architecture", FIELD_TEXT, "architecture"),
    F("pehash", FIELD_TEXT, "pehash"),
};
const struct shape shape_ecs_pe = { .name = "EcsPe", .fields = fields_ecs_pe, .count = COUNT_OF(fields_ecs_pe), .flags = SHAPE_OPEN };

static const struct field fields_ecs_x509_name[] = {
    F("distinguished_name", FIELD_TEXT, "distinguished_name"),
    F("common_name", FIELD_ARRAY, "common_name", .items = FIELD_TEXT),
    F("organizational_unit", FIELD_ARRAY, "organizational_unit", .items = FIELD_TEXT),
    F("organization", FIELD_ARRAY, "organization", .items = FIELD_TEXT),
    F("locality", FIELD_ARRAY, "locality", .items = FIELD_TEXT),
    F("state_or_province", FIELD_ARRAY, "state_or_province", .items = FIELD_TEXT),
    F("country", FIELD_ARRAY, "country", .items = FIELD_TEXT),
};
const struct shape shape_ecs_x509_name = { .name = "EcsX509Name", .fields = fields_ecs_x509_name, .count = COUNT_OF(fields_ecs_x509_name), .flags = SHAPE_OPEN };

static const struct field fields_ecs_x509[] = {
    F("version_number", FIELD_TEXT, "version_number"),
    F("serial_number", FIELD_TEXT, "serial_number"),
    F("issuer", FIELD_OBJECT, "issuer", .shape = &shape_ecs_x509_name),
    F("signature_algorithm", FIELD_TEXT, "signature_algorithm"),
    F("not_before", FIELD_TIME, "not_before"),
    F("not_after", FIELD_TIME, "not_after"),
    F("subject", FIELD_OBJECT, "subject", .shape = &shape_ecs_x509_name),
    F("public_key_algorithm", FIELD_TEXT, "public_key_algorithm"),
    F("public_key_size", FIELD_INT, "public_key_size"),
    F("public_key_exponent", FIELD_INT64, "public_key_exponent"),
    F("public_key_curve", FIELD_TEXT, "public_key_curve"),
    F("alternative_names", FIELD_ARRAY, "alternative_names", .items = FIELD_TEXT),
};
const struct shape shape_ecs_x509 = { .name = "EcsX509", .fields = fields_ecs_x509, .count = COUNT_OF(fields_ecs_x509), .flags = SHAPE_OPEN };

static const struct field fields_epm_file_bundle[] = {
    F("Name", FIELD_TEXT, "Name"),
    F("Type", FIELD_TEXT, "Type"),
    F("Creator", FIELD_TEXT, "Creator"),
    F("InfoDescription", FIELD_TEXT, "InfoDescription"),
    F("Version", FIELD_TEXT, "Version"),
    F("DownloadSource", FIELD_TEXT, "DownloadSource"),
    F("Uri", FIELD_TEXT, "Uri"),
};
const struct shape shape_epm_file_bundle = { .name = "EpmFileBundle", .fields = fields_epm_file_bundle, .count = COUNT_OF(fields_epm_file_bundle), .flags = SHAPE_OPEN };

static const struct field fields_epm_file_owner[] = {
    F("Identifier", FIELD_TEXT, "Identifier"),
    F("Name", FIELD_TEXT, "Name"),
    F("DomainIdentifier", FIELD_TEXT, "DomainIdentifier"),
    F("DomainName", FIELD_TEXT, "DomainName"),
    F("DomainNetBIOSName", FIELD_TEXT, "DomainNetBIOSName"),
};
const struct shape shape_epm_file_owner = { .name = "EpmFileOwner", .fields = fields_epm_file_owner, .count = COUNT_OF(fields_epm_file_owner), .flags = SHAPE_OPEN };

static const struct field fields_ecs_code_signature[] = {
    F("exists", FIELD_BOOL, "exists"),
    F("subject_name", FIELD_TEXT, "subject_name"),
    F("valid", FIELD_BOOL, "valid"),
    F("trusted", FIELD_BOOL, "trusted"),
    F("status", FIELD_TEXT, "status"),
    F("team_id", FIELD_TEXT, "team_id"),
    F("signing_id", FIELD_TEXT, "signing_id"),
    F("digest_algorithm", FIELD_TEXT, "digest_algorithm"),
    F("timestamp", FIELD_TIME, "timestamp"),
};
const struct shape shape_ecs_code_signature = { .name = "EcsCodeSignature", .fields = fields_ecs_code_signature, .count = COUNT_OF(fields_ecs_code_signature), .flags = SHAPE_OPEN };

/* clang-format on */
