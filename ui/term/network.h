/* Hosts and links as of the cursor: what is on its way on each link and where, and what the link
 * did of late. Read around the cursor, a bounded number of events for each link. */
#ifndef IKESIM_UI_TERM_NETWORK_H
#define IKESIM_UI_TERM_NETWORK_H

#include "ui/term/datagrams.h"
#include "ui/term/model.h"

#define NETWORK_LINKS 12
#define NETWORK_FLYING 64

/* Datagrams of each way that "of late" is about. */
#define NETWORK_RECENT 100

struct network_packet {
    int permille; /* of its way */
    bool esp;
    bool lost; /* it died there a moment ago */
};

/* One direction of a link. */
struct network_way {
    uint64_t sent, lost, arrived, doubled; /* from the beginning to the cursor */
    size_t recent, recent_lost, overtaken; /* of late */
    size_t waiting;                        /* in the queue before the link, of this sender's */
    uint64_t limit, waited_most; /* how many may wait; how many did, of late, anybody's; 0: none */
    size_t lost_queue, lost_other; /* of recent_lost: a full queue; neither dice nor queue */
    uint64_t delay_min, delay_max, delay_sum;
    size_t delays;
    char nat[24]; /* the NAT box that these datagrams went through last; "" if none */
    char
        outside[56]; /* address and port that the sender had behind it; "" where it keeps its own */
    size_t flying;   /* on their way; the first NETWORK_FLYING are in `packets` */
    size_t packet_count;
    struct network_packet packets[NETWORK_FLYING];
};

struct network_link {
    uint32_t pair;             /* index in the state */
    struct network_way way[2]; /* from a, from b */
};

struct network {
    uint64_t ordinal, time, events;
    size_t count;
    struct network_link links[NETWORK_LINKS];
    uint32_t pair_index;        /* whose they are: */
    struct datagrams datagrams; /* of the two that are looked at */
};

/* Of no links until it is prepared. */
struct network *network_new(void);
void network_free(struct network *network);

/* Reads up to NETWORK_LINKS links: those of the given pairs. */
void network_prepare(struct network *network, struct model *model, const uint32_t *pairs,
                     size_t count);

#endif
