#include "model/answers.h"
#include "resource/app_switcher/app_switcher.h"

/* clang-format off */
static const struct field connector_fields[] = {
    { .json = "id", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "App id" },
    { .json = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "App name" },
    { .json = "url", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Link" },
    { .json = "type", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .summary = "Product" },
    { .json = "enabled", .type = FIELD_BOOL, .flags = FIELD_NULLABLE, .summary = "Shown" },
};
static const struct shape connector_shape = {
    .name = "AppSwitcherConnector", .summary = "A sibling app; unknown members are kept", .fields = connector_fields, .count = COUNT_OF(connector_fields), .flags = SHAPE_OPEN,
};
static const struct field request_fields[] = {
    { .json = "organizationId", .type = FIELD_UUID, .flags = FIELD_REQUIRED, .summary = "Organisation" },
    { .json = "connectorList", .type = FIELD_ARRAY, .flags = FIELD_NULLABLE, .shape = &connector_shape, .max = APP_CONNECTORS_MAX, .summary = "Apps of the organisation; null or empty: none" },
};
static const struct shape request_shape = {
    .name = "AppSwitcherConnectorRequest", .summary = "Organisation and its apps", .fields = request_fields, .count = COUNT_OF(request_fields),
};
static const struct field answer_fields[] = {
    { .json = "organizationId", .type = FIELD_UUID, .flags = FIELD_NULLABLE, .summary = "Organisation" },
    { .json = "count", .type = FIELD_INT, .flags = FIELD_NULLABLE, .summary = "Apps stored" },
};
static const struct shape answer_shape = {
    .name = "AppSwitcherConnectorResponse", .summary = "What is stored now", .fields = answer_fields, .count = COUNT_OF(answer_fields),
};
static const struct answer answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &answer_shape, NULL, "Stored"), ANSWER_400, ANSWERS_ALWAYS };

const struct route app_switcher_routes[] = {
    { .method = METHOD_POST, .path = "AppSwitcher/connector", .id = "AppSwitcher_Connector", .tag = "AppSwitcher", .area = AREA_MANAGEMENT, .level = LEVEL_FULL, PERMITS("AppSwitcher", "Modify"), .work = WORK_WRITE,
      .run = app_switcher_connector, .body_kind = BODY_JSON, .body = &request_shape, .body_bytes_max = APP_CONNECTOR_BODY_BYTES_MAX, .answers = answers, .answer_count = COUNT_OF(answers),
      .summary = "Replace the list of sibling apps shown in the app switcher" },
};
/* clang-format on */

const size_t app_switcher_route_count = COUNT_OF(app_switcher_routes);
