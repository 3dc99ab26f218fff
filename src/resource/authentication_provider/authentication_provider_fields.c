#include "model/answers.h"
#include "resource/authentication_provider/authentication_provider.h"

/* clang-format off */
static const struct field fields[] = {
    { .json = "authenticationType", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "p.authentication_type", .summary = "Kind of sign-in" },
    { .json = "openIDConnectProvider", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "p.provider", .summary = "Provider name" },
    { .json = "domain", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "p.domain", .summary = "Provider domain or tenant" },
    { .json = "clientId", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .column = "p.client_id", .summary = "Client id at the provider" },
};
static const struct shape shape = {
    .name = "AuthenticationProviderModel", .summary = "Sign-in provider of the site; the secret is never in it", .fields = fields, .count = COUNT_OF(fields),
};
static const struct resource resource = {
    .name = "AuthenticationProvider", .noun = "authentication provider", .from = "authentication_provider p", .key = "p.id", .row = &shape,
};
static const struct answer get_answers[] = {
    ANSWER_ROW(200, ANSWER_SHAPE, &shape, NULL, "The provider"), ANSWER_ROW(404, ANSWER_PROBLEM, NULL, NULL, "None is set up"), ANSWER_400, ANSWERS_ALWAYS,
};

const struct route authentication_provider_routes[] = {
    { .method = METHOD_GET, .path = "AuthenticationProvider", .id = "AuthenticationProvider_Get", .tag = "AuthenticationProvider",
      .summary = "Read the sign-in provider", .versions = API_V23, .area = AREA_MANAGEMENT, .level = LEVEL_READ,
      PERMITS("AuthenticationProviderSettings", "Query"), .work = WORK_INLINE, .run = op_get, .resource = &resource,
      .answers = get_answers, .answer_count = COUNT_OF(get_answers) },
};
/* clang-format on */
const size_t authentication_provider_route_count = COUNT_OF(authentication_provider_routes);
