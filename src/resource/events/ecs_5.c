#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, ...) { .json = name, .type = __VA_ARGS__ }
static const struct field fields_epm_ecs_event_orchestrator_cluster[] = {
    F("name", FIELD_TEXT),
    F("id", FIELD_TEXT),
    F("url", FIELD_TEXT),
    F("version", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_orchestrator_cluster = { .name = "EpmEcsEventOrchestratorCluster", .fields = fields_epm_ecs_event_orchestrator_cluster, .count = COUNT_OF(fields_epm_ecs_event_orchestrator_cluster), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_orchestrator_resource_parent[] = {
    F("type", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_orchestrator_resource_parent = { .name = "EpmEcsEventOrchestratorResourceParent", .fields = fields_epm_ecs_event_orchestrator_resource_parent, .count = COUNT_OF(fields_epm_ecs_event_orchestrator_resource_parent), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_orchestrator_resource[] = {
    F("name", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("parent", FIELD_OBJECT, .shape = &shape_epm_ecs_event_orchestrator_resource_parent),
    F("ip", FIELD_ARRAY, .items = FIELD_TEXT),
    F("id", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_orchestrator_resource = { .name = "EpmEcsEventOrchestratorResource", .fields = fields_epm_ecs_event_orchestrator_resource, .count = COUNT_OF(fields_epm_ecs_event_orchestrator_resource), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_orchestrator[] = {
    F("cluster", FIELD_OBJECT, .shape = &shape_epm_ecs_event_orchestrator_cluster),
    F("type", FIELD_TEXT),
    F("organization", FIELD_TEXT),
    F("namespace", FIELD_TEXT),
    F("resource", FIELD_OBJECT, .shape = &shape_epm_ecs_event_orchestrator_resource),
    F("api_version", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_orchestrator = { .name = "EpmEcsEventOrchestrator", .fields = fields_epm_ecs_event_orchestrator, .count = COUNT_OF(fields_epm_ecs_event_orchestrator), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_organization[] = {
    F("name", FIELD_TEXT),
    F("id", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_organization = { .name = "EpmEcsEventOrganization", .fields = fields_epm_ecs_event_organization, .count = COUNT_OF(fields_epm_ecs_event_organization), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_package[] = {
    F("name", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("build_version", FIELD_TEXT),
    F("description", FIELD_TEXT),
    F("size", FIELD_INT64),
    F("installed", FIELD_TIME),
    F("path", FIELD_TEXT),
    F("architecture", FIELD_TEXT),
    F("checksum", FIELD_TEXT),
    F("install_scope", FIELD_TEXT),
    F("license", FIELD_TEXT),
    F("reference", FIELD_TEXT),
    F("type", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_package = { .name = "EpmEcsEventPackage", .fields = fields_epm_ecs_event_package, .count = COUNT_OF(fields_epm_ecs_event_package), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_rule[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("category", FIELD_TEXT),
    F("ruleset", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("description", FIELD_TEXT),
    F("author", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_rule = { .name = "EpmEcsEventRule", .fields = fields_epm_ecs_event_rule, .count = COUNT_OF(fields_epm_ecs_event_rule), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_span[] = {
    F("id", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_span = { .name = "EpmEcsEventSpan", .fields = fields_epm_ecs_event_span, .count = COUNT_OF(fields_epm_ecs_event_span), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_trace[] = {
    F("id", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_trace = { .name = "EpmEcsEventTrace", .fields = fields_epm_ecs_event_trace, .count = COUNT_OF(fields_epm_ecs_event_trace), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_transaction[] = {
    F("id", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_transaction = { .name = "EpmEcsEventTransaction", .fields = fields_epm_ecs_event_transaction, .count = COUNT_OF(fields_epm_ecs_event_transaction), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event[] = {
    F("@timestamp", FIELD_TIME),
    F("tags", FIELD_ARRAY, .items = FIELD_TEXT),
    F("labels", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("message", FIELD_TEXT),
    F("agent", FIELD_OBJECT, .shape = &shape_epm_ecs_event_agent),
    F("ecs", FIELD_OBJECT, .shape = &shape_epm_ecs_event_ecs),
    F("event", FIELD_OBJECT, .shape = &shape_epm_ecs_event_event, .flags = FIELD_REQUIRED),
    F("host", FIELD_OBJECT, .shape = &shape_ecs_host),
    F("user", FIELD_OBJECT, .shape = &shape_ecs_user),
    F("file", FIELD_OBJECT, .shape = &shape_ecs_file),
    F("process", FIELD_OBJECT, .shape = &shape_ecs_process),
    F("related", FIELD_OBJECT, .shape = &shape_epm_ecs_event_related),
    F("EPMWinMac", FIELD_OBJECT, .shape = &shape_epm_win_mac),
    F("client", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr),
    F("source", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr),
    F("destination", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr),
    F("server", FIELD_OBJECT, .shape = &shape_ecs_endpoint_addr),
    F("network", FIELD_OBJECT, .shape = &shape_epm_ecs_event_network),
    F("cloud", FIELD_OBJECT, .shape = &shape_ecs_cloud),
    F("container", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container),
    F("data_stream", FIELD_OBJECT, .shape = &shape_epm_ecs_event_datastream),
    F("dll", FIELD_OBJECT, .shape = &shape_epm_ecs_event_dll),
    F("dns", FIELD_OBJECT, .shape = &shape_epm_ecs_event_dns),
    F("email", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email),
    F("error", FIELD_OBJECT, .shape = &shape_epm_ecs_event_error),
    F("faas", FIELD_OBJECT, .shape = &shape_epm_ecs_event_faas),
    F("group", FIELD_OBJECT, .shape = &shape_ecs_group),
    F("http", FIELD_OBJECT, .shape = &shape_epm_ecs_event_http),
    F("log", FIELD_OBJECT, .shape = &shape_epm_ecs_event_log),
    F("observer", FIELD_OBJECT, .shape = &shape_epm_ecs_event_observer),
    F("orchestrator", FIELD_OBJECT, .shape = &shape_epm_ecs_event_orchestrator),
    F("organization", FIELD_OBJECT, .shape = &shape_epm_ecs_event_organization),
    F("package", FIELD_OBJECT, .shape = &shape_epm_ecs_event_package),
    F("registry", FIELD_ANY),
    F("rule", FIELD_OBJECT, .shape = &shape_epm_ecs_event_rule),
    F("service", FIELD_ANY),
    F("span", FIELD_OBJECT, .shape = &shape_epm_ecs_event_span),
    F("threat", FIELD_ANY),
    F("tls", FIELD_ANY),
    F("trace", FIELD_OBJECT, .shape = &shape_epm_ecs_event_trace),
    F("transaction", FIELD_OBJECT, .shape = &shape_epm_ecs_event_transaction),
    F("url", FIELD_ANY),
    F("user_agent", FIELD_ANY),
    F("vulnerability", FIELD_ANY),
};
const struct shape shape_epm_ecs_event = { .name = "EpmEcsEvent", .fields = fields_epm_ecs_event, .count = COUNT_OF(fields_epm_ecs_event), .flags = SHAPE_OPEN };

/* clang-format on */
