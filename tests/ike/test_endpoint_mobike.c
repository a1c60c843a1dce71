/* An end that moves (RFC 4555), and one that has lost its memory (RFC 6290): row O06. */
#include "ike/mobike.h"
#include "ike/nat.h"
#include "ike/sa.h"
#include "tests/ike/crossing.h"

static const struct ike_address other = {.family = 4, .ip = {198, 51, 100, 9}, .port = 4500};
static const struct ike_address bus = {.family = 4, .ip = {192, 0, 2, 88}, .port = 4500};
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

static void move_to(struct party *party, uint64_t sa, const struct ike_address *place)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    assert_int_equal(ike_endpoint_move(party->ike, party->pair->now, sa, place, &actions, &why), 0);
    pair_carry_out(party, &actions);
}

static void move(struct pair *pair, uint64_t sa)
{
    move_to(&pair->a, sa, &train);
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
    assert_non_null(strstr(last_sent(&pair->a), "COOKIE2"));
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_check_liveness(&pair->b, gateway);
    assert_memory_equal(pair->flights[0].destination.ip, train.ip, sizeof(train.ip));
    pair_free(pair);
}

/* In the middle of set-up, before IKE_AUTH or before its answer, which the gateway has sent to
 * where she was: what she sends again comes from the new place, and so does the answer go there. */
static void o06_a_move_before_the_ike_sa_is_there_is_told_when_it_is_4555_3_5(void **state)
{
    (void)state;
    for (int late = 0; late < 3; late++) {
        struct pair *pair = pair_of_movers(true, true);
        uint64_t sa = pair_initiate(pair, &pair->a), gateway;

        if (late > 0) {
            pair_deliver_to(&pair->b);
            pair_deliver_to(&pair->a);
        }
        if (late > 1) {
            pair_deliver_to(&pair->b);
        }
        pair_lose(pair, 0);
        move(pair, sa);
        pair_wait(pair, SECOND);
        assert_memory_equal(pair->flights[0].source.ip, train.ip, sizeof(train.ip));
        pair_settle(pair);
        gateway = ike_endpoint_sa_with(pair->b.ike, &train);
        assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
        assert_true(is_at(&pair->b, gateway, &train));
        assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->nat, IKE_NAT_SUPPORTED);
        assert_false(pair->b.installed[0].udp);
        pair_free(pair);
    }
}

static void write_cookie2(struct ike_builder *builder, const void *octets)
{
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_COOKIE2,
                     crypto_bytes(octets, 16));
}

/* None, or another one: whoever answers has not seen what went to the new address. */
static void o06_a_wrong_cookie2_ends_the_ike_sa_4555_3_7(void **state)
{
    (void)state;
    for (int other_one = 0; other_one < 2; other_one++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of_movers(true, true);

        sa = pair_establish(pair, &gateway);
        move(pair, sa);
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a); /* the answer; what asks for the way does not get there */
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .response = true,
                                          .message_id = 0,
                                          .write = other_one ? write_cookie2 : NULL,
                                          .context = "another COOKIE2!"});
        assert_string_equal(party_last(&pair->b, TRACE_IKE_STATE_EVENT)->text, "DELETING");
        pair_free(pair);
    }
}

static struct pair *pair_of_quick_movers(uint64_t *sa, uint64_t *gateway)
{
    struct pair *pair = pair_of_movers(true, true);

    pair->a.policy.window = pair->b.policy.window = 2;
    *sa = pair_establish(pair, gateway);
    return pair;
}

/*
 *  alice (at the train, then on the bus)            gw
 *    |-- 2: UPDATE_SA_ADDRESSES, from the train --->|  ...
 *    |-- 3: UPDATE_SA_ADDRESSES, from the bus ----->|  on the bus
 *    |<- 3: NAT_D ------- ... --------------------->|  2 comes late: answered, not followed
 *    |<- 2: NAT_D ----------------------------------|  about a place that is past
 */
static void o06_updates_that_come_out_of_order_leave_the_newest_4555_3_5(void **state)
{
    (void)state;
    for (int late_answer = 0; late_answer < 2; late_answer++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of_quick_movers(&sa, &gateway);
        uint8_t nat = ike_sa_by_id(pair->a.ike, sa)->nat;
        size_t moves = party_count(&pair->b, TRACE_IKE_ADDRESS_CHANGED_EVENT);
        struct flight first, answer;

        assert_true(nat & IKE_NAT_SUPPORTED);
        move(pair, sa);
        move_to(&pair->a, sa, &bus);
        first = pair_hold(&pair->b);
        pair_deliver_to(&pair->b);
        assert_true(is_at(&pair->b, gateway, &bus));
        answer = pair_hold(&pair->a);
        pair_settle(pair); /* COOKIE2 */
        pair_release(&first);
        assert_non_null(
            strstr(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->text, "NAT_DETECTION"));
        assert_true(is_at(&pair->b, gateway, &bus));
        if (late_answer) {
            pair_settle(pair);
        }
        pair_release(&answer);
        pair_settle(pair);
        assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->nat, nat);
        assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->nat, nat);
        assert_memory_equal(ike_sa_by_id(pair->a.ike, sa)->local.ip, bus.ip, sizeof(bus.ip));
        assert_int_equal(party_count(&pair->b, TRACE_IKE_ADDRESS_CHANGED_EVENT), moves + 1);
        pair_check_liveness(&pair->b, gateway);
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
        pair_free(pair);
    }
}

/* The gateway does not want alice at the train, and says so when she has left it. */
static void o06_a_refusal_of_a_place_that_is_past_means_nothing_4555_3_5(void **state)
{
    struct ike_selector street = pair_selector("192.0.2.80-192.0.2.90");
    uint64_t sa, gateway;
    struct pair *pair = pair_of_quick_movers(&sa, &gateway);

    (void)state;
    pair->b.policy.moves = &street;
    pair->b.policy.move_count = 1;
    move(pair, sa);
    pair_deliver_to(&pair->b);
    assert_non_null(
        strstr(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->text, "UNACCEPTABLE_ADDRESSES"));
    move_to(&pair->a, sa, &bus);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    assert_true(is_at(&pair->b, gateway, &bus));
    pair_free(pair);
}

static void write_update(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_UPDATE_SA_ADDRESSES,
                     crypto_bytes(NULL, 0));
}

/* It is the initiator who decides: the responder's word moves nothing. And one without hashes says
 * nothing about NATs. */
static void o06_update_sa_addresses_is_the_initiators_4555_3_5(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of_movers(true, true);
    uint8_t nat;

    (void)state;
    sa = pair_establish(pair, &gateway);
    nat = ike_sa_by_id(pair->b.ike, gateway)->nat;
    pair->b.address = other;
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 0,
                                      .write = write_update});
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->text, "SK{}");
    assert_false(is_at(&pair->a, sa, &other));
    pair_lose(pair, 0);
    pair->a.address = train;
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_update});
    assert_true(is_at(&pair->b, gateway, &train));
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->nat, nat);
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

/* ---- several addresses ---- */

/* The gateway has another address, and one of the other family. */
static struct pair *pair_with_two(struct ike_selector two[2])
{
    struct pair *pair = pair_new();

    two[0] = pair_selector("198.51.100.9/32");
    two[1] = (struct ike_selector){.type = IKE_TS_IPV6_ADDR_RANGE,
                                   .end_port = UINT16_MAX,
                                   .start = {0x20, 0x01, 0x0d, 0xb8, [15] = 9},
                                   .end = {0x20, 0x01, 0x0d, 0xb8, [15] = 9}};
    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair->b.policy.additional = two;
    pair->b.policy.additional_count = 2;
    pair_start(pair);
    return pair;
}

static void o06_addresses_are_listed_in_ike_auth_4555_3_4(void **state)
{
    struct ike_selector two[2];
    struct pair *pair = pair_with_two(two);
    const struct ike_mobike *moves;
    uint64_t sa;

    (void)state;
    sa = pair_establish(pair, &(uint64_t){0});
    moves = ike_sa_by_id(pair->a.ike, sa)->moves;
    assert_non_null(moves);
    assert_int_equal(moves->count, 2);
    assert_memory_equal(moves->addresses[0].ip, other.ip, sizeof(other.ip));
    assert_int_equal(moves->addresses[1].family, 6);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_PEER_ADDRESSES_EVENT), 1);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_PEER_ADDRESSES_EVENT), 0);
    pair_free(pair);
}

/*
 *  alice                                gw (moved)
 *    |<-- ADDITIONAL_IP4_ADDRESS, ... -----|  from where it is now
 *    |----------------------------------->|
 *    |-- UPDATE_SA_ADDRESSES, NAT_D ------>|  to there: it is the initiator that decides
 *    |<------------------------- NAT_D ----|
 */
static void o06_a_responder_that_moves_is_followed_4555_3_6(void **state)
{
    struct ike_selector two[2];
    struct pair *pair = pair_with_two(two);
    uint64_t sa, gateway;
    size_t changed;

    (void)state;
    sa = pair_establish(pair, &gateway);
    move_to(&pair->b, gateway, &other);
    changed = party_count(&pair->a, TRACE_IKE_ADDRESS_CHANGED_EVENT);
    pair_deliver_to(&pair->a);
    /* Its old address is not among those that it has, so there is nothing to wait for. */
    assert_int_equal(party_count(&pair->a, TRACE_IKE_ADDRESS_CHANGED_EVENT), changed + 1);
    assert_true(is_at(&pair->a, sa, &other));
    pair_settle(pair);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->moves->count, 1); /* but for the one in use */
    assert_non_null(
        strstr(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text, "COOKIE2"));
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_check_liveness(&pair->a, sa);
    assert_memory_equal(pair->flights[0].destination.ip, other.ip, sizeof(other.ip));
    pair_settle(pair);
    pair_free(pair);
}

/* §1.3: who began, of all IKE SAs of a row, is the initiator, whichever end has rekeyed since. */
static void o06_a_rekey_by_the_responder_leaves_the_roles_4555_1_3(void **state)
{
    struct ike_selector two[2];
    struct pair *pair = pair_with_two(two);
    uint64_t sa, gateway;

    (void)state;
    pair_establish(pair, &gateway);
    pair_rekey_sa(&pair->b, gateway);
    pair_settle(pair);
    sa = party_newest(&pair->a);
    gateway = party_newest(&pair->b);
    assert_true(ike_sa_by_id(pair->b.ike, gateway)->initiator);
    move(pair, sa);
    assert_non_null(strstr(last_sent(&pair->a), "UPDATE_SA_ADDRESSES"));
    pair_settle(pair);
    assert_true(is_at(&pair->b, gateway, &train));
    move_to(&pair->b, gateway, &other);
    assert_null(strstr(last_sent(&pair->b), "UPDATE_SA_ADDRESSES"));
    pair_settle(pair);
    assert_true(is_at(&pair->a, sa, &other));
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_free(pair);
}

static void write_no_other(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES,
                     crypto_bytes(NULL, 0));
}

static void o06_the_newest_list_takes_the_place_of_the_others_4555_3_6(void **state)
{
    struct ike_selector two[2];
    struct pair *pair = pair_with_two(two);
    uint64_t sa, gateway;

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 0,
                                      .write = write_no_other});
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->moves->count, 0);
    pair_free(pair);
}

/* The gateway is not heard any more, where it was. */
static void o06_an_unanswered_request_tries_another_address_4555_3_5(void **state)
{
    struct ike_selector two[2];
    struct pair *pair = pair_with_two(two);
    uint64_t sa, gateway;

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    pair_lose(pair, 0);
    pair_wait(pair, SECOND);
    assert_int_equal(pair->flight_count, 1);
    pair_lose(pair, 0);
    pair_wait(pair, 2 * SECOND);
    assert_int_equal(pair->flight_count, 1);
    assert_memory_equal(pair->flights[0].destination.ip, other.ip, sizeof(other.ip));
    pair_settle(pair); /* the answer, and UPDATE_SA_ADDRESSES behind it */
    assert_true(is_at(&pair->a, sa, &other));
    assert_memory_equal(ike_sa_by_id(pair->b.ike, gateway)->local.ip, other.ip, sizeof(other.ip));
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_free(pair);
}

/* ---- what is refused ---- */

static void o06_an_address_that_is_not_accepted_ends_the_ike_sa_4555_3_5(void **state)
{
    struct ike_selector office = pair_selector("192.0.2.0-192.0.2.63");
    struct pair *pair = pair_of_movers(true, true);
    uint64_t sa, gateway;

    (void)state;
    pair->b.policy.moves = &office;
    pair->b.policy.move_count = 1;
    sa = pair_establish(pair, &gateway);
    move(pair, sa);
    pair_deliver_to(&pair->b);
    assert_false(is_at(&pair->b, gateway, &train));
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa) || party_knows(&pair->b, gateway));
    pair_free(pair);
}

/* One on the way that shows other addresses. */
static void translate(struct pair *pair, struct flight *flight)
{
    if (flight->from == &pair->a) {
        memcpy(flight->source.ip, (uint8_t[]){203, 0, 113, 5}, 4);
    }
}

static void o06_a_nat_that_is_not_allowed_is_told_in_ike_auth_4555_3_9(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair_start(pair);
    pair->transit = translate;
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_false(party_established(&pair->a, sa));
    assert_non_null(strstr(last_sent(&pair->b), "UNEXPECTED_NAT_DETECTED"));
    pair_free(pair);
}

static void o06_a_nat_that_is_not_allowed_is_tried_again_and_left_4555_3_9(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;
    size_t sent;

    (void)state;
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair->transit = translate;
    sent = party_count(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT);
    move(pair, sa);
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    /* Once, as often again as a request is sent again, and the Delete. */
    assert_int_equal(party_count(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT) - sent,
                     1 + pair->a.policy.retransmit_tries + 1);
    assert_false(is_at(&pair->b, gateway, &train));
    pair_free(pair);
}

static void o06_without_a_nat_no_nats_allowed_is_fine_4555_3_9(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    move(pair, sa);
    pair_settle(pair);
    assert_true(is_at(&pair->b, gateway, &train));
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

/* The token of an IKE SA that is alive goes nowhere in the clear (RFC 6290 §9.2): not for a request
 * whose I flag is the other one either, so that it is found to be of no SA, whoever began. */
static void o06_the_token_of_a_living_ike_sa_is_not_given_away_6290_9_2(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct pair *pair = pair_with_tokens();
        uint8_t bytes[PAIR_MESSAGE_MAX];
        uint64_t sa, gateway;
        size_t len;

        sa = pair_establish(pair, &gateway);
        if (by_gateway) {
            pair_rekey_sa(&pair->b, gateway);
            pair_settle(pair);
            sa = party_newest(&pair->a);
            pair_wait(pair, 2 * SECOND);
        }
        pair_check_liveness(&pair->a, sa);
        len = pair->flights[0].len;
        memcpy(bytes, pair->flights[0].bytes, len);
        pair_lose(pair, 0);
        bytes[19] ^= IKE_FLAG_INITIATOR;
        pair_inject(&pair->b, bytes, len);
        assert_int_equal(pair->flight_count, 0);
        bytes[0] ^= 1; /* of another SA, which is none: there it helps */
        pair_inject(&pair->b, bytes, len);
        assert_non_null(strstr(last_sent(&pair->b), "QUICK_CRASH_DETECTION"));
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        pair_free(pair);
    }
}

/* After a rekey the SPIs are others, and so is the token: who answers it sends it along, who asks
 * for it right behind. */
static void o06_a_rekey_renews_the_token_6290_4_3(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        if (n == 2) { /* and with key exchanges that follow (RFC 9370) */
            crossing_follow_up(pair, BOTH_FOLLOWUP, 1);
        }
        pair->b.secrets.qcd = crypto_bytes((const uint8_t *)"outlives", 8);
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        if (n == 1) {
            pair_rekey_sa(&pair->b, gateway);
        } else {
            pair_rekey_sa(&pair->a, sa);
        }
        pair_settle(pair);
        sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
        crash(pair);
        pair_check_liveness(&pair->a, sa);
        pair_settle(pair);
        assert_false(party_established(&pair->a, sa));
        assert_int_equal(pair->a.installed_count, 0);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(o06_the_peer_is_told_of_a_move_and_checks_the_way_4555_3_5),
        cmocka_unit_test(o06_a_move_before_the_ike_sa_is_there_is_told_when_it_is_4555_3_5),
        cmocka_unit_test(o06_a_wrong_cookie2_ends_the_ike_sa_4555_3_7),
        cmocka_unit_test(o06_updates_that_come_out_of_order_leave_the_newest_4555_3_5),
        cmocka_unit_test(o06_a_refusal_of_a_place_that_is_past_means_nothing_4555_3_5),
        cmocka_unit_test(o06_update_sa_addresses_is_the_initiators_4555_3_5),
        cmocka_unit_test(o06_a_peer_without_mobike_is_told_nothing_4555_3_1),
        cmocka_unit_test(o06_an_authentic_message_from_elsewhere_moves_nothing_4555_3_8),
        cmocka_unit_test(o06_addresses_are_listed_in_ike_auth_4555_3_4),
        cmocka_unit_test(o06_a_responder_that_moves_is_followed_4555_3_6),
        cmocka_unit_test(o06_a_rekey_by_the_responder_leaves_the_roles_4555_1_3),
        cmocka_unit_test(o06_the_newest_list_takes_the_place_of_the_others_4555_3_6),
        cmocka_unit_test(o06_an_unanswered_request_tries_another_address_4555_3_5),
        cmocka_unit_test(o06_an_address_that_is_not_accepted_ends_the_ike_sa_4555_3_5),
        cmocka_unit_test(o06_a_nat_that_is_not_allowed_is_told_in_ike_auth_4555_3_9),
        cmocka_unit_test(o06_a_nat_that_is_not_allowed_is_tried_again_and_left_4555_3_9),
        cmocka_unit_test(o06_without_a_nat_no_nats_allowed_is_fine_4555_3_9),
        cmocka_unit_test(o06_a_token_proves_a_crash_6290_4_5),
        cmocka_unit_test(o06_the_token_of_a_living_ike_sa_is_not_given_away_6290_9_2),
        cmocka_unit_test(o06_a_rekey_renews_the_token_6290_4_3),
        cmocka_unit_test(o06_without_the_right_token_it_is_a_hint_6290_4_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
