#include "model/answers.h"
#include "resource/accepted_domains/accepted_domains.h"
#include "resource/accepted_domains/accepted_domains_ops.h"

enum { DOMAIN_CHARACTERS_MAX = 253 };

/* clang-format off */
/* The original takes domainName and shows domain; both are taken everywhere. */
static const struct field body_fields[] = {
    { .json = "domainName", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = DOMAIN_CHARACTERS_MAX, .summary = "Domain, e.g. example.com; one of the two is needed" },
    { .json = "domain", .type = FIELD_TEXT, .flags = FIELD_NULLABLE | FIELD_TRIMMED, .max = DOMAIN_CHARACTERS_MAX, .summary = "The same under another name" },
};
static const struct shape create_body = {
    .name = "CreateAcceptedDomainRequest", .summary = "New accepted domain", .fields = body_fields, .count = COUNT_OF(body_fields),
};
static const struct shape modify_body = {
    .name = "ModifyAcceptedDomainRequest", .summary = "Changed accepted domain", .fields = body_fields, .count = COUNT_OF(body_fields),
};

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_ARRAY, &accepted_domain_detail, NULL, "All accepted domains by name"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &accepted_domain_detail, NULL, "The domain"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };
static const struct answer create_answers[] = { ANSWER_CREATED("Created; the body is its id"), ANSWER_400, ANSWER_409, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer modify_answers[] = { ANSWER_DONE("Changed"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWER_415, ANSWERS_ALWAYS };
static const struct answer delete_answers[] = { ANSWER_DONE("Removed"), ANSWER_400, ANSWER_404, ANSWER_409, ANSWERS_ALWAYS };

#define ROUTE_ROW(row_method, row_path, row_id, row_level, row_work, row_run, rows, row_summary) \
    .method = row_method, .path = row_path, .id = row_id, .tag = "AcceptedDomains", .area = AREA_MANAGEMENT, .level = row_level, .work = row_work, \
    .run = row_run, .answers = rows, .answer_count = COUNT_OF(rows), .summary = row_summary
#define SEES    PERMITS("DomainSettings", "Query")
#define CHANGES PERMITS("DomainSettings", "Modify")

const struct route accepted_domains_routes[] = {
    { ROUTE_ROW(METHOD_GET, "AcceptedDomains", "AcceptedDomains_List", LEVEL_READ, WORK_INLINE, op_array, list_answers, "List accepted domains"),
      SEES, .resource = &accepted_domains_resource },
    { ROUTE_ROW(METHOD_POST, "AcceptedDomains", "AcceptedDomains_Create", LEVEL_FULL, WORK_WRITE, accepted_domains_create, create_answers, "Add a domain"),
      CHANGES, .body_kind = BODY_JSON, .body = &create_body },
    { ROUTE_ROW(METHOD_GET, "AcceptedDomains/{id}", "AcceptedDomains_Get", LEVEL_READ, WORK_INLINE, op_get, get_answers, "Read a domain"),
      SEES, .resource = &accepted_domains_resource },
    { ROUTE_ROW(METHOD_PUT, "AcceptedDomains/{id}", "AcceptedDomains_Modify", LEVEL_FULL, WORK_WRITE, accepted_domains_modify, modify_answers, "Change a domain"),
      CHANGES, .body_kind = BODY_JSON, .body = &modify_body },
    { ROUTE_ROW(METHOD_DELETE, "AcceptedDomains/{id}", "AcceptedDomains_Delete", LEVEL_FULL, WORK_WRITE, accepted_domains_delete, delete_answers, "Remove a domain"),
      CHANGES },
};
/* clang-format on */
const size_t accepted_domains_route_count = COUNT_OF(accepted_domains_routes);
