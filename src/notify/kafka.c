/* The producer is idempotent and waits for all replicas, so what is reported as delivered is there, once and in order.
   After any failure it is thrown away with what it still had: what a partition then holds of the batch is a start of
   it, and the batch comes again from its first item that was not delivered. */
#include "notify/kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "notify/format_parts.h"
#include "notify/target_parts.h"

enum {
    TOPIC_BYTES_MAX = 249, /* Kafka's own bound */
    PEM_BYTES_MAX = 64 * 1024,
    POLL_MS = 100,
    PURGE_MS = 2000,
    BATCH_ITEMS_MAX = 100000, /* of one run of the queue; more go in the next */
    FAULT_BYTES = 256,
};

/* clang-format off */
static const char *const security_choices[] = { "ssl", "sasl_ssl", "plaintext", "sasl_plaintext", NULL };
static const char *const mechanism_choices[] = { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", NULL };
static const char *const packing_choices[] = { "lz4", "zstd", "gzip", "snappy", "none", NULL };

static const struct target_setting settings_table[] = {
    { .name = "brokers", .needed = true, .min = 1, .max = 1024, .summary = "Some of the brokers: host:port, with commas between" },
    { .name = "topic", .needed = true, .min = 1, .max = TOPIC_BYTES_MAX, .summary = "Topic: letters, digits, dots, hyphens and underscores" },
    { .name = "security", .type = SETTING_CHOICE, .choices = security_choices, .usual = "ssl", .summary = "How brokers are spoken to" },
    { .name = "saslMechanism", .type = SETTING_CHOICE, .choices = mechanism_choices, .usual = "SCRAM-SHA-512", .summary = "How a user is proved" },
    { .name = "saslUsername", .min = 1, .max = 256, .summary = "User, with sasl_ssl and sasl_plaintext" },
    { .name = "saslPassword", .secret = true, .min = 1, .max = 1024, .summary = "That user's password" },
    { .name = "caCertificate", .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of the authorities to trust instead of the system's" },
    { .name = "clientCertificate", .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of a certificate to show to brokers" },
    { .name = "clientKey", .secret = true, .lines = true, .min = 1, .max = PEM_BYTES_MAX, .summary = "PEM of its key" },
    { .name = "compression", .type = SETTING_CHOICE, .choices = packing_choices, .usual = "lz4", .summary = "How messages are packed" },
    { .name = "recordBytes", .type = SETTING_NUMBER, .min = 1000, .max = TARGET_RECORD_BYTES_MAX, .usual = "1000000", .summary = "Largest message that the topic takes" },
    { .name = "timeoutSeconds", .type = SETTING_NUMBER, .min = 1, .max = 300, .usual = "30", .summary = "How long a batch may wait for the brokers" },
    { 0 },
};

/* librdkafka's properties and where they come from: a setting, or always the same. */
static const struct property {
    const char *name, *setting, *value;
    bool sasl; /* only with a user */
} properties[] = {
    { "bootstrap.servers", "brokers", NULL, false },
    { "security.protocol", "security", NULL, false },
    { "sasl.mechanism", "saslMechanism", NULL, true },
    { "sasl.username", "saslUsername", NULL, true },
    { "sasl.password", "saslPassword", NULL, true },
    { "ssl.ca.pem", "caCertificate", NULL, false },
    { "ssl.certificate.pem", "clientCertificate", NULL, false },
    { "ssl.key.pem", "clientKey", NULL, false },
    { "compression.type", "compression", NULL, false },
    { "message.max.bytes", "recordBytes", NULL, false },
    { "client.id", NULL, "reeve", false },
    { "enable.idempotence", NULL, "true", false },
    { "acks", NULL, "all", false },
    { "partitioner", NULL, "murmur2_random", false }, /* as Java's clients choose */
    { "message.timeout.ms", NULL, "0", false },       /* a batch has a time, its messages have none of their own */
    { "linger.ms", NULL, "5", false },
    { "queue.buffering.max.messages", NULL, "100000", false },
    { "queue.buffering.max.kbytes", NULL, "262144", false },
    { "reconnect.backoff.max.ms", NULL, "2000", false },
    { "log_level", NULL, "0", false },
};
/* clang-format on */

enum message_state { MESSAGE_WAITS, MESSAGE_DELIVERED, MESSAGE_FAILED };

struct message {
    enum message_state state;
    rd_kafka_resp_err_t fault;
};

struct kafka {
    const struct format *format;
    rd_kafka_conf_t *conf; /* of every producer that is made */
    rd_kafka_t *producer;  /* NULL: the next batch makes one */
    char *topic;
    int64_t timeout_us;
    struct arena *making; /* of one record */
    struct buffer record;
    struct message *messages; /* of the batch, in its order */
    size_t unsettled;
    bool has_failed; /* a message, and not for its size: the others need not be waited for */
    rd_kafka_resp_err_t first_fault; /* of a message that failed so */
    rd_kafka_resp_err_t last_fault;  /* of a connection, since the batch began */
    char last_text[FAULT_BYTES];
    atomic_bool cancelled;
};

static bool is_too_large(rd_kafka_resp_err_t fault)
{
    return fault == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           fault == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

/* Brokers or settings that will not do until somebody changes something. */
static bool is_refusal(rd_kafka_resp_err_t fault)
{
    switch ((int)fault) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM: return true;
    default: return false;
    }
}

/* Taken back by us before anybody answered. */
static bool is_purged(rd_kafka_resp_err_t fault)
{
    return fault == RD_KAFKA_RESP_ERR__PURGE_QUEUE || fault == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *report, void *context)
{
    (void)producer;
    struct kafka *kafka = context;
    struct message *message = report->_private;
    message->fault = report->err;
    message->state = report->err == RD_KAFKA_RESP_ERR_NO_ERROR ? MESSAGE_DELIVERED : MESSAGE_FAILED;
    kafka->unsettled--;
    if (message->state == MESSAGE_FAILED && !is_purged(report->err) && !is_too_large(report->err) &&
        !kafka->has_failed) {
        kafka->has_failed = true;
        kafka->first_fault = report->err;
    }
}

/* What says why nothing moves is more telling than that all brokers are away, and a refusal more than a connection that
   ended after it. */
static void on_error(rd_kafka_t *producer, int code, const char *reason, void *context)
{
    (void)producer;
    struct kafka *kafka = context;
    rd_kafka_resp_err_t fault = (rd_kafka_resp_err_t)code;
    if (fault != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
        (is_refusal(fault) || !is_refusal(kafka->last_fault))) {
        kafka->last_fault = fault;
        (void)snprintf(kafka->last_text, sizeof(kafka->last_text), "%s", reason);
    }
}

static bool is_topic(struct slice name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (size_t i = 0; i < name.length; i++) {
        if (memchr(allowed, name.text[i], sizeof(allowed) - 1) == NULL) {
            return false;
        }
    }
    return !slice_is(name, ".") && !slice_is(name, "..");
}

/* What the table cannot say. */
static enum result settings_agree(const struct target_settings *settings, struct error *error)
{
    struct slice security = target_settings_text(settings, "security");
    bool sasl = slice_starts_any_case(security, "sasl");
    bool user = target_settings_text(settings, "saslUsername").length > 0;
    bool password = target_settings_text(settings, "saslPassword").length > 0;
    bool certificate = target_settings_text(settings, "clientCertificate").length > 0;
    bool key = target_settings_text(settings, "clientKey").length > 0;
    if (!is_topic(target_settings_text(settings, "topic"))) {
        return fail(error, RESULT_INVALID, "topic",
                    "topic must be letters, digits, dots, hyphens and underscores");
    }
    if (sasl != user || sasl != password) {
        return fail(error, RESULT_INVALID, user ? "saslPassword" : "saslUsername",
                    "saslUsername and saslPassword belong to security sasl_ssl or sasl_plaintext");
    }
    if (certificate != key) {
        return fail(error, RESULT_INVALID, certificate ? "clientKey" : "clientCertificate",
                    "clientCertificate and clientKey belong together");
    }
    return RESULT_OK;
}

static enum result conf_fill(struct kafka *kafka, const struct target_settings *settings,
                             struct error *error)
{
    char text[FAULT_BYTES];
    bool sasl = target_settings_text(settings, "saslUsername").length > 0;
    for (size_t i = 0; i < COUNT_OF(properties); i++) {
        const struct property *property = &properties[i];
        char *value = property->setting == NULL
                          ? strdup(property->value)
                          : target_setting_copy(&target_kafka, settings, property->setting);
        if (value == NULL) {
            return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
        }
        bool wanted = value[0] != '\0' && (sasl || !property->sasl);
        rd_kafka_conf_res_t result =
            wanted ? rd_kafka_conf_set(kafka->conf, property->name, value, text, sizeof(text))
                   : RD_KAFKA_CONF_OK;
        bytes_wipe(value, strlen(value));
        free(value);
        if (result != RD_KAFKA_CONF_OK) {
            return fail(error, RESULT_INVALID, property->setting, "%s does not do",
                        property->setting == NULL ? property->name : property->setting);
        }
    }
    rd_kafka_conf_set_dr_msg_cb(kafka->conf, on_delivery);
    rd_kafka_conf_set_error_cb(kafka->conf, on_error);
    rd_kafka_conf_set_opaque(kafka->conf, kafka);
    return RESULT_OK;
}

static void kafka_close(void *state)
{
    struct kafka *kafka = state;
    if (kafka == NULL) {
        return;
    }
    if (kafka->producer != NULL) {
        rd_kafka_destroy(kafka->producer);
    }
    if (kafka->conf != NULL) {
        rd_kafka_conf_destroy(kafka->conf);
    }
    arena_free(kafka->making);
    buffer_done(&kafka->record);
    free(kafka->messages);
    free(kafka->topic);
    free(kafka);
}

static enum result kafka_open(const struct target_settings *settings, const struct format *format,
                              void **out_state, struct error *error)
{
    TRY(target_settings_check(&target_kafka, settings, error));
    TRY(settings_agree(settings, error));
    struct kafka *kafka = calloc(1, sizeof(*kafka)); /* lives as long as its target is open */
    if (kafka == NULL) {
        return fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    }
    kafka->format = format;
    kafka->conf = rd_kafka_conf_new();
    kafka->topic = target_setting_copy(&target_kafka, settings, "topic");
    kafka->timeout_us =
        target_setting_number(&target_kafka, settings, "timeoutSeconds") * US_PER_SECOND;
    kafka->making = arena_new(TARGET_RECORD_MEMORY_MAX);
    kafka->messages = calloc(BATCH_ITEMS_MAX, sizeof(*kafka->messages));
    buffer_init(&kafka->record,
                (size_t)target_setting_number(&target_kafka, settings, "recordBytes"));
    bool complete = kafka->conf != NULL && kafka->topic != NULL && kafka->making != NULL &&
                    kafka->messages != NULL;
    enum result result = complete ? conf_fill(kafka, settings, error)
                                  : fail(error, RESULT_NO_MEMORY, NULL, "no memory for a target");
    if (result != RESULT_OK) {
        kafka_close(kafka);
        return result;
    }
    *out_state = kafka;
    return RESULT_OK;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static enum result producer_make(struct kafka *kafka, struct error *error)
{
    char text[FAULT_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(kafka->conf);
    kafka->producer =
        conf == NULL ? NULL : rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (kafka->producer == NULL) {
        if (conf != NULL) {
            rd_kafka_conf_destroy(conf);
        }
        return fail(error, RESULT_DENIED, NULL, "no producer with these settings: %s",
                    conf == NULL ? "no memory" : text);
    }
    return RESULT_OK;
}

/* Nothing of the batch is under way any more when this returns, so that no report comes for what is gone. */
static void producer_drop(struct kafka *kafka)
{
    (void)rd_kafka_purge(kafka->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(kafka->producer, PURGE_MS);
    rd_kafka_destroy(kafka->producer);
    kafka->producer = NULL;
}

static enum result fault_fail(rd_kafka_resp_err_t fault, const char *text, struct error *error)
{
    enum result result = is_refusal(fault)     ? RESULT_DENIED
                         : is_too_large(fault) ? RESULT_TOO_LARGE
                                               : RESULT_BUSY;
    return fail(error, result, NULL, "Kafka: %s", text);
}

static bool is_over(struct kafka *kafka, int64_t end_us)
{
    return atomic_load(&kafka->cancelled) || time_monotonic_us() >= end_us;
}

/* The library's interface is without const; it copies these and changes nothing. */
static void *unconst(const void *bytes)
{
    return (void *)(uintptr_t)bytes;
}

static rd_kafka_vu_t header_of(const char *name, struct slice value)
{
    return (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_HEADER,
                            .u.header = { name, value.text, (ssize_t)value.length } };
}

static rd_kafka_resp_err_t produce(struct kafka *kafka, const struct delivery_item *item,
                                   struct message *message)
{
    struct slice feed = slice_of(feed_names[item->feed]);
    struct slice key = item->computer.length > 0 ? item->computer : feed;
    const rd_kafka_vu_t parts[] = {
        { .vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = kafka->topic },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { unconst(key.text), key.length } },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { kafka->record.bytes, kafka->record.length } },
        { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = format_milliseconds(item->time) },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = message },
        header_of("id", item->id),
        header_of("feed", feed),
    };
    rd_kafka_error_t *error = rd_kafka_produceva(kafka->producer, parts, COUNT_OF(parts));
    rd_kafka_resp_err_t fault = rd_kafka_error_code(error); /* of NULL: none */
    rd_kafka_error_destroy(error);
    return fault;
}

/* Hands the record to the producer; while its queue is full, waits until it is not. */
static enum result message_put(struct kafka *kafka, const struct delivery_item *item,
                               struct message *message, int64_t end_us, struct error *error)
{
    *message = (struct message){ MESSAGE_WAITS, RD_KAFKA_RESP_ERR_NO_ERROR };
    rd_kafka_resp_err_t fault = produce(kafka, item, message);
    while (fault == RD_KAFKA_RESP_ERR__QUEUE_FULL && !kafka->has_failed) {
        if (is_over(kafka, end_us)) {
            return fail(error, RESULT_BUSY, NULL, "Kafka: the queue stays full");
        }
        (void)rd_kafka_poll(kafka->producer, POLL_MS);
        fault = produce(kafka, item, message);
    }
    if (fault != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return fault_fail(fault, rd_kafka_err2str(fault), error);
    }
    kafka->unsettled++;
    return RESULT_OK;
}

/* How many items from the start are with the producer. A failure is of the item behind them. */
static enum result batch_put(struct kafka *kafka, const struct delivery_item *items, size_t count,
                             int64_t end_us, size_t *out_put, struct error *error)
{
    enum result result = RESULT_OK;
    size_t put = 0;
    while (put < count && result == RESULT_OK && !kafka->has_failed) {
        arena_reset(kafka->making);
        buffer_reset(&kafka->record);
        result = kafka->format->write(kafka->making, &items[put], &kafka->record, error);
        if (result == RESULT_OK) {
            result = message_put(kafka, &items[put], &kafka->messages[put], end_us, error);
        }
        put += result == RESULT_OK ? 1 : 0;
        (void)rd_kafka_poll(kafka->producer, 0);
    }
    *out_put = put;
    return result;
}

/* Why the first message that is not delivered is not. */
static enum result batch_fail(const struct kafka *kafka, const struct message *message,
                              struct error *error)
{
    if (message->state == MESSAGE_FAILED && !is_purged(message->fault)) {
        return fault_fail(message->fault, rd_kafka_err2str(message->fault), error);
    }
    if (kafka->has_failed) {
        return fault_fail(kafka->first_fault, rd_kafka_err2str(kafka->first_fault), error);
    }
    if (kafka->last_fault != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return fault_fail(kafka->last_fault, kafka->last_text, error);
    }
    return fail(error, RESULT_BUSY, NULL, "Kafka: the brokers did not answer in time");
}

/* One run of the queue. */
static enum result batch_send(struct kafka *kafka, const struct delivery_item *items, size_t count,
                              size_t *out_delivered, struct error *error)
{
    int64_t end_us = time_monotonic_us() + kafka->timeout_us;
    size_t put = 0;
    size_t delivered = 0;
    kafka->unsettled = 0;
    kafka->has_failed = false;
    kafka->first_fault = RD_KAFKA_RESP_ERR_NO_ERROR;
    kafka->last_fault = RD_KAFKA_RESP_ERR_NO_ERROR;
    enum result result = batch_put(kafka, items, count, end_us, &put, error);
    while (kafka->unsettled > 0 && !kafka->has_failed && !is_over(kafka, end_us)) {
        (void)rd_kafka_poll(kafka->producer, POLL_MS);
    }
    if (kafka->unsettled > 0 || kafka->has_failed) {
        producer_drop(kafka);
    }
    while (delivered < put && kafka->messages[delivered].state == MESSAGE_DELIVERED) {
        delivered++;
    }
    *out_delivered = delivered;
    return delivered < put ? batch_fail(kafka, &kafka->messages[delivered], error) : result;
}

static enum result kafka_send(void *state, const struct delivery_batch *batch,
                              size_t *out_delivered, struct error *error)
{
    struct kafka *kafka = state;
    enum result result = RESULT_OK;
    size_t delivered = 0;
    while (delivered < batch->count && result == RESULT_OK) {
        size_t left = batch->count - delivered;
        size_t now = 0;
        result = kafka->producer == NULL ? producer_make(kafka, error) : RESULT_OK;
        if (result == RESULT_OK) {
            result = batch_send(kafka, batch->items + delivered,
                                left < BATCH_ITEMS_MAX ? left : BATCH_ITEMS_MAX, &now, error);
        }
        delivered += now;
    }
    *out_delivered = delivered;
    return result;
}

static void kafka_cancel(void *state)
{
    struct kafka *kafka = state;
    atomic_store(&kafka->cancelled, true);
}

const struct target_driver target_kafka = {
    .kind = "kafka",
    .summary = "Messages to a topic of Kafka",
    .settings = settings_table,
    .open = kafka_open,
    .send = kafka_send,
    .close = kafka_close,
    .cancel = kafka_cancel,
};
