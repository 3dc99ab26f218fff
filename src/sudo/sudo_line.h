/* sudo's message in a system log, in the form it has had for decades:
   "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id -u". */
#ifndef SUDO_SUDO_LINE_H
#define SUDO_SUDO_LINE_H

#include <stdbool.h>

#include "sudo/sudo_record.h"

/* `message` is what stands behind "sudo: ". A part without a name is a reason: "command not allowed", "3 incorrect password
   attempts", "a password is required". Without a command it is an alert. False when it is no such message. */
bool sudo_line_read(struct slice message, struct sudo_record *out);

/* sudo cuts long messages: "alice : (command continued) …". The user and what goes on. */
bool sudo_line_continues(struct slice message, struct slice *out_user, struct slice *out_rest);

/* With log_exit_status the message comes again when the command is over, with " ; EXIT=0" or " ; SIGNAL=KILL ; EXIT=137" behind.
   An argument of the command may look the same, so only who saw `out_before` before knows. */
bool sudo_line_ended(struct slice message, struct slice *out_before, struct slice *out_signal,
                     int64_t *out_value);

/* A name of a user, a group, a host: no blanks, no quotes, no control characters, not too long. */
bool sudo_is_name(struct slice text);

#endif
