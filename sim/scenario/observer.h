/*
 * The observer outside of the code under test (docs/design.md, rule 6). It knows every inner packet
 * and every IKE message by an identity that only the simulator sees, counts what really happened to
 * them, and decides expectations and script lines. It includes nothing of ike/ but the names of
 * wire fields.
 */
#ifndef IKESIM_SIM_OBSERVER_H
#define IKESIM_SIM_OBSERVER_H

#include "sim/host/node.h"
#include "sim/net/net.h"
#include "sim/scenario/packets.h"
#include "sim/scenario/scenario.h"

struct observer;

/* The scenario is borrowed. */
struct observer *observer_new(const struct scenario *scenario);
void observer_free(struct observer *observer);

/* Hooks for the network and the nodes; a node's user pointer is its struct scenario_host. */
struct net_watch observer_net_watch(struct observer *observer);
struct node_watch observer_node_watch(struct observer *observer);

/* In a world of more hosts than this, counts are kept by host only for those that an expectation or
 * a time series asks for: 300 octets each would be a twentieth of a pair's memory. */
#define OBSERVER_HOSTS_MAX 1000

/* The count, of one host (by name) or of all (NULL). */
uint64_t observer_count(const struct observer *observer, enum scenario_count what,
                        const char *host);

/* Likewise, by the host's place in the scenario; no search. */
uint64_t observer_count_at(const struct observer *observer, enum scenario_count what, size_t host);

/* What became of the inner packets, by lines of traffic. */
const struct packets *observer_packets(const struct observer *observer);

/* True if the expectation holds as things stand; `why` says what was observed. */
bool observer_check(const struct observer *observer, const struct scenario_expect *expect,
                    char *why, size_t why_cap);

#endif
