/* Proves that the queue of events is bounded, keeps its numbers over any end of the process, and counts what it loses. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/spool.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { LINES_MAX = 500, BATCH_BYTES_MAX = 1024 * 1024 };

static char folder[64];

static int folder_make(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/spool-test-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int folder_drop(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static struct spool *opened(uint64_t bytes_max)
{
    struct spool *spool = NULL;
    assert_int_equal(spool_open(folder, bytes_max, &spool, NULL), RESULT_OK);
    return spool;
}

static void add(struct spool *spool, const char *text)
{
    assert_int_equal(spool_append(spool, slice_of(text), NULL), RESULT_OK);
}

static void add_many(struct spool *spool, size_t count, size_t bytes)
{
    char *text = malloc(bytes + 1);
    assert_non_null(text);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    for (size_t i = 0; i < count; i++) {
        add(spool, text);
    }
    free(text);
}

static struct spool_batch peeked(struct spool *spool, struct buffer *out)
{
    struct spool_batch batch;
    buffer_init(out, BATCH_BYTES_MAX * 2);
    assert_int_equal(spool_peek(spool, LINES_MAX, BATCH_BYTES_MAX, out, &batch, NULL), RESULT_OK);
    return batch;
}

static struct spool_batch peeked_only(struct spool *spool)
{
    struct buffer text;
    struct spool_batch batch = peeked(spool, &text);
    buffer_done(&text);
    return batch;
}

static void an_empty_queue_gives_no_batch(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    assert_int_equal(peeked_only(spool).count, 0);
    spool_close(spool);
}

static void events_come_out_in_order_until_acknowledged(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    struct buffer text;
    add(spool, "{\"a\":1}");
    add(spool, "{\"a\":2}");
    struct spool_batch batch = peeked(spool, &text);
    assert_int_equal(batch.first, 1);
    assert_int_equal(batch.count, 2);
    assert_string_equal(text.bytes, "{\"a\":1}\n{\"a\":2}\n");
    buffer_done(&text);
    spool_acknowledge(spool, 2);
    batch = peeked_only(spool);
    assert_int_equal(batch.first, 2);
    assert_int_equal(batch.count, 1);
    spool_acknowledge(spool, 3);
    assert_int_equal(peeked_only(spool).count, 0);
    spool_close(spool);
}

static void numbers_go_on_after_a_restart(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    add_many(spool, 10, 20);
    spool_acknowledge(spool, 6);
    spool_close(spool);
    spool = opened(0);
    struct spool_batch batch = peeked_only(spool);
    assert_int_equal(batch.first, 6);
    assert_int_equal(batch.count, 5);
    add(spool, "more");
    assert_int_equal(peeked_only(spool).count, 6);
    spool_acknowledge(spool, 12);
    spool_close(spool);
    spool = opened(0);
    struct spool_counts counts;
    spool_count(spool, &counts);
    assert_int_equal(counts.next, 12);
    assert_int_equal(counts.queued, 0);
    spool_close(spool);
}

static void a_torn_tail_is_cut_and_its_number_used_again(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    char path[128];
    struct stat status;
    add_many(spool, 3, 100);
    spool_close(spool);
    (void)snprintf(path, sizeof(path), "%s/00000000000000000001.seg", folder);
    assert_int_equal(stat(path, &status), 0);
    for (off_t size = status.st_size - 1; size > 216; size -= 13) {
        assert_int_equal(truncate(path, size), 0);
        spool = opened(0);
        assert_int_equal(peeked_only(spool).count, 2);
        spool_close(spool);
    }
    spool = opened(0);
    add(spool, "third");
    struct buffer text;
    assert_int_equal(peeked(spool, &text).count, 3);
    assert_non_null(strstr(text.bytes, "third"));
    buffer_done(&text);
    spool_close(spool);
}

static void a_changed_byte_ends_the_readable_part(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    char path[128];
    add_many(spool, 3, 100);
    spool_close(spool);
    (void)snprintf(path, sizeof(path), "%s/00000000000000000001.seg", folder);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 108 + 50, SEEK_SET), 0);
    assert_int_equal(fputc('y', file), 'y');
    assert_int_equal(fclose(file), 0);
    spool = opened(0);
    assert_int_equal(peeked_only(spool).count, 1);
    spool_close(spool);
}

static void a_full_queue_drops_its_oldest_and_counts_them(void **state)
{
    (void)state;
    struct spool *spool = opened(SPOOL_BYTES_LEAST);
    struct spool_counts counts;
    add_many(spool, 1000, 1000);
    spool_count(spool, &counts);
    assert_true(counts.bytes <= SPOOL_BYTES_LEAST);
    assert_true(counts.queued > 40);
    assert_int_equal(counts.queued + counts.lost, 1000);
    assert_int_equal(counts.first, counts.lost + 1);
    assert_int_equal(peeked_only(spool).first, counts.first);
    spool_close(spool);
}

static void an_event_at_the_bound_is_taken_and_one_byte_more_is_not(void **state)
{
    (void)state;
    struct spool *spool = opened(4 * SPOOL_RECORD_BYTES_MAX);
    add_many(spool, 1, SPOOL_RECORD_BYTES_MAX);
    char *text = malloc(SPOOL_RECORD_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, 'x', SPOOL_RECORD_BYTES_MAX + 1);
    struct slice long_one = { text, SPOOL_RECORD_BYTES_MAX + 1 };
    assert_int_equal(spool_append(spool, long_one, NULL), RESULT_TOO_LARGE);
    free(text);
    struct spool_counts counts;
    spool_count(spool, &counts);
    assert_int_equal(counts.next, 2);
    spool_close(spool);
}

static void what_is_stored_leaves_the_disk(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    struct spool_counts counts;
    add_many(spool, 60, 1000);
    for (struct spool_batch batch = peeked_only(spool); batch.count > 0;
         batch = peeked_only(spool)) {
        spool_acknowledge(spool, batch.first + batch.count);
    }
    spool_count(spool, &counts);
    assert_int_equal(counts.queued, 0);
    assert_int_equal(counts.lost, 0);
    assert_true(counts.bytes < SPOOL_BYTES_LEAST / SPOOL_SEGMENTS_LEAST);
    assert_int_equal(counts.next, 61);
    spool_close(spool);
}

static void a_segment_that_vanished_is_skipped_and_counted(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    char path[128];
    struct spool_counts counts;
    add_many(spool, 5, 100);
    (void)snprintf(path, sizeof(path), "%s/00000000000000000001.seg", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(peeked_only(spool).count, 0);
    spool_count(spool, &counts);
    assert_int_equal(counts.lost, 5);
    spool_close(spool);
}

static void a_look_from_outside_changes_nothing(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    struct spool_counts counts;
    add_many(spool, 7, 10);
    spool_acknowledge(spool, 3);
    assert_int_equal(spool_inspect(folder, &counts, NULL), RESULT_OK);
    assert_int_equal(counts.queued, 5);
    assert_int_equal(counts.first, 3);
    add(spool, "x");
    assert_int_equal(peeked_only(spool).count, 6);
    spool_close(spool);
}

static void no_room_on_the_disk_loses_the_event_and_leaves_a_gap(void **state)
{
    (void)state;
    struct spool *spool = opened(0);
    struct spool_counts counts;
    add(spool, "first");
    assert_int_equal(chmod(folder, 0500), 0);
    if (geteuid() == 0) {
        /* Rights do not stop root; a folder that is gone does. */
        assert_int_equal(chmod(folder, 0700), 0);
        assert_int_equal(folder_drop(NULL), 0);
    }
    size_t failed = 0;
    char text[4096];
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < 40; i++) {
        failed += spool_append(spool, (struct slice){ text, sizeof(text) }, NULL) == RESULT_BUSY;
    }
    spool_count(spool, &counts);
    assert_true(failed > 0);
    assert_int_equal(counts.next, 42);
    assert_true(counts.lost >= failed);
    spool_close(spool);
    (void)chmod(folder, 0700);
}

static void lost_events_stay_counted_after_a_restart(void **state)
{
    (void)state;
    struct spool *spool = opened(SPOOL_BYTES_LEAST);
    struct spool_counts before;
    struct spool_counts after;
    add_many(spool, 500, 1000);
    spool_count(spool, &before);
    assert_true(before.lost > 0);
    spool_close(spool);
    assert_int_equal(spool_inspect(folder, &after, NULL), RESULT_OK);
    assert_int_equal(after.lost, before.lost);
    spool = opened(SPOOL_BYTES_LEAST);
    spool_count(spool, &after);
    assert_int_equal(after.lost, before.lost);
    assert_int_equal(after.first, before.first);
    assert_int_equal(after.next, before.next);
    add_many(spool, 500, 1000);
    spool_count(spool, &after);
    assert_int_equal(after.lost + after.queued, 1000);
    spool_close(spool);
}

static void a_damaged_count_of_losses_begins_anew(void **state)
{
    static const char *const texts[] = { "", "1", "x",
                                         "-0000000000000000001 00000000000000000000 "
                                         "00000000000000000000\n" };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char path[128];
        struct spool_counts counts;
        struct spool *spool = opened(SPOOL_BYTES_LEAST);
        spool_close(spool);
        (void)snprintf(path, sizeof(path), "%s/lost", folder);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs(texts[i], file) >= 0);
        assert_int_equal(fclose(file), 0);
        spool = opened(SPOOL_BYTES_LEAST);
        spool_count(spool, &counts);
        assert_int_equal(counts.lost, 0);
        spool_close(spool);
    }
}

static void a_kill_at_any_moment_counts_each_event_once(void **state)
{
    enum { KILLS = 25 };
    (void)state;
    for (int i = 0; i < KILLS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct spool *spool = NULL;
            char text[3000];
            memset(text, 'x', sizeof(text));
            if (spool_open(folder, SPOOL_BYTES_LEAST, &spool, NULL) != RESULT_OK) {
                _exit(1);
            }
            for (;;) {
                (void)!spool_append(spool, (struct slice){ text, sizeof(text) }, NULL);
            }
        }
        (void)usleep((useconds_t)(2000 + 331 * i));
        int status = 0;
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        struct spool_counts counts;
        struct spool *spool = opened(SPOOL_BYTES_LEAST);
        spool_count(spool, &counts);
        assert_int_equal(counts.lost + counts.queued, counts.next - 1);
        spool_close(spool);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_drop)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_queue_gives_no_batch),
        TEST(events_come_out_in_order_until_acknowledged),
        TEST(numbers_go_on_after_a_restart),
        TEST(a_torn_tail_is_cut_and_its_number_used_again),
        TEST(a_changed_byte_ends_the_readable_part),
        TEST(a_full_queue_drops_its_oldest_and_counts_them),
        TEST(an_event_at_the_bound_is_taken_and_one_byte_more_is_not),
        TEST(what_is_stored_leaves_the_disk),
        TEST(a_segment_that_vanished_is_skipped_and_counted),
        TEST(a_look_from_outside_changes_nothing),
        TEST(no_room_on_the_disk_loses_the_event_and_leaves_a_gap),
        TEST(lost_events_stay_counted_after_a_restart),
        TEST(a_damaged_count_of_losses_begins_anew),
        TEST(a_kill_at_any_moment_counts_each_event_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
