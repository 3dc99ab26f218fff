#include "policy/tags.h"

#include <string.h>

void tags_init(struct tags *tags, struct slice text)
{
    const char *start = text.length == 0 ? "" : text.text;
    *tags =
        (struct tags){ .at = start, .end = start + text.length, .line_start = start, .line = 1 };
}

static void move_to(struct tags *tags, const char *place)
{
    const char *at = tags->at;
    while ((at = memchr(at, '\n', (size_t)(place - at))) != NULL) {
        at++;
        tags->line++;
        tags->line_start = at;
    }
    tags->at = place;
}

/* Behind the next `mark`, or the end. */
static const char *behind_mark(const struct tags *tags, const char *from, const char *mark)
{
    size_t length = strlen(mark);
    const char *found = memmem(from, (size_t)(tags->end - from), mark, length);
    return found == NULL ? tags->end : found + length;
}

static bool starts(const struct tags *tags, const char *mark)
{
    size_t length = strlen(mark);
    return (size_t)(tags->end - tags->at) >= length && memcmp(tags->at, mark, length) == 0;
}

static const char *behind_tag(const struct tags *tags, size_t *out_attributes)
{
    size_t attributes = 0;
    const char *at = tags->at;
    while (at < tags->end && *at != '>') {
        if (*at == '"' || *at == '\'') {
            const char *close = memchr(at + 1, *at, (size_t)(tags->end - at - 1));
            attributes++;
            at = close == NULL ? tags->end - 1 : close;
        }
        at++;
    }
    *out_attributes = attributes;
    return at < tags->end ? at + 1 : tags->end;
}

bool tags_next(struct tags *tags, struct tag *out)
{
    while (tags->at < tags->end) {
        const char *open = memchr(tags->at, '<', (size_t)(tags->end - tags->at));
        move_to(tags, open == NULL ? tags->end : open);
        if (open == NULL) {
            return false;
        }
        if (starts(tags, "<!--")) {
            move_to(tags, behind_mark(tags, open + 4, "-->"));
        } else if (starts(tags, "<![CDATA[")) {
            move_to(tags, behind_mark(tags, open, "]]>"));
        } else if (starts(tags, "<?")) {
            move_to(tags, behind_mark(tags, open, "?>"));
        } else if (starts(tags, "</") || starts(tags, "<!")) {
            move_to(tags, behind_mark(tags, open, ">"));
        } else {
            *out = (struct tag){ .start = open,
                                 .line = tags->line,
                                 .column = (uint32_t)(open - tags->line_start) + 1 };
            out->behind = behind_tag(tags, &out->attribute_count);
            move_to(tags, out->behind);
            return true;
        }
    }
    return false;
}
