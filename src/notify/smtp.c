#include "notify/smtp.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_TIMEOUT_S = 10,
    SEND_TIMEOUT_S = 60,
    /* Answers about this mailbox or message; those before are about us and pass. */
    STATUS_NEVER_FIRST = 550,
    STATUS_NEVER_LAST = 559,
};

struct smtp {
    CURL *curl;
    char *url, *from, *user, *password, *ca_file;
    enum smtp_tls tls;
    struct slice rest; /* of the message under way */
    char fault[CURL_ERROR_SIZE];
    atomic_bool cancelled;
};

static bool copy(const char *text, char **out)
{
    *out = text == NULL ? NULL : strdup(text);
    return text == NULL || *out != NULL;
}

static enum result settings_check(const struct smtp_settings *settings, struct error *error)
{
    bool plain = strncmp(settings->url, "smtp://", strlen("smtp://")) == 0;
    bool wrapped = strncmp(settings->url, "smtps://", strlen("smtps://")) == 0;
    if (!plain && !wrapped) {
        return fail(error, RESULT_INVALID, "smtp-url",
                    "the mail relay must be smtp://HOST:PORT or smtps://HOST:PORT");
    }
    if (settings->from == NULL || strchr(settings->from, '@') == NULL ||
        strpbrk(settings->from, " \r\n<>") != NULL) {
        return fail(error, RESULT_INVALID, "smtp-from",
                    "the sender of mail must be an address like reeve@example.com");
    }
    if ((settings->user == NULL) != (settings->password == NULL)) {
        return fail(error, RESULT_INVALID, "smtp-user",
                    "the user and the password of the mail relay belong together");
    }
    return plain && settings->user != NULL && settings->tls != SMTP_TLS_REQUIRE
               ? fail(error, RESULT_INVALID, "smtp-tls",
                      "a password goes to a mail relay over TLS only: require it, or use smtps://")
               : RESULT_OK;
}

enum result smtp_open(const struct smtp_settings *settings, struct smtp **out, struct error *error)
{
    TRY(settings_check(settings, error));
    struct smtp *smtp = calloc(1, sizeof(*smtp)); /* lives as long as its owner */
    if (smtp == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the mail client");
    }
    smtp->curl = curl_easy_init();
    smtp->tls = settings->tls;
    bool complete = smtp->curl != NULL && copy(settings->url, &smtp->url) &&
                    copy(settings->from, &smtp->from) && copy(settings->user, &smtp->user) &&
                    copy(settings->password, &smtp->password) &&
                    copy(settings->ca_file, &smtp->ca_file);
    if (!complete) {
        smtp_close(smtp);
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the mail client");
    }
    *out = smtp;
    return RESULT_OK;
}

void smtp_close(struct smtp *smtp)
{
    if (smtp == NULL) {
        return;
    }
    curl_easy_cleanup(smtp->curl);
    if (smtp->password != NULL) {
        explicit_bzero(smtp->password, strlen(smtp->password));
    }
    free(smtp->url);
    free(smtp->from);
    free(smtp->user);
    free(smtp->password);
    free(smtp->ca_file);
    free(smtp);
}

void smtp_cancel(struct smtp *smtp)
{
    atomic_store(&smtp->cancelled, true);
}

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct smtp *smtp = context;
    size_t room = size * count;
    size_t length = smtp->rest.length < room ? smtp->rest.length : room;
    if (length > 0) {
        memcpy(out, smtp->rest.text, length);
    }
    smtp->rest = (struct slice){ smtp->rest.text + length, smtp->rest.length - length };
    return length;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    struct smtp *smtp = context;
    return atomic_load(&smtp->cancelled) ? 1 : 0;
}

static void options_set(struct smtp *smtp, struct curl_slist *recipients)
{
    static const long tls[] = { [SMTP_TLS_OFF] = CURLUSESSL_NONE,
                                [SMTP_TLS_TRY] = CURLUSESSL_TRY,
                                [SMTP_TLS_REQUIRE] = CURLUSESSL_ALL };
    CURL *curl = smtp->curl;
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, smtp->url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, tls[smtp->tls]);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, smtp->from);
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    (void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(curl, CURLOPT_READDATA, smtp);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->fault);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SEND_TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp);
    if (smtp->user != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_USERNAME, smtp->user);
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, smtp->password);
    }
    if (smtp->ca_file != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, smtp->ca_file);
        (void)curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

static enum result send_fault(struct smtp *smtp, CURLcode code, struct error *error)
{
    long status = 0;
    const char *text = smtp->fault[0] != '\0' ? smtp->fault : curl_easy_strerror(code);
    (void)curl_easy_getinfo(smtp->curl, CURLINFO_RESPONSE_CODE, &status);
    bool never =
        code != CURLE_LOGIN_DENIED && status >= STATUS_NEVER_FIRST && status <= STATUS_NEVER_LAST;
    return never ? fail(error, RESULT_DENIED, NULL, "the mail relay refused the mail (%ld): %s",
                        status, text)
                 : fail(error, RESULT_BUSY, NULL, "the mail relay did not take the mail (%ld): %s",
                        status, text);
}

enum result smtp_send(struct smtp *smtp, const char *recipient, struct slice message,
                      struct error *error)
{
    struct curl_slist *recipients = curl_slist_append(NULL, recipient);
    if (recipients == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for the mail");
    }
    smtp->rest = message;
    smtp->fault[0] = '\0';
    options_set(smtp, recipients);
    CURLcode code = curl_easy_perform(smtp->curl);
    enum result result = code == CURLE_OK ? RESULT_OK : send_fault(smtp, code, error);
    curl_slist_free_all(recipients);
    return result;
}
