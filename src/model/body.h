/* Checks a JSON or form body against a shape; every fault of it is found, not only the first. */
#ifndef MODEL_BODY_H
#define MODEL_BODY_H

#include "base/result.h"
#include "base/text.h"
#include "model/fault.h"
#include "model/field.h"

struct arena;
struct form_fields;
struct json;

/* Unknown members are ignored; names match in any letter case and by alias. Types are strict but for what the
   contract says: uuids in any spelling, enumerations in any letter case or as their number, times in every
   form of base/time.h, whole numbers also as 3.0. A member `filter` of a bulk body (FIELD_OBJECT without a
   shape check) is left to list_parse_filter. Fault names are paths: "computerIds[3]", "lastConnected.dates". */
void body_check(const struct shape *shape, unsigned version, const struct json *body,
                struct faults *faults);

/* The same for a form: text, uuid, bool (true, 1, on, in any case), int and file fields. */
void body_check_form(const struct shape *shape, unsigned version, const struct form_fields *form,
                     struct faults *faults);

/* Document of a SHAPE_OPEN or closed shape as canonical JSON: every field of the table in its order, null
   where it is absent or does not fit its type or bound (long text is cut at the bound); unknown members are
   dropped unless the shape is open. For what agents report about themselves. NULL when the arena is full. */
char *body_normalise(struct arena *arena, const struct shape *shape, const struct json *object);

#endif
