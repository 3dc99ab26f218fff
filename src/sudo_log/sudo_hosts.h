/* Which computer a host is. Private to this folder. */
#ifndef SUDO_LOG_SUDO_HOSTS_H
#define SUDO_LOG_SUDO_HOSTS_H

#include "sudo_log/sudo_log.h"

struct ctx;

struct sudo_host {
    const char *name, *key; /* as it was sent, and folded */
    const char *source;     /* who sent it */
    /* Found out: */
    const char *computer_id;   /* NULL: there is none yet */
    const char *group_id;      /* or NULL */
    enum sudo_outcome refused; /* SUDO_STORED: it is not */
};

/* A host name, not too long and without anything but letters, digits and "-_.:". */
bool sudo_host_is_name(struct slice name);

/* Reads only. */
MUST_CHECK enum result sudo_host_look(struct ctx *ctx, struct sudo_host *host);
/* In a write transaction: makes a computer for a host that has none, unless a bound is reached. RESULT_BUSY when another
   server was faster: look again. */
MUST_CHECK enum result sudo_host_make(struct ctx *ctx, uint32_t hosts_max, struct sudo_host *host);

#endif
