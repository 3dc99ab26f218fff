/* Proves that a conversation with sudo goes as its protocol says: what is answered, when, and what ends it. */
#include <logsrv.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "sudo_log/sudo_talk.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { ARENA_BYTES = 4 * 1024 * 1024, WIRE_BYTES = 8192 };

static struct fixture {
    struct sudo_talk talk;
    struct sudo_batch batch;
    struct arena *arena;
    struct sudo_said said;
    struct error error;
    struct buffer out;
} at;

static int open_talk(void **state)
{
    (void)state;
    memset(&at, 0, sizeof(at));
    at.arena = arena_new(ARENA_BYTES);
    assert_non_null(at.arena);
    assert_int_equal(sudo_batch_init(&at.batch, &at.error), RESULT_OK);
    buffer_init(&at.out, WIRE_BYTES);
    return 0;
}

static int close_talk(void **state)
{
    (void)state;
    sudo_talk_done(&at.talk);
    sudo_batch_done(&at.batch);
    arena_free(at.arena);
    buffer_done(&at.out);
    return 0;
}

/* --- what sudo would send --------------------------------------------------------------------------------------- */

static enum result say(const Logsrv__ClientMessage *message)
{
    static uint8_t wire[WIRE_BYTES];
    assert_true(logsrv__client_message__get_packed_size(message) <= sizeof(wire));
    size_t length = logsrv__client_message__pack(message, wire);
    arena_reset(at.arena);
    return sudo_talk_take(&at.talk, at.arena, (struct slice){ (const char *)wire, length }, "test",
                          &at.batch, &at.said, &at.error);
}

static enum result say_command(Logsrv__ClientMessage__TypeCase kind, const char *host,
                               const char *command, bool expects_io)
{
    char names[][12] = { "submituser", "submithost", "command", "runuser" };
    char values[4][64];
    Logsrv__TimeSpec moment;
    Logsrv__InfoMessage infos[4];
    Logsrv__InfoMessage *places[4];
    Logsrv__AcceptMessage accept;
    Logsrv__RejectMessage reject;
    Logsrv__ClientMessage message;
    const char *const texts[] = { "alice", host, command, "root" };
    char reason[] = "command not allowed";
    logsrv__time_spec__init(&moment);
    logsrv__accept_message__init(&accept);
    logsrv__reject_message__init(&reject);
    logsrv__client_message__init(&message);
    for (size_t i = 0; i < 4; i++) {
        logsrv__info_message__init(&infos[i]);
        (void)snprintf(values[i], sizeof(values[i]), "%s", texts[i]);
        infos[i].key = names[i];
        infos[i].value_case = LOGSRV__INFO_MESSAGE__VALUE_STRVAL;
        infos[i].strval = values[i];
        places[i] = &infos[i];
    }
    moment.tv_sec = 1795709728;
    moment.tv_nsec = 320565197;
    message.type_case = kind;
    if (kind == LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG) {
        accept.submit_time = &moment;
        accept.n_info_msgs = 4;
        accept.info_msgs = places;
        accept.expect_iobufs = expects_io;
        message.accept_msg = &accept;
    } else {
        reject.submit_time = &moment;
        reject.reason = reason;
        reject.n_info_msgs = 4;
        reject.info_msgs = places;
        message.reject_msg = &reject;
    }
    return say(&message);
}

static enum result say_accept(bool expects_io)
{
    return say_command(LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG, "box", "/bin/id", expects_io);
}

static enum result say_passing(int64_t seconds, int32_t nanoseconds)
{
    Logsrv__TimeSpec delay;
    Logsrv__Passing passing;
    Logsrv__ClientMessage message;
    logsrv__time_spec__init(&delay);
    logsrv__passing__init(&passing);
    logsrv__client_message__init(&message);
    delay.tv_sec = seconds;
    delay.tv_nsec = nanoseconds;
    passing.delay = &delay;
    message.type_case = LOGSRV__CLIENT_MESSAGE__TYPE_STDOUT_BUF;
    message.stdout_buf = &passing;
    return say(&message);
}

static enum result say_exit(int32_t value)
{
    Logsrv__ExitMessage exit_message;
    Logsrv__ClientMessage message;
    logsrv__exit_message__init(&exit_message);
    logsrv__client_message__init(&message);
    exit_message.exit_value = value;
    message.type_case = LOGSRV__CLIENT_MESSAGE__TYPE_EXIT_MSG;
    message.exit_msg = &exit_message;
    return say(&message);
}

static enum result say_restart(const char *log_id, int64_t seconds)
{
    char id[320];
    Logsrv__TimeSpec point;
    Logsrv__RestartMessage restart;
    Logsrv__ClientMessage message;
    logsrv__time_spec__init(&point);
    logsrv__restart_message__init(&restart);
    logsrv__client_message__init(&message);
    (void)snprintf(id, sizeof(id), "%s", log_id);
    point.tv_sec = seconds;
    restart.log_id = id;
    restart.resume_point = &point;
    message.type_case = LOGSRV__CLIENT_MESSAGE__TYPE_RESTART_MSG;
    message.restart_msg = &restart;
    return say(&message);
}

static Logsrv__ServerMessage *answer(enum sudo_outcome outcome, bool goes_on)
{
    size_t length = 0;
    buffer_reset(&at.out);
    assert_int_equal(sudo_talk_answer(&at.talk, &at.said, outcome, &at.out), goes_on);
    if (at.out.length == 0) {
        return NULL;
    }
    assert_true(logsrv_length(buffer_slice(&at.out), &length));
    assert_int_equal(length + LOGSRV_HEAD_BYTES, at.out.length);
    return logsrv__server_message__unpack(NULL, length,
                                          (const uint8_t *)at.out.bytes + LOGSRV_HEAD_BYTES);
}

static void answer_is_nothing(void)
{
    assert_null(answer(SUDO_STORED, true));
}

/* --- tests ------------------------------------------------------------------------------------------------------ */

static void a_command_without_its_output_needs_no_answer(void **state)
{
    (void)state;
    assert_int_equal(say_accept(false), RESULT_OK);
    assert_true(at.said.stored);
    answer_is_nothing();
    assert_int_equal(say_exit(3), RESULT_OK);
    answer_is_nothing();
    assert_int_equal(at.batch.count, 2);
    assert_non_null(strstr(at.batch.entries[1].event.text, "\"exit_code\":3"));
    assert_non_null(strstr(at.batch.entries[1].event.text, "\"command_line\":\"/bin/id\""));
}

static void a_log_gets_an_id_and_at_last_a_commit_point(void **state)
{
    (void)state;
    assert_int_equal(say_accept(true), RESULT_OK);
    Logsrv__ServerMessage *message = answer(SUDO_STORED, true);
    assert_int_equal(message->type_case, LOGSRV__SERVER_MESSAGE__TYPE_LOG_ID);
    assert_int_equal(strncmp(message->log_id, "box/", 4), 0);
    logsrv__server_message__free_unpacked(message, NULL);
    assert_int_equal(say_passing(1, 999999999), RESULT_OK);
    assert_false(at.said.stored);
    assert_int_equal(say_passing(0, 2), RESULT_OK);
    assert_int_equal(say_exit(0), RESULT_OK);
    message = answer(SUDO_STORED, true);
    assert_int_equal(message->type_case, LOGSRV__SERVER_MESSAGE__TYPE_COMMIT_POINT);
    assert_int_equal(message->commit_point->tv_sec, 2);
    assert_int_equal(message->commit_point->tv_nsec, 1);
    logsrv__server_message__free_unpacked(message, NULL);
}

/* Of a server that was killed, and started again. */
static void a_log_goes_on_where_it_broke_off(void **state)
{
    (void)state;
    assert_int_equal(say_accept(true), RESULT_OK);
    Logsrv__ServerMessage *message = answer(SUDO_STORED, true);
    char id[320];
    (void)snprintf(id, sizeof(id), "%s", message->log_id);
    logsrv__server_message__free_unpacked(message, NULL);
    assert_int_equal(say_exit(0), RESULT_OK);
    sudo_talk_done(&at.talk);
    memset(&at.talk, 0, sizeof(at.talk));
    assert_int_equal(say_restart(id, 5), RESULT_OK);
    assert_int_equal(say_passing(1, 0), RESULT_OK);
    assert_int_equal(say_exit(0), RESULT_OK);
    message = answer(SUDO_REPEATED, true);
    assert_int_equal(message->commit_point->tv_sec, 6);
    logsrv__server_message__free_unpacked(message, NULL);
    /* The same end, though it is told by somebody who knows less of it. */
    assert_string_equal(at.batch.entries[1].id, at.batch.entries[2].id);
}

static void a_repeated_command_has_the_same_id(void **state)
{
    (void)state;
    assert_int_equal(say_accept(false), RESULT_OK);
    assert_int_equal(say_accept(false), RESULT_OK);
    assert_string_equal(at.batch.entries[0].id, at.batch.entries[1].id);
    assert_true(at.batch.entries[0].unique);
}

static void what_is_refused_is_told_and_ends_it(void **state)
{
    (void)state;
    assert_int_equal(say_command(LOGSRV__CLIENT_MESSAGE__TYPE_REJECT_MSG, "box", "/bin/id", false),
                     RESULT_OK);
    assert_non_null(strstr(at.batch.entries[0].event.text, "\"code\":\"116\""));
    Logsrv__ServerMessage *message = answer(SUDO_REFUSED_REJECTED, false);
    assert_int_equal(message->type_case, LOGSRV__SERVER_MESSAGE__TYPE_ERROR);
    assert_non_null(strstr(message->error, "rejected"));
    logsrv__server_message__free_unpacked(message, NULL);
}

static void messages_out_of_order_are_refused(void **state)
{
    (void)state;
    assert_int_equal(say_exit(0), RESULT_INVALID);
    assert_int_equal(say_passing(1, 0), RESULT_INVALID);
    assert_int_equal(say_restart("box", 0), RESULT_INVALID);
    assert_int_equal(say_restart("b/x/6b7815b1-09ac-842e-9030-cf4118645ceb", 0), RESULT_INVALID);
    assert_int_equal(say_accept(false), RESULT_OK);
    assert_int_equal(say_passing(1, 0), RESULT_INVALID); /* nothing was announced */
    assert_int_equal(say_restart("box/6b7815b1-09ac-842e-9030-cf4118645ceb", 0), RESULT_INVALID);
    assert_int_equal(say_exit(0), RESULT_OK);
    assert_int_equal(say_exit(0), RESULT_INVALID);
    assert_int_equal(say_accept(false), RESULT_INVALID);
    assert_int_equal(at.batch.count, 2);
}

static void records_without_a_host_or_a_command_are_refused(void **state)
{
    (void)state;
    assert_int_equal(say_command(LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG, "", "/bin/id", false),
                     RESULT_INVALID);
    assert_int_equal(say_command(LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG, "a b", "/bin/id", false),
                     RESULT_INVALID);
    assert_int_equal(say_command(LOGSRV__CLIENT_MESSAGE__TYPE_ACCEPT_MSG, "box", "", false),
                     RESULT_INVALID);
    assert_int_equal(at.batch.count, 0);
}

static void other_bytes_are_no_message(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "x", "\x0a\x05", "\x7f\x7f\x7f", "\x72\x01" };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(sudo_talk_take(&at.talk, at.arena, slice_of(texts[i]), "test", &at.batch,
                                        &at.said, &at.error),
                         RESULT_INVALID);
    }
}

static void lengths_have_a_bound(void **state)
{
    (void)state;
    size_t length = 9;
    assert_true(logsrv_length((struct slice){ "\0\0\0", 3 }, &length));
    assert_int_equal(length, 0);
    assert_true(logsrv_length((struct slice){ "\0\x20\0\0", 4 }, &length));
    assert_int_equal(length, LOGSRV_MESSAGE_BYTES_MAX);
    assert_false(logsrv_length((struct slice){ "\0\x20\0\x01", 4 }, &length));
    assert_false(logsrv_length((struct slice){ "\0\0\0\0", 4 }, &length));
}

#define TALK_TEST(name) cmocka_unit_test_setup_teardown(name, open_talk, close_talk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALK_TEST(a_command_without_its_output_needs_no_answer),
        TALK_TEST(a_log_gets_an_id_and_at_last_a_commit_point),
        TALK_TEST(a_log_goes_on_where_it_broke_off),
        TALK_TEST(a_repeated_command_has_the_same_id),
        TALK_TEST(what_is_refused_is_told_and_ends_it),
        TALK_TEST(messages_out_of_order_are_refused),
        TALK_TEST(records_without_a_host_or_a_command_are_refused),
        TALK_TEST(other_bytes_are_no_message),
        TALK_TEST(lengths_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
