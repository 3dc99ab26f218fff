#include <stdio.h>

#include "base/compiler.h"
#include "scene/cast.h"

/* Given names from everywhere, family names of trees and birds: nobody's. */
/* clang-format off */
static const char *const given[] = {
    "alba", "bruno", "chiara", "dario", "elif", "fadi", "greta", "hugo", "ines", "jonas", "kaya", "leon", "mira", "nils", "olga", "pavel",
    "quinn", "rosa", "sami", "tala", "uma", "viktor", "wanda", "xenia", "yusuf", "zora",
};
static const char *const family[] = {
    "alder", "birch", "cedar", "dunlin", "elm", "finch", "grebe", "hazel", "ibis", "juniper", "kestrel", "linden", "maple", "nuthatch", "oak",
    "plover", "quail", "rowan", "swift", "thrush", "umber", "vireo", "willow", "yew", "teal", "wren", "siskin", "poplar", "larch",
};
/* clang-format on */

static char upper(char letter)
{
    return (char)(letter - 'a' + 'A');
}

void person_of(size_t number, struct person *out)
{
    const char *first = given[number % COUNT_OF(given)];
    /* Both lengths have no common divisor, so 754 pairs come before a number is needed. */
    const char *last = family[number % COUNT_OF(family)];
    size_t round = number / (COUNT_OF(given) * COUNT_OF(family));
    char mark[24] = "";
    if (round > 0) {
        (void)snprintf(mark, sizeof(mark), "%zu", round + 1);
    }
    (void)snprintf(out->login, sizeof(out->login), "%s.%s%s", first, last, mark);
    (void)snprintf(out->name, sizeof(out->name), "%c%s %c%s%s%s", upper(first[0]), first + 1,
                   upper(last[0]), last + 1, round > 0 ? " " : "", mark);
    (void)snprintf(out->email, sizeof(out->email), "%s@example.com", out->login);
    out->uid = 1000 + (unsigned)(number % 1000000);
    (void)snprintf(out->sid, sizeof(out->sid), SCENE_SID "-%u", out->uid + 100);
}
