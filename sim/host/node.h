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
#include "sim/net/net.h"

struct node;

/* A ping from behind the host to behind its peer. */
struct node_flow {
    const char *child; /* starts when this CHILD SA is there */
    struct net_address source, destination;
    uint64_t start, every; /* ns */
    uint64_t count;        /* 0: no end */
    uint32_t data_len;     /* octets of ICMP data */
};

/* The observer outside of the code under test (design §6). Any hook may be NULL. */
struct node_watch {
    void *context;
    /* An inner packet is about to enter a tunnel: returns the identity under which only the
     * simulator knows it. */
    uint64_t (*inner_sent)(void *context, const struct node *node, struct crypto_bytes inner);
    /* It came out of a tunnel. Returns how often it has been delivered, this time included. */
    uint64_t (*inner_delivered)(void *context, const struct node *node, uint64_t identity,
                                struct crypto_bytes inner);
    void (*ping_answered)(void *context, const struct node *node);
    /* An IKE message that `sender` knows by `identity` was taken for new. */
    void (*message_accepted)(void *context, const struct node *node, const struct net_port *sender,
                             uint64_t identity);
    void (*message_sent)(void *context, const struct node *node, uint64_t identity,
                         struct crypto_bytes bytes);
    void (*sa_established)(void *context, const struct node *node, const struct net_port *peer);
    /* One that had been established. */
    void (*sa_gone)(void *context, const struct node *node, const struct net_port *peer);
    void (*child_installed)(void *context, const struct node *node, const char *child);
    void (*child_removed)(void *context, const struct node *node, const char *child);
    void (*initial_contact)(void *context, const struct node *node);
    void (*window_size)(void *context, const struct node *node);
    /* A peer's certificate was good; a peer's proof was refused. */
    void (*certificate_accepted)(void *context, const struct node *node);
    void (*authentication_refused)(void *context, const struct node *node);
    /* IKE datagrams that changed nothing: the reason as in ike:message_dropped. */
    void (*message_dropped)(void *context, const struct node *node, const char *reason);
    void (*cookie)(void *context, const struct node *node, bool accepted);
    void (*cpu_dropped)(void *context, const struct node *node);
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
    struct node_item *pool;
};

/* Frees the pool; after the engine and the nodes are freed. */
void node_shared_dispose(struct node_shared *shared);

struct node_options {
    const char *name; /* borrowed, unique */
    struct net_address address;
    const struct ike_policy *policy; /* borrowed */
    uint32_t cores, queue;
    size_t flow_count;
    const struct node_flow *flows; /* copied */
    struct node_shared *shared;    /* borrowed */
    void *user;                    /* of whoever runs the world */
};

/* NULL if the address is taken. */
struct node *node_new(const struct node_options *options);

/* After the engine is freed, before the network and the recorder are. */
void node_free(struct node *node);

const char *node_name(const struct node *node);
void *node_user(const struct node *node);
struct net_port *node_port(const struct node *node);
const struct host *node_host(const struct node *node);

/* What an entity draws for an identity of crypto/: the one mapping of the one to the other. */
void node_draw(struct sim_draw_key key, const struct crypto_draw *draw, uint8_t *out, size_t len);

/* Gives an order at time `at`. `origin` ("connect", "script") is static text; `peer` must be
 * linked. */
void node_order(struct node *node, uint64_t at, enum host_order_kind kind,
                const struct net_port *peer, const char *child, const char *origin);

#endif
