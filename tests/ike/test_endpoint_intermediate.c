/* IKE_INTERMEDIATE (RFC 9242) and the additional key exchanges in it (RFC 9370). */
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

static struct pair *pair_with(const char *a, const char *b)
{
    static struct crypto_proposal own;
    struct pair *pair = pair_new();

    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, a);
    own = pair_proposal(CRYPTO_PROTO_IKE, b);
    pair->b.policy.proposals = &own;
    pair_start(pair);
    return pair;
}

static void assert_same_keys(struct pair *pair, uint64_t sa, uint64_t gateway)
{
    const struct ike_sa *a = ike_sa_by_id(pair->a.ike, sa), *b = ike_sa_by_id(pair->b.ike, gateway);

    for (int k = CRYPTO_SK_D; k < CRYPTO_SK_COUNT; k++) {
        struct crypto_bytes x = crypto_sk(a->keys, (enum crypto_sk)k);
        struct crypto_bytes y = crypto_sk(b->keys, (enum crypto_sk)k);

        assert_int_equal(x.len, y.len);
        assert_memory_equal(x.data, y.data, x.len);
    }
}

/*
 *    |---- SA KE Ni N(INTERMEDIATE_EXCHANGE_SUPPORTED) ->|
 *    |<--- SA KE Nr N(INTERMEDIATE_EXCHANGE_SUPPORTED) --|
 *    |---- SK{KE(ecp384)}, Message ID 1 ---------------->|   under the keys of x25519
 *    |<--- SK{KE} ---------------------------------------|   new keys from here on
 *    |---- SK{KE(modp2048)}, Message ID 2 -------------->|
 *    |<--- SK{KE} ---------------------------------------|
 *    |---- SK{IDi AUTH ..}, Message ID 3 --------------->|
 */
static void each_additional_key_exchange_has_its_exchange_rfc9370_2_2_2(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp384-ke2_modp2048";
    struct pair *pair = pair_with(suite, suite);
    uint64_t sa = pair_initiate(pair, &pair->a), gateway;
    uint8_t skeyseed[3][CRYPTO_PRF_MAX];

    (void)state;
    assert_string_equal(last_sent(&pair->a), "SA KE Ni N(INTERMEDIATE_EXCHANGE_SUPPORTED)");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SA KE Nr N(INTERMEDIATE_EXCHANGE_SUPPORTED)");
    memcpy(skeyseed[0], pair->b.keys.skeyseed, sizeof(skeyseed[0]));
    pair_deliver_to(&pair->a);
    for (uint32_t n = 1; n <= 2; n++) {
        assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "INTERMEDIATE");
        assert_string_equal(last_sent(&pair->a), "SK{KE}");
        assert_int_equal(pair->flights[0].bytes[18], IKE_EXCHANGE_IKE_INTERMEDIATE);
        assert_int_equal(ike_load_u32(pair->flights[0].bytes + 20), n);
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), "SK{KE}");
        memcpy(skeyseed[n], pair->b.keys.skeyseed, sizeof(skeyseed[n]));
        assert_memory_not_equal(skeyseed[n], skeyseed[n - 1], 32);
        pair_deliver_to(&pair->a);
        assert_memory_equal(pair->a.keys.skeyseed, skeyseed[n], 32);
    }
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "AUTH_SENT");
    assert_int_equal(ike_load_u32(pair->flights[0].bytes + 20), 3);
    pair_settle(pair);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_true(party_established(&pair->a, sa));
    assert_same_keys(pair, sa, gateway);
    assert_int_equal(pair->a.installed_count, 1);
    pair_free(pair);
}

/* RFC 9370 §2.2.2: SKEYSEED(1) = prf(SK_d(0), SK(1) | Ni | Nr), computed here once more. */
static void the_keys_are_chained_rfc9370_2_2_2(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256";
    const struct crypto_transform *prf =
        crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
    struct pair *pair = pair_with(suite, suite);
    uint8_t sk_d[32], expected[CRYPTO_PRF_MAX];
    const struct ike_sa *sa;

    (void)state;
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    sa = ike_sa_by_id(pair->b.ike, ike_endpoint_sa_with(pair->b.ike, &pair->a.address));
    memcpy(sk_d, crypto_sk(sa->keys, CRYPTO_SK_D).data, sizeof(sk_d));
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);

    const struct pair_keys *keys = &pair->b.keys;
    const struct crypto_bytes parts[] = {crypto_bytes(keys->secret, keys->secret_len),
                                         crypto_bytes(keys->ni, keys->ni_len),
                                         crypto_bytes(keys->nr, keys->nr_len)};

    assert_int_equal(keys->secret_len, 32); /* of P-256: the first exchange's is another */
    crypto_prf(pair->crypto, prf, crypto_bytes(sk_d, 32), parts, 3, expected, NULL);
    assert_memory_equal(keys->skeyseed, expected, 32);
    pair_free(pair);
}

/* RFC 9370 §2.2.1: who does not speak it gets what both can do without, or nothing. */
static void where_one_does_not_speak_it_only_none_is_agreed_on_rfc9370_2_2_1(void **state)
{
    static const struct {
        const char *a, *b, *answer;
    } cases[] = {
        {"aes128gcm16-prfsha256-x25519-ke1_ecp256-ke1_none", "aes128gcm16-prfsha256-x25519",
         "SA KE Nr"},
        {"aes128gcm16-prfsha256-x25519", "aes128gcm16-prfsha256-x25519-ke1_ecp256-ke1_none",
         "SA KE Nr"},
        {"aes128gcm16-prfsha256-x25519-ke1_ecp256", "aes128gcm16-prfsha256-x25519",
         "N(NO_PROPOSAL_CHOSEN)"},
        {"aes128gcm16-prfsha256-x25519", "aes128gcm16-prfsha256-x25519-ke1_ecp256",
         "N(NO_PROPOSAL_CHOSEN)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_with(cases[i].a, cases[i].b);

        pair_initiate(pair, &pair->a);
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), cases[i].answer);
        if (i < 2) {
            pair_settle(pair);
            assert_int_equal(pair->a.established, 1);
        }
        pair_free(pair);
    }
}

/* RFC 9242 §3.3.2: AUTH covers the IKE_INTERMEDIATE messages, also where they went in fragments. */
static void auth_covers_the_intermediate_messages_rfc9242_3_3_2(void **state)
{
    static const char suite[] = "aes128-sha256-x25519-ke1_modp3072";

    (void)state;
    for (int fragments = 0; fragments < 2; fragments++) {
        struct pair *pair = pair_new();
        uint64_t sa;

        pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, suite);
        pair->a.policy.fragmentation = pair->b.policy.fragmentation =
            fragments ? IKE_FRAGMENTATION_YES : IKE_FRAGMENTATION_NO;
        pair->a.policy.fragment_size = IKE_FRAGMENT_SIZE_MIN;
        pair_start(pair);
        sa = pair_initiate(pair, &pair->a);
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        assert_int_equal(party_count(&pair->b, TRACE_IKE_FRAGMENT_EVENT) > 0, fragments);
        pair_free(pair);
    }
}

/* What is covered: IntAuth is one octet different at gw, and nobody is believed. */
static void a_changed_intermediate_message_fails_at_auth_rfc9242_3_3_2(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256";
    struct pair *pair = pair_with(suite, suite);
    struct ike_sa *at_gateway;

    (void)state;
    pair_initiate(pair, &pair->a);
    for (int i = 0; i < 4; i++) {
        pair_deliver(pair, 0);
    }
    at_gateway = ike_sa_by_id(pair->b.ike, ike_endpoint_sa_with(pair->b.ike, &pair->a.address));
    at_gateway->setup->int_auth[0][0] ^= 1;
    pair_settle(pair);
    assert_int_equal(pair->a.established + pair->b.established, 0);
    pair_free(pair);
}

/* RFC 9242 §3.2: one after the other, as many as were agreed on, and IKE_AUTH only behind them. */
static void exchanges_out_of_their_order_are_not_served_rfc9242_3_2(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256";
    struct pair *pair = pair_with(suite, suite);
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_forge(&(struct pair_forgery){
        .from = &pair->a, .sa = sa, .exchange = IKE_EXCHANGE_IKE_AUTH, .message_id = 1});
    assert_string_equal(last_dropped(&pair->b), "unexpected");
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_forge(&(struct pair_forgery){
        .from = &pair->a, .sa = sa, .exchange = IKE_EXCHANGE_IKE_INTERMEDIATE, .message_id = 2});
    assert_string_equal(last_dropped(&pair->b), "unexpected");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

static void write_bad_ke(struct ike_builder *builder, const void *context)
{
    static const uint8_t zeros[64];

    ike_build_ke(builder, context ? CRYPTO_KE_CURVE25519 : CRYPTO_KE_ECP_256,
                 crypto_bytes(zeros, context ? 32 : 64));
}

/* A value that is no point, or a method that was not agreed on, ends the attempt on both ends. */
static void a_bad_additional_value_ends_the_attempt_rfc6989_2(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256";

    (void)state;
    for (int other_method = 0; other_method < 2; other_method++) {
        struct pair *pair = pair_with(suite, suite);
        uint64_t sa = pair_initiate(pair, &pair->a);

        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_IKE_INTERMEDIATE,
                                          .message_id = 1,
                                          .write = write_bad_ke,
                                          .context = other_method ? "" : NULL});
        assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_SYNTAX)}");
        assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
        pair_settle(pair);
        assert_false(party_knows(&pair->a, sa));
        pair_free(pair);
    }
}

/* A lost answer is repeated under the keys that it was made with. */
static void a_lost_answer_is_repeated_although_the_keys_are_new_2_1(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256";
    struct pair *pair = pair_with(suite, suite);
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    pair_lose(pair, 0);
    pair_wait(pair, SECOND);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_count(&pair->b, TRACE_IKE_KEYS_DERIVED_EVENT), 2);
    pair_free(pair);
}

/* The rekey of such an IKE SA has them in IKE_FOLLOWUP_KE. */
static void a_rekey_has_additional_key_exchanges_rfc9370_2_2_4(void **state)
{
    static const char suite[] = "aes128gcm16-prfsha256-x25519-ke1_ecp256";
    struct pair *pair = pair_with(suite, suite);
    uint64_t gateway, sa = pair_establish(pair, &gateway);

    (void)state;
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_SA_REKEYED_EVENT), 1);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_FOLLOWUP_EVENT), 1);
    sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_same_keys(pair, sa, gateway);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_additional_key_exchange_has_its_exchange_rfc9370_2_2_2),
        cmocka_unit_test(the_keys_are_chained_rfc9370_2_2_2),
        cmocka_unit_test(where_one_does_not_speak_it_only_none_is_agreed_on_rfc9370_2_2_1),
        cmocka_unit_test(auth_covers_the_intermediate_messages_rfc9242_3_3_2),
        cmocka_unit_test(a_changed_intermediate_message_fails_at_auth_rfc9242_3_3_2),
        cmocka_unit_test(exchanges_out_of_their_order_are_not_served_rfc9242_3_2),
        cmocka_unit_test(a_bad_additional_value_ends_the_attempt_rfc6989_2),
        cmocka_unit_test(a_lost_answer_is_repeated_although_the_keys_are_new_2_1),
        cmocka_unit_test(a_rekey_has_additional_key_exchanges_rfc9370_2_2_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
