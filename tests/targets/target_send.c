/* For the tests of the drivers: sends what it reads, or prints the drivers' settings as docs/delivery.md has them.
     target_send settings
     target_send KIND FORMAT TARGET NAME=VALUE...
   Standard input: lines "feed TAB position TAB id TAB computer TAB microseconds TAB document"; an empty line sends what
   came before it. Standard output: for each batch "result TAB delivered TAB text". The exit status is 2 when the settings
   do not do. A VALUE of @FILE is what the file has. File targets lie in the folder TARGET_FILES. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "notify/file.h"
#include "notify/target.h"

enum {
    PAIRS_MAX = 32,
    ITEMS_MAX = 100000,
    MEMORY_BYTES_MAX = 512 * 1024 * 1024,
    FILE_BYTES_MAX = 64 * 1024
};

static struct delivery_item items[ITEMS_MAX];

static struct slice value_of(struct arena *arena, char *text)
{
    if (text[0] != '@') {
        return slice_of(text);
    }
    FILE *file = fopen(text + 1, "rb");
    char *bytes = arena_alloc(arena, FILE_BYTES_MAX);
    size_t length = file == NULL || bytes == NULL ? 0 : fread(bytes, 1, FILE_BYTES_MAX, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return (struct slice){ bytes, length };
}

static bool item_read(struct arena *arena, struct slice line, struct delivery_item *out)
{
    int64_t position = 0;
    char *copy = slice_dup(arena, line);
    struct slice rest = { copy, line.length };
    struct slice feed = slice_cut(&rest, '\t');
    bool found = copy != NULL && slice_int64(slice_cut(&rest, '\t'), &position);
    *out = (struct delivery_item){ .feed = FEED_COUNT, .position = (uint64_t)position };
    out->id = slice_cut(&rest, '\t');
    out->computer = slice_cut(&rest, '\t');
    found = found && slice_int64(slice_cut(&rest, '\t'), &out->time);
    out->json = rest;
    for (int i = 0; i < FEED_COUNT; i++) {
        out->feed = slice_is(feed, feed_names[i]) ? (enum feed)i : out->feed;
    }
    return found && out->feed != FEED_COUNT;
}

static void batch_send(const struct target_driver *driver, void *state, size_t count)
{
    struct delivery_batch batch = { items, count };
    struct error error = { 0 };
    size_t delivered = SIZE_MAX;
    enum result result = driver->send(state, &batch, &delivered, &error);
    (void)printf("%s\t%zu\t%s\n", result_name(result), delivered, error.text);
    (void)fflush(stdout);
}

static int batches_send(const struct target_driver *driver, void *state, struct arena *arena)
{
    char *line = NULL;
    size_t room = 0;
    size_t count = 0;
    int status = EXIT_SUCCESS;
    for (ssize_t length = getline(&line, &room, stdin); length > 0 && status == EXIT_SUCCESS;
         length = getline(&line, &room, stdin)) {
        struct slice text = { line, (size_t)length - (line[length - 1] == '\n' ? 1 : 0) };
        if (text.length == 0) {
            batch_send(driver, state, count);
            arena_reset(arena);
            count = 0;
        } else if (count < ITEMS_MAX && item_read(arena, text, &items[count])) {
            count++;
        } else {
            (void)fprintf(stderr, "no item: %s\n", line);
            status = EXIT_FAILURE;
        }
    }
    free(line);
    return status;
}

static int settings_print(void)
{
    for (size_t i = 0; i < target_driver_count; i++) {
        (void)printf("%s\n", target_drivers[i]->kind);
        for (const struct target_setting *at = target_drivers[i]->settings; at->name != NULL;
             at++) {
            (void)printf("| `%s` | %s | %s", at->name, at->needed ? "yes" : "", at->summary);
            for (size_t choice = 0; at->type == SETTING_CHOICE && at->choices[choice] != NULL;
                 choice++) {
                (void)printf("%s`%s`", choice == 0 ? ": " : ", ", at->choices[choice]);
            }
            if (at->type == SETTING_NUMBER) {
                (void)printf(": %" PRId64 " to %" PRId64, at->min, at->max);
            }
            if (at->usual != NULL) {
                (void)printf("; usually `%s`", at->usual);
            }
            (void)printf("%s |\n", at->secret ? "; never shown again" : "");
        }
    }
    return EXIT_SUCCESS;
}

/* Opens the target that the arguments describe; the settings' texts live in `values`. */
static const struct target_driver *target_open(char **arguments, int count, struct arena *values,
                                               void **out_state)
{
    struct target_pair pairs[PAIRS_MAX];
    struct target_settings settings = { .pairs = pairs, .target = slice_of(arguments[3]) };
    struct error error = { 0 };
    const struct target_driver *driver = target_driver_find(slice_of(arguments[1]));
    const struct format *format = format_find(slice_of(arguments[2]));
    for (int i = 4; i < count && settings.count < PAIRS_MAX; i++) {
        char *equals = strchr(arguments[i], '=');
        if (equals != NULL) {
            size_t length = (size_t)(equals - arguments[i]);
            pairs[settings.count].name = (struct slice){ arguments[i], length };
            pairs[settings.count++].text = value_of(values, equals + 1);
        }
    }
    if (driver == NULL || format == NULL ||
        driver->open(&settings, format, out_state, &error) != RESULT_OK) {
        (void)fprintf(stderr, "%s: %s\n", error.field == NULL ? "" : error.field, error.text);
        return NULL;
    }
    return driver;
}

int main(int count, char **arguments)
{
    void *state = NULL;
    const char *files = getenv("TARGET_FILES");
    target_file_root(files == NULL ? "" : files);
    int status = 2;
    if (count == 2 && strcmp(arguments[1], "settings") == 0) {
        return settings_print();
    }
    if (count < 4) {
        (void)fprintf(stderr, "usage: %s KIND FORMAT TARGET NAME=VALUE...\n", arguments[0]);
        return EXIT_FAILURE;
    }
    struct arena *items_arena = arena_new(MEMORY_BYTES_MAX);
    struct arena *values = arena_new(MEMORY_BYTES_MAX);
    const struct target_driver *driver = target_open(arguments, count, values, &state);
    if (driver != NULL) {
        status = batches_send(driver, state, items_arena);
        driver->close(state);
    }
    arena_free(items_arena);
    arena_free(values);
    return status;
}
