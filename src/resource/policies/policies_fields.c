#include "model/changes.h"
#include "resource/policies/policies.h"
#include "resource/policies/policies_ops.h"

static const char *const status_values[] = { "OnLatestPolicy", "AwaitingLatestPolicy", "NoPolicy" };
const struct names policy_revision_status_names = { .schema = "PolicyRevisionStatus",
                                                    .values = status_values,
                                                    .count = COUNT_OF(status_values) };

enum { NAME_CHARACTERS_MAX = 255, DESCRIPTION_CHARACTERS_MAX = 1024 };

/* Groups that have any revision of the policy p. */
#define GROUPS_WITH_ANY                                                            \
    "FROM policy_revision r JOIN computer_group g ON g.policy_revision_id = r.id " \
    "WHERE r.policy_id = p.id"
#define ASSIGNED_COUNT "(SELECT COUNT(*) " GROUPS_WITH_ANY ")"
#define IS_ASSIGNED    "CASE WHEN EXISTS (SELECT 1 " GROUPS_WITH_ANY ") THEN 1 ELSE 0 END"
#define LATEST_COUNT \
    "(SELECT COUNT(*) FROM computer_group g WHERE g.policy_revision_id = p.revision_id)"
#define HAS_DRAFT "CASE WHEN p.draft_id IS NULL THEN 0 ELSE 1 END"

/* d.hh:mm:ss, as .NET writes a duration; 100 + n keeps the leading zero of n. */
#define DRAFT_SECONDS    "(({now} - p.draft_opened) / 1000000)"
#define TWO_DIGITS(part) "SUBSTR(CAST(100 + " part " AS TEXT), 2)"
#define PERIOD_LOCKED                                                                                    \
    "CASE WHEN p.draft_opened IS NULL THEN NULL ELSE CAST(" DRAFT_SECONDS                                \
    " / 86400 AS TEXT) || '.' || " TWO_DIGITS(DRAFT_SECONDS " % 86400 / 3600") " || ':' || " TWO_DIGITS( \
        DRAFT_SECONDS " % 3600 / 60") " || ':' || " TWO_DIGITS(DRAFT_SECONDS " % 60") " END"

/* clang-format off */
static const struct field policy_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "p.id", .summary = "Policy id" },
    { .json = "name", .type = FIELD_TEXT, .column = "p.name", .sort = "p.name_key", .sort_is_text = true, .max = NAME_CHARACTERS_MAX, .summary = "Policy name" },
    { .json = "description", .type = FIELD_TEXT, .column = "p.description", .sort = "COALESCE(p.description, '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .max = DESCRIPTION_CHARACTERS_MAX, .summary = "Free text" },
    { .json = "size", .type = FIELD_INT, .column = "p.size_kb", .sort = "p.size_kb", .summary = "Size of the newest revision in KB, rounded up" },
    { .json = "revision", .type = FIELD_INT, .column = "p.revision", .sort = "p.revision", .summary = "Number of the newest revision" },
    /* Revisions go only together with their policy, so the newest number is their count. */
    { .json = "totalRevisions", .type = FIELD_INT, .column = "p.revision", .sort = "p.revision", .summary = "Revisions stored" },
    { .json = "totalAssignedRevisions", .type = FIELD_INT, .column = ASSIGNED_COUNT, .sort = ASSIGNED_COUNT, .summary = "Groups that have any revision of it" },
    { .json = "latestAssignedRevisions", .type = FIELD_INT, .column = LATEST_COUNT, .summary = "Groups that have the newest revision" },
    { .json = "created", .type = FIELD_TIME, .column = "p.created", .sort = "p.created", .summary = "When created" },
    { .json = "lastModified", .type = FIELD_TIME, .column = "p.last_modified", .sort = "p.last_modified", .summary = "Last change of properties or content" },
    { .json = "lastModifiedUserId", .type = FIELD_UUID, .column = "p.last_modified_user_id", .summary = "User who changed it; nil for an API account" },
    { .json = "lastModifiedUser", .type = FIELD_TEXT, .column = "p.last_modified_user", .sort = "COALESCE(p.last_modified_user, '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = "E-mail or API account name" },
    { .json = "hasOpenDraft", .type = FIELD_BOOL, .column = HAS_DRAFT, .summary = "Someone edits it" },
    { .json = "openDraftId", .type = FIELD_UUID, .column = "p.draft_id", .flags = FIELD_NULLABLE, .summary = "Draft id" },
    { .json = "isAssignedToGroup", .type = FIELD_BOOL, .column = IS_ASSIGNED, .summary = "Any group has it" },
    { .json = "draftUserId", .type = FIELD_UUID, .column = "p.draft_user_id", .flags = FIELD_NULLABLE, .summary = "User who holds the draft" },
    { .json = "draftUser", .type = FIELD_TEXT, .column = "p.draft_user", .sort = "COALESCE(p.draft_user, '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = "E-mail of that user" },
    { .json = "lastPolicyToGroupAssignment", .type = FIELD_TIME, .column = "p.last_assigned", .sort = "COALESCE(p.last_assigned, 0)", .flags = FIELD_NULLABLE, .summary = "When last assigned" },
    { .json = "checkedOutDate", .type = FIELD_TIME, .column = "p.draft_opened", .flags = FIELD_NULLABLE, .summary = "When the draft was opened" },
    { .json = "periodLocked", .type = FIELD_TEXT, .column = PERIOD_LOCKED, .flags = FIELD_NULLABLE, .summary = "How long it has been checked out, as d.hh:mm:ss" },
    { .json = "locked", .type = FIELD_BOOL, .column = HAS_DRAFT, .summary = "A draft holds it" },
    { .json = "errorInfo", .type = FIELD_TEXT, .column = "p.error_info", .flags = FIELD_NULLABLE, .summary = "Text of the last failed change" },
};

static const struct shape policy_row = {
    .name = "PolicyListItemModel", .summary = "Policy in a list", .fields = policy_fields, .count = COUNT_OF(policy_fields), .times = TIME_ZONED,
};
const struct shape policy_detail_shape = {
    .name = "PolicyDetailModel", .summary = "One policy", .fields = policy_fields, .count = COUNT_OF(policy_fields), .times = TIME_ZONED,
};

static const char *const assigned_aliases[] = { "Filter.TotalAssignedGroups", NULL };

static const struct filter policy_filters[] = {
    { .name = "Name", .kind = FILTER_CONTAINS, .column = "p.name", .base_table_only = true, .summary = "Part of the policy name" },
    { .name = "Size", .kind = FILTER_INT, .column = "p.size_kb", .base_table_only = true, .summary = "Size in KB" },
    { .name = "TotalRevisions", .kind = FILTER_INT, .column = "p.revision", .base_table_only = true, .summary = "Number of revisions" },
    { .name = "TotalAssignedRevisions", .kind = FILTER_INT, .column = ASSIGNED_COUNT, .base_table_only = true, .aliases = assigned_aliases, .summary = "Number of groups with any revision of it" },
    { .name = "Created", .kind = FILTER_DATES, .column = "p.created", .base_table_only = true, .summary = "When created" },
    { .name = "LockedBy", .kind = FILTER_CONTAINS, .column = "p.draft_user", .base_table_only = true, .summary = "E-mail of the user whose draft locks it" },
};

#define REVISION_GROUPS "FROM computer_group g WHERE g.policy_revision_id = r.id"

static const struct field revision_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "r.id", .summary = "Policy revision id, used to assign and download" },
    { .json = "policyId", .type = FIELD_UUID, .column = "r.policy_id", .summary = "Policy" },
    { .json = "revision", .type = FIELD_INT, .column = "r.revision", .summary = "Number, from 1" },
    { .json = "size", .type = FIELD_INT, .column = "(r.size_bytes + 1023) / 1024", .summary = "KB, rounded up" },
    { .json = "created", .type = FIELD_TIME, .column = "r.created", .summary = "When stored" },
    { .json = "createdUserId", .type = FIELD_UUID, .column = "r.created_user_id", .flags = FIELD_NULLABLE, .summary = "Who stored it; nil for an API account" },
    { .json = "createdUser", .type = FIELD_TEXT, .column = "r.created_user", .flags = FIELD_NULLABLE, .summary = "E-mail or API account name" },
    { .json = "annotationNote", .type = FIELD_TEXT, .column = "r.note", .flags = FIELD_NULLABLE, .summary = "Note of the author" },
    { .json = "isAssignedToGroup", .type = FIELD_BOOL, .column = "CASE WHEN EXISTS (SELECT 1 " REVISION_GROUPS ") THEN 1 ELSE 0 END", .summary = "Any group has it" },
    { .json = "totalAssignedGroups", .type = FIELD_INT, .column = "(SELECT COUNT(*) " REVISION_GROUPS ")", .summary = "Groups that have it" },
    { .json = "sha256", .type = FIELD_TEXT, .column = "r.sha256", .flags = FIELD_NULLABLE, .summary = "Hash of the stored bytes, lower-case hex" },
};
const struct shape policy_revision_shape = {
    .name = "PolicyRevisionModel", .summary = "One stored revision", .fields = revision_fields, .count = COUNT_OF(revision_fields), .times = TIME_ZONED,
};

static const struct field assigned_group_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "g.id", .summary = "Group id" },
    { .json = "name", .type = FIELD_TEXT, .column = "g.name", .summary = "Group name" },
    { .json = "description", .type = FIELD_TEXT, .column = "g.description", .flags = FIELD_NULLABLE, .summary = "Text" },
    { .json = "default", .type = FIELD_BOOL, .column = "g.is_default", .summary = "Default group" },
    { .json = "computerCount", .type = FIELD_INT, .column = "g.computer_count", .summary = "Computers in the group" },
    { .json = "policyRevisionId", .type = FIELD_UUID, .column = "g.policy_revision_id", .summary = "Revision it has" },
    { .json = "revision", .type = FIELD_INT, .column = "r.revision", .summary = "Number of it" },
    { .json = "policyRevisionStatus", .type = FIELD_TEXT, .column = "CASE WHEN g.policy_revision_id = p.revision_id THEN 'OnLatestPolicy' ELSE 'AwaitingLatestPolicy' END", .flags = FIELD_NULLABLE, .summary = "OnLatestPolicy or AwaitingLatestPolicy" },
    { .json = "policyAssigned", .type = FIELD_TIME, .column = "g.policy_assigned", .flags = FIELD_NULLABLE, .summary = "When assigned" },
};
const struct shape policy_assigned_group_shape = {
    .name = "PolicyAssignedGroupModel", .summary = "A group with this policy", .fields = assigned_group_fields, .count = COUNT_OF(assigned_group_fields), .times = TIME_ZONED,
};
/* clang-format on */

static const struct changes row_changes = CHANGES_OF("3");
const struct resource policies_resource = {
    .name = "Policies",
    .noun = "policy",
    .from = "policy p",
    .key = "p.id",
    .object = "p.id",
    .row = &policy_row,
    .detail = &policy_detail_shape,
    .filters = policy_filters,
    .filter_count = COUNT_OF(policy_filters),
    .default_sort = "created",
    .count_from = "policy p",
    .changes = &row_changes,
    .schema_page = "PolicyListItemModelPagedResponse",
};

#define POLICY_EXISTS "SELECT 1 FROM policy WHERE id = $1"

const struct resource policy_revisions_resource = {
    .name = "Revisions",
    .noun = "policy revision",
    .from = "policy_revision r",
    .key = "r.id",
    .row = &policy_revision_shape,
    .parent = "r.policy_id",
    .parent_exists = POLICY_EXISTS,
    .parent_noun = "policy",
    .order = "r.revision DESC",
};

const struct resource policy_groups_resource = {
    .name = "AssignedGroups",
    .noun = "group",
    .from = "policy_revision r JOIN computer_group g ON g.policy_revision_id = r.id "
            "JOIN policy p ON p.id = r.policy_id",
    .key = "g.id",
    .row = &policy_assigned_group_shape,
    .parent = "r.policy_id",
    .parent_exists = POLICY_EXISTS,
    .parent_noun = "policy",
    .order = "g.name_key, g.id",
};
