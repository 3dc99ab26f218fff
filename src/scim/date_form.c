#include "scim/date_form.h"

#include <stddef.h>

#include "base/compiler.h"

/* As the numeric short forms of the Unicode CLDR have it, with four digits of the year and seconds. */
static const struct date_form {
    const char *locale; /* language, or language and region */
    const char *form;
} date_forms[] = {
    { "bg", "DD.MM.YYYY HH:mm:ss" },      { "cs", "DD.MM.YYYY HH:mm:ss" },
    { "da", "DD.MM.YYYY HH:mm:ss" },      { "de", "DD.MM.YYYY HH:mm:ss" },
    { "el", "DD/MM/YYYY hh:mm:ss A" },    { "en", "DD/MM/YYYY HH:mm:ss" },
    { "en-AU", "DD/MM/YYYY hh:mm:ss A" }, { "en-CA", "YYYY-MM-DD hh:mm:ss A" },
    { "en-US", "MM/DD/YYYY hh:mm:ss A" }, { "en-ZA", "YYYY/MM/DD HH:mm:ss" },
    { "es", "DD/MM/YYYY HH:mm:ss" },      { "et", "DD.MM.YYYY HH:mm:ss" },
    { "fi", "DD.MM.YYYY HH:mm:ss" },      { "fr", "DD/MM/YYYY HH:mm:ss" },
    { "fr-CA", "YYYY-MM-DD HH:mm:ss" },   { "hr", "DD.MM.YYYY HH:mm:ss" },
    { "hu", "YYYY.MM.DD HH:mm:ss" },      { "it", "DD/MM/YYYY HH:mm:ss" },
    { "ja", "YYYY/MM/DD HH:mm:ss" },      { "ko", "YYYY.MM.DD hh:mm:ss A" },
    { "lt", "YYYY-MM-DD HH:mm:ss" },      { "lv", "DD.MM.YYYY HH:mm:ss" },
    { "nb", "DD.MM.YYYY HH:mm:ss" },      { "nl", "DD-MM-YYYY HH:mm:ss" },
    { "nl-BE", "DD/MM/YYYY HH:mm:ss" },   { "no", "DD.MM.YYYY HH:mm:ss" },
    { "pl", "DD.MM.YYYY HH:mm:ss" },      { "pt", "DD/MM/YYYY HH:mm:ss" },
    { "ro", "DD.MM.YYYY HH:mm:ss" },      { "ru", "DD.MM.YYYY HH:mm:ss" },
    { "sk", "DD.MM.YYYY HH:mm:ss" },      { "sl", "DD.MM.YYYY HH:mm:ss" },
    { "sv", "YYYY-MM-DD HH:mm:ss" },      { "tr", "DD.MM.YYYY HH:mm:ss" },
    { "uk", "DD.MM.YYYY HH:mm:ss" },      { "zh", "YYYY/MM/DD HH:mm:ss" },
};

static const char *find(struct slice locale)
{
    for (size_t i = 0; i < COUNT_OF(date_forms); i++) {
        if (slice_is_any_case(locale, date_forms[i].locale)) {
            return date_forms[i].form;
        }
    }
    return NULL;
}

struct slice date_form_of(struct slice locale)
{
    struct slice rest = locale;
    struct slice language = slice_cut(&rest, '-');
    const char *form = find(locale);
    form = form != NULL ? form : find(language);
    return slice_of(form != NULL ? form : find(SLICE("en-US")));
}
