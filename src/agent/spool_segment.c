#include "agent/spool_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/spool.h"

enum { NAME_DIGITS = 20 };

/* CRC-32 as of gzip, four bits at a time. */
static uint32_t checksum(struct slice bytes)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t sum = 0xffffffffU;
    for (size_t i = 0; i < bytes.length; i++) {
        sum ^= (unsigned char)bytes.text[i];
        sum = table[sum & 15U] ^ (sum >> 4);
        sum = table[sum & 15U] ^ (sum >> 4);
    }
    return ~sum;
}

static void put_number(unsigned char *out, uint32_t number)
{
    for (size_t i = 0; i < 4; i++) {
        out[i] = (unsigned char)(number >> (8 * i));
    }
}

static uint32_t get_number(const char *bytes)
{
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++) {
        number |= (uint32_t)(unsigned char)bytes[i] << (8 * i);
    }
    return number;
}

void segment_name(uint64_t first, char out[SEGMENT_NAME_BYTES])
{
    (void)snprintf(out, SEGMENT_NAME_BYTES, "%0*" PRIu64 ".seg", NAME_DIGITS, first);
}

bool segment_name_read(const char *name, uint64_t *out_first)
{
    int64_t first = 0;
    struct slice text = slice_of(name);
    if (text.length != NAME_DIGITS + 4 || strcmp(name + NAME_DIGITS, ".seg") != 0) {
        return false;
    }
    text.length = NAME_DIGITS;
    if (!slice_int64(text, &first) || first < 1) {
        return false;
    }
    *out_first = (uint64_t)first;
    return true;
}

bool segment_next(struct slice *rest, struct slice *out_record)
{
    if (rest->length < SEGMENT_HEAD_BYTES) {
        return false;
    }
    uint32_t length = get_number(rest->text);
    if (length == 0 || length > SPOOL_RECORD_BYTES_MAX ||
        length > rest->length - SEGMENT_HEAD_BYTES) {
        return false;
    }
    struct slice record = { rest->text + SEGMENT_HEAD_BYTES, length };
    if (checksum(record) != get_number(rest->text + 4)) {
        return false;
    }
    rest->text += SEGMENT_HEAD_BYTES + length;
    rest->length -= SEGMENT_HEAD_BYTES + length;
    *out_record = record;
    return true;
}

enum result segment_load(int folder, uint64_t first, struct buffer *out, struct error *error)
{
    char name[SEGMENT_NAME_BYTES];
    char bytes[16384];
    ssize_t got = 0;
    segment_name(first, name);
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return fail(error, RESULT_BROKEN, NULL, "cannot read the queue's %s: %s", name,
                    strerror(errno));
    }
    while ((got = read(file, bytes, sizeof(bytes))) > 0 || (got < 0 && errno == EINTR)) {
        buffer_add(out, bytes, got > 0 ? (size_t)got : 0);
    }
    (void)close(file);
    if (got < 0 || out->overflow) {
        return fail(error, RESULT_BROKEN, NULL, "cannot read the queue's %s whole", name);
    }
    return RESULT_OK;
}

bool segment_write(int file, uint64_t at, struct slice record)
{
    unsigned char head[SEGMENT_HEAD_BYTES];
    char *bytes = (char *)(uintptr_t)record.text; /* iovec has no const */
    put_number(head, (uint32_t)record.length);
    put_number(head + 4, checksum(record));
    struct iovec parts[2] = { { head, sizeof(head) }, { bytes, record.length } };
    ssize_t written = 0;
    do {
        written = pwritev(file, parts, 2, (off_t)at);
    } while (written < 0 && errno == EINTR);
    return written == (ssize_t)(SEGMENT_HEAD_BYTES + record.length);
}
