/* Keys of a host that is a cluster (RFC 6027, RFC 6311). */
#include "sim/host/node.h"
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

const struct schema_word schema_syncs[] = {
    {"on_change", NODE_SYNC_ON_CHANGE,
     "of each IKE SA as soon as it, or one of its CHILD SAs, has changed; packets alone are no "
     "change"},
    {"none", (int64_t)NODE_SYNC_NONE, "never: the others know nothing"},
    {0},
};

static const struct schema_key keys[] = {
    {.name = "members",
     .type = SCHEMA_NAMES,
     .required = true,
     .meaning =
         "names of two to eight members; the first is active first, and the next one that is "
         "up, in this order and around, takes over",
     ARRAY(struct scenario_host, cluster.members, cluster.member_count)},
    {.name = "sync",
     .type = SCHEMA_DURATION,
     .fallback = "on_change",
     .words = schema_syncs,
     .min = 1000000,
     .max = VALUES_DURATION_MAX,
     .meaning = "when the active member tells the others of IKE SAs, CHILD SAs and their counters: "
                "after each such time of what has changed since, packets included; or a word",
     FIELD(struct scenario_host, cluster.sync)},
    {.name = "delay",
     .type = SCHEMA_DURATION,
     .fallback = "1ms",
     .max = VALUES_DURATION_MAX,
     .meaning = "time that this is on its way, on a line between the members",
     FIELD(struct scenario_host, cluster.delay)},
    {.name = "detect",
     .type = SCHEMA_DURATION,
     .fallback = "1s",
     .max = VALUES_DURATION_MAX,
     .meaning = "time until another member notices that the active one has crashed, and takes "
                "over its address",
     FIELD(struct scenario_host, cluster.detect)},
    {.name = "skip",
     .type = SCHEMA_NUMBER,
     .fallback = "65536",
     .max = UINT32_MAX,
     .meaning = "sequence numbers of ESP by which it skips forward then: more than can have been "
                "used since the last synchronisation (RFC 6311 §5.2)",
     FIELD(struct scenario_host, policy.counter_delta)},
    {0},
};

const struct schema schema_cluster = {
    .what = "cluster",
    .path = "hosts[].cluster",
    .intro = "Makes the host a cluster of machines with one address. One is active; `restart` is a "
             "crash of that one, after which another takes over; `takeover` has it do so.",
    .keys = keys,
    .line_offset = SIZE_MAX,
};
