/* What this machine is: read from the system's own files and calls. */
#ifndef AGENT_FACTS_H
#define AGENT_FACTS_H

#include <stddef.h>

#include "agent_client/protocol.h"

enum { FACT_BYTES = 256, FACT_ADDRESSES_MAX = 16, ADDRESS_BYTES = 46, FACTS_MAX = 32 };

/* What is not known is empty. */
struct facts {
    char host[FACT_BYTES], full_host[FACT_BYTES], domain[FACT_BYTES], machine_id[FACT_BYTES];
    char os_name[FACT_BYTES], os_id[FACT_BYTES], os_family[FACT_BYTES], os_version[FACT_BYTES],
        os_full[FACT_BYTES], os_installed[FACT_BYTES];
    char kernel[FACT_BYTES], architecture[FACT_BYTES];
    char processor_maker[FACT_BYTES], processor_name[FACT_BYTES], processor_caption[FACT_BYTES],
        processor_description[FACT_BYTES];
    char maker[FACT_BYTES], model[FACT_BYTES], description[FACT_BYTES];
    char country[FACT_BYTES], code_set[FACT_BYTES], system_drive[FACT_BYTES];
    char mac[FACT_BYTES];
    char addresses[FACT_ADDRESSES_MAX][ADDRESS_BYTES];
    size_t address_count;
};

/* `out` is whole even when nothing could be read. */
void facts_collect(struct facts *out);
/* The part that comes from files, below `root` ("" is the machine's own). */
void facts_from_files(const char *root, struct facts *out);
/* Rows for protocol_machine; they point into `facts`. */
size_t facts_rows(const struct facts *facts, struct protocol_fact out[FACTS_MAX]);

#endif
