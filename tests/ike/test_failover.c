/* A cluster's standby takes over, and both ends agree on their counters (RFC 6311): rows MS-01 to
 * MS-07 and O06. alice is the peer, gw the cluster. */
#include "ike/handover.h"
#include "ike/mobike.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/cluster.h"
#include "tests/ike/opened.h"

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
            struct pair *pair = cluster_pair(true, true);
            struct pair_record record;

            sa = pair_establish(pair, &gateway);
            cluster_talk(pair, sa, gateway, told_a, told_b);
            record = pair_export(&pair->b, gateway);
            gateway = pair_fail_over(&pair->b, &record);
            assert_int_equal(pair->flight_count, 1);
            assert_int_equal(ike_load_u32(pair->flights[0].bytes + 20), 0); /* Message ID */
            pair_settle(pair);
            /* The member skips a window's worth of its own (§5.1: RECOMMENDED). */
            assert_int_equal(cluster_sa(&pair->b, gateway)->own.next, told_b + 1);
            assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, told_b + 1);
            assert_int_equal(cluster_sa(&pair->a, sa)->own.next, 2 + told_a);
            assert_int_equal(cluster_sa(&pair->b, gateway)->peer.next, 2 + told_a);
            assert_string_equal(party_last(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT)->text,
                                "answered");
            assert_string_equal(party_last(&pair->b, TRACE_IKE_COUNTER_SYNC_EVENT)->text,
                                "adopted");
            cluster_assert_both_ways(pair, sa, gateway);
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
        struct pair *pair = cluster_pair(true, true);
        struct pair_record record;

        sa = pair_establish(pair, &gateway);
        record = pair_export(&pair->b, gateway);
        cluster_talk(pair, sa, gateway, untold, 0);
        gateway = pair_fail_over(&pair->b, &record);
        assert_int_equal(cluster_sa(&pair->b, gateway)->peer.next, 2);
        pair_settle(pair);
        assert_int_equal(party_last(&pair->a, TRACE_IKE_COUNTER_SYNC_EVENT)->message_id,
                         2 + untold);
        assert_int_equal(cluster_sa(&pair->b, gateway)->peer.next, 2 + untold);
        cluster_assert_both_ways(pair, sa, gateway);
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
        struct pair *pair = cluster_pair(true, true);
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
        member = cluster_sa(&pair->b, gateway);
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
        struct pair *pair = cluster_pair(true, true);
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
        cluster_assert_both_ways(pair, sa, gateway);
        pair_free(pair);
    }
}

/* Without the extension the same ends in silence: alice's Message IDs are above the window. */
static void ms_06_without_synchronisation_the_ike_sa_dies_6311_5(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(true, false);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    cluster_talk(pair, sa, gateway, 2, 0);
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
    struct pair *pair = cluster_pair(true, true);
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
    assert_int_equal(pair->a.skipped, CLUSTER_DELTA); /* once */
    pair_settle(pair);
    pair_release(&first); /* a second answer is no news (§11) */
    pair_settle(pair);
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

static void ms_03_a_replayed_request_is_ignored_when_the_counters_moved_on_6311_5_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(true, true);
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
        cluster_talk(pair, sa, gateway, 1, by_b);
        own = cluster_sa(&pair->a, sa)->own.next;
        peer = cluster_sa(&pair->a, sa)->peer.next;
        pair_release(&request);
        assert_int_equal(pair->flight_count, 0);
        assert_int_equal(cluster_sa(&pair->a, sa)->own.next, own);
        assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, peer);
        assert_int_equal(pair->a.skipped, CLUSTER_DELTA);
    }
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* The standby's word is older than two requests of the member before it. */
static void ms_05_a_send_value_that_was_used_is_ignored_6311_5_1(void **state)
{
    (void)state;
    for (unsigned untold = 2; untold < 5; untold++) {
        uint64_t sa, gateway;
        struct pair *pair = cluster_pair(true, true);
        struct pair_record record;

        sa = pair_establish(pair, &gateway);
        record = pair_export(&pair->b, gateway);
        cluster_talk(pair, sa, gateway, 0, untold);
        pair_fail_over(&pair->b, &record);
        pair_deliver_to(&pair->a);
        assert_int_equal(pair->flight_count, 0);
        assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, untold);
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
            struct pair *pair = cluster_pair(by_a % 2, false);

            sa = pair_establish(pair, &gateway);
            cluster_talk(pair, sa, gateway, by_a, by_b);
            pair_forge(&(struct pair_forgery){.from = &pair->b,
                                              .sa = gateway,
                                              .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                              .write = write_sync});
            /* As the first request of that end it is one with a notify that means nothing. */
            assert_int_equal(pair->flight_count, by_b == 0);
            assert_int_equal(cluster_sa(&pair->a, sa)->own.next, 2 + by_a);
            assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, by_b ? by_b : 1);
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
        struct pair *pair = cluster_pair(true, true);

        pair->a.policy.message_id_sync = says & 1;
        pair->a.policy.replay_counter_sync = says & 2;
        sa = pair_establish(pair, &gateway);
        assert_int_equal(cluster_sa(&pair->a, sa)->syncs, says);
        assert_int_equal(cluster_sa(&pair->b, gateway)->syncs, says);
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
        struct pair *pair = cluster_pair(true, true);
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
    struct pair *pair = cluster_pair(true, true);
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
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* ---- sequence numbers ---- */

static void o06_esp_skips_forward_at_both_ends_6311_5_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(true, true);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair->b.installed[0].history.sequence_out = 7;
    pair->b.installed[0].history.sequence_in = 9;
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->b.installed[0].history.sequence_out, 7 + CLUSTER_DELTA);
    assert_int_equal(pair->b.installed[0].history.sequence_in, 9 + CLUSTER_DELTA);
    pair_settle(pair);
    assert_int_equal(pair->a.skipped, CLUSTER_DELTA);
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* The second case: the notify goes alone, in an ordinary exchange. */
static void o06_sequence_numbers_alone_6311_5_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(true, true);
    struct pair_record record;

    (void)state;
    pair->b.policy.message_id_sync = false;
    sa = pair_establish(pair, &gateway);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    pair_settle(pair);
    assert_int_equal(pair->a.skipped, CLUSTER_DELTA);
    assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, 1);
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* What the peer cannot be asked to skip is taken as it comes. */
static void o06_without_it_the_member_skips_what_it_sends_alone_6311_5_2(void **state)
{
    uint64_t gateway;
    struct pair *pair = cluster_pair(false, true);
    struct pair_record record;

    (void)state;
    pair_establish(pair, &gateway);
    pair->b.installed[0].history.sequence_in = 9;
    record = pair_export(&pair->b, gateway);
    pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->b.installed[0].history.sequence_out, CLUSTER_DELTA);
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
    cluster_talk(pair, sa, gateway, 4, 4);
    gateway = pair_fail_over(&pair->b, &record);
    pair_settle(pair);
    cluster_talk(pair, sa, gateway, 4, 4);
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
    struct pair *pair = cluster_pair(true, true);
    struct pair_record a, b;

    (void)state;
    sa = pair_establish(pair, &gateway);
    a = pair_export(&pair->a, sa);
    b = pair_export(&pair->b, gateway);
    cluster_talk(pair, sa, gateway, 1, 1);
    sa = pair_fail_over(&pair->a, &a);
    gateway = pair_fail_over(&pair->b, &b);
    pair_settle(pair);
    assert_int_equal(cluster_sa(&pair->a, sa)->own.next, cluster_sa(&pair->b, gateway)->peer.next);
    assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, cluster_sa(&pair->b, gateway)->own.next);
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* A second failover says higher numbers than the first (§5.1). */
static void o06_a_second_failover_is_believed_too_6311_5_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(true, true);
    struct pair_record record;

    (void)state;
    sa = pair_establish(pair, &gateway);
    for (unsigned i = 0; i < 3; i++) {
        record = pair_export(&pair->b, gateway);
        gateway = pair_fail_over(&pair->b, &record);
        pair_settle(pair);
        assert_string_equal(party_last(&pair->b, TRACE_IKE_COUNTER_SYNC_EVENT)->text, "adopted");
    }
    cluster_assert_both_ways(pair, sa, gateway);
    pair_free(pair);
}

/* Nothing else is sent or taken before the counters are agreed on (§8.1). */
static void o06_until_then_the_member_is_strict_6311_8_1(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(true, true);
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
    cluster_assert_both_ways(pair, sa, gateway);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
