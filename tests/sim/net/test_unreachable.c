/* ICMP errors about datagrams (RFC 792, RFC 4443): what they quote, and what is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/net/unreachable.h"

enum { HEADER = 8, IPV4 = 20, IPV6 = 40, UDP = 8 };

struct stage {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net *net;
    struct sim_node nodes[2];
    struct net_path *path; /* from the first port to the second */
};

static struct stage *stage_new(const char *from, const char *to)
{
    const char *const addresses[2] = {from, to};
    struct stage *stage = calloc(1, sizeof *stage);
    struct net_port *ports[2];
    assert_non_null(stage);
    stage->engine = sim_engine_new(1);
    stage->recorder = trace_recorder_new(&(struct trace_recorder_options){0});
    stage->net = net_new(stage->engine, stage->recorder, NULL);
    for (int i = 0; i < 2; i++) {
        struct net_address address;
        const char *name = i ? "gw" : "alice";
        assert_true(net_address_parse(addresses[i], &address));
        sim_node_init(stage->engine, &stage->nodes[i], name);
        ports[i] = net_add_port(stage->net, name, &address, &stage->nodes[i]);
    }
    net_join(stage->net, ports[0], ports[1]);
    stage->path = net_path_find(ports[0], &ports[1]->address);
    return stage;
}

static void stage_free(struct stage *stage)
{
    sim_engine_free(stage->engine);
    net_free(stage->net);
    trace_recorder_free(stage->recorder);
    free(stage);
}

static struct net_datagram *make(struct stage *stage, uint8_t protocol, size_t len)
{
    struct net_datagram *datagram = net_datagram_new(stage->net, stage->path, len);
    datagram->protocol = protocol;
    datagram->source = stage->path->from->address;
    datagram->destination = stage->path->to->address;
    datagram->number = 0x1234;
    if (protocol == NET_PROTOCOL_UDP) {
        datagram->source_port = 4500;
        datagram->destination_port = 500;
    }
    for (size_t i = 0; i < len; i++) {
        datagram->bytes[i] = (uint8_t)(i * 7);
    }
    return datagram;
}

static const struct {
    const char *from, *to;
    uint8_t protocol, icmp, type, code, pointer;
    size_t front, room;
    const char *what;
} cases[] = {
    {"192.0.2.10", "198.51.100.1", 17, 1, 3, 3, 0, IPV4 + UDP, 576 - IPV4, "port unreachable"},
    {"192.0.2.10", "198.51.100.1", 50, 1, 3, 2, 0, IPV4, 576 - IPV4, "protocol unreachable"},
    {"192.0.2.10", "198.51.100.1", 51, 1, 3, 2, 0, IPV4, 576 - IPV4, "protocol unreachable"},
    {"2001:db8::1", "2001:db8::2", 17, 58, 1, 4, 0, IPV6 + UDP, 1280 - IPV6, "port unreachable"},
    {"2001:db8::1", "2001:db8::2", 50, 58, 4, 1, 6, IPV6, 1280 - IPV6, "unrecognized next header"},
};

enum { CASES = sizeof cases / sizeof *cases };

/* What was sent is found in what is read, up to where the error ends. */
static void an_error_quotes_as_much_as_fits(void **state)
{
    static const size_t lens[] = {0, 1, 28, 300, 1400, 9000};
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct stage *stage = stage_new(cases[i].from, cases[i].to);
        for (size_t k = 0; k < sizeof lens / sizeof *lens; k++) {
            struct net_datagram *sent = make(stage, cases[i].protocol, lens[k]);
            struct net_datagram *error = net_unreachable_new(sent, stage->path->back);
            struct net_unreachable read;
            size_t whole = HEADER + cases[i].front + lens[k];
            size_t len = whole < cases[i].room ? whole : cases[i].room;
            assert_int_equal(error->len, len);
            assert_int_equal(error->protocol, cases[i].icmp);
            assert_true(net_is_icmp(error) && !net_is_icmp(sent));
            assert_true(net_address_equal(&error->source, &sent->destination));
            assert_true(net_address_equal(&error->destination, &sent->source));
            assert_int_equal(error->bytes[0], cases[i].type);
            assert_int_equal(error->bytes[1], cases[i].code);
            assert_int_equal(error->bytes[7], cases[i].pointer);
            assert_true(net_unreachable_read(error, &read));
            assert_string_equal(read.what, cases[i].what);
            assert_int_equal(read.protocol, cases[i].protocol);
            assert_true(net_address_equal(&read.source, &sent->source));
            assert_true(net_address_equal(&read.destination, &sent->destination));
            assert_int_equal(read.source_port, sent->source_port);
            assert_int_equal(read.destination_port, sent->destination_port);
            assert_int_equal(read.payload.len, len - HEADER - cases[i].front);
            assert_memory_equal(read.payload.data, sent->bytes, read.payload.len);
            net_datagram_free(error);
            net_datagram_free(sent);
        }
        stage_free(stage);
    }
}

/* RFC 792's figure, octet by octet. */
static void the_octets_are_those_of_rfc792(void **state)
{
    static const uint8_t expected[] = {
        3,    3,    0xe9, 0x57, 0,    0,    0,   0,                        /* ICMP */
        0x45, 0,    0,    30,   0x12, 0x34, 0,   0,    64, 17, 0x7c, 0x5c, /* IPv4 */
        192,  0,    2,    10,   198,  51,   100, 1,                        /* addresses */
        0x11, 0x94, 0x01, 0xf4, 0,    10,   0,   0x0c,                     /* UDP */
        0,    7,
    };
    struct stage *stage = stage_new("192.0.2.10", "198.51.100.1");
    struct net_datagram *sent = make(stage, NET_PROTOCOL_UDP, 2);
    struct net_datagram *error = net_unreachable_new(sent, stage->path->back);
    (void)state;
    assert_int_equal(error->len, sizeof expected);
    assert_memory_equal(error->bytes, expected, sizeof expected);
    net_datagram_free(error);
    net_datagram_free(sent);
    stage_free(stage);
}

/* What another address and port make of an error is, octet by octet, an error about the datagram
 * that had them: with the checksums of the quoted headers and its own (RFC 5508 §4). Octets that
 * the error has no room for count too. */
static void a_translated_error_is_that_of_the_other_datagram_5508_4(void **state)
{
    static const size_t lens[] = {0, 1, 28, 300, 1400};
    static const char *const others[] = {"203.0.113.5", "2001:db8:ff::fffe"};
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        if (cases[i].protocol != NET_PROTOCOL_UDP) {
            continue;
        }
        for (unsigned k = 0; k < 2 * sizeof lens / sizeof *lens; k++) {
            struct stage *stage = stage_new(cases[i].from, cases[i].to);
            struct net_datagram *sent = make(stage, cases[i].protocol, lens[k / 2]);
            struct net_datagram *error = net_unreachable_new(sent, stage->path->back);
            enum net_quoted which = k % 2 ? NET_QUOTED_SOURCE : NET_QUOTED_DESTINATION;
            struct net_address other;
            assert_true(net_address_parse(others[cases[i].icmp == 58], &other));
            if (which == NET_QUOTED_SOURCE) {
                sent->source = error->destination = other;
                sent->source_port = 61234;
            } else {
                sent->destination = error->source = other;
                sent->destination_port = 61234;
            }
            net_unreachable_translate(error, which, &other, 61234);
            struct net_datagram *expected = net_unreachable_new(sent, stage->path->back);
            assert_int_equal(error->len, expected->len);
            assert_memory_equal(error->bytes, expected->bytes, error->len);
            net_datagram_free(expected);
            net_datagram_free(error);
            net_datagram_free(sent);
            stage_free(stage);
        }
    }
}

/* The quoted datagram may have none: then none is made up (RFC 768). */
static void a_missing_udp_checksum_stays_missing_768(void **state)
{
    struct stage *stage = stage_new("192.0.2.10", "198.51.100.1");
    struct net_datagram *sent = make(stage, NET_PROTOCOL_UDP, 40);
    struct net_datagram *error = net_unreachable_new(sent, stage->path->back);
    struct net_address other;
    struct net_unreachable read;
    uint8_t *sum = error->bytes + HEADER + IPV4 + 6;
    (void)state;
    assert_true(net_address_parse("203.0.113.5", &other));
    memset(sum, 0, 2);
    net_unreachable_translate(error, NET_QUOTED_SOURCE, &other, 61234);
    assert_int_equal(sum[0] | sum[1], 0);
    assert_true(net_unreachable_read(error, &read));
    assert_true(net_address_equal(&read.source, &other));
    assert_int_equal(read.source_port, 61234);
    net_datagram_free(error);
    net_datagram_free(sent);
    stage_free(stage);
}

/* Cut off anywhere, with a bit turned anywhere, or with another type: nothing is read beyond the
 * end, and nothing broken is believed. */
static void what_is_broken_is_not_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct stage *stage = stage_new(cases[i].from, cases[i].to);
        struct net_datagram *sent = make(stage, cases[i].protocol, 40);
        struct net_datagram *error = net_unreachable_new(sent, stage->path->back);
        struct net_unreachable read;
        size_t len = error->len;
        for (error->len = 0; error->len < len; error->len++) {
            assert_false(net_unreachable_read(error, &read));
        }
        for (size_t bit = 0; bit < len * 8; bit++) {
            error->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(net_unreachable_read(error, &read));
            error->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        /* Another type with a checksum that fits: an echo is no error. */
        error->bytes[0] ^= 8;
        error->bytes[6] ^= 8;
        if (!net_unreachable_read(error, &read)) {
            error->bytes[0] ^= 8;
            error->bytes[6] ^= 8;
        }
        assert_true(net_unreachable_read(error, &read));
        error->protocol = NET_PROTOCOL_UDP;
        assert_false(net_unreachable_read(error, &read));
        net_datagram_free(error);
        net_datagram_free(sent);
        stage_free(stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_quotes_as_much_as_fits),
        cmocka_unit_test(the_octets_are_those_of_rfc792),
        cmocka_unit_test(a_translated_error_is_that_of_the_other_datagram_5508_4),
        cmocka_unit_test(a_missing_udp_checksum_stays_missing_768),
        cmocka_unit_test(what_is_broken_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
