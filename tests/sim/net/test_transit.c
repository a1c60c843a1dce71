/* The way of a datagram, as its receiver's port counts it: looked at before its time, and on its
 * way no longer, whatever it finds there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/net/net.h"

#define MS UINT64_C(1000000)

struct stage {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net *net;
    struct sim_node nodes[2];
    struct net_port *alice, *gw;
    struct net_link_policy policy;
    unsigned received;
};

static void take(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                 struct trace_ref delivered)
{
    struct stage *stage = port->user;
    (void)now;
    (void)delivered;
    stage->received++;
    net_datagram_free(datagram);
}

/* Those that begin with an octet other than 0 are of interest. */
static bool look(struct net_port *port, struct net_datagram *datagram)
{
    (void)port;
    return datagram->bytes[0] != 0;
}

static struct net_port *add(struct stage *stage, int i, const char *name, uint8_t octet)
{
    const uint8_t octets[4] = {192, 0, 2, octet};
    struct net_address address = net_address_of(4, octets);
    sim_node_init(stage->engine, &stage->nodes[i], name);
    struct net_port *port = net_add_port(stage->net, name, &address, &stage->nodes[i]);
    port->receive = take;
    port->user = stage;
    return port;
}

/* alice and gw, 10 ms away; each datagram comes twice. */
static struct stage *stage_new(void)
{
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    stage->engine = sim_engine_new(1);
    stage->recorder = trace_recorder_new(&(struct trace_recorder_options){0});
    stage->net = net_new(stage->engine, stage->recorder, NULL);
    stage->alice = add(stage, 0, "alice", 10);
    stage->gw = add(stage, 1, "gw", 1);
    stage->gw->foresee = look;
    stage->policy = (struct net_link_policy){.delay = 10 * MS, .duplicate = UINT64_MAX};
    net_connect(stage->net, stage->alice, stage->gw, &stage->policy, &stage->policy);
    return stage;
}

static void stage_free(struct stage *stage)
{
    sim_engine_free(stage->engine);
    net_free(stage->net);
    trace_recorder_free(stage->recorder);
    free(stage);
}

static void send(struct stage *stage, uint8_t octet)
{
    struct net_path *path = net_path_find(stage->alice, &stage->gw->address);
    struct net_datagram *datagram = net_datagram_new(stage->net, path, 1);
    datagram->protocol = NET_PROTOCOL_UDP;
    datagram->source = stage->alice->address;
    datagram->destination = stage->gw->address;
    datagram->bytes[0] = octet;
    net_send(datagram, sim_engine_now(stage->engine), (struct trace_ref){0});
}

static void run(struct stage *stage, uint64_t ms)
{
    sim_engine_run(stage->engine, ms * MS, UINT64_MAX);
}

static void what_was_looked_at_is_coming_until_it_is_there(void **state)
{
    struct stage *stage = stage_new();
    (void)state;
    send(stage, 1);
    send(stage, 0);
    run(stage, 9);
    assert_int_equal(stage->gw->coming, 2);
    run(stage, 20);
    assert_int_equal(stage->received, 4);
    assert_int_equal(stage->gw->coming, 0);
    stage_free(stage);
}

/* As where MOBIKE's host moves while something is on its way to it (RFC 4555). */
static void what_finds_its_receiver_gone_is_not_coming_either(void **state)
{
    const uint8_t octets[4] = {192, 0, 2, 77};
    struct net_address elsewhere = net_address_of(4, octets);
    struct stage *stage = stage_new();
    (void)state;
    send(stage, 1);
    run(stage, 5);
    assert_true(net_port_move(stage->gw, &elsewhere));
    send(stage, 1);
    run(stage, 12);
    assert_int_equal(stage->received, 0);
    assert_int_equal(stage->gw->coming, 2);
    run(stage, 20);
    assert_int_equal(stage->received, 2);
    assert_int_equal(stage->gw->coming, 0);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_looked_at_is_coming_until_it_is_there),
        cmocka_unit_test(what_finds_its_receiver_gone_is_not_coming_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
