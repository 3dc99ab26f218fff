/* Proves digests against published vectors, and that random texts keep to their letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/digest.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

#define ABC_HEX   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void assert_hex(const uint8_t digest[SHA256_BYTES], const char *expected)
{
    char hex[SHA256_HEX_BYTES];
    hex_encode(digest, SHA256_BYTES, hex);
    assert_string_equal(hex, expected);
}

static void sha256_meets_the_published_values(void **state)
{
    (void)state;
    char hex[SHA256_HEX_BYTES];
    sha256_hex_of(SLICE("abc"), hex);
    assert_string_equal(hex, ABC_HEX);
    sha256_hex_of((struct slice){ NULL, 0 }, hex);
    assert_string_equal(hex, EMPTY_HEX);
}

static void sha256_in_pieces_is_sha256_of_the_whole(void **state)
{
    (void)state;
    uint8_t digest[SHA256_BYTES];
    struct sha256 *pieces = sha256_new();
    assert_non_null(pieces);
    sha256_add(pieces, "a", 1);
    sha256_add(pieces, NULL, 0);
    sha256_add(pieces, "bc", 2);
    sha256_finish(pieces, digest);
    assert_hex(digest, ABC_HEX);
}

/* RFC 4231, test cases 2 and 6 (a key longer than a block). */
static void hmac_meets_the_published_values(void **state)
{
    (void)state;
    uint8_t digest[SHA256_BYTES];
    char key[131];
    hmac_sha256(SLICE("Jefe"), SLICE("what do ya want for nothing?"), digest);
    assert_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xAA, sizeof(key));
    hmac_sha256((struct slice){ key, sizeof(key) },
                SLICE("Test Using Larger Than Block-Size Key - Hash Key First"), digest);
    assert_hex(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hmac_takes_an_empty_key_and_an_empty_text(void **state)
{
    (void)state;
    uint8_t digest[SHA256_BYTES];
    hmac_sha256((struct slice){ NULL, 0 }, (struct slice){ NULL, 0 }, digest);
    assert_hex(digest, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void random_bytes_fill_everything_and_nothing_more(void **state)
{
    (void)state;
    uint8_t bytes[1000];
    size_t zeros = 0;
    memset(bytes, 0, sizeof(bytes));
    random_bytes(bytes, sizeof(bytes) - 1);
    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
        zeros += bytes[i] == 0 ? 1 : 0;
    }
    assert_in_range(zeros, 0, 40); /* about 4 are expected */
    assert_int_equal(bytes[sizeof(bytes) - 1], 0);
    random_bytes(bytes, 0);
}

static void random_alphanumeric_uses_every_letter_and_ends_with_nul(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char text[8001];
    memset(text, '#', sizeof(text));
    random_alphanumeric(text, 8000);
    assert_int_equal(strlen(text), 8000);
    assert_int_equal(strspn(text, letters), 8000);
    for (const char *letter = letters; *letter != '\0'; letter++) {
        assert_non_null(strchr(text, *letter));
    }
    text[1] = '#';
    random_alphanumeric(text, 0);
    assert_int_equal(text[0], '\0');
    assert_int_equal(text[1], '#');
}

static void two_random_texts_differ(void **state)
{
    (void)state;
    char a[33];
    char b[33];
    random_alphanumeric(a, 32);
    random_alphanumeric(b, 32);
    assert_string_not_equal(a, b);
}

static void comparison_sees_the_first_and_the_last_byte(void **state)
{
    (void)state;
    assert_true(bytes_equal_constant_time("secret", "secret", 6));
    assert_false(bytes_equal_constant_time("secret", "Secret", 6));
    assert_false(bytes_equal_constant_time("secret", "secreT", 6));
    assert_true(bytes_equal_constant_time("secret", "secreT", 5));
    assert_true(bytes_equal_constant_time(NULL, NULL, 0));
}

static void wiped_bytes_are_zero(void **state)
{
    (void)state;
    char secret[8] = "secret!";
    bytes_wipe(secret, 6);
    assert_memory_equal(secret, "\0\0\0\0\0\0!", 8);
    bytes_wipe(NULL, 0);
}

static void a_replay_gives_the_same_bytes_again_and_then_random_ones(void **state)
{
    (void)state;
    const uint64_t seed = 3;
    const uint64_t other = 4;
    uint8_t a[3][40];
    random_replay(&seed);
    random_bytes(a[0], sizeof(a[0]));
    random_bytes(a[1], sizeof(a[1]));
    assert_memory_not_equal(a[0], a[1], sizeof(a[0]));
    random_replay(&seed);
    random_bytes(a[2], sizeof(a[2]));
    assert_memory_equal(a[0], a[2], sizeof(a[0]));
    random_replay(&other);
    random_bytes(a[2], sizeof(a[2]));
    assert_memory_not_equal(a[0], a[2], sizeof(a[0]));
    random_replay(NULL);
    random_bytes(a[2], sizeof(a[2]));
    random_bytes(a[1], sizeof(a[1]));
    assert_memory_not_equal(a[1], a[2], sizeof(a[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_meets_the_published_values),
        cmocka_unit_test(sha256_in_pieces_is_sha256_of_the_whole),
        cmocka_unit_test(hmac_meets_the_published_values),
        cmocka_unit_test(hmac_takes_an_empty_key_and_an_empty_text),
        cmocka_unit_test(random_bytes_fill_everything_and_nothing_more),
        cmocka_unit_test(random_alphanumeric_uses_every_letter_and_ends_with_nul),
        cmocka_unit_test(two_random_texts_differ),
        cmocka_unit_test(comparison_sees_the_first_and_the_last_byte),
        cmocka_unit_test(wiped_bytes_are_zero),
        cmocka_unit_test(a_replay_gives_the_same_bytes_again_and_then_random_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
