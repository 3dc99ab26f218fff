/* Changing JSON trees in an arena: what PATCH and the canonical form need. All return NULL when the arena is full. */
#ifndef SCIM_TREE_H
#define SCIM_TREE_H

#include <stdbool.h>

#include "base/text.h"
#include "json/read.h"

struct arena;

struct json *tree_new(struct arena *arena, enum json_type type);
struct json *tree_text(struct arena *arena, struct slice text); /* the text is not copied */
struct json *tree_bool(struct arena *arena, bool value);
/* Deep copy; texts are shared. */
struct json *tree_copy(struct arena *arena, const struct json *value);

/* Puts `value` at the end of an array, or (with a key) of an object. */
void tree_append(struct json *parent, const char *key, struct json *value);
/* In place of the member of that name, else behind the others. NULL takes the member away. */
void tree_set(struct json *object, const char *key, struct json *value);
struct json *tree_member(struct json *object, const char *key); /* or NULL */
void tree_drop(struct json *parent, const struct json *child);

/* The same value: members in any order, texts to the letter. */
bool tree_equal(const struct json *a, const struct json *b);

#endif
