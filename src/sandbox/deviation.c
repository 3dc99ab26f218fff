/* What of a call works here but is not what the definition says, so it may not work elsewhere. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "http/server.h"
#include "sandbox/parts.h"

static void warn(const struct api_visit *visit, const char *text)
{
    http_answer_header(visit->http, "Reeve-Warning", text);
}

/* The face's prefix with the version in it, as the path should begin. */
static void prefix_write(const struct api_visit *visit, char *out, size_t room)
{
    const char *prefix = visit->face->prefix;
    const char *mark = strstr(prefix, "{version}");
    const char *version = visit->version == API_V1 ? "v1" : visit->version == API_V2 ? "v2" : "v3";
    if (mark == NULL) {
        (void)snprintf(out, room, "%s", prefix);
    } else {
        (void)snprintf(out, room, "%.*s%s%s", (int)(mark - prefix), prefix, version,
                       mark + strlen("{version}"));
    }
}

enum path_fit { PATH_OTHER, PATH_ANY_CASE, PATH_EXACT };

/* Do the segments of a path fit those of a table, where {…} is any? */
static enum path_fit path_fit(struct slice path, struct slice table)
{
    enum path_fit fit = PATH_EXACT;
    while (path.length > 0 || table.length > 0) {
        struct slice a = slice_cut(&path, '/');
        struct slice b = slice_cut(&table, '/');
        if (b.length > 0 && b.text[0] == '{') {
            continue;
        }
        if (a.length != b.length) {
            return PATH_OTHER;
        }
        if (!slice_equal(a, b)) {
            char copy[128];
            (void)snprintf(copy, sizeof(copy), "%.*s", (int)b.length, b.text);
            if (!slice_is_any_case(a, copy)) {
                return PATH_OTHER;
            }
            fit = PATH_ANY_CASE;
        }
    }
    return fit;
}

static void check_path(const struct api_visit *visit)
{
    char prefix[128];
    char text[512];
    struct slice path = slice_of(http_path(visit->http));
    prefix_write(visit, prefix, sizeof(prefix));
    struct slice begin = { path.text, path.length < strlen(prefix) ? path.length : strlen(prefix) };
    struct slice rest = { path.text + begin.length, path.length - begin.length };
    if (rest.length > 0 && rest.text[rest.length - 1] == '/') {
        warn(visit, "the path ends with a slash");
        rest.length--;
    }
    enum path_fit fit = path_fit(rest, slice_of(visit->route->path));
    if (fit == PATH_OTHER) {
        (void)snprintf(text, sizeof(text), "deprecated path; documented is %s%s", prefix,
                       visit->route->path);
        warn(visit, text);
    } else if (fit == PATH_ANY_CASE || !slice_is(begin, prefix)) {
        (void)snprintf(text, sizeof(text), "letters of the path; documented is %s%s", prefix,
                       visit->route->path);
        warn(visit, text);
    }
}

static void check_body(const struct api_visit *visit)
{
    const struct route *route = visit->route;
    struct slice type = slice_trim(http_header(visit->http, "Content-Type"));
    if (http_body_bytes(visit->http) == 0) {
        return;
    }
    if (route->body_kind == BODY_NONE) {
        warn(visit, "this operation takes no body; it was ignored");
    } else if (route->body_kind == BODY_JSON && type.length == 0) {
        warn(visit, "the body has no Content-Type; documented is application/json");
    }
}

void deviations_tell(const struct api_visit *visit)
{
    check_path(visit);
    check_body(visit);
}
