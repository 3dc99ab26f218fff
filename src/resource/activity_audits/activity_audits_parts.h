/* What the files of this folder share. Private to it. */
#ifndef RESOURCE_ACTIVITY_AUDITS_ACTIVITY_AUDITS_PARTS_H
#define RESOURCE_ACTIVITY_AUDITS_ACTIVITY_AUDITS_PARTS_H

#include "model/field.h"
#include "resource/activity_audits/activity_audits.h"

/* The objects, one a kind of change, behind the fields of the row. */
extern const struct names audit_changed_by_names;

/* clang-format off */
#define AUDIT_TEXT(name, sql, text) \
    { .json = name, .type = FIELD_TEXT, .column = sql, .sort = "COALESCE(reeve_fold(" sql "), '')", .sort_is_text = true, .flags = FIELD_NULLABLE, .summary = text }

#define ACTIVITY_AUDIT_FIELDS \
    { .json = "id", .type = FIELD_INT64, .column = "a.id", .sort = "a.id", .flags = FIELD_REQUIRED | FIELD_INDEXED, .summary = "Audit id; rises with time" }, \
    AUDIT_TEXT("details", "a.details", "Sentence that says what happened"), \
    AUDIT_TEXT("userId", "a.user_id", "Id of the user or API client"), \
    AUDIT_TEXT("user", "a.user_name", "E-mail of the user or identifier of the API client"), \
    AUDIT_TEXT("entity", "a.entity", "Kind of object"), \
    AUDIT_TEXT("entityName", "a.entity_name", "Name of the object"), \
    AUDIT_TEXT("auditType", "a.audit_type", "What was done to it"), \
    { .json = "created", .type = FIELD_TIME, .column = "a.created", .sort = "a.created", .flags = FIELD_REQUIRED | FIELD_INDEXED, .summary = "When it was committed, UTC without a zone; no two audits share a moment" }, \
    { .json = "changedBy", .type = FIELD_ENUM, .column = "a.changed_by", .sort = "a.changed_by", .names = &audit_changed_by_names, .flags = FIELD_NULLABLE, .summary = "Which door the change came through" }
/* clang-format on */

#endif
