/* Rekeys with additional key exchanges behind CREATE_CHILD_SA, alone and crossed (RFC 9370 §2.2.4).
 */
#include "ike/followup.h"
#include "ike/sa.h"
#include "tests/ike/crossing.h"

static const char ke_request[] = "SK{KE N(ADDITIONAL_KEY_EXCHANGE)}";
static const char ke_last[] = "SK{KE}";
static const char child_answer[] = "SK{SA Nr KE TSi TSr N(ADDITIONAL_KEY_EXCHANGE)}";

/* ---- CHILD SAs without a crossing ---- */

/*
 *  CR-03: no SA before the last key exchange
 *    |---- REKEY_SA, KE(0) ------------------------------->|
 *    |<--- SA Nr KE(0) N(ADDITIONAL_KEY_EXCHANGE) ---------|
 *    |---- KE(1) N(ADDITIONAL_KEY_EXCHANGE) -------------->|
 *    |<--- KE(1) N(ADDITIONAL_KEY_EXCHANGE) ---------------|
 *    |---- KE(2) N(ADDITIONAL_KEY_EXCHANGE) -------------->|   new: takes packets
 *    |<--- KE(2) ------------------------------------------|
 *    |---- D -------------------------------------------->|
 */
static void cr_03_the_sa_comes_with_the_last_key_exchange_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 2);
        struct ends e = crossing_ends(&c, by_gateway);

        pair_rekey_child(e.first, e.of_first, "net");
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), child_answer);
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), ke_request);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), ke_request);
        pair_deliver_to(e.first);
        assert_int_equal(e.first->installed_count + e.second->installed_count, 2);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), ke_last);
        assert_int_equal(e.second->installed_count, 2);
        assert_int_equal(sends_with(e.second)->spi_in, by_gateway ? c.old_a : c.old_b);
        assert_int_equal(e.first->installed_count, 1);
        pair_deliver_to(e.first);
        assert_int_equal(sends_with(e.first)->spi_in, e.first->installed[1].spi_in);
        crossing_settle_for_good(&c, 1, 1);
        crossing_free(&c);
    }
}

/* CR-04: gw wants another first group, and the next rekey begins with it. */
static void cr_04_another_group_and_additional_key_exchanges_1_3_rfc9370_2_2_4(void **state)
{
    struct crossing c = crossing_new_with(1, "aes128gcm16-x25519-ecp256-ke1_ecp384",
                                          "aes128gcm16-ecp256-ke1_ecp384");

    (void)state;
    for (size_t n = 1; n < 4; n++) {
        pair_rekey_child(c.a, c.sa, "net");
        pair_deliver_to(c.b);
        assert_string_equal(last_sent(c.b), n == 1 ? "SK{N(INVALID_KE_PAYLOAD)}" : child_answer);
        assert_int_equal(c.b->installed_count, 1);
        crossing_settle(&c, 1, n);
        assert_int_equal(party_count(c.a, TRACE_IKE_FOLLOWUP_EVENT), n);
        assert_int_equal(sent_of(c.b, "SK{N(INVALID_KE_PAYLOAD)}"), 1);
    }
    crossing_free(&c);
}

/* ---- CHILD SAs, both ends ---- */

/*
 *  CC-02: the loser goes no further, so there is nothing to delete
 *    |---- REKEY_SA, Ni --\ /-- REKEY_SA, Ni ----|
 *    |---- SA, Nr -------- X ------- SA, Nr -----|
 *    |                    / \
 *    |---- KE(1) ------------------------------->|   the winner alone
 */
static void cc_02_the_loser_does_not_go_on_2_8_1_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct party *winner = alice_loses(place) ? c.b : c.a, *loser = pair_other(winner);

        crossing_lowest(&c, place);
        crossing_rekey_children(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_won(winner);
        assert_int_equal(c.a->installed_count + c.b->installed_count, 2);
        assert_int_equal(c.pair->flight_count, 1);
        assert_ptr_equal(c.pair->flights[0].from, winner);
        assert_string_equal(last_sent(winner), ke_request);
        crossing_settle(&c, 1, 1);
        assert_int_equal(sent_of(loser, ke_request), 0);
        assert_int_equal(sent_of(winner, "SK{D}"), 1);
        assert_int_equal(sent_of(loser, "SK{D}"), 1); /* the answer */
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_FAILED_EVENT), 0);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_INSTALLED_EVENT), 2);
        crossing_free(&c);
    }
}

/* CC-03: of alice's exchanges only, or of gw's: the other end is done at once, and if it has lost
 * it has an SA to delete. */
static void cc_03_one_of_them_has_an_sa_at_once_2_8_1_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 2 * NONCE_PLACES; n++) {
        enum followup followup = n % 2 ? GW_FOLLOWUP : ALICE_FOLLOWUP;
        enum nonce_place place = (enum nonce_place)(n / 2);
        struct crossing c = crossing_new_followup(1, followup, 1);
        struct party *loser = alice_loses(place) ? c.a : c.b;
        struct party *simple = followup == ALICE_FOLLOWUP ? c.b : c.a;

        crossing_lowest(&c, place);
        crossing_rekey_children(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_int_equal(simple->installed_count, 1);
        assert_int_equal(pair_other(simple)->installed_count, 2); /* it has answered */
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_int_equal(simple->installed_count, 2);
        crossing_settle(&c, 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_INSTALLED_EVENT),
                         loser == simple ? 3 : 2);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_INSTALLED_EVENT),
                         loser == simple ? 3 : 2);
        assert_string_equal(party_last(loser, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "peer");
        crossing_free(&c);
    }
}

/*
 *  CC-06: gw's response to alice is late, and gw has won: its IKE_FOLLOWUP_KE comes first, or even
 *  its Delete of the old one
 *    |---- REKEY_SA --\ /-- REKEY_SA ----|
 *    |                 X-- SA Nr (held)
 *    |---- SA, Nr ---------------------->|   decides
 *    |<--------- KE(1) ------------------|
 *    |---------- KE(1) ----------------->|
 *    |<--------- D(old) -----------------|
 *    |<----------------/
 */
static void cc_06_a_response_is_late_2_8_1_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 2 * NONCE_PLACES; n++) {
        enum nonce_place place = (enum nonce_place)(n / 2);
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct flight response;

        crossing_lowest(&c, place);
        crossing_rekey_children(&c);
        response = crossing_hold_response(&c);
        pair_deliver_to(c.b);
        if (alice_loses(place)) {
            assert_string_equal(last_sent(c.b), ke_request);
            pair_deliver_to(c.a);
            assert_int_equal(c.a->installed_count, 2);
            assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
            pair_deliver_to(c.b);
            assert_string_equal(last_sent(c.b), "SK{D}");
            if (n % 2) {
                pair_deliver_to(c.a);
                assert_false(has_spi(c.a, c.old_a));
            }
        } else {
            assert_int_equal(c.pair->flight_count, 0);
        }
        pair_release(&response);
        crossing_settle(&c, 1, 1);
        assert_int_equal(sent_of(alice_loses(place) ? c.a : c.b, ke_request), 0);
        assert_int_equal(c.a->installed[0].initiator, !alice_loses(place));
        crossing_free(&c);
    }
}

/*
 *  CC-10: alice's request comes when gw's key exchanges go on already; TEMPORARY_FAILURE and the
 *  Delete of the old one reach her in either order
 *    |---- REKEY_SA (held) ---\
 *    |<--------- REKEY_SA -----------------|
 *    |---------- SA, Nr ------------------>|
 *    |<--------- KE(1) --------------------|
 *    |                        \----------->|
 *    |<--------- TEMPORARY_FAILURE --------|
 */
static void cc_10_the_peer_does_not_notice_2_25_1_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct flight request, refusal;

        crossing_lowest(&c, unnoticed_places[n / 2]);
        crossing_rekey_children(&c);
        request = crossing_hold_request(&c);
        assert_string_equal(last_sent(c.b), ke_request);
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
        if (n % 2) {
            pair_deliver_to(c.a);
            refusal = pair_hold(c.a);
            pair_deliver_to(c.b);
            pair_deliver_to(c.a); /* the Delete */
            assert_false(has_spi(c.a, c.old_a));
            pair_release(&refusal);
        } else {
            pair_deliver(c.pair, 1);
            assert_int_equal(c.a->installed_count, 1);
        }
        crossing_settle_for_good(&c, 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 0);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
        crossing_free(&c);
    }
}

/*
 *  CD-05: one end deletes what the other is rekeying, between its key exchanges
 *    |---- REKEY_SA ----->|
 *    |<--- SA, Nr --------|
 *    |---- KE(1) --\ /-- D ----|
 *    |<------------ X -------->|   TEMPORARY_FAILURE
 */
static void cd_05_a_delete_between_the_key_exchanges_2_25_1_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct ends e = crossing_ends(&c, n % 2);

        pair_rekey_child(e.first, e.of_first, "net");
        pair_deliver_to(e.second);
        pair_deliver_to(e.first);
        pair_delete_child(e.second, e.of_second, "net");
        if (n / 2) {
            pair_deliver_to(e.first);
            assert_string_equal(last_sent(e.first), "SK{D}");
            assert_int_equal(e.first->installed_count, 1); /* until its own response is in */
        }
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), "SK{N(TEMPORARY_FAILURE)}");
        pair_settle(c.pair);
        pair_wait(c.pair, 100 * SECOND);
        crossing_settle(&c, 0, 0);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/* ---- IKE SAs ---- */

static const char sa_answer[] = "SK{SA Nr KE N(ADDITIONAL_KEY_EXCHANGE)}";

/* IR-03: from either end; where gw has another group for the first key exchange, one round more. */
static void ir_03_an_ike_sa_with_additional_key_exchanges_2_18_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        struct crossing c = crossing_new_followup(4, BOTH_FOLLOWUP, 2);
        struct ends e = crossing_ends(&c, n % 2);
        struct crypto_proposal other;

        if (n / 2) {
            other = pair_proposal(CRYPTO_PROTO_IKE,
                                  "aes128gcm16-prfsha256-x25519-ecp521-ke1_ecp256-ke2_ecp384");
            e.first->policy.proposals = &other;
            e.second->policy.proposals = &c.pair->ike_proposals[3];
            c.pair->ike_proposals[3] = pair_proposal(
                CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-ecp521-ke1_ecp256-ke2_ecp384");
        }
        pair_rekey_sa(e.first, e.of_first);
        pair_deliver_to(e.second);
        if (n / 2) {
            assert_string_equal(last_sent(e.second), "SK{N(INVALID_KE_PAYLOAD)}");
            pair_deliver_to(e.first);
            pair_deliver_to(e.second);
        }
        assert_string_equal(last_sent(e.second), sa_answer);
        assert_int_equal(party_children(e.second, party_newest(e.second)), 1);
        pair_deliver_to(e.first);
        assert_string_equal(last_sent(e.first), ke_request);
        pair_deliver_to(e.second);
        pair_deliver_to(e.first);
        assert_int_equal(party_count(e.second, TRACE_IKE_SA_REKEYED_EVENT), 0);
        pair_deliver_to(e.second);
        assert_string_equal(last_sent(e.second), ke_last);
        assert_int_equal(party_count(e.second, TRACE_IKE_SA_REKEYED_EVENT), 1);
        assert_int_equal(party_count(e.first, TRACE_IKE_SA_REKEYED_EVENT), 0);
        crossing_settle(&c, 1, 1);
        assert_initiator(e.first);
        pair_wait(c.pair, 400 * SECOND);
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/* IC-02, IC-03: both rekey it, with additional key exchanges of both, of one: the loser goes no
 * further, or has an IKE SA to delete. */
static void ic_02_ic_03_both_rekey_the_ike_sa_2_8_2_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 3 * NONCE_PLACES; n++) {
        enum followup followup = (enum followup)(ALICE_FOLLOWUP + n % 3);
        enum nonce_place place = (enum nonce_place)(n / 3);
        struct crossing c = crossing_new_followup(1, followup, 1);
        struct party *winner = alice_loses(place) ? c.b : c.a, *loser = pair_other(winner);
        bool stops = followup & (loser == c.a ? ALICE_FOLLOWUP : GW_FOLLOWUP);

        crossing_lowest(&c, place);
        crossing_rekey_sas(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_won(winner);
        crossing_settle(&c, 1, 1);
        assert_initiator(winner);
        assert_int_equal(sent_of(loser, ke_request), 0);
        assert_int_equal(sent_of(loser, "SK{D}"), !stops);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 0);
        crossing_free(&c);
    }
}

/* IC-07: gw's response to alice is late; if gw has won, its key exchange comes first, and its
 * Delete. */
static void ic_07_a_response_is_late_2_8_2_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 2 * NONCE_PLACES; n++) {
        enum nonce_place place = (enum nonce_place)(n / 2);
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct flight response;

        crossing_lowest(&c, place);
        crossing_rekey_sas(&c);
        response = crossing_hold_response(&c);
        pair_deliver_to(c.b);
        if (alice_loses(place)) {
            pair_deliver_to(c.a);
            assert_int_equal(party_count(c.a, TRACE_IKE_SA_REKEYED_EVENT), 1);
            assert_int_equal(party_children(c.a, party_newest(c.a)), 1);
            pair_deliver_to(c.b);
            if (n % 2) {
                pair_deliver_to(c.a); /* the Delete of the old one */
            }
        }
        pair_release(&response);
        crossing_settle(&c, 1, 1);
        assert_int_equal(party_live(c.a), 1);
        assert_int_equal(party_live(c.b), 1);
        crossing_free(&c);
    }
}

/* IC-11: gw never notices: alice's request comes when its key exchanges go on; TEMPORARY_FAILURE
 * comes before or after the Delete, and nothing is tried again. */
static void ic_11_the_peer_does_not_notice_2_25_2_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct flight request, refusal;

        crossing_lowest(&c, unnoticed_places[n / 2]);
        crossing_rekey_sas(&c);
        request = crossing_hold_request(&c);
        assert_string_equal(last_sent(c.b), ke_request);
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
        if (n % 2) {
            pair_deliver_to(c.a);
            refusal = pair_hold(c.a);
            pair_deliver_to(c.b);
            pair_deliver_to(c.a);
            pair_release(&refusal);
        } else {
            pair_deliver(c.pair, 1);
        }
        crossing_settle_for_good(&c, 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 0);
        crossing_free(&c);
    }
}

/* ID-04: gw deletes the IKE SA between alice's key exchanges, and either comes first. */
static void id_04_a_delete_between_the_key_exchanges_2_25_2_rfc9370_2_2_4(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        struct crossing c = crossing_new_followup(1, BOTH_FOLLOWUP, 1);
        struct ends e = crossing_ends(&c, n % 2);

        pair_rekey_sa(e.first, e.of_first);
        pair_deliver_to(e.second);
        pair_deliver_to(e.first);
        pair_delete_sa(e.second, e.of_second);
        if (n / 2) {
            pair_deliver_to(e.first);
            assert_int_equal(e.first->installed_count, 0);
        } else {
            pair_deliver_to(e.second);
            assert_string_equal(last_sent(e.second), "SK{N(TEMPORARY_FAILURE)}");
        }
        pair_settle(c.pair);
        pair_wait(c.pair, 100 * SECOND);
        pair_settle(c.pair);
        crossing_assert_gone(&c);
        assert_int_equal(party_count(e.first, TRACE_IKE_SA_REKEYED_EVENT), 0);
        crossing_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cr_03_the_sa_comes_with_the_last_key_exchange_rfc9370_2_2_4),
        cmocka_unit_test(cr_04_another_group_and_additional_key_exchanges_1_3_rfc9370_2_2_4),
        cmocka_unit_test(cc_02_the_loser_does_not_go_on_2_8_1_rfc9370_2_2_4),
        cmocka_unit_test(cc_03_one_of_them_has_an_sa_at_once_2_8_1_rfc9370_2_2_4),
        cmocka_unit_test(cc_06_a_response_is_late_2_8_1_rfc9370_2_2_4),
        cmocka_unit_test(cc_10_the_peer_does_not_notice_2_25_1_rfc9370_2_2_4),
        cmocka_unit_test(cd_05_a_delete_between_the_key_exchanges_2_25_1_rfc9370_2_2_4),
        cmocka_unit_test(ir_03_an_ike_sa_with_additional_key_exchanges_2_18_rfc9370_2_2_4),
        cmocka_unit_test(ic_02_ic_03_both_rekey_the_ike_sa_2_8_2_rfc9370_2_2_4),
        cmocka_unit_test(ic_07_a_response_is_late_2_8_2_rfc9370_2_2_4),
        cmocka_unit_test(ic_11_the_peer_does_not_notice_2_25_2_rfc9370_2_2_4),
        cmocka_unit_test(id_04_a_delete_between_the_key_exchanges_2_25_2_rfc9370_2_2_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
