#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct http_client {
    CURL *curl;
    char *base_url, *ca_file, *user_agent;
    int ca_memory; /* a file without a name for a CA that came as text; -1: none */
    struct buffer body;
    char content_type[128], etag[128], retry_after[32];
    bool head_ended;
    atomic_bool cancelled;
    int body_file;
    off_t body_start; /* where the caller's file stood */
    char fault[CURL_ERROR_SIZE];
    uint32_t connect_timeout_ms;
};

enum { URL_BYTES_MAX = 8 * 1024 };

static pthread_once_t setup_once = PTHREAD_ONCE_INIT;

static void setup(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_client *client = context;
    buffer_add(&client->body, bytes, size * count);
    return client->body.overflow ? 0 : size * count;
}

static void keep_header(struct slice line, const char *name, char *out, size_t room)
{
    struct slice value = line;
    struct slice found = slice_trim(slice_cut(&value, ':'));
    value = slice_trim(value);
    if (slice_is_any_case(found, name) && value.length < room) {
        memcpy(out, value.text, value.length);
        out[value.length] = '\0';
    }
}

static void headers_forget(struct http_client *client)
{
    client->content_type[0] = '\0';
    client->etag[0] = '\0';
    client->retry_after[0] = '\0';
    client->head_ended = false;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_client *client = context;
    struct slice line = { bytes, size * count };
    if (slice_starts_any_case(line, "HTTP/")) {
        headers_forget(client); /* what came before was an interim answer */
    }
    client->head_ended = client->head_ended || slice_trim(line).length == 0;
    keep_header(line, "Content-Type", client->content_type, sizeof(client->content_type));
    keep_header(line, "ETag", client->etag, sizeof(client->etag));
    keep_header(line, "Retry-After", client->retry_after, sizeof(client->retry_after));
    return size * count;
}

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct http_client *client = context;
    ssize_t got = read(client->body_file, out, size * count);
    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* A kept connection that the server has closed meanwhile is noticed while sending; the body then starts again. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    struct http_client *client = context;
    return lseek(client->body_file, client->body_start + offset, origin) < 0 ? CURL_SEEKFUNC_FAIL
                                                                             : CURL_SEEKFUNC_OK;
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    struct http_client *client = context;
    return atomic_load(&client->cancelled) ? 1 : 0;
}

/* The TLS library reads certificates of files only, and no file of the disk need know of this one. */
static bool ca_open(struct http_client *client, struct slice pem)
{
    char path[64];
    client->ca_memory = memfd_create("ca", MFD_CLOEXEC);
    if (client->ca_memory < 0 ||
        write(client->ca_memory, pem.text, pem.length) != (ssize_t)pem.length) {
        return false;
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", client->ca_memory);
    client->ca_file = strdup(path);
    return client->ca_file != NULL;
}

static bool ca_set(struct http_client *client, const struct http_client_settings *settings)
{
    if (settings->ca_pem.length > 0) {
        return ca_open(client, settings->ca_pem);
    }
    client->ca_file = settings->ca_file == NULL ? NULL : strdup(settings->ca_file);
    return settings->ca_file == NULL || client->ca_file != NULL;
}

enum result http_client_open(const struct http_client_settings *settings, struct http_client **out,
                             struct error *error)
{
    (void)pthread_once(&setup_once, setup);
    struct http_client *client = calloc(1, sizeof(*client)); /* lives as long as its owner */
    if (client == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for an HTTP client");
    }
    client->curl = curl_easy_init();
    client->base_url = strdup(settings->base_url);
    client->ca_memory = -1;
    bool has_ca = ca_set(client, settings);
    client->user_agent = strdup(settings->user_agent);
    client->connect_timeout_ms = settings->connect_timeout_ms;
    buffer_init(&client->body, settings->answer_bytes_max);
    bool complete = client->curl != NULL && client->base_url != NULL && client->user_agent != NULL;
    if (!complete || !has_ca) {
        http_client_close(client);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for an HTTP client");
    }
    size_t length = strlen(client->base_url);
    while (length > 0 && client->base_url[length - 1] == '/') {
        client->base_url[--length] = '\0';
    }
    *out = client;
    return RESULT_OK;
}

void http_client_close(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    curl_easy_cleanup(client->curl);
    buffer_done(&client->body);
    if (client->ca_memory >= 0) {
        (void)close(client->ca_memory);
    }
    free(client->base_url);
    free(client->ca_file);
    free(client->user_agent);
    free(client);
}

void http_client_cancel(struct http_client *client)
{
    atomic_store(&client->cancelled, true);
}

static struct curl_slist *headers_make(const struct http_call *call)
{
    /* Without Expect: a client that waits for 100 Continue loses a round trip on every body. A signed call may not say
       so: libcurl would sign the header that it then leaves out. */
    struct curl_slist *list =
        curl_slist_append(NULL, call->sigv4 == NULL ? "Expect:" : "Accept: */*");
    for (size_t i = 0; list != NULL && call->headers != NULL && call->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, call->headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

static void set_file(struct http_client *client, int file)
{
    CURL *curl = client->curl;
    struct stat status;
    client->body_file = file;
    client->body_start = lseek(file, 0, SEEK_CUR);
    bool sized = client->body_start >= 0 && fstat(file, &status) == 0 &&
                 status.st_size >= client->body_start;
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(curl, CURLOPT_READDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
    (void)curl_easy_setopt(curl, CURLOPT_SEEKDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)(sized ? status.st_size - client->body_start : -1));
}

static void set_body(struct http_client *client, const struct http_call *call)
{
    CURL *curl = client->curl;
    if (strcmp(call->method, "HEAD") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        return;
    }
    if (call->body_file_set && call->body_file >= 0) {
        set_file(client, call->body_file);
    } else if (call->body.length > 0 || strcmp(call->method, "GET") != 0) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                               call->body.text == NULL ? "" : call->body.text);
    }
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static void set_call(struct http_client *client, const struct http_call *call, const char *url,
                     struct curl_slist *headers)
{
    CURL *curl = client->curl;
    curl_easy_reset(curl); /* keeps connections and sessions */
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, client->user_agent);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->fault);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
    if (client->ca_file != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
        (void)curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (call->sigv4 != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, call->sigv4->scope);
        (void)curl_easy_setopt(curl, CURLOPT_USERNAME, call->sigv4->key_id);
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, call->sigv4->secret);
    }
    set_body(client, call);
}

static enum result call_fault(const struct http_client *client, CURLcode code, struct error *error)
{
    const char *text = client->fault[0] != '\0' ? client->fault : curl_easy_strerror(code);
    if (client->body.overflow) {
        return fail(error, RESULT_TOO_LARGE, NULL, "the server's answer is over %zu bytes",
                    client->body.limit);
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
        code == CURLE_SSL_ISSUER_ERROR) {
        return fail(error, RESULT_DENIED, NULL, "the certificate of %s does not hold: %s",
                    client->base_url, text);
    }
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return fail(error, RESULT_INVALID, NULL, "%s is not an address that can be called: %s",
                    client->base_url, text);
    }
    return fail(error, RESULT_BUSY, NULL, "no answer from %s: %s", client->base_url, text);
}

static void answer_fill(struct http_client *client, struct http_answer *out)
{
    long status = 0;
    int64_t retry = 0;
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    bool has_retry = slice_int64(slice_of(client->retry_after), &retry) && retry > 0;
    *out = (struct http_answer){
        .status = (int)status,
        .body = buffer_slice(&client->body),
        .content_type = slice_of(client->content_type),
        .etag = slice_of(client->etag),
        .retry_after_s = has_retry && retry < 86400 ? (uint32_t)retry : 0,
    };
}

enum result http_client_call(struct http_client *client, const struct http_call *call,
                             struct http_answer *out, struct error *error)
{
    char url[URL_BYTES_MAX];
    int length = snprintf(url, sizeof(url), "%s%s", client->base_url, call->path);
    if (length < 0 || (size_t)length >= sizeof(url)) {
        return fail(error, RESULT_INVALID, NULL, "the address is too long");
    }
    struct curl_slist *headers = headers_make(call);
    if (headers == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the request's headers");
    }
    buffer_reset(&client->body);
    headers_forget(client);
    client->fault[0] = '\0';
    set_call(client, call, url, headers);
    CURLcode code = curl_easy_perform(client->curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        return call_fault(client, code, error);
    }
    if (!client->head_ended) {
        /* The library takes the status of half a head for an answer. */
        return fail(error, RESULT_BUSY, NULL, "the answer from %s broke off", client->base_url);
    }
    answer_fill(client, out);
    return RESULT_OK;
}
