/* Authentication that fails, and CHILD SAs refused though it succeeds (RFC 7296 §2.15, §2.21.2). */
#include <stdio.h>

#include "ike/sa.h"
#include "ike/sent.h"
#include "tests/ike/pair.h"

/* Both ends are left without any SA, and know that it never was established. */
static void assert_nothing_left(struct pair *pair, uint64_t sa)
{
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->b.installed_count, 0);
    assert_int_equal(pair->a.gone, 1);
    assert_int_equal(pair->b.gone, 1);
    assert_int_equal(pair->a.established, 0);
    assert_int_equal(pair->flight_count, 0);
}

/*
 *  H03, ER-02: gw has another secret
 *    |---- SK{IDi AUTH ...} -------------->|
 *    |<-- SK{N(AUTHENTICATION_FAILED)} ----|   CLOSED
 *  CLOSED, and nobody sends a Delete
 */
static void a_wrong_secret_ends_both_ends_2_21_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->b.policy.secret = crypto_bytes("battery staple", 14);
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(party_last(&pair->b, TRACE_IKE_AUTH_COMPUTED_EVENT)->number, false);
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    assert_int_equal(pair->b.established, 0);
    assert_nothing_left(pair, sa);
    pair_free(pair);
}

/* RT-02 for the refusal: a copy of the refused request gets the refusal again, though the SA is
 * gone; and what a stranger made us keep is gone when a half-open SA would be. */
static void the_refusal_is_repeated_when_it_was_lost_2_1(void **state)
{
    struct pair *pair = pair_new();
    struct flight refusal;
    size_t kept;
    uint64_t sa;

    (void)state;
    pair->b.policy.secret = crypto_bytes("battery staple", 14);
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    assert_int_equal(pair->b.gone, 1);
    refusal = pair->flights[0];
    pair_lose(pair, 0);
    pair_wait(pair, SECOND);
    pair_deliver_to(&pair->b);
    assert_memory_equal(pair->flights[0].bytes, refusal.bytes, refusal.len);
    pair_settle(pair);
    assert_nothing_left(pair, sa);
    kept = ike_endpoint_memory(pair->b.ike);
    pair_wait(pair, 30 * SECOND);
    assert_true(ike_endpoint_memory(pair->b.ike) < kept);
    pair_free(pair);
}

/* H05: a name that gw does not expect is answered as a wrong key is. */
static void an_unexpected_initiator_is_refused_like_a_wrong_key_2_21_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->b.remote.data = crypto_bytes("bob", 3);
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    /* The key was right: only the answer does not tell. */
    assert_int_equal(party_last(&pair->b, TRACE_IKE_AUTH_COMPUTED_EVENT)->number, true);
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    assert_nothing_left(pair, sa);
    pair_free(pair);
}

/* The type of an ID belongs to it: "alice" as a name is not "alice" as a key ID. */
static void an_identity_of_another_type_is_another_identity_3_5(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.self.identity.type = IKE_ID_KEY_ID;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_nothing_left(pair, sa);
    pair_free(pair);
}

/*
 *  H04: gw proves to be somebody whom alice does not want
 *    |<--------- SK{IDr AUTH SA ...} ------|   ESTABLISHED
 *    |-- SK{N(AUTHENTICATION_FAILED)} ---->|   CLOSED, child removed, no Delete
 *    |<------------- SK{} -----------------|
 *  CLOSED
 */
static void an_unexpected_responder_is_told_so_2_21_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->a.remote.data = crypto_bytes("gw2", 3);
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_true(party_established(&pair->b, gateway));
    pair_deliver_to(&pair->a);
    assert_false(party_established(&pair->a, sa));
    assert_string_equal(last_sent(&pair->a), "SK{N(AUTHENTICATION_FAILED)}");
    pair_settle(pair);
    assert_nothing_left(pair, sa);
    assert_true(pair->b.gone_was_established);
    pair_free(pair);
}

static void write_auth_failed(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTHENTICATION_FAILED,
                     crypto_bytes(NULL, 0));
}

/* §2.21.2: only right behind IKE_AUTH, and only from the initiator, does that notify end an SA. */
static void authentication_failed_later_means_nothing_2_21_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 3,
                                      .write = write_auth_failed});
    assert_true(party_established(&pair->b, gateway));
    for (uint32_t id = 0; id < 3; id++) {
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = id,
                                          .write = write_auth_failed});
    }
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* ---- AUTH by hand ---- */

/* What an initiator of our own making says in IKE_AUTH. */
struct own_auth {
    struct pair *pair;
    uint64_t sa;
    uint8_t reserved; /* in the ID payload */
    uint8_t method;
    bool cut; /* AUTH one octet short */
};

static void write_own_auth(struct ike_builder *builder, const void *context)
{
    const struct own_auth *own = context;
    const struct ike_sa *sa = ike_sa_by_id(own->pair->a.ike, own->sa);
    uint8_t id[] = {IKE_ID_FQDN, own->reserved, own->reserved, own->reserved, 'a', 'l', 'i', 'c',
                    'e'};
    uint8_t maced[CRYPTO_PRF_MAX], auth[CRYPTO_PRF_MAX];

    crypto_auth_psk(
        own->pair->crypto, sa->suite.prf, own->pair->a.policy.secret,
        ike_sent_message(sa->setup->own_message), crypto_bytes(sa->setup->nr, sa->setup->nr_len),
        crypto_sk(sa->keys, CRYPTO_SK_PI), crypto_bytes(id, sizeof(id)), maced, auth, NULL);
    ike_build_raw(builder, IKE_PAYLOAD_IDI, false, crypto_bytes(id, sizeof(id)));
    ike_build_auth(builder, own->method,
                   crypto_bytes(auth, sa->suite.prf->key_len - (own->cut ? 1u : 0u)));
}

/* Says it to gw, which has not heard alice's own IKE_AUTH. Without SA and TS it is no proper
 * request for a CHILD SA, so what shows that AUTH was believed is INVALID_SYNTAX. */
static const char *answer_to(struct own_auth own)
{
    struct pair *pair = own.pair = pair_new();
    static char text[192];

    pair_start(pair);
    own.sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = own.sa,
                                      .exchange = IKE_EXCHANGE_IKE_AUTH,
                                      .message_id = 1,
                                      .write = write_own_auth,
                                      .context = &own});
    snprintf(text, sizeof(text), "%s", last_sent(&pair->b));
    assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
    pair_free(pair);
    return text;
}

/* H08: RESERVED octets of the ID payload are covered by AUTH as they came. H06: another method, or
 * a value of another length, is no proof. */
static void auth_covers_the_id_payload_as_it_came_2_15(void **state)
{
    (void)state;
    assert_string_equal(answer_to((struct own_auth){.method = IKE_AUTH_METHOD_SHARED_KEY}),
                        "SK{IDr AUTH N(INVALID_SYNTAX)}");
    assert_string_equal(
        answer_to((struct own_auth){.method = IKE_AUTH_METHOD_SHARED_KEY, .reserved = 0xff}),
        "SK{IDr AUTH N(INVALID_SYNTAX)}");
    assert_string_equal(answer_to((struct own_auth){.method = 1}), "SK{N(AUTHENTICATION_FAILED)}");
    assert_string_equal(
        answer_to((struct own_auth){.method = IKE_AUTH_METHOD_SHARED_KEY, .cut = true}),
        "SK{N(AUTHENTICATION_FAILED)}");
}

/* ---- AUTH right, CHILD SA refused ---- */

static void assert_childless(struct pair *pair, uint64_t sa, const char *notify)
{
    uint64_t gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);

    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_int_equal(party_children(&pair->b, gateway), 0);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->b.installed_count, 0);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text, notify);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_CHILD_FAILED_EVENT)->text, notify);
    /* The IKE SA is good for more. */
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    pair_check_liveness(&pair->b, gateway);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
}

/* H07, I04, ER-04 */
static void refused_selectors_leave_the_ike_sa_1_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->b.remote_ts[0] = pair_selector("172.16.0.0/16");
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDr AUTH N(TS_UNACCEPTABLE)}");
    assert_childless(pair, sa, "TS_UNACCEPTABLE");
    pair_free(pair);
}

/* H07, G06, ER-04 */
static void refused_esp_proposals_leave_the_ike_sa_1_2(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_ESP, "aes256-sha256");
    uint64_t sa;

    (void)state;
    pair->b.children[0].proposals = &own;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_childless(pair, sa, "NO_PROPOSAL_CHOSEN");
    pair_free(pair);
}

/* §1.2: IKE_AUTH has no KE, so a key exchange in the ESP proposal is left out of it. */
static void ike_auth_offers_esp_without_a_key_exchange_1_2(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519");
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_PROPOSAL_CHOSEN_EVENT)->text, "aes128gcm16");
    assert_int_equal(pair->a.installed_count, 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_secret_ends_both_ends_2_21_2),
        cmocka_unit_test(the_refusal_is_repeated_when_it_was_lost_2_1),
        cmocka_unit_test(an_unexpected_initiator_is_refused_like_a_wrong_key_2_21_2),
        cmocka_unit_test(an_identity_of_another_type_is_another_identity_3_5),
        cmocka_unit_test(an_unexpected_responder_is_told_so_2_21_2),
        cmocka_unit_test(authentication_failed_later_means_nothing_2_21_2),
        cmocka_unit_test(auth_covers_the_id_payload_as_it_came_2_15),
        cmocka_unit_test(refused_selectors_leave_the_ike_sa_1_2),
        cmocka_unit_test(refused_esp_proposals_leave_the_ike_sa_1_2),
        cmocka_unit_test(ike_auth_offers_esp_without_a_key_exchange_1_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
