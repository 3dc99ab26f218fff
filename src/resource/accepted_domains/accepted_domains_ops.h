/* The operations on accepted domains, for the route table. */
#ifndef RESOURCE_ACCEPTED_DOMAINS_ACCEPTED_DOMAINS_OPS_H
#define RESOURCE_ACCEPTED_DOMAINS_ACCEPTED_DOMAINS_OPS_H

#include "model/operation.h"

extern const struct shape accepted_domain_detail;

operation_call accepted_domains_create;
operation_call accepted_domains_modify;
operation_call accepted_domains_delete;

#endif
