/* Proves, against the cluster that librdkafka brings for tests: what is called delivered is in the topic, in order for
   each computer, whatever brokers do; a receiver that drops ids it has ends with the set that was sent, in order. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "notify/kafka.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

enum {
    BROKERS = 3,
    PARTITIONS = 4,
    ITEMS_MAX = 400,
    COMPUTERS = 7,
    TEXT_BYTES = 96,
    WAIT_MS = 20000,
    API_PRODUCE = 0,
};

struct world {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *cluster;
    const char *brokers;
    void *target;
    struct delivery_item items[ITEMS_MAX];
    char ids[ITEMS_MAX][TEXT_BYTES], computers[ITEMS_MAX][TEXT_BYTES],
        documents[ITEMS_MAX][TEXT_BYTES];
    struct error error;
};

static struct world world;

static void items_make(struct world *made)
{
    for (int i = 0; i < ITEMS_MAX; i++) {
        (void)snprintf(made->ids[i], TEXT_BYTES, "id-%03d", i);
        (void)snprintf(made->computers[i], TEXT_BYTES, "computer-%d", i % COMPUTERS);
        (void)snprintf(made->documents[i], TEXT_BYTES, "{\"event\":{\"id\":\"id-%03d\"}}", i);
        made->items[i] = (struct delivery_item){ .feed = FEED_EVENTS,
                                                 .position = (uint64_t)i + 1,
                                                 .id = slice_of(made->ids[i]),
                                                 .computer = slice_of(made->computers[i]),
                                                 .time = INT64_C(1776235795541678),
                                                 .json = slice_of(made->documents[i]) };
    }
}

static void target_reopen(struct world *made, const char *timeout, const char *record_bytes)
{
    const struct target_pair pairs[] = {
        { SLICE("brokers"), slice_of(made->brokers) },
        { SLICE("topic"), SLICE("events") },
        { SLICE("security"), SLICE("plaintext") },
        { SLICE("timeoutSeconds"), slice_of(timeout) },
        { SLICE("recordBytes"), slice_of(record_bytes) },
    };
    const struct target_settings settings = { .pairs = pairs, .count = COUNT_OF(pairs) };
    target_kafka.close(made->target);
    made->target = NULL;
    assert_int_equal(
        target_kafka.open(&settings, format_find(SLICE("ecs")), &made->target, &made->error),
        RESULT_OK);
}

static int set_up(void **state)
{
    char text[256];
    memset(&world, 0, sizeof(world));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(conf, "log_level", "0", text, sizeof(text));
    world.owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    world.cluster = rd_kafka_mock_cluster_new(world.owner, BROKERS);
    world.brokers = rd_kafka_mock_cluster_bootstraps(world.cluster);
    (void)rd_kafka_mock_topic_create(world.cluster, "events", PARTITIONS, BROKERS);
    items_make(&world);
    target_reopen(&world, "20", "100000");
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *made = *state;
    target_kafka.close(made->target);
    rd_kafka_mock_cluster_destroy(made->cluster);
    rd_kafka_destroy(made->owner);
    return 0;
}

/* --- what is in the topic ---------------------------------------------------------------------------------------- */

struct seen {
    int first[ITEMS_MAX]; /* the place of the item's first message, or -1 */
    int messages;
    int last_of[COMPUTERS]; /* the last item of the computer that was seen for the first time */
    bool in_order;
};

static void message_note(struct seen *seen, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const void *id = NULL;
    const void *feed = NULL;
    size_t length = 0;
    int item = 0;
    assert_int_equal(rd_kafka_message_headers(message, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_header_get_last(headers, "feed", &feed, &length), 0);
    assert_memory_equal(feed, "events", length);
    assert_int_equal(rd_kafka_header_get_last(headers, "id", &id, &length), 0);
    assert_int_equal(length, 6);
    assert_int_equal(sscanf(id, "id-%3d", &item), 1);
    assert_int_equal(message->key_len, strlen(world.computers[item]));
    assert_memory_equal(message->key, world.computers[item], message->key_len);
    assert_memory_equal(message->payload, world.documents[item], message->len);
    seen->messages++;
    if (seen->first[item] < 0) {
        seen->first[item] = seen->messages;
        seen->in_order = seen->in_order && seen->last_of[item % COMPUTERS] < item;
        seen->last_of[item % COMPUTERS] = item;
    }
}

/* Reads every partition to its end. */
static void topic_read(struct world *made, struct seen *seen)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(PARTITIONS);
    int ended = 0;
    memset(seen, -1, sizeof(*seen));
    seen->messages = 0;
    seen->in_order = true;
    (void)rd_kafka_conf_set(conf, "bootstrap.servers", made->brokers, text, sizeof(text));
    (void)rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", text, sizeof(text));
    (void)rd_kafka_conf_set(conf, "group.id", "test", text, sizeof(text));
    (void)rd_kafka_conf_set(conf, "enable.partition.eof", "true", text, sizeof(text));
    (void)rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", text, sizeof(text));
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
    assert_non_null(consumer);
    for (int i = 0; i < PARTITIONS; i++) {
        rd_kafka_topic_partition_list_add(parts, "events", i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    assert_int_equal(rd_kafka_assign(consumer, parts), RD_KAFKA_RESP_ERR_NO_ERROR);
    while (ended < PARTITIONS) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, WAIT_MS);
        assert_non_null(message);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ended++;
        } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            message_note(seen, message);
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(parts);
    (void)rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

static void assert_all_there(struct world *made, int count)
{
    struct seen seen;
    topic_read(made, &seen);
    for (int i = 0; i < count; i++) {
        assert_true(seen.first[i] > 0);
    }
    assert_true(seen.in_order);
}

/* Items from `from` on; what is not delivered is sent again, as the delivery does. At most `tries` times. */
static void send_until_there(struct world *made, size_t count, int tries)
{
    size_t there = 0;
    for (int i = 0; i < tries && there < count; i++) {
        struct delivery_batch batch = { made->items + there, count - there };
        size_t delivered = 0;
        enum result result = target_kafka.send(made->target, &batch, &delivered, &made->error);
        assert_true(result == RESULT_OK || result == RESULT_BUSY);
        assert_int_equal(result == RESULT_OK, delivered == batch.count);
        there += delivered;
    }
    assert_int_equal(there, count);
}

/* --- tests ------------------------------------------------------------------------------------------------------- */

static void a_batch_is_there_once_and_in_order(void **state)
{
    struct world *made = *state;
    struct seen seen;
    send_until_there(made, ITEMS_MAX, 1);
    topic_read(made, &seen);
    assert_int_equal(seen.messages, ITEMS_MAX);
    assert_all_there(made, ITEMS_MAX);
}

static void faults_of_brokers_that_pass_cost_nothing(void **state)
{
    struct world *made = *state;
    rd_kafka_mock_push_request_errors(
        made->cluster, API_PRODUCE, 4, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR__TRANSPORT);
    send_until_there(made, ITEMS_MAX, 1);
    assert_all_there(made, ITEMS_MAX);
}

static void a_fault_that_stays_is_said_and_the_rest_comes_later(void **state)
{
    struct world *made = *state;
    struct delivery_batch batch = { made->items, 10 };
    size_t delivered = 99;
    rd_kafka_mock_push_request_errors(made->cluster, API_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(target_kafka.send(made->target, &batch, &delivered, &made->error),
                     RESULT_DENIED);
    assert_true(delivered < 10);
    assert_non_null(strstr(made->error.text, "Topic authorization failed"));
    send_until_there(made, ITEMS_MAX, 2);
    assert_all_there(made, ITEMS_MAX);
}

static void no_broker_is_for_later(void **state)
{
    struct world *made = *state;
    struct delivery_batch batch = { made->items, 10 };
    size_t delivered = 99;
    target_reopen(made, "1", "100000");
    for (int i = 1; i <= BROKERS; i++) {
        (void)rd_kafka_mock_broker_set_down(made->cluster, i);
    }
    assert_int_equal(target_kafka.send(made->target, &batch, &delivered, &made->error),
                     RESULT_BUSY);
    assert_int_equal(delivered, 0);
    assert_true(strlen(made->error.text) > 10);
    for (int i = 1; i <= BROKERS; i++) {
        (void)rd_kafka_mock_broker_set_up(made->cluster, i);
    }
    target_reopen(made, "20", "100000");
    send_until_there(made, ITEMS_MAX, 3);
    assert_all_there(made, ITEMS_MAX);
}

static atomic_bool flapping;

/* Brokers go and come, one after the other and at last all of them. */
static void *brokers_flap(void *context)
{
    struct world *made = context;
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    for (int round = 0; atomic_load(&flapping); round++) {
        int broker = round % (BROKERS + 1);
        for (int i = 1; i <= BROKERS; i++) {
            if (broker == 0 || i == broker) {
                (void)rd_kafka_mock_broker_set_down(made->cluster, i);
            }
        }
        (void)nanosleep(&pause, NULL);
        for (int i = 1; i <= BROKERS; i++) {
            (void)rd_kafka_mock_broker_set_up(made->cluster, i);
        }
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

static void brokers_that_go_and_come_lose_nothing(void **state)
{
    struct world *made = *state;
    pthread_t thread;
    size_t sent = 0;
    target_reopen(made, "1", "100000");
    atomic_store(&flapping, true);
    assert_int_equal(pthread_create(&thread, NULL, brokers_flap, made), 0);
    for (int tries = 0; sent < ITEMS_MAX && tries < 200; tries++) {
        size_t left = ITEMS_MAX - sent;
        struct delivery_batch batch = { made->items + sent, left < 40 ? left : 40 };
        size_t delivered = 0;
        (void)target_kafka.send(made->target, &batch, &delivered, &made->error);
        sent += delivered;
        if (tries % 8 == 7) {
            target_reopen(made, "1", "100000"); /* a restart of ours */
        }
    }
    atomic_store(&flapping, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sent, ITEMS_MAX);
    assert_all_there(made, ITEMS_MAX);
}

static void a_record_over_the_bound_ends_the_batch_before_it(void **state)
{
    struct world *made = *state;
    struct delivery_batch batch = { made->items, 5 };
    size_t delivered = 99;
    char *large = malloc(4096);
    assert_non_null(large);
    memset(large, ' ', 4095);
    large[4095] = '\0';
    target_reopen(made, "20", "1000");
    made->items[3].json = slice_of(large);
    assert_int_equal(target_kafka.send(made->target, &batch, &delivered, &made->error),
                     RESULT_TOO_LARGE);
    assert_int_equal(delivered, 3);
    free(large);
}

static void a_document_that_is_none_ends_the_batch_before_it(void **state)
{
    struct world *made = *state;
    struct delivery_batch batch = { made->items, 5 };
    const struct target_pair pairs[] = { { SLICE("brokers"), slice_of(made->brokers) },
                                         { SLICE("topic"), SLICE("events") },
                                         { SLICE("security"), SLICE("plaintext") } };
    const struct target_settings settings = { .pairs = pairs, .count = COUNT_OF(pairs) };
    size_t delivered = 99;
    target_kafka.close(made->target);
    assert_int_equal(
        target_kafka.open(&settings, format_find(SLICE("cef")), &made->target, &made->error),
        RESULT_OK);
    made->items[2].json = SLICE("nonsense");
    assert_int_equal(target_kafka.send(made->target, &batch, &delivered, &made->error),
                     RESULT_INVALID);
    assert_int_equal(delivered, 2);
}

static void a_cancelled_target_does_not_wait(void **state)
{
    struct world *made = *state;
    struct delivery_batch batch = { made->items, 5 };
    size_t delivered = 99;
    target_reopen(made, "300", "100000");
    for (int i = 1; i <= BROKERS; i++) {
        (void)rd_kafka_mock_broker_set_down(made->cluster, i);
    }
    int64_t start_us = time_monotonic_us();
    target_kafka.cancel(made->target);
    assert_int_equal(target_kafka.send(made->target, &batch, &delivered, &made->error),
                     RESULT_BUSY);
    assert_int_equal(delivered, 0);
    assert_true(time_monotonic_us() - start_us < 60 * US_PER_SECOND);
}

#define IS(name, text)           \
    {                            \
        SLICE(name), SLICE(text) \
    }

static void settings_that_do_not_do_are_named(void **state)
{
    (void)state;
    const struct {
        const char *field;
        struct target_pair pairs[6];
        size_t count;
    } rows[] = {
        { "brokers", { IS("topic", "t") }, 1 },
        { "topic", { IS("brokers", "b:1"), IS("topic", "a b") }, 2 },
        { "topic", { IS("brokers", "b:1"), IS("topic", "..") }, 2 },
        { "security", { IS("brokers", "b:1"), IS("topic", "t"), IS("security", "none") }, 3 },
        { "saslUsername",
          { IS("brokers", "b:1"), IS("topic", "t"), IS("security", "sasl_ssl") },
          3 },
        { "saslPassword",
          { IS("brokers", "b:1"), IS("topic", "t"), IS("security", "sasl_ssl"),
            IS("saslUsername", "u") },
          4 },
        { "saslPassword",
          { IS("brokers", "b:1"), IS("topic", "t"), IS("saslUsername", "u"),
            IS("saslPassword", "p") },
          4 },
        { "clientKey",
          { IS("brokers", "b:1"), IS("topic", "t"), IS("clientCertificate", "x") },
          3 },
        { "timeoutSeconds",
          { IS("brokers", "b:1"), IS("topic", "t"), IS("timeoutSeconds", "0") },
          3 },
        { "brokers", { IS("brokers", "b:1\nssl.ca.location=x"), IS("topic", "t") }, 2 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct target_settings settings = { .pairs = rows[i].pairs, .count = rows[i].count };
        struct error error = { 0 };
        void *target = NULL;
        assert_int_equal(target_kafka.open(&settings, format_find(SLICE("ecs")), &target, &error),
                         RESULT_INVALID);
        assert_string_equal(error.field, rows[i].field);
    }
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_batch_is_there_once_and_in_order),
        IN_A_WORLD(faults_of_brokers_that_pass_cost_nothing),
        IN_A_WORLD(a_fault_that_stays_is_said_and_the_rest_comes_later),
        IN_A_WORLD(no_broker_is_for_later),
        IN_A_WORLD(brokers_that_go_and_come_lose_nothing),
        IN_A_WORLD(a_record_over_the_bound_ends_the_batch_before_it),
        IN_A_WORLD(a_document_that_is_none_ends_the_batch_before_it),
        IN_A_WORLD(a_cancelled_target_does_not_wait),
        cmocka_unit_test(settings_that_do_not_do_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
