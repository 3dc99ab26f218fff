/* Proves that mail is kept until it is sent, tried again with growing pauses, and written as RFC 5322 wants it. */
#include "access/test_call.h"
#include "base/base64.h"
#include "notify/mail.h"

static struct test_api api;

static void open_mail(void **state)
{
    test_open(&api, test_place(state), NULL, 0);
    test_begin(&api);
}

static void put(const char *recipient)
{
    const struct mail_order order = { .recipient = recipient, .subject = "s", .body = "b" };
    test_is(&api, mail_put(&api.ctx, &order), RESULT_OK);
}

static void mail_leaves_in_order_and_once(void **state)
{
    struct mail mail;
    open_mail(state);
    put("a@a.example");
    api.ctx.now_us++;
    put("b@a.example");
    test_is(&api, mail_take(&api.ctx, &mail), RESULT_OK);
    assert_string_equal(mail.recipient, "a@a.example");
    assert_int_equal(mail.attempts, 1);
    assert_null(mail.user_id);
    test_is(&api, mail_sent(&api.ctx, mail.id), RESULT_OK);
    test_is(&api, mail_take(&api.ctx, &mail), RESULT_OK);
    assert_string_equal(mail.recipient, "b@a.example");
    /* It is under way: nobody else takes it until the lease ends. */
    test_is(&api, mail_take(&api.ctx, &mail), RESULT_NOT_FOUND);
    api.ctx.now_us += MAIL_LEASE_S * US_PER_SECOND;
    test_is(&api, mail_take(&api.ctx, &mail), RESULT_OK);
    assert_string_equal(mail.recipient, "b@a.example");
    assert_int_equal(mail.attempts, 2);
    session_rollback(api.place->writer);
    test_close(&api);
}

static void failed_mail_waits_and_is_given_up_in_the_end(void **state)
{
    struct mail mail;
    open_mail(state);
    put("a@a.example");
    test_is(&api, mail_take(&api.ctx, &mail), RESULT_OK);
    test_is(&api, mail_failed(&api.ctx, mail.id, "no relay", 60), RESULT_OK);
    api.ctx.now_us += 59 * US_PER_SECOND;
    struct mail again;
    test_is(&api, mail_take(&api.ctx, &again), RESULT_NOT_FOUND);
    api.ctx.now_us += US_PER_SECOND;
    test_is(&api, mail_take(&api.ctx, &again), RESULT_OK);
    test_is(&api, mail_failed(&api.ctx, mail.id, "refused", 0), RESULT_OK);
    api.ctx.now_us += US_PER_DAY;
    test_is(&api, mail_take(&api.ctx, &again), RESULT_NOT_FOUND);
    assert_int_equal(test_number(&api, "SELECT status FROM mail WHERE last_error = $1", "refused"),
                     MAIL_GIVEN_UP);
    test_is(&api, mail_retry(&api.ctx, mail.id), RESULT_OK);
    test_is(&api, mail_take(&api.ctx, &again), RESULT_OK);
    test_is(&api, mail_sent(&api.ctx, mail.id), RESULT_OK);
    test_is(&api, mail_retry(&api.ctx, mail.id), RESULT_NOT_FOUND);
    /* Old ones that are done go; those that wait do not. */
    put("b@a.example");
    api.ctx.now_us += (MAIL_KEPT_DAYS + 1) * US_PER_DAY;
    test_is(&api, mail_sweep(&api.ctx, 10), RESULT_OK);
    assert_int_equal(test_number(&api, "SELECT COUNT(*) FROM mail", NULL), 1);
    session_rollback(api.place->writer);
    test_close(&api);
}

static void pauses_double_up_to_a_bound(void **state)
{
    (void)state;
    assert_int_equal(mail_retry_s(1, 60), 60);
    assert_int_equal(mail_retry_s(2, 60), 120);
    assert_int_equal(mail_retry_s(3, 60), 240);
    assert_int_equal(mail_retry_s(MAIL_ATTEMPTS_MAX - 1, 60), MAIL_RETRY_S_MAX);
    assert_int_equal(mail_retry_s(MAIL_ATTEMPTS_MAX, 60), 0);
    assert_int_equal(mail_retry_s(1, 1), 1);
}

static void a_message_has_the_headers_and_any_text(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024 * 1024);
    struct buffer out;
    const struct mail mail = { .id = "7",
                               .recipient = "a@a.example\r\nBcc: x@b.example",
                               .subject = "Invited",
                               .body = "Gr\xC3\xBC\xC3\x9F dich,\n.\nfrom a line that is so long "
                                       "that base64 needs more than one line for it\n",
                               .created_us = INT64_C(1700000000000000) };
    buffer_init(&out, 64 * 1024);
    assert_true(mail_write(arena, &mail, "reeve@a.example", &out));
    assert_non_null(strstr(out.bytes, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    assert_non_null(strstr(out.bytes, "From: reeve@a.example\r\n"));
    assert_non_null(strstr(out.bytes, "Subject: Invited\r\n"));
    assert_non_null(strstr(out.bytes, "Message-ID: <7@a.example>\r\n"));
    assert_null(strstr(out.bytes, "\r\nBcc"));
    const char *body = strstr(out.bytes, "\r\n\r\n");
    assert_non_null(body);
    struct slice decoded;
    assert_true(base64_decode(arena, slice_of(body + 4), &decoded));
    assert_true(slice_is(decoded, mail.body));
    for (const char *at = strstr(body, "\r\n"); at != NULL; at = strstr(at + 2, "\r\n")) {
        const char *end = strstr(at + 2, "\r\n");
        assert_true(end == NULL || end - at <= 78);
    }
    buffer_done(&out);
    buffer_init(&out, 64);
    assert_false(mail_write(arena, &mail, "reeve@a.example", &out));
    buffer_done(&out);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_SERVERS(mail_leaves_in_order_and_once),
        TEST_ON_SERVERS(failed_mail_waits_and_is_given_up_in_the_end),
        cmocka_unit_test(pauses_double_up_to_a_bound),
        cmocka_unit_test(a_message_has_the_headers_and_any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
