#include "fleet/multi.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/time.h"

enum { URL_BYTES = 1024, EVENTS_MAX = 256, CONNECT_TIMEOUT_MS = 30000, KEEP_BYTES = 64 * 1024 };

struct slot {
    struct multi *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct buffer body;
    uint64_t tag;
    int64_t started_us;
    struct slot *next; /* free ones */
};

struct multi {
    struct multi_settings settings;
    CURLM *curl;
    int epoll;
    int64_t timer_us; /* monotonic; when libcurl wants to be called; INT64_MAX: never */
    struct slot *slots, *free;
    uint32_t under_way;
};

/* --- what libcurl asks for -------------------------------------------------------------------------------------------- */

static int on_socket(CURL *easy, curl_socket_t file, int what, void *context, void *socket_context)
{
    struct multi *multi = context;
    (void)easy;
    (void)socket_context;
    struct epoll_event event = { .data.fd = file };
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(multi->epoll, EPOLL_CTL_DEL, file, NULL);
        return 0;
    }
    event.events = ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0U) |
                   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0U);
    if (epoll_ctl(multi->epoll, EPOLL_CTL_MOD, file, &event) != 0 && errno == ENOENT) {
        (void)epoll_ctl(multi->epoll, EPOLL_CTL_ADD, file, &event);
    }
    return 0;
}

static int on_timer(CURLM *curl, long timeout_ms, void *context)
{
    struct multi *multi = context;
    (void)curl;
    multi->timer_us = timeout_ms < 0 ? INT64_MAX : time_monotonic_us() + (int64_t)timeout_ms * 1000;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct slot *slot = context;
    buffer_add(&slot->body, bytes, size * count);
    return slot->body.overflow ? 0 : size * count;
}

/* --- life --------------------------------------------------------------------------------------------------------------- */

static enum result slots_make(struct multi *multi, struct error *error)
{
    multi->slots = calloc(multi->settings.requests_max, sizeof(*multi->slots));
    if (multi->slots == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for %u requests",
                    multi->settings.requests_max);
    }
    for (uint32_t i = 0; i < multi->settings.requests_max; i++) {
        struct slot *slot = &multi->slots[i];
        slot->multi = multi;
        slot->next = multi->free;
        buffer_init(&slot->body, multi->settings.answer_bytes_max);
        multi->free = slot;
    }
    return RESULT_OK;
}

enum result multi_open(const struct multi_settings *settings, struct multi **out,
                       struct error *error)
{
    struct multi *multi = calloc(1, sizeof(*multi)); /* one a thread, for its life */
    if (multi == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for requests");
    }
    multi->settings = *settings;
    multi->timer_us = INT64_MAX;
    multi->epoll = epoll_create1(EPOLL_CLOEXEC);
    multi->curl = curl_multi_init();
    enum result result = slots_make(multi, error);
    if (result == RESULT_OK && (multi->epoll < 0 || multi->curl == NULL)) {
        result = fail(error, RESULT_BROKEN, NULL, "no requests can be made: %s", strerror(errno));
    }
    if (result != RESULT_OK) {
        multi_close(multi);
        return result;
    }
    (void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    (void)curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)settings->requests_max);
    *out = multi;
    return RESULT_OK;
}

void multi_close(struct multi *multi)
{
    if (multi == NULL) {
        return;
    }
    for (uint32_t i = 0; multi->slots != NULL && i < multi->settings.requests_max; i++) {
        struct slot *slot = &multi->slots[i];
        if (slot->easy != NULL) {
            (void)curl_multi_remove_handle(multi->curl, slot->easy);
            curl_easy_cleanup(slot->easy);
        }
        curl_slist_free_all(slot->headers);
        buffer_done(&slot->body);
    }
    (void)curl_multi_cleanup(multi->curl);
    if (multi->epoll >= 0) {
        (void)close(multi->epoll);
    }
    free(multi->slots);
    free(multi);
}

/* --- requests -------------------------------------------------------------------------------------------------------------- */

static void slot_free(struct multi *multi, struct slot *slot)
{
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
    if (slot->body.capacity > KEEP_BYTES) {
        buffer_done(&slot->body);
        buffer_init(&slot->body, multi->settings.answer_bytes_max);
    }
    buffer_reset(&slot->body);
    slot->next = multi->free;
    multi->free = slot;
}

static bool headers_make(struct slot *slot, const char *const *headers)
{
    slot->headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; slot->headers != NULL && headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(slot->headers, headers[i]);
        if (longer == NULL) {
            return false;
        }
        slot->headers = longer;
    }
    return slot->headers != NULL;
}

static bool easy_set(struct slot *slot, const struct multi_request *request)
{
    char url[URL_BYTES];
    CURL *easy = slot->easy;
    const struct multi_settings *settings = &slot->multi->settings;
    int length = snprintf(url, sizeof(url), "%s%s", settings->base_url, request->path);
    curl_easy_reset(easy);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "reeve-fleet/" REEVE_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->headers);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    if (settings->ca_file != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (strcmp(request->method, "GET") != 0) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        (void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
                               request->body.length == 0 ? "" : request->body.text);
    }
    return length > 0 && (size_t)length < sizeof(url);
}

enum result multi_start(struct multi *multi, const struct multi_request *request, uint64_t tag,
                        struct error *error)
{
    struct slot *slot = multi->free;
    if (slot == NULL) {
        return fail(error, RESULT_BUSY, NULL, "all requests are under way");
    }
    slot->easy = slot->easy == NULL ? curl_easy_init() : slot->easy;
    multi->free = slot->next;
    slot->tag = tag;
    slot->started_us = time_monotonic_us();
    if (slot->easy == NULL || !headers_make(slot, request->headers) || !easy_set(slot, request) ||
        curl_multi_add_handle(multi->curl, slot->easy) != CURLM_OK) {
        slot_free(multi, slot);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a request");
    }
    multi->under_way++;
    return RESULT_OK;
}

uint32_t multi_under_way(const struct multi *multi)
{
    return multi->under_way;
}

static void slot_done(struct multi *multi, struct slot *slot, CURLcode code)
{
    long status = 0;
    curl_off_t retry_s = 0;
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(slot->easy, CURLINFO_RETRY_AFTER, &retry_s);
    }
    const struct multi_answer answer = {
        .status = (int)status,
        .body = buffer_slice(&slot->body),
        .retry_after_s = retry_s > 0 && retry_s < 86400 ? (uint32_t)retry_s : 0,
        .duration_us = time_monotonic_us() - slot->started_us,
        .problem = code == CURLE_OK ? NULL : curl_easy_strerror(code),
    };
    (void)curl_multi_remove_handle(multi->curl, slot->easy);
    multi->under_way--;
    multi->settings.done(multi->settings.context, slot->tag, &answer);
    slot_free(multi, slot);
}

static void messages_take(struct multi *multi)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(multi->curl, &left); message != NULL;
         message = curl_multi_info_read(multi->curl, &left)) {
        char *slot = NULL;
        if (message->msg == CURLMSG_DONE) {
            CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
            slot_done(multi, (struct slot *)(void *)slot, code);
        }
    }
}

static int wait_ms(const struct multi *multi, uint32_t timeout_ms)
{
    int64_t left_us =
        multi->timer_us == INT64_MAX ? INT64_MAX : multi->timer_us - time_monotonic_us();
    int64_t left_ms = left_us <= 0 ? 0 : left_us / 1000 + 1;
    return left_ms < timeout_ms ? (int)left_ms : (int)timeout_ms;
}

void multi_run(struct multi *multi, uint32_t timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int running = 0;
    int count = epoll_wait(multi->epoll, events, EVENTS_MAX, wait_ms(multi, timeout_ms));
    for (int i = 0; i < count; i++) {
        uint32_t bits = events[i].events;
        int what = ((bits & (uint32_t)(EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
                   ((bits & (uint32_t)EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                   ((bits & (uint32_t)EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
        (void)curl_multi_socket_action(multi->curl, events[i].data.fd, what, &running);
    }
    if (multi->timer_us <= time_monotonic_us()) {
        multi->timer_us = INT64_MAX;
        (void)curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    messages_take(multi);
}
