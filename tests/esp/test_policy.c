/* Selectors (RFC 4301 §4.4.1, RFC 7296 §3.13.1) and the look-up that leads to them. */
#include <inttypes.h>

#include "esp/limits.h"
#include "tests/esp/support.h"

/* ---- the inner packet ---- */

static struct esp_flow flow_of(struct crypto_bytes packet)
{
    struct esp_flow flow;
    size_t len;
    assert_true(esp_flow_read(packet, &flow, &len));
    assert_int_equal(len, packet.len);
    return flow;
}

/* An IPv4 address is at the top. */
static struct esp_address ipv4(uint32_t address)
{
    return (struct esp_address){(uint64_t)address << 32, 0};
}

static void assert_address(struct esp_address got, uint64_t high, uint64_t low)
{
    assert_int_equal(got.high, high);
    assert_int_equal(got.low, low);
}

static void flow_is_read_from_an_exact_buffer(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {1, 6, 17, 33, 50, 132, 136};
    for (size_t p = 0; p < sizeof protocols; p++) {
        for (size_t len = 20; len < 40; len++) {
            uint8_t *packet = malloc(len);
            bool ports = protocols[p] != 50 && len >= (protocols[p] == 1 ? 22 : 24);
            bool icmp = protocols[p] == 1;
            struct esp_flow flow =
                flow_of(inner_packet(packet, len, protocols[p], "10.1.2.3", "192.168.255.4"));
            assert_int_equal(flow.family, 4);
            assert_address(flow.source, UINT64_C(0x0a01020300000000), 0);
            assert_address(flow.destination, UINT64_C(0xc0a8ff0400000000), 0);
            assert_int_equal(flow.ip_protocol, protocols[p]);
            assert_int_equal(flow.source_port, ports ? 0x1415 : ESP_PORT_OPAQUE);
            assert_int_equal(flow.destination_port, !ports ? ESP_PORT_OPAQUE
                                                    : icmp ? ESP_PORT_UNUSED
                                                           : 0x1617);
            free(packet);
        }
    }
}

static void ports_are_behind_the_options(void **state)
{
    (void)state;
    uint8_t packet[28];
    inner_packet(packet, sizeof packet, 17, "10.1.2.3", "10.1.2.4");
    packet[0] = 0x46;
    struct esp_flow flow = flow_of(crypto_bytes(packet, sizeof packet));
    assert_int_equal(flow.source_port, 0x1819);
    packet[0] = 0x47; /* the options fill all */
    flow = flow_of(crypto_bytes(packet, sizeof packet));
    assert_int_equal(flow.source_port, ESP_PORT_OPAQUE);
}

static void ipv6_flow_is_read_from_an_exact_buffer(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {6, 17, 33, 50, 51, 58, 59, 132, 135, 136};
    for (size_t p = 0; p < sizeof protocols; p++) {
        for (size_t len = 40; len < 60; len++) {
            uint8_t *packet = malloc(len);
            bool icmp = protocols[p] == 58, mobility = protocols[p] == 135;
            bool none = protocols[p] == 50 || protocols[p] == 51 || protocols[p] == 59;
            bool ports = !none && len >= (icmp ? 42 : mobility ? 43 : 44);
            struct esp_flow flow =
                flow_of(inner_packet_6(packet, len, protocols[p], "2001:db8::1", "fe80::2:3"));
            assert_int_equal(flow.family, 6);
            assert_address(flow.source, UINT64_C(0x20010db800000000), 1);
            assert_address(flow.destination, UINT64_C(0xfe80000000000000), 0x20003);
            assert_int_equal(flow.ip_protocol, protocols[p]);
            assert_int_equal(flow.source_port, !ports     ? ESP_PORT_OPAQUE
                                               : mobility ? 0x2a00
                                                          : 0x2829);
            assert_int_equal(flow.destination_port, !ports             ? ESP_PORT_OPAQUE
                                                    : icmp || mobility ? ESP_PORT_UNUSED
                                                                       : 0x2a2b);
            free(packet);
        }
    }
}

/* RFC 4301 §4.4.1.1: Hop-by-Hop Options, Routing, Fragment and Destination Options are skipped. */
static void extension_headers_are_skipped(void **state)
{
    (void)state;
    uint8_t octets[40 + 8 + 24 + 8 + 16 + 8];
    struct crypto_bytes packet =
        inner_packet_6(octets, sizeof octets, 0, "2001:db8::1", "2001:db8::2");
    uint8_t *hop = octets + 40, *routing = hop + 8, *fragment = routing + 24;
    uint8_t *options = fragment + 8, *udp = options + 16;
    hop[0] = 43;
    hop[1] = 0;
    routing[0] = 44;
    routing[1] = 2;
    fragment[0] = 60;
    fragment[2] = 0;
    fragment[3] = 1; /* more fragments, and this is the first */
    options[0] = 17;
    options[1] = 1;
    memcpy(udp, (const uint8_t[]){0x12, 0x34, 0x56, 0x78}, 4);
    struct esp_flow flow = flow_of(packet);
    assert_int_equal(flow.ip_protocol, 17);
    assert_int_equal(flow.source_port, 0x1234);
    assert_int_equal(flow.destination_port, 0x5678);

    /* A later fragment: what follows is data, even where it looks like a header too long. */
    for (int bit = 3; bit < 16; bit++) {
        fragment[2] = (uint8_t)(1 << bit >> 8);
        fragment[3] = (uint8_t)(1 << bit);
        options[1] = 200;
        flow = flow_of(packet);
        assert_int_equal(flow.ip_protocol, 60);
        assert_int_equal(flow.source_port, ESP_PORT_OPAQUE);
        assert_int_equal(flow.destination_port, ESP_PORT_OPAQUE);
        options[1] = 1;
    }
}

/* Every cut, and an extension header that is longer than the packet. */
static void ipv6_packet_must_be_whole(void **state)
{
    (void)state;
    struct esp_flow flow;
    size_t len;
    for (size_t cut = 0; cut < 56; cut++) {
        uint8_t whole[56], *octets = malloc(cut ? cut : 1);
        inner_packet_6(whole, sizeof whole, 60, "2001:db8::1", "2001:db8::2");
        whole[40] = 17;
        whole[41] = 1;
        memcpy(octets, whole, cut);
        assert_false(esp_flow_read(crypto_bytes(octets, cut), &flow, &len));
        if (cut >= 40) { /* the header agrees with what is there: now the options do not */
            octets[5] = (uint8_t)(cut - 40);
            assert_false(esp_flow_read(crypto_bytes(octets, cut), &flow, &len));
        }
        free(octets);
    }
    uint8_t octets[60] = {0};
    struct crypto_bytes packet = inner_packet_6(octets, 50, 17, "2001:db8::1", "2001:db8::2");
    packet.len = 60; /* what lies behind is not part of it */
    assert_true(esp_flow_read(packet, &flow, &len));
    assert_int_equal(len, 50);
    octets[0] = 0x50;
    assert_false(esp_flow_read(packet, &flow, &len));
}

/* Whatever the octets are, what is read lies in them: the sanitizer watches the exact buffer. */
static void random_octets_are_read_within_bounds(void **state)
{
    (void)state;
    static const uint8_t chain[] = {0, 43, 44, 60, 17, 58, 135};
    uint64_t random = test_seed(), whole = 0;
    for (int i = 0; i < 200000; i++) {
        size_t len = 1 + test_random(&random) % 120, got = 0;
        uint8_t *octets = malloc(len);
        struct esp_flow flow;
        for (size_t at = 0; at < len; at++) {
            uint64_t draw = test_random(&random);
            octets[at] = (uint8_t)(draw % 4 ? chain[draw / 4 % sizeof chain] : draw >> 8);
        }
        octets[0] = (uint8_t)(test_random(&random) % 4 ? 0x60 : 0x45);
        if (len > 5 && test_random(&random) % 2) { /* lengths that agree */
            octets[2] = octets[4] = 0;
            octets[3] = (uint8_t)len;
            octets[5] = (uint8_t)(len >= 40 ? len - 40 : 0);
        }
        if (esp_flow_read(crypto_bytes(octets, len), &flow, &got)) {
            assert_true(got <= len && got >= (flow.family == 4 ? 20 : 40));
            whole++;
        }
        free(octets);
    }
    printf("%" PRIu64 " of 200000 were packets\n", whole);
    assert_true(whole > 20000);
}

/* ---- matching ---- */

static bool allowed(struct crypto_bytes packet, struct esp_selector source,
                    struct esp_selector destination)
{
    struct esp_range from, to;
    struct esp_flow flow = flow_of(packet);
    esp_ranges_from(&from, &source, 1);
    esp_ranges_from(&to, &destination, 1);
    return esp_policy_allows(&flow, (struct esp_ranges){&from, 1}, (struct esp_ranges){&to, 1});
}

static struct esp_selector any(void)
{
    return selector("0.0.0.0", "255.255.255.255");
}

static struct esp_selector ports(uint8_t ip_protocol, uint16_t start, uint16_t end)
{
    struct esp_selector out = any();
    out.ip_protocol = ip_protocol;
    out.start_port = start;
    out.end_port = end;
    return out;
}

static void protocol_and_ports_are_matched(void **state)
{
    (void)state;
    uint8_t octets[32];
    struct crypto_bytes udp = inner_packet(octets, 32, 17, "1.2.3.4", "5.6.7.8");
    /* From port 0x1415 to port 0x1617. */
    assert_true(allowed(udp, any(), any()));
    assert_true(allowed(udp, ports(17, 0, 65535), any()));
    assert_false(allowed(udp, ports(6, 0, 65535), any()));
    assert_false(allowed(udp, any(), ports(6, 0, 65535)));
    assert_true(allowed(udp, ports(17, 0x1415, 0x1415), ports(17, 0x1617, 0x1617)));
    assert_false(allowed(udp, ports(17, 0x1416, 65535), any()));
    assert_false(allowed(udp, ports(17, 0, 0x1414), any()));
    assert_false(allowed(udp, any(), ports(17, 0x1618, 65535)));
    assert_false(allowed(udp, any(), ports(17, 0, 0x1616)));
    assert_true(allowed(udp, ports(0, 0x1415, 0x1415), any()));
    assert_false(allowed(udp, ports(17, 65535, 0), any())); /* OPAQUE, and these can be seen */
}

/* ANY includes OPAQUE; a range of ports cannot be said to hold a port that is not there. */
static void hidden_ports_match_any_and_opaque_only(void **state)
{
    (void)state;
    uint8_t octets[32];
    struct crypto_bytes packet = inner_packet(octets, 32, 17, "1.2.3.4", "5.6.7.8");
    for (int fragment = 0; fragment < 2; fragment++) {
        octets[6] = 0x20; /* more fragments: the first shows its ports */
        octets[7] = 0;
        assert_true(allowed(packet, ports(17, 0x1415, 0x1415), any()));
        octets[6 + fragment] = 1; /* 256, then 1: not the first */
        assert_true(allowed(packet, any(), any()));
        assert_true(allowed(packet, ports(17, 65535, 0), ports(17, 65535, 0)));
        assert_false(allowed(packet, ports(17, 0x1415, 0x1415), any()));
        assert_false(allowed(packet, ports(17, 1, 65535), any()));
        assert_false(allowed(packet, any(), ports(17, 0, 65534)));
    }
    struct crypto_bytes esp = inner_packet(octets, 32, 50, "1.2.3.4", "5.6.7.8");
    assert_true(allowed(esp, ports(50, 65535, 0), ports(50, 0, 65535)));
    assert_false(allowed(esp, ports(50, 0x1415, 0x1415), any()));
}

/* RFC 4301 §4.4.1.3: the sender's side says which ICMP it sends. */
static void icmp_type_and_code_are_the_senders(void **state)
{
    (void)state;
    uint8_t octets[32];
    struct crypto_bytes icmp = inner_packet(octets, 32, 1, "1.2.3.4", "5.6.7.8");
    octets[20] = 8;
    octets[21] = 0;
    struct esp_selector echo = ports(1, 0x0800, 0x0800), opaque = ports(1, 65535, 0);
    assert_true(allowed(icmp, echo, echo));
    assert_true(allowed(icmp, echo, opaque));
    assert_false(allowed(icmp, opaque, echo));
    assert_false(allowed(icmp, ports(1, 0, 0x00ff), any()));
    octets[20] = 0;
    assert_false(allowed(icmp, echo, any()));
}

static void addresses_are_matched_to_the_last_bit(void **state)
{
    (void)state;
    uint8_t octets[60];
    struct crypto_bytes ipv4 = inner_packet(octets, 60, 17, "10.0.0.7", "10.0.0.8");
    assert_true(allowed(ipv4, selector("10.0.0.7", "10.0.0.7"), any()));
    assert_false(allowed(ipv4, selector("10.0.0.0", "10.0.0.6"), any()));
    assert_false(allowed(ipv4, selector("10.0.0.8", "10.0.0.9"), any()));
    assert_false(allowed(ipv4, any(), selector("10.0.0.7", "10.0.0.7")));
    struct crypto_bytes ipv6 = inner_packet_6(octets, 60, 17, "2001:db8:0:1::7", "2001:db8::8");
    struct esp_selector all = selector("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assert_true(allowed(ipv6, all, all));
    assert_true(allowed(ipv6, selector("2001:db8:0:1::7", "2001:db8:0:1::7"), all));
    assert_true(allowed(ipv6, selector("2001:db8::ffff", "2001:db8:0:2::"), all));
    assert_false(allowed(ipv6, selector("2001:db8:0:1::8", "2001:db8:0:1::f"), all));
    assert_false(allowed(ipv6, selector("2001:db8:0:1::", "2001:db8:0:1::6"), all));
    assert_false(allowed(ipv6, selector("2001:db8:0:2::", "2001:db8:0:2::ff"), all));
    assert_false(allowed(ipv6, selector("2001:db8::", "2001:db8:0:0:ffff::"), all));
    assert_false(allowed(ipv6, all, selector("2001:db8::9", "2001:db8::ff")));
}

/* Not even where the bits are the same, or the IPv4 address is mapped (RFC 4291 §2.5.5.2). */
static void selectors_match_their_own_family_only(void **state)
{
    (void)state;
    uint8_t octets[60];
    struct esp_selector all = selector("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    struct crypto_bytes ipv4 = inner_packet(octets, 60, 17, "10.0.0.7", "10.0.0.8");
    assert_true(allowed(ipv4, any(), any()));
    assert_false(allowed(ipv4, all, any()));
    assert_false(allowed(ipv4, any(), all));
    assert_false(allowed(ipv4, selector("::ffff:10.0.0.7", "::ffff:10.0.0.7"), any()));
    struct crypto_bytes ipv6 = inner_packet_6(octets, 60, 17, "a00:7::", "a00:8::");
    assert_true(allowed(ipv6, all, all));
    assert_false(allowed(ipv6, any(), all));
    assert_false(allowed(ipv6, all, any()));
}

/* ---- the look-up ---- */

static size_t entries_of(uint32_t start, uint32_t end)
{
    struct esp_range range = {.start = ipv4(start), .end = esp_address_last(ipv4(end), 32)};
    return esp_spd_entry_count((struct esp_ranges){&range, 1});
}

static size_t entries_of_6(const char *start, const char *end)
{
    struct esp_selector from = selector(start, end);
    struct esp_range range;
    esp_ranges_from(&range, &from, 1);
    return esp_spd_entry_count((struct esp_ranges){&range, 1});
}

static void ranges_are_few_prefixes(void **state)
{
    (void)state;
    assert_int_equal(entries_of(0, UINT32_MAX), 1);
    assert_int_equal(entries_of(0x0a010000, 0x0a0100ff), 1);
    assert_int_equal(entries_of(7, 7), 1);
    assert_int_equal(entries_of(UINT32_MAX, UINT32_MAX), 1);
    assert_int_equal(entries_of(1, 2), 2);
    assert_int_equal(entries_of(1, UINT32_MAX), 32);
    assert_int_equal(entries_of(1, UINT32_MAX - 1), 62);
    assert_int_equal(entries_of(2, 1), 0); /* nothing is in it */

    static const char last[] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assert_int_equal(entries_of_6("::", last), 1);
    assert_int_equal(entries_of_6(last, last), 1);
    assert_int_equal(entries_of_6("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"), 1);
    assert_int_equal(entries_of_6("::ffff:ffff:ffff:ffff", "0:0:0:1::"), 2); /* over the halves */
    assert_int_equal(entries_of_6("::1", last), 128);
    assert_int_equal(entries_of_6("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"),
                     ESP_RANGE_PREFIXES_MAX);
    assert_int_equal(entries_of_6("::2", "::1"), 0);
}

enum { CHILDREN = 60 };

struct plan {
    bool installed;
    uint64_t order;
    struct esp_selector local[2], remote[2];
    uint8_t local_count, remote_count;
};

static struct esp_stack *stack;
static struct plan plans[CHILDREN];

static void put_address(uint8_t *at, uint32_t address)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(address >> (24 - 8 * i));
    }
}

static uint32_t get_address(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Prefixes, single addresses and crooked ranges, all within 10.0.0.0/22, so that they overlap, or
 * with the same 32 bits in front within a00::/22: one family must not find the other's. */
static struct esp_selector random_selector(uint64_t *random, uint8_t family)
{
    struct esp_selector out = any();
    uint32_t kind = (uint32_t)(test_random(random) % 40);
    uint32_t start = 0x0a000000 + (uint32_t)(test_random(random) % 1024), end = start;
    if (kind < 20) {
        uint32_t bits = (uint32_t)(test_random(random) % 10);
        start = start >> bits << bits;
        end = start | ((UINT32_C(1) << bits) - 1);
    } else if (kind < 30) {
        end = start + (uint32_t)(test_random(random) % 300);
    } else if (kind == 39) {
        start = 0;
        end = UINT32_MAX;
    }
    put_address(out.start, start);
    put_address(out.end, end);
    if (test_random(random) % 8 == 0) {
        out.ip_protocol = 6;
    }
    if (family == 6) {
        out.family = 6;
        memset(out.end + 4, 0xff, 12);
    }
    return out;
}

static void toggle(size_t i, uint64_t *random, uint64_t order)
{
    struct plan *plan = &plans[i];
    uint32_t spi = 1000 + (uint32_t)i;
    if (plan->installed) {
        assert_true(esp_stack_remove(stack, spi));
        plan->installed = false;
        return;
    }
    *plan = (struct plan){.installed = true, .order = order};
    plan->local_count = (uint8_t)(1 + test_random(random) % 2);
    plan->remote_count = (uint8_t)(1 + test_random(random) % 2);
    for (int t = 0; t < 2; t++) {
        uint8_t family = (t == 0 ? i : test_random(random)) % 2 ? 6 : 4;
        plan->local[t] = random_selector(random, family);
        plan->remote[t] = random_selector(random, family);
    }
    struct esp_child child = {
        .name = "random",
        .spi_in = spi,
        .spi_out = spi,
        .key_in = key_of(GCM, 1),
        .key_out = key_of(GCM, 2),
        .replay_window = 32,
        .local_ts = plan->local,
        .remote_ts = plan->remote,
        .local_ts_count = plan->local_count,
        .remote_ts_count = plan->remote_count,
    };
    assert_int_equal(esp_stack_install(stack, &child), 0);
}

static bool covers(const struct esp_selector *ts, size_t count, const struct esp_flow *flow,
                   struct esp_address full)
{
    uint32_t address = (uint32_t)(full.high >> 32);
    for (size_t i = 0; i < count; i++) {
        if (ts[i].family == flow->family && address >= get_address(ts[i].start) &&
            address <= get_address(ts[i].end) &&
            (ts[i].ip_protocol == 0 || ts[i].ip_protocol == flow->ip_protocol)) {
            return true;
        }
    }
    return false;
}

/* Walks all children: slow and plain. */
static uint32_t expected_spi(const struct esp_flow *flow)
{
    const struct plan *best = NULL;
    for (size_t i = 0; i < CHILDREN; i++) {
        const struct plan *plan = &plans[i];
        if (plan->installed && (!best || plan->order > best->order) &&
            covers(plan->local, plan->local_count, flow, flow->source) &&
            covers(plan->remote, plan->remote_count, flow, flow->destination)) {
            best = plan;
        }
    }
    return best ? 1000 + (uint32_t)(best - plans) : 0;
}

static void look_up_finds_the_newest_that_matches(void **state)
{
    (void)state;
    uint64_t random = test_seed(), found = 0, lookups = 0;
    stack = esp_stack_new(&(struct esp_stack_options){0});
    assert_non_null(stack);
    size_t empty = esp_stack_memory(stack);
    memset(plans, 0, sizeof plans);
    for (uint64_t step = 1; step <= 4000; step++) {
        toggle(test_random(&random) % CHILDREN, &random, step);
        for (int i = 0; i < 10; i++, lookups++) {
            struct esp_flow flow = {
                .source = ipv4(0x0a000000 + (uint32_t)(test_random(&random) % 1400)),
                .destination = ipv4(0x0a000000 + (uint32_t)(test_random(&random) % 1400)),
                .family = 4,
                .source_port = 1,
                .destination_port = 2,
                .ip_protocol = test_random(&random) % 2 ? 6 : 17,
            };
            if (test_random(&random) % 2) {
                flow.family = 6;
                flow.destination.low = test_random(&random);
            }
            const struct esp_pair *pair = esp_spd_find(&stack->spd, &flow);
            uint32_t want = expected_spi(&flow), got = pair ? pair->spi_in : 0;
            if (got != want) {
                fail_msg("step %" PRIu64 ": SPI %" PRIu32 ", not %" PRIu32, step, got, want);
            }
            found += got != 0;
        }
    }
    printf("%" PRIu64 " look-ups, %" PRIu64 " found\n", lookups, found);
    assert_true(found > lookups / 8 && found < lookups * 3 / 4);
    for (size_t i = 0; i < CHILDREN; i++) {
        if (plans[i].installed) {
            toggle(i, &random, 0);
        }
    }
    /* All that is left are the grown tables of pointers. */
    assert_int_equal(stack->sad.count, 0);
    assert_int_equal(stack->spd.prefix_count, 0);
    assert_int_equal(stack->spd.len_count, 0);
    assert_int_equal(esp_stack_memory(stack) - empty,
                     (stack->sad.bucket_count + stack->spd.bucket_count) * sizeof(void *) +
                         stack->spd.len_cap * sizeof(struct esp_spd_len));
    esp_stack_free(stack);
}

/* A gateway's worth of clients, their SPIs a stride apart: every one is found, chains stay short,
 * and the memory is what sa.h says. */
static void many_children_are_found(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    stack = esp_stack_new(&(struct esp_stack_options){0});
    assert_non_null(stack);
    struct esp_selector local = selector("10.2.0.0", "10.2.0.255"), remote = any();
    struct esp_child child = {
        .name = "client",
        .key_in = key_of(GCM, 1),
        .key_out = key_of(GCM, 2),
        .replay_window = 64,
        .local_ts = &local,
        .remote_ts = &remote,
        .local_ts_count = 1,
        .remote_ts_count = 1,
    };
    for (uint32_t i = 0; i < MANY; i++) {
        child.spi_in = 256 + i * 4096; /* one after the other */
        put_address(remote.start, 0xac100000 + i);
        put_address(remote.end, 0xac100000 + i);
        assert_int_equal(esp_stack_install(stack, &child), 0);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        struct esp_flow flow = {
            .source = ipv4(0x0a020001), .destination = ipv4(0xac100000 + i), .family = 4};
        const struct esp_pair *pair = esp_spd_find(&stack->spd, &flow);
        assert_non_null(pair);
        assert_int_equal(pair->spi_in, 256 + i * 4096);
        assert_ptr_equal(pair, esp_sad_find(&stack->sad, pair->spi_in));
        assert_int_equal(pair->size, 144 + 2 * 8 + 32 + 2 * 40 + 2 * 20);
    }
    assert_true(esp_stack_memory(stack) / MANY < 386);
    size_t longest = 0;
    for (uint32_t b = 0; b < stack->sad.bucket_count; b++) {
        size_t chain = 0;
        for (const struct esp_pair *p = stack->sad.buckets[b]; p; p = p->next) {
            chain++;
        }
        longest = chain > longest ? chain : longest;
    }
    for (uint32_t b = 0; b < stack->spd.bucket_count; b++) {
        size_t chain = 0;
        for (const struct esp_spd_prefix *p = stack->spd.buckets[b]; p; p = p->next) {
            chain++;
        }
        longest = chain > longest ? chain : longest;
    }
    printf("longest chain of %d: %zu\n", MANY, longest);
    assert_true(longest <= 8);
    esp_stack_free(stack); /* with all of them in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow_is_read_from_an_exact_buffer),
        cmocka_unit_test(ports_are_behind_the_options),
        cmocka_unit_test(ipv6_flow_is_read_from_an_exact_buffer),
        cmocka_unit_test(extension_headers_are_skipped),
        cmocka_unit_test(ipv6_packet_must_be_whole),
        cmocka_unit_test(random_octets_are_read_within_bounds),
        cmocka_unit_test(protocol_and_ports_are_matched),
        cmocka_unit_test(hidden_ports_match_any_and_opaque_only),
        cmocka_unit_test(icmp_type_and_code_are_the_senders),
        cmocka_unit_test(addresses_are_matched_to_the_last_bit),
        cmocka_unit_test(selectors_match_their_own_family_only),
        cmocka_unit_test(ranges_are_few_prefixes),
        cmocka_unit_test(look_up_finds_the_newest_that_matches),
        cmocka_unit_test(many_children_are_found),
    };
    return cmocka_run_group_tests_name("RFC 4301 §4.4.1 selectors", tests, NULL, NULL);
}
