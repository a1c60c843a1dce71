/* Addresses that several ports share (anycast, RFC 4786). */
#include "sim/net/net_internal.h"

#include <stdlib.h>
#include <string.h>

void net_port_share(struct net_port *port, const struct net_address *address)
{
    struct net *net = port->net;
    struct net_anycast *grown =
        realloc(net->anycasts, (net->anycast_count + 1) * sizeof *net->anycasts);
    if (!grown) {
        abort();
    }
    grown[net->anycast_count++] = (struct net_anycast){.address = *address, .port = port};
    net->anycasts = grown;
}

const struct net_address *net_port_shared(const struct net_port *port)
{
    for (size_t i = 0; i < port->net->anycast_count; i++) {
        if (port->net->anycasts[i].port == port) {
            return &port->net->anycasts[i].address;
        }
    }
    return NULL;
}

bool net_port_has(const struct net_port *port, const struct net_address *address)
{
    const struct net_address *shared;
    if (net_address_equal(&port->address, address)) {
        return true;
    }
    shared = net_port_shared(port);
    return shared && net_address_equal(shared, address);
}

/* What holds now of the link that a path is; NULL if there is none, or nothing passes. */
static const struct net_link_policy *open_policy(const struct net_path *path, uint64_t now)
{
    const struct net_link_policy *policy = path->trunk ? path->trunk->policy : path->policy;
    while (policy && policy->next && policy->next_at <= now) {
        policy = policy->next;
    }
    return policy && !policy->down ? policy : NULL;
}

/* Which of the ports that share the address is the nearest: with the least delay or, of two that
 * are as near, the first by name. */
struct net_path *net_anycast_find(const struct net_port *from, const struct net_address *address)
{
    const struct net *net = from->net;
    uint64_t now = sim_engine_now(net->engine), least = 0;
    struct net_path *nearest = NULL;
    for (size_t i = 0; i < net->anycast_count; i++) {
        const struct net_anycast *anycast = &net->anycasts[i];
        struct net_path *path = net_address_equal(&anycast->address, address)
                                    ? net_path_find(from, &anycast->port->address)
                                    : NULL;
        const struct net_link_policy *policy = path ? open_policy(path, now) : NULL;
        if (policy && (!nearest || policy->delay < least ||
                       (policy->delay == least && strcmp(path->to->name, nearest->to->name) < 0))) {
            nearest = path;
            least = policy->delay;
        }
    }
    return nearest;
}
