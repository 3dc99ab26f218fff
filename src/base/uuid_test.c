/* Proves that ids are read in every usual spelling and that new ones rise. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define CANONICAL "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"

enum { THREADS = 4, MADE_BY_EACH = 5000 };

static void every_usual_spelling_becomes_the_canonical_one(void **state)
{
    (void)state;
    static const char *const rows[] = {
        CANONICAL,
        "0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B",
        "{0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}",
        "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b",
        "{0190A1B2C3D47E5F8A9B0C1D2E3F4A5B}",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct uuid id;
        assert_true(uuid_parse(slice_of(rows[i]), &id));
        assert_string_equal(id.text, CANONICAL);
    }
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "{}",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5bc",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g",
        "0190a1b2c3d4-7e5f-8a9b-0c1d2e3f-4a5b",
        "0190a1b2-c3d4-7e5f-8a9b00c1d2e3f4a5b",
        "{0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}",
        "0190a1b2c3d47e5f8a9b0c1d2e3f4a5",
        " 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct uuid id = { "kept" };
        assert_false(uuid_parse(slice_of(rows[i]), &id));
        assert_string_equal(id.text, "kept");
    }
}

static void new_ids_rise_even_when_the_clock_stands_or_steps_back(void **state)
{
    (void)state;
    struct uuid last;
    uuid_make(INT64_C(1700000000000000), &last);
    assert_int_equal(last.text[14], '7');
    assert_non_null(strchr("89ab", last.text[19]));
    for (int i = 0; i < 20000; i++) {
        struct uuid next;
        uuid_make(INT64_C(1700000000000000) - (i % 3) * 1000, &next);
        assert_true(strcmp(last.text, next.text) < 0);
        last = next;
    }
    struct uuid later;
    uuid_make(INT64_C(1800000000000000), &later);
    assert_memory_equal(later.text, "01a3185c-5000-7", 15); /* 1800000000000 ms */
}

static struct uuid made[THREADS][MADE_BY_EACH];

static void *make_many(void *context)
{
    struct uuid *mine = context;
    for (size_t i = 0; i < MADE_BY_EACH; i++) {
        uuid_make(INT64_C(1900000000000000), &mine[i]);
    }
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, UUID_TEXT_BYTES);
}

static void threads_never_make_the_same_id(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_many, made[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    struct uuid *all = &made[0][0];
    qsort(all, (size_t)THREADS * MADE_BY_EACH, sizeof(*all), by_text);
    for (size_t i = 1; i < (size_t)THREADS * MADE_BY_EACH; i++) {
        assert_string_not_equal(all[i - 1].text, all[i].text);
    }
}

static void seeded_ids_repeat_and_differ(void **state)
{
    (void)state;
    struct uuid a;
    struct uuid b;
    uuid_seeded(1, 2, &a);
    uuid_seeded(1, 2, &b);
    assert_string_equal(a.text, b.text);
    assert_int_equal(a.text[14], '4');
    assert_non_null(strchr("89ab", a.text[19]));
    uuid_seeded(1, 3, &b);
    assert_string_not_equal(a.text, b.text);
    uuid_seeded(2, 2, &b);
    assert_string_not_equal(a.text, b.text);
}

static void a_replay_gives_the_same_ids_again_and_then_new_ones(void **state)
{
    (void)state;
    const uint64_t seed = 7;
    struct uuid first[2];
    struct uuid again;
    uuid_replay(&seed);
    uuid_make(1, &first[0]);
    uuid_make(2, &first[1]);
    assert_string_not_equal(first[0].text, first[1].text);
    uuid_seeded(seed, 0, &again);
    assert_string_not_equal(first[0].text, again.text);
    uuid_replay(&seed);
    uuid_make(3, &again);
    assert_string_equal(first[0].text, again.text);
    uuid_replay(NULL);
    uuid_make(3, &again);
    assert_string_not_equal(first[1].text, again.text);
    assert_int_equal(again.text[14], '7');
}

static void passing_ids_do_not_move_those_of_a_replay(void **state)
{
    (void)state;
    const uint64_t seed = 7;
    struct uuid first;
    struct uuid passing;
    struct uuid again;
    uuid_replay(&seed);
    uuid_make(0, &first);
    uuid_replay(&seed);
    uuid_make_passing(0, &passing);
    uuid_make(0, &again);
    uuid_replay(NULL);
    assert_string_equal(first.text, again.text);
    assert_string_not_equal(first.text, passing.text);
    uuid_make_passing(INT64_C(1700000000000000), &passing);
    assert_int_equal(passing.text[14], '7');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_usual_spelling_becomes_the_canonical_one),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(new_ids_rise_even_when_the_clock_stands_or_steps_back),
        cmocka_unit_test(threads_never_make_the_same_id),
        cmocka_unit_test(seeded_ids_repeat_and_differ),
        cmocka_unit_test(a_replay_gives_the_same_ids_again_and_then_new_ones),
        cmocka_unit_test(passing_ids_do_not_move_those_of_a_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
