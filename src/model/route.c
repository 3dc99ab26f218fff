#include "model/route.h"

#include <assert.h>

const char *method_name(enum method method)
{
    static const char *const names[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
    assert((size_t)method < COUNT_OF(names));
    return names[method];
}

const char *area_name(enum area area)
{
    static const char *const names[] = {
        [AREA_NONE] = "nothing",
        [AREA_AUDIT] = "Audit",
        [AREA_INSIGHT] = "Insight",
        [AREA_MANAGEMENT] = "Management",
        [AREA_REPORTING] = "Reporting",
        [AREA_SCIM] = "SCIM",
        [AREA_JIT] = "JIT",
        [AREA_AGENT] = "Agent",
    };
    assert((size_t)area < COUNT_OF(names));
    return names[area];
}
