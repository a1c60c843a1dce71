/* Client puzzles (RFC 8019): in IKE_SA_INIT (§7.1) and in IKE_AUTH (§7.2). */
#include "ike/puzzle.h"
#include "tests/ike/pair.h"

enum { DIFFICULTY = 8, COOKIE_PAYLOAD = 8 + 18, PS_PAYLOAD = 4 + 16 };

/* A gateway with one IKE SA half-open, which is enough for it to sell at this price only. */
static struct pair *pair_with_puzzles(uint8_t limit, const char *initiators, const char *gateways,
                                      struct crypto_proposal *own)
{
    struct pair *pair = pair_new();

    *own = pair_proposal(CRYPTO_PROTO_IKE, gateways);
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, initiators);
    pair->b.policy.proposals = own;
    pair->a.policy.puzzle_limit = limit;
    pair->b.policy.puzzle_threshold = 1;
    pair->b.policy.puzzle_difficulty = DIFFICULTY;
    pair_start(pair);
    /* One that never goes on; its request may need another key exchange first. */
    pair->b.policy.puzzle_threshold = 0;
    pair_initiate(pair, &pair->a);
    while (!ike_endpoint_sa_with(pair->b.ike, &pair->a.address)) {
        pair_deliver(pair, 0);
    }
    while (pair->flight_count > 0) {
        pair_lose(pair, 0);
    }
    pair->timer_count = 0;
    pair->b.policy.puzzle_threshold = 1;
    return pair;
}

static struct pair *pair_of_gcm(uint8_t limit, struct crypto_proposal *own)
{
    return pair_with_puzzles(limit, "aes128gcm16-prfsha256-x25519", "aes128gcm16-prfsha256-x25519",
                             own);
}

/* Applications of the PRF in the last call. */
static uint32_t prfs(const struct party *party)
{
    return party_operations(party, CRYPTO_COST_PRF);
}

/*
 *    |---- SA KE Ni ------------------->|   no state
 *    |<------------ N(COOKIE) N(PUZZLE)-|   still smaller than the request
 *    |   four keys are looked for       |
 *    |---- N(COOKIE) PS SA KE Ni ------>|   four applications of the PRF tell
 *    |<---------------------- SA KE Nr -|
 */
static void a_puzzle_is_demanded_and_solved_rfc8019_7_1(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(16, &own);
    size_t before = ike_endpoint_memory(pair->b.ike), request, answer;
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    request = pair->a.last_sent_len;
    pair_deliver_to(&pair->b);
    answer = pair->b.last_sent_len;
    assert_string_equal(last_sent(&pair->b), "N(COOKIE) N(PUZZLE)");
    assert_true(answer < request);
    assert_int_equal(ike_endpoint_memory(pair->b.ike), before);

    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) PS SA KE Ni");
    assert_int_equal(pair->a.last_sent_len, request + COOKIE_PAYLOAD + PS_PAYLOAD);
    /* 4 * 2^8 on average. */
    assert_in_range(prfs(&pair->a), 100, 5000);

    pair_deliver_to(&pair->b);
    assert_true(prfs(&pair->b) < 40);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §7.1.2: who finds the price too high sends the cookie alone, is not served while the load lasts,
 * asks no oftener than it otherwise would, and is served afterwards. */
static void who_does_not_pay_waits_for_the_load_to_end_rfc8019_7_1_2(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(DIFFICULTY - 1, &own);
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) SA KE Ni");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(COOKIE) N(PUZZLE)");
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->flight_count, 0);
    assert_string_equal(last_dropped(&pair->a), "duplicate");
    pair->b.policy.puzzle_threshold = 2;
    pair_wait(pair, 5 * SECOND);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* Each of the four counts, and none twice. */
static void a_wrong_solution_is_refused_rfc8019_7_1_4(void **state)
{
    enum { RIGHT, WRONG_KEY, TWICE, THREE, WRONG_COUNT };

    (void)state;
    for (int wrong = RIGHT; wrong < WRONG_COUNT; wrong++) {
        struct crypto_proposal own;
        struct pair *pair = pair_of_gcm(16, &own);
        struct flight *request;
        uint8_t *ps;
        uint64_t sa = pair_initiate(pair, &pair->a);

        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        assert_int_equal(pair->flight_count, 1);
        request = &pair->flights[0];
        ps = request->bytes + 28 + COOKIE_PAYLOAD;
        assert_int_equal(ps[3], PS_PAYLOAD);
        switch (wrong) {
        case WRONG_KEY:
            ps[4 + 15] ^= 0xff;
            break;
        case TWICE:
            memcpy(ps + 4 + 12, ps + 4, 4);
            break;
        case THREE:
            memmove(ps + 4 + 12, ps + 4 + 16, request->len - (28 + COOKIE_PAYLOAD + PS_PAYLOAD));
            ps[3] = PS_PAYLOAD - 4;
            request->len -= 4;
            request->bytes[26] = (uint8_t)(request->len >> 8);
            request->bytes[27] = (uint8_t)request->len;
            break;
        default:
            break;
        }
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), wrong ? "N(COOKIE) N(PUZZLE)" : "SA KE Nr");
        assert_true(wrong || !party_established(&pair->a, sa));
        pair_free(pair);
    }
}

/* §7.1.1.3: Ni and the SPI stay as they are, and so do the cookie and what was paid for it. */
static void a_solution_serves_again_when_the_key_exchange_changes_rfc8019_7_1(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_with_puzzles(16, "aes128gcm16-prfsha256-x25519-ecp256",
                                          "aes128gcm16-prfsha256-ecp256", &own);
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(INVALID_KE_PAYLOAD)");
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) PS SA KE Ni");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_count(&pair->a, TRACE_IKE_PUZZLE_EVENT), 1);
    pair_free(pair);
}

/*
 *  H02: what is signed is the request that was sent last, with its solution, which nobody can make
 *  again; and it is the first one that has made the IKE SA
 *    |---- SA KE Ni ------------------->|   and a copy that is late
 *    |<------------ N(COOKIE) N(PUZZLE)-|
 *    |---- N(COOKIE) PS SA KE Ni -- ... |
 *    |   ... the copy ----------------->|   the load is over: an IKE SA
 *    |---- N(COOKIE) PS SA KE Ni ------>|   the same request: kept
 */
static void auth_is_over_a_solution_that_comes_behind_2_15_2_6(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(16, &own);
    uint64_t sa = pair_initiate(pair, &pair->a);
    struct flight solved;

    (void)state;
    pair_deliver_copy(pair, 0);
    pair_deliver_to(&pair->a);
    assert_int_equal(pair_in_flight_to(&pair->b), 2);
    assert_string_equal(last_sent(&pair->a), "N(COOKIE) PS SA KE Ni");
    solved = pair->flights[1];
    pair_lose(pair, 1);
    pair->b.policy.puzzle_threshold = 0;
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    pair_release(&solved);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* ---- in IKE_AUTH ---- */

/* Shared secrets computed in the last call. */
static uint32_t secrets(const struct party *party)
{
    return party_operations(party, CRYPTO_COST_DERIVE);
}

/* alice's first IKE_AUTH request, in flight; gw charges for it. */
static struct flight *auth_request(struct pair *pair, uint64_t *sa)
{
    pair->b.policy.puzzle_auth_difficulty = DIFFICULTY;
    *sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->flight_count, 1);
    return &pair->flights[0];
}

/*
 *    |---- N(COOKIE) PS SA KE Ni ------>|
 *    |<------------ SA KE Nr N(PUZZLE) -|   no secret is computed
 *    |   PRF(Ki, Nr | SPIr)             |
 *    |---- PS SK{IDi AUTH ...} -------->|   four applications of the PRF, then a secret
 *    |<-------------- SK{IDr AUTH ...} -|
 */
static void a_secret_is_computed_behind_a_solution_rfc8019_7_2(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(16, &own);
    const struct flight *request;
    uint64_t sa;

    (void)state;
    pair->b.policy.puzzle_auth_difficulty = DIFFICULTY;
    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr N(PUZZLE)");
    assert_int_equal(secrets(&pair->b), 0);
    pair_deliver_to(&pair->a);
    assert_in_range(prfs(&pair->a), 100, 6000);
    assert_string_equal(last_sent(&pair->a), "PS SK{IDi IDr AUTH SA TSi TSr}");
    request = &pair->flights[0];
    assert_int_equal(request->bytes[16], IKE_PAYLOAD_PS);
    assert_int_equal(request->bytes[28 + 3], PS_PAYLOAD);
    pair_deliver_to(&pair->b);
    assert_int_equal(secrets(&pair->b), 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §7.2.4: what has no solution, or a wrong one, is dropped without a word and without a secret, as
 * often as it comes; the IKE SA waits for a good one. */
static void what_does_not_pay_is_dropped_unread_rfc8019_7_2_4(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(16, &own);
    struct flight good, bad;
    uint64_t sa;

    (void)state;
    good = *auth_request(pair, &sa);
    pair_lose(pair, 0);
    for (size_t octet = 28 + 4; octet < 28 + PS_PAYLOAD; octet++) {
        bad = good;
        bad.bytes[octet] ^= 0x80;
        pair_inject(&pair->b, bad.bytes, bad.len);
        assert_string_equal(last_dropped(&pair->b), "unacceptable");
        assert_int_equal(secrets(&pair->b), 0);
        assert_in_range(prfs(&pair->b), 1, 4);
    }
    bad = good; /* without PS: SK comes first */
    memmove(bad.bytes + 28, good.bytes + 28 + PS_PAYLOAD, good.len - 28 - PS_PAYLOAD);
    bad.bytes[16] = IKE_PAYLOAD_SK;
    bad.len -= PS_PAYLOAD;
    bad.bytes[26] = (uint8_t)(bad.len >> 8);
    bad.bytes[27] = (uint8_t)bad.len;
    pair_inject(&pair->b, bad.bytes, bad.len);
    assert_string_equal(last_dropped(&pair->b), "unacceptable");
    assert_int_equal(secrets(&pair->b) + prfs(&pair->b), 0);
    assert_int_equal(pair->flight_count, 0);
    pair_inject(&pair->b, good.bytes, good.len);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §7.2.4: the keys that a right solution has brought are kept if what is sealed is not authentic:
 * it is paid for once, and a secret is computed once. */
static void a_solution_is_paid_once_rfc8019_7_2_4(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(16, &own);
    struct flight good, bad;
    uint64_t sa;

    (void)state;
    good = *auth_request(pair, &sa);
    pair_lose(pair, 0);
    bad = good;
    bad.bytes[bad.len - 1] ^= 1;
    pair_inject(&pair->b, bad.bytes, bad.len);
    assert_string_equal(last_dropped(&pair->b), "bad_icv");
    assert_int_equal(secrets(&pair->b), 1);
    pair_inject(&pair->b, bad.bytes, bad.len);
    assert_int_equal(secrets(&pair->b), 0);
    pair_inject(&pair->b, good.bytes, good.len);
    assert_int_equal(secrets(&pair->b), 0);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §7.2.1: nobody pays here who has not in IKE_SA_INIT. §7.2.2: who finds the price too high sends
 * IKE_AUTH without, and is not served. */
static void who_pays_in_auth_rfc8019_7_2_1(void **state)
{
    struct crypto_proposal own;
    struct pair *pair = pair_of_gcm(16, &own);
    uint64_t sa, gateway;

    (void)state;
    pair->b.policy.puzzle_threshold = 0;
    pair->b.policy.puzzle_auth_difficulty = DIFFICULTY;
    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);

    pair = pair_of_gcm(DIFFICULTY, &own);
    pair->b.policy.puzzle_auth_difficulty = DIFFICULTY + 1;
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH SA TSi TSr}");
    assert_string_equal(last_dropped(&pair->b), "unacceptable");
    gateway = party_newest(&pair->b);
    pair_wait(pair, pair->b.policy.half_open_timeout);
    assert_false(party_established(&pair->a, sa));
    assert_false(party_knows(&pair->b, gateway));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_puzzle_is_demanded_and_solved_rfc8019_7_1),
        cmocka_unit_test(who_does_not_pay_waits_for_the_load_to_end_rfc8019_7_1_2),
        cmocka_unit_test(a_wrong_solution_is_refused_rfc8019_7_1_4),
        cmocka_unit_test(a_solution_serves_again_when_the_key_exchange_changes_rfc8019_7_1),
        cmocka_unit_test(auth_is_over_a_solution_that_comes_behind_2_15_2_6),
        cmocka_unit_test(a_secret_is_computed_behind_a_solution_rfc8019_7_2),
        cmocka_unit_test(what_does_not_pay_is_dropped_unread_rfc8019_7_2_4),
        cmocka_unit_test(a_solution_is_paid_once_rfc8019_7_2_4),
        cmocka_unit_test(who_pays_in_auth_rfc8019_7_2_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
