/* The puzzle of IKE_AUTH where IKE_INTERMEDIATE comes first (RFC 8019 §7.2, RFC 9242): it is paid
 * in the first request for which the responder needs a shared secret. */
#include "ike/octets.h"
#include "ike/puzzle.h"
#include "ike/sa.h"
#include "tests/ike/opened.h"
#include "tests/ike/pair.h"

enum { DIFFICULTY = 8, PS_PAYLOAD = 4 + 16 };

static const char two[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256-ke2_ecp384";

/* alice has solved the puzzle of IKE_SA_INIT, and gw wants another one for what comes next, which
 * is IKE_INTERMEDIATE with that suite; its first request is in flight. */
static struct pair *pair_that_pays(const char *suite, uint32_t fragment_size, uint64_t *sa)
{
    struct pair *pair = pair_new();

    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, suite);
    pair->a.policy.puzzle_limit = pair->b.policy.puzzle_limit = 16;
    pair->b.policy.puzzle_difficulty = pair->b.policy.puzzle_auth_difficulty = DIFFICULTY;
    if (fragment_size) {
        pair->a.policy.fragmentation = pair->b.policy.fragmentation = IKE_FRAGMENTATION_YES;
        pair->a.policy.fragment_size = fragment_size;
    }
    pair_start(pair);
    pair_initiate(pair, &pair->a); /* one that never goes on: gw is under load */
    pair_deliver_to(&pair->b);
    pair_lose(pair, 0);
    pair->timer_count = 0;
    pair->b.policy.puzzle_threshold = 1;
    *sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b),
                        fragment_size ? "SA KE Nr N(IKEV2_FRAGMENTATION_SUPPORTED) "
                                        "N(INTERMEDIATE_EXCHANGE_SUPPORTED) N(PUZZLE)"
                                      : "SA KE Nr N(INTERMEDIATE_EXCHANGE_SUPPORTED) N(PUZZLE)");
    pair_deliver_to(&pair->a);
    return pair;
}

/* Shared secrets in the last call. */
static uint32_t secrets(const struct party *party)
{
    return party_operations(party, CRYPTO_COST_DERIVE);
}

/*
 *    |<-- SA KE Nr N(INTERMEDIATE..) N(PUZZLE) -|   no secret is computed
 *    |--- PS SK{KE} ------------- MID 1 ------->|   the solution, then two secrets
 *    |<-- SK{KE} -------------------------------|
 *    |--- SK{KE} ---------------- MID 2 ------->|   it is paid
 *    |<-- SK{KE} -------------------------------|
 *    |--- PS SK{IDi AUTH ..} ---- MID 3 ------->|   §7.2.2 wants it there
 */
static void the_first_intermediate_request_pays_rfc8019_7_2_4_rfc9242(void **state)
{
    uint64_t sa;
    struct pair *pair = pair_that_pays(two, 0, &sa);
    uint8_t solution[PS_PAYLOAD];

    (void)state;
    assert_string_equal(last_sent(&pair->a), "PS SK{KE}");
    assert_int_equal(pair->flights[0].bytes[18], IKE_EXCHANGE_IKE_INTERMEDIATE);
    memcpy(solution, pair->flights[0].bytes + 28, PS_PAYLOAD);
    pair_deliver_to(&pair->b);
    assert_int_equal(secrets(&pair->b), 2); /* x25519's and ecp256's */
    assert_string_equal(last_sent(&pair->b), "SK{KE}");
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "SK{KE}");
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "PS SK{IDi IDr AUTH SA TSi TSr}");
    /* But for its Next Payload the same: it is about Nr and SPIr (§7.2.3). */
    assert_memory_equal(pair->flights[0].bytes + 29, solution + 1, PS_PAYLOAD - 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->b.established, 1);
    pair_free(pair);
}

/* The same datagram without PS. */
static struct flight without_payment(const struct flight *request)
{
    struct flight bare = *request;

    memmove(bare.bytes + 28, request->bytes + 28 + PS_PAYLOAD, request->len - 28 - PS_PAYLOAD);
    bare.bytes[16] = request->bytes[28];
    bare.len -= PS_PAYLOAD;
    ike_store_u32(bare.bytes + 24, (uint32_t)bare.len);
    return bare;
}

/* §7.2.4: before the solution is there, nothing is computed, however often it is asked for. */
static void what_does_not_pay_is_dropped_unread_rfc8019_7_2_4(void **state)
{
    uint64_t sa;
    struct pair *pair = pair_that_pays(two, 0, &sa);
    struct flight good = pair->flights[0], bad = good;

    (void)state;
    pair_lose(pair, 0);
    bad.bytes[28 + 4] ^= 0x80;
    pair_inject(&pair->b, bad.bytes, bad.len);
    assert_string_equal(last_dropped(&pair->b), "unacceptable");
    assert_int_equal(secrets(&pair->b), 0);
    bad = without_payment(&good);
    pair_inject(&pair->b, bad.bytes, bad.len);
    assert_string_equal(last_dropped(&pair->b), "unacceptable");
    assert_int_equal(secrets(&pair->b), 0);
    assert_int_equal(pair->flight_count, 0);
    pair_inject(&pair->b, good.bytes, good.len);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* An initiator that has paid in IKE_INTERMEDIATE need not in IKE_AUTH: there is nothing left that
 * the puzzle would protect. */
static void it_is_paid_once_rfc8019_7_2_4(void **state)
{
    uint64_t sa;
    struct pair *pair = pair_that_pays(two, 0, &sa);

    (void)state;
    pair_deliver_to(&pair->b);
    ike_sa_by_id(pair->a.ike, sa)->setup->pays = false;
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->b.established, 1);
    pair_free(pair);
}

/* A = the message up to SK's generic header, PS among it, with lengths that do without IV, padding
 * and ICV; P = what is in SK (RFC 9242 §3.3.2, figure 1). Computed here once more. */
static void auth_covers_the_payload_in_front_of_sk_rfc9242_3_3_2(void **state)
{
    uint64_t id;
    struct pair *pair = pair_that_pays(two, 0, &id);
    const struct ike_sa *sa = ike_sa_by_id(pair->a.ike, id);
    const struct ike_message *message = opened(&pair->a, id);
    uint8_t start[28 + PS_PAYLOAD + 4], expected[CRYPTO_PRF_MAX];
    struct crypto_bytes parts[2];

    (void)state;
    memcpy(start, message->bytes.data, sizeof(start));
    assert_int_equal(start[16], IKE_PAYLOAD_PS);
    assert_int_equal(start[28], IKE_PAYLOAD_SK);
    parts[0] = crypto_bytes(start, sizeof(start));
    parts[1] = crypto_bytes(message->decrypted.data, message->decrypted.len - 1 - message->pad_len);
    ike_store_u32(start + 24, (uint32_t)(sizeof(start) + parts[1].len));
    start[sizeof(start) - 2] = (uint8_t)((4 + parts[1].len) >> 8);
    start[sizeof(start) - 1] = (uint8_t)(4 + parts[1].len);
    crypto_prf(pair->crypto, sa->suite.prf, crypto_sk(sa->keys, CRYPTO_SK_PI), parts, 2, expected,
               NULL);
    assert_memory_equal(sa->setup->int_auth[0], expected, 32);
    pair_free(pair);
}

/* In fragments PS is in the first one alone (RFC 7383 §2.5.3), and AUTH covers the message as if it
 * had come whole, in whichever order the others come behind it (RFC 9242 §3.3.2). */
static void fragments_are_covered_as_the_whole_rfc9242_3_3_2(void **state)
{
    static const char large[] = "aes128-sha256-x25519-ke1_modp3072";

    (void)state;
    for (int reversed = 0; reversed < 2; reversed++) {
        uint64_t sa;
        struct pair *pair = pair_that_pays(large, IKE_FRAGMENT_SIZE_MIN, &sa);
        size_t count = pair->flight_count;

        assert_in_range(count, 3, 20);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(pair->flights[i].bytes[16], i == 0 ? IKE_PAYLOAD_PS : IKE_PAYLOAD_SKF);
        }
        pair_deliver(pair, 0);
        assert_int_equal(secrets(&pair->b), 1);
        while (--count > 0) {
            pair_deliver(pair, reversed ? count - 1 : 0);
        }
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        assert_int_equal(pair->b.established, 1);
        pair_free(pair);
    }
}

/* §7.2.4: what comes before the fragment with the solution is not kept, and nothing is computed for
 * it: it comes again. */
static void fragments_before_the_payment_come_again_rfc8019_7_2_4(void **state)
{
    static const char large[] = "aes128-sha256-x25519-ke1_modp3072";
    uint64_t sa;
    struct pair *pair = pair_that_pays(large, IKE_FRAGMENT_SIZE_MIN, &sa);

    (void)state;
    pair_deliver(pair, 1);
    assert_string_equal(last_dropped(&pair->b), "unacceptable");
    assert_int_equal(secrets(&pair->b), 0);
    while (pair->flight_count > 0) {
        pair_deliver(pair, 0);
    }
    pair_wait(pair, 1 * SECOND);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_intermediate_request_pays_rfc8019_7_2_4_rfc9242),
        cmocka_unit_test(what_does_not_pay_is_dropped_unread_rfc8019_7_2_4),
        cmocka_unit_test(it_is_paid_once_rfc8019_7_2_4),
        cmocka_unit_test(auth_covers_the_payload_in_front_of_sk_rfc9242_3_3_2),
        cmocka_unit_test(fragments_are_covered_as_the_whole_rfc9242_3_3_2),
        cmocka_unit_test(fragments_before_the_payment_come_again_rfc8019_7_2_4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
