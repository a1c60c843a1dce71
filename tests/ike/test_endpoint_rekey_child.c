/* CREATE_CHILD_SA in the place of a CHILD SA (RFC 7296 §1.3.3, §2.8, §2.9.2, §2.25). */
#include "ike/child.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/opened.h"

/* A pair with one CHILD SA each, whose SPIs of packets to alice and to gw are `spi`. */
static struct pair *pair_with_child(uint64_t *sa, uint64_t *gateway, uint32_t spi[2])
{
    struct pair *pair = pair_new();

    pair_start(pair);
    *sa = pair_establish(pair, gateway);
    spi[0] = pair->a.installed[0].spi_in;
    spi[1] = pair->b.installed[0].spi_in;
    return pair;
}

static void assert_agree(const struct pair *pair, size_t x, size_t y)
{
    const struct ike_child_sa *a = &pair->a.installed[x], *b = &pair->b.installed[y];

    assert_int_equal(a->spi_in, b->spi_out);
    assert_int_equal(a->spi_out, b->spi_in);
    assert_memory_equal(a->key_in.encr_key, b->key_out.encr_key, a->key_in.encr_key_len);
    assert_memory_equal(a->key_out.encr_key, b->key_in.encr_key, a->key_out.encr_key_len);
}

/* The SPI of the first notify of a kind in the newest message of `from`, which is opened with its
 * keys. */
static uint32_t spi_sent(struct party *from, uint64_t sa, uint16_t notify)
{
    const struct ike_payload *payload = opened_notify(from, sa, notify);

    assert_int_equal(payload->notify.protocol, IKE_PROTOCOL_ESP);
    assert_int_equal(payload->notify.spi.len, 4);
    return ike_load_u32(payload->notify.spi.data);
}

/*
 *  J01, J03: from either end; the old SA is there until its Delete is answered
 *    |---- SK{N(REKEY_SA) SA Ni TSi TSr} ---->|  two installed
 *    |<--- SK{SA Nr TSi TSr} -----------------|
 *  two installed
 *    |---- SK{D} ----------------------------->|  one installed
 *    |<--- SK{D} -----------------------------|
 *  one installed
 */
static void a_new_child_takes_the_place_of_the_old_one_1_3_3_2_8(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        uint64_t sa, gateway;
        uint32_t spi[2];
        struct pair *pair = pair_with_child(&sa, &gateway, spi);
        struct party *first = by_gateway ? &pair->b : &pair->a, *second = pair_other(first);
        uint64_t own = by_gateway ? gateway : sa;

        pair_rekey_child(first, own, "net");
        assert_string_equal(last_sent(first), "SK{N(REKEY_SA) SA Ni TSi TSr}");
        /* The SPI that its sender receives with. */
        assert_int_equal(spi_sent(first, own, IKE_NOTIFY_REKEY_SA), spi[by_gateway]);
        pair_deliver_to(second);
        assert_int_equal(second->installed_count, 2);
        assert_int_equal(first->installed_count, 1);
        assert_false(second->installed[1].initiator);
        pair_deliver_to(first);
        assert_int_equal(first->installed_count, 2);
        assert_true(first->installed[1].initiator);
        assert_int_equal(first->installed[1].replaces, first->installed[0].spi_in);
        assert_int_equal(second->installed[1].replaces, second->installed[0].spi_in);
        assert_agree(pair, 1, 1);
        assert_int_not_equal(first->installed[1].spi_in, first->installed[0].spi_in);
        assert_memory_not_equal(first->installed[1].key_in.encr_key,
                                first->installed[0].key_in.encr_key, 20);
        assert_string_equal(party_last(first, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "self");
        assert_string_equal(party_last(second, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "peer");
        assert_string_equal(last_sent(first), "SK{D}");

        pair_deliver_to(second);
        assert_int_equal(second->installed_count, 1);
        assert_int_equal(first->installed_count, 2);
        assert_string_equal(party_last(second, TRACE_IKE_CHILD_REMOVED_EVENT)->text,
                            "the peer deleted it: it is replaced");
        pair_deliver_to(first);
        assert_int_equal(first->installed_count, 1);
        assert_agree(pair, 0, 0);
        assert_int_not_equal(pair->a.installed[0].spi_in, spi[0]);
        assert_int_equal(pair->flight_count, 0);
        pair_free(pair);
    }
}

/* Again and again: each time the newest one, and nothing is left behind. */
static void twenty_rekeys_leave_one_child_2_8(void **state)
{
    uint64_t sa, gateway;
    uint32_t spi[2];
    struct pair *pair = pair_with_child(&sa, &gateway, spi);
    size_t memory = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        pair->a.event_count = pair->b.event_count = 0;
        pair_rekey_child(i % 3 ? &pair->a : &pair->b, i % 3 ? sa : gateway, "net");
        pair_settle(pair);
        assert_int_equal(party_children(&pair->a, sa), 1);
        assert_int_equal(party_children(&pair->b, gateway), 1);
        assert_int_equal(pair->a.installed_count, 1);
        assert_agree(pair, 0, 0);
        if (i == 3) {
            memory = ike_endpoint_memory(pair->a.ike);
        }
    }
    assert_true(ike_endpoint_memory(pair->a.ike) <= memory + 256);
    pair_free(pair);
}

/* J05: the new keys come from a key exchange of their own. */
static void with_a_key_exchange_of_its_own_2_17(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-ecp256");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_rekey_child(&pair->a, sa, "net");
    assert_string_equal(last_sent(&pair->a), "SK{N(REKEY_SA) SA Ni KE TSi TSr}");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{SA Nr KE TSi TSr}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_agree(pair, 0, 0);
    pair_free(pair);
}

/* J06: the second request still says what it is to replace. */
static void another_group_is_tried_for_the_same_rekey_1_3(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-ecp256");
    uint64_t sa, gateway;

    (void)state;
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16-x25519-ecp256");
    pair->b.children[0].proposals = &own;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_rekey_child(&pair->a, sa, "net");
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "SK{N(REKEY_SA) SA Ni KE TSi TSr}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_agree(pair, 0, 0);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
    pair_free(pair);
}

/* ---- who has what not ---- */

/*
 *  J14, CR-08: gw has lost the CHILD SA; alice forgets it and makes another one
 *    |---- SK{N(REKEY_SA) ...} ------------->|
 *    |<--- SK{N(CHILD_SA_NOT_FOUND)} -------|
 *    |---- SK{SA Ni TSi TSr} --------------->|
 *    |<--- SK{SA Nr TSi TSr} ---------------|
 */
static void a_child_that_the_peer_has_not_is_made_anew_2_25(void **state)
{
    uint64_t sa, gateway;
    uint32_t spi[2];
    struct pair *pair = pair_with_child(&sa, &gateway, spi);
    struct ike_sa *of_gateway = ike_sa_by_id(pair->b.ike, gateway);

    (void)state;
    ike_child_forget(pair->b.ike, of_gateway, of_gateway->children);
    pair->b.installed_count = 0;
    pair_rekey_child(&pair->a, sa, "net");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(CHILD_SA_NOT_FOUND)}");
    assert_int_equal(spi_sent(&pair->b, gateway, IKE_NOTIFY_CHILD_SA_NOT_FOUND), spi[0]);
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->a.installed_count, 0);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_REMOVED_EVENT)->text,
                        "the peer does not have it");
    assert_string_equal(last_sent(&pair->a), "SK{SA Ni TSi TSr}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_int_equal(pair->b.installed_count, 1);
    assert_agree(pair, 0, 0);
    pair_free(pair);
}

/* What a peer could put into REKEY_SA. */
struct odd_rekey {
    uint8_t protocol;
    size_t spi_len;
};

static void write_odd_rekey(struct ike_builder *builder, const void *context)
{
    const struct odd_rekey *odd = context;
    struct ike_proposal proposal = {.transforms = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16"),
                                    .spi_len = 4,
                                    .spi = {1, 2, 3, 4}};
    struct ike_selector ts_i = pair_selector("10.1.0.0/24"), ts_r = pair_selector("10.2.0.0/24");
    static const uint8_t octets[32] = {7};

    ike_build_notify(builder, odd->protocol, crypto_bytes(octets, odd->spi_len),
                     IKE_NOTIFY_REKEY_SA, crypto_bytes(NULL, 0));
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(octets, 32));
    ike_build_ts(builder, true, &ts_i, 1);
    ike_build_ts(builder, false, &ts_r, 1);
}

static void a_rekey_of_nothing_finds_nothing_2_25(void **state)
{
    static const struct odd_rekey odd[] = {{IKE_PROTOCOL_ESP, 4}, {IKE_PROTOCOL_AH, 4}};
    uint64_t sa, gateway;
    uint32_t spi[2];
    struct pair *pair = pair_with_child(&sa, &gateway, spi);

    (void)state;
    for (uint32_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .message_id = 2 + i,
                                          .write = write_odd_rekey,
                                          .context = &odd[i]});
        assert_string_equal(last_sent(&pair->b), "SK{N(CHILD_SA_NOT_FOUND)}");
        assert_int_equal(party_children(&pair->b, gateway), 1);
    }
    pair_free(pair);
}

/* ---- crossings ---- */

/* gw deletes what alice rekeys: the Delete wins, the rekey is refused for the moment. */
static void a_delete_that_crosses_a_rekey_wins_2_25_1(void **state)
{
    uint64_t sa, gateway;
    uint32_t spi[2];
    struct pair *pair = pair_with_child(&sa, &gateway, spi);

    (void)state;
    pair_rekey_child(&pair->a, sa, "net");
    pair_delete_child(&pair->b, gateway, "net");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(TEMPORARY_FAILURE)}");
    pair_deliver_to(&pair->a);
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->b.installed_count, 0);
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* ---- selectors ---- */

/* I09, §2.9.2: what the old SA was narrowed to, the new one carries too. */
static void the_new_child_is_not_narrower_2_9_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->a.remote_ts[0] = pair_selector("10.0.0.0/8");
    pair->b.remote_ts[0] = pair_selector("10.1.0.128/25");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_rekey_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.128/25 === 10.2.0.0/24");
    pair_rekey_child(&pair->b, gateway, "net");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.2.0.0/24 === 10.1.0.128/25");
    assert_agree(pair, 0, 0);
    pair_free(pair);
}

/* A policy that allows less than what is in use cannot be rekeyed into: the old SA stays. */
static void a_narrower_successor_is_refused_2_9_2(void **state)
{
    (void)state;
    for (int at_initiator = 0; at_initiator < 2; at_initiator++) {
        uint64_t sa, gateway;
        uint32_t spi[2];
        struct pair *pair = pair_with_child(&sa, &gateway, spi);

        if (at_initiator) {
            /* gw forgets what is in use, so that it is alice who has to notice. */
            struct ike_child *child = ike_sa_by_id(pair->b.ike, gateway)->children;

            pair->b.remote_ts[0] = pair_selector("10.1.0.0/25");
            assert_null(child->scope);
        } else {
            pair->a.local_ts[0] = pair_selector("10.1.0.0/25");
        }
        pair_rekey_child(&pair->a, sa, "net");
        pair_settle(pair);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT)->text,
                            at_initiator ? "the successor's traffic selectors are narrower than "
                                           "those in use"
                                         : "TS_UNACCEPTABLE");
        assert_int_equal(pair->a.installed_count, 1);
        assert_int_equal(pair->a.installed[0].spi_in, spi[0]);
        /* What gw made was deleted again, and what it took for replaced is still there. */
        assert_int_equal(pair->b.installed_count, 1);
        assert_int_equal(pair->b.installed[0].spi_in, spi[1]);
        assert_true(ike_endpoint_has_child(pair->b.ike, gateway, "net"));
        pair_free(pair);
    }
}

/* ---- loss ---- */

/* Each of the four messages may get lost: it is sent again, and all ends as if it had not been. */
static void any_message_may_be_lost_2_1(void **state)
{
    (void)state;
    for (int lost = 0; lost < 4; lost++) {
        uint64_t sa, gateway;
        uint32_t spi[2];
        struct pair *pair = pair_with_child(&sa, &gateway, spi);

        pair_rekey_child(&pair->a, sa, "net");
        for (int i = 0; i < lost; i++) {
            pair_deliver(pair, 0);
        }
        pair_lose(pair, 0);
        pair_wait(pair, 2 * SECOND);
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, 1);
        assert_int_equal(pair->b.installed_count, 1);
        assert_int_not_equal(pair->a.installed[0].spi_in, spi[0]);
        assert_agree(pair, 0, 0);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_CHILD_INSTALLED_EVENT), 2);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_child_takes_the_place_of_the_old_one_1_3_3_2_8),
        cmocka_unit_test(twenty_rekeys_leave_one_child_2_8),
        cmocka_unit_test(with_a_key_exchange_of_its_own_2_17),
        cmocka_unit_test(another_group_is_tried_for_the_same_rekey_1_3),
        cmocka_unit_test(a_child_that_the_peer_has_not_is_made_anew_2_25),
        cmocka_unit_test(a_rekey_of_nothing_finds_nothing_2_25),
        cmocka_unit_test(a_delete_that_crosses_a_rekey_wins_2_25_1),
        cmocka_unit_test(the_new_child_is_not_narrower_2_9_2),
        cmocka_unit_test(a_narrower_successor_is_refused_2_9_2),
        cmocka_unit_test(any_message_may_be_lost_2_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
