#include "sudo/sudo_line.h"

#include <ctype.h>
#include <string.h>

bool sudo_is_name(struct slice text)
{
    enum { NAME_BYTES_MAX = 256 };
    if (text.length == 0 || text.length > NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.text[i];
        if (byte <= ' ' || byte == 0x7F || byte == '"') {
            return false;
        }
    }
    return true;
}

static bool is_named(struct slice part)
{
    size_t i = 0;
    while (i < part.length && (isupper((unsigned char)part.text[i]) || part.text[i] == '_')) {
        i++;
    }
    return i > 0 && i < part.length && part.text[i] == '=';
}

static void part_read(struct slice part, struct sudo_record *out)
{
    /* clang-format off */
    const struct { const char *mark; struct slice *place; } names[] = {
        { "TTY=", &out->terminal }, { "PWD=", &out->folder }, { "USER=", &out->target },
        { "GROUP=", &out->target_group }, { "TSID=", NULL }, { "ENV=", NULL },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct slice value = part;
        if (slice_take(&value, names[i].mark)) {
            if (names[i].place != NULL) {
                *names[i].place = value;
            }
            return;
        }
    }
    if (out->reason.length == 0 && !is_named(part)) {
        out->reason = part;
    }
}

static bool user_read(struct slice *rest, struct slice *out_user)
{
    struct slice part;
    *rest = slice_trim(*rest);
    if (!slice_cut_at(rest, " : ", &part) || !sudo_is_name(slice_trim(part))) {
        return false;
    }
    *out_user = slice_trim(part);
    return true;
}

bool sudo_line_read(struct slice message, struct sudo_record *out)
{
    struct slice rest = message;
    bool commanded = false;
    sudo_record_init(out, SUDO_ACCEPT);
    if (!user_read(&rest, &out->user)) {
        return false;
    }
    while (!commanded && rest.length > 0) {
        commanded = slice_take(&rest, "COMMAND=");
        if (!commanded) {
            struct slice part = rest;
            if (!slice_cut_at(&rest, " ; ", &part)) {
                rest.length = 0;
            }
            part_read(slice_trim(part), out);
        }
    }
    out->command = commanded ? slice_trim(rest) : (struct slice){ .length = 0 };
    if (out->command.length > 0) {
        rest = out->command;
        out->program = slice_cut(&rest, ' ');
        out->kind = out->reason.length > 0 ? SUDO_REJECT : SUDO_ACCEPT;
        return true;
    }
    out->kind = SUDO_ALERT;
    return !commanded && out->reason.length > 0 && out->target.length > 0;
}

bool sudo_line_continues(struct slice message, struct slice *out_user, struct slice *out_rest)
{
    struct slice rest = message;
    struct slice user;
    if (!user_read(&rest, &user) || !slice_take(&rest, "(command continued) ")) {
        return false;
    }
    *out_user = user;
    *out_rest = rest;
    return true;
}

/* Cuts the last part that begins with the mark; digits or capitals only behind it. */
static bool cut_last(struct slice *text, const char *mark, struct slice *out)
{
    size_t i = text->length;
    while (i > 0 && isalnum((unsigned char)text->text[i - 1])) {
        i--;
    }
    size_t bytes = strlen(mark);
    if (i == text->length || i < bytes || memcmp(text->text + i - bytes, mark, bytes) != 0) {
        return false;
    }
    *out = (struct slice){ text->text + i, text->length - i };
    text->length = i - bytes;
    return true;
}

bool sudo_line_ended(struct slice message, struct slice *out_before, struct slice *out_signal,
                     int64_t *out_value)
{
    struct slice rest = slice_trim(message);
    struct slice value;
    struct slice signal = { .length = 0 };
    int64_t number = 0;
    if (!cut_last(&rest, " ; EXIT=", &value) || !slice_int64(value, &number)) {
        return false;
    }
    (void)cut_last(&rest, " ; SIGNAL=", &signal);
    *out_before = rest;
    *out_signal = signal;
    *out_value = number;
    return true;
}
