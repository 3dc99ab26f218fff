#include "resource/events/event_columns.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "json/read.h"

enum { PATHS_MAX = 4 };

/* clang-format off */
/* Where the texts of a column stand in an event. The group is the server's to say. */
static const char *const paths[EVENT_COLUMNS][PATHS_MAX] = {
    [COLUMN_OS]                = { "host.os.type", "host.os.platform", "host.os.family", "host.os.name" },
    [COLUMN_CODE]              = { "event.code" },
    [COLUMN_ACTION]            = { "event.action", "EPMWinMac.Event.Action" },
    [COLUMN_TYPE]              = { "EPMWinMac.Event.Type", "event.type" },
    [COLUMN_APPLICATION_TYPE]  = { "EPMWinMac.Configuration.Application.Type" },
    [COLUMN_HOST]              = { "host.hostname", "host.name", "host.NetBIOSName" },
    [COLUMN_HOST_DOMAIN]       = { "host.domain", "host.DomainNetBIOSName" },
    [COLUMN_USER]              = { "user.name" },
    [COLUMN_USER_DOMAIN]       = { "user.domain", "user.DomainNetBIOSName" },
    [COLUMN_WORKSTYLE]         = { "EPMWinMac.Configuration.Workstyle.Name" },
    [COLUMN_APPLICATION_GROUP] = { "EPMWinMac.Configuration.ApplicationGroup.Name" },
    [COLUMN_ON_DEMAND]         = { "EPMWinMac.Configuration.Rule.OnDemand" },
};
/* clang-format on */

/* The value of a path, or NULL when the event has none, or one of a type that its document leaves out. */
static const struct json *value_of(const struct json *event, enum event_column column, size_t index)
{
    const struct json *value = json_path(event, paths[column][index]);
    if (value == NULL) {
        return NULL;
    }
    bool list = column == COLUMN_TYPE && index == 1;
    bool flag = column == COLUMN_ON_DEMAND;
    bool plain = !list && !flag;
    bool fits = (list && value->type == JSON_ARRAY) || (flag && value->type == JSON_BOOL) ||
                (plain && (value->type == JSON_TEXT || value->type == JSON_INT));
    return fits ? value : NULL;
}

struct parts {
    struct arena *arena;
    const char *items[WORD_PARTS_MAX];
    size_t count;
    bool failed;
};

const char *event_word_part(struct arena *arena, struct slice text)
{
    char *folded = slice_fold(arena, text);
    size_t length = folded == NULL ? 0 : strlen(folded);
    if (length > WORD_PART_BYTES_MAX) {
        length = slice_head((struct slice){ folded, length }, WORD_PART_BYTES_MAX).length;
        folded[length] = '\0';
    }
    for (size_t i = 0; i < length; i++) {
        folded[i] = folded[i] == WORD_MARK ? ' ' : folded[i];
    }
    return folded;
}

static void part_add(struct parts *parts, struct slice text)
{
    if (text.length == 0 || parts->count == WORD_PARTS_MAX) {
        return;
    }
    const char *part = event_word_part(parts->arena, text);
    if (part == NULL) {
        parts->failed = true;
        return;
    }
    for (size_t i = 0; i < parts->count; i++) {
        if (strcmp(parts->items[i], part) == 0) {
            return;
        }
    }
    parts->items[parts->count++] = part;
}

static void value_add(struct parts *parts, const struct json *value)
{
    if (value == NULL) {
        return;
    }
    switch (value->type) {
    case JSON_TEXT: part_add(parts, value->text); break;
    case JSON_BOOL: part_add(parts, value->boolean ? SLICE("true") : SLICE("false")); break;
    case JSON_INT: {
        const char *text = arena_printf(parts->arena, "%" PRId64, value->integer);
        parts->failed = parts->failed || text == NULL;
        part_add(parts, slice_of(text));
        break;
    }
    case JSON_ARRAY:
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            if (at->type == JSON_TEXT) {
                part_add(parts, at->text);
            }
        }
        break;
    case JSON_NULL:
    case JSON_NUMBER:
    case JSON_OBJECT: break;
    }
}

static bool parts_join(struct parts *parts, struct slice *out)
{
    size_t length = 0;
    for (size_t i = 0; i < parts->count; i++) {
        length += strlen(parts->items[i]) + 1;
    }
    char *text = parts->count < 2 ? NULL : arena_alloc(parts->arena, length);
    if (parts->failed || (parts->count > 1 && text == NULL)) {
        return false;
    }
    *out = (struct slice){ .length = 0 };
    if (parts->count == 1) {
        *out = slice_of(parts->items[0]);
    }
    for (size_t i = 0; i < parts->count && parts->count > 1; i++) {
        size_t part = strlen(parts->items[i]);
        text[out->length] = WORD_MARK;
        out->length += i > 0 ? 1 : 0;
        memcpy(text + out->length, parts->items[i], part);
        out->length += part;
        out->text = text;
    }
    return true;
}

bool event_word_of(struct arena *arena, enum event_column column, const struct json *event,
                   const char *group_id, struct slice *out)
{
    struct parts parts = { .arena = arena };
    if (column == COLUMN_GROUP) {
        part_add(&parts, slice_of(group_id));
    }
    for (size_t i = 0; i < PATHS_MAX && paths[column][i] != NULL; i++) {
        value_add(&parts, value_of(event, column, i));
    }
    return parts_join(&parts, out);
}

/* --- as it was sent -------------------------------------------------------------------------------------------- */

struct raw {
    char *text;
    size_t length;
    bool fits;
};

/* A letter for the type and the length before each text: no two events with other words look the same. */
static void raw_add(struct raw *raw, char type, struct slice text)
{
    if (raw->length + text.length + 3 > WORD_RAW_BYTES) {
        raw->fits = false;
        return;
    }
    raw->text[raw->length++] = type;
    raw->text[raw->length++] = (char)(unsigned char)text.length;
    raw->text[raw->length++] = (char)(unsigned char)(text.length >> 8);
    if (text.length > 0) {
        memcpy(raw->text + raw->length, text.text, text.length);
    }
    raw->length += text.length;
}

static void raw_value(struct raw *raw, const struct json *value)
{
    if (json_is(value, JSON_TEXT)) {
        raw_add(raw, 't', value->text);
    } else if (json_is(value, JSON_BOOL)) {
        raw_add(raw, value->boolean ? '1' : '0', SLICE(""));
    } else if (json_is(value, JSON_INT)) {
        raw_add(raw, 'i', (struct slice){ (const char *)&value->integer, sizeof(value->integer) });
    } else if (json_is(value, JSON_ARRAY)) {
        for (const struct json *at = value->first; at != NULL; at = at->next) {
            raw_add(raw, 'a', json_text_of(at));
        }
    }
}

bool event_word_raw(enum event_column column, const struct json *event, const char *group_id,
                    char out[WORD_RAW_BYTES], size_t *out_length)
{
    struct raw raw = { .text = out, .fits = true };
    if (column == COLUMN_GROUP) {
        raw_add(&raw, 't', slice_of(group_id));
    }
    for (size_t i = 0; i < PATHS_MAX && paths[column][i] != NULL; i++) {
        raw_value(&raw, value_of(event, column, i));
    }
    *out_length = raw.length;
    return raw.fits;
}
