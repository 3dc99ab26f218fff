/* Events as rows of a flat table: CSV (RFC 4180) that loads into columns of fixed types. docs/events.md lists them. */
#ifndef RESOURCE_EVENTS_EVENT_CSV_H
#define RESOURCE_EVENTS_EVENT_CSV_H

#include "base/result.h"
#include "base/text.h"

struct arena;

/* One line with its CRLF: the names of the columns; they only ever get more, at the end. */
void event_csv_head(struct buffer *out);
/* The row of one document. Text stands in quotes, also when it is empty; nothing is null. Moments are 2026-04-15T06:50:01.123456Z; what
   has not the type of its column is null. RESULT_INVALID when it is no document. */
MUST_CHECK enum result event_csv_row(struct arena *arena, struct slice json, struct buffer *out,
                                     struct error *error);
/* The stamp of a row as text: it is the first column. */
struct slice event_csv_stamp(struct slice row);

#endif
