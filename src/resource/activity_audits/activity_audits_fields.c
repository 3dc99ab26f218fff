#include "audit/audit.h"
#include "model/answers.h"
#include "model/changes.h"
#include "model/row_feed.h"
#include "model/stream.h"
#include "resource/activity_audits/activity_audits.h"
#include "resource/activity_audits/activity_audits_parts.h"

const struct names audit_changed_by_names = { "AuditChangedBy", audit_doors, AUDIT_DOORS };

/* clang-format off */
static const struct field row_fields[] = { ACTIVITY_AUDIT_FIELDS };
static const struct shape row_shape = {
    .name = "ActivityAudit", .summary = "Row of the list", .fields = row_fields, .count = COUNT_OF(row_fields), .times = TIME_PLAIN,
};

static const struct filter filters[] = {
    { .name = "User", .kind = FILTER_CONTAINS, .column = "a.user_name", .base_table_only = true, .summary = "Part of the e-mail of the user or of the identifier of the API client that acted" },
    { .name = "Details", .kind = FILTER_CONTAINS, .column = "a.details", .base_table_only = true, .summary = "Part of the text of the activity" },
    { .name = "Created", .kind = FILTER_DATES, .column = "a.created", .range_may_be_open = true, .base_table_only = true, .summary = "When the activity took place: one or more dates" },
    { .name = "Entity", .kind = FILTER_SAME, .column = "a.entity", .base_table_only = true, .summary = "Kind of object the activity touched, in any letter case" },
    { .name = "AuditType", .kind = FILTER_SAME, .column = "a.audit_type", .base_table_only = true, .summary = "Name of the audit type, in any letter case" },
    { .name = "ChangedBy", .kind = FILTER_ENUM, .column = "a.changed_by", .names = &audit_changed_by_names, .base_table_only = true, .summary = "Which door the change came through" },
};

/* Entries are never altered and their ids follow on each other in the order of commits: the changes are the entries. */
static const struct changes row_changes = {
    .from = "activity_audit x", .key = "x.id", .place = "CAST('' AS TEXT)", .stamp = "x.id", .tie = "CAST('' AS TEXT)", .moment = "x.created",
    .bounds = "SELECT amount + 1, amount + 1 FROM tally WHERE name = 'activity_audit'",
    .since = "SELECT COALESCE(MIN(id), (SELECT amount + 1 FROM tally WHERE name = 'activity_audit')) FROM activity_audit WHERE created >= $1",
    .for_good = true,
};

/* Upwards, so that a client that goes on from the last row it has seen gets on. */
#define AUDITS(page) \
    .name = "ActivityAudits", .noun = "activity audit", .from = "activity_audit a", .key = "a.id", .key_is_number = true, .detail = &activity_audit_detail_shape, \
    .filters = filters, .filter_count = COUNT_OF(filters), .default_sort = "created", .count_from = "activity_audit a", .tally = "activity_audit", .changes = &row_changes, .schema_page = page

static const struct resource audits_resource = { AUDITS("ActivityAuditPagedResponse"), .row = &row_shape };
static const struct resource details_resource = { AUDITS("ActivityAuditDetailsPagedResponse"), .row = &activity_audit_detail_shape };

static const struct answer list_answers[] = { ANSWER_ROW(200, ANSWER_PAGE, NULL, NULL, "One page"), ANSWER_400, ANSWERS_ALWAYS };
static const struct answer get_answers[] = { ANSWER_ROW(200, ANSWER_SHAPE, &activity_audit_detail_shape, NULL, "The audit"), ANSWER_400, ANSWER_404, ANSWERS_ALWAYS };

static const struct parameter stream_parameters[] = { STREAM_PARAMETERS };
static const struct answer stream_answers[] = { STREAM_ANSWERS };
const struct stream_source activity_audits_stream = { .feed = STREAM_ACTIVITY_AUDITS, .rows = &activity_audit_feed };

#define ROUTE_ROW(row_path, row_id, row_work, row_resource, row_answers) \
    .method = METHOD_GET, .path = row_path, .id = row_id, .tag = "ActivityAudits", .area = AREA_AUDIT, .level = LEVEL_READ, PERMITS("ActivityAudit", "Query"), .work = row_work, \
    .resource = &(row_resource), .answers = row_answers, .answer_count = COUNT_OF(row_answers)

const struct route activity_audits_routes[] = {
    { ROUTE_ROW("ActivityAudits", "ActivityAudits_List", WORK_LIST, audits_resource, list_answers), .run = op_list, .summary = "List activity audits" },
    { ROUTE_ROW("ActivityAudits/Details", "ActivityAudits_Details", WORK_LIST, details_resource, list_answers), .run = op_list, .summary = "List activity audits with what changed in each" },
    { ROUTE_ROW("ActivityAudits/Stream", "ActivityAudits_Stream", WORK_STREAM, details_resource, stream_answers), .run = op_stream, .stream = &activity_audits_stream, .extension = true, .versions = API_V3, .parameters = stream_parameters, .parameter_count = COUNT_OF(stream_parameters),
      .summary = "Activity audits with what changed in each, as they come, as server-sent events" },
    { ROUTE_ROW("ActivityAudits/{id}", "ActivityAudits_Get", WORK_INLINE, details_resource, get_answers), .run = op_get, .id_type = FIELD_INT64, .answer = &activity_audit_detail_shape,
      .summary = "Read one activity audit" },
};
/* clang-format on */

/* Numbers are given at the commit, in its order. */
const struct row_feed activity_audit_feed = {
    .shape = &activity_audit_detail_shape,
    .from = "activity_audit a",
    .position = "a.id",
    .number = "a.id",
    .time = "a.created",
    .computer = "''",
    .id_prefix = "audit",
    .newest = "SELECT amount FROM tally WHERE name = 'activity_audit'",
    .at = "SELECT COALESCE(MIN(id) - 1, (SELECT amount FROM tally WHERE name = 'activity_audit'))"
          " FROM activity_audit WHERE created >= $1",
};

const size_t activity_audits_route_count = COUNT_OF(activity_audits_routes);
