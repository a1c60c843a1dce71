/* An end that moves (RFC 4555), and one that has lost its memory (RFC 6290): row O06. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

static const struct ike_address train = {.family = 4, .ip = {192, 0, 2, 77}, .port = 4500};

static struct pair *pair_of_movers(bool a, bool b)
{
    struct pair *pair = pair_new();

    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
    pair->a.policy.mobike = a;
    pair->b.policy.mobike = b;
    pair_start(pair);
    return pair;
}

static void move(struct pair *pair, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    assert_int_equal(ike_endpoint_move(pair->a.ike, pair->now, sa, &train, &actions, &why), 0);
    pair_carry_out(&pair->a, &actions);
}

static bool is_at(const struct party *party, uint64_t sa, const struct ike_address *host)
{
    const struct ike_sa *found = ike_sa_by_id(party->ike, sa);
    bool moved = memcmp(found->remote.ip, host->ip, sizeof(host->ip)) == 0;

    for (size_t i = 0; i < party->installed_count; i++) {
        assert_int_equal(memcmp(party->installed[i].remote.ip, host->ip, sizeof(host->ip)) == 0,
                         moved);
    }
    return moved;
}

/*
 *  alice (moved)                          gw
 *    |-- UPDATE_SA_ADDRESSES, NAT_D ----->|  moves IKE and CHILD SA
 *    |<---------------- NAT_D ------------|
 *    |<--------------- COOKIE2 -----------|  does she receive there?
 *    |---------------- COOKIE2 ---------->|
 */
static void o06_the_peer_is_told_of_a_move_and_checks_the_way_4555_3_5(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of_movers(true, true);

    (void)state;
    sa = pair_establish(pair, &gateway);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->remote.port, 4500); /* §3.3 */
    assert_false(pair->a.installed[0].udp);
    move(pair, sa);
    assert_memory_equal(pair->flights[0].source.ip, train.ip, sizeof(train.ip));
    pair_deliver_to(&pair->b);
    assert_true(is_at(&pair->b, gateway, &train));
    assert_int_equal(pair_in_flight_to(&pair->a), 2);
    pair_settle(pair);
    assert_non_null(strstr(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->text, "COOKIE2"));
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_check_liveness(&pair->b, gateway);
    assert_memory_equal(pair->flights[0].destination.ip, train.ip, sizeof(train.ip));
    pair_free(pair);
}

static void o06_a_wrong_cookie2_ends_the_ike_sa_4555_3_7(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of_movers(true, true);

    (void)state;
    sa = pair_establish(pair, &gateway);
    move(pair, sa);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a); /* the answer; what asks for the way does not get there */
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .response = true,
                                      .message_id = 0});
    assert_string_equal(party_last(&pair->b, TRACE_IKE_STATE_EVENT)->text, "DELETING");
    pair_free(pair);
}

static void o06_a_peer_without_mobike_is_told_nothing_4555_3_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of_movers(true, false);

    (void)state;
    sa = pair_establish(pair, &gateway);
    move(pair, sa);
    assert_int_equal(pair->flight_count, 0);
    assert_false(is_at(&pair->b, gateway, &train));
    pair_free(pair);
}

/* With MOBIKE, only UPDATE_SA_ADDRESSES moves anything. */
static void o06_an_authentic_message_from_elsewhere_moves_nothing_4555_3_8(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of_movers(true, true);

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    memcpy(pair->flights[0].source.ip, train.ip, sizeof(train.ip));
    pair_deliver(pair, 0);
    assert_false(is_at(&pair->b, gateway, &train));
    pair_free(pair);
}

/* ---- tokens ---- */

static struct pair *pair_with_tokens(void)
{
    struct pair *pair = pair_new();

    pair->b.secrets.qcd = crypto_bytes((const uint8_t *)"outlives", 8);
    pair_start(pair);
    return pair;
}

/* The gateway with the same policy, and nothing else. */
static void crash(struct pair *pair)
{
    struct party *b = &pair->b;

    ike_endpoint_free(b->ike);
    b->ike = ike_endpoint_new(&(struct ike_endpoint_options){.crypto = pair->crypto,
                                                             .entropy = b->entropy,
                                                             .observer = &b->observer,
                                                             .policy = &b->policy,
                                                             .self = &b->self});
    b->installed_count = 0;
}

static void o06_a_token_proves_a_crash_6290_4_5(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_tokens();

    (void)state;
    sa = pair_establish(pair, &gateway);
    crash(pair);
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->flight_count, 0); /* without a word */
    pair_free(pair);
}

/* A hint without the token, or with another, is a hint (RFC 7296 §2.21.4). */
static void o06_without_the_right_token_it_is_a_hint_6290_4_5(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_tokens();

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair->b.secrets.qcd = crypto_bytes((const uint8_t *)"does not", 8);
    crash(pair);
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair->b.secrets.qcd.len = 0;
    pair_wait(pair, SECOND);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(o06_the_peer_is_told_of_a_move_and_checks_the_way_4555_3_5),
        cmocka_unit_test(o06_a_wrong_cookie2_ends_the_ike_sa_4555_3_7),
        cmocka_unit_test(o06_a_peer_without_mobike_is_told_nothing_4555_3_1),
        cmocka_unit_test(o06_an_authentic_message_from_elsewhere_moves_nothing_4555_3_8),
        cmocka_unit_test(o06_a_token_proves_a_crash_6290_4_5),
        cmocka_unit_test(o06_without_the_right_token_it_is_a_hint_6290_4_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
