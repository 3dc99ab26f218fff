/* Moved to access/, where every resource may include it. */
#ifndef RESOURCE_POLICIES_TEST_CALL_H
#define RESOURCE_POLICIES_TEST_CALL_H

#include "access/test_call.h"

#endif
