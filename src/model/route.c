#include "model/route.h"

#include <assert.h>
#include <string.h>

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

static bool name_fits(const struct parameter *parameter, const char *own, struct slice name)
{
    size_t length = strlen(own);
    bool indexed = parameter->type == FIELD_ARRAY && name.length > length + 1 &&
                   name.text[length] == '[' && name.text[name.length - 1] == ']';
    return slice_is_any_case(indexed ? (struct slice){ name.text, length } : name, own);
}

bool parameter_has_name(const struct parameter *parameter, struct slice name)
{
    bool fits = name_fits(parameter, parameter->name, name);
    for (const char *const *alias = parameter->aliases; alias != NULL && *alias != NULL; alias++) {
        fits = fits || name_fits(parameter, *alias, name);
    }
    return fits;
}

bool route_is_audited(const struct route *route)
{
    bool of_agents = route->area == AREA_AGENT || route->area == AREA_NONE;
    return route->work == WORK_WRITE && !of_agents && route->unaudited == NULL;
}
