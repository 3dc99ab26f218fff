#include "agent_api/services.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "policy/policy.h"
#include "resource/policies/policies.h"

enum {
    ID_BYTES = 37,
    STAMPED_MAX = 1024, /* documents whose digest is known: check-ins need no more */
    STAMPED_BYTES_MAX = 128 * 1024 * 1024,
    SLOTS = CONTACTS_MAX * 2
};

struct contact {
    char id[ID_BYTES];
    int64_t at_us;
};

struct contact_table {
    struct contact contacts[CONTACTS_MAX];
    uint32_t slots[SLOTS]; /* index + 1 into contacts */
    size_t count;
};

struct document {
    char revision_id[ID_BYTES];
    char *policy_name; /* part of what is stamped; NULL: an empty place */
    char *bytes;       /* NULL: dropped, to be stamped again when it is fetched */
    size_t length;
    char sha256[65];
    uint64_t used;
};

struct agent_services {
    pthread_mutex_t lock; /* contacts */
    struct contact_table *filling, *leaving;
    size_t left_at; /* how much of `leaving` was handed out */
    struct computer_seen seen[CONTACTS_A_WRITE];
    pthread_mutex_t documents_lock;
    struct document documents[STAMPED_MAX];
    size_t document_bytes;
    uint64_t uses;
};

struct agent_services *agent_services_new(void)
{
    struct agent_services *services = calloc(1, sizeof(*services)); /* program lifetime */
    if (services == NULL) {
        return NULL;
    }
    services->filling = calloc(1, sizeof(*services->filling));
    services->leaving = calloc(1, sizeof(*services->leaving));
    (void)pthread_mutex_init(&services->lock, NULL);
    (void)pthread_mutex_init(&services->documents_lock, NULL);
    if (services->filling == NULL || services->leaving == NULL) {
        agent_services_free(services);
        return NULL;
    }
    return services;
}

static void bytes_drop(struct agent_services *services, struct document *document)
{
    if (document->bytes != NULL) {
        services->document_bytes -= document->length;
        free(document->bytes);
        document->bytes = NULL;
    }
}

static void document_drop(struct agent_services *services, struct document *document)
{
    bytes_drop(services, document);
    free(document->policy_name);
    *document = (struct document){ .used = 0 };
}

void agent_services_free(struct agent_services *services)
{
    if (services == NULL) {
        return;
    }
    for (size_t i = 0; i < STAMPED_MAX; i++) {
        document_drop(services, &services->documents[i]);
    }
    free(services->filling);
    free(services->leaving);
    (void)pthread_mutex_destroy(&services->lock);
    (void)pthread_mutex_destroy(&services->documents_lock);
    free(services);
}

void agent_services_forget(struct agent_services *services)
{
    (void)pthread_mutex_lock(&services->documents_lock);
    for (size_t i = 0; i < STAMPED_MAX; i++) {
        document_drop(services, &services->documents[i]);
    }
    (void)pthread_mutex_unlock(&services->documents_lock);
}

/* --- contacts ------------------------------------------------------------------------------------------------------------- */

static uint32_t *slot_of(struct contact_table *table, const char *id)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *at = id; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    size_t at = (size_t)(hash ^ (hash >> 32)) % SLOTS;
    while (table->slots[at] != 0 && strcmp(table->contacts[table->slots[at] - 1].id, id) != 0) {
        at = (at + 1) % SLOTS;
    }
    return &table->slots[at];
}

void contact_note(struct agent_services *services, const char *computer_id, int64_t now_us)
{
    (void)pthread_mutex_lock(&services->lock);
    struct contact_table *table = services->filling;
    uint32_t *slot = slot_of(table, computer_id);
    if (*slot != 0) {
        table->contacts[*slot - 1].at_us = now_us;
    } else if (table->count < CONTACTS_MAX) {
        struct contact *contact = &table->contacts[table->count++];
        (void)snprintf(contact->id, sizeof(contact->id), "%s", computer_id);
        contact->at_us = now_us;
        *slot = (uint32_t)table->count;
    }
    (void)pthread_mutex_unlock(&services->lock);
}

static void tables_swap(struct agent_services *services)
{
    struct contact_table *empty = services->leaving;
    if (empty->count > 0) {
        memset(empty->slots, 0, sizeof(empty->slots));
        empty->count = 0;
    }
    (void)pthread_mutex_lock(&services->lock);
    services->leaving = services->filling;
    services->filling = empty;
    (void)pthread_mutex_unlock(&services->lock);
    services->left_at = 0;
}

size_t agent_contacts_take(struct agent_services *services, const struct computer_seen **out)
{
    if (services->left_at == services->leaving->count) {
        tables_swap(services);
    }
    size_t count = 0;
    while (services->left_at < services->leaving->count && count < CONTACTS_A_WRITE) {
        const struct contact *contact = &services->leaving->contacts[services->left_at++];
        services->seen[count++] =
            (struct computer_seen){ .id = contact->id, .at_us = contact->at_us };
    }
    *out = services->seen;
    return count;
}

uint64_t agent_contacts_waiting(struct agent_services *services)
{
    (void)pthread_mutex_lock(&services->lock);
    uint64_t count = services->filling->count;
    (void)pthread_mutex_unlock(&services->lock);
    return count;
}

/* --- stamped documents ------------------------------------------------------------------------------------------------------ */

static struct document *document_find(struct agent_services *services, const char *revision_id,
                                      const char *policy_name)
{
    for (size_t i = 0; i < STAMPED_MAX; i++) {
        struct document *document = &services->documents[i];
        if (document->policy_name != NULL && strcmp(document->revision_id, revision_id) == 0 &&
            strcmp(document->policy_name, policy_name) == 0) {
            document->used = ++services->uses;
            return document;
        }
    }
    return NULL;
}

/* The place that was not used for longest, empty ones first. */
static struct document *document_oldest(struct agent_services *services)
{
    struct document *oldest = &services->documents[0];
    for (size_t i = 1; i < STAMPED_MAX; i++) {
        oldest = services->documents[i].used < oldest->used ? &services->documents[i] : oldest;
    }
    return oldest;
}

/* Drops bytes, not what is known of them, until there is room. False when there can be none. */
static bool bytes_make_room(struct agent_services *services, size_t bytes)
{
    while (bytes <= STAMPED_BYTES_MAX && services->document_bytes > STAMPED_BYTES_MAX - bytes) {
        struct document *oldest = NULL;
        for (size_t i = 0; i < STAMPED_MAX; i++) {
            struct document *document = &services->documents[i];
            bool older = oldest == NULL || document->used < oldest->used;
            oldest = document->bytes != NULL && older ? document : oldest;
        }
        bytes_drop(services, oldest);
    }
    return bytes <= STAMPED_BYTES_MAX;
}

static void bytes_keep(struct agent_services *services, struct document *document,
                       struct slice bytes)
{
    if (document->bytes != NULL || !bytes_make_room(services, bytes.length)) {
        return;
    }
    document->bytes = malloc(bytes.length + 1);
    if (document->bytes != NULL) {
        memcpy(document->bytes, bytes.text, bytes.length);
        services->document_bytes += bytes.length;
    }
}

static void document_keep(struct agent_services *services, const struct stamped *stamped)
{
    struct document *document = document_find(services, stamped->revision_id, stamped->policy_name);
    if (document == NULL) {
        document = document_oldest(services);
        document_drop(services, document);
        document->policy_name = strdup(stamped->policy_name);
        if (document->policy_name == NULL) {
            return;
        }
        (void)snprintf(document->revision_id, sizeof(document->revision_id), "%s",
                       stamped->revision_id);
        memcpy(document->sha256, stamped->sha256, sizeof(document->sha256));
        document->length = stamped->document.length;
        document->used = ++services->uses;
    }
    bytes_keep(services, document, stamped->document);
}

/* False: it has to be stamped. `out_complete` says whether there was memory for the copy. */
static bool from_cache(struct ctx *ctx, enum stamped_want want, struct stamped *out,
                       bool *out_complete)
{
    struct agent_services *services = ctx->agents;
    *out_complete = true;
    (void)pthread_mutex_lock(&services->documents_lock);
    const struct document *document = document_find(services, out->revision_id, out->policy_name);
    bool enough = document != NULL && (want == STAMPED_FACTS || document->bytes != NULL);
    if (enough) {
        memcpy(out->sha256, document->sha256, sizeof(out->sha256));
        out->bytes = (int64_t)document->length;
    }
    if (enough && want == STAMPED_DOCUMENT) {
        char *copy = arena_strndup(ctx->arena, document->bytes, document->length);
        out->document = (struct slice){ copy, document->length };
        *out_complete = copy != NULL;
    }
    (void)pthread_mutex_unlock(&services->documents_lock);
    return enough;
}

enum result stamped_load(struct ctx *ctx, const char *revision_id, enum stamped_want want,
                         struct stamped *out)
{
    struct policy_revision revision;
    struct slice content;
    bool complete = true;
    TRY(policy_revision_load(ctx, revision_id, &revision));
    *out = (struct stamped){ .revision_id = revision.id,
                             .policy_id = revision.policy_id,
                             .policy_name = revision.policy_name,
                             .number = revision.number };
    if (from_cache(ctx, want, out, &complete)) {
        return complete ? RESULT_OK
                        : fail(ctx->error, RESULT_NO_MEMORY, NULL, "no memory for the policy");
    }
    TRY(policy_content_load(ctx, revision_id, &content));
    TRY(policy_stamp(ctx->arena, content, revision.policy_name, revision.number, &out->document,
                     ctx->error));
    sha256_hex_of(out->document, out->sha256);
    out->bytes = (int64_t)out->document.length;
    (void)pthread_mutex_lock(&ctx->agents->documents_lock);
    document_keep(ctx->agents, out);
    (void)pthread_mutex_unlock(&ctx->agents->documents_lock);
    return RESULT_OK;
}
