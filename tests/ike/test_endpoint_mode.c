/* Mode and protocol of a CHILD SA: USE_TRANSPORT_MODE (RFC 7296 §1.3.1), selectors that follow the
 * IKE SA's addresses, AH beside ESP (§2.17, §3.3.1), and both through a rekey (conformance J17). */
#include "ike/child.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

/* Between the two hosts alone, in this mode. */
static void between_hosts(struct party *party, bool transport)
{
    party->children[0].local_ts_count = 0;
    party->children[0].remote_ts_count = 0;
    party->children[0].transport = transport;
}

static const struct ike_child_sa *newest(const struct party *party)
{
    assert_true(party->installed_count > 0);
    return &party->installed[party->installed_count - 1];
}

static void assert_agreed(const struct pair *pair, bool transport, uint8_t protocol)
{
    const struct ike_child_sa *a = newest(&pair->a), *b = newest(&pair->b);

    assert_int_equal(a->transport, transport);
    assert_int_equal(b->transport, transport);
    assert_int_equal(a->protocol, protocol);
    assert_int_equal(b->protocol, protocol);
    assert_int_equal(a->spi_in, b->spi_out);
    assert_int_equal(a->spi_out, b->spi_in);
    assert_memory_equal(&a->key_in, &b->key_out, sizeof(a->key_in));
    assert_memory_equal(&a->key_out, &b->key_in, sizeof(a->key_out));
}

/*
 *    |---- SK{IDi AUTH [N(USE_TRANSPORT_MODE)] SA TSi TSr} ---->|
 *    |<--- SK{IDr AUTH [N(USE_TRANSPORT_MODE)] SA TSi TSr} -----|
 */
static void a02_j17_transport_mode_takes_two_1_3_1(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool a = i & 1, b = i & 2;
        struct pair *pair = pair_new();
        uint64_t gateway;

        between_hosts(&pair->a, a);
        between_hosts(&pair->b, b);
        pair_start(pair);
        pair_establish(pair, &gateway);
        assert_string_equal(last_sent(&pair->a),
                            a ? "SK{IDi IDr AUTH N(USE_TRANSPORT_MODE) SA TSi TSr}"
                              : "SK{IDi IDr AUTH SA TSi TSr}");
        assert_string_equal(last_sent(&pair->b),
                            a && b ? "SK{IDr AUTH N(USE_TRANSPORT_MODE) SA TSi TSr}"
                                   : "SK{IDr AUTH SA TSi TSr}");
        assert_agreed(pair, a && b, IKE_PROTOCOL_ESP);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                            "192.0.2.1/32 === 192.0.2.2/32");
        pair_free(pair);
    }
}

/* Both want it, but for networks there is tunnel mode only (RFC 4301 §4.1). */
static void networks_are_carried_in_tunnel_mode(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    uint64_t gateway;

    pair->a.children[0].transport = true;
    pair->b.children[0].transport = true;
    pair_start(pair);
    pair_establish(pair, &gateway);
    assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH SA TSi TSr}");
    assert_agreed(pair, false, IKE_PROTOCOL_ESP);
    pair_free(pair);
}

/* The mode is agreed on anew in every exchange: a rekey keeps it, and a responder that has changed
 * its mind, or an initiator, gets tunnel mode. */
static void j17_a_rekey_agrees_on_the_mode_anew_1_3_3(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    between_hosts(&pair->a, true);
    between_hosts(&pair->b, true);
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_agreed(pair, true, IKE_PROTOCOL_ESP);

    pair_rekey_child(&pair->a, sa, "net");
    assert_string_equal(last_sent(&pair->a), "SK{N(REKEY_SA) N(USE_TRANSPORT_MODE) SA Ni TSi TSr}");
    pair_settle(pair);
    assert_agreed(pair, true, IKE_PROTOCOL_ESP);

    pair_rekey_child(&pair->b, gateway, "net"); /* the other way round */
    pair_settle(pair);
    assert_agreed(pair, true, IKE_PROTOCOL_ESP);

    pair->b.children[0].transport = false;
    pair_rekey_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_agreed(pair, false, IKE_PROTOCOL_ESP);

    pair->b.children[0].transport = true;
    pair->a.children[0].transport = false;
    pair_rekey_child(&pair->a, sa, "net");
    assert_string_equal(last_sent(&pair->a), "SK{N(REKEY_SA) SA Ni TSi TSr}");
    pair_settle(pair);
    assert_agreed(pair, false, IKE_PROTOCOL_ESP);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    pair_free(pair);
}

/*
 *  If this is unacceptable to the initiator, it must delete the SA.
 *    |---- SK{... N(USE_TRANSPORT_MODE) ...} ---->|
 *    |<--- SK{...} -------------------------------|   installed
 *    |---- SK{D} -------------------------------->|
 */
static void an_initiator_that_insists_deletes_1_3_1(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    between_hosts(&pair->a, true);
    between_hosts(&pair->b, false);
    pair->a.children[0].require_mode = true;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_INSTALLED_EVENT), 1);
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                        "the peer declines transport mode, which is required");
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_int_equal(party_children(&pair->b, gateway), 0);
    pair_free(pair);
}

/* §3.10.1: NO_PROPOSAL_CHOSEN where USE_TRANSPORT_MODE is what is not acceptable. */
static void a_responder_that_insists_refuses_3_10_1(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    between_hosts(&pair->a, false);
    between_hosts(&pair->b, true);
    pair->b.children[0].require_mode = true;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH N(NO_PROPOSAL_CHOSEN)}");
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    pair_free(pair);
}

/* An answer of a peer's making: transport mode that nobody asked for. */
static void write_transport_answer(struct ike_builder *builder, const void *context)
{
    struct ike_proposal proposal = {.transforms = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16"),
                                    .spi_len = 4,
                                    .spi = {0, 0, 0x10, 0}};
    struct ike_selector ts_i = pair_selector("192.0.2.1/32"), ts_r = pair_selector("192.0.2.2/32");
    static const uint8_t nonce[32] = "a nonce, which need not be drawn";

    (void)context;
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_USE_TRANSPORT_MODE,
                     crypto_bytes(NULL, 0));
    proposal.transforms.number = 1;
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(nonce, sizeof(nonce)));
    ike_build_ts(builder, true, &ts_i, 1);
    ike_build_ts(builder, false, &ts_r, 1);
}

static void transport_mode_that_was_not_asked_for_is_refused_1_3_1(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        between_hosts(&pair->a, asked);
        between_hosts(&pair->b, asked);
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_create_child(&pair->a, sa, "net");
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .response = true,
                                          .message_id = 2,
                                          .write = write_transport_answer});
        assert_int_equal(party_children(&pair->a, sa), asked ? 2 : 1);
        assert_int_equal(pair->flight_count, asked ? 0 : 1); /* a Delete */
        pair_free(pair);
    }
}

/* ---- AH ---- */

static void use_ah(struct pair *pair, const char *text)
{
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_AH, text);
}

static void ah_is_negotiated_with_integ_alone_3_3_3(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t integ;
        bool esn;
    } rows[] = {
        {"sha1", CRYPTO_INTEG_HMAC_SHA1_96, false},
        {"sha1_160", CRYPTO_INTEG_HMAC_SHA1_160, false},
        {"sha256-esn", CRYPTO_INTEG_HMAC_SHA2_256_128, true},
        {"aescmac-noesn-esn", CRYPTO_INTEG_AES_CMAC_96, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pair *pair = pair_new();
        const struct ike_child_sa *child;
        uint64_t gateway;

        use_ah(pair, rows[i].text);
        pair_start(pair);
        pair_establish(pair, &gateway);
        assert_agreed(pair, false, IKE_PROTOCOL_AH);
        child = newest(&pair->a);
        assert_null(child->suite.encr);
        assert_null(child->key_in.encr);
        assert_int_equal(child->key_in.encr_key_len, 0);
        assert_int_equal(child->suite.integ->id, rows[i].integ);
        assert_int_equal(child->key_in.integ_key_len, child->suite.integ->key_len);
        assert_memory_not_equal(child->key_in.integ_key, child->key_out.integ_key,
                                child->key_in.integ_key_len);
        assert_int_equal(child->suite.esn, rows[i].esn);
        pair_free(pair);
    }
}

/* An SA payload may have proposals of both; the responder's first that fits is taken (§2.7). */
static void esp_or_ah_is_the_responders_choice_3_3(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair *pair = pair_new();
        struct crypto_proposal own[2] = {pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16"),
                                         pair_proposal(CRYPTO_PROTO_AH, "sha256")};
        struct crypto_proposal peers = i ? own[1] : own[0];
        uint64_t gateway;

        pair->a.children[0].proposals = own;
        pair->a.children[0].proposal_count = 2;
        pair->b.children[0].proposals = &peers;
        pair_start(pair);
        pair_establish(pair, &gateway);
        assert_agreed(pair, false, i ? IKE_PROTOCOL_AH : IKE_PROTOCOL_ESP);
        pair_free(pair);
    }
}

static void esp_and_ah_do_not_match_each_other_2_7(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    struct crypto_proposal ah = pair_proposal(CRYPTO_PROTO_AH, "sha256");
    uint64_t sa, gateway;

    pair->b.children[0].proposals = &ah;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH N(NO_PROPOSAL_CHOSEN)}");
    assert_int_equal(party_children(&pair->a, sa), 0);
    pair_free(pair);
}

/* Delete and REKEY_SA say which protocol they mean (§1.3.3, §3.11). */
static void j04_an_sa_of_ah_is_rekeyed_and_deleted_1_3_3_1_4_1(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    use_ah(pair, "sha384");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_rekey_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_agreed(pair, false, IKE_PROTOCOL_AH);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_INSTALLED_EVENT), 2);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);

    pair_rekey_child(&pair->b, gateway, "net");
    pair_settle(pair);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_INSTALLED_EVENT), 3);
    assert_int_equal(party_children(&pair->a, sa), 1);

    pair_delete_child(&pair->b, gateway, "net");
    pair_settle(pair);
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_int_equal(party_children(&pair->b, gateway), 0);
    pair_free(pair);
}

struct odd_name {
    uint8_t protocol;
    uint32_t spi; /* as its sender receives with it */
    bool rekey;
};

static void write_odd_name(struct ike_builder *builder, const void *context)
{
    const struct odd_name *odd = context;
    struct ike_proposal proposal = {
        .transforms = pair_proposal(CRYPTO_PROTO_AH, "sha256"), .spi_len = 4, .spi = {1, 2, 3, 4}};
    struct ike_selector ts_i = pair_selector("10.1.0.0/24"), ts_r = pair_selector("10.2.0.0/24");
    static const uint8_t nonce[32] = {7};
    uint8_t spi[4];

    ike_store_u32(spi, odd->spi);
    if (!odd->rekey) {
        ike_build_delete(builder, odd->protocol, 4, crypto_bytes(spi, 4));
        return;
    }
    ike_build_notify(builder, odd->protocol, crypto_bytes(spi, 4), IKE_NOTIFY_REKEY_SA,
                     crypto_bytes(NULL, 0));
    proposal.transforms.number = 1;
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(nonce, 32));
    ike_build_ts(builder, true, &ts_i, 1);
    ike_build_ts(builder, false, &ts_r, 1);
}

/* The SPI of an SA of AH, called one of ESP, names nothing. */
static void j14_the_wrong_protocol_names_no_sa_2_25(void **state)
{
    (void)state;
    struct pair *pair = pair_new();
    struct odd_name odd = {.protocol = IKE_PROTOCOL_ESP};
    uint64_t sa, gateway;

    use_ah(pair, "sha256");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    odd.spi = newest(&pair->a)->spi_in;
    for (uint32_t i = 0; i < 4; i++) {
        odd.rekey = i % 2 == 0;
        odd.protocol = i < 2 ? IKE_PROTOCOL_ESP : IKE_PROTOCOL_AH;
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = odd.rekey ? IKE_EXCHANGE_CREATE_CHILD_SA
                                                                : IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = 2 + i,
                                          .write = write_odd_name,
                                          .context = &odd});
        if (i < 2) {
            assert_string_equal(last_sent(&pair->b),
                                odd.rekey ? "SK{N(CHILD_SA_NOT_FOUND)}" : "SK{}");
            assert_int_equal(party_children(&pair->b, gateway), 1);
        }
    }
    /* By their right name both did what they say. */
    assert_string_equal(last_sent(&pair->b), "SK{D}");
    assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_INSTALLED_EVENT), 2);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a02_j17_transport_mode_takes_two_1_3_1),
        cmocka_unit_test(networks_are_carried_in_tunnel_mode),
        cmocka_unit_test(j17_a_rekey_agrees_on_the_mode_anew_1_3_3),
        cmocka_unit_test(an_initiator_that_insists_deletes_1_3_1),
        cmocka_unit_test(a_responder_that_insists_refuses_3_10_1),
        cmocka_unit_test(transport_mode_that_was_not_asked_for_is_refused_1_3_1),
        cmocka_unit_test(ah_is_negotiated_with_integ_alone_3_3_3),
        cmocka_unit_test(esp_or_ah_is_the_responders_choice_3_3),
        cmocka_unit_test(esp_and_ah_do_not_match_each_other_2_7),
        cmocka_unit_test(j04_an_sa_of_ah_is_rekeyed_and_deleted_1_3_3_1_4_1),
        cmocka_unit_test(j14_the_wrong_protocol_names_no_sa_2_25),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
