/*
 * What became of every inner packet, seen from outside of the code under test (docs/design.md, rule
 * 6): each is known by an identity that only the simulator sees. A part of the observer.
 */
#ifndef IKESIM_SIM_SCENARIO_PACKETS_H
#define IKESIM_SIM_SCENARIO_PACKETS_H

#include "sim/host/node.h"
#include "sim/scenario/rekeys.h"
#include "sim/scenario/scenario.h"
#include "trace/histogram.h"

/* One line of traffic in the scenario file, of all members of a group together. The echoes of a
 * ping count as packets of its flow. */
struct packets_flow {
    const char *host; /* as in the file */
    const char *name;
    uint64_t sent, delivered, lost, late;
    uint64_t lost_in_rekey, late_in_rekey;
    uint64_t answered;
    struct trace_histogram *delay;      /* one way, ns; NULL until one has arrived */
    struct trace_histogram *round_trip; /* ns; NULL until one has been answered */
};

/* What is told of one packet. */
struct packets_news {
    size_t sender;          /* index of the host that sent it */
    uint32_t times;         /* it has been delivered */
    bool altered;           /* by other bytes than it was sent with */
    bool late, lost, found; /* `found`: it had been held for lost */
    bool in_rekey;
    uint64_t delay; /* ns */
};

struct packets;

/* Both are borrowed. */
struct packets *packets_new(const struct scenario *scenario, struct rekeys *rekeys);
void packets_free(struct packets *packets);

/* A packet enters a tunnel. Returns its identity, from 1. */
uint64_t packets_enter(struct packets *packets, size_t host, size_t peer,
                       const struct node_packet *packet);

/* It has come out of one: fills what the recording says of it, and returns what is to be counted.
 */
struct packets_news packets_arrive(struct packets *packets, uint64_t identity,
                                   struct crypto_bytes bytes, uint64_t now,
                                   struct node_arrival *arrival);

/* There is one copy more of it, or one less. What has no copy left and has not been delivered is
 * lost. */
void packets_copied(struct packets *packets, uint64_t identity);
struct packets_news packets_gone(struct packets *packets, uint64_t identity);

/* A ping of the host's flow (its place among the host's lines of traffic) is back, after so many
 * ns. */
void packets_answered(struct packets *packets, size_t host, size_t flow, uint64_t round_trip);

/* The lines of traffic in the order of the file. */
size_t packets_flow_count(const struct packets *packets);
const struct packets_flow *packets_flow(const struct packets *packets, size_t i);

#endif
