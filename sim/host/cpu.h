/*
 * The server model (docs/design.md, rule 2): cores that take work items from a bounded queue, one
 * item of an IKE SA at a time. Items are of classes: whether one is admitted is decided when it
 * arrives, by the room that its class has; of those that wait, the higher priority goes first, and
 * of one priority what came first.
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
#include "trace/histogram.h"

/* X(symbol, name, meaning) */
#define CPU_CLASS_TABLE(X)                                                                         \
    X(OWN, "own", "the daemon's own timers and orders: they are never refused")                    \
    X(RESPONSE, "response", "IKE responses to requests of this host")                              \
    X(ESTABLISHED, "established", "IKE requests in an IKE SA, IKE_AUTH not among them")            \
    X(AUTH, "auth", "IKE_AUTH requests, and IKE_INTERMEDIATE before them")                         \
    X(INIT, "init", "requests that begin an IKE SA, and IKE messages of none that is known")       \
    X(ESP, "esp", "ESP and AH packets of both directions")

enum cpu_class {
#define X(symbol, name, meaning) CPU_##symbol,
    CPU_CLASS_TABLE(X)
#undef X
        CPU_CLASSES
};

/* "own", "response", ... */
const char *cpu_class_name(enum cpu_class class);

enum cpu_priority { CPU_HIGH, CPU_MEDIUM, CPU_LOW, CPU_PRIORITIES };

struct cpu_class_options {
    enum cpu_priority priority;
    uint32_t limit; /* items of the class that may wait; 0: it shares cpu_options.limit */
};

struct cpu_options {
    uint32_t cores;
    /* Items that may wait: of all classes of IKE together that have no limit of their own, and as
     * many of ESP. */
    uint32_t limit;
    struct cpu_class_options classes[CPU_CLASSES];
};

/* What is kept of the classes of a server whose figures somebody wants. */
struct cpu_figures {
    uint64_t refused[CPU_CLASSES];
    struct trace_histogram waits[CPU_CLASSES]; /* ns, of those taken by a core */
};

/* Embedded in whatever is to be worked on. */
struct cpu_item {
    struct sim_event completion;
    struct cpu_server *server;
    struct cpu_item *next; /* of those that wait, or of those in service */
    uint64_t arrived;      /* ns */
    uint64_t started;      /* ns */
    uint64_t cost;         /* ns */
    uint64_t sa;           /* IKE SA that is busy with it while it is in service, 0 none */
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
    const struct cpu_options *options;
    struct cpu_figures *figures; /* NULL: nobody wants them */
    uint32_t in_service_count;
    uint32_t waiting_most; /* items of all classes; for whoever reads and lowers it */
    uint32_t waiting[CPU_CLASSES];
    uint64_t busy;               /* ns that cores have worked on what is done */
    struct cpu_item *in_service; /* `cores` at most */
    struct cpu_queue {
        struct cpu_item *first; /* in order of arrival, items of busy SAs among them */
        struct cpu_item *last;
    } queues[CPU_PRIORITIES];
};

/* The options are borrowed, since groups of hosts share them. `measure`: keep figures. */
void cpu_server_init(struct cpu_server *server, struct sim_engine *engine, struct sim_node *node,
                     const struct cpu_options *options, bool measure,
                     const struct cpu_operations *operations, void *context);
void cpu_server_dispose(struct cpu_server *server);

/* Time that the cores have worked up to now, ns in sum. */
uint64_t cpu_server_busy(const struct cpu_server *server, uint64_t now);

/* Items of all classes that wait. */
uint32_t cpu_server_waiting(const struct cpu_server *server);

/* Whether an item of this class would be admitted now. */
bool cpu_server_has_room(const struct cpu_server *server, enum cpu_class class);

/* Whether half of the places that the classes of IKE share would be taken with `coming` items more:
 * what is sent now may find none. */
bool cpu_server_is_crowded(const struct cpu_server *server, uint32_t coming);

/* Gives back all that waits, as dispose does; what is in service goes on. */
void cpu_server_clear(struct cpu_server *server);

/* Puts an item into the queue. False if it is refused: its class has no room. What is CPU_OWN is
 * never refused, since a daemon does not lose its own timers and orders. */
bool cpu_server_submit(struct cpu_server *server, struct cpu_item *item, enum cpu_class class,
                       uint64_t now);

#endif
