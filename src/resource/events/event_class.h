/* Classes of events, by which they are stored and kept. Private to this folder. */
#ifndef RESOURCE_EVENTS_EVENT_CLASS_H
#define RESOURCE_EVENTS_EVENT_CLASS_H

struct json;

/* Numbers are stored, and each has its own partitions (0010_event_partitions.sql). */
enum event_class { CLASS_PASSIVE, CLASS_OTHER, EVENT_CLASSES };

/* By its code as it was sent. */
enum event_class event_class_of(const struct json *event);

#endif
