/* CREATE_CHILD_SA in the place of an IKE SA (RFC 7296 §1.3.2, §2.8, §2.18, §2.25.2). */
#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

static struct pair *pair_with_windows(uint32_t window, uint64_t *sa, uint64_t *gateway)
{
    struct pair *pair = pair_new();

    pair->a.policy.window = window;
    pair->b.policy.window = window;
    pair_start(pair);
    *sa = pair_establish(pair, gateway);
    return pair;
}

/* Both ends have one IKE SA with each other, made by `first`, and the same keys. */
static void assert_one_sa(struct pair *pair, struct party *first)
{
    const struct ike_sa *a = ike_sa_by_id(pair->a.ike, party_newest(&pair->a));
    const struct ike_sa *b = ike_sa_by_id(pair->b.ike, party_newest(&pair->b));

    assert_int_equal(a->spi_i, b->spi_i);
    assert_int_equal(a->spi_r, b->spi_r);
    assert_int_equal(a->initiator, first == &pair->a);
    assert_int_equal(b->initiator, first == &pair->b);
    pair_assert_same_keys(a->keys, b->keys);
    assert_int_equal(a->state, IKE_STATE_ESTABLISHED);
    assert_int_equal(b->state, IKE_STATE_ESTABLISHED);
    assert_int_equal(pair->a.established - pair->a.gone, 1);
    assert_int_equal(pair->b.established - pair->b.gone, 1);
}

static const uint8_t *header_of(const struct pair *pair, size_t n)
{
    return pair->flights[n].bytes;
}

/*
 *  J10, C11, C12: from either end
 *    |---- SK{SA Ni KE} ------->|   new IKE SA, with the CHILD SA
 *    |<--- SK{SA Nr KE} --------|
 *  new IKE SA, with the CHILD SA
 *    |---- SK{D} -------------->|   the old one is gone
 *    |<--- SK{} ----------------|
 */
static void a_new_ike_sa_takes_the_place_of_the_old_one_2_18(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_with_windows(1, &sa, &gateway);
        struct party *first = by_gateway ? &pair->b : &pair->a, *second = pair_other(first);
        uint64_t own = by_gateway ? gateway : sa, other = by_gateway ? sa : gateway;
        struct ike_sa_info before, after;
        uint32_t spi = first->installed[0].spi_in;
        const struct ike_sa *successor;

        assert_true(ike_endpoint_sa_info(first->ike, own, &before));
        pair_rekey_sa(first, own);
        assert_string_equal(last_sent(first), "SK{SA Ni KE}");
        pair_deliver_to(second);
        assert_string_equal(last_sent(second), "SK{SA Nr KE}");
        pair_deliver_to(first);
        assert_string_equal(last_sent(first), "SK{D}");
        /* The Delete belongs to the old SA and its numbers. */
        assert_int_equal(ike_load_u64(header_of(pair, 0)), before.spi_i);
        pair_settle(pair);
        assert_false(party_knows(first, own));
        assert_false(party_knows(second, other));
        assert_one_sa(pair, first);
        assert_true(ike_endpoint_sa_info(first->ike, party_newest(first), &after));
        assert_int_not_equal(after.spi_i, before.spi_i);
        assert_int_not_equal(after.spi_r, before.spi_r);

        /* The CHILD SA was neither installed anew nor removed. */
        assert_int_equal(after.child_count, 1);
        assert_int_equal(first->installed_count, 1);
        assert_int_equal(first->installed[0].spi_in, spi);
        assert_int_equal(party_count(first, TRACE_IKE_CHILD_INSTALLED_EVENT), 1);
        assert_int_equal(party_count(first, TRACE_IKE_CHILD_REMOVED_EVENT), 0);
        assert_int_equal(party_last(first, TRACE_IKE_SA_REKEYED_EVENT)->number, 1);

        /* Message IDs from 0 both ways, and the I flag is the new initiator's. */
        successor = ike_sa_by_id(first->ike, party_newest(first));
        assert_int_equal(successor->own.next, 0);
        assert_int_equal(successor->peer.next, 0);
        pair_check_liveness(first, party_newest(first));
        assert_int_equal(header_of(pair, 0)[19], 0x08);
        assert_int_equal(ike_load_u32(header_of(pair, 0) + 20), 0);
        pair_deliver_to(second);
        assert_int_equal(header_of(pair, 0)[19], 0x20);
        pair_settle(pair);
        pair_check_liveness(second, party_newest(second));
        assert_int_equal(header_of(pair, 0)[19], 0x00);
        assert_int_equal(ike_load_u32(header_of(pair, 0) + 20), 0);
        pair_settle(pair);
        assert_int_equal(pair->flight_count, 0);

        /* And the CHILD SA is the new IKE SA's to rekey and to delete. */
        pair_rekey_child(second, party_newest(second), "net");
        pair_settle(pair);
        assert_int_equal(first->installed_count, 1);
        pair_delete_sa(first, party_newest(first));
        pair_settle(pair);
        assert_int_equal(first->installed_count, 0);
        assert_int_equal(second->installed_count, 0);
        pair_free(pair);
    }
}

/* §2.18: SKEYSEED from SK_d of the old SA, with the PRF of the old SA, though the new one has
 * another. */
static void skeyseed_comes_from_the_old_sk_d_and_prf_2_18(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal other = pair_proposal(CRYPTO_PROTO_IKE, "aes256gcm16-prfsha512-x25519");
    struct crypto_sk_keys old_keys;
    const struct ike_sa *successor;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    const struct crypto_sk_keys *keys = ike_sa_by_id(pair->a.ike, sa)->keys;
    memcpy(&old_keys, keys, offsetof(struct crypto_sk_keys, bytes) + keys->at[CRYPTO_SK_COUNT]);
    pair->ike_proposals[0] = other;
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    assert_one_sa(pair, &pair->a);
    successor = ike_sa_by_id(pair->a.ike, party_newest(&pair->a));
    assert_int_equal(successor->suite.prf->id, CRYPTO_PRF_HMAC_SHA2_512);
    assert_int_equal(crypto_sk(successor->keys, CRYPTO_SK_D).len, 64);

    /* By hand: g^ir and nonces as told. */
    const struct pair_keys *told = &pair->a.keys;
    uint8_t skeyseed[CRYPTO_PRF_MAX];
    struct crypto_bytes parts[3] = {crypto_bytes(told->secret, told->secret_len),
                                    crypto_bytes(told->ni, told->ni_len),
                                    crypto_bytes(told->nr, told->nr_len)};

    crypto_prf(pair->crypto, crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256),
               crypto_sk(&old_keys, CRYPTO_SK_D), parts, 3, skeyseed, NULL);
    assert_int_equal(told->skeyseed_len, 32);
    assert_memory_equal(told->skeyseed, skeyseed, 32);
    pair_free(pair);
}

/*
 *  C11, W-09, §1.3.2: windows of 4 are 1 in the new SA until it is said again
 *    |---- new SA 0: SK{N(SET_WINDOW_SIZE)} ---->|
 *    |<--- new SA 0: SK{N(SET_WINDOW_SIZE)} -----|
 */
static void windows_are_1_until_they_are_announced_anew_1_3_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(4, &sa, &gateway);
    const struct ike_sa *a, *b;

    (void)state;
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.size, 4);
    pair_rekey_sa(&pair->a, sa);
    pair_deliver_to(&pair->b);
    b = ike_sa_by_id(pair->b.ike, party_newest(&pair->b));
    assert_int_equal(b->own.size, 1);
    assert_int_equal(b->peer.size, 1);
    pair_deliver_to(&pair->a);
    a = ike_sa_by_id(pair->a.ike, party_newest(&pair->a));
    assert_int_equal(a->own.size, 1);
    assert_string_equal(last_sent(&pair->a), "SK{N(SET_WINDOW_SIZE)}");
    for (int i = 0; i < 6; i++) {
        pair_check_liveness(&pair->a, party_newest(&pair->a));
    }
    assert_int_equal(pair_in_flight_to(&pair->b), 2); /* the Delete of the old SA, and one */
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->b);
    assert_int_equal(b->own.size, 4);
    assert_int_equal(b->peer.size, 4);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->a);
    assert_int_equal(a->own.size, 4);
    assert_int_equal(pair_in_flight_to(&pair->b), 4);
    pair_settle(pair);
    assert_one_sa(pair, &pair->a);
    pair_free(pair);
}

/* What was waiting for a place in the window goes on in the new SA, in its order. */
static void what_waits_goes_on_in_the_new_sa(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(2, &sa, &gateway);

    (void)state;
    pair_create_child(&pair->a, sa, "net");
    pair_rekey_sa(&pair->a, sa); /* goes out alone, behind the other */
    pair_create_child(&pair->a, sa, "net");
    pair_create_child(&pair->a, sa, "net");
    assert_int_equal(pair_in_flight_to(&pair->b), 1);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_int_equal(pair_in_flight_to(&pair->b), 1);
    assert_string_equal(last_sent(&pair->a), "SK{SA Ni KE}");
    pair_settle(pair);
    assert_one_sa(pair, &pair->a);
    assert_int_equal(party_children(&pair->a, party_newest(&pair->a)), 4);
    assert_int_equal(party_children(&pair->b, party_newest(&pair->b)), 4);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
    pair_free(pair);
}

/* ---- refusals ---- */

struct odd_rekey {
    const char *suite;
    bool no_ke, bad_spi, no_nonce;
    const char *answer;
};

static void write_odd_rekey(struct ike_builder *builder, const void *context)
{
    const struct odd_rekey *odd = context;
    struct ike_proposal proposal = {.transforms = pair_proposal(CRYPTO_PROTO_IKE, odd->suite),
                                    .spi_len = 8,
                                    .spi = {odd->bad_spi ? 0 : 1}};
    static const uint8_t octets[32] = {9};

    ike_build_sa(builder, &proposal, 1);
    if (!odd->no_nonce) {
        ike_build_nonce(builder, crypto_bytes(octets, 32));
    }
    if (!odd->no_ke) {
        ike_build_ke(builder, CRYPTO_KE_CURVE25519, crypto_bytes(octets, 32));
    }
}

/* J11 and its like. */
static void a_rekey_without_its_parts_is_refused_1_3_2(void **state)
{
    static const struct odd_rekey odd[] = {
        {"aes128gcm16-prfsha256-x25519", true, false, false, "SK{N(INVALID_KE_PAYLOAD)}"},
        {"aes256gcm16-prfsha384-x25519", false, false, false, "SK{N(NO_PROPOSAL_CHOSEN)}"},
        {"aes128gcm16-prfsha256-x25519", false, true, false, "SK{N(INVALID_SYNTAX)}"},
        {"aes128gcm16-prfsha256-x25519", false, false, true, "SK{N(INVALID_SYNTAX)}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_with_windows(1, &sa, &gateway);

        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .message_id = 2,
                                          .write = write_odd_rekey,
                                          .context = &odd[i]});
        assert_string_equal(last_sent(&pair->b), odd[i].answer);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_SA_REKEYED_EVENT), 0);
        /* A refusal costs the exchange, a message that cannot be costs the SA (§2.21.3). */
        assert_int_equal(party_established(&pair->b, gateway), i < 2);
        pair_free(pair);
    }
}

static void write_answer_with_spi(struct ike_builder *builder, const void *context)
{
    const uint64_t *spi = context;
    struct ike_proposal proposal = {
        .transforms = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519"),
        .spi_len = 8};
    static const uint8_t octets[32] = {9};

    proposal.transforms.number = 1;
    ike_store_u64(proposal.spi, *spi);
    ike_build_sa(builder, &proposal, 1);
    ike_build_nonce(builder, crypto_bytes(octets, 32));
    ike_build_ke(builder, CRYPTO_KE_CURVE25519, crypto_bytes(octets, 32));
}

/* J10, IR-01: the answer's SPI has to be one for a new IKE SA; the ends have come apart if it is
 * not, and nothing is left but to delete the old one. */
static void an_answer_with_an_spi_that_cannot_be_ends_the_sa_2_18(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_with_windows(1, &sa, &gateway);
        const struct ike_sa *at_alice = ike_sa_by_id(pair->a.ike, sa);
        uint64_t spi = i == 0 ? 0 : i == 1 ? at_alice->spi_i : at_alice->spi_r;

        pair_rekey_sa(&pair->a, sa);
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
                                          .response = true,
                                          .message_id = 2,
                                          .write = write_answer_with_spi,
                                          .context = &spi});
        assert_int_equal(party_count(&pair->a, TRACE_IKE_SA_REKEYED_EVENT), 0);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "DELETING");
        assert_int_equal(party_newest(&pair->a), sa);
        pair_free(pair);
    }
}

/* J06 for the IKE SA: the responder wants another group of the offer. */
static void another_group_is_tried_1_3(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-ecp256");
    uint64_t sa, gateway;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519-ecp256");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair->b.policy.proposals = &own;
    pair_rekey_sa(&pair->a, sa);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_KE_PAYLOAD)}");
    pair_settle(pair);
    assert_one_sa(pair, &pair->a);
    assert_int_equal(ike_sa_by_id(pair->a.ike, party_newest(&pair->a))->suite.ke->id,
                     CRYPTO_KE_ECP_256);
    pair_free(pair);
}

/* ---- crossings ---- */

/* J13: gw is about to change its CHILD SAs, or alice asks for one while gw rekeys. */
static void crossings_with_child_exchanges_are_refused_2_25(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(4, &sa, &gateway);

    (void)state;
    pair_create_child(&pair->b, gateway, "net");
    pair_rekey_sa(&pair->a, sa);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(TEMPORARY_FAILURE)}");
    pair_deliver_to(&pair->a); /* gw's request: alice is rekeying, so it is refused as well */
    assert_string_equal(last_sent(&pair->a), "SK{N(TEMPORARY_FAILURE)}");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    pair_free(pair);
}

/* A Delete of the old SA that crosses the rekey ends it, and the rekey is forgotten. */
static void a_delete_that_crosses_wins_2_25_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, &sa, &gateway);

    (void)state;
    pair_rekey_sa(&pair->a, sa);
    pair_delete_sa(&pair->b, gateway);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "SK{N(TEMPORARY_FAILURE)}");
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 0);
    assert_int_equal(pair->b.installed_count, 0);
    assert_int_equal(party_newest(&pair->a), 0);
    pair_free(pair);
}

/* Told to delete while the rekey is out: the answer makes a successor, which goes as well. */
static void a_delete_behind_the_rekey_takes_the_successor_along(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, &sa, &gateway);

    (void)state;
    pair_rekey_sa(&pair->a, sa);
    pair_delete_sa(&pair->a, sa);
    pair_settle(pair);
    for (int i = 0; i < 2; i++) {
        struct party *party = i ? &pair->b : &pair->a;

        assert_int_equal(party->installed_count, 0);
        assert_int_equal(party->established, party->gone);
        assert_int_equal(party_newest(party), 0);
    }
    pair_free(pair);
}

/* ---- loss ---- */

static void any_message_may_be_lost_2_1(void **state)
{
    (void)state;
    for (size_t lost = 0; lost < 6; lost++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_with_windows(4, &sa, &gateway);

        pair_rekey_sa(&pair->a, sa);
        for (size_t i = 0; i < lost; i++) {
            pair_deliver(pair, 0);
        }
        pair_lose(pair, 0);
        pair_wait(pair, 2 * SECOND);
        pair_settle(pair);
        assert_one_sa(pair, &pair->a);
        assert_int_equal(pair->a.installed_count, 1);
        assert_int_equal(ike_sa_by_id(pair->a.ike, party_newest(&pair->a))->own.size, 4);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_SA_REKEYED_EVENT), 1);
        pair_free(pair);
    }
}

/* A chain of rekeys by both ends leaves nothing behind once responses are forgotten. */
static void many_rekeys_leave_one_ike_sa(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(2, &sa, &gateway);
    size_t memory = 0;

    (void)state;
    for (int i = 0; i < 12; i++) {
        struct party *party = i % 3 == 2 ? &pair->b : &pair->a;

        pair->a.event_count = pair->b.event_count = 0;
        pair_rekey_sa(party, party_newest(party));
        pair_settle(pair);
        assert_one_sa(pair, party);
        assert_int_equal(pair->a.installed_count, 1);
        pair_wait(pair, 700 * SECOND);
        if (i == 5) {
            memory = ike_endpoint_memory(pair->a.ike) + ike_endpoint_memory(pair->b.ike);
        }
    }
    assert_int_equal(ike_endpoint_memory(pair->a.ike) + ike_endpoint_memory(pair->b.ike), memory);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_ike_sa_takes_the_place_of_the_old_one_2_18),
        cmocka_unit_test(skeyseed_comes_from_the_old_sk_d_and_prf_2_18),
        cmocka_unit_test(windows_are_1_until_they_are_announced_anew_1_3_2),
        cmocka_unit_test(what_waits_goes_on_in_the_new_sa),
        cmocka_unit_test(a_rekey_without_its_parts_is_refused_1_3_2),
        cmocka_unit_test(an_answer_with_an_spi_that_cannot_be_ends_the_sa_2_18),
        cmocka_unit_test(another_group_is_tried_1_3),
        cmocka_unit_test(crossings_with_child_exchanges_are_refused_2_25),
        cmocka_unit_test(a_delete_that_crosses_wins_2_25_2),
        cmocka_unit_test(a_delete_behind_the_rekey_takes_the_successor_along),
        cmocka_unit_test(any_message_may_be_lost_2_1),
        cmocka_unit_test(many_rekeys_leave_one_ike_sa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
