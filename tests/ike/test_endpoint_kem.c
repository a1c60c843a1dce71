/* ML-KEM as an additional key exchange, in IKE_INTERMEDIATE and IKE_FOLLOWUP_KE: the initiator
 * sends an encapsulation key, the responder a ciphertext. A toy stands in its place (toy_kem.h). */
#include "crypto/context_internal.h"
#include "ike/sa.h"
#include "tests/crypto/toy_kem.h"
#include "tests/ike/crossing.h"

/* "ke1_ecp256" becomes ML-KEM-768, whose word is refused where OpenSSL has it not. */
static void put_kem(struct crypto_proposal *proposal)
{
    for (size_t i = 0; i < proposal->count; i++) {
        if (proposal->transforms[i].type == CRYPTO_ADDKE1) {
            proposal->transforms[i].id = CRYPTO_KE_ML_KEM_768;
        }
    }
}

static struct crossing crossing_with_kem(bool pooled)
{
    struct pair *pair = pair_new();
    struct crossing c = {.pair = pair, .a = &pair->a, .b = &pair->b};
    static bool installed;

    if (!installed) {
        installed = true;
        assert_true(toy_kem_install(pair->crypto->lib));
    }
    if (pooled) {
        assert_true(crypto_kex_use_pool(pair->crypto, &pair->a.entropy));
    }
    crossing_follow_up(pair, BOTH_FOLLOWUP, 1);
    for (size_t i = 0; i < 4; i++) {
        put_kem(&pair->ike_proposals[i]);
        put_kem(&pair->esp_proposals[i]);
    }
    pair->a.policy.fragmentation = pair->b.policy.fragmentation = IKE_FRAGMENTATION_YES;
    pair_start(pair);
    return c;
}

/* Key Exchange Data of the last key pair that an end told of. */
static size_t ke_len(const struct party *party)
{
    return (size_t)party_last(party, TRACE_IKE_KEY_PAIR_EVENT)->number;
}

static void rekey_all(struct crossing *c)
{
    c->sa = pair_establish(c->pair, &c->gateway);
    assert_int_equal(ke_len(c->a), 1184);
    assert_int_equal(ke_len(c->b), 1088);
    assert_int_equal(c->b->keys.secret_len, 32);
    crossing_assert_settled(c, 1, 0);
    pair_rekey_child(c->a, c->sa, "net");
    crossing_settle(c, 1, 1);
    pair_rekey_child(c->b, c->gateway, "net");
    crossing_settle(c, 1, 2);
    assert_int_equal(ke_len(c->b), 1184); /* who asks encapsulates nothing */
    assert_int_equal(ke_len(c->a), 1088);
    pair_rekey_sa(c->a, c->sa);
    crossing_settle(c, 1, 3);
    assert_int_equal(party_count(c->a, TRACE_IKE_FOLLOWUP_EVENT), 3);
}

static void an_encapsulation_key_is_answered_with_a_ciphertext_rfc9370_2_2(void **state)
{
    struct crossing c = crossing_with_kem(false);

    (void)state;
    rekey_all(&c);
    crossing_free(&c);
}

static void write_ke(struct ike_builder *builder, const void *context)
{
    uint8_t data[1184] = {'X'};

    ike_build_ke(builder, CRYPTO_KE_ML_KEM_768, crypto_bytes(data, *(const size_t *)context));
}

/* An encapsulation key that is none (FIPS 203 §7.2), or of another length. */
static void what_is_no_encapsulation_key_ends_the_attempt_fips203_7_2(void **state)
{
    static const size_t lens[] = {1184, 1183, 1088};

    (void)state;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct crossing c = crossing_with_kem(false);
        uint64_t sa = pair_initiate(c.pair, c.a);

        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        while (c.pair->flight_count > 0) {
            pair_lose(c.pair, 0);
        }
        pair_forge(&(struct pair_forgery){.from = c.a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_IKE_INTERMEDIATE,
                                          .message_id = 1,
                                          .write = write_ke,
                                          .context = &lens[i]});
        assert_string_equal(last_sent(c.b), "SK{N(INVALID_SYNTAX)}");
        assert_int_equal(ike_endpoint_sa_with(c.b->ike, &c.a->address), 0);
        crossing_free(&c);
    }
}

/* With keys from the pool the others are looked up, and an encapsulation is made each time. */
static void pooled_keys_leave_encapsulations_alone(void **state)
{
    struct crossing c = crossing_with_kem(true);

    (void)state;
    rekey_all(&c);
    crossing_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_encapsulation_key_is_answered_with_a_ciphertext_rfc9370_2_2),
        cmocka_unit_test(what_is_no_encapsulation_key_ends_the_attempt_fips203_7_2),
        cmocka_unit_test(pooled_keys_leave_encapsulations_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
