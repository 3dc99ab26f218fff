/* Contents that share their pieces: what is written to one is not seen in another, at any offset and length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/memory_content.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define ROOM ((size_t)200 * 1024)

/* The same bytes kept the plain way, to compare with. */
struct pair {
    struct content content;
    unsigned char plain[ROOM];
};

static uint64_t chance = 1;

static size_t up_to(size_t most)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((chance >> 33) % (most + 1));
}

static void write_somewhere(struct pair *pair)
{
    unsigned char bytes[40000];
    size_t length = up_to(sizeof(bytes));
    size_t at = up_to(ROOM - length);
    int filler = (unsigned char)up_to(255);
    memset(bytes, filler, length);
    assert_int_equal(content_write(&pair->content, (int64_t)at, bytes, length), CONTENT_OK);
    memcpy(pair->plain + at, bytes, length);
}

static void check(const struct pair *pair)
{
    static unsigned char bytes[ROOM];
    enum content_result wanted = (int64_t)ROOM > pair->content.bytes ? CONTENT_SHORT : CONTENT_OK;
    assert_int_equal(content_read(&pair->content, 0, bytes, ROOM), wanted);
    assert_memory_equal(bytes, pair->plain, ROOM);
    size_t at = up_to(ROOM - 1);
    size_t length = up_to(ROOM - at);
    (void)content_read(&pair->content, (int64_t)at, bytes, length);
    assert_memory_equal(bytes, pair->plain + at, length);
}

static void what_is_written_to_one_is_not_seen_in_others(void **state)
{
    static struct pair pairs[4];
    (void)state;
    for (int round = 0; round < 600; round++) {
        struct pair *pair = &pairs[up_to(3)];
        write_somewhere(pair);
        if (round % 7 == 0) {
            struct pair *other = &pairs[up_to(3)];
            struct content copy;
            assert_true(content_share(&pair->content, &copy));
            content_done(&other->content);
            other->content = copy;
            memmove(other->plain, pair->plain, ROOM);
        }
        for (size_t i = 0; i < 4; i++) {
            check(&pairs[i]);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        content_done(&pairs[i].content);
    }
}

static void an_end_that_is_cut_off_is_gone(void **state)
{
    struct content content = { .count = 0 };
    struct content copy;
    unsigned char byte = 0;
    (void)state;
    assert_int_equal(content_write(&content, 100000, "x", 1), CONTENT_OK);
    assert_int_equal(content.bytes, 100001);
    assert_true(content_share(&content, &copy));
    content_truncate(&content, 20000);
    content_truncate(&content, 30000); /* it does not grow by that */
    assert_int_equal(content.bytes, 20000);
    assert_int_equal(content_read(&content, 100000, &byte, 1), CONTENT_SHORT);
    assert_int_equal(byte, 0);
    assert_int_equal(content_read(&copy, 100000, &byte, 1), CONTENT_OK);
    assert_int_equal(byte, 'x');
    content_done(&content);
    content_done(&copy);
}

static void it_does_not_grow_without_end(void **state)
{
    struct content content = { .count = 0 };
    (void)state;
    assert_int_equal(content_write(&content, INT64_C(16) << 30, "x", 1), CONTENT_FULL);
    assert_int_equal(content.bytes, 0);
    content_done(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_to_one_is_not_seen_in_others),
        cmocka_unit_test(an_end_that_is_cut_off_is_gone),
        cmocka_unit_test(it_does_not_grow_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
