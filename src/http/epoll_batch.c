/* libmicrohttpd asks epoll for at most 128 events and, when it gets all 128, asks again before it has served any of them, with
   the same time-out. The events are edge-triggered, so they are not reported twice: exactly 128 (or 256, …) clients whose
   requests come at once wait until something else happens on the loop. This epoll_wait stands in front of the C
   library's for the whole program and gives one event less, so that the library never asks twice. */
#include <dlfcn.h>
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

bool epoll_batch_stands(void)
{
    int (*ours)(int, struct epoll_event *, int, int) = epoll_wait;
    void *found = dlsym(RTLD_DEFAULT, "epoll_wait");
    return memcmp(&found, &ours, sizeof(found)) == 0;
}
