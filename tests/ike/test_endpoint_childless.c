/* IKE SAs without a CHILD SA in IKE_AUTH (RFC 6023; its text is not in the collection). */
#include "ike/sa.h"
#include "tests/ike/pair.h"

static struct pair *pair_with(enum ike_childless a, enum ike_childless b)
{
    struct pair *pair = pair_new();

    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519");
    pair->a.policy.childless = a;
    pair->b.policy.childless = b;
    pair_start(pair);
    return pair;
}

/*
 *  CD-14, O06
 *    |---- SA KE Ni ------------------------------>|
 *    |<--- SA KE Nr N(CHILDLESS_IKEV2_SUPPORTED) --|
 *    |---- SK{IDi IDr AUTH} ---------------------->|   established, no CHILD SA
 *    |<--- SK{IDr AUTH} ---------------------------|
 *    |---- SK{SA Ni KE TSi TSr} ------------------>|   the first one, with its own key exchange
 */
static void ike_auth_goes_without_a_child_sa_rfc6023(void **state)
{
    struct pair *pair = pair_with(IKE_CHILDLESS_PREFER, IKE_CHILDLESS_ALLOW);
    uint64_t sa = pair_initiate(pair, &pair->a), gateway;

    (void)state;
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr N(CHILDLESS_IKEV2_SUPPORTED)");
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH}");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH}");
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(pair->b.installed_count, 0);
    pair_deliver_to(&pair->a);
    assert_true(party_established(&pair->a, sa));
    assert_string_equal(last_sent(&pair->a), "SK{SA Ni KE TSi TSr}");
    pair_settle(pair);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_KEY_PAIR_EVENT), 2);
    pair_free(pair);
}

/* With no CHILD SA configured at all, the IKE SA stays alone. */
static void an_ike_sa_may_stay_alone_rfc6023(void **state)
{
    struct pair *pair = pair_with(IKE_CHILDLESS_PREFER, IKE_CHILDLESS_ALLOW);
    uint64_t sa;

    (void)state;
    pair->a.policy.child_count = 0;
    sa = pair_establish(pair, NULL);
    assert_int_equal(party_children(&pair->a, sa), 0);
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* CD-14: the responder cannot: who prefers goes the usual way, who insists gives up behind
 * IKE_SA_INIT; who has nothing to offer there too. */
static void where_the_responder_cannot_the_initiator_decides_rfc6023(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct pair *pair =
            pair_with(i == 1 ? IKE_CHILDLESS_FORCE : IKE_CHILDLESS_PREFER, IKE_CHILDLESS_NEVER);
        uint64_t sa;

        pair->a.policy.child_count = i == 2 ? 0 : 1;
        sa = pair_initiate(pair, &pair->a);
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), "SA KE Nr");
        pair_deliver_to(&pair->a);
        assert_int_equal(pair->flight_count, i == 0);
        pair_settle(pair);
        assert_int_equal(party_established(&pair->a, sa), i == 0);
        assert_int_equal(pair->a.installed_count, i == 0);
        pair_free(pair);
    }
}

/* A responder that speaks it takes the usual IKE_AUTH all the same. */
static void a_child_sa_in_ike_auth_is_still_taken_rfc6023(void **state)
{
    struct pair *pair = pair_with(IKE_CHILDLESS_ALLOW, IKE_CHILDLESS_FORCE);
    uint64_t sa = pair_establish(pair, NULL);

    (void)state;
    assert_int_equal(party_children(&pair->a, sa), 1);
    pair_free(pair);
}

/* A wrong secret is found out as ever. */
static void authentication_is_the_same_rfc6023(void **state)
{
    struct pair *pair = pair_with(IKE_CHILDLESS_PREFER, IKE_CHILDLESS_ALLOW);
    uint64_t sa;

    (void)state;
    pair->b.policy.secret = crypto_bytes("another", 7);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.established + pair->b.established, 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_auth_goes_without_a_child_sa_rfc6023),
        cmocka_unit_test(an_ike_sa_may_stay_alone_rfc6023),
        cmocka_unit_test(where_the_responder_cannot_the_initiator_decides_rfc6023),
        cmocka_unit_test(a_child_sa_in_ike_auth_is_still_taken_rfc6023),
        cmocka_unit_test(authentication_is_the_same_rfc6023),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
