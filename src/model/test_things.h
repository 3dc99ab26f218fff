/* For tests: a small resource with a field and a filter of each kind. */
#ifndef MODEL_TEST_THINGS_H
#define MODEL_TEST_THINGS_H

#include "model/resource.h"

static const char *const thing_colours[] = { "Red", "Green", "Blue" };
static const struct names thing_colour_names = { "Colour", thing_colours, 3 };

static const struct field thing_fields[] = {
    { .json = "id", .type = FIELD_UUID, .column = "t.id" },
    { .json = "host",
      .type = FIELD_TEXT,
      .column = "t.host",
      .sort = "t.host",
      .sort_is_text = true,
      .flags = FIELD_INDEXED },
    { .json = "size", .type = FIELD_INT, .column = "t.size", .sort = "t.size" },
    { .json = "seen", .type = FIELD_TIME, .column = "t.seen", .sort = "t.seen" },
    { .json = "secret",
      .type = FIELD_INT,
      .column = "t.size",
      .sort = "t.size",
      .versions = API_V1 },
    { .json = "age",
      .type = FIELD_INT64,
      .column = "({now} - t.seen) / 1000000",
      .sort = "({now} - t.seen + {cutoff} - {cutoff})" },
};
static const struct shape thing_row = { .name = "Thing", .fields = thing_fields, .count = 6 };

static const char *const thing_size_aliases[] = { "Filter.Amount", "Filter.Amount.Operator", NULL };

static const struct filter thing_filters[] = {
    { .name = "Host", .kind = FILTER_CONTAINS, .column = "t.host", .base_table_only = true },
    { .name = "GroupId", .kind = FILTER_UUID, .column = "t.id" },
    { .name = "Colour", .kind = FILTER_ENUM, .column = "t.size", .names = &thing_colour_names },
    { .name = "Size", .kind = FILTER_NUMBER, .column = "t.size", .aliases = thing_size_aliases },
    { .name = "Rank", .kind = FILTER_INT, .column = "t.size" },
    { .name = "Locked", .kind = FILTER_BOOL, .column = "t.size" },
    { .name = "Seen", .kind = FILTER_DATES, .column = "t.seen" },
    { .name = "Archived",
      .kind = FILTER_SWITCH,
      .when_false = "t.size >= 0",
      .base_table_only = true },
    { .name = "Made", .kind = FILTER_DATES, .column = "t.seen" },
    { .name = "Old", .kind = FILTER_CONTAINS, .column = "t.host", .versions = API_V1 },
    { .name = "Changed", .kind = FILTER_SINCE, .column = "t.seen" },
    { .name = "Asked", .kind = FILTER_DATES, .column = "t.seen", .range_may_be_open = true },
};

static const struct resource things = {
    .name = "Things",
    .noun = "thing",
    .from = "thing t",
    .key = "t.id",
    .row = &thing_row,
    .filters = thing_filters,
    .filter_count = 12,
    .default_sort = "host",
    .count_from = "thing t",
    .schema_page = "ThingPage",
};

#endif
