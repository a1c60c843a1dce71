/*
 * A simulated host: a struct host with the CPU model around it, a port in the network, and traffic
 * behind it. All that a run does to it happens here: datagrams arrive, timers fall due, the
 * scenario gives orders.
 */
#ifndef IKESIM_SIM_HOST_NODE_H
#define IKESIM_SIM_HOST_NODE_H

#include "sim/engine/draw.h"
#include "sim/host/cost.h"
#include "sim/host/cpu.h"
#include "sim/host/host.h"
#include "sim/host/traffic.h"
#include "sim/net/net.h"

struct node;

/* An inner packet about to enter a tunnel. */
struct node_packet {
    const struct net_port *peer;
    size_t flow;      /* index of the host's flow, where it answers nothing */
    uint64_t answers; /* identity of the echo request that it answers, 0 none */
    uint64_t now;
    struct crypto_bytes bytes;
};

/* An inner packet that came out of one: what its bytes say, for the observer to put right. */
struct node_arrival {
    uint64_t times;   /* that it has been delivered, this one included */
    const char *flow; /* name of the flow that it belongs to */
    uint64_t sent_at; /* ns */
};

/* The observer outside of the code under test (docs/design.md, rule 6). Any hook may be NULL. */
struct node_watch {
    void *context;
    /* An inner packet is about to enter a tunnel: returns the identity under which only the
     * simulator knows it. */
    uint64_t (*inner_sent)(void *context, const struct node *node,
                           const struct node_packet *packet);
    /* It came out of a tunnel; fills `arrival`. */
    void (*inner_delivered)(void *context, const struct node *node, uint64_t identity,
                            struct crypto_bytes inner, uint64_t now, struct node_arrival *arrival);
    /* It has ended before it became a datagram. */
    void (*inner_gone)(void *context, uint64_t identity);
    void (*ping_answered)(void *context, const struct node *node, size_t flow, uint64_t round_trip);
    /* The protocol code tells something of its dealings with a peer. What travels encrypted can
     * only be learnt from the ends. */
    void (*told)(void *context, const struct node *node, const struct net_port *peer,
                 enum trace_kind kind, const void *data);
    /* An IKE message that `sender` knows by `identity` was taken for new; `bytes` is the datagram
     * that it came in, or that made it whole. */
    void (*message_accepted)(void *context, const struct node *node, const struct net_port *sender,
                             uint64_t identity, struct crypto_bytes bytes);
    void (*message_sent)(void *context, const struct node *node, uint64_t identity,
                         struct crypto_bytes bytes);
    void (*sa_established)(void *context, const struct node *node, const struct net_port *peer);
    /* One that had been established. */
    void (*sa_gone)(void *context, const struct node *node, const struct net_port *peer);
    void (*child_installed)(void *context, const struct node *node, const char *child,
                            bool transport);
    void (*child_removed)(void *context, const struct node *node, const char *child);
    void (*cpu_dropped)(void *context, const struct node *node, enum cpu_class class);
};

/* An address as IKE has it: with UDP port 500. */
struct ike_address node_address_from(const struct net_address *address);

/* Who answers for the DNS of the world. */
struct node_names {
    /* The port of the host that has that FQDN, NULL if none has; letters count alike (RFC 4343). */
    const struct net_port *(*find)(void *context, const char *name);
    void *context;
    uint64_t delay; /* ns until the answer is there */
};

/* What the nodes of a world share. All borrowed but the pool of work items, which is kept here so
 * that a hundred thousand idle hosts hold none. */
struct node_shared {
    struct sim_engine *engine;
    struct net *net;
    struct trace_recorder *recorder;
    struct crypto_context *crypto;
    const struct cost_table *costs;
    struct node_watch watch;
    struct node_names names;
    bool foresee; /* somebody computes ahead: what is going to be needed is told */
    struct node_item *pool;
};

/* Frees the pool; after the engine and the nodes are freed. */
void node_shared_dispose(struct node_shared *shared);

/* Two members or more with one address (cluster.h). */
enum { NODE_MEMBERS_MAX = 8 };
struct node_cluster_options {
    const char *members[NODE_MEMBERS_MAX]; /* borrowed; the first is active first */
    size_t member_count;
    uint64_t sync;   /* ns from one synchronisation to the next, or one of the two below */
    uint64_t detect; /* ns until the others know that the active member is dead */
    uint64_t delay;  /* ns that a synchronisation is on its way */
};
#define NODE_SYNC_ON_CHANGE 0 /* of an IKE SA, when it has changed */
#define NODE_SYNC_NONE UINT64_MAX

struct node_options {
    const char *name; /* borrowed, unique */
    struct net_address address;
    const struct ike_policy *policy; /* borrowed */
    const struct ike_self *self;     /* borrowed */
    struct ike_faults *faults;       /* borrowed; NULL: none (ike/faults.h) */
    struct esp_faults *esp_faults;   /* the same (esp_faults.h) */
    const struct cpu_options *cpu;   /* borrowed */
    bool measure_cpu;                /* keep what node_cpu is asked for */
    size_t flow_count;
    const struct node_flow *flows;              /* copied */
    const struct node_cluster_options *cluster; /* copied; NULL: it is one machine */
    struct node_shared *shared;                 /* borrowed */
    void *user;                                 /* of whoever runs the world */
};

/* NULL if the address is taken. */
struct node *node_new(const struct node_options *options);

/* After the engine is freed, before the network and the recorder are. */
void node_free(struct node *node);

/* The options' name, address (as a port) and user pointer, and virtual time. */
const char *node_name(const struct node *node);
void *node_user(const struct node *node);
uint64_t node_now(const struct node *node);
struct net_port *node_port(const struct node *node);

/* How the node's CPU stands at `now`. */
struct node_load {
    uint64_t cores;
    uint64_t busy;         /* ns that they have worked, in sum */
    uint64_t waiting;      /* work items */
    uint64_t waiting_most; /* since node_load_begin */
};
struct node_load node_load(const struct node *node, uint64_t now);
void node_load_begin(struct node *node);

/* For what its CPU has refused, and how long each class has waited, if that is measured. */
const struct cpu_server *node_cpu(const struct node *node);

/* Of a cluster, that of the active member. */
const struct host *node_host(const struct node *node);

/* The node will initiate its n-th IKE SA (from 0) with that peer: what can be computed for it may
 * be computed from now on. */
void node_foresee_initiate(const struct node *node, const struct net_port *peer, uint64_t n);

/* Order in which nodes act that have something to do at the same time. */
const struct sim_node *node_place(const struct node *node);

/* What an entity draws for an identity of crypto/: the one mapping of the one to the other. */
void node_draw(struct sim_draw_key key, const struct crypto_draw *draw, uint8_t *out, size_t len);

/* How much a node does for its IKE SA: swanctl's keyingtries and dpd_action. */
struct node_connect_options {
    uint32_t tries; /* attempts without an answer; 0: no end */
    bool restart;   /* initiate anew when the peer is found dead */
    bool anycast;   /* by the address that the peer shares with others, not by its own */
};

/* From time `at` on the node wants an IKE SA with `peer`: it initiates then, and anew when it has
 * itself restarted. */
void node_connect(struct node *node, uint64_t at, const struct net_port *peer,
                  const struct node_connect_options *options);

/* At time `at` the node loses all that it knows of its peers, tells nobody, and is up again `down`
 * ns later. `icmp`: meanwhile its kernel answers what nobody takes with ICMP errors. */
void node_restart(struct node *node, uint64_t at, uint64_t down, bool icmp);

/* At time `at` all peers with an IKE SA are sent to the other gateway of the host's policy. */
void node_redirect(struct node *node, uint64_t at);

/* The other member of the cluster takes over at that time. */
void node_takeover(struct node *node, uint64_t at);

/* The host has another address from `at` on, which is free; `gateway` is the port of the NAT that
 * it is behind then, or NULL; `peer` is who is told, if IKE has a way to. */
void node_move(struct node *node, uint64_t at, const struct net_address *address,
               const struct net_port *gateway, const struct net_port *peer);

/* From `at` on the host has another configuration, borrowed, of which `what` is told; the peers
 * that it has an IKE SA with hear what they have to know, and `peer` is told of it in the recording
 * in any case. */
void node_reload(struct node *node, uint64_t at, const struct ike_policy *policy, const char *what,
                 const struct net_port *peer);

/* Gives an order at time `at`. `origin` ("connect", "script") is static text; `peer` must be
 * linked. */
void node_order(struct node *node, uint64_t at, enum host_order_kind kind,
                const struct net_port *peer, const char *child, const char *origin);

#endif
