/* What is kept of a run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/check.h"

#define SECOND UINT64_C(1000000000)

enum { INTERVALS_MAX = 3600, SERIES_HOSTS_DEFAULT = 16 };

/* A number of at most nine digits at *text, which moves behind it; false if there is none. */
static bool take_number(const char **text, size_t *number)
{
    const char *begin = *text;
    *number = 0;
    while (**text >= '0' && **text <= '9' && *text - begin < 9) {
        *number = *number * 10 + (size_t)(*(*text)++ - '0');
    }
    return *text > begin;
}

/* "7" or "0..9". */
static bool read_range(const char *text, struct scenario_range *range)
{
    size_t last;
    if (!take_number(&text, &range->first)) {
        return false;
    }
    last = range->first;
    if (strncmp(text, "..", 2) == 0) {
        text += 2;
        if (!take_number(&text, &last)) {
            return false;
        }
    }
    range->count = last - range->first + 1;
    return *text == '\0' && last >= range->first;
}

static void check_pairs_recorded(struct reader *reader)
{
    struct scenario_record *record = &reader->draft->scenario.record;
    struct yaml_node *node = yaml_get(yaml_get(reader->root, "record"), "pairs");
    struct scenario_range *ranges =
        arena_alloc(&reader->draft->arena, (record->pair_count + 1) * sizeof *ranges);
    for (size_t i = 0; i < record->pair_count; i++) {
        struct yaml_node *item = yaml_item(node, i);
        if (record->pairs[i] && !read_range(record->pairs[i], &ranges[i])) {
            tell(reader, item, 0,
                 "pairs: %s is no number of a pair; expected one such as 7, or "
                 "from one to another: 0..9",
                 tell_found(reader, item));
        }
    }
    record->ranges = ranges;
}

/* 1, 2, 5, 10, ... seconds: the first of them that makes no more intervals than are useful. */
static uint64_t round_interval(uint64_t duration)
{
    static const uint64_t steps[] = {1, 2, 5};
    uint64_t every = SECOND;
    for (uint64_t scale = 1, i = 0; duration / every >= INTERVALS_MAX; i++) {
        if (i > 0 && i % 3 == 0) {
            scale *= 10;
        }
        every = steps[i % 3] * scale * SECOND;
    }
    return every;
}

static void default_series_hosts(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    const char **hosts = arena_alloc(&reader->draft->arena, SERIES_HOSTS_DEFAULT * sizeof *hosts);
    size_t count = 0;
    for (size_t i = 0; i < scenario->template_count && count < SERIES_HOSTS_DEFAULT; i++) {
        if (scenario->templates[i].count == 0 && scenario->templates[i].name) {
            hosts[count++] = scenario->templates[i].name;
        }
    }
    scenario->series.hosts = hosts;
    scenario->series.host_count = count;
}

void check_record(struct reader *reader, const struct check_names *names)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct scenario_series *series = &scenario->series;
    struct yaml_node *record = yaml_get(reader->root, "record");
    struct yaml_node *node = yaml_get(reader->root, "series");
    struct yaml_node *hosts = yaml_get(node, "hosts");
    scenario->record.all = !record;
    check_pairs_recorded(reader);
    if (!yaml_get(node, "every")) {
        series->every = round_interval(scenario->duration);
    } else if (series->every > 0 && series->every < 1000000) {
        tell(reader, yaml_get(node, "every"), 0,
             "every %s is less than a millisecond; expected more, or 0s for no series",
             tell_found(reader, yaml_get(node, "every")));
    }
    if (!hosts) {
        default_series_hosts(reader);
    }
    for (size_t i = 0; hosts && i < series->host_count; i++) {
        check_member_name(reader, names, yaml_item(hosts, i), "hosts", series->hosts[i]);
    }
}
