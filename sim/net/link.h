/*
 * What a link does to datagrams in one direction, in netem's words. Times in nanoseconds,
 * probabilities as 64-bit fractions of one, so that no floating point decides a fate.
 */
#ifndef IKESIM_SIM_NET_LINK_H
#define IKESIM_SIM_NET_LINK_H

#include <stdbool.h>
#include <stdint.h>

/* A probability p as floor(p * 2^64), 1 as UINT64_MAX. */
typedef uint64_t net_probability;

struct net_link_policy {
    uint64_t delay;  /* ns */
    uint64_t jitter; /* ns: the delay is uniform in delay +- jitter */
    uint64_t floor;  /* ns: no draw goes below */
    net_probability loss;
    net_probability duplicate;
    net_probability
        reorder;  /* this share skips the delay (it takes `floor`) and overtakes others */
    uint32_t mtu; /* octets of an IP packet, told in the recording; 0: none */
};

/* No link is faster than this, so that cause always comes before effect (design §5). */
#define NET_DELAY_MIN UINT64_C(10000)

/* Fate of a sender's n-th datagram to a receiver: a pure function of its arguments. */
struct net_fate {
    bool lost;
    bool duplicated;
    bool reordered;
    uint64_t delay;      /* ns, of the original */
    uint64_t copy_delay; /* ns, of the duplicate */
};

struct net_fate net_link_fate(const struct net_link_policy *policy, uint64_t seed,
                              const char *sender, const char *receiver, uint64_t n);

#endif
