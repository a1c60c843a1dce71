/* Configuration payloads (RFC 7296 §2.19, §3.15): row L04 of the conformance list. */
#include "ike/config.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

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
        cmocka_unit_test(an_address_outlives_rekeys_and_not_its_sa_2_19),
        cmocka_unit_test(an_address_that_is_asked_for_is_given_if_it_is_free_2_19),
        cmocka_unit_test(l04_without_an_address_there_is_an_ike_sa_and_no_child_sa_3_15_4),
        cmocka_unit_test(without_a_child_sa_an_address_is_leased_as_well_6023_2_19),
        cmocka_unit_test(l04_nor_does_it_get_one_later_3_15_4),
        cmocka_unit_test(l04_who_must_ask_for_an_address_and_does_not_gets_no_child_sa_3_15_4),
        cmocka_unit_test(a_responder_without_pools_gives_none_3_15),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
