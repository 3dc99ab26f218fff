#include "sudo_log/logsrv.h"

#include <logsrv.pb-c.h>
#include <stdio.h>

#include "base/arena.h"

#define NS_PER_SECOND INT64_C(1000000000)

/* --- reading ---------------------------------------------------------------------------------------------------- */

bool logsrv_length(struct slice bytes, size_t *out)
{
    size_t length = 0;
    if (bytes.length >= LOGSRV_HEAD_BYTES) {
        for (size_t i = 0; i < LOGSRV_HEAD_BYTES; i++) {
            length = length << 8 | (unsigned char)bytes.text[i];
        }
        if (length == 0) {
            return false;
        }
    }
    *out = length;
    return length <= LOGSRV_MESSAGE_BYTES_MAX;
}

static void *arena_take(void *arena, size_t bytes)
{
    return arena_alloc(arena, bytes > 0 ? bytes : 1);
}

static void arena_leave(void *arena, void *bytes)
{
    (void)arena;
    (void)bytes; /* goes with the arena */
}

/* Text of the wire; what is no UTF-8 is mended when it is written. */
static struct slice text_of(const char *text)
{
    return slice_of(text);
}

static int64_t passed_of(const Logsrv__TimeSpec *span)
{
    int64_t ns = 0;
    if (span == NULL) {
        return 0;
    }
    if (span->tv_sec == 0 && span->tv_nsec >= 0) {
        return span->tv_nsec;
    }
    return sudo_moment(span->tv_sec, span->tv_nsec, &ns) ? ns : 0;
}

static bool list_read(struct arena *arena, const Logsrv__InfoMessage__StringList *list,
                      struct sudo_record *record)
{
    if (list->n_strings < 2 || list->n_strings > SUDO_ARGUMENTS_MAX) {
        return true;
    }
    struct slice *arguments = arena_alloc(arena, list->n_strings * sizeof(*arguments));
    if (arguments == NULL) {
        return false;
    }
    for (size_t i = 0; i < list->n_strings; i++) {
        arguments[i] = text_of(list->strings[i]);
    }
    if (record->program.length > 0) {
        arguments[0] = record->program; /* the caller may call itself anything */
    }
    return sudo_arguments_join(arena, arguments, list->n_strings, &record->command);
}

static enum result infos_read(struct arena *arena, Logsrv__InfoMessage *const *infos, size_t count,
                              struct sudo_record *record, struct error *error)
{
    const Logsrv__InfoMessage__StringList *arguments = NULL;
    for (size_t i = 0; i < count; i++) {
        const Logsrv__InfoMessage *info = infos[i];
        struct slice key = text_of(info->key);
        if (info->value_case == LOGSRV__INFO_MESSAGE__VALUE_STRVAL) {
            sudo_record_text(record, key, text_of(info->strval));
        } else if (info->value_case == LOGSRV__INFO_MESSAGE__VALUE_NUMVAL) {
            sudo_record_number(record, key, info->numval);
        } else if (info->value_case == LOGSRV__INFO_MESSAGE__VALUE_STRLISTVAL &&
                   slice_is(key, "runargv")) {
            arguments = info->strlistval;
        }
    }
    if (arguments != NULL && !list_read(arena, arguments, record)) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the message");
    }
    return sudo_record_close(record)
               ? RESULT_OK
               : fail(error, RESULT_INVALID, NULL, "submituser and command must be there");
}

static void moment_read(const Logsrv__TimeSpec *moment, struct sudo_record *record)
{
    if (moment != NULL) {
        (void)sudo_moment(moment->tv_sec, moment->tv_nsec, &record->moment_ns);
    }
}

static void exit_read(const Logsrv__ExitMessage *message, struct sudo_record *record)
{
    sudo_record_init(record, SUDO_EXIT);
    record->exit_value = message->exit_value;
    record->signal = text_of(message->signal);
    record->reason = text_of(message->error);
    record->run_ns = passed_of(message->run_time);
}

static enum result record_read(struct arena *arena, const Logsrv__ClientMessage *message,
                               struct logsrv_message *out, struct error *error)
{
    struct sudo_record *record = &out->record;
    if (message->type_case == LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG) {
        const Logsrv__AcceptMessage *accept = message->accept_msg;
        sudo_record_init(record, SUDO_ACCEPT);
        moment_read(accept->submit_time, record);
        out->expects_io = accept->expect_iobufs != 0;
        return infos_read(arena, accept->info_msgs, accept->n_info_msgs, record, error);
    }
    if (message->type_case == LOGSRV__CLIENT_MESSAGE__TYPE_REJECT_MSG) {
        const Logsrv__RejectMessage *reject = message->reject_msg;
        sudo_record_init(record, SUDO_REJECT);
        moment_read(reject->submit_time, record);
        record->reason = text_of(reject->reason);
        return infos_read(arena, reject->info_msgs, reject->n_info_msgs, record, error);
    }
    if (message->type_case == LOGSRV__CLIENT_MESSAGE__TYPE_ALERT_MSG) {
        const Logsrv__AlertMessage *alert = message->alert_msg;
        sudo_record_init(record, SUDO_ALERT);
        moment_read(alert->alert_time, record);
        record->reason = text_of(alert->reason);
        return infos_read(arena, alert->info_msgs, alert->n_info_msgs, record, error);
    }
    exit_read(message->exit_msg, record);
    return RESULT_OK;
}

static enum result message_read(struct arena *arena, const Logsrv__ClientMessage *message,
                                struct logsrv_message *out, struct error *error)
{
    *out = (struct logsrv_message){ .kind = LOGSRV_PASSING };
    switch (message->type_case) {
    case LOGSRV__CLIENT_MESSAGE__TYPE_HELLO_MSG: out->kind = LOGSRV_HELLO; return RESULT_OK;
    case LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG:
    case LOGSRV__CLIENT_MESSAGE__TYPE_REJECT_MSG:
    case LOGSRV__CLIENT_MESSAGE__TYPE_ALERT_MSG:
    case LOGSRV__CLIENT_MESSAGE__TYPE_EXIT_MSG:
        out->kind = LOGSRV_RECORD;
        return record_read(arena, message, out, error);
    case LOGSRV__CLIENT_MESSAGE__TYPE_RESTART_MSG:
        out->kind = LOGSRV_RESTART;
        out->log_id = text_of(message->restart_msg->log_id);
        out->passed_ns = passed_of(message->restart_msg->resume_point);
        return RESULT_OK;
    case LOGSRV__CLIENT_MESSAGE__TYPE_TTYIN_BUF:
    case LOGSRV__CLIENT_MESSAGE__TYPE_TTYOUT_BUF:
    case LOGSRV__CLIENT_MESSAGE__TYPE_STDIN_BUF:
    case LOGSRV__CLIENT_MESSAGE__TYPE_STDOUT_BUF:
    case LOGSRV__CLIENT_MESSAGE__TYPE_STDERR_BUF:
    case LOGSRV__CLIENT_MESSAGE__TYPE_WINSIZE_EVENT:
    case LOGSRV__CLIENT_MESSAGE__TYPE_SUSPEND_EVENT:
        /* All of one type, so the union may be read through any of them. */
        out->passed_ns = passed_of(message->ttyin_buf->delay);
        return RESULT_OK;
    case LOGSRV__CLIENT_MESSAGE__TYPE__NOT_SET:
    case _LOGSRV__CLIENT_MESSAGE__TYPE__CASE_IS_INT_SIZE: break;
    }
    return fail(error, RESULT_INVALID, NULL, "the kind of message is not known");
}

enum result logsrv_read(struct arena *arena, struct slice bytes, struct logsrv_message *out,
                        struct error *error)
{
    ProtobufCAllocator allocator = { .alloc = arena_take,
                                     .free = arena_leave,
                                     .allocator_data = arena };
    const Logsrv__ClientMessage *message = logsrv__client_message__unpack(
        &allocator, bytes.length, (const uint8_t *)(const void *)bytes.text);
    return message == NULL ? fail(error, RESULT_INVALID, NULL, "this is no message of sudo")
                           : message_read(arena, message, out, error);
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

static void message_put(const Logsrv__ServerMessage *message, struct buffer *out)
{
    size_t length = logsrv__server_message__get_packed_size(message);
    char *bytes = buffer_take(out, LOGSRV_HEAD_BYTES + length);
    if (bytes == NULL) {
        return; /* the buffer says so */
    }
    for (size_t i = 0; i < LOGSRV_HEAD_BYTES; i++) {
        bytes[i] = (char)(length >> (8 * (LOGSRV_HEAD_BYTES - 1 - i)) & 0xFF);
    }
    (void)logsrv__server_message__pack(message, (uint8_t *)(void *)(bytes + LOGSRV_HEAD_BYTES));
}

void logsrv_put_hello(struct buffer *out)
{
    static char name[] = "Reeve " REEVE_VERSION;
    Logsrv__ServerHello hello;
    Logsrv__ServerMessage message;
    logsrv__server_hello__init(&hello);
    logsrv__server_message__init(&message);
    hello.server_id = name;
    hello.subcommands = 1;
    message.type_case = LOGSRV__SERVER_MESSAGE__TYPE_HELLO;
    message.hello = &hello;
    message_put(&message, out);
}

/* protobuf-c takes texts that it only reads as ones that it could change. */
static void text_put(Logsrv__ServerMessage__TypeCase kind, const char *text, struct buffer *out)
{
    char copy[512];
    Logsrv__ServerMessage message;
    logsrv__server_message__init(&message);
    (void)snprintf(copy, sizeof(copy), "%s", text);
    message.type_case = kind;
    message.log_id = copy; /* the union's texts share a place */
    message_put(&message, out);
}

void logsrv_put_log_id(const char *id, struct buffer *out)
{
    text_put(LOGSRV__SERVER_MESSAGE__TYPE_LOG_ID, id, out);
}

void logsrv_put_error(const char *text, struct buffer *out)
{
    text_put(LOGSRV__SERVER_MESSAGE__TYPE_ERROR, text, out);
}

void logsrv_put_commit(int64_t elapsed_ns, struct buffer *out)
{
    Logsrv__TimeSpec point;
    Logsrv__ServerMessage message;
    logsrv__time_spec__init(&point);
    logsrv__server_message__init(&message);
    point.tv_sec = elapsed_ns / NS_PER_SECOND;
    point.tv_nsec = (int32_t)(elapsed_ns % NS_PER_SECOND);
    message.type_case = LOGSRV__SERVER_MESSAGE__TYPE_COMMIT_POINT;
    message.commit_point = &point;
    message_put(&message, out);
}
