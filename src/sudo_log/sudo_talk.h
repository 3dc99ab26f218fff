/* A conversation with sudo, or with a log server of sudo that passes on: what it says becomes records, what was stored is
   answered. Private to this folder. */
#ifndef SUDO_LOG_SUDO_TALK_H
#define SUDO_LOG_SUDO_TALK_H

#include "sudo_log/logsrv.h"
#include "sudo_log/sudo_batch.h"

struct sudo_talk {
    bool begun;    /* a command was accepted, or its log goes on */
    bool logs_io;  /* what is typed and shown comes, too; it is not kept */
    bool finished; /* the command is over */
    int64_t elapsed_ns;
    struct arena *arena; /* of `record`; NULL: none */
    struct sudo_record record;
    char host[256];
    char run[SUDO_EVENT_ID_BYTES];
};
void sudo_talk_done(struct sudo_talk *talk);

enum sudo_answer { ANSWER_NOTHING, ANSWER_LOG_ID, ANSWER_COMMIT };

/* What a message asks for. */
struct sudo_said {
    bool stored; /* a record is in the batch, at `index` */
    size_t index;
    enum sudo_answer answer; /* once that is stored */
    int64_t elapsed_ns;
};
/* `arena` is for the message; the batch has room. RESULT_INVALID: the conversation is over, the error is for the peer. */
MUST_CHECK enum result sudo_talk_take(struct sudo_talk *talk, struct arena *arena,
                                      struct slice message, const char *source,
                                      struct sudo_batch *batch, struct sudo_said *out,
                                      struct error *error);
/* The answer to what was stored, or why it was not. False: the conversation is over. */
bool sudo_talk_answer(const struct sudo_talk *talk, const struct sudo_said *said,
                      enum sudo_outcome outcome, struct buffer *out);

#endif
