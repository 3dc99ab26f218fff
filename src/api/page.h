/* The API reference page: its parts are in the program. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "model/operation.h"

/* GET of the page itself, for its own address and for the one where the original has it. */
operation_call page_get;

#endif
