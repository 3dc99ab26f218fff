#include "access/principal.h"

#include <assert.h>

bool principal_may(const struct principal *principal, enum area area, enum level level)
{
    assert(area < AREA_COUNT);

    if (area == AREA_NONE || level == LEVEL_NONE || principal->kind == PRINCIPAL_SYSTEM) {
        return true;
    }
    if (principal->levels[area] >= level) {
        return true;
    }
    bool insight_reads = area == AREA_MANAGEMENT || area == AREA_AUDIT;
    return insight_reads && level == LEVEL_READ && principal->levels[AREA_INSIGHT] == LEVEL_FULL;
}
