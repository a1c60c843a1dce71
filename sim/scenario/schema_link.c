/* Keys of a link, in the words of `tc netem`. */
#include "sim/scenario/schema_fields.h"
#include "sim/scenario/values.h"

#define DELAY_KEY(base, default_text)                                                              \
    {                                                                                              \
        .name = "delay", .type = SCHEMA_DURATION, .fallback = default_text,                        \
        .meaning = "time that a datagram takes, as `tc netem` has it", .min = NET_DELAY_MIN,       \
        .max = VALUES_DURATION_MAX, FIELD(struct schema_link, base.delay)                          \
    }
#define LINK_KEYS(base, zero, no_loss, no_mtu, floor_text)                                         \
    {.name = "jitter",                                                                             \
     .type = SCHEMA_DURATION,                                                                      \
     .fallback = zero,                                                                             \
     .meaning = "the delay is drawn evenly from `delay` - `jitter` to `delay` + `jitter`",         \
     .max = VALUES_DURATION_MAX,                                                                   \
     FIELD(struct schema_link, base.jitter)},                                                      \
        {.name = "loss",                                                                           \
         .type = SCHEMA_PROBABILITY,                                                               \
         .fallback = no_loss,                                                                      \
         .meaning = "share of the datagrams that are lost",                                        \
         FIELD(struct schema_link, base.loss)},                                                    \
        {.name = "duplicate",                                                                      \
         .type = SCHEMA_PROBABILITY,                                                               \
         .fallback = no_loss,                                                                      \
         .meaning = "share of the datagrams that arrive twice",                                    \
         FIELD(struct schema_link, base.duplicate)},                                               \
        {.name = "reorder",                                                                        \
         .type = SCHEMA_PROBABILITY,                                                               \
         .fallback = no_loss,                                                                      \
         .meaning = "share of the datagrams that skip the delay (they take `floor`) and overtake " \
                    "others",                                                                      \
         FIELD(struct schema_link, base.reorder)},                                                 \
        {.name = "floor",                                                                          \
         .type = SCHEMA_DURATION,                                                                  \
         .otherwise = floor_text,                                                                  \
         .meaning = "no datagram is faster than this",                                             \
         .min = NET_DELAY_MIN,                                                                     \
         .max = VALUES_DURATION_MAX,                                                               \
         FIELD(struct schema_link, base.floor)},                                                   \
    {                                                                                              \
        .name = "mtu", .type = SCHEMA_MTU, .fallback = no_mtu,                                     \
        .meaning = "octets of an IP packet that the link takes, told in the recording; 0: not "    \
                   "told",                                                                         \
        .max = 65535, FIELD(struct schema_link, base.mtu)                                          \
    }

#define DIRECTION_FLOOR                                                                            \
    "as the link, if it has one; else from the direction's own `delay` and `jitter`"

static const struct schema_key forward_keys[] = {
    DELAY_KEY(forward, NULL),
    LINK_KEYS(forward, NULL, NULL, NULL, DIRECTION_FLOOR),
    {0},
};

static const struct schema_key backward_keys[] = {
    DELAY_KEY(backward, NULL),
    LINK_KEYS(backward, NULL, NULL, NULL, DIRECTION_FLOOR),
    {0},
};

static const struct schema forward = {
    .what = "a direction of a link",
    .path = "links[].forward",
    .intro = "From the first host of `between` to the second. What is absent is as in the link.",
    .keys = forward_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
};

static const struct schema backward = {
    .what = "a direction of a link",
    .path = "links[].backward",
    .intro = "From the second host of `between` to the first. What is absent is as in the link.",
    .keys = backward_keys,
    .line_offset = SIZE_MAX,
    .overlay = true,
};

static const struct schema_key link_keys[] = {
    {.name = "between",
     .type = SCHEMA_PAIR,
     .required = true,
     .meaning = "the two hosts, as `[alice, gw]`",
     FIELD(struct schema_link, a)},
    DELAY_KEY(both, "10us"),
    LINK_KEYS(both, "0s", "0%", "0", "`delay` less three times `jitter`, and never under 10us"),
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
