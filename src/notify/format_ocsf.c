/* Open Cybersecurity Schema Framework: the document is walked once; each member goes where its rows say, and what no
   row takes whole stays, in its place, under `unmapped`. Then come the attributes that the class requires. */
#include "notify/format_ocsf.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "json/write.h"
#include "notify/record_tree.h"

enum { PATH_BYTES_MAX = 160, SIBLING_SUFFIX_BYTES = 3 /* "_id" */ };

struct mapping {
    struct record_tree tree;
    const struct delivery_item *item;
    const struct ocsf_map *map;
    const struct record_class *kind;
    const struct ocsf_class *class;
    const struct json *changes; /* of an audit; not left over */
};

/* --- one value -------------------------------------------------------------------------------------------------- */

static bool put_text(struct mapping *mapping, const char *path, const struct json *value)
{
    struct slice text = json_text_of(value);
    if (json_is(value, JSON_INT)) {
        text = slice_of(arena_printf(mapping->tree.arena, "%lld", (long long)value->integer));
    }
    struct slice kept = format_cut(text, OCSF_TEXT_BYTES_MAX);
    return kept.length > 0 && record_put_text(&mapping->tree, path, kept) &&
           kept.length == text.length;
}

static bool put_int(struct mapping *mapping, const char *path, const struct json *value)
{
    int64_t number = 0;
    if (json_is(value, JSON_INT)) {
        number = value->integer;
    } else if (!slice_int64(json_text_of(value), &number)) {
        return false;
    }
    return record_put_int(&mapping->tree, path, number);
}

/* Milliseconds hold a moment whole when it has no finer part. */
static bool put_time(struct mapping *mapping, const char *path, const struct json *value)
{
    int64_t moment = 0;
    if (!time_parse(json_text_of(value), &moment, NULL)) {
        return false;
    }
    return record_put_int(&mapping->tree, path, format_milliseconds(moment)) && moment % 1000 == 0;
}

static bool put_first(struct mapping *mapping, const char *path, const struct json *value,
                      bool address)
{
    bool many = json_is(value, JSON_ARRAY);
    const struct json *first = many ? value->first : value;
    if (first == NULL || (address && !format_is_address(json_text_of(first), AF_UNSPEC))) {
        return false;
    }
    return put_text(mapping, path, first) && !(many && value->count > 1);
}

static bool is_attribute_text(const struct json *value)
{
    return json_is(value, JSON_TEXT) && value->text.length > 0 &&
           value->text.length <= OCSF_TEXT_BYTES_MAX;
}

static bool put_texts(struct mapping *mapping, const char *path, const struct json *value)
{
    bool many = json_is(value, JSON_ARRAY);
    const struct json *at = many ? value->first : value;
    while (many && is_attribute_text(at)) {
        at = at->next;
    }
    if (many) {
        return at == NULL && record_put(&mapping->tree, path, record_copy(&mapping->tree, value));
    }
    struct json *array = is_attribute_text(value) ? record_node(&mapping->tree, JSON_ARRAY) : NULL;
    struct json *only = array == NULL ? NULL : record_copy(&mapping->tree, value);
    if (only == NULL) {
        return false;
    }
    record_append(array, only);
    return record_put(&mapping->tree, path, array);
}

static bool put_hash(struct mapping *mapping, const char *path, const struct json *value,
                     const struct ocsf_name *algorithm)
{
    const struct json *hashes = record_find(&mapping->tree, path);
    for (const struct json *at = hashes == NULL ? NULL : hashes->first; at != NULL; at = at->next) {
        if (slice_is(json_text_of(json_get(at, "algorithm")), algorithm->caption)) {
            return slice_equal(json_text_of(json_get(at, "value")), json_text_of(value));
        }
    }
    struct slice text = json_text_of(value);
    struct record_tree print = { .arena = mapping->tree.arena };
    print.root = text.length == 0 || text.length > OCSF_TEXT_BYTES_MAX
                     ? NULL
                     : record_node(&mapping->tree, JSON_OBJECT);
    if (print.root == NULL) {
        return false;
    }
    (void)record_put_int(&print, "algorithm_id", algorithm->id);
    (void)record_put_text(&print, "algorithm", slice_of(algorithm->caption));
    (void)record_put_text(&print, "value", text);
    mapping->tree.failed = mapping->tree.failed || print.failed;
    record_push(&mapping->tree, path, print.root);
    return true;
}

/* The number goes to `path`, which ends in "_id", and the caption beside it. */
static bool put_numbered(struct mapping *mapping, const char *path, const struct json *value,
                         const struct ocsf_name *names)
{
    enum { ID_OTHER = 99 };
    struct slice text = json_text_of(value);
    size_t length = strlen(path) - SIBLING_SUFFIX_BYTES;
    const char *sibling = arena_strndup(mapping->tree.arena, path, length);
    while (names->text != NULL && !slice_is_any_case(text, names->text)) {
        names++;
    }
    bool known = names->text != NULL;
    if (sibling == NULL || text.length == 0 ||
        !record_put_int(&mapping->tree, path, known ? names->id : ID_OTHER)) {
        return false;
    }
    struct slice caption = known ? slice_of(names->caption) : format_cut(text, OCSF_TEXT_BYTES_MAX);
    return record_put_text(&mapping->tree, sibling, caption) &&
           (known ? slice_is_any_case(text, names->text) : caption.length == text.length);
}

/* --- one row ---------------------------------------------------------------------------------------------------- */

/* The attribute's path in this class; NULL: the class has no such place. The arena keeps what is made. */
static const char *resolve(struct mapping *mapping, const char *path)
{
    const struct ocsf_class *class = mapping->class;
    const struct {
        const char *mark, *place;
    } places[] = { { "@file", class->file },
                   { "@process", class->process },
                   { "@parent", class->parent },
                   { "@user", class->user } };
    if (path[0] != '@') {
        return path;
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        size_t length = strlen(places[i].mark);
        if (strncmp(path, places[i].mark, length) == 0 && path[length] == '.') {
            return places[i].place == NULL
                       ? NULL
                       : arena_printf(mapping->tree.arena, "%s%s", places[i].place, path + length);
        }
    }
    return NULL;
}

/* Whether the attribute holds the whole value. */
static bool apply(struct mapping *mapping, const struct ocsf_row *row, const struct json *value)
{
    const char *path = resolve(mapping, row->to);
    if (path == NULL) {
        return false;
    }
    switch (row->how) {
    case OCSF_TEXT: return put_text(mapping, path, value);
    case OCSF_UID: return json_is(value, JSON_TEXT) && put_text(mapping, path, value);
    case OCSF_INT: return put_int(mapping, path, value);
    case OCSF_TIME: return put_time(mapping, path, value);
    case OCSF_TEXTS: return put_texts(mapping, path, value);
    case OCSF_FIRST: return put_first(mapping, path, value, false);
    case OCSF_ADDRESS: return put_first(mapping, path, value, true);
    case OCSF_HASH: return put_hash(mapping, path, value, row->names);
    case OCSF_NUMBERED: return put_numbered(mapping, path, value, row->names);
    }
    return false;
}

/* The first row of the table that is not before the path. */
static size_t first_row(const struct ocsf_map *map, const char *path)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(map->rows[middle].from, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- the walk --------------------------------------------------------------------------------------------------- */

static bool take_rows(struct mapping *mapping, size_t row, const char *path,
                      const struct json *value)
{
    uint32_t kind = OCSF_KIND(mapping->kind->kind);
    bool whole = false;
    for (; row < mapping->map->count && strcmp(mapping->map->rows[row].from, path) == 0; row++) {
        uint32_t kinds = mapping->map->rows[row].kinds;
        if (kinds == 0 || (kinds & kind) != 0) {
            whole = apply(mapping, &mapping->map->rows[row], value) || whole;
        }
    }
    return whole;
}

static struct json *leftover(struct mapping *mapping, const struct json *value, char *path,
                             size_t length);

/* The members that are left over of an object, under its key; NULL: none. */
static struct json *members_left(struct mapping *mapping, const struct json *object, char *path,
                                 size_t length)
{
    struct json *rest = NULL;
    struct json **end = NULL;
    for (const struct json *at = object->first; at != NULL && !mapping->tree.failed;
         at = at->next) {
        struct json *part = leftover(mapping, at, path, length);
        if (part == NULL) {
            continue;
        }
        if (rest == NULL) {
            rest = record_node(&mapping->tree, JSON_OBJECT);
            if (rest == NULL) {
                return NULL;
            }
            rest->key = object->key;
            end = &rest->first;
        }
        *end = part;
        end = &part->next;
        rest->count++;
    }
    return rest;
}

/* What of the value no attribute holds, as a copy; NULL: nothing. `path` has room for PATH_BYTES_MAX. */
static struct json *leftover(struct mapping *mapping, const struct json *value, char *path,
                             size_t length)
{
    size_t dot = length > 0 ? 1 : 0;
    if (value->type == JSON_NULL || value == mapping->changes) {
        return NULL;
    }
    if (value->key.length >= PATH_BYTES_MAX - 1 - dot - length ||
        memchr(value->key.text, '\0', value->key.length) != NULL) {
        return record_copy(&mapping->tree, value);
    }
    size_t here = length + dot + value->key.length;
    path[length] = '.';
    memcpy(path + length + dot, value->key.text, value->key.length);
    path[here] = '\0';
    size_t row = first_row(mapping->map, path);
    const char *found = row < mapping->map->count ? mapping->map->rows[row].from : "";
    if (value->type == JSON_OBJECT && strncmp(found, path, here) == 0 && found[here] == '.') {
        return members_left(mapping, value, path, here);
    }
    return strcmp(found, path) == 0 && take_rows(mapping, row, path, value)
               ? NULL
               : record_copy(&mapping->tree, value);
}

/* --- what the class has and requires ---------------------------------------------------------------------------- */

static const char *caption_of(const struct ocsf_name *names, int64_t id)
{
    while (names->text != NULL && names->id != id) {
        names++;
    }
    return names->text == NULL ? "Unknown" : names->caption;
}

static void put_named(struct mapping *mapping, const char *id_path, const char *path, int64_t id,
                      const char *caption)
{
    (void)record_put_int(&mapping->tree, id_path, id);
    (void)record_put_text(&mapping->tree, path, slice_of(caption));
}

static void put_profiles(struct mapping *mapping)
{
    static const char *const profiles[] = { "host", "security_control" };
    size_t count = mapping->kind->action_id != 0 || mapping->kind->disposition_id != 0 ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        struct json *name = record_node(&mapping->tree, JSON_TEXT);
        if (name != NULL) {
            name->text = slice_of(profiles[i]);
            record_push(&mapping->tree, "metadata.profiles", name);
        }
    }
}

/* What a record begins with. The activity's number is part of the type's. */
static void put_head(struct mapping *mapping)
{
    enum { ACTIVITIES_MAX = 100 };
    struct record_tree *tree = &mapping->tree;
    const struct record_class *kind = mapping->kind;
    const struct ocsf_class *class = mapping->class;
    (void)record_put_text(tree, "metadata.version", SLICE(OCSF_VERSION));
    (void)record_put_text(tree, "metadata.product.name", SLICE("Reeve"));
    (void)record_put_text(tree, "metadata.product.vendor_name", SLICE("Reeve"));
    (void)record_put_text(tree, "metadata.product.version", SLICE(REEVE_VERSION));
    (void)record_put_text(tree, "metadata.uid", format_cut(mapping->item->id, OCSF_TEXT_BYTES_MAX));
    put_profiles(mapping);
    put_named(mapping, "category_uid", "category_name", class->category_uid, class->category_name);
    put_named(mapping, "class_uid", "class_name", class->class_uid, class->class_name);
    put_named(mapping, "activity_id", "activity_name", kind->activity_id, kind->activity);
    (void)record_put_int(tree, "type_uid", class->class_uid * ACTIVITIES_MAX + kind->activity_id);
    put_named(mapping, "severity_id", "severity", kind->severity_id,
              caption_of(ocsf_severities, kind->severity_id));
    if (kind->action_id != 0) {
        put_named(mapping, "action_id", "action", kind->action_id,
                  caption_of(ocsf_actions, kind->action_id));
    }
    if (kind->disposition_id != 0) {
        put_named(mapping, "disposition_id", "disposition", kind->disposition_id,
                  caption_of(ocsf_dispositions, kind->disposition_id));
    }
}

/* NULL: there is nothing to put. */
static struct json *need_value(struct mapping *mapping, const struct ocsf_need *need,
                               const struct json *object)
{
    struct slice text = slice_of(need->text);
    struct slice path = json_text_of(json_get(object, "path"));
    bool number = need->how == OCSF_AS_NUMBER || need->how == OCSF_AS_ITEM_TIME;
    if (need->how == OCSF_AS_ITEM_ID) {
        text = format_cut(mapping->item->id, OCSF_TEXT_BYTES_MAX);
    } else if (need->how == OCSF_AS_COMPUTER && mapping->item->computer.length > 0) {
        text = format_cut(mapping->item->computer, OCSF_TEXT_BYTES_MAX);
    } else if (need->how == OCSF_AS_NAME_OF_PATH) {
        size_t start = path.length;
        while (start > 0 && path.text[start - 1] != '/' && path.text[start - 1] != '\\') {
            start--;
        }
        text =
            start < path.length ? (struct slice){ path.text + start, path.length - start } : text;
    }
    struct json *value = number || text.length > 0
                             ? record_node(&mapping->tree, number ? JSON_INT : JSON_TEXT)
                             : NULL;
    if (value != NULL) {
        value->text = text;
        value->integer = need->how == OCSF_AS_ITEM_TIME ? format_milliseconds(mapping->item->time)
                                                        : need->number;
    }
    return value;
}

static void put_need(struct mapping *mapping, const struct ocsf_need *need)
{
    const struct json *object = record_find(&mapping->tree, need->object);
    bool wanted = need->when == OCSF_ALWAYS || (object != NULL) == (need->when == OCSF_IF_THERE);
    if (!wanted || json_get(object, need->attribute) != NULL ||
        (need->or_else != NULL && json_get(object, need->or_else) != NULL)) {
        return;
    }
    const char *dot = need->object[0] == '\0' ? "" : ".";
    const char *path =
        arena_printf(mapping->tree.arena, "%s%s%s", need->object, dot, need->attribute);
    if (path == NULL) {
        mapping->tree.failed = true;
        return;
    }
    (void)record_put(&mapping->tree, path, need_value(mapping, need, object));
}

static void put_needs(struct mapping *mapping)
{
    uint32_t kind = OCSF_KIND(mapping->kind->kind);
    for (size_t i = 0; i < ocsf_need_count; i++) {
        if (ocsf_needs[i].kinds == 0 || (ocsf_needs[i].kinds & kind) != 0) {
            put_need(mapping, &ocsf_needs[i]);
        }
    }
}

/* An audit's changes are the content of what was changed. */
static void put_changes(struct mapping *mapping)
{
    if (mapping->changes == NULL) {
        return;
    }
    struct json *data = record_node(&mapping->tree, JSON_OBJECT);
    struct json *changes = record_copy(&mapping->tree, mapping->changes);
    if (data != NULL && changes != NULL) {
        record_append(data, changes);
        (void)record_put(&mapping->tree, "entity.data", data);
    }
}

enum result format_write_ocsf(struct arena *arena, const struct delivery_item *item,
                              struct buffer *out, struct error *error)
{
    const struct json *document = NULL;
    struct json *unmapped = NULL;
    char path[PATH_BYTES_MAX] = "";
    struct json_writer writer;
    TRY(format_parse(arena, item, &document, error));
    struct mapping mapping = { .item = item, .map = &ocsf_maps[item->feed] };
    mapping.kind = record_class_of(item->feed, document);
    mapping.class = &ocsf_classes[mapping.kind->kind];
    mapping.changes = item->feed == FEED_ACTIVITY_AUDITS ? format_changes(document) : NULL;
    record_tree_init(&mapping.tree, arena);
    if (!mapping.tree.failed) {
        put_head(&mapping);
        unmapped = members_left(&mapping, document, path, 0);
        put_changes(&mapping);
        put_needs(&mapping);
        (void)record_put(&mapping.tree, "unmapped", unmapped);
    }
    if (mapping.tree.failed) {
        return fail(error, RESULT_TOO_LARGE, NULL, "the record needs more memory than it may use");
    }
    json_writer_init(&writer, out);
    json_put_value(&writer, mapping.tree.root);
    return format_end(out, error);
}
