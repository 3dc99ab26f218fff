/* Proves commands and logs: queued once, answered with one task, refused where a computer is away for good, taken,
   finished, expired; and that an uploaded log comes back byte for byte. */
#include "resource/computers/computers_parts.h"
#include "resource/computers/test_fleet.h"

static const char *task_of(const char *route, const char *path_id, const char *body)
{
    test_is(&api, test_json(&api, route, path_id, body), RESULT_OK);
    assert_int_equal(api.reply.status, 200);
    const char *id = test_reply_id(&api);
    assert_string_equal(test_reply_header(&api, "X-Task-Id"), id);
    assert_non_null(strstr(test_reply_header(&api, "Location"), id));
    return id;
}

static void a_command_waits_once_and_is_answered_with_its_task(void **state)
{
    static const struct {
        const char *one, *many;
        enum command_type type;
    } rows[] = {
        { "Computers_RenewCertificateById", "Computers_RenewCertificate",
          COMMAND_RENEW_CERTIFICATE },
        { "Computers_RetrieveLogs", "Computers_RetrieveLogsBulk", COMMAND_RETRIEVE_LOGS },
        { "Computers_RetrieveStatusInfo", "Computers_RetrieveStatusInfoBulk",
          COMMAND_RETRIEVE_STATUS_INFO },
    };
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *first = fleet_enrol("Desk-1", group);
    const char *second = fleet_enrol("Desk-2", group);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *task = task_of(rows[i].one, first, NULL);
        assert_true(fleet_woke(WAKE_COMPUTER, first));
        assert_int_equal(fleet_number("status", "task", task), TASK_COMPLETED);
        assert_int_equal(fleet_open_commands(first, rows[i].type), 1);
        assert_string_equal(task_of(rows[i].one, first, NULL), task);
        assert_string_equal(task_of(rows[i].many, NULL, text_of("{'computerIds':['@']}", first)),
                            task);
        const char *both =
            arena_printf(api.arena, "{\"computerIds\":[\"%s\",\"%s\"]}", first, second);
        assert_string_not_equal(task_of(rows[i].many, NULL, both), task);
        assert_int_equal(fleet_open_commands(first, rows[i].type), 1);
        assert_int_equal(fleet_open_commands(second, rows[i].type), 1);
        assert_string_equal(task_of(rows[i].many, NULL, text_of("{'computerId':'@'}", first)),
                            task);
    }
    assert_int_equal(
        test_number(&api,
                    "SELECT renewal_requested_on FROM computer_identity WHERE computer_id = $1",
                    first),
        TEST_NOW_US);
    test_is(&api, test_json(&api, "Computers_CommandLogs", first, NULL), RESULT_OK);
    test_says(&api, "\"commandType\":\"RetrieveLogs\",\"status\":\"Pending\"");
    test_close(&api);
}

static void archived_and_rejected_computers_take_no_commands(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *archived = fleet_enrol("Desk-1", group);
    const char *rejected = fleet_enrol("Desk-2", NULL);
    const char *pending = fleet_enrol("Desk-3", NULL);
    test_is(&api, test_json(&api, "Computers_ArchiveOne", archived, NULL), RESULT_OK);
    assert_null(fleet_load(rejected).group_id);
    test_is(&api,
            test_json(&api, "Computers_Reject", NULL, text_of("{'computerIds':['@']}", rejected)),
            RESULT_OK);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", archived, NULL), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", rejected, NULL), RESULT_CONFLICT);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", UNKNOWN_ID, NULL), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Computers_RetrieveLogs", pending, NULL), RESULT_OK);
    const char *task = task_of("Computers_RetrieveStatusInfoBulk", NULL,
                               arena_printf(api.arena, "{\"computerIds\":[\"%s\",\"%s\",\"%s\"]}",
                                            archived, rejected, pending));
    assert_int_equal(fleet_number("status", "task", task), TASK_COMPLETED_WITH_ERRORS);
    assert_int_equal(fleet_number("failed", "task", task), 2);
    assert_int_equal(fleet_number("succeeded", "task", task), 1);
    test_close(&api);
}

static struct command *open_commands(const char *id, size_t wanted)
{
    struct command *commands = NULL;
    size_t count = 0;
    test_fresh(&api);
    test_is(&api, commands_open(&api.ctx, id, &commands, &count), RESULT_OK);
    assert_int_equal(count, wanted);
    return commands;
}

static enum result finish(const char *computer, const char *command, bool succeeded,
                          const char *text)
{
    test_begin(&api);
    enum result result = command_finish(&api.ctx, computer, command, succeeded, slice_of(text));
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

static void an_agent_takes_commands_and_answers_each_once(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", fleet_group("A", false));
    const char *other = fleet_enrol("Desk-2", NULL);
    (void)task_of("Computers_RetrieveStatusInfo", id, NULL);
    api.ctx.now_us++;
    (void)task_of("Computers_RetrieveLogs", id, NULL);
    struct command *commands = open_commands(id, 2);
    assert_int_equal(commands[0].type, COMMAND_RETRIEVE_STATUS_INFO);
    assert_null(commands[0].log_id);
    assert_int_equal(commands[1].type, COMMAND_RETRIEVE_LOGS);
    assert_non_null(commands[1].log_id);
    const char *const ids[] = { commands[0].id, commands[1].id };
    test_begin(&api);
    test_is(&api, commands_sent(&api.ctx, other, ids, 2), RESULT_OK);
    test_is(&api, commands_sent(&api.ctx, id, ids, 1), RESULT_OK);
    test_commit(&api);
    commands = open_commands(id, 2);
    assert_int_equal(commands[0].status, COMMAND_SENT);
    assert_int_equal(commands[1].status, COMMAND_PENDING);
    assert_int_equal(finish(other, ids[0], true, "mine"), RESULT_NOT_FOUND);
    assert_int_equal(finish(id, UNKNOWN_ID, true, ""), RESULT_NOT_FOUND);
    assert_int_equal(finish(id, ids[0], true, "all well"), RESULT_OK);
    assert_int_equal(finish(id, ids[0], false, "later"), RESULT_OK);
    assert_int_equal(fleet_number("status", "command", ids[0]), COMMAND_COMPLETED);
    assert_int_equal(finish(id, ids[1], false, "no such file"), RESULT_OK);
    assert_int_equal(fleet_number("status", "computer_log", commands[1].log_id), 2);
    (void)open_commands(id, 0);
    test_is(&api, test_json(&api, "Computers_CommandLogs", id, NULL), RESULT_OK);
    test_says(&api, "\"result\":\"no such file\"},{");
    test_says(&api, "\"result\":\"all well\"}]");
    test_close(&api);
}

static void an_open_command_expires_and_makes_room_for_the_next(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    const char *task = task_of("Computers_RetrieveLogs", id, NULL);
    const char *log = open_commands(id, 1)->log_id;
    api.ctx.now_us += api.rules.command_life_us;
    (void)open_commands(id, 0);
    test_begin(&api);
    test_is(&api, commands_expire(&api.ctx, 10), RESULT_OK);
    test_commit(&api);
    assert_int_equal(test_number(&api, "SELECT status FROM command WHERE task_id = $1", task),
                     COMMAND_EXPIRED);
    assert_int_equal(fleet_number("status", "computer_log", log), 2);
    assert_string_not_equal(task_of("Computers_RetrieveLogs", id, NULL), task);
    (void)open_commands(id, 1);
    test_close(&api);
}

static void a_group_queues_one_policy_command_for_each_authorised_computer(void **state)
{
    fleet_open(state);
    const char *group = fleet_group("A", false);
    const char *authorised = fleet_enrol("Desk-1", group);
    const char *pending = fleet_enrol("Desk-2", NULL);
    struct task_faults faults = { 0 };
    test_begin(&api);
    test_is(&api, computers_set_group(&api.ctx, &pending, 1, group, &faults), RESULT_OK);
    for (int i = 0; i < 2; i++) {
        test_is(&api, commands_for_group(&api.ctx, group, COMMAND_APPLY_POLICY, NULL), RESULT_OK);
    }
    test_is(&api, commands_for_group(&api.ctx, group, COMMAND_CLEAR_POLICY, UNKNOWN_ID), RESULT_OK);
    test_commit(&api);
    assert_int_equal(fleet_open_commands(authorised, COMMAND_APPLY_POLICY), 0);
    assert_int_equal(fleet_open_commands(authorised, COMMAND_CLEAR_POLICY), 1);
    assert_int_equal(fleet_open_commands(pending, COMMAND_CLEAR_POLICY), 0);
    test_is(&api, test_list(&api, "Computers_List", ""), RESULT_OK);
    test_says(&api, "\"locked\":true");
    test_begin(&api);
    test_is(&api, commands_policy_done(&api.ctx, authorised), RESULT_OK);
    test_commit(&api);
    (void)open_commands(authorised, 0);
    test_close(&api);
}

/* --- logs ------------------------------------------------------------------------------------- */

struct source {
    const char *bytes;
    size_t length, at;
    size_t step;      /* at most so many a read */
    size_t broken_at; /* 0: never */
};

static ptrdiff_t source_read(void *context, char *out, size_t room)
{
    struct source *source = context;
    size_t left = source->length - source->at;
    size_t count = left < source->step ? left : source->step;
    count = count < room ? count : room;
    if (source->broken_at > 0 && source->at >= source->broken_at) {
        return -1;
    }
    memcpy(out, source->bytes + source->at, count);
    source->at += count;
    return (ptrdiff_t)count;
}

static enum result receive(const char *computer, const struct log_upload *upload)
{
    test_begin(&api);
    enum result result = computer_log_receive(&api.ctx, computer, upload);
    if (result == RESULT_OK) {
        test_commit(&api);
    } else {
        session_rollback(api.place->writer);
    }
    return result;
}

static enum result content(const char *computer, const char *log)
{
    struct call call;
    test_begin_call(&api, &call, "Computers_LogContent", computer != NULL ? computer : log);
    if (computer != NULL) {
        call.ids[call.id_count++] = slice_of(log);
    }
    return test_finish(&api, &call);
}

static void a_log_that_was_asked_for_comes_back_as_it_was_sent(void **state)
{
    enum { LOG_BYTES = 600 * 1024 };
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    const char *other = fleet_enrol("Desk-2", NULL);
    (void)task_of("Computers_RetrieveLogs", id, NULL);
    const char *log = open_commands(id, 1)->log_id;
    char *bytes = arena_alloc(api.arena, LOG_BYTES);
    for (size_t i = 0; i < LOG_BYTES; i++) {
        bytes[i] = (char)(i * 7 % 251);
    }
    struct source source = { .bytes = bytes, .length = LOG_BYTES, .step = 10007 };
    struct log_upload upload = { .log_id = log,
                                 .name = SLICE("agent \"1\".zip"),
                                 .content_type = SLICE("Application/Zip; x=y"),
                                 .read = source_read,
                                 .context = &source };
    test_is(&api, content(id, log), RESULT_NOT_FOUND);
    assert_non_null(strstr(api.error.text, "not received"));
    test_is(&api, test_json(&api, "Computers_Logs", id, NULL), RESULT_OK);
    test_says(&api, "\"name\":null,\"status\":\"Requested\"");
    assert_int_equal(receive(other, &upload), RESULT_NOT_FOUND);
    source.broken_at = 1;
    assert_int_equal(receive(id, &upload), RESULT_BROKEN);
    source.broken_at = source.at = 0;
    test_is(&api, receive(id, &upload), RESULT_OK);
    test_is(&api, receive(id, &upload), RESULT_OK);
    for (int alone = 0; alone < 2; alone++) {
        test_is(&api, content(alone == 1 ? NULL : id, log), RESULT_OK);
        assert_int_equal(api.reply.body.length, LOG_BYTES);
        assert_memory_equal(api.reply.body.bytes, bytes, LOG_BYTES);
        assert_string_equal(api.reply.content_type, "application/zip");
        assert_non_null(strstr(test_reply_header(&api, "Content-Disposition"), "attachment"));
    }
    test_is(&api, content(other, log), RESULT_NOT_FOUND);
    test_is(&api, content(id, UNKNOWN_ID), RESULT_NOT_FOUND);
    test_is(&api, test_json(&api, "Computers_Get", id, NULL), RESULT_OK);
    test_says(&api, "\"status\":\"Received\",\"size\":614400");
    test_is(&api, test_json(&api, "Computers_DeleteOne", id, NULL), RESULT_OK);
    test_is(&api, content(id, log), RESULT_NOT_FOUND);
    test_is(&api, content(NULL, log), RESULT_NOT_FOUND);
    test_close(&api);
}

static void an_empty_or_badly_named_log_gets_a_plain_name_and_type(void **state)
{
    fleet_open(state);
    const char *id = fleet_enrol("Desk-1", NULL);
    char name[201];
    memset(name, 'n', sizeof(name));
    (void)task_of("Computers_RetrieveLogs", id, NULL);
    const char *log = open_commands(id, 1)->log_id;
    struct source source = { .bytes = "", .step = 1 };
    const struct log_upload upload = { .log_id = log,
                                       .name = { name, sizeof(name) },
                                       .content_type = SLICE("text/html"),
                                       .read = source_read,
                                       .context = &source };
    test_is(&api, receive(id, &upload), RESULT_OK);
    test_is(&api, content(id, log), RESULT_OK);
    assert_int_equal(api.reply.body.length, 0);
    assert_string_equal(api.reply.content_type, "application/octet-stream");
    assert_non_null(strstr(test_reply_header(&api, "Content-Disposition"), "agent.log"));
    test_close(&api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(a_command_waits_once_and_is_answered_with_its_task),
        TEST_ON_SERVERS(archived_and_rejected_computers_take_no_commands),
        TEST_ON_SERVERS(an_agent_takes_commands_and_answers_each_once),
        TEST_ON_SERVERS(an_open_command_expires_and_makes_room_for_the_next),
        TEST_ON_SERVERS(a_group_queues_one_policy_command_for_each_authorised_computer),
        TEST_ON_SERVERS(a_log_that_was_asked_for_comes_back_as_it_was_sent),
        TEST_ON_SERVERS(an_empty_or_badly_named_log_gets_a_plain_name_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
