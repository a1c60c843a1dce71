/* An address that several ports share: which of them is the nearest, and when (RFC 4786, for
 * RFC 5685 §4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/net/net.h"

#define MS UINT64_C(1000000)

enum { ALICE, GW_A, GW_B, GW_C, PORTS };

static const char *const names[PORTS] = {"alice", "gw-a", "gw-b", "gw-c"};
static const char shared_text[] = "198.51.100.100";

struct stage {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net *net;
    struct sim_node nodes[PORTS];
    struct net_port *ports[PORTS];
    struct net_link_policy policies[PORTS]; /* of alice's links, both directions */
    struct net_address shared;
    const struct net_port *arrived; /* where the last datagram did */
    struct net_address source;
};

static void take(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                 struct trace_ref delivered)
{
    struct stage *stage = port->user;
    (void)now;
    (void)delivered;
    stage->arrived = port;
    stage->source = datagram->source;
    net_datagram_free(datagram);
}

/* alice and three gateways, so many ms away; gw-c shares nothing with the others. */
static struct stage *stage_new(uint64_t a, uint64_t b)
{
    const uint64_t delays[PORTS] = {0, a, b, 1};
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    stage->engine = sim_engine_new(1);
    stage->recorder = trace_recorder_new(&(struct trace_recorder_options){0});
    stage->net = net_new(stage->engine, stage->recorder, NULL);
    assert_true(net_address_parse(shared_text, &stage->shared));
    for (int i = 0; i < PORTS; i++) {
        const uint8_t octets[4] = {192, 0, 2, (uint8_t)(10 - i)};
        struct net_address address = net_address_of(4, octets);
        sim_node_init(stage->engine, &stage->nodes[i], names[i]);
        stage->ports[i] = net_add_port(stage->net, names[i], &address, &stage->nodes[i]);
        stage->ports[i]->receive = take;
        stage->ports[i]->user = stage;
        stage->policies[i] = (struct net_link_policy){.delay = delays[i] * MS};
        if (i != ALICE) {
            net_connect(stage->net, stage->ports[ALICE], stage->ports[i], &stage->policies[i],
                        &stage->policies[i]);
        }
    }
    net_port_share(stage->ports[GW_B], &stage->shared);
    net_port_share(stage->ports[GW_A], &stage->shared);
    return stage;
}

static void stage_free(struct stage *stage)
{
    sim_engine_free(stage->engine);
    net_free(stage->net);
    trace_recorder_free(stage->recorder);
    free(stage);
}

static const struct net_port *nearest(const struct stage *stage)
{
    const struct net_path *path = net_path_find(stage->ports[ALICE], &stage->shared);
    return path ? path->to : NULL;
}

/* From `from` to that address, as far as it goes. */
static void send(struct stage *stage, int from, const struct net_address *source,
                 const struct net_address *to)
{
    struct net_path *path = net_path_find(stage->ports[from], to);
    assert_non_null(path);
    struct net_datagram *datagram = net_datagram_new(stage->net, path, 4);
    datagram->protocol = NET_PROTOCOL_UDP;
    datagram->source = *source;
    datagram->destination = *to;
    stage->arrived = NULL;
    net_send(datagram, sim_engine_now(stage->engine), (struct trace_ref){0});
    sim_engine_run(stage->engine, sim_engine_now(stage->engine) + 1000 * MS, UINT64_MAX);
}

static void the_least_delay_is_the_nearest(void **state)
{
    struct stage *stage = stage_new(40, 10);
    (void)state;
    assert_ptr_equal(nearest(stage), stage->ports[GW_B]);
    stage_free(stage);
    stage = stage_new(10, 40);
    assert_ptr_equal(nearest(stage), stage->ports[GW_A]);
    stage_free(stage);
}

/* However they came into the world. */
static void of_two_as_near_the_name_decides(void **state)
{
    struct stage *stage = stage_new(20, 20);
    (void)state;
    assert_ptr_equal(nearest(stage), stage->ports[GW_A]);
    stage_free(stage);
}

static void a_link_that_is_down_leads_nowhere(void **state)
{
    struct stage *stage = stage_new(10, 40);
    (void)state;
    stage->policies[GW_A].down = true;
    assert_ptr_equal(nearest(stage), stage->ports[GW_B]);
    stage->policies[GW_B].down = true;
    assert_null(nearest(stage));
    stage_free(stage);
}

/* gw-c has an own address alone, however near it is. */
static void who_does_not_share_it_does_not_get_it(void **state)
{
    struct stage *stage = stage_new(10, 40);
    (void)state;
    assert_null(net_port_shared(stage->ports[GW_C]));
    assert_false(net_port_has(stage->ports[GW_C], &stage->shared));
    assert_true(net_port_has(stage->ports[GW_A], &stage->shared));
    assert_true(net_port_has(stage->ports[GW_A], &stage->ports[GW_A]->address));
    assert_false(net_port_has(stage->ports[GW_A], &stage->ports[GW_B]->address));
    assert_ptr_equal(nearest(stage), stage->ports[GW_A]);
    stage_free(stage);
}

/* What is sent there is delivered, and what is sent from there is answered. */
static void a_datagram_goes_there_and_back(void **state)
{
    struct stage *stage = stage_new(40, 10);
    const struct net_address *alice = &stage->ports[ALICE]->address;
    (void)state;
    send(stage, ALICE, alice, &stage->shared);
    assert_ptr_equal(stage->arrived, stage->ports[GW_B]);
    send(stage, GW_B, &stage->shared, alice);
    assert_ptr_equal(stage->arrived, stage->ports[ALICE]);
    assert_true(net_address_equal(&stage->source, &stage->shared));
    /* Its own address stays its own. */
    send(stage, ALICE, alice, &stage->ports[GW_A]->address);
    assert_ptr_equal(stage->arrived, stage->ports[GW_A]);
    stage_free(stage);
}

/* A link that changes with time counts as it is then. */
static void the_nearest_changes_with_the_links(void **state)
{
    struct stage *stage = stage_new(10, 40);
    struct net_link_policy slower = {.delay = 90 * MS};
    (void)state;
    stage->policies[GW_A].next = &slower;
    stage->policies[GW_A].next_at = 5 * MS;
    assert_ptr_equal(nearest(stage), stage->ports[GW_A]);
    send(stage, ALICE, &stage->ports[ALICE]->address, &stage->shared);
    assert_ptr_equal(stage->arrived, stage->ports[GW_A]);
    assert_ptr_equal(nearest(stage), stage->ports[GW_B]);
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_delay_is_the_nearest),
        cmocka_unit_test(of_two_as_near_the_name_decides),
        cmocka_unit_test(a_link_that_is_down_leads_nowhere),
        cmocka_unit_test(who_does_not_share_it_does_not_get_it),
        cmocka_unit_test(a_datagram_goes_there_and_back),
        cmocka_unit_test(the_nearest_changes_with_the_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
