#include "resource/accepted_domains/accepted_domains.h"
#include "resource/accepted_domains/accepted_domains_ops.h"

/* clang-format off */
static const struct field fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "d.id", .summary = "Id" },
    { .json = "domain", .type = FIELD_TEXT, .column = "d.domain", .max = 253, .summary = "Domain, in lower case and ASCII" },
};
static const struct shape row = {
    .name = "AcceptedDomainListItemModel", .summary = "Accepted domain in a list", .fields = fields, .count = COUNT_OF(fields), .times = TIME_ZONED,
};
const struct shape accepted_domain_detail = {
    .name = "AcceptedDomainDetailModel", .summary = "One accepted domain", .fields = fields, .count = COUNT_OF(fields), .times = TIME_ZONED,
};
/* clang-format on */

const struct resource accepted_domains_resource = {
    .name = "AcceptedDomains",
    .noun = "accepted domain",
    .from = "accepted_domain d",
    .key = "d.id",
    .row = &row,
    .detail = &accepted_domain_detail,
    .order = "d.domain",
};
