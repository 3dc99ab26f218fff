#include "crypto/digest.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/base64.h"

struct sha256 {
    gnutls_hash_hd_t hash;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *digest = calloc(1, sizeof(*digest)); /* freed by sha256_finish */
    if (digest != NULL && gnutls_hash_init(&digest->hash, GNUTLS_DIG_SHA256) != GNUTLS_E_SUCCESS) {
        free(digest);
        return NULL;
    }
    return digest;
}

void sha256_add(struct sha256 *digest, const void *bytes, size_t length)
{
    if (length > 0) {
        (void)gnutls_hash(digest->hash, bytes, length);
    }
}

void sha256_finish(struct sha256 *digest, uint8_t out[SHA256_BYTES])
{
    gnutls_hash_deinit(digest->hash, out);
    free(digest);
}

/* The library fails here only when it is broken or out of memory: nothing safe can follow. */
static void require(int code, const char *what)
{
    if (code != GNUTLS_E_SUCCESS) {
        (void)fprintf(stderr, "reeve: %s failed: %s\n", what, gnutls_strerror(code));
        abort();
    }
}

void sha256_of(struct slice bytes, uint8_t out[SHA256_BYTES])
{
    require(
        gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes.length == 0 ? "" : bytes.text, bytes.length, out),
        "SHA-256");
}

void sha256_hex_of(struct slice bytes, char out[SHA256_HEX_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    sha256_of(bytes, digest);
    hex_encode(digest, sizeof(digest), out);
}

void hmac_sha256(struct slice key, struct slice bytes, uint8_t out[SHA256_BYTES])
{
    require(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.length == 0 ? "" : key.text, key.length,
                             bytes.length == 0 ? "" : bytes.text, bytes.length, out),
            "HMAC");
}

static struct {
    pthread_mutex_t lock;
    bool replays;
    uint64_t seed, count;
} replay = { .lock = PTHREAD_MUTEX_INITIALIZER };

void random_replay(const uint64_t *seed)
{
    (void)pthread_mutex_lock(&replay.lock);
    replay.replays = seed != NULL;
    replay.seed = seed == NULL ? 0 : *seed;
    replay.count = 0;
    (void)pthread_mutex_unlock(&replay.lock);
}

/* The digests of the seed and a number that counts up, each one's last bytes dropped. */
static bool replay_take(char *out, size_t length)
{
    (void)pthread_mutex_lock(&replay.lock);
    bool replays = replay.replays;
    for (size_t done = 0; replays && done < length; done += SHA256_BYTES) {
        const uint64_t words[] = { replay.seed, replay.count++ };
        uint8_t digest[SHA256_BYTES];
        sha256_of((struct slice){ (const char *)words, sizeof(words) }, digest);
        size_t part = length - done < SHA256_BYTES ? length - done : SHA256_BYTES;
        memcpy(out + done, digest, part);
    }
    (void)pthread_mutex_unlock(&replay.lock);
    return replays;
}

void random_bytes(void *out, size_t length)
{
    char *at = out;
    if (replay_take(at, length)) {
        return;
    }
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            (void)fputs("reeve: the system gives no random bytes\n", stderr);
            abort();
        }
        at += got;
        length -= (size_t)got;
    }
}

void random_alphanumeric(char *out, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    enum { COUNT = sizeof(letters) - 1, FAIR = 256 / COUNT * COUNT };
    size_t made = 0;
    uint8_t bytes[64];
    while (made < length) {
        random_bytes(bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes) && made < length; i++) {
            if (bytes[i] < FAIR) {
                out[made++] = letters[bytes[i] % COUNT];
            }
        }
    }
    out[length] = '\0';
    bytes_wipe(bytes, sizeof(bytes));
}

bool bytes_equal_constant_time(const void *a, const void *b, size_t length)
{
    return length == 0 || gnutls_memcmp(a, b, length) == 0;
}

void bytes_wipe(void *bytes, size_t length)
{
    if (length > 0) {
        gnutls_memset(bytes, 0, length);
    }
}
