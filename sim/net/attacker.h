/*
 * Somebody on a link who may read, hold, change and add datagrams, and has no key: a tap of both
 * directions. What it adds has the addresses of those whom it imitates; its events say whose it is.
 */
#ifndef IKESIM_SIM_NET_ATTACKER_H
#define IKESIM_SIM_NET_ATTACKER_H

#include "sim/net/net.h"

enum attacker_strategy {
    ATTACKER_OBSERVE, /* reads what passes */
    ATTACKER_REPLAY,  /* sends what has passed once more, `after` so long */
    ATTACKER_MODIFY,  /* turns the last bit of what passes */
    ATTACKER_FORGE,   /* sends datagrams like the last one, with the next number and other octets */
    ATTACKER_STRIP,   /* takes all proposals but the last out of IKE_SA_INIT requests */
    ATTACKER_FLOOD,   /* sends IKE_SA_INIT requests of nobody's, like the last one */
    ATTACKER_UNREACHABLE, /* sends ICMP errors about the last datagram to who has sent it */
    ATTACKER_MIDDLE,      /* lets nothing pass and speaks itself: not here, for it needs an IKE */
};

enum attacker_prey { ATTACKER_ANY, ATTACKER_IKE, ATTACKER_ESP };

struct attacker;

struct attacker_options {
    const char *name; /* borrowed, unique */
    enum attacker_strategy strategy;
    enum attacker_prey prey;
    struct net_path *there;    /* a direction of the link; the other one is its `back` */
    const char *from;          /* only what this host sends; NULL: both */
    uint64_t nth;              /* only the n-th of the prey; 0: all */
    uint64_t after;            /* ns, of REPLAY */
    uint64_t at, every, count; /* ns and datagrams, of those that send their own */
    /* The name of an exchange; NULL where the number has none, or for all of them. */
    const char *(*exchange_name)(uint32_t number);
    struct sim_engine *engine;
    struct net *net;
    struct trace_recorder *recorder;
};

/* Sits on the link of `there` from now on; the options are copied, what they point to is borrowed.
 */
struct attacker *attacker_new(const struct attacker_options *options);
void attacker_free(struct attacker *attacker); /* after the engine */

#endif
