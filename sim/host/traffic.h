/* What is sent behind a host through its tunnel. */
#ifndef IKESIM_SIM_HOST_TRAFFIC_H
#define IKESIM_SIM_HOST_TRAFFIC_H

#include "sim/host/ip.h"

enum traffic_kind {
    TRAFFIC_PING,    /* ICMP or ICMPv6 echo requests, which the far side answers */
    TRAFFIC_CBR,     /* UDP at a constant rate */
    TRAFFIC_POISSON, /* UDP with exponentially distributed gaps */
    TRAFFIC_ONOFF,   /* UDP at a constant rate for a time, then nothing for a time */
};

struct node_flow {
    const char *name;  /* borrowed, unique within the host: its draws are keyed by it */
    const char *child; /* borrowed; starts when this CHILD SA is there */
    enum traffic_kind kind;
    struct net_address source, destination; /* of one family */
    uint16_t source_port, destination_port;
    uint64_t start;   /* ns */
    uint64_t every;   /* ns from packet to packet, in the mean with TRAFFIC_POISSON; 0: by `rate` */
    uint64_t rate;    /* bits of inner packets a second; looked at where `every` is 0 */
    uint64_t on, off; /* ns, of TRAFFIC_ONOFF */
    bool drawn;       /* on and off are the means of exponential distributions */
    uint64_t count;   /* packets; 0: no end */
    uint32_t data_len; /* octets of ICMP or UDP data */
};

#endif
