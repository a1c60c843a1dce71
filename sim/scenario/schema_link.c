/* Keys of a link, in the words of `tc netem`. */
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

static const struct schema_word distributions[] = {
    {"uniform", NET_UNIFORM, "evenly from `delay` - `jitter` to `delay` + `jitter`"},
    {"normal", NET_NORMAL, "the bell curve; `jitter` is its standard deviation, as for the rest"},
    {"pareto", NET_PARETO,
     "few datagrams take much longer: Pareto of shape 3, its greatest value ten times its least"},
    {"paretonormal", NET_PARETONORMAL, "a quarter of them `normal`, the rest `pareto`"},
    {0},
};

#define LINK_KEY(key, kind, type_, base, ...)                                                      \
    {                                                                                              \
        .name = #key, .type = kind, FIELD(type_, base.key), __VA_ARGS__                            \
    }

/* What a link, a direction of it or a change of it may say; `type_` is the struct that is read
 * into and `base` the policy in it. The defaults are those of a link; where keys are laid over
 * others, the reader leaves them. */
#define LINK_KEYS(type_, base, floor_text)                                                         \
    LINK_KEY(delay, SCHEMA_DURATION, type_, base, .fallback = "10us", .min = NET_DELAY_MIN,        \
             .max = VALUES_DURATION_MAX,                                                           \
             .meaning = "time that a datagram takes, as `tc netem` has it"),                       \
        LINK_KEY(jitter, SCHEMA_DURATION, type_, base, .fallback = "0s",                           \
                 .max = VALUES_DURATION_MAX,                                                       \
                 .meaning = "how far the delay of a datagram may lie from `delay`; see "           \
                            "`distribution`"),                                                     \
        LINK_KEY(distribution, SCHEMA_CHOICE, type_, base, .fallback = "uniform",                  \
                 .words = distributions, .meaning = "how the delays lie around `delay`"),          \
        LINK_KEY(loss, SCHEMA_PROBABILITY, type_, base, .fallback = "0%",                          \
                 .meaning = "share of the datagrams that are lost"),                               \
        LINK_KEY(gemodel, SCHEMA_GEMODEL, type_, base, .otherwise = "no bursts",                   \
                 .meaning =                                                                        \
                     "losses in bursts (Gilbert and Elliott), as netem's `p r 1-h 1-k`: "          \
                     "chance of each datagram to turn the good state bad and the bad one "         \
                     "good, share of losses in the bad state (`100%`) and in the good (`0%`)"),    \
        LINK_KEY(duplicate, SCHEMA_PROBABILITY, type_, base, .fallback = "0%",                     \
                 .meaning = "share of the datagrams that arrive twice"),                           \
        LINK_KEY(reorder, SCHEMA_PROBABILITY, type_, base, .fallback = "0%",                       \
                 .meaning = "share of the datagrams that skip the delay (they take `floor`) and "  \
                            "overtake others"),                                                    \
        LINK_KEY(corrupt, SCHEMA_PROBABILITY, type_, base, .fallback = "0%",                       \
                 .meaning = "share of the datagrams that have one bit turned. UDP checksums are "  \
                            "not looked at, so that it is the ICV that has to see it"),            \
        LINK_KEY(rate, SCHEMA_RATE, type_, base, .fallback = "0bit",                               \
                 .max = UINT64_C(1000000000000),                                                   \
                 .meaning = "bits of IP packets that leave in a second, one packet behind the "    \
                            "other: `100mbit`, at least `1kbit`; `0bit`: no limit"),               \
        LINK_KEY(limit, SCHEMA_NUMBER, type_, base, .fallback = "1000", .max = NET_LIMIT_MAX,      \
                 .meaning = "datagrams that may wait for `rate`, the one being sent not counted; " \
                            "what comes then is lost"),                                            \
        LINK_KEY(floor, SCHEMA_DURATION, type_, base, .otherwise = floor_text,                     \
                 .min = NET_DELAY_MIN, .max = VALUES_DURATION_MAX,                                 \
                 .meaning = "no datagram is faster than this"),                                    \
        LINK_KEY(mtu, SCHEMA_MTU, type_, base, .fallback = "0", .max = 65535,                      \
                 .meaning = "octets of an IP packet that the link takes; larger ones are lost, "   \
                            "and nobody is told (there is no ICMP); 0: no limit"),                 \
        LINK_KEY(down, SCHEMA_BOOL, type_, base, .fallback = "false", .meaning = "nothing passes")

static const struct schema_key change_keys[] = {
    {.name = "at",
     .type = SCHEMA_DURATION,
     .required = true,
     .max = VALUES_DURATION_MAX,
     .meaning = "from when on",
     FIELD(struct schema_link_change, at)},
    LINK_KEYS(struct schema_link_change, policy,
              "as before, or from `delay` and `jitter` if nobody gave one"),
    {0},
};

static const struct schema change = {
    .what = "a change of a link",
    .path = "links[].changes[]",
    .intro = "How a link, or one direction of it, changes while the run goes on: outages, and "
             "times of loss. What is under way or in the queue keeps its time of arrival.",
    .keys = change_keys,
    .item_size = sizeof(struct schema_link_change),
    .line_offset = SIZE_MAX,
    .overlay = true,
    .absent = "as before",
};

#define CHANGES_KEY(list, counter, text)                                                           \
    {                                                                                              \
        .name = "changes", .type = SCHEMA_BLOCKS, .block = &change, .max = 1000000,                \
        .otherwise = text, .meaning = "what is different from a time on, in order of time",        \
        ARRAY(struct schema_link, list, counter)                                                   \
    }

#define DIRECTION_FLOOR                                                                            \
    "as the link, if it has one; else from the direction's own `delay` and `jitter`"

static const struct schema_key forward_keys[] = {
    LINK_KEYS(struct schema_link, forward, DIRECTION_FLOOR),
    CHANGES_KEY(forward_changes, forward_change_count, "as the link"),
    {0},
};

static const struct schema_key backward_keys[] = {
    LINK_KEYS(struct schema_link, backward, DIRECTION_FLOOR),
    CHANGES_KEY(backward_changes, backward_change_count, "as the link"),
    {0},
};

static const struct schema forward = {
    .what = "a direction of a link",
    .path = "links[].forward",
    .intro = "From the first host of `between` to the second. What is absent is as in the link.",
    .keys = forward_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
    .absent = "as the link",
};

static const struct schema backward = {
    .what = "a direction of a link",
    .path = "links[].backward",
    .intro = "From the second host of `between` to the first. What is absent is as in the link.",
    .keys = backward_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
    .absent = "as the link",
};

static const struct schema_key link_keys[] = {
    {.name = "between",
     .type = SCHEMA_PAIR,
     .required = true,
     .meaning = "the two hosts, as `[alice, gw]`",
     FIELD(struct schema_link, a)},
    {.name = "shared",
     .type = SCHEMA_BOOL,
     .fallback = "false",
     .meaning = "all members of the groups at its ends go over this one link, with one queue in "
                "each direction; else each has one of its own",
     FIELD(struct schema_link, shared)},
    LINK_KEYS(struct schema_link, both, "`delay` less three times `jitter`, and never under 10us"),
    CHANGES_KEY(both_changes, both_change_count, "none"),
    {.name = "forward",
     .type = SCHEMA_BLOCK,
     .block = &forward,
     .otherwise = "as the link",
     .meaning = "what is different from the first host to the second"},
    {.name = "backward",
     .type = SCHEMA_BLOCK,
     .block = &backward,
     .otherwise = "as the link",
     .meaning = "what is different from the second host to the first"},
    {0},
};

const struct schema schema_link_block = {
    .what = "a link",
    .path = "links[]",
    .intro = "A link joins two hosts; what it does to datagrams is said in the words of `tc "
             "netem`. Both directions are alike unless `forward` or `backward` tells otherwise.",
    .keys = link_keys,
    .item_size = sizeof(struct schema_link),
    .line_offset = offsetof(struct schema_link, line),
};

/* The same keys, for whoever looks at a policy alone. */
const struct schema schema_policy = {
    .what = "what a link does",
    .path = "links[]",
    .keys = change_keys + 1,
    .line_offset = SIZE_MAX,
};
