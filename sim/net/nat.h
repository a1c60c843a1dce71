/*
 * A NAT box (RFC 4787): hosts behind it, one address outside. It maps UDP ports, and nothing else:
 * ESP without UDP does not come through. ICMP errors do if they quote a datagram that has a mapping
 * (RFC 5508), and keep none alive. A node of its own: what it does happens when a datagram reaches
 * it.
 */
#ifndef IKESIM_SIM_NET_NAT_H
#define IKESIM_SIM_NET_NAT_H

#include "sim/net/net.h"

/* On what of the other end a mapping, or the filter, depends (RFC 4787 §4.1, §5). */
enum nat_dependence {
    NAT_ENDPOINT_INDEPENDENT,
    NAT_ADDRESS_DEPENDENT,
    NAT_ADDRESS_AND_PORT_DEPENDENT,
};

struct nat;

struct nat_options {
    const char *name; /* borrowed, unique among hosts and boxes */
    struct net_address address;
    enum nat_dependence mapping, filtering;
    uint64_t timeout; /* ns without a packet from inside, after which a mapping is gone */
    struct sim_engine *engine;
    struct net *net;
    struct trace_recorder *recorder;
};

/* NULL if the address is taken. */
struct nat *nat_new(const struct nat_options *options);
void nat_free(struct nat *nat); /* after the engine, before the network */

/* Links join it, and hosts behind it have the path to it as their gateway. */
struct net_port *nat_port(const struct nat *nat);

/* What comes to UDP ports 500 and 4500 outside goes to that host behind the box. One host at most.
 */
void nat_forward_ike(struct nat *nat, struct net_port *host);

/* At that time the box loses its mappings, as if it were started anew; the next packets from inside
 * get others. */
void nat_rebind(struct nat *nat, uint64_t at);

#endif
