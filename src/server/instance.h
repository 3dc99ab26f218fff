/* An opened installation: its store, brought up to date, with its keys and ids. What `reeve serve` and the administrative
   commands stand on. */
#ifndef SERVER_INSTANCE_H
#define SERVER_INSTANCE_H

#include "base/result.h"
#include "model/operation.h"

struct arena;
struct store;

struct instance {
    struct store *store;
    struct server_keys keys; /* texts live in `arena` */
    struct rules rules;
    struct arena *arena;
    char data_dir[1024]; /* empty: nothing is on the disk */
    const char *actor;   /* who the work of commands is audited as; NULL: whose process it is */
};

/* `data_dir` is made (0700) when it is absent; NULL: a store in memory that ends with it. `database` NULL: SQLite in data_dir/reeve.db. Migrates, and on the first
   start makes the ids, secrets and the CA. */
MUST_CHECK enum result instance_open(const char *data_dir, const char *database,
                                     struct instance *out, struct error *error);
void instance_close(struct instance *instance);

/* The id and key that agents enrol with. */
struct installation {
    char id[37];
    char key[65];
};
MUST_CHECK enum result installation_read(struct instance *instance, struct installation *out,
                                         struct error *error);
/* A new key; the old one stops enrolling at once. Enrolled computers are not touched. */
MUST_CHECK enum result installation_rotate(struct instance *instance, struct installation *out,
                                           struct error *error);

/* Runs `work` in a write transaction of its own, with the surroundings of the server itself. */
typedef enum result instance_work(struct ctx *ctx, void *argument);
MUST_CHECK enum result instance_write(struct instance *instance, instance_work *work,
                                      void *argument, struct error *error);
/* The same, for reading. */
MUST_CHECK enum result instance_read(struct instance *instance, instance_work *work, void *argument,
                                     struct error *error);

#endif
