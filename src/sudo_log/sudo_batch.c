#include "sudo_log/sudo_batch.h"

#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "resource/events/events.h"
#include "sudo_log/sudo_hosts.h"

enum {
    NS_PER_US = 1000,
    BATCH_ARENA_BYTES = 64 * 1024 * 1024,
};

const char *sudo_outcome_name(enum sudo_outcome outcome)
{
    static const char *const names[] = {
        [SUDO_STORED] = "stored",
        [SUDO_REPEATED] = "repeated",
        [SUDO_REFUSED_REJECTED] = "rejected",
        [SUDO_REFUSED_ARCHIVED] = "archived",
        [SUDO_REFUSED_AGENT] = "has_agent",
        [SUDO_REFUSED_HOSTS] = "too_many_hosts",
        [SUDO_UNREADABLE] = "unreadable",
    };
    return names[outcome];
}

enum result sudo_batch_init(struct sudo_batch *batch, struct error *error)
{
    *batch = (struct sudo_batch){
        .arena = arena_new(BATCH_ARENA_BYTES),
        .entries = calloc(SUDO_BATCH_MAX, sizeof(struct sudo_entry)), /* lives as the batch does */
    };
    if (batch->arena == NULL || batch->entries == NULL) {
        sudo_batch_done(batch);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for sudo's records");
    }
    return RESULT_OK;
}

void sudo_batch_done(struct sudo_batch *batch)
{
    arena_free(batch->arena);
    free(batch->entries);
    *batch = (struct sudo_batch){ .count = 0 };
}

void sudo_batch_reset(struct sudo_batch *batch)
{
    arena_reset(batch->arena);
    batch->count = 0;
    batch->bytes = 0;
}

bool sudo_batch_has_room(const struct sudo_batch *batch)
{
    return batch->count + SUDO_BATCH_SPARE <= SUDO_BATCH_MAX && batch->bytes < SUDO_BATCH_BYTES_MAX;
}

static bool event_write(struct sudo_batch *batch, const struct sudo_event *event,
                        struct sudo_entry *entry)
{
    struct buffer text;
    buffer_init(&text, EVENT_LINE_BYTES_MAX);
    sudo_event_write(event, entry->id, &text);
    buffer_char(&text, '\n');
    char *copy = text.overflow ? NULL : arena_strndup(batch->arena, text.bytes, text.length);
    entry->event = (struct slice){ copy, copy == NULL ? 0 : text.length };
    buffer_done(&text);
    return copy != NULL;
}

bool sudo_batch_add(struct sudo_batch *batch, const struct sudo_arrival *arrival, size_t *out_index)
{
    struct sudo_entry *entry = &batch->entries[batch->count];
    struct sudo_record record = *arrival->record;
    struct slice host = arrival->host.length > 0 ? arrival->host : record.host;
    if (!sudo_host_is_name(host)) {
        return false;
    }
    *entry = (struct sudo_entry){ .host = slice_dup(batch->arena, host),
                                  .host_key = slice_fold(batch->arena, host),
                                  .source = arena_strdup(batch->arena, arrival->source),
                                  .unique = arrival->unique,
                                  .index = batch->count };
    if (entry->host == NULL || entry->host_key == NULL || entry->source == NULL) {
        return false;
    }
    const struct sudo_event event = { .record = &record,
                                      .host = entry->host,
                                      .transport = arrival->transport };
    sudo_event_id(&event, entry->host_key, arrival->text, entry->id);
    if (record.moment_ns == 0) {
        record.moment_ns = time_now_us() * NS_PER_US;
    }
    if (!event_write(batch, &event, entry)) {
        return false;
    }
    batch->bytes += entry->event.length;
    *out_index = batch->count++;
    return true;
}
