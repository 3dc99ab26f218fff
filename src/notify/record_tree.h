/* A JSON document that is put together by paths: "device.groups[].uid" is the member `uid` of the object that is the
   first of the array `groups`. Private to this folder. */
#ifndef NOTIFY_RECORD_TREE_H
#define NOTIFY_RECORD_TREE_H

#include "base/text.h"
#include "json/read.h"

struct arena;

/* All memory is the arena's; once it is full, `failed` is set and calls do nothing more. Names of members are not
   copied: paths are literals of tables. */
struct record_tree {
    struct arena *arena;
    struct json *root; /* an object */
    bool failed;
};

void record_tree_init(struct record_tree *tree, struct arena *arena);
/* NULL when the arena is full. */
struct json *record_node(struct record_tree *tree, enum json_type type);
/* A copy of one value with the children of the other. */
struct json *record_copy(struct record_tree *tree, const struct json *value);
void record_append(struct json *container, struct json *child);

/* Makes what is missing on the way. True when the value stands there now, also when an equal one did before; false,
   and nothing changed, when another one stands there. */
bool record_put(struct record_tree *tree, const char *path, struct json *value);
bool record_put_text(struct record_tree *tree, const char *path, struct slice text);
bool record_put_int(struct record_tree *tree, const char *path, int64_t number);
/* Puts it behind the others of the array at `path`. */
void record_push(struct record_tree *tree, const char *path, struct json *value);
/* NULL when there is nothing. */
struct json *record_find(const struct record_tree *tree, const char *path);

#endif
