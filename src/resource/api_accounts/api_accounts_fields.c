#include "model/answers.h"
#include "model/operation.h"
#include "resource/api_accounts/api_accounts.h"

/* The index is what the store keeps: enum level. An area that knows no read level skips it. */
static const char *const read_values[] = { "NoAccess", "ReadOnly" };
static const char *const both_values[] = { "NoAccess", "ReadOnly", "FullAccess" };
static const char *const full_values[] = { "NoAccess", "FullAccess" };
static const struct names read_names = { "ApiAccountReadAccess", read_values,
                                         COUNT_OF(read_values) };
static const struct names both_names = { "ApiAccountAccess", both_values, COUNT_OF(both_values) };
static const struct names full_names = { "ApiAccountFullAccess", full_values,
                                         COUNT_OF(full_values) };

/* clang-format off */
static const struct field fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "a.id", .summary = "Id" },
    { .json = "name", .type = FIELD_TEXT, .column = "a.name", .max = 255, .summary = "Account name" },
    { .json = "description", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "a.description", .max = 1024, .summary = "Text" },
    { .json = "clientId", .type = FIELD_TEXT, .column = "a.client_id", .max = 64, .summary = "Client id; 32 lower-case hex digits unless it was chosen" },
    { .json = "created", .type = FIELD_TIME, .flags = FIELD_NULLABLE, .column = "a.created", .summary = "When created" },
    { .json = "audit", .type = FIELD_ENUM, .names = &read_names, .column = "a.audit", .summary = "Access to Audit endpoints" },
    { .json = "insight", .type = FIELD_ENUM, .names = &full_names, .column = "a.insight / 2", .summary = "Access to Insight endpoints" },
    { .json = "management", .type = FIELD_ENUM, .names = &both_names, .column = "a.management", .summary = "Access to Management endpoints" },
    { .json = "reporting", .type = FIELD_ENUM, .names = &read_names, .column = "a.reporting", .summary = "Access to Reporting endpoints" },
    { .json = "scim", .type = FIELD_ENUM, .names = &full_names, .column = "a.scim / 2", .summary = "Access to SCIM endpoints" },
    { .json = "jit", .type = FIELD_ENUM, .names = &both_names, .column = "a.jit", .summary = "Access to JIT endpoints" },
};
static const struct shape row = {
    .name = "ApiAccountListItemModel", .summary = "API account in a list; the secret is never in it",
    .fields = fields, .count = COUNT_OF(fields), .times = TIME_ZONED,
};
static const struct resource accounts_resource = {
    .name = "ApiAccounts", .noun = "API account", .from = "api_account a", .key = "a.id", .row = &row,
    .order = "a.created, a.id",
};
static const struct answer list_answers[] = {
    { 200, ANSWER_ARRAY, &row, NULL, NULL, "All API accounts" }, ANSWER_400, ANSWERS_ALWAYS,
};
const struct route api_accounts_routes[] = {
    { .method = METHOD_GET, .path = "ApiAccounts", .id = "ApiAccounts_List", .tag = "ApiAccounts", PERMITS("APISettings", "Query"), .summary = "List API accounts",
      .versions = API_V23, .area = AREA_MANAGEMENT, .level = LEVEL_READ, .work = WORK_INLINE, .run = op_array,
      .resource = &accounts_resource, .answers = list_answers, .answer_count = COUNT_OF(list_answers) },
};
/* clang-format on */
const size_t api_accounts_route_count = COUNT_OF(api_accounts_routes);
