#include "store/dialect.h"

const struct dialect dialect_sqlite = {
    .name = "sqlite",
    .one_server = true,
    .among_texts = "IN (SELECT value FROM json_each($1))",
    .json_rows = "json_each($1)",
    .plan_anew = "",
    .text_lock = "",
    .row_lock = "",
    .change_bounds = "SELECT amount + 1, amount + 1 FROM tally WHERE name = 'change'",
    .migration_lock = "",
};

/* The number is any one that nobody else locks in this database. */
const struct dialect dialect_postgres = {
    .name = "postgres",
    .one_server = false,
    .among_texts = "= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST($1 AS jsonb))))",
    .json_rows = "jsonb_array_elements(CAST($1 AS jsonb)) AS json_rows (value)",
    .plan_anew = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
                 " set_config('enable_seqscan', 'off', true)",
    .text_lock = "SELECT pg_advisory_xact_lock(CAST(723 AS INTEGER), hashtext($1))",
    .row_lock = " FOR UPDATE",
    .change_bounds =
        "SELECT CAST(CAST(pg_snapshot_xmin(s) AS text) AS BIGINT), "
        "CAST(CAST(pg_snapshot_xmax(s) AS text) AS BIGINT) FROM pg_current_snapshot() s",
    .migration_lock = "SELECT pg_advisory_xact_lock(7233848125)",
};
