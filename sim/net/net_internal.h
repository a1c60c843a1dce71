/* What the files of net.h share: net.c has ports and paths, transit.c the way of a datagram. */
#ifndef IKESIM_SIM_NET_NET_INTERNAL_H
#define IKESIM_SIM_NET_NET_INTERNAL_H

#include "sim/engine/memory.h"
#include "sim/net/net.h"

/* An address that a port shares with others. */
struct net_anycast {
    struct net_address address;
    struct net_port *port;
};

struct net {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net_watch watch;
    size_t port_count, bucket_count;
    struct net_port **buckets; /* by address */
    struct net_trunk *trunks;
    size_t anycast_count; /* few, if any */
    struct net_anycast *anycasts;
};

/* ---- anycast.c ---- */

/* As net_path_find, of an address that ports share. */
struct net_path *net_anycast_find(const struct net_port *from, const struct net_address *address);

/* ---- datagram.c ---- */

/* The drop hook of its event. */
void net_datagram_drop(struct sim_event *event);

/* The link's second copy of it. */
struct net_datagram *net_datagram_duplicate(struct net_datagram *datagram, uint64_t now);

/* Turns one bit, 0 the highest of the first octet. The datagram has at least one octet. */
void net_datagram_corrupt(struct net_datagram *datagram, uint64_t now, uint64_t bit);

/* ---- transit.c ---- */

/* Emits net:sent. */
void net_tell_sent(struct net_datagram *datagram, uint64_t now, struct trace_ref cause);

/* Leaves for the other end of its hop, where it is `delay` later: half of it behind a tap. */
void net_queue_arrival(struct net_datagram *datagram, uint64_t left, uint64_t delay);

/* ---- intervene.c ---- */

/* Those of the watch's edits whose bits are set. */
void net_edit_all(struct net_datagram *datagram, uint64_t now, uint64_t edits);

/* Sends its octets once more, `after` ns from now. */
void net_replay(const struct net_datagram *datagram, uint64_t now, uint64_t after);

#endif
