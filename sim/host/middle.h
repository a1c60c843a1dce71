/*
 * A man in the middle: a tap that lets nothing pass and speaks IKE with both ends of its link, to
 * each in the name of the other, with an endpoint of its own for each. Diffie-Hellman it can do
 * with anybody; whether it is believed depends on the secrets that its two policies hold (RFC 7296
 * §2.15). What comes out of one tunnel goes into the other.
 *
 * It has no CPU that anybody waits for, and draws by its own name, so nobody else's draws move.
 * What it sends is told as net:sent of those whom it imitates; every one of those, and what it
 * reads, learns and fails at, is an attack:acted.
 */
#ifndef IKESIM_SIM_HOST_MIDDLE_H
#define IKESIM_SIM_HOST_MIDDLE_H

#include "sim/host/host.h"
#include "sim/net/net.h"

struct middle;

struct middle_options {
    const char *name;                 /* borrowed, unique */
    struct net_path *there;           /* a direction of the link; the other one is its `back` */
    const struct ike_policy *as[2];   /* borrowed: to be `there`'s sender, and its receiver */
    const struct ike_self *selves[2]; /* borrowed, likewise */
    bool alters;                      /* changes the inner packets that it passes on */
    struct crypto_context *crypto;    /* borrowed, as what follows */
    struct sim_engine *engine;
    struct net *net;
    struct trace_recorder *recorder;
};

/* Sits on the link of `there` from now on. */
struct middle *middle_new(const struct middle_options *options);
void middle_free(struct middle *middle); /* after the engine; NULL is nothing */

#endif
