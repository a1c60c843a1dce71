#include "sim/net/nat.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/draw.h"
#include "sim/engine/memory.h"
#include "sim/net/unreachable.h"

/* RFC 4787 §4.2.2: a port below 1024 may be thought to be privileged. */
enum { PORT_FIRST = 1024, PORT_COUNT = 65536 - PORT_FIRST };

/* Of the address and port, what the box looks at. */
struct endpoint {
    struct net_address address;
    uint16_t port;
};

struct mapping {
    struct mapping *next_inside, *next_outside;
    struct endpoint inside, remote; /* remote: as far as the mapping depends on it, else zeros */
    uint16_t outside_port;
    bool fixed;
    uint64_t last_used; /* by a packet from inside */
    size_t remote_count;
    struct endpoint *remotes; /* whom it has sent to, as far as the filter depends on it */
};

struct nat {
    struct net_relay relay; /* first: the network gives the box back by this */
    struct nat_options options;
    struct sim_node place;
    struct sim_draw_key draw_key;
    struct net_port *port;
    struct trace_channel *channel;
    size_t count, bucket_count; /* a power of two */
    struct mapping **by_inside, **by_outside;
};

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && net_address_equal(&a->address, &b->address);
}

static struct endpoint reduce(enum nat_dependence dependence, const struct endpoint *remote)
{
    struct endpoint reduced = {0};
    if (dependence != NAT_ENDPOINT_INDEPENDENT) {
        reduced.address = remote->address;
    }
    if (dependence == NAT_ADDRESS_AND_PORT_DEPENDENT) {
        reduced.port = remote->port;
    }
    return reduced;
}

/* FNV-1a */
static uint64_t hash_endpoint(const struct endpoint *endpoint)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof endpoint->address.octets; i++) {
        hash = (hash ^ endpoint->address.octets[i]) * 0x100000001b3u;
    }
    return (hash ^ endpoint->port) * 0x100000001b3u;
}

/* ---- telling ---- */

/* "192.0.2.10:4500" */
static const char *print_endpoint(const struct endpoint *endpoint, char text[NET_ADDRESS_TEXT + 8])
{
    char address[NET_ADDRESS_TEXT];
    snprintf(text, NET_ADDRESS_TEXT + 8, "%s:%u", net_address_print(&endpoint->address, address),
             endpoint->port);
    return text;
}

static void tell_mapping(struct nat *nat, const struct mapping *mapping, const char *what,
                         struct trace_ref cause, uint64_t now)
{
    char inside[NET_ADDRESS_TEXT + 8], outside[NET_ADDRESS_TEXT + 8];
    struct endpoint own = {nat->options.address, mapping->outside_port};
    trace_recorder_emit(nat->options.recorder, nat->channel, now, cause, TRACE_NAT_MAPPING_EVENT,
                        &(struct trace_nat_mapping){
                            .what = what,
                            .inside = print_endpoint(&mapping->inside, inside),
                            .outside = print_endpoint(&own, outside),
                        });
}

static void tell_translated(const struct nat *nat, const struct net_datagram *datagram,
                            uint64_t now)
{
    char source[NET_ADDRESS_TEXT], destination[NET_ADDRESS_TEXT];
    trace_recorder_emit(nat->options.recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_TRANSLATED_EVENT,
                        &(struct trace_net_translated){
                            .datagram = datagram->number,
                            .copy = datagram->copy,
                            .nat = nat->options.name,
                            .source = net_address_print(&datagram->source, source),
                            .destination = net_address_print(&datagram->destination, destination),
                            .source_port = datagram->source_port,
                            .destination_port = datagram->destination_port,
                            .bytes = net_is_icmp(datagram)
                                         ? (struct trace_bytes){datagram->bytes, datagram->len}
                                         : (struct trace_bytes){0},
                        });
}

/* ---- the table ---- */

static struct mapping **inside_bucket(const struct nat *nat, const struct endpoint *inside)
{
    return &nat->by_inside[hash_endpoint(inside) & (nat->bucket_count - 1)];
}

static struct mapping **outside_bucket(const struct nat *nat, uint16_t port)
{
    return &nat->by_outside[port & (nat->bucket_count - 1)];
}

static void enter(struct nat *nat, struct mapping *mapping)
{
    struct mapping **inside = inside_bucket(nat, &mapping->inside);
    struct mapping **outside = outside_bucket(nat, mapping->outside_port);
    mapping->next_inside = *inside;
    *inside = mapping;
    mapping->next_outside = *outside;
    *outside = mapping;
}

static void grow(struct nat *nat)
{
    struct mapping **before = nat->by_inside;
    size_t buckets = nat->bucket_count;
    free(nat->by_outside);
    nat->bucket_count = buckets * 2;
    nat->by_inside = sim_calloc(nat->bucket_count, sizeof *nat->by_inside);
    nat->by_outside = sim_calloc(nat->bucket_count, sizeof *nat->by_outside);
    for (size_t i = 0; i < buckets; i++) {
        for (struct mapping *mapping = before[i], *next; mapping; mapping = next) {
            next = mapping->next_inside;
            enter(nat, mapping);
        }
    }
    free(before);
}

static void forget(struct nat *nat, struct mapping *mapping)
{
    struct mapping **place = inside_bucket(nat, &mapping->inside);
    while (*place != mapping) {
        place = &(*place)->next_inside;
    }
    *place = mapping->next_inside;
    place = outside_bucket(nat, mapping->outside_port);
    while (*place != mapping) {
        place = &(*place)->next_outside;
    }
    *place = mapping->next_outside;
    nat->count--;
    free(mapping->remotes);
    free(mapping);
}

static bool is_expired(const struct nat *nat, const struct mapping *mapping, uint64_t now)
{
    return !mapping->fixed && now - mapping->last_used > nat->options.timeout;
}

static struct mapping *find_outside(struct nat *nat, uint16_t port, uint64_t now)
{
    struct mapping *mapping = *outside_bucket(nat, port);
    while (mapping && mapping->outside_port != port) {
        mapping = mapping->next_outside;
    }
    if (mapping && is_expired(nat, mapping, now)) {
        tell_mapping(nat, mapping, "expired", (struct trace_ref){0}, now);
        forget(nat, mapping);
        return NULL;
    }
    return mapping;
}

static struct mapping *find_inside(struct nat *nat, const struct endpoint *inside,
                                   const struct endpoint *remote, uint64_t now)
{
    struct endpoint key = reduce(nat->options.mapping, remote);
    struct mapping *mapping = *inside_bucket(nat, inside);
    while (mapping && !(same_endpoint(&mapping->inside, inside) &&
                        (mapping->fixed || same_endpoint(&mapping->remote, &key)))) {
        mapping = mapping->next_inside;
    }
    if (mapping && is_expired(nat, mapping, now)) {
        tell_mapping(nat, mapping, "expired", (struct trace_ref){0}, now);
        forget(nat, mapping);
        return NULL;
    }
    return mapping;
}

static struct mapping *add_mapping(struct nat *nat, const struct endpoint *inside,
                                   const struct endpoint *remote, uint16_t port, uint64_t now)
{
    if (nat->count == nat->bucket_count) {
        grow(nat);
    }
    struct mapping *mapping = sim_calloc(1, sizeof *mapping);
    mapping->inside = *inside;
    mapping->remote = reduce(nat->options.mapping, remote);
    mapping->outside_port = port;
    mapping->last_used = now;
    enter(nat, mapping);
    nat->count++;
    return mapping;
}

/* A port that is free, drawn for who asks and when; 0 if all are taken. */
static uint16_t draw_port(struct nat *nat, const struct endpoint *inside,
                          const struct endpoint *remote, uint64_t now)
{
    const uint64_t what[4] = {hash_endpoint(inside), hash_endpoint(remote), now, 0};
    uint64_t words[4];
    sim_draw_words(nat->draw_key, what, words);
    uint64_t first = sim_draw_below(words[0], PORT_COUNT);
    for (uint64_t i = 0; i < PORT_COUNT; i++) {
        uint16_t port = (uint16_t)(PORT_FIRST + (first + i) % PORT_COUNT);
        if (!find_outside(nat, port, now)) {
            return port;
        }
    }
    return 0;
}

/* ---- the filter ---- */

static bool has_sent_to(const struct mapping *mapping, const struct endpoint *remote)
{
    for (size_t i = 0; i < mapping->remote_count; i++) {
        if (same_endpoint(&mapping->remotes[i], remote)) {
            return true;
        }
    }
    return false;
}

static void note_remote(const struct nat *nat, struct mapping *mapping,
                        const struct endpoint *remote)
{
    struct endpoint key = reduce(nat->options.filtering, remote);
    if (has_sent_to(mapping, &key)) {
        return;
    }
    mapping->remotes =
        realloc(mapping->remotes, (mapping->remote_count + 1) * sizeof *mapping->remotes);
    if (!mapping->remotes) {
        abort();
    }
    mapping->remotes[mapping->remote_count++] = key;
}

static bool lets_in(const struct nat *nat, const struct mapping *mapping,
                    const struct endpoint *remote)
{
    struct endpoint key = reduce(nat->options.filtering, remote);
    return mapping->fixed || has_sent_to(mapping, &key);
}

/* ---- datagrams ---- */

/* To whom it is outside. */
static void forward_outside(const struct nat *nat, struct net_datagram *datagram, uint64_t now)
{
    struct net_path *next = net_path_find(nat->port, &datagram->destination);
    tell_translated(nat, datagram, now);
    net_forward(datagram, next && next->policy ? next : nat->port->gateway, now);
}

/* To a host behind the box. */
static void forward_inside(const struct nat *nat, struct net_datagram *datagram, uint64_t now)
{
    tell_translated(nat, datagram, now);
    net_forward(datagram, net_path_find(nat->port, &datagram->destination), now);
}

static void take_outbound(struct nat *nat, struct net_datagram *datagram, uint64_t now)
{
    struct endpoint inside = {datagram->source, datagram->source_port};
    struct endpoint remote = {datagram->destination, datagram->destination_port};
    struct mapping *mapping = find_inside(nat, &inside, &remote, now);
    if (!mapping) {
        uint16_t port = draw_port(nat, &inside, &remote, now);
        if (port == 0) {
            net_lose(datagram, now, "no free port");
            return;
        }
        mapping = add_mapping(nat, &inside, &remote, port, now);
        tell_mapping(nat, mapping, "new", datagram->sent, now);
    }
    mapping->last_used = now;
    note_remote(nat, mapping, &remote);
    datagram->source = nat->options.address;
    datagram->source_port = mapping->outside_port;
    forward_outside(nat, datagram, now);
}

static void take_inbound(struct nat *nat, struct net_datagram *datagram, uint64_t now)
{
    struct endpoint remote = {datagram->source, datagram->source_port};
    struct mapping *mapping = find_outside(nat, datagram->destination_port, now);
    if (!mapping) {
        net_lose(datagram, now, "no mapping");
        return;
    }
    if (!lets_in(nat, mapping, &remote)) {
        net_lose(datagram, now, "filtered");
        return;
    }
    datagram->destination = mapping->inside.address;
    datagram->destination_port = mapping->inside.port;
    forward_inside(nat, datagram, now);
}

/* ---- ICMP errors: what they quote is of the other side, and is put into the words of this one
 * (RFC 5508 §4). Whoever sends them: a router on the way may be anybody. ---- */

/* About a datagram that came to a host behind the box. */
static void take_error_outbound(struct nat *nat, struct net_datagram *datagram,
                                const struct net_unreachable *error, uint64_t now)
{
    struct endpoint inside = {error->destination, error->destination_port};
    struct endpoint remote = {error->source, error->source_port};
    struct mapping *mapping = find_inside(nat, &inside, &remote, now);
    if (!mapping) {
        net_lose(datagram, now, "no mapping");
        return;
    }
    datagram->source = nat->options.address;
    net_unreachable_translate(datagram, NET_QUOTED_DESTINATION, &nat->options.address,
                              mapping->outside_port);
    forward_outside(nat, datagram, now);
}

/* About one that a host behind the box has sent, to somebody who could have answered it. */
static void take_error_inbound(struct nat *nat, struct net_datagram *datagram,
                               const struct net_unreachable *error, uint64_t now)
{
    struct endpoint remote = {error->destination, error->destination_port};
    struct mapping *mapping = net_address_equal(&error->source, &nat->options.address)
                                  ? find_outside(nat, error->source_port, now)
                                  : NULL;
    if (!mapping) {
        net_lose(datagram, now, "no mapping");
        return;
    }
    if (!lets_in(nat, mapping, &remote)) {
        net_lose(datagram, now, "filtered");
        return;
    }
    datagram->destination = mapping->inside.address;
    net_unreachable_translate(datagram, NET_QUOTED_SOURCE, &mapping->inside.address,
                              mapping->inside.port);
    forward_inside(nat, datagram, now);
}

static void take_error(struct nat *nat, struct net_datagram *datagram, bool outbound, uint64_t now)
{
    struct net_unreachable error;
    if (!net_unreachable_read(datagram, &error) || error.protocol != NET_PROTOCOL_UDP) {
        net_lose(datagram, now, "no port");
    } else if (outbound) {
        take_error_outbound(nat, datagram, &error, now);
    } else {
        take_error_inbound(nat, datagram, &error, now);
    }
}

static void take(struct net_relay *relay, uint64_t now, struct net_datagram *datagram)
{
    struct nat *nat = (struct nat *)relay;
    const struct net_path *gateway = datagram->hop->from->gateway;
    bool outbound = gateway && gateway->to == nat->port;
    if (net_is_icmp(datagram)) {
        take_error(nat, datagram, outbound, now);
    } else if (datagram->protocol != NET_PROTOCOL_UDP) {
        net_lose(datagram, now, "no port");
    } else if (outbound) {
        take_outbound(nat, datagram, now);
    } else {
        take_inbound(nat, datagram, now);
    }
}

/* ---- life ---- */

struct nat *nat_new(const struct nat_options *options)
{
    struct nat *nat = sim_calloc(1, sizeof *nat);
    nat->options = *options;
    sim_node_init(options->engine, &nat->place, options->name);
    nat->port = net_add_port(options->net, options->name, &options->address, &nat->place);
    if (!nat->port) {
        free(nat);
        return NULL;
    }
    nat->relay = (struct net_relay){.node = &nat->place, .take = take};
    nat->port->relay = &nat->relay;
    nat->draw_key = sim_draw_key(sim_engine_seed(options->engine), options->name, "ports");
    nat->channel = nat->port->channel;
    nat->bucket_count = 16;
    nat->by_inside = sim_calloc(nat->bucket_count, sizeof *nat->by_inside);
    nat->by_outside = sim_calloc(nat->bucket_count, sizeof *nat->by_outside);
    return nat;
}

/* In the order of the outside ports' buckets, so that no address of memory decides it. */
static void forget_all(struct nat *nat, bool fixed_too, bool tell, uint64_t now)
{
    for (size_t i = 0; i < nat->bucket_count; i++) {
        for (struct mapping *mapping = nat->by_outside[i], *next; mapping; mapping = next) {
            next = mapping->next_outside;
            if (mapping->fixed && !fixed_too) {
                continue;
            }
            if (tell) {
                tell_mapping(nat, mapping, "lost", (struct trace_ref){0}, now);
            }
            forget(nat, mapping);
        }
    }
}

void nat_free(struct nat *nat)
{
    if (!nat) {
        return;
    }
    forget_all(nat, true, false, 0);
    free(nat->by_inside);
    free(nat->by_outside);
    free(nat);
}

struct net_port *nat_port(const struct nat *nat)
{
    return nat->port;
}

void nat_forward_ike(struct nat *nat, struct net_port *host)
{
    static const uint16_t ports[] = {500, 4500};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        struct endpoint inside = {host->address, ports[i]}, nobody = {0};
        assert(!find_outside(nat, ports[i], 0));
        struct mapping *mapping = add_mapping(nat, &inside, &nobody, ports[i], 0);
        mapping->fixed = true;
        tell_mapping(nat, mapping, "forwarded", (struct trace_ref){0}, 0);
    }
}

struct rebinding {
    struct sim_event event;
    struct nat *nat;
};

static void rebinding_drop(struct sim_event *event)
{
    free(event);
}

static void rebinding_run(struct sim_event *event, uint64_t now)
{
    struct rebinding *rebinding = (struct rebinding *)event;
    forget_all(rebinding->nat, false, true, now);
    free(rebinding);
}

void nat_rebind(struct nat *nat, uint64_t at)
{
    struct rebinding *rebinding = sim_calloc(1, sizeof *rebinding);
    *rebinding =
        (struct rebinding){.event = {.run = rebinding_run, .drop = rebinding_drop}, .nat = nat};
    sim_engine_schedule(nat->options.engine, &rebinding->event, &nat->place, &nat->place, at);
}
