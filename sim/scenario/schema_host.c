/* Keys of a host, and of its CPU. */
#include "ike/limits.h"
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

const struct schema_word schema_cpu_classes[] = {
#define X(symbol, name, meaning) {name, CPU_##symbol, meaning},
    CPU_CLASS_TABLE(X)
#undef X
        {0},
};

const struct schema_word schema_priorities[] = {
    {"high", CPU_HIGH, "before all that is not"},
    {"medium", CPU_MEDIUM, "behind what is high"},
    {"low", CPU_LOW, "when nothing else waits, but what waits for its IKE SA"},
    {0},
};

static const struct schema_key class_keys[] = {
    {.name = "class",
     .type = SCHEMA_CHOICE,
     .required = true,
     .words = schema_cpu_classes,
     .meaning = "which work items",
     FIELD(struct scenario_cpu_class, class)},
    {.name = "priority",
     .type = SCHEMA_CHOICE,
     .fallback = "medium",
     .words = schema_priorities,
     .meaning = "when they are served; of one priority what came first goes first",
     FIELD(struct scenario_cpu_class, priority)},
    {.name = "queue",
     .type = SCHEMA_NUMBER,
     .otherwise = "they share that of the CPU",
     .min = 1,
     .max = 1000000,
     .meaning = "how many of them may wait",
     FIELD(struct scenario_cpu_class, queue)},
    {0},
};

static const struct schema class = {
    .what = "a class",
    .path = "hosts[].cpu.classes[]",
    .intro =
        "Work items by what they are about, as far as their header shows: whom a CPU serves "
        "first, and of whom it lets how many wait. An item of an IKE SA that is being worked on "
        "waits in any case.",
    .keys = class_keys,
    .item_size = sizeof(struct scenario_cpu_class),
    .line_offset = SIZE_MAX,
};

static const struct schema_key cpu_keys[] = {
    {.name = "cores",
     .type = SCHEMA_NUMBER,
     .fallback = "4",
     .min = 1,
     .max = 1024,
     .meaning = "cores, each with one work item at a time",
     FIELD(struct scenario_host, cores)},
    {.name = "queue",
     .type = SCHEMA_NUMBER,
     .fallback = "512",
     .min = 1,
     .max = 1000000,
     .meaning = "work items of IKE that may wait, and as many of ESP; what comes then is dropped",
     FIELD(struct scenario_host, queue)},
    {.name = "classes",
     .type = SCHEMA_BLOCKS,
     .block = &class,
     .max = CPU_CLASSES,
     .otherwise = "all alike",
     .meaning = "which work goes first, and has a queue of its own",
     ARRAY(struct scenario_host, classes, class_count)},
    {0},
};

static const struct schema cpu = {
    .what = "cpu",
    .path = "hosts[].cpu",
    .intro = "The simulated CPU, on which every datagram and timer costs time.",
    .keys = cpu_keys,
    .line_offset = SIZE_MAX,
};

const struct schema_word schema_spreads[] = {
    {"round-robin", false, "the first to the first, the second to the second, and round again"},
    {"hash", true, "by a hash of the member's name: one member more or less moves no other"},
    {0},
};

const struct schema_word schema_connect_bys[] = {
    {"address", false, "its own"},
    {"anycast", true,
     "the one that it shares with others (`anycast`): the nearest of them answers, and redirects "
     "the host to an address of its own (RFC 5685 §4)"},
    {0},
};

static const struct schema_key host_keys[] = {
    {.name = "name",
     .type = SCHEMA_NAME,
     .required = true,
     .meaning = "name of the host",
     FIELD(struct scenario_host, name)},
    {.name = "count",
     .type = SCHEMA_NUMBER,
     .fallback = "0",
     .max = 1000000,
     .meaning = "makes the host a group of so many, called `NAME-1`, `NAME-2`, ...; 0: it is one "
                "host",
     FIELD(struct scenario_host, count)},
    {.name = "address",
     .type = SCHEMA_ADDRESS,
     .otherwise = "one of 100.64.0.0/10 that follows from the name",
     .meaning = "IPv4 or IPv6 address of the host; of a group that of the first, the others follow",
     FIELD(struct scenario_host, address)},
    {.name = "fqdn",
     .type = SCHEMA_NAME,
     .otherwise = "none",
     .meaning = "name under which the DNS has the host's address, for those who are redirected to "
                "it by `redirect_fqdn`",
     FIELD(struct scenario_host, fqdn)},
    {.name = "anycast",
     .type = SCHEMA_ADDRESS,
     .otherwise = "none",
     .meaning = "address that the host shares with others that have the same here: what is sent "
                "there comes to the one whose link is up and has the least delay, as the sender "
                "has them; the host redirects whoever begins an IKE SA there (RFC 5685 §4)",
     FIELD(struct scenario_host, anycast)},
    {.name = "behind",
     .type = SCHEMA_NAME,
     .otherwise = "none",
     .meaning = "NAT box that the host is behind; a link must join them",
     FIELD(struct scenario_host, behind)},
    {.name = "connect",
     .type = SCHEMA_NAME,
     .otherwise = "none: the host waits to be spoken to",
     .meaning = "host with which this one begins an IKE SA; the members of a group take those of "
                "another in turn",
     FIELD(struct scenario_host, connect)},
    {.name = "connect_by",
     .type = SCHEMA_CHOICE,
     .fallback = "address",
     .words = schema_connect_bys,
     .meaning = "at which address of that host it does; `anycast` needs `follow_redirects`",
     FIELD(struct scenario_host, connect_anycast)},
    {.name = "spread",
     .type = SCHEMA_CHOICE,
     .fallback = "round-robin",
     .words = schema_spreads,
     .meaning = "how the members of a group are spread over those that they connect to",
     FIELD(struct scenario_host, spread_hash)},
    {.name = "connect_at",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_DURATION_MAX,
     .meaning = "when it does",
     FIELD(struct scenario_host, connect_at)},
    {.name = "connect_within",
     .type = SCHEMA_DURATION,
     .fallback = "0s",
     .max = VALUES_DURATION_MAX,
     .meaning = "how much later than that it may be: the time is drawn, of each member of a group "
                "its own",
     FIELD(struct scenario_host, connect_within)},
    {.name = "ike",
     .type = SCHEMA_BLOCK,
     .required = true,
     .block = &schema_ike,
     .meaning = "the IKE SA"},
    {.name = "children",
     .type = SCHEMA_BLOCKS,
     .block = &schema_child,
     .max = IKE_CHILDREN_MAX,
     .meaning = "the CHILD SAs",
     ARRAY(struct scenario_host, policy.children, policy.child_count)},
    {.name = "traffic",
     .type = SCHEMA_BLOCKS,
     .block = &schema_traffic,
     .max = 1000,
     .meaning = "what is sent through them",
     ARRAY(struct scenario_host, traffic, traffic_count)},
    {.name = "cluster",
     .type = SCHEMA_BLOCK,
     .block = &schema_cluster,
     .otherwise = "none: the host is one machine",
     .meaning = "machines behind the host's address"},
    {.name = "cpu",
     .type = SCHEMA_BLOCK,
     .block = &cpu,
     .otherwise = "as below",
     .meaning = "the simulated CPU"},
    {0},
};

const struct schema schema_host = {
    .what = "a host",
    .path = "hosts[]",
    .intro = "A host is an IKE daemon with its ESP stack, and the networks behind it.",
    .keys = host_keys,
    .item_size = sizeof(struct scenario_host),
    .line_offset = offsetof(struct scenario_host, line),
    .by_name = true,
};
