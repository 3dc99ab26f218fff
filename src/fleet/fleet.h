/* Simulated computers that speak the real agent protocol over real TLS: for trying a server out, and for measuring it. */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include <stdint.h>

enum { FLEET_COMPUTERS_MAX = 2000000 };

/* Texts belong to the caller for the length of the call. */
struct fleet_options {
    const char *server; /* "https://host:8443" */
    const char *installation_id, *installation_key;
    const char *group_id;      /* or NULL */
    const char *ca_file;       /* PEM; NULL: the system's */
    uint32_t computers;        /* fleet-000001 and on */
    uint32_t duration_s;       /* after that, what runs is finished and the table printed */
    uint32_t check_in_every_s; /* 0: 60 */
    uint32_t events_per_hour;  /* of each computer */
    uint32_t wait_s;           /* > 0: check-ins wait so long for news, as real agents do */
    uint32_t connections;      /* most requests under way at once; 0: as many as open files allow */
    const char
        *state_file; /* or NULL: ids, keys and sequences of the same computers, for another run */
};

/* Prints progress on a terminal and a table at the end. 0 when every computer enrolled and no request failed in a way
   that the protocol does not know, else 1. */
int fleet_main(const struct fleet_options *options);

#endif
