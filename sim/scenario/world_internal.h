/* What the files of world.h share: world.c makes, runs and ends a world; the others build a part.
 */
#ifndef IKESIM_SIM_WORLD_INTERNAL_H
#define IKESIM_SIM_WORLD_INTERNAL_H

#include "sim/engine/memory.h"
#include "sim/host/middle.h"
#include "sim/net/attacker.h"
#include "sim/net/nat.h"
#include "sim/scenario/disguise.h"
#include "sim/scenario/faults.h"
#include "sim/scenario/kept.h"
#include "sim/scenario/reloads.h"
#include "sim/scenario/world.h"

/* The scope of what no host does: the run itself and what is said about it. No host has this name.
 */
#define WORLD_SCOPE "*"

/* An expectation, checked at its time. */
struct world_check {
    struct sim_event event;
    struct world *world;
    size_t index;
    bool decided, holds;
    char why[200];
};

/* An IKE SA that a host is going to begin. */
struct world_connect {
    const struct node *node;
    const struct net_port *peer;
    uint64_t at;
};

struct world {
    const struct scenario *scenario;
    struct crypto_context *crypto;
    struct sim_draw_key draw_key; /* of what belongs to no host */
    struct trace_recorder *recorder;
    struct trace_channel *channel;
    struct sim_engine *engine;
    struct sim_node place;
    struct net *net;
    struct observer *observer;
    struct node_shared shared;
    struct cpu_options *cpus;    /* as scenario->templates */
    struct node **nodes;         /* as scenario->hosts */
    struct attacker **attackers; /* as scenario->attackers; NULL: one in the middle */
    struct middle **middles;     /* likewise; NULL: any other */
    struct disguise *disguises;  /* two for each attacker; zeroed: none */
    struct nat **nats;           /* as scenario->nats */
    struct faults *faults;       /* NULL: nobody is faulty */
    struct reloads *reloads;     /* NULL: every configuration stays */
    size_t slot_count;           /* power of two */
    uint32_t *slots;             /* index of a host + 1, by hash of its name; 0 free */
    struct world_check *checks;  /* as scenario->expects */
    struct kept *kept;
    struct trace_series *series; /* NULL: none */
    char series_error[300];      /* empty: none */
    struct world_options options;
    struct ahead *ahead; /* NULL: the caller's thread alone */
    size_t connect_count, foreseen;
    struct world_connect *connects; /* in the order in which they will be executed */
    uint64_t hash;
};

/* Index of a host that there is, in scenario.hosts. */
size_t world_host_index(const struct world *world, const char *name);

/* It does nothing of its own in this run. */
static inline bool world_asleep(const struct world *world, size_t host)
{
    return world->options.only && !world->options.only[host];
}

/* ---- world_hosts.c ---- */

/* The host that this one is about: the one it connects to, or the first that connects to it; NULL
 * if there is none. */
const struct scenario_member *world_peer_of(const struct world *world,
                                            const struct scenario_member *host);

/* struct node_names: the port of the host that has that name; `context` is the world. */
const struct net_port *world_find_fqdn(void *context, const char *name);

/* All nodes, and the CPU that each group of them has. */
void world_build_hosts(struct world *world);

/* ---- world_links.c: after the hosts; attackers when all are joined ---- */

/* NULL if there is none. */
struct nat *world_find_nat(const struct world *world, const char *name);

/* The boxes, not joined to anything yet. */
void world_build_nats(struct world *world);

/* Hosts and boxes, by the scenario's links. */
void world_join_hosts(struct world *world);

/* Those who speak through boxes know each other without a link. */
void world_join_through_nats(struct world *world);
void world_build_attackers(struct world *world);

/* ---- world_orders.c ---- */

/* All that hosts and boxes are told, put into the event queue. */
void world_give_orders(struct world *world);

/* The hosts that connect, in the order in which they will; and the next of them, whose key pairs
 * are known from the scenario alone, are computed ahead. */
void world_list_connects(struct world *world);
void world_look_ahead(struct world *world);

/* ---- world_checks.c ---- */

/* Those that are to be decided before the end, put into the event queue. */
void world_schedule_checks(struct world *world);

/* Decides an expectation now, and tells. */
void world_decide(struct world_check *check, uint64_t now);

/* ---- world_series.c ---- */

/* False with `why` filled if it cannot be written; true with world.series NULL if nobody wants
 * one. Closing it twice is allowed. */
bool world_open_series(struct world *world, char *why, size_t why_cap);
void world_close_series(struct world *world);

/* The interval that is open is over: nothing before its end is left to happen. */
void world_turn_series(struct world *world);

#endif
