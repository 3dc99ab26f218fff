#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

extern char **environ;

static int spawn_with(const char *const *arguments, int output, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    /* The agent blocks the signals that stop it; its children must not. */
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    char *const *texts = (char *const *)(uintptr_t)arguments; /* spawn does not write them */
    int code = posix_spawnp(out_pid, texts[0], &actions, &attributes, texts, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return code;
}

enum result child_start(const char *const *arguments, enum child_output output, struct child *out,
                        struct error *error)
{
    int ends[2];
    *out = (struct child){ .output = -1 };
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return fail(error, RESULT_BROKEN, NULL, "no pipe for %s: %s", arguments[0],
                    strerror(errno));
    }
    int code = spawn_with(arguments, ends[1], &out->pid);
    (void)close(ends[1]);
    if (code != 0) {
        (void)close(ends[0]);
        out->pid = 0;
        return fail(error, RESULT_BROKEN, NULL, "%s cannot be started: %s", arguments[0],
                    strerror(code));
    }
    out->output = ends[0];
    if (output == CHILD_OUTPUT_NEVER_WAITS) {
        (void)fcntl(out->output, F_SETFL, O_NONBLOCK);
    }
    return RESULT_OK;
}

void child_end(struct child *child)
{
    if (child->pid > 0) {
        (void)kill(child->pid, SIGKILL);
        (void)waitpid(child->pid, NULL, 0);
        (void)close(child->output);
    }
    *child = (struct child){ .output = -1 };
}

void child_collect(const char *const *arguments, uint32_t timeout_ms, struct buffer *out)
{
    struct child child;
    char bytes[8192];
    if (child_start(arguments, CHILD_OUTPUT_NEVER_WAITS, &child, NULL) != RESULT_OK) {
        return;
    }
    int64_t end_us = time_monotonic_us() + (int64_t)timeout_ms * 1000;
    bool open_still = true;
    while (open_still && !out->overflow && time_monotonic_us() < end_us) {
        struct pollfd wait = { .fd = child.output, .events = POLLIN };
        (void)poll(&wait, 1, 100);
        ssize_t got = read(child.output, bytes, sizeof(bytes));
        if (got > 0) {
            buffer_add(out, bytes, (size_t)got);
        }
        open_still = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    }
    child_end(&child);
}
