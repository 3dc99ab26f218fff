/* A cluster of Kafka for tests from outside: the one that librdkafka brings. Prints the brokers' addresses, then obeys lines:
     read         "partition TAB key TAB id TAB feed" of every message of the topic, in the order of each partition, then an empty line
     down N, up N a broker goes, comes; 0: all
   and ends at the end of its input.
     kafka_cluster TOPIC BROKERS PARTITIONS */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 30000, TEXT_BYTES = 512 };

struct cluster {
    rd_kafka_mock_cluster_t *mock;
    const char *topic;
    int brokers, partitions;
};

static rd_kafka_t *client_make(rd_kafka_type_t type, const char *brokers)
{
    static const char *const properties[][2] = {
        { "group.id", "test" },        { "enable.partition.eof", "true" },
        { "fetch.wait.max.ms", "10" }, { "auto.offset.reset", "earliest" },
        { "log_level", "0" },
    };
    char text[TEXT_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (type == RD_KAFKA_CONSUMER) {
        (void)rd_kafka_conf_set(conf, "bootstrap.servers", brokers, text, sizeof(text));
        for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
            (void)rd_kafka_conf_set(conf, properties[i][0], properties[i][1], text, sizeof(text));
        }
    } else {
        (void)rd_kafka_conf_set(conf, "log_level", "0", text, sizeof(text));
    }
    return rd_kafka_new(type, conf, text, sizeof(text));
}

static void header_print(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t length = 0;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_header_get_last(headers, name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)printf("\t%.*s", (int)length, (const char *)value);
    }
}

static void message_print(const rd_kafka_message_t *message)
{
    (void)printf("%d\t%.*s", message->partition, (int)message->key_len, (const char *)message->key);
    header_print(message, "id");
    header_print(message, "feed");
    (void)putchar('\n');
}

/* Every partition to its end. False: no answer in time. */
static bool topic_print(const struct cluster *cluster)
{
    rd_kafka_t *consumer =
        client_make(RD_KAFKA_CONSUMER, rd_kafka_mock_cluster_bootstraps(cluster->mock));
    rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(cluster->partitions);
    int left = cluster->partitions;
    for (int i = 0; i < cluster->partitions; i++) {
        rd_kafka_topic_partition_list_add(parts, cluster->topic, i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    }
    (void)rd_kafka_assign(consumer, parts);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, WAIT_MS);
    while (message != NULL && left > 0) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            message_print(message);
        }
        left -= message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? 1 : 0;
        rd_kafka_message_destroy(message);
        message = left > 0 ? rd_kafka_consumer_poll(consumer, WAIT_MS) : NULL;
    }
    rd_kafka_topic_partition_list_destroy(parts);
    (void)rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    (void)putchar('\n');
    return left == 0;
}

static void broker_set(const struct cluster *cluster, int broker, bool up)
{
    for (int i = 1; i <= cluster->brokers; i++) {
        if (broker == 0 || broker == i) {
            (void)(up ? rd_kafka_mock_broker_set_up(cluster->mock, i)
                      : rd_kafka_mock_broker_set_down(cluster->mock, i));
        }
    }
}

static bool obey(const struct cluster *cluster, const char *line)
{
    int broker = 0;
    bool good = true;
    if (strcmp(line, "read\n") == 0) {
        good = topic_print(cluster);
    } else if (sscanf(line, "down %d", &broker) == 1) {
        broker_set(cluster, broker, false);
        (void)printf("down\n");
    } else if (sscanf(line, "up %d", &broker) == 1) {
        broker_set(cluster, broker, true);
        (void)printf("up\n");
    }
    (void)fflush(stdout);
    return good;
}

int main(int count, char **words)
{
    char line[TEXT_BYTES];
    if (count != 4) {
        (void)fprintf(stderr, "usage: %s TOPIC BROKERS PARTITIONS\n", words[0]);
        return 2;
    }
    struct cluster cluster = { .topic = words[1],
                               .brokers = (int)strtol(words[2], NULL, 10),
                               .partitions = (int)strtol(words[3], NULL, 10) };
    rd_kafka_t *owner = client_make(RD_KAFKA_PRODUCER, NULL);
    cluster.mock = owner == NULL ? NULL : rd_kafka_mock_cluster_new(owner, cluster.brokers);
    if (cluster.mock == NULL) {
        return EXIT_FAILURE;
    }
    (void)rd_kafka_mock_topic_create(cluster.mock, cluster.topic, cluster.partitions,
                                     cluster.brokers);
    (void)printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster.mock));
    (void)fflush(stdout);
    bool good = true;
    while (good && fgets(line, sizeof(line), stdin) != NULL) {
        good = obey(&cluster, line);
    }
    rd_kafka_mock_cluster_destroy(cluster.mock);
    rd_kafka_destroy(owner);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
