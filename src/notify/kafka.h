/* Messages to a topic of Kafka: one an item, in order for each computer. */
#ifndef NOTIFY_KAFKA_H
#define NOTIFY_KAFKA_H

#include "notify/target.h"

extern const struct target_driver target_kafka;

#endif
