/* Rekeys of a CHILD SA that cross (RFC 7296 §2.8.1): the lowest of four nonces loses. */
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/rival.h"
#include "ike/sa.h"
#include "tests/ike/crossing.h"

/* ---- without a crossing ---- */

/*
 *  CR-01, J04: who asks sends on the new one at once; the other end on the old one until its Delete
 *    |---- REKEY_SA ------------------------->|  new: takes packets; sends on the old
 *    |<--- SK{SA Nr TSi TSr} -----------------|
 *  sends on the new
 *    |---- SK{D} ---------------------------->|  sends on the new
 *    |<--- SK{D} -----------------------------|
 */
static void cr_01_j04_the_responder_sends_on_the_old_one_until_its_delete_2_8(void **state)
{
    (void)state;
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct crossing c = crossing_new(1);
        struct ends e = crossing_ends(&c, by_gateway);

        pair_rekey_child(e.first, e.of_first, "net");
        pair_deliver_to(e.second);
        assert_int_equal(e.second->installed_count, 2);
        assert_int_equal(sends_with(e.second)->spi_in, by_gateway ? c.old_a : c.old_b);
        pair_deliver_to(e.first);
        assert_int_equal(sends_with(e.first)->spi_in, e.first->installed[1].spi_in);
        pair_deliver_to(e.second);
        assert_int_equal(e.second->installed_count, 1);
        assert_int_equal(sends_with(e.second)->spi_in, e.second->installed[0].spi_in);
        crossing_settle(&c, 1, 1);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_INSTALLED_EVENT), 2);
        assert_int_equal(party_count(e.first, TRACE_IKE_CHILD_REMOVED_EVENT), 1);
        crossing_free(&c);
    }
}

/*
 *  CR-02: gw wants another group; the next rekey begins with it
 *    |---- REKEY_SA, KE x25519 -------------->|
 *    |<--- INVALID_KE_PAYLOAD ecp256 ---------|
 *    |---- REKEY_SA, KE ecp256 -------------->|
 *    |<--- SK{SA Nr KE TSi TSr} --------------|
 */
static void cr_02_the_group_that_was_agreed_on_is_tried_first_next_time_1_3(void **state)
{
    struct crossing c = crossing_new_with(1, "aes128gcm16-x25519-ecp256", "aes128gcm16-ecp256");
    size_t sent;

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    assert_string_equal(last_sent(c.b), "SK{N(INVALID_KE_PAYLOAD)}");
    assert_int_equal(c.b->installed_count, 1);
    crossing_settle(&c, 1, 1);
    for (size_t n = 2; n < 5; n++) {
        sent = party_count(c.a, TRACE_IKE_MESSAGE_SENT_EVENT);
        pair_rekey_child(c.a, c.sa, "net");
        crossing_settle(&c, 1, n);
        assert_int_equal(party_count(c.a, TRACE_IKE_MESSAGE_SENT_EVENT), sent + 2);
    }
    crossing_free(&c);
}

/*
 *  CR-07: gw deletes the new one by hand before it gets the Delete of the old one
 *    |---- REKEY_SA -->|
 *    |<--- SK{SA ..} --|
 *    |---- D(old) --\ /-- D(new) ----|
 */
static void cr_07_the_new_one_is_deleted_before_the_old_one_1_4_1(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct crossing c = crossing_new(1);

        pair_rekey_child(c.a, c.sa, "net");
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        pair_delete_child(c.b, c.gateway, "net");
        pair_deliver_to(order ? c.a : c.b);
        pair_settle(c.pair);
        crossing_assert_settled(&c, 0, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 2);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_REMOVED_EVENT), 2);
        crossing_free(&c);
    }
}

static void write_delete(struct ike_builder *builder, const void *context)
{
    uint8_t spi[4];

    ike_store_u32(spi, *(const uint32_t *)context);
    ike_build_delete(builder, IKE_PROTOCOL_ESP, 4, crypto_bytes(spi, 4));
}

/* A Delete that this implementation would not send now. */
static void forge_delete(const struct crossing *c, struct party *from, uint32_t message_id,
                         uint32_t spi_in)
{
    pair_forge(&(struct pair_forgery){.from = from,
                                      .sa = from == c->a ? c->sa : c->gateway,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = message_id,
                                      .write = write_delete,
                                      .context = &spi_in});
}

/*
 *  CR-09: gw, though it has not asked for the rekey, deletes the old one, and its Delete is faster
 *  than its response
 *    |---- REKEY_SA ----------->|
 *    |        /-- SK{SA ..} ----|
 *    |<------/--- D(old) -------|  (forged)
 *    |----- / --- SK{D} ------->|
 *    |<----/                         the new one, and no second Delete
 */
static void cr_09_an_improper_delete_of_the_old_one_comes_first_2_8(void **state)
{
    struct crossing c = crossing_new(1);
    struct flight response;

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    response = pair_hold(c.a);
    forge_delete(&c, c.b, 0, c.old_b);
    assert_string_equal(last_sent(c.a), "SK{D}");
    assert_int_equal(c.a->installed_count, 1); /* it still sends */
    pair_lose(c.pair, 0);
    pair_release(&response);
    assert_int_equal(c.a->installed_count, 1);
    assert_false(has_spi(c.a, c.old_a));
    assert_int_equal(c.pair->flight_count, 0); /* no Delete of alice's */
    assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
    assert_int_equal(party_children(c.a, c.sa), 1);
    crossing_free(&c);
}

/*
 *  CC-08, CC-09: the old one has reached its end while alice's rekey was on its way, and her Delete
 *  was faster
 *    |---- REKEY_SA -----\
 *    |---- D(old) -------X-->|
 *    |<--- D(old) -----------|
 *    |                   \-->|
 *    |<--- CHILD_SA_NOT_FOUND|   nobody wants another one
 */
static void cc_08_09_what_has_ended_meanwhile_is_not_made_anew_2_25(void **state)
{
    struct crossing c = crossing_new(2);
    struct flight request;

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    request = pair_hold(c.b);
    pair_limit(c.a, c.old_a, true, "life_bytes");
    pair_settle(c.pair);
    assert_int_equal(c.a->installed_count, 0);
    pair_release(&request);
    assert_string_equal(last_sent(c.b), "SK{N(CHILD_SA_NOT_FOUND)}");
    pair_settle(c.pair);
    assert_int_equal(c.a->installed_count + c.b->installed_count, 0);
    assert_int_equal(c.pair->flight_count, 0);
    assert_true(party_established(c.a, c.sa));
    crossing_free(&c);
}

/* CR-07 the other way round: alice does not like gw's answer and deletes what it has made; then the
 * old one is what it was, and gw may rekey it (§2.9: an answer beyond the offer). */
static void cr_07_the_old_one_is_as_before_if_the_new_one_is_refused_2_8(void **state)
{
    struct crossing c = crossing_new(2);

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    pair_lose(c.pair, 0);
    assert_int_equal(c.b->installed_count, 2);
    forge_delete(&c, c.a, 3, c.b->installed[1].spi_out);
    assert_int_equal(c.b->installed_count, 1);
    assert_true(has_spi(c.b, c.old_b));
    pair_lose(c.pair, 0);
    assert_true(pair_try(c.b, c.gateway, REKEY_CHILD, "net"));
    crossing_free(&c);
}

/* CR-10: the Delete is never answered; alice gives up, and each CHILD SA goes once. */
static void cr_10_the_delete_is_never_answered_2_4(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    pair_deliver_to(c.a);
    pair_lose(c.pair, 0);
    for (int i = 0; i < 4; i++) {
        pair_wait(c.pair, 8 * SECOND);
        while (c.pair->flight_count) {
            pair_lose(c.pair, 0);
        }
    }
    assert_false(party_knows(c.a, c.sa));
    assert_int_equal(c.a->installed_count, 0);
    assert_int_equal(c.a->gone, 1);
    assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REMOVED_EVENT), 2);
    assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
    crossing_free(&c);
}

/* Field, row 6: a confused peer asks for a second successor before it deletes the first. */
static void a_second_rekey_before_the_delete_is_refused_2_25_1(void **state)
{
    struct crossing c = crossing_new(4);
    struct ike_sa *sa = ike_sa_by_id(c.a->ike, c.sa);

    (void)state;
    pair_rekey_child(c.a, c.sa, "net");
    ike_child_by_spi_in(c.a->ike, sa, c.old_a)->state = IKE_CHILD_INSTALLED;
    pair_rekey_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    assert_string_equal(last_sent(c.b), "SK{SA Nr TSi TSr}");
    pair_deliver_to(c.b);
    assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
    pair_settle(c.pair);
    assert_same_children(&c, 1);
    crossing_free(&c);
}

/* ---- both ends ---- */

static void a_prefix_is_lower_2_8_1(void **state)
{
    static const uint8_t one[] = {1, 2, 3}, other[] = {1, 2, 4};

    (void)state;
    assert_true(ike_nonce_lower(crypto_bytes(one, 3), crypto_bytes(other, 3)));
    assert_false(ike_nonce_lower(crypto_bytes(other, 3), crypto_bytes(one, 3)));
    assert_false(ike_nonce_lower(crypto_bytes(one, 3), crypto_bytes(one, 3)));
    assert_true(ike_nonce_lower(crypto_bytes(one, 2), crypto_bytes(one, 3)));
    assert_false(ike_nonce_lower(crypto_bytes(one, 3), crypto_bytes(one, 2)));
    assert_true(ike_nonce_lower(crypto_bytes(one, 3), crypto_bytes(other + 2, 1)));
}

/*
 *  CC-01: the textbook. Whichever nonce is the lowest, one of the three pairs is left.
 *    |---- REKEY_SA, Ni --\ /-- REKEY_SA, Ni ----|
 *    |<------------------- X ------------------->|
 *    |---- SA, Nr ------- / \ ------- SA, Nr ----|   three pairs each, all take packets
 *    |---- D ------------ \ / ------------ D ----|   one deletes the old one, one its own new one
 *    |---- D ------------ / \ ------------ D ----|
 */
static void cc_01_both_rekey_and_the_lowest_nonce_loses_2_8_1(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new(1);
        struct party *winner = alice_loses(place) ? c.b : c.a, *loser = pair_other(winner);
        uint32_t survivor;

        crossing_lowest(&c, place);
        crossing_rekey_children(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_int_equal(c.a->installed_count, 2);
        assert_int_equal(c.b->installed_count, 2);
        /* Not decided: both send on the old one, and nobody tells of a rekey. */
        assert_int_equal(sends_with(c.a)->spi_in, c.old_a);
        assert_int_equal(sends_with(c.b)->spi_in, c.old_b);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), 0);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_int_equal(c.a->installed_count, 3);
        assert_int_equal(c.b->installed_count, 3);
        assert_won(winner);
        assert_string_equal(party_last(winner, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "self");
        assert_string_equal(party_last(loser, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "peer");
        survivor = sends_with(winner)->spi_in;
        assert_int_not_equal(survivor, winner == c.a ? c.old_a : c.old_b);
        assert_int_equal(sends_with(loser)->spi_in, loser == c.a ? c.old_a : c.old_b);
        pair_deliver_to(loser);
        /* The old one is gone there: it sends on the survivor, and on its own one never. */
        assert_int_equal(sends_with(loser)->spi_out, survivor);
        crossing_settle(&c, 1, 1);
        assert_int_equal(winner->installed[0].spi_in, survivor);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
        crossing_free(&c);
    }
}

/*
 *  CC-04: gw's response to alice is late: gw is done, and deletes, before alice knows all nonces
 *    |---- REKEY_SA --\ /-- REKEY_SA ----|
 *    |                 X                 |
 *    |<---------------/ \--------------->|
 *    |            /-- SA, Nr (held) -----|
 *    |---- SA, Nr ---------------------->|   decides
 *    |<--------- D ----------------------|   of the old one if it has won, of its own if not
 *    |<----------/
 */
static void cc_04_a_response_is_late_2_8_1(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new(1);
        struct flight response;

        crossing_lowest(&c, place);
        crossing_rekey_children(&c);
        response = crossing_hold_response(&c);
        pair_deliver_to(c.b);
        assert_int_equal(c.b->installed_count, 3);
        pair_deliver_to(c.a); /* gw's Delete */
        assert_int_equal(has_spi(c.a, c.old_a), !alice_loses(place));
        assert_non_null(sends_with(c.a));
        if (alice_loses(place)) {
            assert_int_equal(sends_with(c.a)->spi_out, sends_with(c.b)->spi_in);
            assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
        } else {
            assert_int_equal(sends_with(c.a)->spi_in, c.old_a);
            assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), 0);
        }
        pair_release(&response);
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/*
 *  CC-05: and then gw deletes the new one too, before its response arrives
 *    ... as CC-04 ...
 *    |<--------- D(old or its own) -------|
 *    |<--------- D(what survives) --------|
 *    |<----------/ SA, Nr
 */
static void cc_05_what_survives_is_deleted_before_the_late_response_2_8_1_2_25(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c = crossing_new(2);
        struct flight response;

        crossing_lowest(&c, place);
        crossing_rekey_children(&c);
        response = crossing_hold_response(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        pair_deliver_to(c.b);
        pair_delete_child(c.b, c.gateway, "net");
        pair_deliver_to(c.a);
        pair_release(&response);
        pair_settle(c.pair);
        crossing_assert_settled(&c, 0, ANY_REKEYS);
        assert_int_equal(party_count(c.b, TRACE_IKE_CHILD_REKEYED_EVENT), 1);
        /* If alice has won, hers is gone before she has had it. */
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_REKEYED_EVENT), alice_loses(place));
        crossing_free(&c);
    }
}

/*
 *  CC-07: gw never notices: alice's request comes when gw deletes the old one already
 *    |---- REKEY_SA (held) ---\
 *    |<--------- REKEY_SA -----------------|
 *    |---------- SA, Nr ------------------>|
 *    |<--------- D(old) -------------------|   (either order)
 *    |                        \----------->|
 *    |<--------- TEMPORARY_FAILURE --------|   (either order)
 */
static void cc_07_the_peer_does_not_notice_2_25_1(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) {
        struct crossing c = crossing_new(1);
        struct flight request, deletion;

        crossing_lowest(&c, unnoticed_places[n / 2]);
        crossing_rekey_children(&c);
        request = crossing_hold_request(&c);
        deletion = pair_hold(c.a);
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
        if (n % 2) {
            pair_release(&deletion);
            pair_deliver_to(c.a);
        } else {
            pair_deliver_to(c.a);
            pair_release(&deletion);
        }
        /* The outbound half is in use: the black hole of the field, row 3. */
        assert_int_equal(sends_with(c.a)->spi_out, sends_with(c.b)->spi_in);
        crossing_settle_for_good(&c, 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_RETRY_EVENT), 0);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
        crossing_free(&c);
    }
}

/*
 *  CC-08, CC-09: alice's request comes when gw has not got the old one any more, nor, in CC-09, the
 *  new one
 *    ... as CC-07, and the exchange of Deletes is over ...
 *    |                        \----------->|
 *    |<--------- CHILD_SA_NOT_FOUND -------|   no new one is made
 */
static void cc_08_09_the_old_one_is_gone_at_the_peer_2_8_1_2_25(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) {
        bool deleted = n % 2;
        struct crossing c = crossing_new(1);
        struct flight request;

        crossing_lowest(&c, unnoticed_places[n / 2]);
        crossing_rekey_children(&c);
        request = crossing_hold_request(&c);
        pair_deliver_to(c.a);
        pair_deliver_to(c.b);
        if (deleted) {
            pair_delete_child(c.b, c.gateway, "net");
            pair_deliver_to(c.a);
            pair_deliver_to(c.b);
        }
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(CHILD_SA_NOT_FOUND)}");
        crossing_settle(&c, deleted ? 0 : 1, 1);
        assert_int_equal(party_count(c.a, TRACE_IKE_CHILD_FAILED_EVENT), 0);
        crossing_free(&c);
    }
}

/*
 *  CC-11: both requests are refused, since the ends want different groups; the second ones cross
 *  again, and only their nonces count
 *    |---- REKEY_SA, KE x25519 --\ /-- REKEY_SA, KE ecp256 --|
 *    |---- INVALID_KE_PAYLOAD --- X --- INVALID_KE_PAYLOAD --|
 *    |---- REKEY_SA, KE ecp256 --- X -- REKEY_SA, KE x25519 -|
 */
static void cc_11_the_nonces_of_the_second_try_decide_2_8_1(void **state)
{
    (void)state;
    for (enum nonce_place place = 0; place < NONCE_PLACES; place++) {
        struct crossing c =
            crossing_new_with(1, "aes128gcm16-x25519-ecp256", "aes128gcm16-ecp256-x25519");
        struct party *winner = alice_loses(place) ? c.b : c.a;

        /* The first nonces would have it the other way round. */
        crossing_lowest(&c, (enum nonce_place)((place + 2) % NONCE_PLACES));
        crossing_rekey_children(&c);
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_string_equal(last_sent(c.a), "SK{N(INVALID_KE_PAYLOAD)}");
        assert_string_equal(last_sent(c.b), "SK{N(INVALID_KE_PAYLOAD)}");
        crossing_lowest(&c, place);
        pair_deliver_to(c.a);
        pair_deliver_to(c.b);
        assert_string_equal(last_sent(c.a), "SK{N(REKEY_SA) SA Ni KE TSi TSr}");
        assert_string_equal(last_sent(c.b), "SK{N(REKEY_SA) SA Ni KE TSi TSr}");
        crossing_settle(&c, 1, 1);
        assert_string_equal(party_last(winner, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "self");
        crossing_free(&c);
    }
}

/*
 *  CC-12: as CC-11, but alice's second request comes when gw deletes the old one already
 *    |---- REKEY_SA, KE ecp256 (held) --\
 *    |<----- REKEY_SA, KE x25519 --------|
 *    |------ SA, Nr, KE ---------------->|
 *    |<----- D(old) ---------------------|
 *    |                                  \>|
 *    |<----- TEMPORARY_FAILURE ----------|
 */
static void cc_12_one_second_try_is_late_2_25_1(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct crossing c =
            crossing_new_with(1, "aes128gcm16-x25519-ecp256", "aes128gcm16-ecp256-x25519");
        struct flight request;

        crossing_lowest(&c, unnoticed_places[n]);
        crossing_rekey_children(&c);
        for (int i = 0; i < 2; i++) {
            pair_deliver_to(c.b);
            pair_deliver_to(c.a);
        }
        request = crossing_hold_request(&c);
        pair_release(&request);
        assert_string_equal(last_sent(c.b), "SK{N(TEMPORARY_FAILURE)}");
        crossing_settle_for_good(&c, 1, 1);
        crossing_free(&c);
    }
}

/*
 *  CC-13: gw has lost, and yet deletes the old one, before its response arrives
 *    |---- REKEY_SA --\ /-- REKEY_SA ----|
 *    |<--------------- X -- SA, Nr (held)|
 *    |<--------- D(old) -----------------|  (forged)
 *    |<------------------/                  alice has won, and does not delete the old one again
 */
static void cc_13_the_loser_deletes_the_old_one_2_8_1(void **state)
{
    struct crossing c = crossing_new(4);
    struct flight response;
    size_t deletes;

    (void)state;
    crossing_lowest(&c, GW_NI);
    crossing_rekey_children(&c);
    response = crossing_hold_response(&c);
    forge_delete(&c, c.b, 1, c.old_b);
    assert_false(has_spi(c.a, c.old_a));
    deletes = party_count(c.a, TRACE_IKE_MESSAGE_SENT_EVENT);
    pair_release(&response);
    assert_int_equal(party_count(c.a, TRACE_IKE_MESSAGE_SENT_EVENT), deletes);
    assert_int_equal(c.a->installed_count, 2);
    assert_true(c.a->installed[1].initiator);
    assert_int_equal(sends_with(c.a)->spi_in, c.a->installed[1].spi_in);
    crossing_free(&c);
}

/*
 *  Field, row 5: one of two rekeys that cross fails, here since gw has other selectors for a while;
 *  the outbound half of the good one is installed all the same
 *    |---- REKEY_SA --\ /-- REKEY_SA ----|
 *    |---- SA, Nr ---- X -- TS_UNACCEPTABLE
 *    |<---------------- / \-- D(old) ----|
 */
static void one_of_two_rekeys_fails_and_the_other_is_used_2_8_1(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct crossing c = crossing_new(1);
        struct flight refusal;

        crossing_rekey_children(&c);
        c.b->remote_ts[0] = pair_selector("10.9.0.0/24");
        pair_deliver_to(c.b);
        assert_string_equal(last_sent(c.b), "SK{N(TS_UNACCEPTABLE)}");
        c.b->remote_ts[0] = pair_selector("10.1.0.0/24");
        pair_deliver_to(c.a);
        refusal = pair_hold(c.a);
        if (!late) {
            pair_release(&refusal);
        }
        pair_deliver_to(c.b);
        pair_deliver_to(c.a);
        assert_int_equal(sends_with(c.a)->spi_out, sends_with(c.b)->spi_in);
        if (late) {
            pair_release(&refusal);
        }
        crossing_settle(&c, 1, 1);
        crossing_free(&c);
    }
}

/* An order meanwhile finds nothing that it could be about; afterwards it does. */
static void orders_wait_until_it_is_decided(void **state)
{
    struct crossing c = crossing_new(1);
    struct ike_actions actions = {0};
    const char *why = NULL;

    (void)state;
    crossing_rekey_children(&c);
    pair_deliver_to(c.a);
    assert_int_equal(ike_endpoint_delete_child(c.a->ike, c.pair->now, c.sa, "net", &actions, &why),
                     -1);
    assert_int_equal(ike_endpoint_rekey_child(c.a->ike, c.pair->now, c.sa, "net", &actions, &why),
                     -1);
    crossing_settle(&c, 1, 1);
    pair_delete_child(c.a, c.sa, "net");
    crossing_settle(&c, 0, 1);
    crossing_free(&c);
}

/* A request that waits in the queue when the peer's comes is not needed any more. */
static void a_rekey_that_still_waits_is_given_up_2_8(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_check_liveness(c.a, c.sa);
    crossing_rekey_children(&c);
    crossing_settle(&c, 1, 1);
    assert_string_equal(party_last(c.a, TRACE_IKE_CHILD_REKEYED_EVENT)->text, "peer");
    assert_int_equal(party_count(c.a, TRACE_IKE_REKEY_COLLISION_EVENT), 0);
    crossing_free(&c);
}

/* gw goes on with its successor before alice knows: she takes that for the decision. */
static void the_peer_rekeys_its_successor_before_it_is_decided_here(void **state)
{
    struct crossing c = crossing_new(4);
    struct flight response;

    (void)state;
    crossing_lowest(&c, ALICE_NI);
    crossing_rekey_children(&c);
    response = crossing_hold_response(&c);
    pair_deliver_to(c.b);
    pair_rekey_child(c.b, c.gateway, "net");
    pair_deliver(c.pair, c.pair->flight_count - 1);
    assert_string_equal(last_sent(c.a), "SK{SA Nr TSi TSr}");
    pair_settle(c.pair);
    pair_release(&response);
    crossing_settle(&c, 1, 2);
    crossing_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cr_01_j04_the_responder_sends_on_the_old_one_until_its_delete_2_8),
        cmocka_unit_test(cr_02_the_group_that_was_agreed_on_is_tried_first_next_time_1_3),
        cmocka_unit_test(cr_07_the_new_one_is_deleted_before_the_old_one_1_4_1),
        cmocka_unit_test(cr_09_an_improper_delete_of_the_old_one_comes_first_2_8),
        cmocka_unit_test(cr_10_the_delete_is_never_answered_2_4),
        cmocka_unit_test(cc_08_09_what_has_ended_meanwhile_is_not_made_anew_2_25),
        cmocka_unit_test(cr_07_the_old_one_is_as_before_if_the_new_one_is_refused_2_8),
        cmocka_unit_test(a_second_rekey_before_the_delete_is_refused_2_25_1),
        cmocka_unit_test(a_prefix_is_lower_2_8_1),
        cmocka_unit_test(cc_01_both_rekey_and_the_lowest_nonce_loses_2_8_1),
        cmocka_unit_test(cc_04_a_response_is_late_2_8_1),
        cmocka_unit_test(cc_05_what_survives_is_deleted_before_the_late_response_2_8_1_2_25),
        cmocka_unit_test(cc_07_the_peer_does_not_notice_2_25_1),
        cmocka_unit_test(cc_08_09_the_old_one_is_gone_at_the_peer_2_8_1_2_25),
        cmocka_unit_test(cc_11_the_nonces_of_the_second_try_decide_2_8_1),
        cmocka_unit_test(cc_12_one_second_try_is_late_2_25_1),
        cmocka_unit_test(cc_13_the_loser_deletes_the_old_one_2_8_1),
        cmocka_unit_test(one_of_two_rekeys_fails_and_the_other_is_used_2_8_1),
        cmocka_unit_test(orders_wait_until_it_is_decided),
        cmocka_unit_test(a_rekey_that_still_waits_is_given_up_2_8),
        cmocka_unit_test(the_peer_rekeys_its_successor_before_it_is_decided_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
