/*
 * The server model (design §3): cores that take work items from a bounded queue, one item of an IKE
 * SA at a time.
 *
 * The protocol code runs when a core takes the item; what it did becomes visible when the price is
 * paid. Until then its IKE SA is busy: further items of it keep their place in the queue and wait,
 * while others go on. So a duplicate of a request in progress waits, and then finds the cached
 * response.
 */
#ifndef IKESIM_SIM_HOST_CPU_H
#define IKESIM_SIM_HOST_CPU_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/engine/engine.h"

enum cpu_class { CPU_IKE, CPU_ESP, CPU_CLASSES };

/* Embedded in whatever is to be worked on. */
struct cpu_item {
    struct sim_event completion;
    struct cpu_server *server;
    struct cpu_item *next;
    uint64_t place;   /* order of arrival */
    uint64_t arrived; /* ns */
    uint64_t started; /* ns */
    uint64_t cost;    /* ns */
    uint64_t sa;      /* IKE SA that is busy with it while it is in service, 0 none */
    enum cpu_class class;
};

struct cpu_operations {
    /* The IKE SA that the item concerns, as known now; 0 if none. Asked when a core is about to
     * take it. */
    uint64_t (*sa_of)(void *context, const struct cpu_item *item);
    /* Runs the protocol code with `now`; returns the price, ns, and sets item->sa. */
    uint64_t (*work)(void *context, struct cpu_item *item, uint64_t now);
    /* The price is paid: carry out what the work decided. The item belongs to the callee from here
     * on. */
    void (*done)(void *context, struct cpu_item *item, uint64_t now);
    /* The engine ends while the item is in service or queued. */
    void (*drop)(void *context, struct cpu_item *item);
};

struct cpu_server {
    struct sim_engine *engine;
    struct sim_node *node;
    const struct cpu_operations *operations;
    void *context;
    uint32_t cores, in_service_count;
    uint32_t limit; /* items that may wait, for each class */
    uint32_t waiting[CPU_CLASSES];
    uint64_t places;
    uint64_t busy;                /* ns that cores have worked on what is done */
    uint32_t waiting_most;        /* items of all classes; for whoever reads and lowers it */
    struct cpu_item **in_service; /* `cores` places */
    struct cpu_item *queue;       /* in order of place, items of busy SAs among them */
    struct cpu_item *queue_last;
};

void cpu_server_init(struct cpu_server *server, struct sim_engine *engine, struct sim_node *node,
                     uint32_t cores, uint32_t limit, const struct cpu_operations *operations,
                     void *context);
void cpu_server_dispose(struct cpu_server *server);

/* Time that the cores have worked up to now, ns in sum. */
uint64_t cpu_server_busy(const struct cpu_server *server, uint64_t now);

/* Items of all classes that wait. */
uint32_t cpu_server_waiting(const struct cpu_server *server);

/* Puts an item into the queue. False if it is refused: its class's part of the queue is full. Own
 * timers and orders
 * (`always`) are never refused, since a daemon does not lose them. */
bool cpu_server_submit(struct cpu_server *server, struct cpu_item *item, enum cpu_class class,
                       bool always, uint64_t now);

#endif
