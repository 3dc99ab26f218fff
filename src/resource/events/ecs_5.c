#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, field_type, ...) { .json = name, .type = field_type, .summary = __VA_ARGS__ }
static const struct field fields_epm_ecs_event_orchestrator_cluster[] = {
    F("name", FIELD_TEXT, "name"),
    F("id", FIELD_TEXT, "id"),
    F("url", FIELD_TEXT, "url"),
    F("version", FIELD_TEXT, "version"),
};
const struct shape shape_epm_ecs_event_orchestrator_cluster = { .name = "EpmEcsEventOrchestratorCluster", .fields = fields_epm_ecs_event_orchestrator_cluster, .count = COUNT_OF(fields_epm_ecs_event_orchestrator_cluster), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_orchestrator_resource_parent[] = {
    F("type", FIELD_TEXT, "type"),
};
const struct shape shape_epm_ecs_event_orchestrator_resource_parent = { .name = "EpmEcsEventOrchestratorResourceParent", .fields = fields_epm_ecs_event_orchestrator_resource_parent, .count = COUNT_OF(fields_epm_ecs_event_orchestrator_resource_parent), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_orchestrator_resource[] = {
    F("name", FIELD_TEXT, "name"),
    F("type", FIELD_TEXT, "type"),
    F("parent", FIELD_OBJECT, "parent", .shape = &shape_epm_ecs_event_orchestrator_resource_parent),
    F("ip", FIELD_ARRAY, "ip", .items = FIELD_TEXT),
    F("id", FIELD_TEXT, "id"),
};
const struct shape shape_epm_ecs_event_orchestrator_resource = { .name = "EpmEcsEventOrchestratorResource", .fields = fields_epm_ecs_event_orchestrator_resource, .count = COUNT_OF(fields_epm_ecs_event_orchestrator_resource), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_orchestrator[] = {
    F("cluster", FIELD_OBJECT, "cluster", .shape = &shape_epm_ecs_event_orchestrator_cluster),
    F("type", FIELD_TEXT, "type"),
    F("organization", FIELD_TEXT, "organization"),
    F("namespace", FIELD_TEXT, "namespace"),
    F("resource", FIELD_OBJECT, "resource", .shape = &shape_epm_ecs_event_orchestrator_resource),
    F("api_version", FIELD_TEXT, "api_version"),
};
const struct shape shape_epm_ecs_event_orchestrator = { .name = "EpmEcsEventOrchestrator", .fields = fields_epm_ecs_event_orchestrator, .count = COUNT_OF(fields_epm_ecs_event_orchestrator), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_organization[] = {
    F("name", FIELD_TEXT, "name"),
    F("id", FIELD_TEXT, "id"),
};
const struct shape shape_epm_ecs_event_organization = { .name = "EpmEcsEventOrganization", .fields = fields_epm_ecs_event_organization, .count = COUNT_OF(fields_epm_ecs_event_organization), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_package[] = {
    F("name", FIELD_TEXT, "name"),
    F("version", FIELD_TEXT, "version"),
    F("build_version", FIELD_TEXT, "build_version"),
    F("description", FIELD_TEXT, "description"),
    F("size", FIELD_INT64, "size"),
    F("installed", FIELD_TIME, "installed"),
    F("path", FIELD_TEXT, "path"),
    F("architecture", FIELD_TEXT, "architecture"),
    F("checksum", FIELD_TEXT, "checksum"),
    F("install_scope", FIELD_TEXT, "install_scope"),
    F("license", FIELD_TEXT, "license"),
    F("reference", FIELD_TEXT, "reference"),
    F("type", FIELD_TEXT, "type"),
};
const struct shape shape_epm_ecs_event_package = { .name = "EpmEcsEventPackage", .fields = fields_epm_ecs_event_package, .count = COUNT_OF(fields_epm_ecs_event_package), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_rule[] = {
    F("id", FIELD_TEXT, "id"),
    F("name", FIELD_TEXT, "name"),
    F("category", FIELD_TEXT, "category"),
    F("ruleset", FIELD_TEXT, "ruleset"),
    F("version", FIELD_TEXT, "version"),
    F("description", FIELD_TEXT, "description"),
    F("author", FIELD_ARRAY, "author", .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_rule = { .name = "EpmEcsEventRule", .fields = fields_epm_ecs_event_rule, .count = COUNT_OF(fields_epm_ecs_event_rule), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_span[] = {
    F("id", FIELD_TEXT, "id"),
};
const struct shape shape_epm_ecs_event_span = { .name = "EpmEcsEventSpan", .fields = fields_epm_ecs_event_span, .count = COUNT_OF(fields_epm_ecs_event_span), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_trace[] = {
    F("id", FIELD_TEXT, "id"),
};
const struct shape shape_epm_ecs_event_trace = { .name = "EpmEcsEventTrace", .fields = fields_epm_ecs_event_trace, .count = COUNT_OF(fields_epm_ecs_event_trace), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_transaction[] = {
    F("id", FIELD_TEXT, "id"),
};
const struct shape shape_epm_ecs_event_transaction = { .name = "EpmEcsEventTransaction", .fields = fields_epm_ecs_event_transaction, .count = COUNT_OF(fields_epm_ecs_event_transaction), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event[] = {
    F("@timestamp", FIELD_TIME, "@timestamp"),
    F("tags", FIELD_ARRAY, "tags", .items = FIELD_TEXT),
    F("labels", FIELD_ANY, "Text in the one known sample, an object in ECS: keep as sent"),
    F("message", FIELD_TEXT, "message"),
    F("agent", FIELD_OBJECT, "agent", .shape = &shape_epm_ecs_event_agent),
    F("ecs", FIELD_OBJECT, "ecs", .shape = &shape_epm_ecs_event_ecs),
    F("event", FIELD_OBJECT, "event", .shape = &shape_epm_ecs_event_event, .flags = FIELD_REQUIRED),
    F("host", FIELD_OBJECT, "host", .shape = &shape_ecs_host),
    F("user", FIELD_OBJECT, "user", .shape = &shape_ecs_user),
    F("file", FIELD_OBJECT, "file", .shape = &shape_ecs_file),
    F("process", FIELD_OBJECT, "process", .shape = &shape_ecs_process),
    F("related", FIELD_OBJECT, "related", .shape = &shape_epm_ecs_event_related),
    F("EPMWinMac", FIELD_OBJECT, "EPMWinMac", .shape = &shape_epm_win_mac),
    F("client", FIELD_OBJECT, "client", .shape = &shape_ecs_endpoint_addr),
    F("source", FIELD_OBJECT, "source", .shape = &shape_ecs_endpoint_addr),
    F("destination", FIELD_OBJECT, "destination", .shape = &shape_ecs_endpoint_addr),
    F("server", FIELD_OBJECT, "server", .shape = &shape_ecs_endpoint_addr),
    F("network", FIELD_OBJECT, "network", .shape = &shape_epm_ecs_event_network),
    F("cloud", FIELD_OBJECT, "cloud", .shape = &shape_ecs_cloud),
    F("container", FIELD_OBJECT, "container", .shape = &shape_epm_ecs_event_container),
    F("data_stream", FIELD_OBJECT, "data_stream", .shape = &shape_epm_ecs_event_datastream),
    F("dll", FIELD_OBJECT, "dll", .shape = &shape_epm_ecs_event_dll),
    F("dns", FIELD_OBJECT, "dns", .shape = &shape_epm_ecs_event_dns),
    F("email", FIELD_OBJECT, "email", .shape = &shape_epm_ecs_event_email),
    F("error", FIELD_OBJECT, "error", .shape = &shape_epm_ecs_event_error),
    F("faas", FIELD_OBJECT, "faas", .shape = &shape_epm_ecs_event_faas),
    F("group", FIELD_OBJECT, "group", .shape = &shape_ecs_group),
    F("http", FIELD_OBJECT, "http", .shape = &shape_epm_ecs_event_http),
    F("log", FIELD_OBJECT, "log", .shape = &shape_epm_ecs_event_log),
    F("observer", FIELD_OBJECT, "observer", .shape = &shape_epm_ecs_event_observer),
    F("orchestrator", FIELD_OBJECT, "orchestrator", .shape = &shape_epm_ecs_event_orchestrator),
    F("organization", FIELD_OBJECT, "organization", .shape = &shape_epm_ecs_event_organization),
    F("package", FIELD_OBJECT, "package", .shape = &shape_epm_ecs_event_package),
    F("registry", FIELD_ANY, "registry"),
    F("rule", FIELD_OBJECT, "rule", .shape = &shape_epm_ecs_event_rule),
    F("service", FIELD_ANY, "service"),
    F("span", FIELD_OBJECT, "span", .shape = &shape_epm_ecs_event_span),
    F("threat", FIELD_ANY, "threat"),
    F("tls", FIELD_ANY, "tls"),
    F("trace", FIELD_OBJECT, "trace", .shape = &shape_epm_ecs_event_trace),
    F("transaction", FIELD_OBJECT, "transaction", .shape = &shape_epm_ecs_event_transaction),
    F("url", FIELD_ANY, "url"),
    F("user_agent", FIELD_ANY, "user_agent"),
    F("vulnerability", FIELD_ANY, "vulnerability"),
};
const struct shape shape_epm_ecs_event = { .name = "EpmEcsEvent", .fields = fields_epm_ecs_event, .count = COUNT_OF(fields_epm_ecs_event), .flags = SHAPE_OPEN };

/* clang-format on */
