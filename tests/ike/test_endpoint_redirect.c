/* Redirect in IKE_SA_INIT (RFC 5685). */
#include "ike/sa.h"
#include "tests/ike/pair.h"

static const uint8_t elsewhere[16] = {203, 0, 113, 9};

static struct pair *pair_with_redirect(bool follow)
{
    struct pair *pair = pair_new();

    pair->a.policy.follow_redirects = follow;
    pair->b.policy.redirect_family = 4;
    memcpy(pair->b.policy.redirect_ip, elsewhere, sizeof(elsewhere));
    pair_start(pair);
    return pair;
}

/*
 *  O06
 *    |---- SA KE Ni N(REDIRECT_SUPPORTED) ->|   no state
 *    |<------- N(REDIRECT 203.0.113.9, Ni) -|
 *  gone, and told where to go
 */
static void an_initiator_goes_where_it_is_sent_rfc5685_3(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    size_t empty = ike_endpoint_memory(pair->b.ike);
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    assert_string_equal(last_sent(&pair->a), "SA KE Ni N(REDIRECT_SUPPORTED)");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(REDIRECT)");
    assert_int_equal(ike_endpoint_memory(pair->b.ike), empty);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_KEY_PAIR_EVENT), 0);
    pair_deliver_to(&pair->a);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.redirected_to.family, 4);
    assert_memory_equal(pair->a.redirected_to.ip, elsewhere, 4);
    assert_int_equal(pair->a.redirects, 1);
    pair_free(pair);
}

/* The new attempt tells where it comes from, and is taken as one that can be redirected again. */
static void the_next_request_names_the_first_gateway_rfc5685_3(void **state)
{
    static const uint8_t first[6] = {1, 4, 198, 51, 100, 7};
    struct pair *pair = pair_with_redirect(true);
    struct ike_address from = {.family = 4, .ip = {198, 51, 100, 7}, .port = 500};
    struct ike_actions actions = {0};
    const struct ike_action *action;

    (void)state;
    ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &pair->b.address, &from, 1, 9,
                        &actions);
    assert_string_equal(last_sent(&pair->a), "SA KE Ni N(REDIRECTED_FROM)");
    action = &actions.items[0];
    assert_int_equal(action->kind, IKE_ACTION_TRANSMIT);
    assert_memory_equal(action->transmit.bytes + action->transmit.len - 6, first, 6);
    pair_inject(&pair->b, action->transmit.bytes, action->transmit.len);
    assert_string_equal(last_sent(&pair->b), "N(REDIRECT)");
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->a.redirects, 2);
    ike_actions_dispose(&actions);
    pair_free(pair);
}

/* §3: who has not said that it can be redirected is served. */
static void who_cannot_be_redirected_is_served_rfc5685_3(void **state)
{
    struct pair *pair = pair_with_redirect(false);
    uint64_t sa = pair_establish(pair, NULL);

    (void)state;
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->a.redirected_to.family, 0);
    pair_free(pair);
}

/* The gateway takes as many as it wants first. */
static void a_gateway_redirects_above_its_number(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t sa;

    (void)state;
    pair->b.policy.redirect_above = 1;
    sa = pair_establish(pair, NULL);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(pair->a.redirects, 1);
    pair_delete_sa(&pair->a, sa);
    pair_settle(pair);
    sa = pair_establish(pair, NULL);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

static void inject_redirect(struct pair *pair, struct crypto_bytes data)
{
    struct ike_builder builder;
    struct ike_sa_info info;
    uint8_t bytes[256];

    assert_true(ike_endpoint_sa_info(pair->a.ike,
                                     ike_endpoint_sa_with(pair->a.ike, &pair->b.address), &info));
    ike_builder_begin(
        &builder, bytes, sizeof(bytes),
        &(struct ike_header){.spi_i = info.spi_i, .major = 2, .exchange = 34, .response = true});
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_REDIRECT, data);
    pair_inject(&pair->a, bytes, ike_builder_finish(&builder));
}

/* §3: without our nonce it is silently discarded, and the true answer is waited for; malformed
 * ones, and gateways by name, too. */
static void a_redirect_without_our_nonce_is_discarded_rfc5685_3(void **state)
{
    static const struct {
        size_t len;
        uint8_t data[40];
        const char *reason;
    } cases[] = {
        {0, {0}, "malformed"},
        {1, {1}, "malformed"},
        {6, {1, 4, 1, 2, 3, 4}, "unacceptable"},
        {38, {1, 4, 1, 2, 3, 4, 9, 9}, "unacceptable"},
        {4, {1, 200, 1, 2}, "malformed"},
        {5, {1, 3, 1, 2, 3}, "malformed"},
        {8, {3, 6, 'g', 'w', '.', 'o', 'r', 'g'}, "malformed"},
    };
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.policy.follow_redirects = true;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        inject_redirect(pair, crypto_bytes(cases[i].data, cases[i].len));
        assert_string_equal(last_dropped(&pair->a), cases[i].reason);
    }
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §7: not without end. */
static void redirects_without_end_are_not_followed_rfc5685_7(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    struct ike_actions actions = {0};
    uint64_t sa = ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &pair->b.address,
                                      &pair->b.address, IKE_REDIRECTS_MAX, 9, &actions);

    (void)state;
    pair_inject(&pair->b, actions.items[0].transmit.bytes, actions.items[0].transmit.len);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_dropped(&pair->a), "limit");
    assert_true(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.redirects, 0);
    ike_actions_dispose(&actions);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initiator_goes_where_it_is_sent_rfc5685_3),
        cmocka_unit_test(the_next_request_names_the_first_gateway_rfc5685_3),
        cmocka_unit_test(who_cannot_be_redirected_is_served_rfc5685_3),
        cmocka_unit_test(a_gateway_redirects_above_its_number),
        cmocka_unit_test(a_redirect_without_our_nonce_is_discarded_rfc5685_3),
        cmocka_unit_test(redirects_without_end_are_not_followed_rfc5685_7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
