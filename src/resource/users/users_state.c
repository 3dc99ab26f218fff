/* What an address, a language and a state may be. */
#include <string.h>

#include "resource/users/users_parts.h"

enum { LOCAL_PART_BYTES_MAX = 64 };

static bool is_letter(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_atom_byte(char byte)
{
    static const char specials[] = "!#$%&'*+-/=?^_`{|}~.";
    bool digit = byte >= '0' && byte <= '9';
    return digit || is_letter(byte) || (byte != '\0' && strchr(specials, byte) != NULL);
}

/* Atoms with single dots between; no quoted names, which nobody has and few programs survive. */
static bool local_part_fits(struct slice local)
{
    bool dot = true; /* as if one stood before */
    for (size_t i = 0; i < local.length; i++) {
        bool again = local.text[i] == '.';
        if (!is_atom_byte(local.text[i]) || (dot && again)) {
            return false;
        }
        dot = again;
    }
    return !dot;
}

size_t email_split(struct slice email)
{
    struct slice domain = email;
    struct slice local = slice_cut(&domain, '@');
    bool fits = domain.length > 0 && email.length <= EMAIL_CHARACTERS_MAX &&
                local.length <= LOCAL_PART_BYTES_MAX && local_part_fits(local);
    return fits ? local.length : 0;
}

/* Subtags behind the language: -GB, -Latn, -419. */
static bool subtags_fit(struct slice rest)
{
    while (rest.length > 0) {
        struct slice tag = slice_cut(&rest, '-');
        if (tag.length < 2 || tag.length > 8) {
            return false;
        }
        for (size_t i = 0; i < tag.length; i++) {
            if (!is_letter(tag.text[i]) && (tag.text[i] < '0' || tag.text[i] > '9')) {
                return false;
            }
        }
    }
    return true;
}

bool language_is_known(struct slice code)
{
    struct slice rest = code;
    struct slice language = slice_cut(&rest, '-');
    bool ends_well = code.length > 0 && code.text[code.length - 1] != '-';
    bool letters =
        language.length == 2 && is_letter(language.text[0]) && is_letter(language.text[1]);
    return ends_well && letters && language_code_is_known(language) && subtags_fit(rest);
}

/* Rows: what is asked. Columns: enabled, enabled and signed in before, disabled. */
enum user_outcome user_may(const struct user *user, enum user_step step)
{
    static const enum user_outcome outcomes[][3] = {
        [USER_DISABLE] = { USER_DONE, USER_DONE, USER_NO_CHANGE },
        [USER_ENABLE] = { USER_NO_CHANGE, USER_NO_CHANGE, USER_DONE },
        [USER_INVITE] = { USER_DONE, USER_NEVER, USER_NEVER },
    };
    int state = user->disabled ? 2 : user->last_signed_in_us > 0 ? 1 : 0;
    return outcomes[step][state];
}
