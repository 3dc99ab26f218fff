/* Proves how messages of syslog are written and framed, what is too long for one, and which settings of syslog and of files are
   refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "notify/file.h"
#include "notify/syslog.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static const struct syslog_head head = { .facility = 13, .host = "h", .app = "a" };

static void a_frame_counts_the_bytes_of_its_message(void **state)
{
    (void)state;
    const struct delivery_item item = { .feed = FEED_EVENTS, .time = INT64_C(1776235795541678) };
    struct buffer out;
    buffer_init(&out, 4096);
    assert_int_equal(syslog_frame(&head, &item, SLICE("{\"a\":\"\xC3\xA4\"}"), 2048, &out, NULL),
                     RESULT_OK);
    assert_int_equal(syslog_frame(&head, &item, SLICE("{}"), 2048, &out, NULL), RESULT_OK);
    assert_string_equal(out.bytes,
                        "57 <110>1 2026-04-15T06:49:55.541Z h a - events - {\"a\":\"\xC3\xA4\"}"
                        "49 <110>1 2026-04-15T06:49:55.541Z h a - events - {}");
    buffer_done(&out);
}

static void a_message_that_is_too_long_leaves_the_frames_alone(void **state)
{
    (void)state;
    const struct delivery_item item = { .feed = FEED_ACTIVITY_AUDITS, .time = 0 };
    struct buffer out;
    struct error error;
    buffer_init(&out, 4096);
    size_t fits = strlen("<110>1 1970-01-01T00:00:00.000Z h a - activityAudits - {}");
    assert_int_equal(syslog_frame(&head, &item, SLICE("{}"), fits, &out, &error), RESULT_OK);
    size_t length = out.length;
    assert_int_equal(syslog_frame(&head, &item, SLICE("{}"), fits - 1, &out, &error),
                     RESULT_TOO_LARGE);
    assert_int_equal(out.length, length);
    buffer_done(&out);
}

static enum result opened(const struct target_driver *driver, const struct target_pair *pairs,
                          size_t count, const char *field)
{
    const struct target_settings settings = { SLICE("t"), pairs, count };
    struct error error = { 0 };
    void *driver_state = NULL;
    enum result result = driver->open(&settings, &formats[0], &driver_state, &error);
    if (result == RESULT_OK) {
        driver->close(driver_state);
    } else {
        assert_string_equal(error.field, field);
    }
    return result;
}

static void settings_of_syslog_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *field;
    } refused[] = {
        { "port", "0", "port" },
        { "hostName", "two words", "hostName" },
        { "appName", "\xC3\xA4", "appName" },
        { "caCertificate", "no PEM", "caCertificate" },
        { "clientKey", "a key alone", "clientCertificate" },
        { "clientCertificate", "a certificate alone", "clientKey" },
        { "messageBytes", "2047", "messageBytes" },
        { "confirm", "perhaps", "confirm" },
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        const struct target_pair pairs[] = {
            { SLICE("host"), SLICE("siem.example") },
            { slice_of(refused[i].name), slice_of(refused[i].text) },
        };
        assert_int_equal(opened(&target_syslog, pairs, 2, refused[i].field), RESULT_INVALID);
    }
    assert_int_equal(opened(&target_syslog, NULL, 0, "host"), RESULT_INVALID);
}

static void files_stay_in_their_folder(void **state)
{
    (void)state;
    static const char *const refused[] = { "../x", "a/b", ".hidden", "-x", "a b" };
    struct target_pair pair = { SLICE("name"), SLICE("events") };
    target_file_root("");
    assert_int_equal(opened(&target_file, &pair, 1, "kind"), RESULT_INVALID);
    target_file_root("/nowhere");
    assert_int_equal(opened(&target_file, &pair, 1, ""), RESULT_OK);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        pair.text = slice_of(refused[i]);
        assert_int_equal(opened(&target_file, &pair, 1, "name"), RESULT_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_counts_the_bytes_of_its_message),
        cmocka_unit_test(a_message_that_is_too_long_leaves_the_frames_alone),
        cmocka_unit_test(settings_of_syslog_are_checked),
        cmocka_unit_test(files_stay_in_their_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
