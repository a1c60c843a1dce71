/* A node inside: its work items, its flows. For node.c, work.c and traffic.c, and for middle.c,
 * which is two hosts without a node. */
#ifndef IKESIM_SIM_HOST_NODE_INTERNAL_H
#define IKESIM_SIM_HOST_NODE_INTERNAL_H

#include "sim/engine/draw.h"
#include "sim/host/node.h"
#include "sim/net/unreachable.h"

enum item_kind {
    ITEM_IKE,
    ITEM_ESP_IN,
    ITEM_ESP_OUT,
    ITEM_TIMER,
    ITEM_LIMIT,
    ITEM_UNKNOWN_SPI,
    ITEM_SELECTOR, /* a packet was dropped for what is inside of it */
    ITEM_ERROR,    /* of ICMP, about something that was sent */
    ITEM_SYNC,     /* one member of a cluster tells the other of an IKE SA, */
    ITEM_TAKEOVER, /* which goes on with it */
    ITEM_ORDER
};

/* One work item from its arrival to its completion. */
struct node_item {
    struct cpu_item cpu; /* first: the CPU gives it back by this */
    struct node *node;
    struct node_item *next_free;
    enum item_kind kind;
    struct net_path *path; /* to the peer that it concerns */
    struct net_datagram *datagram;
    struct ike_timer timer;
    struct esp_limit limit;
    uint32_t spi;                 /* ITEM_UNKNOWN_SPI, ITEM_SELECTOR */
    struct net_unreachable error; /* ITEM_ERROR: views `datagram` */
    struct host_order order;
    uint8_t *record; /* ITEM_SYNC, ITEM_TAKEOVER: malloc'ed */
    size_t record_len;
    uint8_t *inner; /* ITEM_ESP_OUT, ITEM_SELECTOR: malloc'ed */
    size_t inner_len;
    uint64_t inner_identity;
    bool abandoned;           /* the host has restarted while it was in service */
    struct trace_ref trigger; /* why it is here */
    struct trace_ref cause;   /* of the next event that the protocol code emits */
    struct trace_batch batch;
    struct host_outcome outcome;
};

struct flow {
    struct sim_event event;
    struct node *node;
    struct node_flow spec;
    struct net_path *path;
    struct sim_draw_key draw_key;
    uint16_t identifier; /* of echoes */
    bool started;
    bool leased; /* its source is what the CHILD SA has at this end */
    uint64_t sent;
    uint64_t begun;    /* time of the first packet of the row that is being sent */
    uint64_t in_row;   /* packets of it behind the first */
    uint64_t period;   /* TRAFFIC_ONOFF: rows before this one */
    uint64_t on_until; /* TRAFFIC_ONOFF: end of this one */
};

struct node {
    struct node_shared *shared;
    void *user;
    struct sim_node place; /* has its name */
    struct sim_draw_key draw_key;
    struct net_port *port;
    struct host *host;
    struct trace_observer observer;
    struct cpu_server cpu;
    struct node_item *current; /* whose protocol code is running */
    size_t flow_count;
    struct flow *flows;
    uint64_t attempts; /* IKE SAs initiated so far */
    struct {
        struct net_path *path; /* to the peer that it connects to; NULL: it waits to be spoken to */
        uint32_t tries_max;    /* 0: no end */
        uint32_t tries;        /* attempts that failed since the last success */
        bool restart;          /* anew when the peer is found dead */
        bool anycast;          /* by the address that the peer shares */
    } connect;
    uint64_t down_until;     /* ns: it restarts; 0: never yet */
    bool answers_icmp;       /* the machine is there while its daemon restarts */
    struct cluster *cluster; /* NULL: it is one machine */
    uint32_t incarnation; /* counts takeovers: what one member waits for is nothing to the other */
};

/* ---- node.c ---- */

/* Zeroed memory; aborts when there is none. */
void *node_calloc(size_t size);

/* Asks the peer for a CHILD SA of one pair of addresses. */
void node_order_pair(struct node *node, uint64_t at, struct net_path *path, const char *child,
                     const struct ike_pair *pair);

/* Begins an IKE SA with the gateway to which a redirect has led. */
void node_begin_redirected(struct node *node, struct net_path *path,
                           const struct ike_redirected *redirected, uint64_t now);

/* A work item from the pool of the world, with what brought it here, and back into it; its buffers
 * are kept. */
struct node_item *node_item_new(struct node *node, enum item_kind kind, struct net_path *path,
                                struct trace_ref trigger);
void node_item_free(struct node_item *item);

/* Hands the item to the CPU; what a full queue refuses is told and freed. */
void node_submit(struct node_item *item, uint64_t now);

/* As its receiver sees it. */
struct ike_datagram node_ike_datagram(const struct net_datagram *datagram);

/* What an ICMP error quotes, as its sender knows it: without octets where it was no IKE message. */
struct ike_datagram node_quoted_datagram(const struct net_unreachable *error);

/* Begins an IKE SA with the peer that the host connects to. */
void node_connect_again(struct node *node, uint64_t at, const char *origin);

/* A port's own address as IKE has it. */
struct ike_address node_address_of(const struct net_port *port);

/* The address at which the peer can be spoken to: behind a NAT, that of the box. */
struct ike_address node_reach(const struct net_path *path);

/* Another member of the cluster is the host from now on, knowing nothing yet. */
void node_change_member(struct node *node, const char *member, const struct host_options *options);

/* "datagram", "timer", ..., as cpu:work spells them. */
const char *node_item_name(enum item_kind kind);

/* ---- work.c ---- */

extern const struct cpu_operations node_cpu_operations;

/* All IKE SAs are forgotten, and what the cores work on is over. Returns how many there were. */
uint64_t node_forget_all(struct node *node, uint64_t now, const char *why);

/* The class of an item that arrives, by what can be seen of it without work. */
enum cpu_class node_classify(const struct node_item *item);

/* ---- redirect.c ---- */

/* A redirect names another gateway: it is found, by the name that it has been given if need be, and
 * an IKE SA begun with it. Told where that cannot be. */
void node_follow(struct node_item *item, const struct ike_action *action, uint64_t now);

/* ---- traffic.c ---- */

/* Copies the flows; none has begun. */
void traffic_init(struct node *node, size_t count, const struct node_flow *flows);

/* The peer wants a CHILD SA for each pair of addresses: those of the flows that are to go through
 * `child` are asked for. */
void traffic_ask(struct node *node, const char *child, struct net_path *path, uint64_t now);

/* The CHILD SA is there: its flows begin. */
void traffic_start(struct node *node, const struct ike_child_sa *child, struct net_path *path,
                   uint64_t now);

/* What came out of a tunnel goes to the network behind; a host there answers pings. */
void traffic_deliver(struct node_item *item, uint64_t now);

#endif
