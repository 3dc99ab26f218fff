#include "sudo/sudo_json.h"

#include <string.h>

#include "base/arena.h"
#include "json/read.h"

static const struct json_limits limits = { .depth_max = 8, .values_max = 20000 };

static enum result bad_record(struct error *error, const char *why)
{
    return fail(error, RESULT_INVALID, NULL, "this is no record of sudo: %s", why);
}

static bool kind_find(struct slice name, enum sudo_kind *out)
{
    static const char *const names[] = { "accept", "reject", "alert", "exit" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(name, names[i])) {
            *out = (enum sudo_kind)i;
            return true;
        }
    }
    return false;
}

static bool moment_read(const struct json *value, int64_t *out_ns)
{
    const struct json *seconds = json_get(value, "seconds");
    const struct json *nanoseconds = json_get(value, "nanoseconds");
    return json_is(seconds, JSON_INT) &&
           sudo_moment(seconds->integer, json_is(nanoseconds, JSON_INT) ? nanoseconds->integer : 0,
                       out_ns);
}

/* How long it ran may be nothing at all, which no moment is. */
static int64_t duration_read(const struct json *value)
{
    const struct json *seconds = json_get(value, "seconds");
    const struct json *nanoseconds = json_get(value, "nanoseconds");
    int64_t ns = 0;
    if (!json_is(seconds, JSON_INT) || !json_is(nanoseconds, JSON_INT)) {
        return -1;
    }
    if (seconds->integer == 0 && nanoseconds->integer >= 0) {
        return nanoseconds->integer;
    }
    return sudo_moment(seconds->integer, nanoseconds->integer, &ns) ? ns : -1;
}

static bool command_read(struct arena *arena, const struct json *members,
                         struct sudo_record *record)
{
    const struct json *list = json_get(members, "runargv");
    size_t count = 0;
    if (!json_is(list, JSON_ARRAY) || list->count < 2 || list->count > SUDO_ARGUMENTS_MAX) {
        return true;
    }
    struct slice *arguments = arena_alloc(arena, list->count * sizeof(*arguments));
    if (arguments == NULL) {
        return false;
    }
    for (const struct json *at = list->first; at != NULL; at = at->next) {
        arguments[count++] = json_text_of(at);
    }
    if (record->program.length > 0) {
        arguments[0] = record->program; /* the caller may call itself anything */
    }
    return sudo_arguments_join(arena, arguments, count, &record->command);
}

enum result sudo_json_record(struct arena *arena, struct slice kind, const struct json *members,
                             struct sudo_record *out, struct error *error)
{
    static const char *const moments[] = { "submit_time", "alert_time", "exit_time",
                                           "server_time" };
    enum sudo_kind found = SUDO_ALERT;
    if (!kind_find(kind, &found)) {
        return bad_record(error, "it must be accept, reject, alert or exit");
    }
    if (!json_is(members, JSON_OBJECT)) {
        return bad_record(error, "it must be an object");
    }
    sudo_record_init(out, found);
    for (const struct json *at = members->first; at != NULL; at = at->next) {
        if (at->type == JSON_TEXT) {
            sudo_record_text(out, at->key, at->text);
        } else if (at->type == JSON_INT) {
            sudo_record_number(out, at->key, at->integer);
        }
    }
    for (size_t i = 0; i < COUNT_OF(moments) && out->moment_ns == 0; i++) {
        (void)moment_read(json_get(members, moments[i]), &out->moment_ns);
    }
    out->run_ns = duration_read(json_get(members, "run_time"));
    if (!command_read(arena, members, out)) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a record of sudo");
    }
    return sudo_record_close(out) ? RESULT_OK
                                  : bad_record(error, "submituser and command must be there");
}

static struct slice without_mark(struct slice message)
{
    static const char mark[] = "@cee:";
    struct slice rest = slice_trim(message);
    size_t bytes = sizeof(mark) - 1;
    if (rest.length >= bytes && memcmp(rest.text, mark, bytes) == 0) {
        rest = slice_trim((struct slice){ rest.text + bytes, rest.length - bytes });
    }
    return rest;
}

bool sudo_json_is_message(struct slice message)
{
    struct slice rest = without_mark(message);
    return rest.length > 0 && rest.text[0] == '{';
}

enum result sudo_json_message(struct arena *arena, struct slice message, struct sudo_record *out,
                              struct error *error)
{
    const struct json *tree = NULL;
    TRY(json_parse(arena, without_mark(message), &limits, &tree, error));
    const struct json *record = json_get(tree, "sudo");
    if (!json_is(record, JSON_OBJECT) || record->count != 1) {
        return bad_record(error, "there must be one member in \"sudo\"");
    }
    return sudo_json_record(arena, record->first->key, record->first, out, error);
}
