/* Authentication by signature and certificate (RFC 7296 §2.15, §3.6 to §3.8; RFC 7427; RFC 4754;
 * RFC 8420), and by nothing at all (RFC 7619). */
#include <stdio.h>

#include "tests/ike/lab.h"

/* Both ends with certificates of one authority. */
struct bench {
    struct pair *pair;
    struct lab *lab;
    struct lab_card alice, gw;
};

static void set_up(struct bench *bench, enum crypto_key_kind alice, enum crypto_key_kind gw)
{
    bench->pair = pair_new();
    bench->lab = lab_new(bench->pair->crypto, "lab");
    lab_issue(bench->lab, &bench->alice, "alice", alice, -LAB_DAY, LAB_DAY);
    lab_issue(bench->lab, &bench->gw, "gw", gw, -LAB_DAY, LAB_DAY);
    lab_equip(&bench->pair->a, &bench->alice, bench->lab);
    lab_equip(&bench->pair->b, &bench->gw, bench->lab);
}

static void tear_down(struct bench *bench)
{
    lab_free(bench->lab);
    pair_free(bench->pair);
}

/* Runs to the end; true if both ends are established. */
static bool establishes(struct bench *bench)
{
    struct pair *pair = bench->pair;
    uint64_t sa;

    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    uint64_t gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    return party_established(&pair->a, sa) && party_established(&pair->b, gateway);
}

/* ---- it works ---- */

/*
 *  H09
 *    |-- SA KE Ni N(SIGNATURE_HASH_ALGORITHMS) ------------>|
 *    |<- SA KE Nr CERTREQ N(SIGNATURE_HASH_ALGORITHMS) -----|
 *    |-- SK{IDi CERT CERTREQ IDr AUTH SA TSi TSr} --------->|
 *    |<- SK{IDr CERT AUTH SA TSi TSr} ----------------------|
 */
static void both_ends_sign_with_what_their_keys_are_7427_3(void **state)
{
    static const struct {
        enum crypto_key_kind kind;
        const char *scheme; /* NULL: what fits */
        const char *algorithm;
    } ways[] = {
        {CRYPTO_KEY_RSA_2048, NULL, "rsa-sha256"},
        {CRYPTO_KEY_RSA_2048, "rsa/pss-sha256", "rsa/pss-sha256"},
        {CRYPTO_KEY_RSA_2048, "rsa/pss-sha512", "rsa/pss-sha512"},
        {CRYPTO_KEY_ECDSA_256, NULL, "ecdsa-sha256"},
        {CRYPTO_KEY_ECDSA_256, "ecdsa-sha512", "ecdsa-sha512"},
        {CRYPTO_KEY_ECDSA_384, NULL, "ecdsa-sha384"},
        {CRYPTO_KEY_ECDSA_521, NULL, "ecdsa-sha512"},
        {CRYPTO_KEY_ED25519, NULL, "ed25519"}, /* RFC 8420 */
        {CRYPTO_KEY_ED448, NULL, "ed448"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct bench bench;

        set_up(&bench, ways[i].kind, CRYPTO_KEY_ED25519);
        if (ways[i].scheme) {
            bench.pair->a.policy.auth.scheme = crypto_scheme_find(ways[i].scheme);
        }
        assert_true(establishes(&bench));
        assert_string_equal(party_last(&bench.pair->b, TRACE_IKE_CERTIFICATE_EVENT)->text, "good");
        assert_string_equal(party_last(&bench.pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                            "SK{IDi CERT CERTREQ IDr AUTH SA TSi TSr}");
        assert_string_equal(party_last(&bench.pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                            "SK{IDr CERT AUTH SA TSi TSr}");
        /* gw: first alice's signature is checked, then its own made. */
        assert_string_equal(bench.pair->b.algorithms[0], ways[i].algorithm);
        assert_string_equal(bench.pair->b.algorithms[1], "ed25519");
        tear_down(&bench);
    }
}

/* H09: methods 1 (RFC 7296 §3.8), 9, 10 and 11 (RFC 4754), where one end does not announce hashes.
 */
static void classic_methods_without_hash_algorithms_4754_7(void **state)
{
    static const struct {
        enum crypto_key_kind kind;
        uint8_t method;
    } ways[] = {
        {CRYPTO_KEY_RSA_2048, IKE_AUTH_METHOD_RSA},
        {CRYPTO_KEY_ECDSA_256, IKE_AUTH_METHOD_ECDSA_256},
        {CRYPTO_KEY_ECDSA_384, IKE_AUTH_METHOD_ECDSA_384},
        {CRYPTO_KEY_ECDSA_521, IKE_AUTH_METHOD_ECDSA_512},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        for (int which = 0; which < 2; which++) {
            struct bench bench;

            set_up(&bench, ways[i].kind, ways[i].kind);
            (which ? &bench.pair->a : &bench.pair->b)->policy.auth.classic = true;
            /* It announces nothing, so the other end signs classically too. */
            assert_true(establishes(&bench));
            assert_int_equal(bench.pair->a.methods[0], ways[i].method);
            assert_int_equal(bench.pair->b.methods[0], ways[i].method);
            tear_down(&bench);
        }
    }
}

/* An Ed25519 key has no classic method: its owner cannot prove anything to a classic peer. */
static void a_key_without_a_method_ends_the_sa_on_both_ends_2_21_2(void **state)
{
    for (int which = 0; which < 2; which++) {
        struct bench bench;

        (void)state;
        set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
        (which ? &bench.pair->a : &bench.pair->b)->policy.auth.classic = true;
        assert_false(establishes(&bench));
        assert_int_equal(ike_endpoint_sa_with(bench.pair->b.ike, &bench.pair->a.address), 0);
        assert_int_equal(ike_endpoint_sa_with(bench.pair->a.ike, &bench.pair->b.address), 0);
        assert_int_equal(bench.pair->flight_count, 0);
        tear_down(&bench);
    }
}

/* One end signs, the other has the shared key: each direction has its own way (§2.15). */
static void each_end_has_its_own_method_2_15(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ECDSA_256);
    bench.pair->a.policy.auth.local = IKE_AUTH_PSK;
    bench.pair->b.policy.auth.remote = IKE_AUTH_PSK;
    assert_true(establishes(&bench));
    assert_int_equal(bench.pair->b.methods[0], IKE_AUTH_METHOD_SHARED_KEY);
    assert_int_equal(bench.pair->b.methods[1], IKE_AUTH_METHOD_SIGNATURE);
    assert_string_equal(party_last(&bench.pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDi CERTREQ IDr AUTH SA TSi TSr}");
    tear_down(&bench);
}

/* ---- it must not ---- */

/* What gw hears and answers, and that both ends are left with nothing. */
static void assert_refused(struct bench *bench, const char *certificate, const char *why)
{
    struct pair *pair = bench->pair;

    assert_false(establishes(bench));
    if (certificate) {
        assert_string_equal(party_last(&pair->b, TRACE_IKE_CERTIFICATE_EVENT)->text, certificate);
    }
    assert_non_null(strstr(party_last(&pair->b, TRACE_IKE_AUTH_REFUSED_EVENT)->text, why));
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    assert_int_equal(ike_endpoint_sa_with(pair->a.ike, &pair->b.address), 0);
    assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    assert_int_equal(pair->flight_count, 0);
}

/* H05, H06, H09: whatever is wrong with the initiator's proof, the answer is the same. */
static void certificates_that_are_not_good_are_refused_alike_2_21_2(void **state)
{
    static const struct {
        int64_t from, to;
        bool revoked, strict, other_authority;
        const char *name, *certificate, *why;
    } cases[] = {
        {.from = -2 * LAB_DAY, .to = -LAB_DAY, .certificate = "expired", .why = "over"},
        {.from = 2000, .to = LAB_DAY, .certificate = "not_yet_valid", .why = "not begun"},
        {.from = -LAB_DAY,
         .to = 999,
         .certificate = "expired",
         .why = "over"}, /* it is second 1000 */
        {.from = -LAB_DAY,
         .to = LAB_DAY,
         .revoked = true,
         .certificate = "revoked",
         .why = "revoked"},
        {.from = -LAB_DAY,
         .to = LAB_DAY,
         .strict = true,
         .certificate = "no_crl",
         .why = "demanded"},
        {.from = -LAB_DAY,
         .to = LAB_DAY,
         .other_authority = true,
         .certificate = "unknown_ca",
         .why = "no authority"},
        {.from = -LAB_DAY,
         .to = LAB_DAY,
         .name = "bob",
         .certificate = "wrong_name",
         .why = "another name"},
    };
    uint64_t refusal_len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench bench;
        struct lab *other;

        set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
        other = lab_new(bench.pair->crypto, "other");
        lab_issue(cases[i].other_authority ? other : bench.lab, &bench.alice,
                  cases[i].name ? cases[i].name : "alice", CRYPTO_KEY_ED25519, cases[i].from,
                  cases[i].to);
        if (cases[i].revoked) {
            lab_revoke(bench.lab, &bench.alice);
        }
        bench.lab->trust.strict = cases[i].strict;
        assert_refused(&bench, cases[i].certificate, cases[i].why);
        /* The same octets but for IV and keys: nothing tells which it was. */
        uint64_t len = bench.pair->b.last_sent_len;
        assert_true(refusal_len == 0 || len == refusal_len);
        refusal_len = len;
        /* The signature was checked all the same: the refusal took as long. */
        assert_int_equal(bench.pair->b.methods[0], IKE_AUTH_METHOD_SIGNATURE);
        lab_free(other);
        tear_down(&bench);
    }
}

/* The run is at second 1000: the certificate that is refused above was good a moment before. */
static void a_second_earlier_the_certificate_was_valid_5280_4_1_2_5(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
    lab_issue(bench.lab, &bench.alice, "alice", CRYPTO_KEY_ED25519, -LAB_DAY, 1001);
    lab_revoke(bench.lab, NULL);
    bench.lab->trust.strict = true;
    assert_true(establishes(&bench));
    tear_down(&bench);
}

/* Somebody else's certificate, which anybody can send, with one's own key. */
static void a_certificate_without_its_key_is_no_proof_2_15(void **state)
{
    struct bench bench;
    struct lab_card mallory;

    (void)state;
    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
    lab_issue(bench.lab, &mallory, "mallory", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
    bench.alice.credentials.key = mallory.credentials.key;
    assert_refused(&bench, "good", "the signature is not one of this key");
    tear_down(&bench);
}

/* H06: a shared key where a signature is demanded, and the other way round. */
static void a_method_that_is_not_demanded_is_no_proof_3_8(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
    bench.pair->a.policy.auth.local = IKE_AUTH_PSK;
    assert_refused(&bench, NULL, "no certificate");
    tear_down(&bench);

    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
    bench.pair->b.policy.auth.remote = IKE_AUTH_PSK;
    assert_refused(&bench, NULL, "not of the method");
    tear_down(&bench);

    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
    bench.pair->a.policy.auth.local = IKE_AUTH_NULL;
    bench.pair->b.policy.auth.remote = IKE_AUTH_PSK;
    assert_refused(&bench, NULL, "not of the method");
    tear_down(&bench);
}

/* ER-03, H04: alice does not believe in gw's certificate and says so in an exchange of its own. */
static void a_responder_with_a_bad_certificate_is_told_so_2_21_2(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED25519);
    lab_issue(bench.lab, &bench.gw, "gw", CRYPTO_KEY_ED25519, -2 * LAB_DAY, -LAB_DAY);
    assert_false(establishes(&bench));
    assert_string_equal(party_last(&bench.pair->a, TRACE_IKE_CERTIFICATE_EVENT)->text, "expired");
    assert_string_equal(last_sent(&bench.pair->a), "SK{N(AUTHENTICATION_FAILED)}");
    assert_int_equal(ike_endpoint_sa_with(bench.pair->b.ike, &bench.pair->a.address), 0);
    assert_true(bench.pair->b.gone_was_established);
    tear_down(&bench);
}

/* RFC 7427 §4: who demands SHA2-256 of a peer that does not take it gets no signature. */
static void a_hash_that_the_peer_does_not_take_is_not_used_7427_4(void **state)
{
    struct bench bench;

    (void)state;
    set_up(&bench, CRYPTO_KEY_RSA_2048, CRYPTO_KEY_ED25519);
    bench.pair->a.policy.auth.scheme = crypto_scheme_find("rsa-sha1");
    assert_false(establishes(&bench));
    assert_non_null(
        strstr(party_last(&bench.pair->a, TRACE_IKE_AUTH_REFUSED_EVENT)->text, "no hash"));
    tear_down(&bench);
}

/* ---- NULL (RFC 7619) ---- */

static void make_anonymous(struct pair *pair)
{
    pair->a.policy.auth.local = IKE_AUTH_NULL;
    pair->a.self.identity = (struct ike_identity){.type = IKE_ID_NULL};
    pair->a.policy.initial_contact = true;
    pair->b.policy.auth.remote = IKE_AUTH_NULL;
}

/* §2.5: whatever is asked for, in IKE_AUTH or later, and whatever the policy has: who has proved
 * nothing gets what is sent to its own address, and cannot draw off what is meant for others. */
static void nobody_gets_what_is_meant_for_others_7619_2_5(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    make_anonymous(pair);
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_string_equal(party_last(&pair->b, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "TS_UNACCEPTABLE");
    assert_int_equal(pair->b.installed_count, 0);
    /* From anywhere to anywhere is narrowed to herself. */
    pair->a.local_ts[0] = (struct ike_selector){
        .type = IKE_TS_IPV4_ADDR_RANGE, .end_port = UINT16_MAX, .end = {255, 255, 255, 255}};
    pair->b.remote_ts[0] = pair->a.local_ts[0];
    pair_create_child(&pair->a, sa, pair->a.children[0].name);
    pair_settle(pair);
    assert_int_equal(pair->b.installed_count, 1);
    assert_memory_equal(pair->b.installed_remote[0].start, pair->a.address.ip, 4);
    assert_memory_equal(pair->b.installed_remote[0].end, pair->a.address.ip, 4);
    assert_memory_equal(pair->a.installed_local[0].end, pair->a.address.ip, 4);
    pair_free(pair);
}

/* gw proves who it is, alice does not; gw's `remote` is not asked about somebody without a name. */
static void nobody_is_let_in_where_that_is_the_policy_7619_2(void **state)
{
    struct bench bench = {.pair = pair_new()};
    struct pair *pair = bench.pair;

    (void)state;
    make_anonymous(pair);
    assert_true(establishes(&bench));
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDi IDr AUTH SA TSi TSr}"); /* no INITIAL_CONTACT, §2.3 */
    assert_int_equal(pair->b.methods[0], IKE_AUTH_METHOD_NULL);
    assert_int_equal(pair->b.methods[1], IKE_AUTH_METHOD_SHARED_KEY);
    pair_free(pair);
}

/* §2.3: two of them are not the same one; neither replaces the other, nor somebody whose name it
 * borrows. */
static void somebody_without_a_name_replaces_nobody_7619_2_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t first, second;

    (void)state;
    make_anonymous(pair);
    pair->b.policy.unique = IKE_UNIQUE_REPLACE;
    pair_start(pair);
    first = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    second = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_true(party_established(&pair->a, first));
    assert_true(party_established(&pair->a, second));
    assert_int_equal(pair->b.gone, 0);
    pair_free(pair);
}

static void null_where_proof_is_demanded_is_refused_7619_2_4(void **state)
{
    struct bench bench = {.pair = pair_new()};

    (void)state;
    make_anonymous(bench.pair);
    bench.pair->b.policy.auth.remote = IKE_AUTH_PSK;
    assert_refused(&bench, NULL, "not of the method");
    pair_free(bench.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_sign_with_what_their_keys_are_7427_3),
        cmocka_unit_test(classic_methods_without_hash_algorithms_4754_7),
        cmocka_unit_test(a_key_without_a_method_ends_the_sa_on_both_ends_2_21_2),
        cmocka_unit_test(each_end_has_its_own_method_2_15),
        cmocka_unit_test(certificates_that_are_not_good_are_refused_alike_2_21_2),
        cmocka_unit_test(a_second_earlier_the_certificate_was_valid_5280_4_1_2_5),
        cmocka_unit_test(a_certificate_without_its_key_is_no_proof_2_15),
        cmocka_unit_test(a_method_that_is_not_demanded_is_no_proof_3_8),
        cmocka_unit_test(a_responder_with_a_bad_certificate_is_told_so_2_21_2),
        cmocka_unit_test(a_hash_that_the_peer_does_not_take_is_not_used_7427_4),
        cmocka_unit_test(nobody_is_let_in_where_that_is_the_policy_7619_2),
        cmocka_unit_test(nobody_gets_what_is_meant_for_others_7619_2_5),
        cmocka_unit_test(somebody_without_a_name_replaces_nobody_7619_2_3),
        cmocka_unit_test(null_where_proof_is_demanded_is_refused_7619_2_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
