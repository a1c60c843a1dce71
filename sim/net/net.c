/* Ports, and the paths and shared links between them. */
#include "sim/net/net_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Addresses of groups are consecutive, so a multiplication spreads them over a power of two. */
static size_t address_bucket(const struct net_address *address, size_t buckets)
{
    uint32_t value = 0;
    for (size_t i = 0; i < net_address_len(address->family); i += 4) {
        const uint8_t *at = address->octets + i;
        value = value * 31 +
                ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
    }
    return (size_t)(value * UINT32_C(2654435769)) & (buckets - 1);
}

struct net *net_new(struct sim_engine *engine, struct trace_recorder *recorder,
                    const struct net_watch *watch)
{
    struct net *net = sim_calloc(1, sizeof *net);
    net->engine = engine;
    net->recorder = recorder;
    if (watch) {
        net->watch = *watch;
    }
    net->bucket_count = 16;
    net->buckets = sim_calloc(net->bucket_count, sizeof *net->buckets);
    return net;
}

static struct net_path **buckets_of(const struct net_port *port)
{
    return port->bucket_count == 1 ? (struct net_path **)&port->one : port->buckets;
}

static void free_buckets(struct net_port *port)
{
    if (port->bucket_count > 1) {
        free(port->buckets);
    }
}

static void port_free(struct net_port *port)
{
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i], *next; path; path = next) {
            next = path->next;
            if (path->queue) {
                net_queue_dispose(path->queue);
                free(path->queue);
            }
            free(path);
        }
    }
    free_buckets(port);
    free(port);
}

void net_free(struct net *net)
{
    if (!net) {
        return;
    }
    for (size_t i = 0; i < net->bucket_count; i++) {
        for (struct net_port *port = net->buckets[i], *next; port; port = next) {
            next = port->next;
            port_free(port);
        }
    }
    for (struct net_trunk *trunk = net->trunks, *next; trunk; trunk = next) {
        next = trunk->next;
        net_queue_dispose(&trunk->queue);
        free(trunk->name);
        free(trunk);
    }
    free(net->anycasts);
    free(net->buckets);
    free(net);
}

struct net_port *net_find_port(const struct net *net, const struct net_address *address)
{
    struct net_port *port = net->buckets[address_bucket(address, net->bucket_count)];
    while (port && !net_address_equal(&port->address, address)) {
        port = port->next;
    }
    return port;
}

static void grow_ports(struct net *net)
{
    size_t buckets = net->bucket_count * 2;
    struct net_port **grown = sim_calloc(buckets, sizeof *grown);
    for (size_t i = 0; i < net->bucket_count; i++) {
        for (struct net_port *port = net->buckets[i], *next; port; port = next) {
            next = port->next;
            size_t at = address_bucket(&port->address, buckets);
            port->next = grown[at];
            grown[at] = port;
        }
    }
    free(net->buckets);
    net->buckets = grown;
    net->bucket_count = buckets;
}

struct net_port *net_add_port(struct net *net, const char *name, const struct net_address *address,
                              struct sim_node *node)
{
    if (net_find_port(net, address)) {
        return NULL;
    }
    if (net->port_count == net->bucket_count) {
        grow_ports(net);
    }
    struct net_port *port = sim_calloc(1, sizeof *port);
    port->name = name;
    port->address = *address;
    port->node = node;
    port->net = net;
    port->channel = trace_recorder_channel(net->recorder, name, NULL);
    port->bucket_count = 1;
    size_t at = address_bucket(address, net->bucket_count);
    port->next = net->buckets[at];
    net->buckets[at] = port;
    net->port_count++;
    return port;
}

/* What finds a port by its address is put in its place anew. */
static void unlink_port(struct net *net, const struct net_port *port)
{
    struct net_port **place = &net->buckets[address_bucket(&port->address, net->bucket_count)];
    while (*place != port) {
        place = &(*place)->next;
    }
    *place = port->next;
}

static void unlink_path(const struct net_path *path)
{
    struct net_port *from = path->from;
    struct net_path **place =
        &buckets_of(from)[address_bucket(&path->to->address, from->bucket_count)];
    while (*place != path) {
        place = &(*place)->next;
    }
    *place = path->next;
}

static void link_path(struct net_path *path)
{
    struct net_port *from = path->from;
    size_t at = address_bucket(&path->to->address, from->bucket_count);
    path->next = buckets_of(from)[at];
    buckets_of(from)[at] = path;
}

bool net_port_move(struct net_port *port, const struct net_address *address)
{
    struct net *net = port->net;
    if (net_find_port(net, address)) {
        return false;
    }
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i]; path; path = path->next) {
            unlink_path(path->back);
        }
    }
    unlink_port(net, port);
    port->address = *address;
    size_t at = address_bucket(address, net->bucket_count);
    port->next = net->buckets[at];
    net->buckets[at] = port;
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i]; path; path = path->next) {
            link_path(path->back);
        }
    }
    return true;
}

struct net_path *net_path_find(const struct net_port *from, const struct net_address *address)
{
    struct net_path *path = buckets_of(from)[address_bucket(address, from->bucket_count)];
    while (path && !net_address_equal(&path->to->address, address)) {
        path = path->next;
    }
    return path || from->net->anycast_count == 0 ? path : net_anycast_find(from, address);
}

struct net_path *net_path_with_sa(const struct net_port *from, uint64_t sa)
{
    for (size_t i = 0; i < from->bucket_count; i++) {
        for (struct net_path *path = buckets_of(from)[i]; path; path = path->next) {
            if (path->sa == sa) {
                return path;
            }
        }
    }
    return NULL;
}

void net_port_paths(const struct net_port *from, void (*each)(struct net_path *path, void *context),
                    void *context)
{
    for (size_t i = 0; i < from->bucket_count; i++) {
        for (struct net_path *path = buckets_of(from)[i]; path; path = path->next) {
            each(path, context);
        }
    }
}

static void grow_paths(struct net_port *port)
{
    uint32_t buckets = port->bucket_count * 2;
    struct net_path **grown = sim_calloc(buckets, sizeof *grown);
    for (size_t i = 0; i < port->bucket_count; i++) {
        for (struct net_path *path = buckets_of(port)[i], *next; path; path = next) {
            next = path->next;
            size_t at = address_bucket(&path->to->address, buckets);
            path->next = grown[at];
            grown[at] = path;
        }
    }
    free_buckets(port);
    port->buckets = grown;
    port->bucket_count = buckets;
}

static struct net_path *add_path(struct net *net, struct net_port *from, struct net_port *to,
                                 const struct net_link_policy *policy)
{
    assert(!net_path_find(from, &to->address));
    if (from->path_count == from->bucket_count) {
        grow_paths(from);
    }
    struct net_path *path = sim_calloc(1, sizeof *path);
    *path = (struct net_path){
        .from = from,
        .to = to,
        .policy = policy,
        .channel = trace_recorder_channel(net->recorder, from->name, to->name),
    };
    link_path(path);
    from->path_count++;
    return path;
}

void net_join(struct net *net, struct net_port *a, struct net_port *b)
{
    net_connect(net, a, b, NULL, NULL);
}

void net_connect(struct net *net, struct net_port *a, struct net_port *b,
                 const struct net_link_policy *ab, const struct net_link_policy *ba)
{
    struct net_path *there = add_path(net, a, b, ab);
    struct net_path *back = add_path(net, b, a, ba);
    there->back = back;
    back->back = there;
}

struct net_trunk *net_trunk_new(struct net *net, const char *from, const char *to,
                                const struct net_link_policy *policy)
{
    struct net_trunk *trunk = sim_calloc(1, sizeof *trunk);
    size_t len = strlen(from) + strlen(to) + 2;
    trunk->name = sim_calloc(len, 1);
    /* No host has a name with a blank in it. */
    snprintf(trunk->name, len, "%s %s", from, to);
    sim_node_init(net->engine, &trunk->node, trunk->name);
    trunk->policy = policy;
    trunk->next = net->trunks;
    net->trunks = trunk;
    return trunk;
}

void net_connect_trunks(struct net *net, struct net_port *a, struct net_port *b,
                        struct net_trunk *ab, struct net_trunk *ba)
{
    net_connect(net, a, b, ab->policy, ba->policy);
    net_path_find(a, &b->address)->trunk = ab;
    net_path_find(b, &a->address)->trunk = ba;
}
