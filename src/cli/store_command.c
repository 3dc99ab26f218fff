#include "cli/store_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "json/write.h"
#include "store/store.h"

enum { OUTPUT_BYTES_MAX = 256 * 1024 * 1024 };

enum result store_command_file(const struct options *options, char out[STORE_PATH_BYTES],
                               struct error *error)
{
    const char *folder = option_text(options, "data");
    int length = snprintf(out, STORE_PATH_BYTES, "%s/reeve.db", folder);
    if (length < 0 || length >= STORE_PATH_BYTES) {
        return fail(error, RESULT_INVALID, "data", "the path of the data folder is too long");
    }
    if (access(out, R_OK | W_OK) == 0) {
        return RESULT_OK;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return fail(error, RESULT_INVALID, "data",
                    "there is no store in %s; --data or --database names it", folder);
    }
    return fail(error, RESULT_BROKEN, "data",
                "the store %s cannot be used: %s; run this as the user that owns it", out,
                strerrordesc_np(errno));
}

enum result store_command_open(const struct options *options, struct instance *out,
                               struct error *error)
{
    char path[STORE_PATH_BYTES];
    if (option_text(options, "database") == NULL) {
        TRY(store_command_file(options, path, error));
    }
    return store_command_begin(options, out, error);
}

enum result store_command_begin(const struct options *options, struct instance *out,
                                struct error *error)
{
    return instance_open(option_text(options, "data"), option_text(options, "database"), out,
                         error);
}

typedef enum result command_open(const struct options *options, struct instance *out,
                                 struct error *error);

static enum result write_after(command_open *open, const struct options *options,
                               instance_work *work, void *argument, struct error *error)
{
    struct instance instance;
    TRY(open(options, &instance, error));
    enum result result = instance_write(&instance, work, argument, error);
    instance_close(&instance);
    return result;
}

enum result store_command_write(const struct options *options, instance_work *work, void *argument,
                                struct error *error)
{
    return write_after(store_command_open, options, work, argument, error);
}

enum result store_command_write_begin(const struct options *options, instance_work *work,
                                      void *argument, struct error *error)
{
    return write_after(store_command_begin, options, work, argument, error);
}

enum result store_command_read(const struct options *options, instance_work *work, void *argument,
                               struct error *error)
{
    struct instance instance;
    TRY(store_command_open(options, &instance, error));
    enum result result = instance_read(&instance, work, argument, error);
    instance_close(&instance);
    return result;
}

void print_pairs(const struct options *options, const struct pair *pairs, size_t count)
{
    if (!option_switch(options, "json")) {
        for (size_t i = 0; i < count; i++) {
            (void)printf("%-18s %s\n", pairs[i].name, pairs[i].value);
        }
        return;
    }
    struct buffer text;
    struct json_writer writer;
    buffer_init(&text, OUTPUT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    for (size_t i = 0; i < count; i++) {
        json_member_text(&writer, pairs[i].name, pairs[i].value);
    }
    json_end_object(&writer);
    (void)printf("%s\n", text.bytes);
    buffer_done(&text);
}

/* --- rows ---------------------------------------------------------------------------------------- */

static struct slice column_text(const struct statement *row, uint32_t index,
                                const struct printed_column *column, char moment[TIME_TEXT_BYTES])
{
    if (statement_is_null(row, index)) {
        return SLICE("-");
    }
    if (column->kind == PRINT_TIME) {
        size_t length = time_format(statement_int(row, index), TIME_ZONED, moment);
        return (struct slice){ moment, length };
    }
    return statement_text(row, index);
}

static void print_line(const struct statement *row, const struct printed_column *columns,
                       size_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char moment[TIME_TEXT_BYTES];
        struct slice text = column_text(row, i, &columns[i], moment);
        (void)printf("%s%.*s", i == 0 ? "" : "  ", (int)text.length, text.text);
        int pad = i + 1 < count ? columns[i].width - (int)text.length : 0;
        (void)printf("%*s", pad > 0 ? pad : 0, "");
    }
    (void)printf("\n");
}

static void print_object(const struct statement *row, const struct printed_column *columns,
                         size_t count, struct json_writer *writer)
{
    json_begin_object(writer);
    for (uint32_t i = 0; i < count; i++) {
        char moment[TIME_TEXT_BYTES];
        json_key(writer, columns[i].name);
        if (statement_is_null(row, i)) {
            json_put_null(writer);
        } else if (columns[i].kind == PRINT_NUMBER) {
            json_put_int(writer, statement_int(row, i));
        } else {
            json_put_slice(writer, column_text(row, i, &columns[i], moment));
        }
    }
    json_end_object(writer);
}

enum result print_rows(struct ctx *ctx, const struct options *options, const char *sql,
                       const struct printed_column *columns, size_t count)
{
    bool json = option_switch(options, "json");
    struct statement *rows = NULL;
    struct buffer text;
    struct json_writer writer;
    bool row = false;
    TRY(store_rows(ctx->session, &rows, ctx->error, sql, ""));
    buffer_init(&text, OUTPUT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    enum result result = statement_step(rows, &row, ctx->error);
    while (result == RESULT_OK && row) {
        if (json) {
            print_object(rows, columns, count, &writer);
        } else {
            print_line(rows, columns, count);
        }
        result = statement_step(rows, &row, ctx->error);
    }
    json_end_array(&writer);
    statement_reset(rows);
    if (json && result == RESULT_OK) {
        (void)printf("%s\n", text.bytes);
    }
    buffer_done(&text);
    return result;
}
