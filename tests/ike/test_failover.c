/* A cluster's standby takes over, and both ends agree on their counters (RFC 6311): rows MS-01 to
 * MS-07 and O06. alice is the peer, gw the cluster. */
#include "ike/handover.h"
#include "ike/mobike.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/opened.h"

enum { DELTA = 1000 };

static struct pair *pair_of(bool a, bool b)
{
    struct pair *pair = pair_new();

    pair->a.policy.message_id_sync = pair->a.policy.replay_counter_sync = a;
    pair->b.policy.message_id_sync = pair->b.policy.replay_counter_sync = b;
    pair->b.policy.counter_delta = DELTA;
    pair_start(pair);
    return pair;
}

/* So many exchanges that each end begins. */
static void talk(struct pair *pair, uint64_t sa, uint64_t gateway, unsigned by_a, unsigned by_b)
{
    for (unsigned i = 0; i < by_a; i++) {
        pair_check_liveness(&pair->a, sa);
        pair_settle(pair);
    }
    for (unsigned i = 0; i < by_b; i++) {
        pair_check_liveness(&pair->b, gateway);
        pair_settle(pair);
    }
}

static const struct ike_sa *of(const struct party *party, uint64_t sa)
{
    const struct ike_sa *found = ike_sa_by_id(party->ike, sa);

    assert_non_null(found);
    return found;
}

static void assert_both_ways(struct pair *pair, uint64_t sa, uint64_t gateway)
{
    size_t accepted = party_count(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT) +
                      party_count(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT);

    talk(pair, sa, gateway, 1, 1);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT) +
                         party_count(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT),
                     accepted + 4);
    pair_rekey_child(&pair->b, gateway, "net");
    pair_settle(pair);
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    assert_int_equal(pair->flight_count, 0);
}

/* ---- MS-01, MS-06: what both ends go on with ---- */

/*
 *  alice                              gw (standby, whose word is so many exchanges old)
 *    |<-- 0: N(nonce, send, recv) ------|
 *    |--- 0: N(nonce, send, recv) ----->|  the higher ones of both
 */
static void ms_01_both_go_on_with_the_higher_counters_6311_5_1(void **state)
{
    (void)state;
    for (unsigned told_a = 0; told_a < 3; told_a++) {
        for (unsigned told_b = 0; told_b < 3; told_b++) {
            uint64_t sa, gateway;
            struct pair *pair = pair_of(true, true);
            struct pair_record record;

            sa = pair_establish(pair, &gateway);
            talk(pair, sa, gateway, told_a, told_b);
            record = pair_export(&pair->b, gateway);
            gateway = pair_fail_over(&pair->b, &record);
            assert_int_equal(pair->flight_count, 1);
            assert_int_equal(ike_load_u32(pair->flights[0].bytes + 20), 0); /* Message ID */
            pair_settle(pair);
            /* The member skips a window's worth of its own (§5.1: RECOMMENDED). */
            assert_int_equal(of(&pair->b, gateway)->own.next, told_b + 1);
            assert_int_equal(of(&pair->a, sa)->peer.next, told_b + 1);
            assert_int_equal(of(&pair->a, sa)->own.next, 2 + told_a);
            assert_int_equal(of(&pair->b, gateway)->peer.next, 2 + told_a);
            assert_string_equal(party_last(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT)->text,
                                "answered");
            assert_string_equal(party_last(&pair->b, TRACE_IKE_COUNTER_SYNC_EVENT)->text,
                                "adopted");
            assert_both_ways(pair, sa, gateway);
            pair_free(pair);
        }
    }
}

/* The standby has heard nothing of the exchanges that alice has begun since. */
static void ms_06_the_member_adopts_the_peers_higher_send_counter_6311_5_1(void **state)
{
    (void)state;
    for (unsigned untold = 1; untold < 6; untold++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);
        struct pair_record record;

        sa = pair_establish(pair, &gateway);
        record = pair_export(&pair->b, gateway);
        talk(pair, sa, gateway, untold, 0);
        gateway = pair_fail_over(&pair->b, &record);
        assert_int_equal(of(&pair->b, gateway)->peer.next, 2);
        pair_settle(pair);
        assert_int_equal(party_last(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT)->message_id,
                         2 + untold);
        assert_int_equal(of(&pair->b, gateway)->peer.next, 2 + untold);
        assert_both_ways(pair, sa, gateway);
        pair_free(pair);
    }
}

/* What an answer of alice's says. */
struct counters {
    uint8_t nonce[4];
    uint32_t send, recv;
};

static void write_counters(struct ike_builder *builder, const void *context)
{
    const struct counters *counters = context;
    uint8_t data[12];

    memcpy(data, counters->nonce, 4);
    ike_store_u32(data + 4, counters->send);
    ike_store_u32(data + 8, counters->recv);
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC,
                     crypto_bytes(data, sizeof(data)));
}

/* An answer to another request is none; of the right one the member takes what is higher than its
 * own, and nothing that is lower. */
static void ms_01_ms_06_an_answer_raises_both_counters_of_its_own_nonce_6311_5_1(void **state)
{
    static const struct counters answers[] = {{{0}, 12, 9}, {{0}, 0, 0}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct counters answer = answers[i];
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);
        struct pair_record record;
        struct pair_forgery forgery = {.from = &pair->a,
                                       .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                       .response = true,
                                       .write = write_counters,
                                       .context = &answer};
        const struct ike_sa *member;
        uint32_t own, peer;

        forgery.sa = sa = pair_establish(pair, &gateway);
        record = pair_export(&pair->b, gateway);
        gateway = pair_fail_over(&pair->b, &record);
        member = of(&pair->b, gateway);
        own = member->own.next;
        peer = member->peer.next;
        memcpy(answer.nonce,
               opened_notify(&pair->b, gateway, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC)->notify.data.data,
               4);
        pair_lose(pair, 0);
        answer.nonce[3] ^= 1;
        pair_forge(&forgery);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_COUNTER_SYNC_EVENT), 1); /* "asked" */
        assert_int_equal(member->own.next, own);
        answer.nonce[3] ^= 1;
        pair_forge(&forgery);
        assert_string_equal(party_last(&pair->b, TRACE_IKE_COUNTER_SYNC_EVENT)->text, "adopted");
        assert_int_equal(member->own.next, i == 0 ? 9 : own);
        assert_int_equal(member->peer.next, i == 0 ? 12 : peer);
        pair_free(pair);
    }
}

/* MS-05: counters that would leave no Message ID to close the IKE SA with are none, from either
 * end; all goes on as before. */
static void ms_05_counters_at_their_end_are_not_believed_6311_5_1(void **state)
{
    static const uint32_t ends[] = {UINT32_MAX, UINT32_MAX - IKE_WINDOW_MAX};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct counters counters = {.send = 9, .recv = 9};
        bool answer = i & 4;
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);
        struct pair_forgery forgery = {.from = answer ? &pair->a : &pair->b,
                                       .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                       .response = answer,
                                       .write = write_counters,
                                       .context = &counters};

        *(i & 2 ? &counters.send : &counters.recv) = ends[i & 1];
        sa = pair_establish(pair, &gateway);
        forgery.sa = answer ? sa : gateway;
        if (answer) {
            struct pair_record record = pair_export(&pair->b, gateway);

            gateway = pair_fail_over(&pair->b, &record);
            memcpy(counters.nonce,
                   opened_notify(&pair->b, gateway, IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC)
                       ->notify.data.data,
                   4);
        }
        pair_forge(&forgery);
        assert_string_equal(last_dropped(answer ? &pair->b : &pair->a), "unexpected");
        pair_settle(pair);
        assert_both_ways(pair, sa, gateway);
        pair_free(pair);
    }
}

/* Without the extension the same ends in silence: alice's Message IDs are above the window. */
static void ms_06_without_synchronisation_the_ike_sa_dies_6311_5(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, false);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    talk(pair, sa, gateway, 2, 0);
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->flight_count, 0); /* the fourth case: nothing can be asked */
    pair_check_liveness(&pair->a, sa);
    for (unsigned i = 0; i < 20; i++) {
        while (pair_in_flight_to(&pair->b)) {
            pair_deliver_to(&pair->b);
        }
        pair->flight_count = 0; /* the complaint about a Message ID is lost */
        pair_wait(pair, SECOND);
    }
    assert_false(party_established(&pair->a, sa));
    pair_free(pair);
}

/* ---- MS-02, MS-03, MS-05: requests that are old ---- */

static void ms_02_a_copy_of_the_request_is_answered_identically_6311_5_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;
    struct flight first;

    (void)state;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    pair_deliver_to(&pair->a);
    first = pair_hold(&pair->b); /* the answer is late */
    pair_wait(pair, SECOND);
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->flights[0].len, first.len);
    assert_memory_equal(pair->flights[0].bytes, first.bytes, first.len);
    assert_int_equal(pair->a.skipped, DELTA); /* once */
    pair_settle(pair);
    pair_release(&first); /* a second answer is no news (§11) */
    pair_settle(pair);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

static void ms_03_a_replayed_request_is_ignored_when_the_counters_moved_on_6311_5_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;
    struct flight request;
    uint32_t own, peer;

    (void)state;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    request = pair->flights[0];
    pair_settle(pair);
    for (unsigned by_b = 0; by_b < 2; by_b++) {
        talk(pair, sa, gateway, 1, by_b);
        own = of(&pair->a, sa)->own.next;
        peer = of(&pair->a, sa)->peer.next;
        pair_release(&request);
        assert_int_equal(pair->flight_count, 0);
        assert_int_equal(of(&pair->a, sa)->own.next, own);
        assert_int_equal(of(&pair->a, sa)->peer.next, peer);
        assert_int_equal(pair->a.skipped, DELTA);
    }
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* The standby's word is older than two requests of the member before it. */
static void ms_05_a_send_value_that_was_used_is_ignored_6311_5_1(void **state)
{
    (void)state;
    for (unsigned untold = 2; untold < 5; untold++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);
        struct pair_record record;

        sa = pair_establish(pair, &gateway);
        record = pair_export(&pair->b, gateway);
        talk(pair, sa, gateway, 0, untold);
        pair_fail_over(&pair->b, &record);
        pair_deliver_to(&pair->a);
        assert_int_equal(pair->flight_count, 0);
        assert_int_equal(of(&pair->a, sa)->peer.next, untold);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT)->text, "ignored");
        pair_free(pair);
    }
}

/* ---- MS-04: not agreed on ---- */

static void write_sync(struct ike_builder *builder, const void *context)
{
    uint8_t data[12] = {1, 2, 3, 4, 0, 0, 0, 9, 0, 0, 0, 9};

    (void)context;
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC,
                     crypto_bytes(data, sizeof(data)));
}

static void ms_04_where_it_was_not_agreed_on_it_says_nothing_6311_5(void **state)
{
    (void)state;
    for (unsigned by_a = 0; by_a < 3; by_a++) {
        for (unsigned by_b = 0; by_b < 3; by_b++) {
            uint64_t sa, gateway;
            struct pair *pair = pair_of(by_a % 2, false);

            sa = pair_establish(pair, &gateway);
            talk(pair, sa, gateway, by_a, by_b);
            pair_forge(&(struct pair_forgery){.from = &pair->b,
                                              .sa = gateway,
                                              .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                              .write = write_sync});
            /* As the first request of that end it is one with a notify that means nothing. */
            assert_int_equal(pair->flight_count, by_b == 0);
            assert_int_equal(of(&pair->a, sa)->own.next, 2 + by_a);
            assert_int_equal(of(&pair->a, sa)->peer.next, by_b ? by_b : 1);
            assert_int_equal(party_count(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT), 0);
            pair_free(pair);
        }
    }
}

/* The responder says only what the initiator has said (§5). */
static void o06_the_responder_asserts_no_more_than_the_initiator_6311_5(void **state)
{
    (void)state;
    for (unsigned says = 0; says < 4; says++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);

        pair->a.policy.message_id_sync = says & 1;
        pair->a.policy.replay_counter_sync = says & 2;
        sa = pair_establish(pair, &gateway);
        assert_int_equal(of(&pair->a, sa)->syncs, says);
        assert_int_equal(of(&pair->b, gateway)->syncs, says);
        pair_free(pair);
    }
}

/* ---- MS-07: something is outstanding ---- */

static void ms_07_what_is_outstanding_goes_out_under_the_new_message_id_6311_9(void **state)
{
    static const enum pair_order orders[] = {LIVENESS,     REKEY_CHILD, CREATE_CHILD,
                                             DELETE_CHILD, REKEY_SA,    DELETE_SA};
    static const size_t children[] = {1, 1, 2, 0, 1, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(true, true);
        struct pair_record record;

        sa = pair_establish(pair, &gateway);
        record = pair_export(&pair->b, gateway);
        assert_true(pair_try(&pair->a, sa, orders[i], "net"));
        pair_lose(pair, 0);
        gateway = pair_fail_over(&pair->b, &record);
        pair_deliver_to(&pair->a);
        assert_int_equal(pair_in_flight_to(&pair->b), 2); /* the answer, and the request anew */
        assert_int_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->message_id, 3);
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, children[i]);
        assert_int_equal(pair->b.installed_count, children[i]);
        assert_int_equal(party_established(&pair->a, sa),
                         orders[i] < REKEY_SA || orders[i] == LIVENESS);
        assert_int_equal(party_count(&pair->a, TRACE_IKE_SA_REKEYED_EVENT), orders[i] == REKEY_SA);
        pair_free(pair);
    }
}

/* A window of several, one of which was answered: all that is open is asked anew (§9). */
static void ms_07_a_window_of_requests_is_renewed_in_order_6311_9(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;

    (void)state;
    pair->a.policy.window = pair->b.policy.window = 5;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    for (unsigned i = 0; i < 4; i++) {
        pair_check_liveness(&pair->a, sa);
    }
    pair_deliver(pair, 1); /* Message ID 3 alone is heard */
    while (pair_in_flight_to(&pair->b)) {
        pair_lose(pair, 0);
    }
    pair_settle(pair);
    gateway = pair_fail_over(&pair->b, &record);
    pair_deliver_to(&pair->a);
    assert_int_equal(party_last(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT)->message_id, 6);
    assert_int_equal(pair_in_flight_to(&pair->b), 4); /* the answer, then 6, 7 and 8 */
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(ike_load_u32(pair->flights[i].bytes + 20), 5 + i);
    }
    pair_settle(pair);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* ---- sequence numbers ---- */

static void o06_esp_skips_forward_at_both_ends_6311_5_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair->b.installed[0].history.sequence_out = 7;
    pair->b.installed[0].history.sequence_in = 9;
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->b.installed[0].history.sequence_out, 7 + DELTA);
    assert_int_equal(pair->b.installed[0].history.sequence_in, 9 + DELTA);
    pair_settle(pair);
    assert_int_equal(pair->a.skipped, DELTA);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* The second case: the notify goes alone, in an ordinary exchange. */
static void o06_sequence_numbers_alone_6311_5_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;

    (void)state;
    pair->b.policy.message_id_sync = false;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    pair_settle(pair);
    assert_int_equal(pair->a.skipped, DELTA);
    assert_int_equal(of(&pair->a, sa)->peer.next, 1);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* What the peer cannot be asked to skip is taken as it comes. */
static void o06_without_it_the_member_skips_what_it_sends_alone_6311_5_2(void **state)
{
    uint64_t gateway;
    struct pair *pair = pair_of(false, true);
    struct pair_record record;

    (void)state;
    pair_establish(pair, &gateway);
    pair->b.installed[0].history.sequence_in = 9;
    record = pair_export(&pair->b, gateway);
    pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->b.installed[0].history.sequence_out, DELTA);
    assert_int_equal(pair->b.installed[0].history.sequence_in, 9);
    pair_free(pair);
}

enum { IVS_MAX = 64 };

static uint64_t ivs[IVS_MAX];
static size_t iv_count;

static void note_iv(struct pair *pair, struct flight *flight)
{
    if (flight->from == &pair->b && flight->bytes[16] == IKE_PAYLOAD_SK) {
        assert_true(iv_count < IVS_MAX);
        ivs[iv_count++] = ike_load_u64(flight->bytes + 32);
    }
}

/* O06: of the messages that the standby has not heard of it does not know the IVs, and yet takes
 * none of them under the same key (RFC 5282 §3.1). */
static void o06_no_iv_comes_twice_under_one_key_5282_3_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_new();
    struct pair_record record;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519");
    pair->a.policy.message_id_sync = pair->b.policy.message_id_sync = true;
    pair->a.policy.window = pair->b.policy.window = 8;
    pair->transit = note_iv;
    iv_count = 0;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    talk(pair, sa, gateway, 4, 4);
    gateway = pair_fail_over(&pair->b, &record);
    pair_settle(pair);
    talk(pair, sa, gateway, 4, 4);
    assert_true(iv_count >= 16);
    for (size_t i = 0; i < iv_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(ivs[i], ivs[j]);
        }
    }
    pair_free(pair);
}

/* ---- both ends fail over at once ---- */

static void o06_both_ends_fail_over_at_once_6311_a_4(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record a, b;

    (void)state;
    sa = pair_establish(pair, &gateway);
    a = pair_export(&pair->a, sa);
    b = pair_export(&pair->b, gateway);
    talk(pair, sa, gateway, 1, 1);
    sa = pair_fail_over(&pair->a, &a);
    gateway = pair_fail_over(&pair->b, &b);
    pair_settle(pair);
    assert_int_equal(of(&pair->a, sa)->own.next, of(&pair->b, gateway)->peer.next);
    assert_int_equal(of(&pair->a, sa)->peer.next, of(&pair->b, gateway)->own.next);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* A second failover says higher numbers than the first (§5.1). */
static void o06_a_second_failover_is_believed_too_6311_5_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    for (unsigned i = 0; i < 3; i++) {
        record = pair_export(&pair->b, gateway);
        gateway = pair_fail_over(&pair->b, &record);
        pair_settle(pair);
        assert_string_equal(party_last(&pair->b, TRACE_IKE_COUNTER_SYNC_EVENT)->text, "adopted");
    }
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* Nothing else is sent or taken before the counters are agreed on (§8.1). */
static void o06_until_then_the_member_is_strict_6311_8_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    pair_check_liveness(&pair->b, gateway);
    assert_int_equal(pair->flight_count, 1);
    pair_check_liveness(&pair->a, sa);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_dropped(&pair->b), "unexpected");
    pair_settle(pair);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* ---- what has been said before ---- */

/*
 *  O06: nobody speaks RFC 6311, and the member that has answered is gone, as its answer is
 *  alice                              gw
 *    |---- SK{...} ------------------->|
 *    |  (lost) <--- SK{...} -----------|   the standby is told; takes over
 *    |---- SK{...}, the same --------->|
 *    |<--- SK{...}, the same ----------|   nothing is done twice
 */
static void o06_the_member_repeats_what_the_one_before_has_answered_2_1(void **state)
{
    static const enum pair_order orders[] = {LIVENESS, REKEY_CHILD, CREATE_CHILD, DELETE_CHILD};

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(false, false);
        struct pair_record record;
        struct flight lost;
        size_t children;

        sa = pair_establish(pair, &gateway);
        assert_true(pair_try(&pair->a, sa, orders[i], "net"));
        pair_deliver_to(&pair->b);
        lost = pair_hold(&pair->a);
        children = pair->b.installed_count;
        record = pair_export(&pair->b, gateway);
        gateway = pair_fail_over(&pair->b, &record);
        pair_wait(pair, SECOND);
        pair_deliver_to(&pair->b);
        assert_int_equal(pair->flights[0].len, lost.len);
        assert_memory_equal(pair->flights[0].bytes, lost.bytes, lost.len);
        assert_int_equal(pair->b.installed_count, children);
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, pair->b.installed_count);
        assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
        pair_free(pair);
    }
}

/* Where Message IDs are synchronised alice asks anew (§9), so nothing of it is told; and what is
 * told is forgotten in its time. */
static void o06_kept_responses_are_told_where_they_serve_6311_9(void **state)
{
    (void)state;
    for (int syncs = 0; syncs < 2; syncs++) {
        uint64_t sa, gateway;
        struct pair *pair = pair_of(syncs, syncs);
        struct pair_record record;
        struct flight request;

        sa = pair_establish(pair, &gateway);
        pair_check_liveness(&pair->a, sa);
        request = pair->flights[0];
        pair_settle(pair);
        assert_true(of(&pair->b, gateway)->responses.used > 0);
        record = pair_export(&pair->b, gateway);
        gateway = pair_fail_over(&pair->b, &record);
        assert_int_equal(of(&pair->b, gateway)->responses.used > 0, !syncs);
        pair_settle(pair);
        pair_wait(pair, pair->b.policy.response_keep + SECOND);
        assert_int_equal(of(&pair->b, gateway)->responses.used, 0);
        pair_release(&request);
        assert_int_equal(pair->flight_count, 0);
        pair_free(pair);
    }
}

/* O06: of the peer's requests the second has come before the first, and the standby knows it. */
static void o06_a_request_that_is_missing_is_awaited_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(false, false);
    struct pair_record record;
    struct flight first;

    (void)state;
    pair->a.policy.window = pair->b.policy.window = 4;
    sa = pair_establish(pair, &gateway);
    for (int i = 0; i < 3; i++) {
        pair_check_liveness(&pair->a, sa);
    }
    first = pair_hold(&pair->b);
    pair_settle(pair);
    assert_int_equal(of(&pair->b, gateway)->peer.oldest, 2);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(of(&pair->b, gateway)->peer.oldest, 2);
    assert_int_equal(of(&pair->b, gateway)->peer.next, 5);
    pair_release(&first);
    assert_int_equal(pair_in_flight_to(&pair->a), 1);
    pair_settle(pair);
    assert_int_equal(of(&pair->b, gateway)->peer.oldest, 5);
    assert_int_equal(of(&pair->a, sa)->tasks.used, 0);
    assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* A message in several datagrams is repeated in as many. */
static void o06_an_answer_in_fragments_is_repeated_whole_7383_2_6_1(void **state)
{
    static char name[1001];
    uint64_t sa, gateway;
    struct pair *pair = pair_new();
    struct pair_record record;
    struct flight lost[16];
    size_t count = 0;

    (void)state;
    memset(name, 'g', sizeof(name) - 1);
    pair->b.self.identity =
        (struct ike_identity){.type = IKE_ID_FQDN, .data = crypto_bytes(name, 1000), .text = name};
    pair->a.self.remote = NULL;
    pair->a.policy.fragmentation = pair->b.policy.fragmentation = IKE_FRAGMENTATION_YES;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    while (pair_in_flight_to(&pair->b)) {
        pair_deliver_to(&pair->b);
    }
    gateway = party_newest(&pair->b);
    assert_true(party_established(&pair->b, gateway));
    while (pair_in_flight_to(&pair->a)) { /* all of IKE_AUTH's answer */
        lost[count++] = pair_hold(&pair->a);
    }
    assert_true(count > 1);
    record = pair_export(&pair->b, gateway);
    pair_fail_over(&pair->b, &record);
    pair_wait(pair, SECOND);
    pair_deliver_to(&pair->b);
    assert_int_equal(pair_in_flight_to(&pair->a), count);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(pair->flights[i].bytes, lost[i].bytes, lost[i].len);
    }
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* O06: the cluster is the initiator; its standby knows where else the peer can be, and goes there
 * when it is not heard where it was (RFC 4555 §3.5). */
static void o06_the_member_knows_the_peers_other_addresses_4555_3_4(void **state)
{
    static const struct ike_address other = {.family = 4, .ip = {198, 51, 100, 9}};
    struct ike_selector list = pair_selector("198.51.100.9-198.51.100.9");
    struct pair *pair = pair_new();
    uint64_t sa, gateway;
    struct pair_record record;

    (void)state;
    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair->b.policy.additional = &list;
    pair->b.policy.additional_count = 1;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->a, sa);
    sa = pair_fail_over(&pair->a, &record);
    assert_non_null(of(&pair->a, sa)->moves);
    assert_int_equal(of(&pair->a, sa)->moves->count, 1);
    pair_check_liveness(&pair->a, sa);
    pair_lose(pair, 0);
    pair_wait(pair, SECOND);
    pair_lose(pair, 0);
    pair_wait(pair, 2 * SECOND);
    assert_memory_equal(pair->flights[0].destination.ip, other.ip, sizeof(other.ip));
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_free(pair);
}

/* ---- the octets ---- */

static void the_octets_hold_all_that_an_ike_sa_is(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record, again;

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_settle(pair);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    pair_assert_same_keys(of(&pair->b, gateway)->keys, of(&pair->a, sa)->keys);
    assert_int_equal(of(&pair->b, gateway)->child_count, 2);
    assert_int_equal(of(&pair->b, gateway)->peer_id_len, 5);
    assert_int_equal(pair->b.installed_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pair->b.installed[i].spi_in, pair->a.installed[i].spi_out);
        assert_memory_equal(pair->b.installed[i].key_in.encr_key,
                            pair->a.installed[i].key_out.encr_key, 20);
        assert_memory_equal(pair->b.installed_local[i].start, pair->b.local_ts[0].start, 4);
    }
    again = pair_export(&pair->b, gateway);
    assert_int_equal(again.len, record.len);
    pair_free(pair);
}

static void octets_that_are_cut_off_or_changed_change_nothing(void **state)
{
    uint64_t gateway;
    struct pair *pair = pair_of(true, true);
    struct pair_record record;
    struct ike_actions actions = {0};
    const char *why = NULL;
    size_t before;

    (void)state;
    pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    /* The SA is here already. */
    assert_int_equal(ike_endpoint_import(pair->b.ike, pair->now,
                                         crypto_bytes(record.octets, record.len), &actions, &why),
                     0);
    pair_restart(&pair->b);
    before = ike_endpoint_memory(pair->b.ike);
    for (size_t len = 0; len < record.len; len++) {
        assert_int_equal(ike_endpoint_import(pair->b.ike, pair->now,
                                             crypto_bytes(record.octets, len), &actions, &why),
                         0);
    }
    assert_int_equal(ike_endpoint_memory(pair->b.ike), before);
    for (size_t bit = 0; bit < record.len * 8; bit++) {
        struct pair_record changed = record;
        uint64_t sa;

        changed.octets[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        pair->b.event_count = 0;
        pair_restart(&pair->b);
        sa = ike_endpoint_import(pair->b.ike, pair->now, crypto_bytes(changed.octets, changed.len),
                                 &actions, &why);
        if (sa == 0) {
            assert_int_equal(ike_endpoint_memory(pair->b.ike), before);
        }
        ike_actions_dispose(&actions);
    }
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ms_01_both_go_on_with_the_higher_counters_6311_5_1),
        cmocka_unit_test(ms_06_the_member_adopts_the_peers_higher_send_counter_6311_5_1),
        cmocka_unit_test(ms_01_ms_06_an_answer_raises_both_counters_of_its_own_nonce_6311_5_1),
        cmocka_unit_test(ms_05_counters_at_their_end_are_not_believed_6311_5_1),
        cmocka_unit_test(ms_06_without_synchronisation_the_ike_sa_dies_6311_5),
        cmocka_unit_test(ms_02_a_copy_of_the_request_is_answered_identically_6311_5_1),
        cmocka_unit_test(ms_03_a_replayed_request_is_ignored_when_the_counters_moved_on_6311_5_1),
        cmocka_unit_test(ms_05_a_send_value_that_was_used_is_ignored_6311_5_1),
        cmocka_unit_test(ms_04_where_it_was_not_agreed_on_it_says_nothing_6311_5),
        cmocka_unit_test(o06_the_responder_asserts_no_more_than_the_initiator_6311_5),
        cmocka_unit_test(ms_07_what_is_outstanding_goes_out_under_the_new_message_id_6311_9),
        cmocka_unit_test(ms_07_a_window_of_requests_is_renewed_in_order_6311_9),
        cmocka_unit_test(o06_esp_skips_forward_at_both_ends_6311_5_2),
        cmocka_unit_test(o06_sequence_numbers_alone_6311_5_2),
        cmocka_unit_test(o06_without_it_the_member_skips_what_it_sends_alone_6311_5_2),
        cmocka_unit_test(o06_no_iv_comes_twice_under_one_key_5282_3_1),
        cmocka_unit_test(o06_both_ends_fail_over_at_once_6311_a_4),
        cmocka_unit_test(o06_a_second_failover_is_believed_too_6311_5_1),
        cmocka_unit_test(o06_until_then_the_member_is_strict_6311_8_1),
        cmocka_unit_test(o06_the_member_repeats_what_the_one_before_has_answered_2_1),
        cmocka_unit_test(o06_kept_responses_are_told_where_they_serve_6311_9),
        cmocka_unit_test(o06_a_request_that_is_missing_is_awaited_2_3),
        cmocka_unit_test(o06_an_answer_in_fragments_is_repeated_whole_7383_2_6_1),
        cmocka_unit_test(o06_the_member_knows_the_peers_other_addresses_4555_3_4),
        cmocka_unit_test(the_octets_hold_all_that_an_ike_sa_is),
        cmocka_unit_test(octets_that_are_cut_off_or_changed_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
