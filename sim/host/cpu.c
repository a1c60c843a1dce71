#include "sim/host/cpu.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/memory.h"

const char *cpu_class_name(enum cpu_class class)
{
    static const char *const names[CPU_CLASSES] = {
#define X(symbol, name, meaning) name,
        CPU_CLASS_TABLE(X)
#undef X
    };
    return names[class];
}

void cpu_server_init(struct cpu_server *server, struct sim_engine *engine, struct sim_node *node,
                     const struct cpu_options *options, bool measure,
                     const struct cpu_operations *operations, void *context)
{
    assert(options->cores > 0);
    *server = (struct cpu_server){
        .engine = engine,
        .node = node,
        .operations = operations,
        .context = context,
        .options = options,
        .figures = measure ? sim_calloc(1, sizeof(struct cpu_figures)) : NULL,
    };
}

void cpu_server_clear(struct cpu_server *server)
{
    for (int priority = 0; priority < CPU_PRIORITIES; priority++) {
        for (struct cpu_item *item = server->queues[priority].first, *next; item; item = next) {
            next = item->next;
            server->operations->drop(server->context, item);
        }
    }
    memset(server->queues, 0, sizeof server->queues);
    memset(server->waiting, 0, sizeof server->waiting);
}

/* Items in service are the engine's to drop; those that wait are ours. */
void cpu_server_dispose(struct cpu_server *server)
{
    cpu_server_clear(server);
    free(server->figures);
}

/* O(cores): an SA is busy if one of the cores works on it. */
static bool is_busy(const struct cpu_server *server, uint64_t sa)
{
    for (const struct cpu_item *item = server->in_service; item; item = item->next) {
        if (item->sa == sa) {
            return true;
        }
    }
    return false;
}

static void enter_service(struct cpu_server *server, struct cpu_item *item)
{
    struct cpu_item **end = &server->in_service;
    while (*end) {
        end = &(*end)->next;
    }
    *end = item;
    item->next = NULL;
    server->in_service_count++;
}

/* The last one takes its place. */
static void leave_service(struct cpu_server *server, struct cpu_item *item)
{
    struct cpu_item **place = &server->in_service;
    while (*place != item) {
        place = &(*place)->next;
    }
    struct cpu_item **end = place;
    while ((*end)->next) {
        end = &(*end)->next;
    }
    struct cpu_item *last = *end;
    *end = NULL;
    if (last != item) {
        last->next = item->next;
        *place = last;
    }
    server->in_service_count--;
}

static void completed(struct sim_event *event, uint64_t now);

static void dropped(struct sim_event *event)
{
    struct cpu_item *item = (struct cpu_item *)event;
    item->server->operations->drop(item->server->context, item);
}

static void start(struct cpu_server *server, struct cpu_item *item, uint64_t now)
{
    item->started = now;
    item->cost = server->operations->work(server->context, item, now);
    enter_service(server, item);
    item->completion.run = completed;
    item->completion.drop = dropped;
    sim_engine_schedule(server->engine, &item->completion, server->node, server->node,
                        now + item->cost);
}

/* Free cores take, in order of place, the items whose SA is not busy. Usually that is the first;
 * only items of busy SAs are stepped over. */
static void serve_queue(struct cpu_server *server, struct cpu_queue *queue, uint64_t now)
{
    struct cpu_item *previous = NULL;
    struct cpu_item *item = queue->first;
    while (item && server->in_service_count < server->options->cores) {
        struct cpu_item *next = item->next;
        uint64_t sa = server->operations->sa_of(server->context, item);
        if (sa != 0 && is_busy(server, sa)) {
            previous = item;
        } else {
            if (previous) {
                previous->next = next;
            } else {
                queue->first = next;
            }
            if (!next) {
                queue->last = previous;
            }
            server->waiting[item->class]--;
            if (server->figures) {
                trace_histogram_add(&server->figures->waits[item->class], now - item->arrived);
            }
            item->sa = sa;
            start(server, item, now);
        }
        item = next;
    }
}

static void serve(struct cpu_server *server, uint64_t now)
{
    for (int priority = 0; priority < CPU_PRIORITIES; priority++) {
        serve_queue(server, &server->queues[priority], now);
    }
}

/* Items that wait for the classes of IKE that have no limit of their own. */
static uint32_t count_sharing(const struct cpu_server *server)
{
    uint32_t sharing = 0;
    for (int class = CPU_RESPONSE; class <= CPU_INIT; class ++) {
        sharing += server->options->classes[class].limit > 0 ? 0 : server->waiting[class];
    }
    return sharing;
}

bool cpu_server_has_room(const struct cpu_server *server, enum cpu_class class)
{
    const struct cpu_class_options *options = server->options->classes;
    if (class == CPU_OWN) {
        return true;
    }
    if (options[class].limit > 0) {
        return server->waiting[class] < options[class].limit;
    }
    if (class == CPU_ESP) {
        return server->waiting[class] < server->options->limit;
    }
    return count_sharing(server) < server->options->limit;
}

bool cpu_server_is_crowded(const struct cpu_server *server, uint32_t coming)
{
    return count_sharing(server) + coming > server->options->limit / 2;
}

static void completed(struct sim_event *event, uint64_t now)
{
    struct cpu_item *item = (struct cpu_item *)event;
    struct cpu_server *server = item->server;
    leave_service(server, item);
    server->busy += item->cost;
    server->operations->done(server->context, item, now);
    serve(server, now);
}

bool cpu_server_submit(struct cpu_server *server, struct cpu_item *item, enum cpu_class class,
                       uint64_t now)
{
    if (!cpu_server_has_room(server, class)) {
        if (server->figures) {
            server->figures->refused[class]++;
        }
        return false;
    }
    struct cpu_queue *queue = &server->queues[server->options->classes[class].priority];
    item->server = server;
    item->next = NULL;
    item->arrived = now;
    item->class = class;
    item->sa = 0;
    server->waiting[class]++;
    if (queue->last) {
        queue->last->next = item;
    } else {
        queue->first = item;
    }
    queue->last = item;
    serve(server, now);
    uint32_t waiting = cpu_server_waiting(server);
    if (waiting > server->waiting_most) {
        server->waiting_most = waiting;
    }
    return true;
}

uint64_t cpu_server_busy(const struct cpu_server *server, uint64_t now)
{
    uint64_t busy = server->busy;
    for (const struct cpu_item *item = server->in_service; item; item = item->next) {
        busy += now - item->started;
    }
    return busy;
}

uint32_t cpu_server_waiting(const struct cpu_server *server)
{
    uint32_t sum = 0;
    for (int class = 0; class < CPU_CLASSES; class ++) {
        sum += server->waiting[class];
    }
    return sum;
}
