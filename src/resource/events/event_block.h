/* The text of a block: many documents, and where each one's ingestion time goes. Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_BLOCK_H
#define RESOURCE_EVENTS_EVENT_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/operation.h"

struct json;

enum { INGESTED_BYTES = 33 }; /* of a moment as TIME_ZONED writes it */

/* Little-endian: count, then for each: length, offset of the ingestion time, the document. */
struct block_writer {
    struct buffer *out;
    uint32_t count;
};
void block_begin(struct block_writer *block, struct buffer *out);
void block_end(struct block_writer *block);

/* What the server adds to each document. */
struct document_marks {
    const char *computer_id, *group_id, *tenant_id;
    int64_t received_us;
    int64_t sequence;
};
/* One document in canonical form: no nulls, members of the wrong type left out, the server's members set. */
void block_add(struct block_writer *block, const struct json *event,
               const struct document_marks *marks);

struct block_reader {
    const char *at, *end;
    uint32_t left;
};
/* False when the bytes are no block. */
bool block_open(struct block_reader *reader, struct slice bytes);
/* The next document, with its ingestion time written into `scratch` by the caller later: `out_offset` says where. */
bool block_next(struct block_reader *reader, struct slice *out_document, uint32_t *out_offset);

/* The document with its ingestion time in place. */
void block_document_write(struct slice document, uint32_t offset, int64_t ingested_us,
                          struct buffer *out);

#endif
