/* The protocol between sudo and its log server (sudo_logsrv.proto(5)): messages as records, and answers. Private to this
   folder. */
#ifndef SUDO_LOG_LOGSRV_H
#define SUDO_LOG_LOGSRV_H

#include "base/result.h"
#include "sudo/sudo_record.h"

enum {
    LOGSRV_HEAD_BYTES = 4,
    LOGSRV_MESSAGE_BYTES_MAX = 2 * 1024 * 1024, /* what a server must take */
};

enum logsrv_kind { LOGSRV_HELLO, LOGSRV_RECORD, LOGSRV_RESTART, LOGSRV_PASSING };

struct logsrv_message {
    enum logsrv_kind kind;
    struct sudo_record record; /* LOGSRV_RECORD; an exit knows only how it ended */
    bool expects_io;           /* of an accept: what is typed and shown will follow */
    struct slice log_id;       /* LOGSRV_RESTART */
    int64_t
        passed_ns; /* LOGSRV_PASSING: time since the message before; LOGSRV_RESTART: since the begin */
};

/* The length that a message announces; 0 while there are not enough bytes. False when it is too long. */
bool logsrv_length(struct slice bytes, size_t *out);
/* One message without its length. Texts live in the arena. RESULT_INVALID says what is wrong with it. */
MUST_CHECK enum result logsrv_read(struct arena *arena, struct slice bytes,
                                   struct logsrv_message *out, struct error *error);

/* Answers, each with its length before it. */
void logsrv_put_hello(struct buffer *out);
void logsrv_put_log_id(const char *id, struct buffer *out);
void logsrv_put_commit(int64_t elapsed_ns, struct buffer *out);
void logsrv_put_error(const char *text, struct buffer *out);

#endif
