/* Postquantum preshared keys (RFC 8784). */
#include "crypto/kdf.h"
#include "ike/sa.h"
#include "tests/ike/lab.h"

static void give(struct party *party, const char *id, const char *key, bool required)
{
    party->policy.auth.ppk_id = crypto_bytes(id, strlen(id));
    party->policy.auth.ppk = crypto_bytes(key, strlen(key));
    party->policy.auth.ppk_required = required;
}

static bool establishes(struct pair *pair)
{
    uint64_t sa, gateway;

    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    if (!party_established(&pair->a, sa) || !party_established(&pair->b, gateway)) {
        assert_int_equal(ike_endpoint_sa_with(pair->a.ike, &pair->b.address), 0);
        assert_false(party_established(&pair->b, gateway)); /* half-open, if alice broke off */
        return false;
    }
    /* The CHILD SA's keys come from SK_d, so both have the same one. */
    assert_memory_equal(pair->a.installed[0].key_in.encr_key, pair->b.installed[0].key_out.encr_key,
                        pair->a.installed[0].key_in.encr_key_len);
    assert_memory_equal(ike_sa_by_id(pair->a.ike, sa)->keys->bytes,
                        ike_sa_by_id(pair->b.ike, gateway)->keys->bytes,
                        ike_sa_by_id(pair->a.ike, sa)->keys->at[CRYPTO_SK_COUNT]);
    return true;
}

static bool says(const struct party *party, const char *word)
{
    for (size_t i = 0; i < party->event_count; i++) {
        if (party->events[i].kind == TRACE_IKE_MESSAGE_SENT_EVENT &&
            strstr(party->events[i].text, word)) {
            return true;
        }
    }
    return false;
}

/*
 *    |-- SA KE Ni N(USE_PPK) ------------------------------------------>|
 *    |<- SA KE Nr N(USE_PPK) -------------------------------------------|
 *    |-- SK{IDi IDr AUTH N(PPK_IDENTITY) N(NO_PPK_AUTH) SA TSi TSr} --->|
 *    |<- SK{IDr AUTH N(PPK_IDENTITY) SA TSi TSr} -----------------------|
 */
static void both_ends_mix_it_into_three_keys_8784_3(void **state)
{
    struct pair *pair = pair_new();
    uint8_t sk_d[CRYPTO_PRF_MAX];
    const struct ike_sa *sa;
    struct crypto_bytes ppk = crypto_bytes("a long secret", 13), old;

    (void)state;
    give(&pair->a, "blue", "a long secret", false);
    give(&pair->b, "blue", "a long secret", false);
    assert_true(establishes(pair));
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDi IDr AUTH N(PPK_IDENTITY) N(NO_PPK_AUTH) SA TSi TSr}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDr AUTH N(PPK_IDENTITY) SA TSi TSr}");
    /* By hand: SK_d = prf+(PPK, SK_d'), the keys of messages as they were. */
    sa = ike_sa_by_id(pair->a.ike, ike_endpoint_sa_with(pair->a.ike, &pair->b.address));
    struct crypto_sk_keys plain;
    crypto_sk_derive(
        pair->crypto, &sa->suite, crypto_bytes(pair->a.keys.skeyseed, pair->a.keys.skeyseed_len),
        crypto_bytes(pair->a.keys.ni, pair->a.keys.ni_len),
        crypto_bytes(pair->a.keys.nr, pair->a.keys.nr_len), sa->spi_i, sa->spi_r, &plain, NULL);
    old = crypto_sk(&plain, CRYPTO_SK_D);
    crypto_prf_plus(pair->crypto, sa->suite.prf, ppk, &old, 1, sk_d, old.len, NULL);
    assert_memory_equal(crypto_sk(sa->keys, CRYPTO_SK_D).data, sk_d, old.len);
    assert_memory_not_equal(crypto_sk(sa->keys, CRYPTO_SK_PI).data,
                            crypto_sk(&plain, CRYPTO_SK_PI).data, old.len);
    assert_memory_equal(crypto_sk(sa->keys, CRYPTO_SK_EI).data,
                        crypto_sk(&plain, CRYPTO_SK_EI).data, 16);
    pair_free(pair);
}

/* Table 1 of §3, and the initiator's side of it. `ours`: what alice has, `theirs`: gw; then whether
 * they come to terms, and whether the PPK is in the keys. */
static void who_has_it_and_who_must_have_it_8784_3(void **state)
{
    static const struct {
        const char *ours, *theirs;
        bool ours_required, theirs_required, works, used;
    } rows[] = {
        {NULL, NULL, false, false, true, false},    {"blue", "blue", true, true, true, true},
        {"blue", "blue", false, true, true, true},  {"blue", "blue", true, false, true, true},
        {"blue", NULL, false, false, true, false}, /* gw does not answer USE_PPK */
        {"blue", NULL, true, false, false, false}, /* alice breaks off */
        {NULL, "blue", false, false, true, false},  {NULL, "blue", false, true, false, false},
        {"blue", "red", false, false, true, false}, /* NO_PPK_AUTH serves */
        {"blue", "red", true, false, false, false}, /* there is none */
        {"blue", "red", false, true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair *pair = pair_new();

        if (rows[i].ours) {
            give(&pair->a, rows[i].ours, "a long secret", rows[i].ours_required);
        }
        if (rows[i].theirs) {
            give(&pair->b, rows[i].theirs, "a long secret", rows[i].theirs_required);
        }
        assert_int_equal(establishes(pair), rows[i].works);
        assert_int_equal(says(&pair->b, "N(PPK_IDENTITY)"), rows[i].used);
        /* Alice mixed too early where gw has another one, and took it back. */
        assert_int_equal(party_count(&pair->a, TRACE_IKE_PPK_EVENT),
                         rows[i].used                     ? 1
                         : rows[i].theirs && rows[i].ours ? (rows[i].works ? 2 : 1)
                                                          : 0);
        pair_free(pair);
    }
}

/* The same name for two keys: AUTH is wrong, and NO_PPK_AUTH does not help (§3). */
static void another_key_of_the_same_name_is_a_wrong_key_8784_3(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    give(&pair->a, "blue", "a long secret", false);
    give(&pair->b, "blue", "another secret", false);
    assert_false(establishes(pair));
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    pair_free(pair);
}

/* With signatures NO_PPK_AUTH is a second signature; with EAP the PPK goes with the last AUTH. */
static void it_goes_with_every_way_to_authenticate_8784_3(void **state)
{
    for (int way = 0; way < 3; way++) {
        for (int known = 0; known < 2; known++) {
            struct pair *pair = pair_new();
            struct lab *lab = lab_new(pair->crypto, "lab");
            struct lab_card alice, gw;

            (void)state;
            lab_issue(lab, &alice, "alice", CRYPTO_KEY_ECDSA_256, -LAB_DAY, LAB_DAY);
            lab_issue(lab, &gw, "gw", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
            lab_equip(&pair->a, &alice, lab);
            lab_equip(&pair->b, &gw, lab);
            if (way > 0) {
                pair->a.policy.auth.local = pair->b.policy.auth.remote = IKE_AUTH_EAP_MSCHAPV2;
            }
            if (way > 1) {
                pair->a.policy.auth.remote = pair->b.policy.auth.local = IKE_AUTH_EAP_MSCHAPV2;
            }
            give(&pair->a, "blue", "a long secret", false);
            give(&pair->b, known ? "blue" : "red", "a long secret", false);
            assert_true(establishes(pair));
            assert_int_equal(says(&pair->b, "N(PPK_IDENTITY)"), known);
            lab_free(lab);
            pair_free(pair);
        }
    }
}

/* §3: rekeys use SK_d as it is, without the PPK once more. */
static void a_rekey_goes_on_from_the_mixed_key_8784_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    give(&pair->a, "blue", "a long secret", true);
    give(&pair->b, "blue", "a long secret", true);
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_SA_REKEYED_EVENT), 1);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_PPK_EVENT), 1);
    pair_check_liveness(&pair->a, ike_endpoint_sa_with(pair->a.ike, &pair->b.address));
    pair_settle(pair);
    assert_true(party_established(&pair->a, ike_endpoint_sa_with(pair->a.ike, &pair->b.address)));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_mix_it_into_three_keys_8784_3),
        cmocka_unit_test(who_has_it_and_who_must_have_it_8784_3),
        cmocka_unit_test(another_key_of_the_same_name_is_a_wrong_key_8784_3),
        cmocka_unit_test(it_goes_with_every_way_to_authenticate_8784_3),
        cmocka_unit_test(a_rekey_goes_on_from_the_mixed_key_8784_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
