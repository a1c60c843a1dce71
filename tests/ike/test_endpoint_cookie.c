/* COOKIE and its meeting with INVALID_KE_PAYLOAD (RFC 7296 §2.6, §2.6.1), and the limits of what
 * strangers may have half-open. */
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/lab.h"

/* An IKE_SA_INIT request that nobody will go on with, from an address of its own. */
struct stranger {
    struct ike_address address;
    size_t len;
    uint8_t bytes[512];
};

/* As alice would send it, but with another SPIi and from another address. */
static void make_stranger(struct pair *pair, struct stranger *stranger, uint32_t n)
{
    struct ike_builder builder;
    uint8_t nonce[32] = {0};
    static const uint8_t public_value[32] = {9}; /* of X25519: the base point */
    struct ike_proposal proposal = {.transforms = pair->ike_proposals[0]};

    stranger->address = (struct ike_address){.family = 4, .port = 500, .ip = {10, 0, 0, 0}};
    ike_store_u32(stranger->address.ip, UINT32_C(0x0a000001) + n);
    ike_store_u32(nonce, n);
    proposal.transforms.protocol = IKE_PROTOCOL_IKE;
    ike_builder_begin(&builder, stranger->bytes, sizeof(stranger->bytes),
                      &(struct ike_header){.spi_i = UINT64_C(0x5712000000000000) + n,
                                           .major = 2,
                                           .exchange = IKE_EXCHANGE_IKE_SA_INIT,
                                           .initiator = true});
    ike_build_sa(&builder, &proposal, 1);
    ike_build_ke(&builder, CRYPTO_KE_CURVE25519, crypto_bytes(public_value, 32));
    ike_build_nonce(&builder, crypto_bytes(nonce, sizeof(nonce)));
    stranger->len = ike_builder_finish(&builder);
    assert_true(stranger->len > 0);
}

/* gw takes it; returns the octets of its answer, 0 if there is none. The answer goes nowhere. */
static size_t offer(struct party *gw, const struct stranger *stranger, uint8_t *answer)
{
    struct ike_actions actions = {0};
    struct ike_datagram datagram = {.source = stranger->address,
                                    .destination = gw->address,
                                    .bytes = crypto_bytes(stranger->bytes, stranger->len)};
    size_t len = 0, sent = 0;

    gw->event_count = 0;
    gw->draw_count = 0;
    ike_endpoint_receive(gw->ike, gw->pair->now, &datagram, &actions);
    for (size_t i = 0; i < actions.count; i++) {
        if (actions.items[i].kind == IKE_ACTION_TRANSMIT) {
            len = actions.items[i].transmit.len;
            sent++;
            if (answer) {
                memcpy(answer, actions.items[i].transmit.bytes, len);
            }
        }
    }
    assert_true(sent <= 1);
    ike_actions_dispose(&actions);
    return len;
}

static void flood(struct pair *pair, uint32_t count)
{
    struct stranger stranger;

    for (uint32_t n = 0; n < count; n++) {
        make_stranger(pair, &stranger, n);
        offer(&pair->b, &stranger, NULL);
    }
}

/* A gateway that demands cookies from the second half-open IKE SA on, and has one. */
static void put_under_load(struct pair *pair)
{
    pair->b.policy.cookie_threshold = 1;
    pair_start(pair);
    flood(pair, 1);
}

static struct pair *pair_under_load(void)
{
    struct pair *pair = pair_new();

    put_under_load(pair);
    return pair;
}

/* The oldest datagram in flight. */
static struct flight *oldest(struct pair *pair)
{
    assert_true(pair->flight_count > 0);
    return &pair->flights[0];
}

/*
 *  F01, F04, F05, CK-01, C02, H02
 *    |---- SA KE Ni --------------->|   one half-open already: no state
 *    |<------------------ N(COOKIE)-|   SPIr 0, smaller than the request
 *    |---- N(COOKIE) SA KE Ni ----->|   nothing else changed, Message ID 0 still
 *    |<------------------ SA KE Nr -|
 *    |---- SK{IDi .. AUTH .. } ---->|   AUTH is over the request with the cookie
 *    |<-------- SK{IDr AUTH .. } ---|
 */
static void a_cookie_is_demanded_under_load_and_returned_2_6(void **state)
{
    struct pair *pair = pair_under_load();
    struct flight first, answer, second;
    size_t before;
    uint64_t sa;

    (void)state;
    before = ike_endpoint_memory(pair->b.ike);
    sa = pair_initiate(pair, &pair->a);
    first = *oldest(pair);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(COOKIE)");
    assert_int_equal(ike_endpoint_memory(pair->b.ike), before);
    assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
    answer = *oldest(pair);
    assert_true(answer.len < first.len);
    assert_memory_equal(answer.bytes, first.bytes, 8);
    assert_int_equal(ike_load_u64(answer.bytes + 8), 0);

    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) SA KE Ni");
    second = *oldest(pair);
    /* The cookie's payload lies between header and SA; the rest is the first request. */
    assert_int_equal(second.len, first.len + answer.len - 28);
    assert_memory_equal(second.bytes, first.bytes, 16);
    assert_memory_equal(second.bytes + 20, first.bytes + 20, 4);
    assert_memory_equal(second.bytes + second.len - (first.len - 28), first.bytes + 28,
                        first.len - 28);
    assert_memory_equal(second.bytes + 28 + 4, answer.bytes + 28 + 4, answer.len - 32);

    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_count(&pair->a, TRACE_IKE_RETRANSMISSION_EVENT), 0);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_COOKIE_EVENT), 2);
    pair_free(pair);
}

/* The half-open one counts only as long as it is that: then nobody is asked for a cookie, and one
 * that comes all the same is not looked at (CK-04). */
static void without_load_no_cookie_is_demanded_2_6(void **state)
{
    static const uint8_t any[8] = {1};
    struct pair *pair = pair_under_load();
    uint64_t sa;

    (void)state;
    pair->timer_count = 0;
    pair->b.policy.cookie_threshold = 2;
    sa = pair_initiate(pair, &pair->a);
    pair_lose(pair, 0);
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(any, sizeof(any)));
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) SA KE Ni");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_count(&pair->b, TRACE_IKE_COOKIE_EVENT), 0);
    pair_free(pair);
}

/* F06, CK-02: a cookie is good for one Ni, one SPIi and one address, and to the bit. */
static void a_wrong_cookie_is_treated_as_none_2_6(void **state)
{
    enum { NONE, BIT, SPI, NONCE, ADDRESS, SHORTER, LONGER, WRONG_COUNT };

    (void)state;
    for (int wrong = NONE; wrong < WRONG_COUNT; wrong++) {
        struct pair *pair = pair_under_load();
        struct stranger stranger;
        struct flight request;
        uint64_t gateways;

        pair_initiate(pair, &pair->a);
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        request = *oldest(pair);
        stranger.address = pair->a.address;
        stranger.len = request.len;
        memcpy(stranger.bytes, request.bytes, request.len);
        switch (wrong) {
        case BIT:
            stranger.bytes[28 + 8 + 5] ^= 1;
            break;
        case SPI:
            stranger.bytes[7] ^= 1;
            break;
        case NONCE:
            stranger.bytes[stranger.len - 1] ^= 1;
            break;
        case ADDRESS:
            stranger.address.ip[3] ^= 7;
            break;
        case SHORTER:
        case LONGER: {
            size_t len = wrong == SHORTER ? stranger.len - 1 : stranger.len + 1;
            size_t end = 28 + 8 + 18; /* of the cookie */

            memcpy(stranger.bytes + end + (wrong == SHORTER ? -1 : 1), request.bytes + end,
                   request.len - end);
            stranger.bytes[31] = (uint8_t)(stranger.bytes[31] + (wrong == SHORTER ? -1 : 1));
            stranger.bytes[27] = (uint8_t)len;
            stranger.len = len;
            break;
        }
        default:
            break;
        }
        gateways = ike_endpoint_memory(pair->b.ike);
        assert_int_not_equal(offer(&pair->b, &stranger, NULL), 0);
        assert_string_equal(last_sent(&pair->b), wrong == NONE ? "SA KE Nr" : "N(COOKIE)");
        assert_true(wrong == NONE || ike_endpoint_memory(pair->b.ike) == gateways);
        pair_free(pair);
    }
}

/* F07, CK-05: a secret that has changed once is still known, twice is too often. */
static void the_secret_before_is_still_accepted_2_6(void **state)
{
    static const struct {
        uint64_t later;
        const char *answer;
    } cases[] = {
        {0, "SA KE Nr"},
        {IKE_COOKIE_SECRET_PERIOD, "SA KE Nr"},
        {2 * IKE_COOKIE_SECRET_PERIOD, "N(COOKIE)"},
        {256 * IKE_COOKIE_SECRET_PERIOD, "N(COOKIE)"}, /* the version is the same octet again */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_under_load();

        pair->b.policy.half_open_timeout = UINT64_MAX / 2;
        pair_initiate(pair, &pair->a);
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        pair->now += cases[i].later;
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), cases[i].answer);
        pair_free(pair);
    }
}

/*
 *  F02, CK-03: both, in the short form of §2.6.1
 *    |---- SA KE(x25519) Ni ------------>|
 *    |<----------------------- N(COOKIE)-|
 *    |---- N(COOKIE) SA KE(x25519) Ni -->|
 *    |<-------- N(INVALID_KE_PAYLOAD 19)-|
 *    |---- N(COOKIE) SA KE(ecp256) Ni -->|   the cookie is of Ni, which is the same
 *    |<----------------------- SA KE Nr -|
 */
static void a_cookie_serves_again_when_the_key_exchange_changes_2_6_1(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-ecp256");
    uint64_t sa;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
    pair->b.policy.proposals = &own;
    pair->b.policy.cookie_threshold = 1;
    pair_start(pair);
    /* One that is half-open: with the group that gw likes. */
    pair_initiate(pair, &pair->a);
    for (int i = 0; i < 3; i++) {
        pair_deliver(pair, 0);
    }
    pair_lose(pair, 0);
    pair->timer_count = 0;

    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(COOKIE)");
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(INVALID_KE_PAYLOAD)");
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) SA KE Ni");
    assert_int_equal(ike_load_u32(oldest(pair)->bytes + 20), 0);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* F03, CK-03, CK-06: a responder that counts the key exchange into its cookies asks again; the
 * newest goes out. */
static void a_new_cookie_after_the_key_exchange_changed_is_followed_2_6_1(void **state)
{
    static const uint8_t ecp256[2] = {0, 19}, one[4] = {1}, two[20] = {2};
    struct pair *pair = pair_new();

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(one, sizeof(one)));
    pair_inject_notify(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD, crypto_bytes(ecp256, 2));
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(two, sizeof(two)));
    assert_int_equal(pair->flight_count, 4);
    assert_memory_equal(pair->flights[3].bytes + 28 + 8, two, sizeof(two));
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) SA KE Ni");
    /* Newest wins for whoever asks for the first one again. */
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(two, sizeof(two)));
    assert_int_equal(pair->flight_count, 4);
    assert_string_equal(last_dropped(&pair->a), "duplicate");
    pair_free(pair);
}

/* CK-03: whoever forges cookies makes alice send a few more requests and no more; the true answer
 * is still taken. */
static void cookies_without_end_are_not_followed_2_6(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (uint8_t i = 1; i < 100; i++) {
        pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(&i, 1));
    }
    assert_int_equal(pair->flight_count, 1 + IKE_COOKIE_RETRIES_MAX);
    assert_string_equal(last_dropped(&pair->a), "limit");
    while (pair->flight_count > 1) { /* the last of them arrives */
        pair_lose(pair, 0);
    }
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* F08: 1 to 64 octets. */
static void a_cookie_of_no_or_too_many_octets_is_ignored_2_6(void **state)
{
    static const uint8_t octets[65] = {1};
    struct pair *pair = pair_new();

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_lose(pair, 0);
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(octets, 0));
    assert_string_equal(last_dropped(&pair->a), "malformed");
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(octets, 65));
    assert_int_equal(pair->flight_count, 0);
    assert_string_equal(last_dropped(&pair->a), "malformed");
    pair_inject_notify(pair, IKE_NOTIFY_COOKIE, crypto_bytes(octets, 64));
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

/* The copy of a demand, which the link may make, starts nothing again. */
static void a_copy_of_a_demand_is_a_duplicate_2_1(void **state)
{
    struct pair *pair = pair_under_load();

    (void)state;
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_copy(pair, 0);
    pair_deliver(pair, 0);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_int_equal(pair->a.established, 1);
    pair_free(pair);
}

/* F09: ten thousand forged addresses take no memory, no key exchange, and keep nobody out who can
 * show a cookie. Each gets one datagram, shorter than its own. */
static void a_flood_of_forged_addresses_is_bounded_2_6(void **state)
{
    struct pair *pair = pair_new();
    struct stranger stranger;
    size_t full;
    uint64_t sa;

    (void)state;
    pair->b.policy.cookie_threshold = 30;
    pair_start(pair);
    flood(pair, 30);
    full = ike_endpoint_memory(pair->b.ike);
    for (uint32_t n = 100; n < 10100; n++) {
        size_t answer;

        make_stranger(pair, &stranger, n);
        answer = offer(&pair->b, &stranger, NULL);
        assert_true(answer > 0 && answer < stranger.len);
        assert_string_equal(last_sent(&pair->b), "N(COOKIE)");
        assert_int_equal(party_count(&pair->b, TRACE_IKE_KEY_PAIR_EVENT), 0);
    }
    assert_int_equal(ike_endpoint_memory(pair->b.ike), full);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* strongSwan's block_threshold: one address may have so many half-open, and others are not the
 * worse for it. The requests are dropped without a word. */
static void one_address_may_have_only_so_many_half_open(void **state)
{
    struct pair *pair = pair_new();
    struct stranger stranger;
    uint64_t sa;

    (void)state;
    pair->b.policy.block_threshold = 5;
    pair_start(pair);
    for (uint32_t n = 0; n < 20; n++) {
        make_stranger(pair, &stranger, n);
        stranger.address.ip[3] = 77;
        assert_int_equal(offer(&pair->b, &stranger, NULL) != 0, n < 5);
    }
    assert_string_equal(last_dropped(&pair->b), "limit");
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* init_limit_half_open: beyond it nobody is answered, and what is established stays. */
static void all_together_may_have_only_so_many_half_open(void **state)
{
    struct pair *pair = pair_new();
    struct stranger stranger;
    uint64_t sa;

    (void)state;
    pair->b.policy.half_open_limit = 3;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    flood(pair, 3);
    make_stranger(pair, &stranger, 50);
    assert_int_equal(offer(&pair->b, &stranger, NULL), 0);
    assert_string_equal(last_dropped(&pair->b), "limit");
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/*
 *  B11: an answer that an attacker made arrives before the true one. §2.4 allows to follow both; we
 *  follow the first, which cannot authenticate, and the second changes nothing: the attempt ends,
 *  and the next one is free of it.
 */
static void of_two_answers_the_first_is_followed_to_its_end_2_4(void **state)
{
    struct pair *pair = pair_new();
    struct stranger attacker;
    uint64_t sa;
    uint8_t answer[PAIR_MESSAGE_MAX];
    size_t len;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    /* What gw would say to somebody else with alice's SPIi: well-formed, with keys that nobody at
     * alice's peer has. */
    make_stranger(pair, &attacker, 1);
    memcpy(attacker.bytes, oldest(pair)->bytes, 8);
    len = offer(&pair->b, &attacker, answer);
    pair_inject(&pair->a, answer, len);
    assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH SA TSi TSr}");
    pair_deliver_to(&pair->b); /* her first request, and its true answer */
    pair_deliver_to(&pair->a);
    assert_string_equal(last_dropped(&pair->a), "no_sa");
    for (int i = 0; i < 4; i++) {
        pair_settle(pair);
        pair_wait(pair, 8 * SECOND);
    }
    assert_false(party_knows(&pair->a, sa));
    sa = pair_establish(pair, NULL);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* A copy of alice's first request, and her second one, which has the cookie. The load is over. */
static void send_two_requests(struct pair *pair, struct flight *without, struct flight *with)
{
    put_under_load(pair);
    pair_initiate(pair, &pair->a);
    pair_deliver_copy(pair, 0);
    *without = pair_hold(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(COOKIE)");
    pair_deliver_to(&pair->a);
    *with = pair_hold(&pair->b);
    assert_int_equal(with->bytes[16], IKE_PAYLOAD_NOTIFY);
    pair->b.policy.cookie_threshold = 100;
}

/*
 *  gw takes an old copy of the request without a cookie, for the load is over; alice takes the
 * answer for one to her last request, and her AUTH covers that
 *    |---- SA KE Ni ------------->|
 *    |<----------------- N(COOKIE)|
 *    |---- N(COOKIE) SA KE Ni --\
 *    |---- SA KE Ni (copy) ------ X ->|
 *    |<----------------- SA KE Nr|
 *    |---- SK{IDi .. AUTH .. } -->|   AUTH is over the request that gw has not seen
 *    |                          \->|   the same request: no second IKE SA
 */
static void auth_over_a_request_that_was_not_seen_2_15_2_6(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        struct flight without, with;
        struct pair *pair = pair_new();
        struct lab *lab = n / 2 ? lab_new(pair->crypto, "lab") : NULL;
        struct lab_card alice, gw;

        if (lab) {
            lab_issue(lab, &alice, "alice", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
            lab_issue(lab, &gw, "gw", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
            lab_equip(&pair->a, &alice, lab);
            lab_equip(&pair->b, &gw, lab);
        }
        send_two_requests(pair, &without, &with);
        if (n % 2) {
            pair->now += IKE_COOKIE_SECRET_PERIOD; /* the secret is another one by then */
        }
        pair_release(&without);
        pair_settle(pair);
        assert_int_equal(pair->a.established, 1);
        assert_int_equal(pair->b.established, 1);
        pair_release(&with);
        assert_int_equal(pair->flight_count, 0);
        assert_string_equal(last_dropped(&pair->b), "duplicate");
        assert_int_equal(pair->b.ike->half_open, 1); /* the stranger */
        pair_free(pair);
        if (lab) {
            lab_free(lab);
        }
    }
}

/* Whichever comes first, the other one is a copy: the answer goes out again, and no second key
 * exchange is made. */
static void with_and_without_a_cookie_it_is_one_request_2_1_2_6(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct flight without, with;
        struct pair *pair = pair_new();

        send_two_requests(pair, &without, &with);
        pair_release(n ? &with : &without);
        pair_release(n ? &without : &with);
        assert_int_equal(pair->flight_count, 2);
        assert_int_equal(pair->b.ike->half_open, 2);
        assert_string_equal(last_dropped(&pair->b), "duplicate");
        pair_settle(pair);
        assert_int_equal(pair->b.established, 1);
        pair_free(pair);
    }
}

/* Somebody who has heard the request repeats it with a cookie of his own: AUTH is found all the
 * same; and a wrong AUTH is wrong over each of them. */
static void a_forged_cookie_in_front_does_no_harm_2_6(void **state)
{
    static const uint8_t cookie[] = "nobody's";

    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        struct pair *pair = pair_new();
        struct ike_message message;
        struct ike_builder builder;
        struct ike_error error;
        struct flight request;
        uint8_t forged[PAIR_MESSAGE_MAX];

        pair->b.policy.cookie_threshold = 100;
        pair->a.policy.secret = crypto_bytes(wrong ? "wrong" : "correct horse", wrong ? 5 : 13);
        pair_start(pair);
        pair_initiate(pair, &pair->a);
        request = *oldest(pair);
        pair_deliver_to(&pair->b);
        assert_int_equal(
            ike_message_parse(&message, crypto_bytes(request.bytes, request.len), &error), 0);
        ike_builder_begin(&builder, forged, sizeof(forged), &message.header);
        ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_COOKIE,
                         crypto_bytes(cookie, sizeof(cookie)));
        for (size_t i = 0; i < message.payload_count; i++) {
            ike_build_raw(&builder, message.payloads[i].type, false, message.payloads[i].body);
        }
        pair_inject(&pair->b, forged, ike_builder_finish(&builder));
        assert_string_equal(last_dropped(&pair->b), "duplicate");
        pair_settle(pair);
        assert_int_equal(pair->b.established, !wrong);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_is_demanded_under_load_and_returned_2_6),
        cmocka_unit_test(without_load_no_cookie_is_demanded_2_6),
        cmocka_unit_test(a_wrong_cookie_is_treated_as_none_2_6),
        cmocka_unit_test(the_secret_before_is_still_accepted_2_6),
        cmocka_unit_test(a_cookie_serves_again_when_the_key_exchange_changes_2_6_1),
        cmocka_unit_test(a_new_cookie_after_the_key_exchange_changed_is_followed_2_6_1),
        cmocka_unit_test(cookies_without_end_are_not_followed_2_6),
        cmocka_unit_test(a_cookie_of_no_or_too_many_octets_is_ignored_2_6),
        cmocka_unit_test(a_copy_of_a_demand_is_a_duplicate_2_1),
        cmocka_unit_test(a_flood_of_forged_addresses_is_bounded_2_6),
        cmocka_unit_test(one_address_may_have_only_so_many_half_open),
        cmocka_unit_test(all_together_may_have_only_so_many_half_open),
        cmocka_unit_test(auth_over_a_request_that_was_not_seen_2_15_2_6),
        cmocka_unit_test(with_and_without_a_cookie_it_is_one_request_2_1_2_6),
        cmocka_unit_test(a_forged_cookie_in_front_does_no_harm_2_6),
        cmocka_unit_test(of_two_answers_the_first_is_followed_to_its_end_2_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
