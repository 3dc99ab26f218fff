/* Syslog has no answers. What tells that a receiver has read everything is the end of the connection: we say that we are done, and
   RFC 5425 (4.4) has the receiver say so, too. So a batch is a connection of its own, and counts when that answer came. A receiver
   that stops by itself ends connections as well, so we also look whether its system threw away what it had not read. */
#include "notify/syslog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "notify/target_parts.h"

enum {
    PEM_BYTES_MAX = 64 * 1024,
    MESSAGE_BYTES_MIN = 2048, /* what every receiver takes (RFC 5425, 4.3.1) */
    MESSAGE_BYTES_MAX = 16 * 1024 * 1024,
    BATCH_BYTES_MAX = 4 * 1024 * 1024, /* one message may be larger */
    HEAD_BYTES_MAX = 1024,
    PORT_MAX = 65535,
    TIMEOUT_S_MAX = 300,
    SLICE_MS = 500, /* how soon a cancel is seen */
    END_MS = 2000,  /* for a receiver that has ended TLS to end the connection, too */
    LOOK_MS = 5,
    SEVERITY_INFORMATIONAL = 6,
    SEVERITIES = 8,
};

/* clang-format off */
static const char *const confirm_choices[] = { "closeNotify", "close", "none", NULL };
static const struct target_setting settings_table[] = {
    { .name = "host", .needed = true, .min = 1, .max = 253, .summary = "Name or address of the receiver; its certificate must have it" },
    { .name = "port", .type = SETTING_NUMBER, .min = 1, .max = PORT_MAX, .usual = "6514", .summary = "Its port" },
    { .name = "caCertificate", .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of the authorities to trust instead of the system's" },
    { .name = "clientCertificate", .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of a certificate to show" },
    { .name = "clientKey", .secret = true, .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of its key" },
    { .name = "facility", .type = SETTING_NUMBER, .min = 0, .max = 23, .usual = "13", .summary = "Facility of messages; 13 is log audit" },
    { .name = "hostName", .min = 1, .max = 255, .usual = "reeve", .summary = "HOSTNAME of messages" },
    { .name = "appName", .min = 1, .max = 48, .usual = "reeve", .summary = "APP-NAME of messages" },
    { .name = "messageBytes", .type = SETTING_NUMBER, .min = MESSAGE_BYTES_MIN, .max = MESSAGE_BYTES_MAX, .usual = "262144", .summary = "Longest message that the receiver takes" },
    { .name = "confirm", .type = SETTING_CHOICE, .choices = confirm_choices, .usual = "closeNotify", .summary = "What tells that a batch was read: the receiver's end of TLS, its end of the connection, or nothing" },
    { .name = "timeoutSeconds", .type = SETTING_NUMBER, .min = 1, .max = TIMEOUT_S_MAX, .usual = "30", .summary = "How long a batch may take" },
    { 0 },
};
/* clang-format on */

enum confirm { CONFIRM_CLOSE_NOTIFY, CONFIRM_CLOSE, CONFIRM_NONE };

struct syslog {
    const struct format *format;
    gnutls_certificate_credentials_t credentials;
    struct arena *making;
    struct buffer record, frames;
    struct syslog_head head;
    char *host, *port, *host_name, *app_name;
    enum confirm confirm;
    size_t message_bytes_max;
    int64_t timeout_us;
    atomic_bool cancelled;
};

/* One connection, for one batch. */
struct link {
    const struct syslog *target;
    struct error *error;
    gnutls_session_t tls;
    int socket;
    int64_t end_us; /* monotonic */
};

/* --- messages ------------------------------------------------------------------------------------------------------ */

enum result syslog_frame(const struct syslog_head *head, const struct delivery_item *item,
                         struct slice record, size_t bytes_max, struct buffer *out,
                         struct error *error)
{
    char start[HEAD_BYTES_MAX];
    char moment[TIME_TEXT_BYTES];
    (void)time_format(item->time, TIME_ZULU, moment);
    int length = snprintf(start, sizeof(start), "<%d>1 %s %s %s - %s - ",
                          (int)head->facility * SEVERITIES + SEVERITY_INFORMATIONAL, moment,
                          head->host, head->app, feed_names[item->feed]);
    if (length < 0 || (size_t)length >= sizeof(start) ||
        (size_t)length + record.length > bytes_max) {
        return fail(error, RESULT_TOO_LARGE, NULL, "the message is over %zu bytes", bytes_max);
    }
    buffer_print(out, "%zu ", (size_t)length + record.length);
    buffer_add(out, start, (size_t)length);
    buffer_add(out, record.text, record.length);
    return RESULT_OK;
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static enum result word_check(const char *name, struct slice text, struct error *error)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] < '!' || text.text[i] > '~') {
            return fail(error, RESULT_INVALID, name,
                        "%s must be printable ASCII characters without blanks", name);
        }
    }
    return RESULT_OK;
}

static void syslog_close(void *state)
{
    struct syslog *target = state;
    if (target == NULL) {
        return;
    }
    if (target->credentials != NULL) {
        gnutls_certificate_free_credentials(target->credentials);
    }
    arena_free(target->making);
    buffer_done(&target->record);
    buffer_done(&target->frames);
    free(target->host);
    free(target->port);
    free(target->host_name);
    free(target->app_name);
    free(target);
}

static gnutls_datum_t datum_of(struct slice pem)
{
    union {
        const char *text;
        unsigned char *data;
    } bytes = { .text = pem.text };
    return (gnutls_datum_t){ .data = bytes.data, .size = (unsigned)pem.length };
}

static enum result trust_make(struct syslog *target, struct slice ca, struct error *error)
{
    gnutls_datum_t datum = datum_of(ca);
    if (ca.length == 0) {
        return gnutls_certificate_set_x509_system_trust(target->credentials) < 0
                   ? fail(error, RESULT_INVALID, "caCertificate",
                          "this machine trusts no authorities, so caCertificate is needed")
                   : RESULT_OK;
    }
    return gnutls_certificate_set_x509_trust_mem(target->credentials, &datum,
                                                 GNUTLS_X509_FMT_PEM) <= 0
               ? fail(error, RESULT_INVALID, "caCertificate",
                      "caCertificate must be certificates in PEM")
               : RESULT_OK;
}

static enum result credentials_make(struct syslog *target, const struct target_settings *settings,
                                    struct error *error)
{
    struct slice certificate = target_settings_text(settings, "clientCertificate");
    struct slice key = target_settings_text(settings, "clientKey");
    gnutls_datum_t certificate_datum = datum_of(certificate);
    gnutls_datum_t key_datum = datum_of(key);
    if ((certificate.length == 0) != (key.length == 0)) {
        const char *name = key.length == 0 ? "clientKey" : "clientCertificate";
        return fail(error, RESULT_INVALID, name, "clientCertificate and clientKey belong together");
    }
    if (gnutls_certificate_allocate_credentials(&target->credentials) < 0) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    TRY(trust_make(target, target_settings_text(settings, "caCertificate"), error));
    if (key.length > 0 &&
        gnutls_certificate_set_x509_key_mem(target->credentials, &certificate_datum, &key_datum,
                                            GNUTLS_X509_FMT_PEM) < 0) {
        return fail(error, RESULT_INVALID, "clientCertificate",
                    "clientCertificate and clientKey must be a certificate and its key in PEM");
    }
    return RESULT_OK;
}

static bool texts_make(struct syslog *target, const struct target_settings *settings)
{
    target->host = target_setting_copy(&target_syslog, settings, "host");
    target->port = target_setting_copy(&target_syslog, settings, "port");
    target->host_name = target_setting_copy(&target_syslog, settings, "hostName");
    target->app_name = target_setting_copy(&target_syslog, settings, "appName");
    target->head = (struct syslog_head){
        .facility = target_setting_number(&target_syslog, settings, "facility"),
        .host = target->host_name,
        .app = target->app_name,
    };
    return target->host != NULL && target->port != NULL && target->host_name != NULL &&
           target->app_name != NULL && target->making != NULL;
}

static enum confirm confirm_of(const struct target_settings *settings)
{
    struct slice text = target_settings_text(settings, "confirm");
    return slice_is(text, "none")    ? CONFIRM_NONE
           : slice_is(text, "close") ? CONFIRM_CLOSE
                                     : CONFIRM_CLOSE_NOTIFY;
}

static enum result syslog_open(const struct target_settings *settings, const struct format *format,
                               void **out_state, struct error *error)
{
    TRY(target_settings_check(&target_syslog, settings, error));
    TRY(word_check("host", target_settings_text(settings, "host"), error));
    TRY(word_check("hostName", target_settings_text(settings, "hostName"), error));
    TRY(word_check("appName", target_settings_text(settings, "appName"), error));
    struct syslog *target = calloc(1, sizeof(*target)); /* lives as long as its target is open */
    if (target == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    target->format = format;
    target->confirm = confirm_of(settings);
    target->message_bytes_max =
        (size_t)target_setting_number(&target_syslog, settings, "messageBytes");
    target->timeout_us =
        target_setting_number(&target_syslog, settings, "timeoutSeconds") * US_PER_SECOND;
    target->making = arena_new(TARGET_RECORD_MEMORY_MAX);
    buffer_init(&target->record, TARGET_RECORD_BYTES_MAX);
    buffer_init(&target->frames, BATCH_BYTES_MAX + MESSAGE_BYTES_MAX + HEAD_BYTES_MAX);
    enum result result = texts_make(target, settings)
                             ? credentials_make(target, settings, error)
                             : fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    if (result != RESULT_OK) {
        syslog_close(target);
        return result;
    }
    *out_state = target;
    return RESULT_OK;
}

/* --- the connection -------------------------------------------------------------------------------------------------- */

static enum result link_fault(const struct link *link, const char *what)
{
    return fail(link->error, RESULT_BUSY, NULL, "%s:%s %s", link->target->host, link->target->port,
                what);
}

/* Until the socket is ready, in slices, so that a cancel is seen. */
static enum result link_wait(const struct link *link, short events)
{
    while (!atomic_load(&link->target->cancelled)) {
        struct pollfd entry = { .fd = link->socket, .events = events };
        int ready = poll(&entry, 1, SLICE_MS);
        if (ready > 0) {
            return RESULT_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return link_fault(link, "was lost");
        }
        if (time_monotonic_us() >= link->end_us) {
            return link_fault(link, "takes too long");
        }
    }
    return link_fault(link, "is left alone: the target is being closed");
}

/* For loops that may go round without waiting. */
static enum result link_goes_on(const struct link *link)
{
    return atomic_load(&link->target->cancelled) || time_monotonic_us() >= link->end_us
               ? link_fault(link, "takes too long")
               : RESULT_OK;
}

static enum result address_connect(struct link *link, const struct addrinfo *address)
{
    char reason[128];
    int fault = 0;
    socklen_t length = sizeof(fault);
    link->socket = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->socket < 0) {
        return link_fault(link, "can't be called: no socket");
    }
    if (connect(link->socket, address->ai_addr, address->ai_addrlen) == 0) {
        return RESULT_OK;
    }
    fault = errno;
    if (fault == EINPROGRESS) {
        TRY(link_wait(link, POLLOUT));
        if (getsockopt(link->socket, SOL_SOCKET, SO_ERROR, &fault, &length) != 0) {
            fault = errno;
        }
    }
    return fault == 0 ? RESULT_OK
                      : fail(link->error, RESULT_BUSY, NULL, "%s:%s can't be reached: %s",
                             link->target->host, link->target->port,
                             strerror_r(fault, reason, sizeof(reason)));
}

static enum result link_connect(struct link *link)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *found = NULL;
    if (getaddrinfo(link->target->host, link->target->port, &hints, &found) != 0) {
        return link_fault(link, "is not known by this name");
    }
    enum result result = RESULT_BUSY;
    const int64_t end_us = link->end_us;
    for (const struct addrinfo *at = found; at != NULL && result != RESULT_OK; at = at->ai_next) {
        if (link->socket >= 0) {
            (void)close(link->socket);
        }
        /* An address that answers nothing leaves half of the time to the others. */
        int64_t now_us = time_monotonic_us();
        link->end_us = at->ai_next == NULL ? end_us : now_us + (end_us - now_us) / 2;
        result = address_connect(link, at);
    }
    link->end_us = end_us;
    freeaddrinfo(found);
    return result;
}

/* What a call of GnuTLS that wants to be called again waits for. */
static enum result tls_wait(const struct link *link)
{
    return link_wait(link, gnutls_record_get_direction(link->tls) == 0 ? POLLIN : POLLOUT);
}

static bool is_passing(ssize_t code)
{
    return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

static enum result handshake_fault(const struct link *link, int code)
{
    gnutls_datum_t text = { .data = NULL };
    if (code != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
        return fail(link->error, RESULT_BUSY, NULL, "no TLS with %s:%s: %s", link->target->host,
                    link->target->port, gnutls_strerror(code));
    }
    (void)gnutls_certificate_verification_status_print(
        gnutls_session_get_verify_cert_status(link->tls), GNUTLS_CRT_X509, &text, 0);
    enum result result =
        fail(link->error, RESULT_DENIED, NULL, "the certificate of %s:%s does not hold: %s",
             link->target->host, link->target->port,
             text.data == NULL ? gnutls_strerror(code) : (const char *)text.data);
    gnutls_free(text.data);
    return result;
}

static bool is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static enum result link_secure(struct link *link)
{
    const char *host = link->target->host;
    if (gnutls_init(&link->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
        gnutls_priority_set_direct(link->tls, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", NULL) <
            0 ||
        gnutls_credentials_set(link->tls, GNUTLS_CRD_CERTIFICATE, link->target->credentials) < 0) {
        return fail(link->error, RESULT_NO_MEMORY, NULL, "no memory for TLS");
    }
    if (!is_address(host)) {
        (void)gnutls_server_name_set(link->tls, GNUTLS_NAME_DNS, host, strlen(host));
    }
    gnutls_session_set_verify_cert(link->tls, host, 0);
    gnutls_transport_set_int(link->tls, link->socket);
    int code = gnutls_handshake(link->tls);
    while (code < 0 && gnutls_error_is_fatal(code) == 0) {
        TRY(is_passing(code) ? tls_wait(link) : link_goes_on(link));
        code = gnutls_handshake(link->tls);
    }
    return code == GNUTLS_E_SUCCESS ? RESULT_OK : handshake_fault(link, code);
}

static enum result link_write(const struct link *link, struct slice bytes)
{
    size_t done = 0;
    while (done < bytes.length) {
        ssize_t count = gnutls_record_send(link->tls, bytes.text + done, bytes.length - done);
        if (count >= 0) {
            done += (size_t)count;
        } else if (is_passing(count)) {
            TRY(tls_wait(link));
        } else {
            return link_fault(link, "ended the connection");
        }
    }
    return RESULT_OK;
}

static enum result ended_early(const struct link *link)
{
    return link_fault(link, "ended the connection without saying that it read everything");
}

/* An end that came before we said that we are done is no answer to that. */
static enum result link_has_no_end(const struct link *link)
{
    char dropped[1024];
    ssize_t count = gnutls_record_recv(link->tls, dropped, sizeof(dropped));
    while (count > 0 ||
           (count < 0 && !is_passing(count) && gnutls_error_is_fatal((int)count) == 0)) {
        TRY(link_goes_on(link));
        count = gnutls_record_recv(link->tls, dropped, sizeof(dropped));
    }
    return is_passing(count) ? RESULT_OK : ended_early(link);
}

/* Behind the end of TLS. A system whose program ends with something unread resets the connection, else it ends it in order. One
   that does neither has at least said what RFC 5425 wants. */
static enum result link_is_read(const struct link *link)
{
    char dropped[1024];
    const int64_t end_us = time_monotonic_us() + END_MS * INT64_C(1000);
    (void)shutdown(link->socket, SHUT_WR);
    while (time_monotonic_us() < end_us) {
        struct pollfd entry = { .fd = link->socket, .events = POLLIN };
        (void)poll(&entry, 1, SLICE_MS);
        ssize_t count = recv(link->socket, dropped, sizeof(dropped), MSG_DONTWAIT);
        if (count == 0) {
            return RESULT_OK;
        }
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return ended_early(link);
        }
        TRY(link_goes_on(link));
    }
    return RESULT_OK;
}

/* Behind the end of the connection: what was still on its way then meets nobody, and the connection is reset. */
static enum result link_is_acknowledged(const struct link *link)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
    int queued = 1;
    while (queued > 0) {
        struct tcp_info facts = { .tcpi_state = TCP_CLOSE };
        socklen_t length = sizeof(facts);
        if (ioctl(link->socket, SIOCOUTQ, &queued) != 0 ||
            getsockopt(link->socket, IPPROTO_TCP, TCP_INFO, &facts, &length) != 0 ||
            facts.tcpi_state != TCP_CLOSE_WAIT) {
            return ended_early(link);
        }
        if (queued > 0) {
            TRY(link_goes_on(link));
            (void)nanosleep(&pause, NULL);
        }
    }
    return RESULT_OK;
}

/* Until the receiver says that it is done, too. */
static enum result link_end(const struct link *link)
{
    char dropped[1024];
    for (;;) {
        ssize_t count = gnutls_record_recv(link->tls, dropped, sizeof(dropped));
        if (count == 0) {
            return link_is_read(link); /* its close_notify */
        }
        if (count == GNUTLS_E_PREMATURE_TERMINATION && link->target->confirm == CONFIRM_CLOSE) {
            return link_is_acknowledged(link);
        }
        if (count < 0 && !is_passing(count) && gnutls_error_is_fatal((int)count) != 0) {
            return ended_early(link);
        }
        TRY(is_passing(count) ? tls_wait(link) : link_goes_on(link));
    }
}

/* Says that we are done, and waits for the receiver to say so. */
static enum result link_confirm(const struct link *link)
{
    bool wanted = link->target->confirm != CONFIRM_NONE;
    if (wanted) {
        TRY(link_has_no_end(link));
    }
    int code = gnutls_bye(link->tls, GNUTLS_SHUT_WR);
    while (is_passing(code)) {
        TRY(tls_wait(link));
        code = gnutls_bye(link->tls, GNUTLS_SHUT_WR);
    }
    if (code < 0) {
        return link_fault(link, "ended the connection");
    }
    return wanted ? link_end(link) : RESULT_OK;
}

static enum result frames_send(const struct syslog *target, struct error *error)
{
    struct link link = { .target = target,
                         .error = error,
                         .socket = -1,
                         .end_us = time_monotonic_us() + target->timeout_us };
    enum result result = link_connect(&link);
    if (result == RESULT_OK) {
        result = link_secure(&link);
    }
    if (result == RESULT_OK) {
        result = link_write(&link, buffer_slice(&target->frames));
    }
    if (result == RESULT_OK) {
        result = link_confirm(&link);
    }
    if (link.tls != NULL) {
        gnutls_deinit(link.tls);
    }
    if (link.socket >= 0) {
        (void)close(link.socket);
    }
    return result;
}

/* --- sending --------------------------------------------------------------------------------------------------------- */

/* Frames from the batch's start, at least one. A record that cannot be made ends them before it; at its start it is a
   failure. */
static enum result frames_fill(struct syslog *target, const struct delivery_item *items,
                               size_t count, size_t *out_taken, struct error *error)
{
    size_t taken = 0;
    enum result result = RESULT_OK;
    buffer_reset(&target->frames);
    while (taken < count && target->frames.length < BATCH_BYTES_MAX) {
        arena_reset(target->making);
        buffer_reset(&target->record);
        result = target->format->write(target->making, &items[taken], &target->record, error);
        if (result == RESULT_OK) {
            result = syslog_frame(&target->head, &items[taken], buffer_slice(&target->record),
                                  target->message_bytes_max, &target->frames, error);
        }
        if (result != RESULT_OK) {
            break;
        }
        taken++;
    }
    *out_taken = taken;
    return taken > 0 ? RESULT_OK : result;
}

static enum result syslog_send(void *state, const struct delivery_batch *batch,
                               size_t *out_delivered, struct error *error)
{
    struct syslog *target = state;
    enum result result = RESULT_OK;
    size_t delivered = 0;
    while (delivered < batch->count && result == RESULT_OK) {
        size_t taken = 0;
        result =
            frames_fill(target, batch->items + delivered, batch->count - delivered, &taken, error);
        if (result == RESULT_OK) {
            result = frames_send(target, error);
        }
        delivered += result == RESULT_OK ? taken : 0;
    }
    *out_delivered = delivered;
    return result;
}

static void syslog_cancel(void *state)
{
    struct syslog *target = state;
    atomic_store(&target->cancelled, true);
}

const struct target_driver target_syslog = {
    .kind = "syslog",
    .summary = "Syslog messages over TLS",
    .settings = settings_table,
    .open = syslog_open,
    .send = syslog_send,
    .close = syslog_close,
    .cancel = syslog_cancel,
};
