/* libmicrohttpd asks epoll for at most 128 events and, when it gets all 128, asks again before it has served any of them, with
   the same time-out. The events are edge-triggered, so they are not reported twice: exactly 128 (or 256, …) clients whose
   requests come at once wait until something else happens on the loop. This epoll_wait stands in front of the C
   library's for the whole program and gives one event less, so that the library never asks twice.

   A server that stops listening takes its socket out of the loops' sets, and so does a loop that is awake just then: whoever is
   second finds nothing there, which the library takes for a reason to end the program. This epoll_ctl finds it done. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http/server_private.h"

enum { LIBRARY_EVENTS_MAX = 128 };

int epoll_wait(int poll, struct epoll_event *events, int events_max, int timeout_ms)
{
    int asked = events_max == LIBRARY_EVENTS_MAX ? events_max - 1 : events_max;
    return (int)syscall(SYS_epoll_pwait, poll, events, asked, timeout_ms, NULL, 0);
}

int epoll_ctl(int poll, int what, int file, struct epoll_event *event)
{
    long result = syscall(SYS_epoll_ctl, poll, what, file, event);
    bool gone = result != 0 && what == EPOLL_CTL_DEL && errno == ENOENT;
    return gone ? 0 : (int)result;
}

bool epoll_mended(void)
{
    int (*wait_ours)(int, struct epoll_event *, int, int) = epoll_wait;
    int (*control_ours)(int, int, int, struct epoll_event *) = epoll_ctl;
    void *wait_found = dlsym(RTLD_DEFAULT, "epoll_wait");
    void *control_found = dlsym(RTLD_DEFAULT, "epoll_ctl");
    return memcmp(&wait_found, &wait_ours, sizeof(wait_found)) == 0 &&
           memcmp(&control_found, &control_ours, sizeof(control_found)) == 0;
}
