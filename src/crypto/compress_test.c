/* Proves that what is packed comes back, and that no input makes more come out than was allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zstd.h>

#include "base/arena.h"
#include "crypto/compress.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum { TEXT_BYTES = 300000, ARENA_BYTES = 64 * 1024 * 1024 };

typedef enum result pack_call(struct arena *arena, struct slice bytes, int level, struct slice *out,
                              struct error *error);
typedef enum result unpack_call(struct arena *arena, struct slice bytes, size_t bytes_max,
                                struct slice *out, struct error *error);

/* Both formats keep the same promises. */
static const struct format {
    pack_call *pack;
    unpack_call *unpack;
} formats[] = { { zstd_pack, zstd_unpack }, { gzip_pack, gzip_unpack } };

static int set_up(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct slice long_text(struct arena *arena)
{
    char *text = arena_alloc(arena, TEXT_BYTES);
    assert_non_null(text);
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        text[i] = (char)('a' + (i * i / 7) % 26);
    }
    return (struct slice){ text, TEXT_BYTES };
}

static struct slice packed_with(const struct format *format, struct arena *arena,
                                struct slice bytes)
{
    struct slice out = { NULL, 0 };
    struct error error = { 0 };
    assert_int_equal(format->pack(arena, bytes, 3, &out, &error), RESULT_OK);
    return out;
}

/* As a client makes it that does not know the length beforehand: the frame names none. */
static struct slice zstd_streamed(struct arena *arena, struct slice bytes, int window_log)
{
    size_t room = ZSTD_compressBound(bytes.length) + 64;
    ZSTD_outBuffer out = { arena_alloc(arena, room), room, 0 };
    ZSTD_inBuffer in = { bytes.text, bytes.length, 0 };
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(out.dst);
    assert_non_null(context);
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)));
    assert_false(ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue)));
    assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    (void)ZSTD_freeCCtx(context);
    assert_true(ZSTD_getFrameContentSize(out.dst, out.pos) == ZSTD_CONTENTSIZE_UNKNOWN);
    return (struct slice){ out.dst, out.pos };
}

static void what_is_packed_comes_back(void **state)
{
    struct slice text = long_text(*state);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct slice out = { NULL, 0 };
        struct slice packed = packed_with(&formats[i], *state, text);
        assert_true(packed.length < text.length);
        assert_int_equal(formats[i].unpack(*state, packed, TEXT_BYTES, &out, NULL), RESULT_OK);
        assert_true(slice_equal(out, text));
    }
}

static void an_empty_text_comes_back_empty(void **state)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct slice out = { "x", 1 };
        struct slice packed = packed_with(&formats[i], *state, (struct slice){ NULL, 0 });
        assert_int_equal(formats[i].unpack(*state, packed, 0, &out, NULL), RESULT_OK);
        assert_int_equal(out.length, 0);
    }
    struct slice out = { "x", 1 };
    struct slice packed = zstd_streamed(*state, (struct slice){ NULL, 0 }, 17);
    assert_int_equal(zstd_unpack(*state, packed, 0, &out, NULL), RESULT_OK);
    assert_int_equal(out.length, 0);
}

static void one_byte_past_the_ceiling_is_too_large(void **state)
{
    struct slice text = long_text(*state);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct slice out = { NULL, 0 };
        struct error error = { 0 };
        struct slice packed = packed_with(&formats[i], *state, text);
        assert_int_equal(formats[i].unpack(*state, packed, TEXT_BYTES - 1, &out, &error),
                         RESULT_TOO_LARGE);
        assert_non_null(strstr(error.text, "299999"));
        assert_null(out.text);
    }
}

static void zstd_without_a_length_keeps_the_ceiling_too(void **state)
{
    struct slice text = long_text(*state);
    struct slice out = { NULL, 0 };
    struct slice packed = zstd_streamed(*state, text, 17);
    assert_int_equal(zstd_unpack(*state, packed, TEXT_BYTES - 1, &out, NULL), RESULT_TOO_LARGE);
    assert_int_equal(zstd_unpack(*state, packed, TEXT_BYTES, &out, NULL), RESULT_OK);
    assert_true(slice_equal(out, text));
}

static void zstd_that_asks_for_a_window_over_8_mib_is_refused(void **state)
{
    struct slice text = long_text(*state);
    struct slice out = { NULL, 0 };
    assert_int_equal(zstd_unpack(*state, zstd_streamed(*state, text, 23), TEXT_BYTES, &out, NULL),
                     RESULT_OK);
    assert_int_equal(zstd_unpack(*state, zstd_streamed(*state, text, 24), TEXT_BYTES, &out, NULL),
                     RESULT_INVALID);
}

/* Header of one frame that names 3 bytes, with the content of another of many more. */
static void zstd_whose_named_length_is_false_is_refused(void **state)
{
    struct slice out = { NULL, 0 };
    struct slice packed = packed_with(&formats[0], *state, long_text(*state));
    char *lie = arena_strndup(*state, packed.text, packed.length);
    assert_non_null(lie);
    unsigned char descriptor = (unsigned char)lie[4];
    assert_int_equal(descriptor >> 6, 2); /* four bytes of length, right behind the descriptor */
    lie[5] = 3;
    lie[6] = lie[7] = lie[8] = 0;
    assert_int_equal(zstd_unpack(*state, (struct slice){ lie, packed.length }, 100, &out, NULL),
                     RESULT_INVALID);
}

static void every_truncation_is_refused(void **state)
{
    struct slice text = { "a text that is a text that is a text", 36 };
    struct slice packed[] = { packed_with(&formats[0], *state, text),
                              packed_with(&formats[1], *state, text),
                              zstd_streamed(*state, text, 17) };
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
        for (size_t length = 0; length < packed[i].length; length++) {
            struct slice out = { NULL, 0 };
            /* Exactly that many bytes, so that the sanitizer sees a read behind them. */
            char *cut = test_malloc(length + 1);
            memcpy(cut, packed[i].text, length);
            assert_int_equal(
                formats[i % 2].unpack(*state, (struct slice){ cut, length }, 1000, &out, NULL),
                RESULT_INVALID);
            test_free(cut);
        }
    }
}

static void what_follows_the_end_is_refused(void **state)
{
    struct slice text = { "text", 4 };
    struct slice packed[] = { packed_with(&formats[0], *state, text),
                              packed_with(&formats[1], *state, text),
                              zstd_streamed(*state, text, 17) };
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
        struct slice out = { NULL, 0 };
        char *twice = arena_alloc(*state, 2 * packed[i].length);
        assert_non_null(twice);
        memcpy(twice, packed[i].text, packed[i].length);
        memcpy(twice + packed[i].length, packed[i].text, packed[i].length);
        for (size_t more = 1; more <= packed[i].length; more++) {
            struct slice long_one = { twice, packed[i].length + more };
            assert_int_equal(formats[i % 2].unpack(*state, long_one, 1000, &out, NULL),
                             RESULT_INVALID);
        }
    }
}

static void other_bytes_are_refused(void **state)
{
    static const struct slice others[] = { { "", 0 }, { "plain text, long enough", 23 } };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct slice out = { NULL, 0 };
        assert_int_equal(zstd_unpack(*state, others[i], 1000, &out, NULL), RESULT_INVALID);
        assert_int_equal(gzip_unpack(*state, others[i], 1000, &out, NULL), RESULT_INVALID);
    }
}

static void a_full_arena_is_no_memory(void **state)
{
    struct slice out = { NULL, 0 };
    struct slice text = long_text(*state);
    struct slice streamed = zstd_streamed(*state, text, 17);
    struct arena *small = arena_new(1000);
    assert_non_null(small);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct slice packed = packed_with(&formats[i], *state, text);
        assert_int_equal(formats[i].pack(small, text, 1, &out, NULL), RESULT_NO_MEMORY);
        assert_int_equal(formats[i].unpack(small, packed, TEXT_BYTES, &out, NULL),
                         RESULT_NO_MEMORY);
    }
    assert_int_equal(zstd_unpack(small, streamed, TEXT_BYTES, &out, NULL), RESULT_NO_MEMORY);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_packed_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_text_comes_back_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_byte_past_the_ceiling_is_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zstd_without_a_length_keeps_the_ceiling_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(zstd_that_asks_for_a_window_over_8_mib_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(zstd_whose_named_length_is_false_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_truncation_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_follows_the_end_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_bytes_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_arena_is_no_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
