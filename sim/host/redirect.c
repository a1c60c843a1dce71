/* Redirects (RFC 5685) as a host deals with them: another gateway is found and gone to, and peers
 * are sent away. What is said about it is ike/'s business. */
#include <stdlib.h>
#include <string.h>

#include "sim/host/node_internal.h"

/* A name whose address is being looked up. */
struct lookup {
    struct sim_event event;
    struct node *node;
    struct net_path *path; /* to the gateway that has named it */
    struct trace_ref cause;
    uint64_t begun;
    struct ike_redirected redirected;
    char name[];
};

static void event_drop(struct sim_event *event)
{
    free(event);
}

/* Its attempt has failed. Whoever tries more than once tries again, at the gateway that it knows,
 * and no oftener than redirects may be followed at all (RFC 5685 §7). */
static void give_up(struct node *node, uint64_t now)
{
    if (node->connect.path &&
        (node->connect.tries_max == 0 || ++node->connect.tries < node->connect.tries_max)) {
        node_connect_again(node, now + IKE_REDIRECT_LOOP_PERIOD / IKE_REDIRECTS_MAX, "keyingtries");
    }
}

/* `from` leads to the gateway that has sent the host there, whose events these are. */
static void go(struct node *node, struct net_path *from, const struct net_address *to,
               const struct ike_redirected *redirected, struct trace_ref cause, uint64_t now)
{
    struct net_path *path = net_path_find(node->port, to);
    if (path) {
        node_begin_redirected(node, path, redirected, now);
        return;
    }
    trace_recorder_emit(node->shared->recorder, from->channel, now, cause,
                        TRACE_HOST_ORDER_REFUSED_EVENT,
                        &(struct trace_host_order_refused){
                            .order = host_order_name(HOST_INITIATE),
                            .why = "no link leads to the gateway that the redirect names",
                        });
    give_up(node, now);
}

static void lookup_run(struct sim_event *event, uint64_t now)
{
    struct lookup *lookup = (struct lookup *)event;
    struct node *node = lookup->node;
    const struct node_names *names = &node->shared->names;
    const struct net_port *port = names->find(names->context, lookup->name);
    char address[NET_ADDRESS_TEXT];
    if (node->down_until > lookup->begun) {
        free(lookup); /* it has restarted since, and knows nothing of it */
        return;
    }
    struct trace_ref told =
        trace_recorder_emit(node->shared->recorder, lookup->path->channel, now, lookup->cause,
                            TRACE_HOST_RESOLVED_EVENT,
                            &(struct trace_host_resolved){
                                .name = lookup->name,
                                .address = port ? net_address_print(&port->address, address) : NULL,
                                .why = port ? "a host has that name" : "no host has that name",
                            });
    if (port) {
        go(node, lookup->path, &port->address, &lookup->redirected, told, now);
    } else {
        give_up(node, now);
    }
    free(lookup);
}

void node_follow(struct node_item *item, const struct ike_action *action, uint64_t now)
{
    struct node *node = item->node;
    const char *name = action->redirect.name;
    if (!name) {
        struct net_address to = net_address_of(action->redirect.to.family, action->redirect.to.ip);
        go(node, item->path, &to, &action->redirect.redirected, item->cause, now);
        return;
    }
    size_t size = strlen(name) + 1;
    struct lookup *lookup = node_calloc(sizeof *lookup + size);
    lookup->event = (struct sim_event){.run = lookup_run, .drop = event_drop};
    lookup->node = node;
    lookup->path = item->path;
    lookup->cause = item->cause;
    lookup->begun = now;
    lookup->redirected = action->redirect.redirected;
    memcpy(lookup->name, name, size);
    sim_engine_schedule(node->shared->engine, &lookup->event, &node->place, &node->place,
                        now + node->shared->names.delay);
}

/* ---- the gateway ---- */

struct drain {
    struct sim_event event;
    struct node *node;
};

static void drain_one(struct net_path *path, void *context)
{
    struct node *node = context;
    if (path->sa != 0) {
        node_order(node, node_now(node), HOST_REDIRECT, path->to, NULL, "script");
    }
}

static void drain_run(struct sim_event *event, uint64_t now)
{
    struct node *node = ((struct drain *)event)->node;
    (void)now;
    free(event);
    net_port_paths(node->port, drain_one, node);
}

void node_redirect(struct node *node, uint64_t at)
{
    struct drain *drain = node_calloc(sizeof *drain);
    *drain = (struct drain){.event = {.run = drain_run, .drop = event_drop}, .node = node};
    sim_engine_schedule(node->shared->engine, &drain->event, &node->place, &node->place, at);
}
