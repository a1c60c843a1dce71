/* Another configuration while SAs are up: what is negotiated later is negotiated under it (RFC 7296
 * §2.3, §2.7). */
#include "ike/child.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

#define AES128 "aes128-sha256-x25519"
#define AES256 "aes256-sha384-x25519"

/* A configuration with proposals of its own, in the place of a party's. */
struct other {
    struct ike_policy policy;
    struct crypto_proposal ike[2], esp[2];
    struct ike_child_policy children[4];
};

static void reload(struct party *party, struct other *other, const char *ike, const char *esp)
{
    other->policy = party->policy;
    if (ike) {
        other->ike[0] = pair_proposal(CRYPTO_PROTO_IKE, ike);
        other->policy.proposals = other->ike;
        other->policy.proposal_count = 1;
    }
    for (size_t i = 0; esp && i < party->policy.child_count; i++) {
        other->esp[0] = pair_proposal(CRYPTO_PROTO_ESP, esp);
        other->children[i] = party->policy.children[i];
        other->children[i].proposals = other->esp;
        other->children[i].proposal_count = 1;
        other->policy.reloaded = other->children;
    }
    ike_endpoint_reload(party->ike, &other->policy);
}

static struct pair *pair_with_choice(uint64_t *sa, uint64_t *gateway)
{
    static struct crypto_proposal ike[2], esp[2];
    struct pair *pair = pair_new();

    ike[0] = pair_proposal(CRYPTO_PROTO_IKE, AES128);
    ike[1] = pair_proposal(CRYPTO_PROTO_IKE, AES256);
    esp[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16");
    esp[1] = pair_proposal(CRYPTO_PROTO_ESP, "aes256gcm16");
    for (int i = 0; i < 2; i++) {
        struct party *party = i ? &pair->b : &pair->a;

        party->policy.proposals = ike;
        party->policy.proposal_count = 2;
        party->children[0].proposals = esp;
        party->children[0].proposal_count = 2;
    }
    pair_start(pair);
    *sa = pair_establish(pair, gateway);
    return pair;
}

static size_t key_bits(const struct pair *pair)
{
    uint64_t newest = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);

    return ike_sa_by_id(pair->a.ike, newest)->suite.encr_key_bits;
}

static void announce(struct party *party, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    assert_int_equal(ike_endpoint_announce_window(party->ike, party->pair->now, sa, &actions, &why),
                     0);
    pair_carry_out(party, &actions);
}

/*
 *  gw's window becomes 3
 *    |<--- SK{N(SET_WINDOW_SIZE)} ----|
 *    |---- SK{} --------------------->|
 *    |---- 2, 3, 4 ------------------>|
 */
static void a_larger_window_is_announced_at_once_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_choice(&sa, &gateway);
    struct other other = {0};

    (void)state;
    other.policy = pair->b.policy;
    other.policy.window = 3;
    ike_endpoint_reload(pair->b.ike, &other.policy);
    announce(&pair->b, gateway);
    assert_int_equal(pair_in_flight_to(&pair->a), 1);
    pair_settle(pair);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.size, 3);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->peer.size, 3);
    for (int i = 0; i < 4; i++) {
        pair_check_liveness(&pair->a, sa);
    }
    assert_int_equal(pair_in_flight_to(&pair->b), 3);
    pair_settle(pair);
    pair_free(pair);
}

/* There is no way to reduce one that is in use: the successor has it. */
static void a_smaller_window_waits_for_the_next_ike_sa_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_new();
    struct other other = {0};

    (void)state;
    pair->b.policy.window = 4;
    pair_start(pair);
    pair_establish(pair, &gateway);
    other.policy = pair->b.policy;
    other.policy.window = 2;
    ike_endpoint_reload(pair->b.ike, &other.policy);
    announce(&pair->b, gateway);
    assert_int_equal(pair_in_flight_to(&pair->a), 0);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->peer.size, 4);
    pair_rekey_sa(&pair->b, gateway);
    pair_settle(pair);
    sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
    pair_check_liveness(&pair->b, ike_endpoint_sa_with(pair->b.ike, &pair->a.address));
    pair_settle(pair);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.size, 2);
    pair_free(pair);
}

/* Nothing happens to what is there; the next rekey chooses among what is left. */
static void proposals_hold_for_what_is_negotiated_later(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_choice(&sa, &gateway);
    struct other other = {0};

    (void)state;
    assert_int_equal(key_bits(pair), 128);
    reload(&pair->b, &other, AES256, "aes256gcm16");
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_int_equal(key_bits(pair), 128);
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    assert_int_equal(key_bits(pair), 256);
    pair_rekey_child(&pair->a, ike_endpoint_sa_with(pair->a.ike, &pair->b.address), "net");
    pair_settle(pair);
    assert_int_equal(pair->a.installed[1].key_in.encr_key_len, 32 + 4);
    pair_free(pair);
}

/*
 *    |---- SK{SA Ni KE} ------->|   offers both
 *  alice offers AES-256 alone from now on
 *    |<--- SK{SA Nr KE} --------|   AES-128, which was on offer
 */
static void an_exchange_that_is_out_goes_on_under_its_own_offer(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_choice(&sa, &gateway);
    struct other other = {0};

    (void)state;
    pair_rekey_sa(&pair->a, sa);
    reload(&pair->a, &other, AES256, "aes256gcm16");
    pair_settle(pair);
    assert_int_equal(key_bits(pair), 128);
    sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
    pair_rekey_child(&pair->a, sa, "net");
    ike_endpoint_reload(pair->a.ike, &pair->a.policy);
    pair_settle(pair);
    assert_int_equal(pair->a.installed[1].key_in.encr_key_len, 32 + 4);
    pair_free(pair);
}

/* An attempt is one offer, whatever comes between its request and the answer. */
static void an_attempt_that_is_out_goes_on_under_its_own_offer_1_2(void **state)
{
    struct pair *pair = pair_new();
    struct other other = {0};
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    reload(&pair->a, &other, AES256, NULL);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* What is no longer agreed upon is refused, and the old CHILD SA stays. */
static void a_rekey_without_a_common_proposal_leaves_the_old_one(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_choice(&sa, &gateway);
    struct other other[2] = {0};

    (void)state;
    reload(&pair->a, &other[0], NULL, "aes128gcm16");
    reload(&pair->b, &other[1], NULL, "aes256gcm16");
    pair_rekey_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_FAILED_EVENT), 1);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_int_equal(pair->a.installed_count, 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_larger_window_is_announced_at_once_2_3),
        cmocka_unit_test(a_smaller_window_waits_for_the_next_ike_sa_2_3),
        cmocka_unit_test(proposals_hold_for_what_is_negotiated_later),
        cmocka_unit_test(an_exchange_that_is_out_goes_on_under_its_own_offer),
        cmocka_unit_test(an_attempt_that_is_out_goes_on_under_its_own_offer_1_2),
        cmocka_unit_test(a_rekey_without_a_common_proposal_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
