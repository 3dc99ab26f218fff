/* One line of the system's log of sign-ins, read: who used sudo or su, who was refused, who came and went. */
#ifndef AGENT_AUTH_LINE_H
#define AGENT_AUTH_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { AUTH_LINE_BYTES_MAX = 8192 };

enum auth_kind {
    AUTH_ELEVATED, /* a command ran as somebody else */
    AUTH_REFUSED,  /* it was asked for and refused */
    AUTH_LOGON,
    AUTH_LOGOFF,
};

/* Slices point into the line; what the line does not say is empty or 0. */
struct auth_line {
    enum auth_kind kind;
    int64_t moment_us;
    struct slice program; /* sudo, su, pkexec, sshd, systemd-logind */
    int64_t pid;          /* of the program */
    struct slice user;    /* who asked, came or went */
    struct slice target;  /* as whom: AUTH_ELEVATED, AUTH_REFUSED */
    struct slice command; /* with its arguments */
    struct slice folder, terminal, source_address;
    struct slice session; /* of systemd-logind; with AUTH_LOGOFF the user is then empty */
    struct slice reason;  /* of a refusal, in the program's words */
};

/* A line of syslog, traditional ("Nov 24 14:17:06 host sudo[7]: …", local time, the year of `now_us`) or with an ISO
   moment. False when it says nothing of interest. */
bool auth_line_read(struct slice line, int64_t now_us, struct auth_line *out);

/* The same for a message whose program and process are known already (the journal). */
bool auth_message_read(struct slice program, struct slice message, struct auth_line *out);

#endif
