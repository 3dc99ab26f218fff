/* reeve sandbox fill: a sample fleet, the same for the same seed on every machine. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/commands.h"
#include "cli/sandbox_fill.h"
#include "scene/scene.h"
#include "server/instance.h"

static void show(void *context, const char *what, int64_t done, int64_t all)
{
    (void)context;
    (void)fprintf(stderr, "\r%-10s %" PRId64 " of %" PRId64 "   %s", what, done, all,
                  done >= all ? "\n" : "");
}

static enum result now_of(const struct options *options, int64_t *out, struct error *error)
{
    const char *clock = option_text(options, "clock");
    *out = time_now_us();
    if (clock == NULL || time_parse(slice_of(clock), out, NULL)) {
        return RESULT_OK;
    }
    return fail(error, RESULT_INVALID, "clock",
                "--clock must be a moment like 2025-01-01T00:00:00Z");
}

enum result sandbox_fill_instance(struct instance *instance, const struct options *options,
                                  bool shows, struct scene_counts *out, struct error *error)
{
    struct scene_options scene = {
        .seed = (uint64_t)option_number(options, "seed"),
        .now_us = time_now_us(),
        .computers = option_number(options, "computers"),
        .groups = option_number(options, "groups"),
        .policies = option_number(options, "policies"),
        .events = option_number(options, "events"),
        .events_per_computer = option_number(options, "events-per-computer"),
        .progress = shows ? show : NULL,
    };
    scene.events = scene.events_per_computer > 0 ? -1 : scene.events;
    return scene_fill(instance, &scene, out, error);
}

enum result command_sandbox_fill(const struct options *options, struct error *error)
{
    struct instance instance;
    struct scene_counts made;
    int64_t now_us = 0;
    TRY(now_of(options, &now_us, error));
    scene_begin((uint64_t)option_number(options, "seed"), now_us);
    enum result result = instance_open(option_text(options, "data"),
                                       option_text(options, "database"), &instance, error);
    if (result == RESULT_OK) {
        bool shows = isatty(STDERR_FILENO) == 1;
        result = sandbox_fill_instance(&instance, options, shows, &made, error);
        instance_close(&instance);
    }
    scene_end();
    if (result == RESULT_OK) {
        (void)printf("%" PRId64 " computers, %" PRId64 " groups, %" PRId64 " policies, %" PRId64
                     " events, %" PRId64 " users, %" PRId64 " requests, %" PRId64 " audits\n",
                     made.computers, made.groups, made.policies, made.events, made.users,
                     made.requests, made.audits);
    }
    return result;
}
