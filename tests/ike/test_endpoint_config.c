/* Configuration payloads (RFC 7296 §2.19, §3.15): row L04 of the conformance list. */
#include "ike/config.h"
#include "ike/sa.h"
#include "tests/ike/opened.h"

static struct ike_selector any, pool;

/* alice asks for an address of IPv4; the gateway has those of `range`. */
static struct pair *pair_with_pool(const char *range)
{
    struct pair *pair = pair_new();

    any = pair_selector("0.0.0.0/32");
    pool = pair_selector(range);
    pair->a.policy.vips = &any;
    pair->a.policy.vip_count = 1;
    pair->b.policy.pools = &pool;
    pair->b.policy.pool_count = 1;
    /* What each end has for "dynamic". */
    pair->a.children[0].local_ts_count = 0;
    pair->b.children[0].remote_ts_count = 0;
    pair_start(pair);
    return pair;
}

static void assert_address(const struct ike_selector *selector, const char *address)
{
    struct ike_selector expected = pair_selector(address);

    assert_memory_equal(selector, &expected, sizeof(expected));
}

static void an_address_is_asked_for_leased_and_selected_2_19(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_pool("10.3.0.1-10.3.0.9");

    (void)state;
    sa = pair_establish(pair, &gateway);
    assert_address(&pair->a.installed_local[0], "10.3.0.1/32");
    assert_address(&pair->b.installed_remote[0], "10.3.0.1/32");
    assert_address(&ike_sa_rare(ike_sa_by_id(pair->a.ike, sa))->config->addresses[0].address,
                   "10.3.0.1/32");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_CONFIG_EVENT)->text, "leased 10.3.0.1");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CONFIG_EVENT)->text, "assigned 10.3.0.1");
    /* CP stands in front of SA in both messages (§1.2, §2.19). */
    assert_non_null(strstr(last_sent(&pair->b), "AUTH CP SA"));
    pair_free(pair);
}

static void an_address_outlives_rekeys_and_not_its_sa_2_19(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_pool("10.3.0.1/32");

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
    pair_rekey_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_address(&pair->a.installed_local[0], "10.3.0.1/32");
    pair_delete_sa(&pair->a, sa);
    pair_settle(pair);
    sa = pair_establish(pair, &gateway); /* the one address is free again */
    assert_int_equal(party_children(&pair->a, sa), 1);
    pair_free(pair);
}

static void an_address_that_is_asked_for_is_given_if_it_is_free_2_19(void **state)
{
    uint64_t gateway;
    struct pair *pair = pair_with_pool("10.3.0.1-10.3.0.9");

    (void)state;
    any = pair_selector("10.3.0.7/32");
    pair_establish(pair, &gateway);
    assert_address(&pair->a.installed_local[0], "10.3.0.7/32");
    pair_free(pair);
}

/* ---- what is told with it (§3.15.1) ---- */

/* The CP of the gateway's answer in IKE_AUTH, as it is on the wire. */
static const struct ike_payload *reply_of(struct pair *pair)
{
    const struct ike_payload *cp;

    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    cp = ike_message_find(opened(&pair->b, party_newest(&pair->b)), IKE_PAYLOAD_CP);
    assert_non_null(cp);
    return cp;
}

static void assert_attribute(const struct ike_payload *cp, size_t n, uint16_t type,
                             const uint8_t *value, size_t len)
{
    assert_true(n < cp->cp.count);
    assert_int_equal(cp->cp.attributes[n].type, type);
    assert_int_equal(cp->cp.attributes[n].value.len, len);
    assert_memory_equal(cp->cp.attributes[n].value.data, value, len);
}

/* Both families: an address of each, with its prefix length; servers as addresses; networks with a
 * netmask in IPv4 and a prefix length in IPv6. */
static void l04_servers_and_networks_come_with_the_addresses_3_15_1(void **state)
{
    static const uint8_t leased6[17] = {0x20, 1, 0xd, 0xb8, [15] = 5, [16] = 128};
    static const uint8_t dns6[16] = {0x20, 1, 0xd, 0xb8, [15] = 0x53};
    static const uint8_t net6[17] = {0x20, 1, 0xd, 0xb8, 0, 0x10, [16] = 44};
    struct ike_selector vips[] = {pair_selector("0.0.0.0/32"), pair_selector("::/128")};
    struct ike_selector pools[] = {pair_selector("10.3.0.1-10.3.0.9"),
                                   pair_selector("2001:db8::5-2001:db8::9")};
    struct ike_selector dns[] = {pair_selector("10.2.0.53/32"), pair_selector("2001:db8::53/128")};
    struct ike_selector nets[] = {pair_selector("10.2.0.0/15"), pair_selector("2001:db8:10::/44")};

    (void)state;
    for (unsigned families = 1; families < 4; families++) {
        struct pair *pair = pair_with_pool("10.3.0.1-10.3.0.9");
        bool v4 = families & 1, v6 = families & 2;
        const struct ike_payload *cp;
        size_t n = 0;

        pair->a.policy.vips = v4 ? vips : vips + 1;
        pair->a.policy.vip_count = (size_t)v4 + v6;
        pair->b.policy.pools = pools;
        pair->b.policy.pool_count = 2;
        pair->b.policy.dns = dns;
        pair->b.policy.subnets = nets;
        pair->b.policy.dns_count = pair->b.policy.subnet_count = 2;
        cp = reply_of(pair);
        assert_int_equal(cp->cp.type, 2);
        assert_int_equal(cp->cp.count, 3 * ((size_t)v4 + v6));
        if (v4) {
            assert_attribute(cp, n++, 1, (const uint8_t[]){10, 3, 0, 1}, 4);
        }
        if (v6) {
            assert_attribute(cp, n++, 8, leased6, 17);
        }
        if (v4) {
            assert_attribute(cp, n++, 3, (const uint8_t[]){10, 2, 0, 53}, 4);
        }
        if (v6) {
            assert_attribute(cp, n++, 10, dns6, 16);
        }
        if (v4) {
            assert_attribute(cp, n++, 13, (const uint8_t[]){10, 2, 0, 0, 255, 254, 0, 0}, 8);
        }
        if (v6) {
            assert_attribute(cp, n++, 15, net6, 17);
        }
        pair_settle(pair);
        /* The client understands what the gateway says. */
        assert_string_equal(party_last(&pair->a, TRACE_IKE_CONFIG_EVENT)->text + strlen("assigned"),
                            party_last(&pair->b, TRACE_IKE_CONFIG_EVENT)->text + strlen("leased"));
        assert_string_equal(party_last(&pair->a, TRACE_IKE_CONFIG_EVENT)->text,
                            families == 1 ? "assigned 10.3.0.1, DNS 10.2.0.53, subnets 10.2.0.0/15"
                            : families == 2 ? "assigned 2001:db8::5, DNS 2001:db8::53, subnets "
                                              "2001:db8:10::/44"
                                            : "assigned 10.3.0.1 2001:db8::5, DNS 10.2.0.53 "
                                              "2001:db8::53, subnets 10.2.0.0/15 2001:db8:10::/44");
        pair_free(pair);
    }
}

/* Of what a reply says, the first ones of each kind are taken, and none that is malformed. */
static void l04_networks_without_a_prefix_are_passed_over_3_15_1(void **state)
{
    static const uint8_t holes[] = {10, 2, 0, 0, 255, 0, 255, 0},
                         host[] = {10, 2, 0, 7, 255, 255, 0, 0};
    static const uint8_t long6[17] = {0x20, 1, [16] = 129}, all6[17] = {[16] = 0};
    struct ike_attribute attributes[] = {
        {.type = 13, .value = crypto_bytes(holes, 8)},
        {.type = 13, .value = crypto_bytes(host, 8)},
        {.type = 15, .value = crypto_bytes(long6, 17)},
        {.type = 15, .value = crypto_bytes(all6, 17)},
        {.type = 3, .value = crypto_bytes(NULL, 0)},
    };
    struct ike_payload cp = {.cp = {.type = 2, .count = 5, .attributes = attributes}};
    struct ike_config_news news;

    (void)state;
    ike_config_news_read(&cp, &news);
    assert_int_equal(news.dns_count, 0);
    assert_int_equal(news.subnet_count, 2);
    assert_address(&news.subnets[0], "10.2.0.0/16");
    assert_address(&news.subnets[1], "::/0");
    for (size_t i = 0; i < 5; i++) {
        attributes[i] = (struct ike_attribute){.type = 3, .value = crypto_bytes(host, 4)};
    }
    cp.cp.count = 5;
    ike_config_news_read(&cp, &news);
    assert_int_equal(news.dns_count, 5);
}

/* The one that was asked for where it can be had (§2.19); one far beyond what is kept count of gets
 * the first, as one outside of the pool does. */
static void the_address_that_was_asked_for_is_leased_2_19(void **state)
{
    static const char *const cases[][2] = {
        {"2001:db8::7/128", "leased 2001:db8::7"},
        {"2001:db8::ff:ffff/128", "leased 2001:db8::ff:ffff"},
        {"2001:db8::100:1/128", "leased 2001:db8::1"},
        {"2001:db8:0:1::7/128", "leased 2001:db8::1"},
        {"2001:db8:1::7/128", "leased 2001:db8::1"},
        {"2001:db9::7/128", "leased 2001:db8::1"},
    };
    struct ike_selector pools[] = {pair_selector("2001:db8::1-2001:db8:ffff::")};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_with_pool("10.3.0.1/32");
        struct ike_selector vip = pair_selector(cases[i][0]);

        pair->a.policy.vips = &vip;
        pair->b.policy.pools = pools;
        pair_establish(pair, NULL);
        assert_string_equal(party_last(&pair->b, TRACE_IKE_CONFIG_EVENT)->text, cases[i][1]);
        pair_free(pair);
    }
}

/* The second IKE SA of the two hosts is kept beside the first, and finds the pool empty. */
static void l04_without_an_address_there_is_an_ike_sa_and_no_child_sa_3_15_4(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_pool("10.3.0.1/32");

    (void)state;
    pair->a.policy.unique = pair->b.policy.unique = IKE_UNIQUE_NEVER;
    pair_establish(pair, &gateway);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "INTERNAL_ADDRESS_FAILURE");
    pair_free(pair);
}

static void l04_who_must_ask_for_an_address_and_does_not_gets_no_child_sa_3_15_4(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_pool("10.3.0.1/32");

    (void)state;
    pair->a.policy.vip_count = 0;
    pair->b.policy.cp_required = true;
    sa = pair_establish(pair, &gateway);
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "FAILED_CP_REQUIRED");
    pair_free(pair);
}

/* L04: nor later, in an exchange of its own. */
static void l04_nor_does_it_get_one_later_3_15_4(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_pool("10.3.0.1/32");

    (void)state;
    pair->a.policy.vip_count = 0;
    pair->b.policy.cp_required = true;
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->b), "SK{N(FAILED_CP_REQUIRED)}");
    assert_int_equal(party_children(&pair->a, sa), 0);
    pair_free(pair);
}

/*
 *    |-- SK{IDi IDr AUTH CP} --->|   no CHILD SA yet (RFC 6023), but an address
 *    |<-- SK{IDr AUTH CP} -------|
 *    |-- SK{SA Ni TSi TSr} ----->|   between it and the networks
 */
static void without_a_child_sa_an_address_is_leased_as_well_6023_2_19(void **state)
{
    (void)state;
    for (int none_left = 0; none_left < 2; none_left++) {
        struct pair *pair = pair_with_pool("10.3.0.1/32");
        uint64_t sa, gateway;

        pair->a.policy.childless = IKE_CHILDLESS_FORCE;
        pair->b.policy.childless = IKE_CHILDLESS_ALLOW;
        pair->a.policy.unique = pair->b.policy.unique = IKE_UNIQUE_NEVER;
        if (none_left) {
            pair_establish(pair, &gateway);
        }
        sa = pair_initiate(pair, &pair->a);
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH CP}");
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), none_left
                                                     ? "SK{IDr AUTH N(INTERNAL_ADDRESS_FAILURE)}"
                                                     : "SK{IDr AUTH CP}");
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        assert_int_equal(party_children(&pair->a, sa), none_left ? 0 : 1);
        if (!none_left) {
            assert_address(&pair->a.installed_local[0], "10.3.0.1/32");
            assert_address(&pair->b.installed_remote[0], "10.3.0.1/32");
        }
        pair_free(pair);
    }
}

/* A responder need not answer CFG_REQUEST (§3.15); an initiator without an address has no use for
 * the CHILD SA. */
static void a_responder_without_pools_gives_none_3_15(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_pool("10.3.0.1/32");

    (void)state;
    pair->b.policy.pool_count = 0;
    pair->b.children[0].remote_ts_count = 1;
    pair->b.remote_ts[0] = pair_selector("0.0.0.0/0");
    sa = pair_establish(pair, &gateway);
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_int_equal(party_children(&pair->b, gateway), 0); /* it was deleted */
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_asked_for_leased_and_selected_2_19),
        cmocka_unit_test(the_address_that_was_asked_for_is_leased_2_19),
        cmocka_unit_test(an_address_outlives_rekeys_and_not_its_sa_2_19),
        cmocka_unit_test(an_address_that_is_asked_for_is_given_if_it_is_free_2_19),
        cmocka_unit_test(l04_servers_and_networks_come_with_the_addresses_3_15_1),
        cmocka_unit_test(l04_networks_without_a_prefix_are_passed_over_3_15_1),
        cmocka_unit_test(l04_without_an_address_there_is_an_ike_sa_and_no_child_sa_3_15_4),
        cmocka_unit_test(without_a_child_sa_an_address_is_leased_as_well_6023_2_19),
        cmocka_unit_test(l04_nor_does_it_get_one_later_3_15_4),
        cmocka_unit_test(l04_who_must_ask_for_an_address_and_does_not_gets_no_child_sa_3_15_4),
        cmocka_unit_test(a_responder_without_pools_gives_none_3_15),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
