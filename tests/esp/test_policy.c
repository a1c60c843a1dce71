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
            assert_int_equal(flow.source, 0x0a010203);
            assert_int_equal(flow.destination, 0xc0a8ff04);
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

/* ---- matching ---- */

static bool allowed(struct crypto_bytes packet, struct esp_selector source,
                    struct esp_selector destination)
{
    struct esp_range from, to;
    struct esp_flow flow = flow_of(packet);
    assert_int_equal(esp_ranges_from(&from, &source, 1), 1);
    assert_int_equal(esp_ranges_from(&to, &destination, 1), 1);
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

static void ipv6_selectors_match_no_ipv4_packet(void **state)
{
    (void)state;
    struct esp_selector mixed[] = {any(), any(), any()};
    struct esp_range out[3];
    mixed[0].family = 6;
    mixed[2].family = 6;
    assert_int_equal(esp_ranges_from(NULL, mixed, 3), 1);
    assert_int_equal(esp_ranges_from(out, mixed, 3), 1);
}

/* ---- the look-up ---- */

static size_t entries_of(uint32_t start, uint32_t end)
{
    struct esp_range range = {.start = start, .end = end};
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
    assert_int_equal(entries_of(1, UINT32_MAX - 1), ESP_RANGE_PREFIXES_MAX);
    assert_int_equal(entries_of(2, 1), 0); /* nothing is in it */
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

/* Prefixes, single addresses and crooked ranges, all within 10.0.0.0/22, so that they overlap. */
static struct esp_selector random_selector(uint64_t *random)
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
        plan->local[t] = random_selector(random);
        plan->remote[t] = random_selector(random);
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

static bool covers(const struct esp_selector *ts, size_t count, uint32_t address, uint8_t protocol)
{
    for (size_t i = 0; i < count; i++) {
        if (address >= get_address(ts[i].start) && address <= get_address(ts[i].end) &&
            (ts[i].ip_protocol == 0 || ts[i].ip_protocol == protocol)) {
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
            covers(plan->local, plan->local_count, flow->source, flow->ip_protocol) &&
            covers(plan->remote, plan->remote_count, flow->destination, flow->ip_protocol)) {
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
                .source = 0x0a000000 + (uint32_t)(test_random(&random) % 1400),
                .destination = 0x0a000000 + (uint32_t)(test_random(&random) % 1400),
                .source_port = 1,
                .destination_port = 2,
                .ip_protocol = test_random(&random) % 2 ? 6 : 17,
            };
            const struct esp_pair *pair = esp_spd_find(&stack->spd, &flow);
            uint32_t want = expected_spi(&flow), got = pair ? pair->spi_in : 0;
            if (got != want) {
                fail_msg("step %" PRIu64 ": SPI %" PRIu32 ", not %" PRIu32, step, got, want);
            }
            found += got != 0;
        }
    }
    printf("%" PRIu64 " look-ups, %" PRIu64 " found\n", lookups, found);
    assert_true(found > lookups / 4 && found < lookups * 3 / 4);
    for (size_t i = 0; i < CHILDREN; i++) {
        if (plans[i].installed) {
            toggle(i, &random, 0);
        }
    }
    /* All that is left are the grown tables of pointers. */
    assert_int_equal(stack->sad.count, 0);
    assert_int_equal(stack->spd.prefix_count, 0);
    assert_int_equal(stack->spd.lens, 0);
    assert_int_equal(esp_stack_memory(stack) - empty,
                     (stack->sad.bucket_count + stack->spd.bucket_count - 2 * ESP_BUCKETS_MIN) *
                         sizeof(void *));
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
        struct esp_flow flow = {.source = 0x0a020001, .destination = 0xac100000 + i};
        const struct esp_pair *pair = esp_spd_find(&stack->spd, &flow);
        assert_non_null(pair);
        assert_int_equal(pair->spi_in, 256 + i * 4096);
        assert_ptr_equal(pair, esp_sad_find(&stack->sad, pair->spi_in));
        assert_int_equal(pair->size, 368 + 2 * 8 + 32 + 2 * 16);
    }
    assert_true(esp_stack_memory(stack) / MANY < 520);
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
        cmocka_unit_test(protocol_and_ports_are_matched),
        cmocka_unit_test(hidden_ports_match_any_and_opaque_only),
        cmocka_unit_test(icmp_type_and_code_are_the_senders),
        cmocka_unit_test(ipv6_selectors_match_no_ipv4_packet),
        cmocka_unit_test(ranges_are_few_prefixes),
        cmocka_unit_test(look_up_finds_the_newest_that_matches),
        cmocka_unit_test(many_children_are_found),
    };
    return cmocka_run_group_tests_name("RFC 4301 §4.4.1 selectors", tests, NULL, NULL);
}
