/* What the files of this folder share; private to it. */
#ifndef RESOURCE_DELIVERY_TARGETS_DELIVERY_TARGETS_PARTS_H
#define RESOURCE_DELIVERY_TARGETS_DELIVERY_TARGETS_PARTS_H

#include "model/operation.h"

extern const struct names delivery_feed_names;
extern const struct names delivery_begin_names; /* where a new target begins: enum delivery_begin */

enum delivery_begin { BEGIN_NOW, BEGIN_OLDEST };

operation_call delivery_targets_create, delivery_targets_modify, delivery_targets_remove;
operation_call delivery_targets_test, delivery_targets_replay;
operation_call delivery_dead_replay, delivery_dead_drop;

#endif
