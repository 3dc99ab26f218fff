#include "store/dialect.h"

const struct dialect dialect_sqlite = {
    .name = "sqlite",
    .one_server = true,
    .row_lock = "",
    .migration_lock = "",
};

/* The number is any one that nobody else locks in this database. */
const struct dialect dialect_postgres = {
    .name = "postgres",
    .one_server = false,
    .row_lock = " FOR UPDATE",
    .migration_lock = "SELECT pg_advisory_xact_lock(7233848125)",
};
