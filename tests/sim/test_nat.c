/* NAT boxes (RFC 4787, RFC 5508): who gets which port outside, who is let in, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/net/nat.h"
#include "sim/net/unreachable.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/* Two hosts behind a box, two outside; each keeps what came last. */
enum { ALICE, BOB, GW, WEB, HOSTS };

struct host {
    struct sim_node node;
    struct net_port *port;
    unsigned arrived;
    uint16_t source_port, destination_port;
    struct net_address source;
    unsigned errors; /* of ICMP, that it could read */
    struct net_unreachable error;
};

struct stage {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net *net;
    struct nat *box;
    unsigned lost;
    struct host hosts[HOSTS];
};

static const struct net_link_policy wire = {.delay = 5 * MS, .floor = NET_DELAY_MIN};

static void receive(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                    struct trace_ref delivered)
{
    struct host *host = port->user;
    (void)now;
    (void)delivered;
    host->arrived++;
    host->source = datagram->source;
    host->source_port = datagram->source_port;
    host->destination_port = datagram->destination_port;
    host->errors += net_unreachable_read(datagram, &host->error);
    net_datagram_free(datagram);
}

static void lost(void *context, const struct net_datagram *datagram)
{
    (void)datagram;
    ((struct stage *)context)->lost++;
}

static struct stage *stage_new(enum nat_dependence mapping, enum nat_dependence filtering)
{
    static const char *const names[HOSTS] = {"alice", "bob", "gw", "web"};
    static const char *const addresses[HOSTS] = {"10.0.0.1", "10.0.0.2", "198.51.100.1",
                                                 "198.51.100.2"};
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    stage->engine = sim_engine_new(1);
    stage->recorder = trace_recorder_new(&(struct trace_recorder_options){0});
    stage->net = net_new(stage->engine, stage->recorder,
                         &(struct net_watch){.context = stage, .lost = lost});
    struct nat_options options = {.name = "box",
                                  .mapping = mapping,
                                  .filtering = filtering,
                                  .timeout = 30 * SECOND,
                                  .engine = stage->engine,
                                  .net = stage->net,
                                  .recorder = stage->recorder};
    assert_true(net_address_parse("203.0.113.5", &options.address));
    stage->box = nat_new(&options);
    for (int i = 0; i < HOSTS; i++) {
        struct host *host = &stage->hosts[i];
        struct net_address address;
        assert_true(net_address_parse(addresses[i], &address));
        sim_node_init(stage->engine, &host->node, names[i]);
        host->port = net_add_port(stage->net, names[i], &address, &host->node);
        host->port->receive = receive;
        host->port->user = host;
        net_connect(stage->net, host->port, nat_port(stage->box), &wire, &wire);
        if (i < GW) {
            host->port->gateway = net_path_find(host->port, &options.address);
        }
    }
    for (int i = 0; i < GW; i++) {
        net_join(stage->net, stage->hosts[i].port, stage->hosts[GW].port);
        net_join(stage->net, stage->hosts[i].port, stage->hosts[WEB].port);
    }
    return stage;
}

static void stage_free(struct stage *stage)
{
    sim_engine_free(stage->engine);
    nat_free(stage->box);
    net_free(stage->net);
    trace_recorder_free(stage->recorder);
    free(stage);
}

/* From a host to a peer, at the address and port that are written on it; lets it arrive. */
static void send_to(struct stage *stage, int from, int peer, const struct net_address *to,
                    uint16_t source_port, uint16_t port)
{
    struct net_port *sender = stage->hosts[from].port;
    struct net_path *path = net_path_find(sender, &stage->hosts[peer].port->address);
    struct net_datagram *datagram = net_datagram_new(stage->net, path, 1);
    datagram->protocol = NET_PROTOCOL_UDP;
    datagram->source = sender->address;
    datagram->destination = *to;
    datagram->source_port = source_port;
    datagram->destination_port = port;
    uint64_t now = sim_engine_now(stage->engine);
    net_send(datagram, now, (struct trace_ref){0});
    sim_engine_run(stage->engine, now + SECOND, UINT64_MAX);
}

/* A datagram from inside; returns the port outside that the receiver sees. */
static uint16_t out(struct stage *stage, int from, int to, uint16_t source_port, uint16_t port)
{
    send_to(stage, from, to, &stage->hosts[to].port->address, source_port, port);
    assert_memory_equal(stage->hosts[to].source.octets, ((uint8_t[]){203, 0, 113, 5}), 4);
    assert_int_equal(stage->hosts[to].destination_port, port);
    return stage->hosts[to].source_port;
}

/* A datagram from outside to the box; true if `to` gets it. */
static bool in(struct stage *stage, int from, int to, uint16_t source_port, uint16_t port)
{
    unsigned before = stage->hosts[to].arrived, lost_before = stage->lost;
    send_to(stage, from, to, &nat_port(stage->box)->address, source_port, port);
    bool arrived = stage->hosts[to].arrived == before + 1;
    assert_int_equal(stage->lost, lost_before + (arrived ? 0 : 1));
    return arrived;
}

static void mappings_depend_on_the_other_end_as_they_are_told_4_1(void **state)
{
    (void)state;
    static const struct {
        enum nat_dependence mapping;
        bool other_port, other_address; /* the same port outside */
    } rows[] = {
        {NAT_ENDPOINT_INDEPENDENT, true, true},
        {NAT_ADDRESS_DEPENDENT, true, false},
        {NAT_ADDRESS_AND_PORT_DEPENDENT, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stage *stage = stage_new(rows[i].mapping, NAT_ENDPOINT_INDEPENDENT);
        uint16_t first = out(stage, ALICE, GW, 500, 500);
        assert_true(first >= 1024);
        assert_int_equal(out(stage, ALICE, GW, 500, 500), first);
        assert_int_equal(out(stage, ALICE, GW, 500, 4500) == first, rows[i].other_port);
        assert_int_equal(out(stage, ALICE, WEB, 500, 500) == first, rows[i].other_address);
        assert_int_not_equal(out(stage, ALICE, GW, 4500, 500), first);
        assert_int_not_equal(out(stage, BOB, GW, 500, 500), first);
        stage_free(stage);
    }
}

static void the_filter_depends_on_the_other_end_as_it_is_told_5(void **state)
{
    (void)state;
    static const struct {
        enum nat_dependence filtering;
        bool other_port, other_address; /* are let in */
    } rows[] = {
        {NAT_ENDPOINT_INDEPENDENT, true, true},
        {NAT_ADDRESS_DEPENDENT, true, false},
        {NAT_ADDRESS_AND_PORT_DEPENDENT, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stage *stage = stage_new(NAT_ENDPOINT_INDEPENDENT, rows[i].filtering);
        uint16_t port = out(stage, ALICE, GW, 4500, 4500);
        assert_true(in(stage, GW, ALICE, 4500, port));
        assert_int_equal(stage->hosts[ALICE].destination_port, 4500);
        assert_int_equal(in(stage, GW, ALICE, 500, port), rows[i].other_port);
        assert_int_equal(in(stage, WEB, ALICE, 4500, port), rows[i].other_address);
        assert_false(in(stage, GW, ALICE, 4500, (uint16_t)(port + 1)));
        stage_free(stage);
    }
}

static void a_mapping_lasts_as_long_as_packets_from_inside_keep_it_4_3(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
    uint16_t port = out(stage, ALICE, GW, 4500, 4500);
    for (int i = 0; i < 3; i++) {
        sim_engine_run(stage->engine, sim_engine_now(stage->engine) + 25 * SECOND, UINT64_MAX);
        assert_int_equal(out(stage, ALICE, GW, 4500, 4500), port);
    }
    /* What comes from outside keeps nothing alive. */
    sim_engine_run(stage->engine, sim_engine_now(stage->engine) + 25 * SECOND, UINT64_MAX);
    assert_true(in(stage, GW, ALICE, 4500, port));
    sim_engine_run(stage->engine, sim_engine_now(stage->engine) + 10 * SECOND, UINT64_MAX);
    assert_false(in(stage, GW, ALICE, 4500, port));
    assert_int_not_equal(out(stage, ALICE, GW, 4500, 4500), port);
    stage_free(stage);
}

static void a_box_that_is_started_anew_gives_other_ports(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
    nat_forward_ike(stage->box, stage->hosts[BOB].port);
    uint16_t port = out(stage, ALICE, GW, 4500, 4500);
    nat_rebind(stage->box, sim_engine_now(stage->engine));
    sim_engine_run(stage->engine, sim_engine_now(stage->engine) + SECOND, UINT64_MAX);
    assert_false(in(stage, GW, ALICE, 4500, port));
    assert_int_not_equal(out(stage, ALICE, GW, 4500, 4500), port);
    assert_true(in(stage, GW, BOB, 4500, 4500)); /* what is forwarded stays */
    stage_free(stage);
}

static void forwarded_ports_are_open_and_kept(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ADDRESS_AND_PORT_DEPENDENT, NAT_ADDRESS_AND_PORT_DEPENDENT);
    nat_forward_ike(stage->box, stage->hosts[ALICE].port);
    assert_true(in(stage, GW, ALICE, 500, 500));
    assert_true(in(stage, WEB, ALICE, 40000, 4500));
    assert_int_equal(stage->hosts[ALICE].destination_port, 4500);
    assert_int_equal(out(stage, ALICE, GW, 500, 500), 500);
    assert_int_equal(out(stage, ALICE, WEB, 4500, 40000), 4500);
    stage_free(stage);
}

static void what_has_no_ports_does_not_come_through(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
    struct net_port *alice = stage->hosts[ALICE].port, *gw = stage->hosts[GW].port;
    struct net_datagram *datagram =
        net_datagram_new(stage->net, net_path_find(alice, &gw->address), 8);
    datagram->protocol = NET_PROTOCOL_ESP;
    datagram->source = alice->address;
    datagram->destination = gw->address;
    net_send(datagram, 0, (struct trace_ref){0});
    sim_engine_run(stage->engine, SECOND, UINT64_MAX);
    assert_int_equal(stage->lost, 1);
    assert_int_equal(stage->hosts[GW].arrived, 0);
    stage_free(stage);
}

/* ---- ICMP errors (RFC 5508) ---- */

/* What has come to `to`, or would have: an error about it, sent by `from` to the address that it
 * came from. Which of the two ends the stage's hosts are is for the caller to know. */
static void complain(struct stage *stage, int from, int to, const struct net_address *source,
                     uint16_t source_port, uint16_t destination_port)
{
    struct net_port *sender = stage->hosts[from].port, *other = stage->hosts[to].port;
    struct net_path *path = net_path_find(sender, &other->address);
    struct net_datagram *about = net_datagram_new(stage->net, path->back, 60);
    uint64_t now = sim_engine_now(stage->engine);
    about->protocol = NET_PROTOCOL_UDP;
    about->source = *source;
    about->destination = sender->address;
    about->source_port = source_port;
    about->destination_port = destination_port;
    memset(about->bytes, 0xa5, about->len);
    net_send(net_unreachable_new(about, path), now, (struct trace_ref){0});
    net_datagram_free(about);
    sim_engine_run(stage->engine, now + SECOND, UINT64_MAX);
}

/* The host has heard of a datagram between these two ends. */
static void assert_heard(const struct host *host, const struct net_address *source,
                         uint16_t source_port, const struct net_address *destination,
                         uint16_t destination_port)
{
    assert_int_equal(host->errors, 1);
    assert_true(net_address_equal(&host->error.source, source));
    assert_true(net_address_equal(&host->error.destination, destination));
    assert_int_equal(host->error.source_port, source_port);
    assert_int_equal(host->error.destination_port, destination_port);
}

static void an_error_from_outside_quotes_the_host_behind_the_box_5508_4_1(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ADDRESS_AND_PORT_DEPENDENT, NAT_ADDRESS_AND_PORT_DEPENDENT);
    struct host *alice = &stage->hosts[ALICE], *gw = &stage->hosts[GW];
    const struct net_address *box = &nat_port(stage->box)->address;
    uint16_t port = out(stage, ALICE, GW, 4500, 4500);
    complain(stage, GW, ALICE, box, port, 4500);
    assert_heard(alice, &alice->port->address, 4500, &gw->port->address, 4500);
    assert_true(net_address_equal(&alice->source, &gw->port->address));
    stage_free(stage);
}

static void an_error_from_inside_quotes_the_box_5508_4_2(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ADDRESS_AND_PORT_DEPENDENT, NAT_ADDRESS_AND_PORT_DEPENDENT);
    struct host *gw = &stage->hosts[GW];
    const struct net_address *box = &nat_port(stage->box)->address;
    uint16_t port = out(stage, ALICE, GW, 4500, 4500);
    complain(stage, ALICE, GW, &gw->port->address, 4500, 4500);
    assert_heard(gw, &gw->port->address, 4500, box, port);
    assert_true(net_address_equal(&gw->source, box));
    stage_free(stage);
}

/* Of what box has not sent, or not to there, nobody hears. */
static void an_error_about_nothing_known_ends_at_the_box_5508_4(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ADDRESS_AND_PORT_DEPENDENT, NAT_ADDRESS_AND_PORT_DEPENDENT);
    const struct net_address *box = &nat_port(stage->box)->address;
    uint16_t port = out(stage, ALICE, GW, 4500, 4500);
    complain(stage, GW, ALICE, box, (uint16_t)(port + 1), 4500); /* no mapping */
    complain(stage, GW, ALICE, box, port, 500);                  /* nothing was sent there */
    complain(stage, GW, ALICE, &stage->hosts[WEB].port->address, port, 4500); /* box was it not */
    complain(stage, ALICE, GW, &stage->hosts[GW].port->address, 500, 4500);
    assert_int_equal(stage->lost, 4);
    assert_int_equal(stage->hosts[ALICE].errors + stage->hosts[GW].errors, 0);
    stage_free(stage);
}

/* REQ-6: neither longer nor shorter. */
static void an_error_does_nothing_to_the_mapping_5508_4(void **state)
{
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        struct stage *stage = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
        const struct net_address *gw = &stage->hosts[GW].port->address;
        uint16_t port = out(stage, ALICE, GW, 4500, 4500);
        sim_engine_run(stage->engine, sim_engine_now(stage->engine) + 25 * SECOND, UINT64_MAX);
        if (inside) {
            complain(stage, ALICE, GW, gw, 4500, 4500);
        } else {
            complain(stage, GW, ALICE, &nat_port(stage->box)->address, port, 4500);
        }
        assert_int_equal(stage->hosts[inside ? GW : ALICE].errors, 1);
        assert_true(in(stage, GW, ALICE, 4500, port));
        sim_engine_run(stage->engine, sim_engine_now(stage->engine) + 10 * SECOND, UINT64_MAX);
        assert_false(in(stage, GW, ALICE, 4500, port));
        stage_free(stage);
    }
}

/* What another host does changes no port, unless both draw the same. */
static void a_port_follows_from_who_asks_and_when(void **state)
{
    (void)state;
    struct stage *alone = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
    struct stage *both = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
    out(both, BOB, GW, 500, 500);
    sim_engine_run(alone->engine, SECOND, UINT64_MAX);
    assert_int_equal(out(alone, ALICE, GW, 500, 500), out(both, ALICE, GW, 500, 500));
    stage_free(alone);
    stage_free(both);
}

static void a_host_that_moves_is_found_at_its_new_address_only(void **state)
{
    (void)state;
    struct stage *stage = stage_new(NAT_ENDPOINT_INDEPENDENT, NAT_ENDPOINT_INDEPENDENT);
    struct net_port *alice = stage->hosts[ALICE].port;
    struct net_address before = alice->address, after = {.family = 4, .octets = {10, 9, 9, 9}};
    assert_false(net_port_move(alice, &stage->hosts[BOB].port->address));
    assert_true(net_port_move(alice, &after));
    assert_null(net_find_port(stage->net, &before));
    assert_ptr_equal(net_find_port(stage->net, &after), alice);
    assert_null(net_path_find(nat_port(stage->box), &before));
    assert_ptr_equal(net_path_find(nat_port(stage->box), &after)->to, alice);
    assert_non_null(net_path_find(alice, &stage->hosts[GW].port->address));
    uint16_t port = out(stage, ALICE, GW, 500, 500);
    assert_true(in(stage, GW, ALICE, 500, port));
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_depend_on_the_other_end_as_they_are_told_4_1),
        cmocka_unit_test(the_filter_depends_on_the_other_end_as_it_is_told_5),
        cmocka_unit_test(a_mapping_lasts_as_long_as_packets_from_inside_keep_it_4_3),
        cmocka_unit_test(a_box_that_is_started_anew_gives_other_ports),
        cmocka_unit_test(forwarded_ports_are_open_and_kept),
        cmocka_unit_test(what_has_no_ports_does_not_come_through),
        cmocka_unit_test(an_error_from_outside_quotes_the_host_behind_the_box_5508_4_1),
        cmocka_unit_test(an_error_from_inside_quotes_the_box_5508_4_2),
        cmocka_unit_test(an_error_about_nothing_known_ends_at_the_box_5508_4),
        cmocka_unit_test(an_error_does_nothing_to_the_mapping_5508_4),
        cmocka_unit_test(a_port_follows_from_who_asks_and_when),
        cmocka_unit_test(a_host_that_moves_is_found_at_its_new_address_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
