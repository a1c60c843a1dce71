/*
 * The network: ports of hosts, the links between them, datagrams on their way. A datagram's fate is
 * drawn when it is sent; it then waits in the engine's queue for the time of its arrival.
 */
#ifndef IKESIM_SIM_NET_NET_H
#define IKESIM_SIM_NET_NET_H

#include <stddef.h>

#include "sim/engine/engine.h"
#include "sim/net/address.h"
#include "sim/net/link.h"
#include "trace/recorder.h"

enum { NET_PROTOCOL_UDP = 17, NET_PROTOCOL_ESP = 50, NET_PROTOCOL_AH = 51 };

struct net;
struct net_port;
struct net_datagram;

/* What stands between hosts, a NAT or somebody with other intentions: it takes the datagrams that
 * come to its port, or over a link on which it sits, and sends them on (net_forward, net_pass),
 * changed or not, or loses them (net_lose). */
struct net_relay {
    struct sim_node *node;
    void (*take)(struct net_relay *relay, uint64_t now, struct net_datagram *datagram);
};

/* One direction of a link that many pairs of ports share: one queue for all, in the order in which
 * the link comes to them. */
struct net_trunk {
    const struct net_link_policy *policy; /* what holds now; borrowed */
    struct net_burst burst;
    struct net_queue queue;
    struct sim_node node; /* the link's place in the order of events */
    char *name;
    struct net_trunk *next; /* in the network */
};

/* One end's dealings with one peer; and, where a link joins the two, its direction, which belongs
 * to its sender. What is told of datagrams is told of the two ends, whatever lies between them. */
struct net_path {
    struct net_port *from, *to;
    const struct net_link_policy *policy; /* what holds now; borrowed; NULL: there is no link */
    struct net_trunk *trunk;              /* whose policy, burst and queue count; NULL: its own */
    struct net_relay *tap;                /* sits on the link; NULL: nobody */
    struct net_burst burst;               /* of its gemodel, after `sent` datagrams */
    struct net_queue *queue;       /* of datagrams that wait for its rate; NULL: never had one */
    struct trace_channel *channel; /* (from, to): events of the sender about the receiver */
    struct net_path *back;         /* the receiver's path to the sender */
    uint64_t sent;                 /* datagrams from -> to, the n of every draw */
    uint64_t highest_arrived;      /* of those from -> to, to see overtaking */
    uint64_t sa; /* of the host at `from`: its newest established IKE SA with the peer; 0: none */
    struct net_path *next; /* in its bucket */
};

/* Octets that somebody on the link writes into a datagram. */
struct net_edit {
    size_t octet; /* the first, counted behind a non-ESP marker */
    struct trace_bytes value;
};

/* As many may be due in one network. */
#define NET_EDITS_MAX 64

/* The last bit of a datagram. */
#define NET_LAST_BIT UINT64_MAX

/* What a script's lines do to one datagram. */
struct net_intervention {
    bool drop;
    bool duplicate;
    bool corrupt;
    uint64_t bit;    /* of `corrupt`; NET_LAST_BIT, and where there are not so many: the last */
    uint64_t delay;  /* ns added */
    uint64_t replay; /* ns after which its octets are sent once more; 0: not */
    uint64_t edits;  /* a bit for each of net_watch.edits */
};

/* What is on its way. It belongs to the network until net_port's `receive` gets it. */
struct net_datagram {
    struct sim_event event;
    struct net *net;
    struct net_path *path; /* between whom it goes */
    struct net_path *hop;  /* the link that it is on */
    struct net_path *back; /* when it has arrived: the receiver's path to the sender */
    uint8_t protocol;      /* NET_PROTOCOL_UDP, ... */
    uint8_t marker; /* octets before an IKE message: 4 on port 4500 (RFC 3948 §2.2), else 0 */
    struct net_address source, destination; /* as the IP header has them by now */
    uint16_t source_port, destination_port;
    uint64_t rest;                 /* ns of its way that lie behind a tap */
    struct net_intervention order; /* of the script, until the link has it */
    uint64_t number;               /* the sender's n-th to this receiver, from 1 */
    uint32_t copy;                 /* 1, or another number for a duplicate made by a link */
    uint32_t copies;               /* as many numbers may be taken: links so far make one each */
    bool forged;                   /* made by a tap, or sent once more by a script's order */
    bool corrupted;                /* the link turned a bit of it */
    bool foreseen;                 /* the receiver has looked at it before its time */
    uint64_t sent_at;
    struct trace_ref sent; /* net:sent */
    /* What only the simulator sees: which message or inner packet this is (docs/design.md, rule 6).
     */
    uint64_t message_identity; /* of the sender's IKE message, 0 for ESP */
    uint64_t inner_identity;   /* of the inner packet, 0 for IKE */
    /* The IP header, extension headers included, where ESP or AH has made it (transport mode, AH in
     * either mode): malloc'ed, the datagram's own. NULL: the plainest one. */
    uint8_t *header;
    size_t header_len;
    size_t len;
    uint8_t bytes[]; /* UDP payload, or the ESP or AH packet */
};

/* A host's place in the network. */
struct net_port {
    const char *name;
    struct net_address address;
    struct sim_node *node;
    struct net_relay *relay;  /* NULL: a host */
    struct net_path *gateway; /* takes what no link of its own leads to: to its NAT; or NULL */
    struct net *net;
    struct trace_channel *channel; /* of the host itself */
    /* A datagram has arrived; the receiver frees it with net_datagram_free. `delivered` is its
     * net:delivered event. */
    void (*receive)(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                    struct trace_ref delivered);
    /* It is on its way and may be looked at before its time: whether it was; NULL: nobody wants to.
     * What is seen may change nothing but how fast the world is computed. */
    bool (*foresee)(struct net_port *port, struct net_datagram *datagram);
    uint32_t coming; /* datagrams on their way that were looked at */
    void *user;
    uint32_t path_count, bucket_count; /* a power of two */
    union {
        struct net_path *one;      /* bucket_count 1 */
        struct net_path **buckets; /* by the peer's address */
    };
    struct net_port *next; /* in the network's bucket */
};

/* Watches every datagram, outside of the code under test. Any of the hooks may be NULL. */
struct net_watch {
    void *context;
    /* Asked before the dice; `datagram` has its number and sent_at. */
    struct net_intervention (*intervene)(void *context, const struct net_datagram *datagram);
    const struct net_edit *edits; /* borrowed; what `intervene` may ask for */
    void (*sent)(void *context, const struct net_datagram *datagram);
    void (*lost)(void *context, const struct net_datagram *datagram);
    void (*corrupted)(void *context, const struct net_datagram *datagram);
    void (*duplicated)(void *context, const struct net_datagram *datagram);
    void (*arrived)(void *context, const struct net_datagram *datagram, bool overtaken);
    /* It exists no more: lost, or taken by whoever received it. */
    void (*gone)(void *context, const struct net_datagram *datagram);
};

/* Engine and recorder are borrowed, `watch` (NULL: nobody) is copied. */
struct net *net_new(struct sim_engine *engine, struct trace_recorder *recorder,
                    const struct net_watch *watch);
void net_free(struct net *net); /* after the engine, whose queue holds datagrams */

/* Adds a host's port; name and node are borrowed. `receive` and `user` are set by the caller. NULL
 * if the address is taken. */
struct net_port *net_add_port(struct net *net, const char *name, const struct net_address *address,
                              struct sim_node *node);
struct net_port *net_find_port(const struct net *net, const struct net_address *address);

/* Gives a port another address: what is on its way to the old one will find nobody. False if the
 * new one is taken. */
bool net_port_move(struct net_port *port, const struct net_address *address);

/* The port has that address too, which others may share and which is no port's own (anycast, RFC
 * 4786): what is sent there comes to the nearest of them. One for a port at most. */
void net_port_share(struct net_port *port, const struct net_address *address);

/* That address, NULL if there is none; valid until the next one is shared. */
const struct net_address *net_port_shared(const struct net_port *port);

/* The address is the port's, or one that it shares. */
bool net_port_has(const struct net_port *port, const struct net_address *address);

/* Two ports that speak with each other without a link of their own. */
void net_join(struct net *net, struct net_port *a, struct net_port *b);

/* Joins two ports by a private link; the policies are borrowed. */
void net_connect(struct net *net, struct net_port *a, struct net_port *b,
                 const struct net_link_policy *ab, const struct net_link_policy *ba);

/* One direction of a link to be shared, from hosts called `from` to others called `to`; the policy
 * is borrowed. It belongs to the network. */
struct net_trunk *net_trunk_new(struct net *net, const char *from, const char *to,
                                const struct net_link_policy *policy);

/* Joins two ports by a link that others share. */
void net_connect_trunks(struct net *net, struct net_port *a, struct net_port *b,
                        struct net_trunk *ab, struct net_trunk *ba);

/* The path from a port to an address, NULL if there is no link. O(1). Of an address that ports
 * share, the one to the nearest of them as links are now, NULL if none of its links is up; O(ports
 * that share one). */
struct net_path *net_path_find(const struct net_port *from, const struct net_address *address);

/* The path from a port whose peer has that IKE SA with it, NULL if there is none. O(paths). */
struct net_path *net_path_with_sa(const struct net_port *from, uint64_t sa);

/* All ways from there, in an order that is the same in every run. */
void net_port_paths(const struct net_port *from, void (*each)(struct net_path *path, void *context),
                    void *context);

/* A datagram with room for `len` octets, to be filled and sent. */
struct net_datagram *net_datagram_new(struct net *net, struct net_path *path, size_t len);
void net_datagram_free(struct net_datagram *datagram); /* NULL is nothing */

/* One with the same octets, not on its way. `same`: for the observer it is the same message or
 * inner packet once more; else it is nobody's. */
struct net_datagram *net_datagram_copy(const struct net_datagram *datagram, bool same);

/* Gives it an IP header of its own; copied. */
void net_datagram_set_header(struct net_datagram *datagram, const uint8_t *header, size_t len);

/* Sends: takes the datagram, whose addresses are set, emits net:sent with that cause, draws its
 * fate and queues its arrival. */
void net_send(struct net_datagram *datagram, uint64_t now, struct trace_ref cause);

/* A relay sends it on over the link from its port to `next`; NULL: there is none. */
void net_forward(struct net_datagram *datagram, struct net_path *next, uint64_t now);

/* A tap sends what it has made, in the name of its path's sender and on that path's second half
 * (`rest`); its number is none of the sender's. */
void net_send_forged(struct net_datagram *datagram, uint64_t now, struct trace_ref cause);

/* A tap lets it go on. */
void net_pass(struct net_datagram *datagram, uint64_t now);

/* It ends here; `why` as in net:lost. */
void net_lose(struct net_datagram *datagram, uint64_t now, const char *why);

#endif
