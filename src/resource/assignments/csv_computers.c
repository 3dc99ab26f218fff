#include "resource/assignments/csv_computers.h"

#include "base/csv.h"
#include "base/uuid.h"
#include "model/operation.h"
#include "model/reach.h"
#include "resource/assignments/assignments_ops.h"
#include "resource/computers/computers.h"
#include "store/store.h"

enum { NO_COLUMN = -1, SHOWN_BYTES_MAX = 100 };

/* Where ids and names stand; without a header, any cell may be either. */
struct columns {
    int id, host;
    bool header;
};

static bool is_one_of(struct slice cell, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is_any_case(cell, names[i])) {
            return true;
        }
    }
    return false;
}

static struct columns find_columns(const struct csv_row *row)
{
    static const char *const id_names[] = { "id", "computerid", "computer id", "computer_id" };
    static const char *const host_names[] = { "host",          "hostname",     "host name",
                                              "host_name",     "computername", "computer name",
                                              "computer_name", "computer",     "name" };
    struct columns columns = { NO_COLUMN, NO_COLUMN, false };
    for (size_t i = 0; i < row->cell_count; i++) {
        if (columns.id == NO_COLUMN && is_one_of(row->cells[i], id_names, COUNT_OF(id_names))) {
            columns.id = (int)i;
        } else if (columns.host == NO_COLUMN &&
                   is_one_of(row->cells[i], host_names, COUNT_OF(host_names))) {
            columns.host = (int)i;
        }
    }
    columns.header = columns.id != NO_COLUMN || columns.host != NO_COLUMN;
    return columns;
}

static struct slice cell_at(const struct csv_row *row, int column)
{
    return column != NO_COLUMN && (size_t)column < row->cell_count ? row->cells[column]
                                                                   : (struct slice){ 0 };
}

/* The cell that names the computer: an id before a host name, else the first that is not empty. */
static struct slice naming_cell(const struct csv_row *row, const struct columns *columns)
{
    struct uuid id;
    if (columns->header) {
        struct slice cell = cell_at(row, columns->id);
        return cell.length > 0 ? cell : cell_at(row, columns->host);
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        if (uuid_parse(row->cells[i], &id)) {
            return row->cells[i];
        }
    }
    for (size_t i = 0; i < row->cell_count; i++) {
        if (row->cells[i].length > 0) {
            return row->cells[i];
        }
    }
    return (struct slice){ 0 };
}

static enum result no_memory(struct ctx *ctx)
{
    return fail(ctx->error, RESULT_NO_MEMORY, NULL, "no room for the file's names");
}

/* A name that several computers have means the newest that is not archived. */
static enum result look_up(struct ctx *ctx, struct slice cell, struct statement **out)
{
    struct uuid id;
    if (uuid_parse(cell, &id)) {
        return store_row(ctx->session, out, ctx->error,
                         "SELECT id FROM computer WHERE id = $1 AND deleted_on = 0", "s",
                         slice_of(id.text));
    }
    const char *key = slice_fold(ctx->arena, cell);
    if (key == NULL) {
        return no_memory(ctx);
    }
    return store_row(ctx->session, out, ctx->error,
                     "SELECT id FROM computer WHERE host_key = $1 AND deleted_on = 0 "
                     "ORDER BY archived, created DESC, id DESC LIMIT 1",
                     "t", key);
}

static enum result find_computer(struct ctx *ctx, struct slice cell, const char **out)
{
    struct statement *statement = NULL;
    TRY(look_up(ctx, cell, &statement));
    *out = slice_dup(ctx->arena, statement_text(statement, 0));
    statement_reset(statement);
    return *out == NULL ? no_memory(ctx) : RESULT_OK;
}

static enum result take_row(struct ctx *ctx, const struct csv_row *row,
                            const struct columns *columns, struct id_list *out,
                            struct task_faults *unknown)
{
    struct slice cell = naming_cell(row, columns);
    if (cell.length == 0) {
        task_fault_add(ctx, unknown, NULL, "line %zu: names no computer", row->line);
        return RESULT_OK;
    }
    const char *id = NULL;
    bool reached = false;
    enum result result = find_computer(ctx, cell, &id);
    if (result == RESULT_OK) {
        TRY(reach_has(ctx, &computers_resource, id, &reached));
    }
    if (result == RESULT_NOT_FOUND || (result == RESULT_OK && !reached)) {
        task_fault_add(ctx, unknown, NULL, "line %zu: there is no computer \"%.*s\"", row->line,
                       (int)(cell.length < SHOWN_BYTES_MAX ? cell.length : SHOWN_BYTES_MAX),
                       cell.text);
        return RESULT_OK;
    }
    TRY(result);
    return id_list_add(ctx, out, slice_of(id));
}

enum result csv_computers(struct ctx *ctx, struct slice file, struct id_list *out,
                          struct task_faults *unknown)
{
    struct csv csv;
    if (file.length > CSV_FILE_BYTES_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, "csvFile", "csvFile may have at most %d MiB",
                    CSV_FILE_BYTES_MAX / (1024 * 1024));
    }
    TRY(csv_parse(ctx->arena, file, CSV_ROWS_MAX + 1, &csv, ctx->error));
    if (csv.row_count == 0) {
        return fail(ctx->error, RESULT_INVALID, "csvFile", "csvFile names no computer");
    }
    struct columns columns = find_columns(&csv.rows[0]);
    size_t first = columns.header ? 1 : 0;
    if (csv.row_count - first > CSV_ROWS_MAX) {
        return fail(ctx->error, RESULT_TOO_LARGE, "csvFile", "csvFile may have at most %d rows",
                    CSV_ROWS_MAX);
    }
    for (size_t i = first; i < csv.row_count; i++) {
        TRY(take_row(ctx, &csv.rows[i], &columns, out, unknown));
    }
    id_list_sort(out);
    return RESULT_OK;
}
