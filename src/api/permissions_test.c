/* Proves that every operation of the management API says what users need, and that this agrees with what it asks of API
   accounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "access/permission.h"
#include "access/role.h"
#include "model/route.h"
#include "resource/all.h"

/* Last: its macro `fail` is not ours. */
#include <cmocka.h>
#undef fail

static void check_route(const struct route *route)
{
    const struct permission *needs = &route->permission;
    if (needs->resource == NULL) {
        print_error("%s has no .permission: see docs/rights.md\n", route->id);
        _fail(__FILE__, __LINE__);
    }
    const struct permission_row *row =
        permission_find(slice_of(needs->resource), slice_of(needs->action));
    if (row == NULL || row->area != route->area || row->level != route->level) {
        print_error("%s: area and level are not those of %s::%s in access/permission_rows.c\n",
                    route->id, needs->resource, needs->action);
        _fail(__FILE__, __LINE__);
    }
    assert_true((needs->by == PERMIT_PATH) == (needs->object != NULL));
    assert_true(needs->by != PERMIT_PATH || row->kind != OBJECT_NONE);
    /* A list that is not limited by rows must not be reached with a part of the rights. */
    bool rows = needs->by != PERMIT_ROWS || route->resource == NULL || row->everybodys ||
                route->resource->object != NULL;
    if (!rows) {
        print_error("%s is limited by rows, but its resource has no .object\n", route->id);
        _fail(__FILE__, __LINE__);
    }
}

static void every_route_has_a_permission_that_fits(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t table = 0; table < RESOURCE_TABLES; table++) {
        for (size_t i = 0; i < *resource_tables[table].count; i++) {
            check_route(&resource_tables[table].routes[i]);
            count++;
        }
    }
    assert_true(count > 60);
}

static void every_permission_is_there_once_and_has_its_query(void **state)
{
    (void)state;
    assert_true(permission_row_count <= ROLE_PERMISSIONS_MAX);
    for (size_t i = 0; i < permission_row_count; i++) {
        const struct permission_row *row = &permission_rows[i];
        assert_ptr_equal(permission_find(slice_of(row->resource), slice_of(row->action)), row);
        /* Who is refused an object is told so only when it may see it. */
        assert_true(row->kind == OBJECT_NONE ||
                    permission_find(slice_of(row->resource), SLICE("Query")) != NULL);
        assert_true((strcmp(row->action, "Query") == 0) == (row->level == LEVEL_READ));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_has_a_permission_that_fits),
        cmocka_unit_test(every_permission_is_there_once_and_has_its_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
