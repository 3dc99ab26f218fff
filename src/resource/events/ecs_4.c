#include "resource/events/ecs.h"

/* clang-format off */
#define F(name, ...) { .json = name, .type = __VA_ARGS__ }
static const struct field fields_epm_ecs_event_container_cpu[] = {
    F("usage", FIELD_NUMBER),
};
const struct shape shape_epm_ecs_event_container_cpu = { .name = "EpmEcsEventContainerCpu", .fields = fields_epm_ecs_event_container_cpu, .count = COUNT_OF(fields_epm_ecs_event_container_cpu), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_memory[] = {
    F("usage", FIELD_NUMBER),
};
const struct shape shape_epm_ecs_event_container_memory = { .name = "EpmEcsEventContainerMemory", .fields = fields_epm_ecs_event_container_memory, .count = COUNT_OF(fields_epm_ecs_event_container_memory), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_disk_read[] = {
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_container_disk_read = { .name = "EpmEcsEventContainerDiskRead", .fields = fields_epm_ecs_event_container_disk_read, .count = COUNT_OF(fields_epm_ecs_event_container_disk_read), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_disk_write[] = {
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_container_disk_write = { .name = "EpmEcsEventContainerDiskWrite", .fields = fields_epm_ecs_event_container_disk_write, .count = COUNT_OF(fields_epm_ecs_event_container_disk_write), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_disk[] = {
    F("read", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_disk_read),
    F("write", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_disk_write),
};
const struct shape shape_epm_ecs_event_container_disk = { .name = "EpmEcsEventContainerDisk", .fields = fields_epm_ecs_event_container_disk, .count = COUNT_OF(fields_epm_ecs_event_container_disk), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_network_ingress[] = {
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_container_network_ingress = { .name = "EpmEcsEventContainerNetworkIngress", .fields = fields_epm_ecs_event_container_network_ingress, .count = COUNT_OF(fields_epm_ecs_event_container_network_ingress), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_network_egress[] = {
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_container_network_egress = { .name = "EpmEcsEventContainerNetworkEgress", .fields = fields_epm_ecs_event_container_network_egress, .count = COUNT_OF(fields_epm_ecs_event_container_network_egress), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_network[] = {
    F("ingress", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_network_ingress),
    F("egress", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_network_egress),
};
const struct shape shape_epm_ecs_event_container_network = { .name = "EpmEcsEventContainerNetwork", .fields = fields_epm_ecs_event_container_network, .count = COUNT_OF(fields_epm_ecs_event_container_network), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_image_hash[] = {
    F("all", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_container_image_hash = { .name = "EpmEcsEventContainerImageHash", .fields = fields_epm_ecs_event_container_image_hash, .count = COUNT_OF(fields_epm_ecs_event_container_image_hash), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container_image[] = {
    F("name", FIELD_TEXT),
    F("tag", FIELD_ARRAY, .items = FIELD_TEXT),
    F("hash", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_image_hash),
};
const struct shape shape_epm_ecs_event_container_image = { .name = "EpmEcsEventContainerImage", .fields = fields_epm_ecs_event_container_image, .count = COUNT_OF(fields_epm_ecs_event_container_image), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_container[] = {
    F("id", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("runtime", FIELD_TEXT),
    F("labels", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("cpu", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_cpu),
    F("memory", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_memory),
    F("disk", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_disk),
    F("network", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_network),
    F("image", FIELD_OBJECT, .shape = &shape_epm_ecs_event_container_image),
};
const struct shape shape_epm_ecs_event_container = { .name = "EpmEcsEventContainer", .fields = fields_epm_ecs_event_container, .count = COUNT_OF(fields_epm_ecs_event_container), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_datastream[] = {
    F("type", FIELD_TEXT),
    F("dataset", FIELD_TEXT),
    F("namespace", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_datastream = { .name = "EpmEcsEventDatastream", .fields = fields_epm_ecs_event_datastream, .count = COUNT_OF(fields_epm_ecs_event_datastream), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_dll[] = {
    F("name", FIELD_TEXT),
    F("path", FIELD_TEXT),
    F("hash", FIELD_OBJECT, .shape = &shape_ecs_hash),
    F("pe", FIELD_OBJECT, .shape = &shape_ecs_pe),
    F("code_signature", FIELD_OBJECT, .shape = &shape_ecs_code_signature),
};
const struct shape shape_epm_ecs_event_dll = { .name = "EpmEcsEventDll", .fields = fields_epm_ecs_event_dll, .count = COUNT_OF(fields_epm_ecs_event_dll), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_dns_question[] = {
    F("name", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("class", FIELD_TEXT),
    F("registered_domain", FIELD_TEXT),
    F("top_level_domain", FIELD_TEXT),
    F("subdomain", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_dns_question = { .name = "EpmEcsEventDnsQuestion", .fields = fields_epm_ecs_event_dns_question, .count = COUNT_OF(fields_epm_ecs_event_dns_question), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_dns[] = {
    F("type", FIELD_TEXT),
    F("id", FIELD_TEXT),
    F("op_code", FIELD_TEXT),
    F("header_flags", FIELD_ARRAY, .items = FIELD_TEXT),
    F("response_code", FIELD_TEXT),
    F("question", FIELD_OBJECT, .shape = &shape_epm_ecs_event_dns_question),
    F("answers", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("resolved_ip", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_dns = { .name = "EpmEcsEventDns", .fields = fields_epm_ecs_event_dns, .count = COUNT_OF(fields_epm_ecs_event_dns), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_attachments_item_file[] = {
    F("extension", FIELD_TEXT),
    F("mime_type", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("hash", FIELD_OBJECT, .shape = &shape_ecs_hash),
};
const struct shape shape_epm_ecs_event_email_attachments_item_file = { .name = "EpmEcsEventEmailAttachmentsItemFile", .fields = fields_epm_ecs_event_email_attachments_item_file, .count = COUNT_OF(fields_epm_ecs_event_email_attachments_item_file), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_attachments_item[] = {
    F("file", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_attachments_item_file),
};
const struct shape shape_epm_ecs_event_email_attachments_item = { .name = "EpmEcsEventEmailAttachmentsItem", .fields = fields_epm_ecs_event_email_attachments_item, .count = COUNT_OF(fields_epm_ecs_event_email_attachments_item), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_bcc[] = {
    F("address", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email_bcc = { .name = "EpmEcsEventEmailBcc", .fields = fields_epm_ecs_event_email_bcc, .count = COUNT_OF(fields_epm_ecs_event_email_bcc), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_cc[] = {
    F("address", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email_cc = { .name = "EpmEcsEventEmailCc", .fields = fields_epm_ecs_event_email_cc, .count = COUNT_OF(fields_epm_ecs_event_email_cc), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_from[] = {
    F("address", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email_from = { .name = "EpmEcsEventEmailFrom", .fields = fields_epm_ecs_event_email_from, .count = COUNT_OF(fields_epm_ecs_event_email_from), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_replyto[] = {
    F("address", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email_replyto = { .name = "EpmEcsEventEmailReplyto", .fields = fields_epm_ecs_event_email_replyto, .count = COUNT_OF(fields_epm_ecs_event_email_replyto), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_sender[] = {
    F("address", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email_sender = { .name = "EpmEcsEventEmailSender", .fields = fields_epm_ecs_event_email_sender, .count = COUNT_OF(fields_epm_ecs_event_email_sender), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email_to[] = {
    F("address", FIELD_ARRAY, .items = FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email_to = { .name = "EpmEcsEventEmailTo", .fields = fields_epm_ecs_event_email_to, .count = COUNT_OF(fields_epm_ecs_event_email_to), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_email[] = {
    F("attachments", FIELD_ARRAY, .shape = &shape_epm_ecs_event_email_attachments_item),
    F("bcc", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_bcc),
    F("cc", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_cc),
    F("content_type", FIELD_TEXT),
    F("delivery_timestamp", FIELD_TIME),
    F("direction", FIELD_TEXT),
    F("from", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_from),
    F("local_id", FIELD_TEXT),
    F("message_id", FIELD_TEXT),
    F("origination_timestamp", FIELD_TIME),
    F("reply_to", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_replyto),
    F("sender", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_sender),
    F("subject", FIELD_TEXT),
    F("to", FIELD_OBJECT, .shape = &shape_epm_ecs_event_email_to),
    F("x_mailer", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_email = { .name = "EpmEcsEventEmail", .fields = fields_epm_ecs_event_email, .count = COUNT_OF(fields_epm_ecs_event_email), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_error[] = {
    F("id", FIELD_TEXT),
    F("code", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("message", FIELD_TEXT),
    F("stack_trace", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_error = { .name = "EpmEcsEventError", .fields = fields_epm_ecs_event_error, .count = COUNT_OF(fields_epm_ecs_event_error), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_faas_trigger[] = {
    F("type", FIELD_TEXT),
    F("request_id", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_faas_trigger = { .name = "EpmEcsEventFaasTrigger", .fields = fields_epm_ecs_event_faas_trigger, .count = COUNT_OF(fields_epm_ecs_event_faas_trigger), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_faas[] = {
    F("name", FIELD_TEXT),
    F("id", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("coldstart", FIELD_BOOL),
    F("execution", FIELD_TEXT),
    F("trigger", FIELD_OBJECT, .shape = &shape_epm_ecs_event_faas_trigger),
};
const struct shape shape_epm_ecs_event_faas = { .name = "EpmEcsEventFaas", .fields = fields_epm_ecs_event_faas, .count = COUNT_OF(fields_epm_ecs_event_faas), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_http_request_body[] = {
    F("content", FIELD_TEXT),
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_http_request_body = { .name = "EpmEcsEventHttpRequestBody", .fields = fields_epm_ecs_event_http_request_body, .count = COUNT_OF(fields_epm_ecs_event_http_request_body), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_http_request[] = {
    F("id", FIELD_TEXT),
    F("method", FIELD_TEXT),
    F("mime_type", FIELD_TEXT),
    F("body", FIELD_OBJECT, .shape = &shape_epm_ecs_event_http_request_body),
    F("referrer", FIELD_TEXT),
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_http_request = { .name = "EpmEcsEventHttpRequest", .fields = fields_epm_ecs_event_http_request, .count = COUNT_OF(fields_epm_ecs_event_http_request), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_http_response_body[] = {
    F("content", FIELD_TEXT),
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_http_response_body = { .name = "EpmEcsEventHttpResponseBody", .fields = fields_epm_ecs_event_http_response_body, .count = COUNT_OF(fields_epm_ecs_event_http_response_body), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_http_response[] = {
    F("status_code", FIELD_INT64),
    F("mime_type", FIELD_TEXT),
    F("body", FIELD_OBJECT, .shape = &shape_epm_ecs_event_http_response_body),
    F("bytes", FIELD_INT64),
};
const struct shape shape_epm_ecs_event_http_response = { .name = "EpmEcsEventHttpResponse", .fields = fields_epm_ecs_event_http_response, .count = COUNT_OF(fields_epm_ecs_event_http_response), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_http[] = {
    F("version", FIELD_TEXT),
    F("request", FIELD_OBJECT, .shape = &shape_epm_ecs_event_http_request),
    F("response", FIELD_OBJECT, .shape = &shape_epm_ecs_event_http_response),
};
const struct shape shape_epm_ecs_event_http = { .name = "EpmEcsEventHttp", .fields = fields_epm_ecs_event_http, .count = COUNT_OF(fields_epm_ecs_event_http), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_log_file[] = {
    F("path", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_log_file = { .name = "EpmEcsEventLogFile", .fields = fields_epm_ecs_event_log_file, .count = COUNT_OF(fields_epm_ecs_event_log_file), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_log_origin_file[] = {
    F("name", FIELD_TEXT),
    F("line", FIELD_INT),
};
const struct shape shape_epm_ecs_event_log_origin_file = { .name = "EpmEcsEventLogOriginFile", .fields = fields_epm_ecs_event_log_origin_file, .count = COUNT_OF(fields_epm_ecs_event_log_origin_file), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_log_origin[] = {
    F("file", FIELD_OBJECT, .shape = &shape_epm_ecs_event_log_origin_file),
    F("function", FIELD_TEXT),
};
const struct shape shape_epm_ecs_event_log_origin = { .name = "EpmEcsEventLogOrigin", .fields = fields_epm_ecs_event_log_origin, .count = COUNT_OF(fields_epm_ecs_event_log_origin), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_log[] = {
    F("level", FIELD_TEXT),
    F("logger", FIELD_TEXT),
    F("file", FIELD_OBJECT, .shape = &shape_epm_ecs_event_log_file),
    F("origin", FIELD_OBJECT, .shape = &shape_epm_ecs_event_log_origin),
    F("syslog", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
};
const struct shape shape_epm_ecs_event_log = { .name = "EpmEcsEventLog", .fields = fields_epm_ecs_event_log, .count = COUNT_OF(fields_epm_ecs_event_log), .flags = SHAPE_OPEN };

static const struct field fields_epm_ecs_event_observer[] = {
    F("mac", FIELD_ARRAY, .items = FIELD_TEXT),
    F("ip", FIELD_ARRAY, .items = FIELD_TEXT),
    F("hostname", FIELD_TEXT),
    F("name", FIELD_TEXT),
    F("product", FIELD_TEXT),
    F("vendor", FIELD_TEXT),
    F("version", FIELD_TEXT),
    F("serial_number", FIELD_TEXT),
    F("type", FIELD_TEXT),
    F("ingress", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("egress", FIELD_ANY, .summary = "Text in the one known sample, an object in ECS: keep as sent"),
    F("geo", FIELD_OBJECT, .shape = &shape_ecs_geo),
    F("os", FIELD_OBJECT, .shape = &shape_ecs_os),
};
const struct shape shape_epm_ecs_event_observer = { .name = "EpmEcsEventObserver", .fields = fields_epm_ecs_event_observer, .count = COUNT_OF(fields_epm_ecs_event_observer), .flags = SHAPE_OPEN };

/* clang-format on */
