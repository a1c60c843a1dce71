/*
 * What a link does to datagrams in one direction, in netem's words. Times in nanoseconds,
 * probabilities as 64-bit fractions of one, so that no floating point decides a fate.
 */
#ifndef IKESIM_SIM_NET_LINK_H
#define IKESIM_SIM_NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A probability p as floor(p * 2^64), 1 as UINT64_MAX. */
typedef uint64_t net_probability;

/* How the delay lies around its mean. */
enum net_distribution {
    NET_UNIFORM,      /* evenly in delay +- jitter */
    NET_NORMAL,       /* the others: `jitter` is the standard deviation */
    NET_PARETO,       /* bounded, of shape 3, its greatest value ten times its least */
    NET_PARETONORMAL, /* one draw in four normal, three Pareto, as netem mixes them */
};

/* The loss model of Gilbert and Elliott: a chain of two states, one step for each datagram, with a
 * share of losses in each state. netem's `gemodel p r 1-h 1-k`. */
struct net_gemodel {
    net_probability p;         /* good to bad */
    net_probability r;         /* bad to good */
    net_probability loss_bad;  /* 1-h */
    net_probability loss_good; /* 1-k */
};

struct net_link_policy {
    uint64_t delay;  /* ns */
    uint64_t jitter; /* ns, see enum net_distribution */
    uint64_t floor;  /* ns: no draw goes below */
    net_probability loss;
    net_probability duplicate;
    net_probability
        reorder; /* this share skips the delay (it takes `floor`) and overtakes others */
    net_probability corrupt; /* this share has one bit turned */
    struct net_gemodel gemodel;
    uint64_t rate;        /* bits of IP packets a second; 0: no limit */
    uint32_t limit;       /* datagrams that may wait for the rate, the one being sent not counted */
    uint32_t mtu;         /* octets of an IP packet; larger ones are lost; 0: no limit */
    uint8_t distribution; /* enum net_distribution */
    bool down;            /* nothing passes */
    /* What holds from `next_at` (ns) on; NULL: nothing else. Borrowed. */
    const struct net_link_policy *next;
    uint64_t next_at;
};

/* No link is faster than this, so that cause always comes before effect. */
#define NET_DELAY_MIN UINT64_C(10000)

/* Longest queue before a link: 8 octets each, where a link is that busy. */
#define NET_LIMIT_MAX 1000000

/* What is remembered of a direction from one datagram to the next: the state of its gemodel after
 * so many datagrams, which is a function of seed, names and their number. */
struct net_burst {
    bool bad;
};

/* Fate of a sender's n-th datagram to a receiver: a pure function of its arguments. */
struct net_fate {
    bool lost;      /* by `loss` */
    bool lost_bad;  /* by `gemodel` */
    bool corrupted; /* the bit is that of net_fate_bit */
    bool duplicated;
    bool reordered;
    uint64_t delay;      /* ns, of the original */
    uint64_t copy_delay; /* ns, of the duplicate */
    uint64_t bit_word;   /* draws the bit */
};

/* `burst` goes one step; it is zeroed before the first datagram. */
struct net_fate net_link_fate(const struct net_link_policy *policy, uint64_t seed,
                              const char *sender, const char *receiver, uint64_t n,
                              struct net_burst *burst);

/* Which bit of `len` octets (at least one) is turned: 0 is the highest bit of the first octet. */
uint64_t net_fate_bit(const struct net_fate *fate, size_t len);

/* Tables of the inverse distribution functions, at equal steps of probability; made by
 * make_distributions. */
#define NET_DISTRIBUTION_SIZE 1024
extern const int32_t net_distribution_tables[3][NET_DISTRIBUTION_SIZE];

/* The transmitter of a direction with a rate: datagrams leave one behind the other. */
struct net_queue {
    uint64_t free_at; /* when the last of them has left */
    size_t first, count, size;
    uint64_t *begins; /* when each that waits begins to be sent; a ring */
};

/* Time at which the last bit of a datagram of `octets` has left, if it joins the queue at `now`;
 * false if the queue is full. Without a rate that is `now`. */
bool net_queue_pass(struct net_queue *queue, const struct net_link_policy *policy, uint64_t now,
                    size_t octets, uint64_t *left);
void net_queue_dispose(struct net_queue *queue);

#endif
