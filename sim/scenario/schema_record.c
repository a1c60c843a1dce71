/* Keys of what is kept of a run: its recording and its time series. */
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

static const struct schema_key record_keys[] = {
    {.name = "pairs",
     .type = SCHEMA_NAMES,
     .otherwise = "none",
     .meaning = "numbers of pairs, counted from 0 in the order of the hosts that connect: `[7]`, "
                "`[0..9, 100..199]`",
     ARRAY(struct scenario, record.pairs, record.pair_count)},
    {.name = "sample",
     .type = SCHEMA_PROBABILITY,
     .fallback = "0%",
     .meaning = "share of the pairs, chosen by seed and names: one pair more or less in the world "
                "chooses no other",
     FIELD(struct scenario, record.sample)},
    {0},
};

const struct schema schema_record = {
    .what = "record",
    .path = "record",
    .intro =
        "Of which pairs of hosts events are recorded. What is counted, the time series and the "
        "hash are over all of them.",
    .keys = record_keys,
    .line_offset = SIZE_MAX,
};

static const struct schema_key series_keys[] = {
    {.name = "every",
     .type = SCHEMA_DURATION,
     .otherwise = "`1s`; of long runs a round time that makes at most 3600 intervals",
     .max = VALUES_DURATION_MAX,
     .meaning = "length of an interval; `0s`: no series",
     FIELD(struct scenario, series.every)},
    {.name = "hosts",
     .type = SCHEMA_NAMES,
     .otherwise = "the first 16 that are in no group",
     .meaning = "hosts that have rows of their own beside those of all",
     ARRAY(struct scenario, series.hosts, series.host_count)},
    {0},
};

const struct schema schema_series = {
    .what = "series",
    .path = "series",
    .intro = "Time series over the whole run, in `series.csv` of the result.",
    .keys = series_keys,
    .line_offset = SIZE_MAX,
};
