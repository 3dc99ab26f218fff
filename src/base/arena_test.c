/* Proves that an arena gives zeroed, aligned memory up to its bound and not a byte more. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { BOUND_BYTES = 100000, LARGE_BYTES = 1024 * 1024 };

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_new(BOUND_BYTES);
    for (size_t bytes = 1; bytes < 300; bytes += 7) {
        unsigned char *memory = arena_alloc(arena, bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < bytes; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xAB, bytes);
    }
    arena_free(arena);
}

static void the_bound_is_kept_to_the_byte(void **state)
{
    (void)state;
    struct arena *arena = arena_new(BOUND_BYTES);
    assert_null(arena_alloc(arena, BOUND_BYTES + 1));
    assert_non_null(arena_alloc(arena, BOUND_BYTES - 1));
    assert_int_equal(arena_used(arena), BOUND_BYTES - 1);
    assert_null(arena_alloc(arena, 2));
    assert_non_null(arena_alloc(arena, 1));
    assert_null(arena_alloc(arena, 1));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_strndup(arena, "x", SIZE_MAX));
    assert_null(arena_strdup(arena, ""));
    assert_null(arena_printf(arena, "%d", 1));
    arena_free(arena);
}

static void a_reset_makes_all_room_free_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new(LARGE_BYTES);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) {
            unsigned char *memory = arena_alloc(arena, 5000);
            assert_non_null(memory);
            assert_int_equal(memory[4999], 0);
            memset(memory, 0xFF, 5000);
        }
        assert_non_null(arena_alloc(arena, LARGE_BYTES - 500000));
        assert_null(arena_alloc(arena, 1));
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_free(arena);
}

static void copies_end_with_a_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new(BOUND_BYTES);
    assert_string_equal(arena_strdup(arena, "whole"), "whole");
    assert_string_equal(arena_strndup(arena, "cut here", 3), "cut");
    assert_string_equal(arena_strndup(arena, NULL, 0), "");
    assert_string_equal(arena_printf(arena, "%d of %s", 7, "nine"), "7 of nine");
    arena_free(arena);
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(the_bound_is_kept_to_the_byte),
        cmocka_unit_test(a_reset_makes_all_room_free_again),
        cmocka_unit_test(copies_end_with_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
