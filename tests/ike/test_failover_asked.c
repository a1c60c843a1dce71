/* A cluster's standby takes over, and requests of the member before are out (row O06): nobody
 * speaks RFC 6311, so that the same octets have to be said again (RFC 7296 §2.1). alice is the
 * peer, gw the cluster. */
#include "ike/child.h"
#include "ike/handover.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/cluster.h"
#include "tests/ike/opened.h"

static struct pair *pair_of(bool syncs, const char *esp)
{
    struct pair *pair = pair_new();

    pair->a.policy.message_id_sync = pair->b.policy.message_id_sync = syncs;
    pair->b.policy.counter_delta = CLUSTER_DELTA;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519");
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, esp);
    return pair;
}

static uint32_t message_id_of(const struct flight *flight)
{
    return ike_load_u32(flight->bytes + 20);
}

static void assert_same_datagram(const struct flight *a, const struct flight *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->bytes, b->bytes, a->len);
}

/* Both ends have the same CHILD SAs, and can change them. */
static void assert_in_step(struct pair *pair)
{
    uint64_t sa = party_newest(&pair->a), gateway = party_newest(&pair->b);

    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    assert_int_equal(party_live(&pair->a), 1);
    assert_int_equal(party_live(&pair->b), 1);
    pair_assert_same_keys(cluster_sa(&pair->a, sa)->keys, cluster_sa(&pair->b, gateway)->keys);
    assert_int_equal(party_children(&pair->a, sa), party_children(&pair->b, gateway));
    for (const struct ike_child *child = cluster_sa(&pair->b, gateway)->children; child;
         child = child->next) {
        assert_non_null(ike_child_by_spi_out(cluster_sa(&pair->a, sa), child->spi_in));
    }
    pair_create_child(&pair->b, gateway, "net");
    pair_settle(pair);
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_int_equal(party_children(&pair->a, sa), party_children(&pair->b, gateway));
    assert_int_equal(cluster_sa(&pair->b, gateway)->tasks.used, 0);
    assert_int_equal(cluster_sa(&pair->a, sa)->tasks.used, 0);
    assert_int_equal(cluster_sa(&pair->a, sa)->peer.next, cluster_sa(&pair->b, gateway)->own.next);
}

/*
 *  alice                              gw
 *    |<--- SK{...} --------------------|   lost, or only its answer is; the standby is told
 *    |                                 |   takes over
 *    |<--- SK{...}, the same ----------|
 *    |---- SK{...} ------------------->|   and ends what the one before has begun
 */
static void o06_the_member_asks_again_what_the_one_before_has_asked_2_1(void **state)
{
    static const enum pair_order orders[] = {LIVENESS, REKEY_CHILD, CREATE_CHILD, DELETE_CHILD,
                                             REKEY_SA};
    static const size_t children[] = {1, 1, 2, 0, 1};
    static const char *const esp[] = {"aes128gcm16", "aes128gcm16-x25519"};

    (void)state;
    for (size_t i = 0; i < 4 * sizeof(orders) / sizeof(orders[0]); i++) {
        enum pair_order order = orders[i / 4];
        struct pair *pair = pair_of(false, esp[i % 2]);
        bool seen = i / 2 % 2;
        uint64_t gateway;
        struct pair_record record;
        struct flight request;

        pair_start(pair);
        pair_establish(pair, &gateway);
        pair_check_liveness(&pair->b, gateway);
        pair_settle(pair);
        assert_true(pair_try(&pair->b, gateway, order, "net"));
        request = pair->flights[0];
        assert_int_equal(message_id_of(&request), 1);
        record = pair_export(&pair->b, gateway);
        if (seen) {
            pair_deliver_to(&pair->a);
        }
        pair_lose(pair, 0);
        gateway = pair_fail_over(&pair->b, &record);
        assert_int_equal(pair->flight_count, 1);
        assert_same_datagram(&pair->flights[0], &request);
        pair_settle(pair);
        assert_int_equal(party_children(&pair->b, party_newest(&pair->b)), children[i / 4]);
        assert_in_step(pair);
        pair_free(pair);
    }
}

/* The first and the last of it go out again; what lies between is answered. */
static void o06_a_window_that_is_answered_in_part_stays_one_2_3(void **state)
{
    struct pair *pair = pair_of(false, "aes128gcm16");
    struct pair_record record;
    uint64_t gateway;

    (void)state;
    pair->a.policy.window = pair->b.policy.window = 4;
    pair_start(pair);
    pair_establish(pair, &gateway);
    for (unsigned i = 0; i < 4; i++) {
        pair_check_liveness(&pair->b, gateway);
    }
    pair_deliver(pair, 1);
    pair_deliver(pair, 1);
    while (pair_in_flight_to(&pair->a)) {
        pair_lose(pair, 0);
    }
    pair_settle(pair);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->flight_count, 2);
    assert_int_equal(message_id_of(&pair->flights[0]), 0);
    assert_int_equal(message_id_of(&pair->flights[1]), 3);
    pair_check_liveness(&pair->b, gateway); /* of four places none is free */
    assert_int_equal(pair->flight_count, 2);
    pair_settle(pair);
    assert_int_equal(cluster_sa(&pair->b, gateway)->own.oldest, 5);
    assert_in_step(pair);
    pair_free(pair);
}

/* It is retransmitted like any other, and one that nobody answers ends the IKE SA. */
static void o06_what_was_asked_is_retransmitted_to_the_end_2_1(void **state)
{
    struct pair *pair = pair_of(false, "aes128gcm16");
    struct pair_record record;
    struct flight request;
    uint64_t gateway;

    (void)state;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_check_liveness(&pair->b, gateway);
    request = pair->flights[0];
    record = pair_export(&pair->b, gateway);
    pair_lose(pair, 0);
    gateway = pair_fail_over(&pair->b, &record);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pair->flight_count, 1);
        assert_same_datagram(&pair->flights[0], &request);
        pair_lose(pair, 0);
        pair_wait(pair, SECOND << i);
    }
    pair_wait(pair, 16 * SECOND);
    assert_false(party_established(&pair->b, gateway));
    pair_free(pair);
}

/* The request is answered, the answer taken, and what follows is lost. */
static void take_answer_and_die(struct pair *pair)
{
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    while (pair->flight_count) {
        pair_lose(pair, 0);
    }
}

/* The member before may have had the answer, and used the keys: its sequence numbers, which are
 * IVs, and the IVs of the IKE SA are not used again (RFC 4106 §3.1, RFC 5282 §3.1). */
static void o06_keys_that_may_be_in_use_begin_far_ahead_5282_3_1(void **state)
{
    static const enum pair_order orders[] = {REKEY_CHILD, REKEY_SA};
    static const enum trace_kind rekeyed[] = {TRACE_IKE_CHILD_REKEYED_EVENT,
                                              TRACE_IKE_SA_REKEYED_EVENT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pair *pair = pair_of(false, "aes128gcm16");
        struct pair_record record;
        uint64_t gateway;

        pair_start(pair);
        pair_establish(pair, &gateway);
        assert_true(pair_try(&pair->b, gateway, orders[i], "net"));
        record = pair_export(&pair->b, gateway);
        take_answer_and_die(pair);
        assert_int_equal(party_count(&pair->b, rekeyed[i]), 1);
        gateway = pair_fail_over(&pair->b, &record);
        pair_settle(pair);
        assert_int_equal(party_count(&pair->b, rekeyed[i]), 2);
        for (size_t n = 0; n < pair->b.installed_count; n++) {
            assert_true(pair->b.installed[n].history.sequence_out >= CLUSTER_DELTA);
        }
        assert_true(cluster_sa(&pair->b, party_newest(&pair->b))->next_iv >= IKE_IV_SKIP);
        pair_free(pair);
    }
}

/* The successor is told of too, before the standby hears that the old one is gone. */
static void o06_a_successor_that_is_here_already_stays_the_only_one_2_8(void **state)
{
    struct pair *pair = pair_of(false, "aes128gcm16");
    struct pair_record old, young;
    struct ike_actions actions = {0};
    const char *why = NULL;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_delete_child(&pair->b, gateway, "net");
    pair_settle(pair);
    pair_rekey_sa(&pair->b, gateway);
    old = pair_export(&pair->b, gateway);
    take_answer_and_die(pair);
    young = pair_export(&pair->b, party_newest(&pair->b));
    pair_fail_over(&pair->b, &old);
    sa = ike_endpoint_import(pair->b.ike, pair->now, crypto_bytes(young.octets, young.len),
                             &actions, &why);
    assert_true(sa != 0);
    pair_carry_out(&pair->b, &actions);
    pair_settle(pair);
    assert_int_equal(party_newest(&pair->b), sa);
    assert_int_equal(party_live(&pair->b), 1);
    assert_int_equal(party_live(&pair->a), 1);
    assert_true(party_established(&pair->b, sa));
    pair_free(pair);
}

/* Where Message IDs are synchronised the exchange ends with the member that had it (RFC 6311 §9),
 * but for a Delete, without which one end would keep what the other has not. */
static void o06_with_synchronisation_only_deletes_are_asked_for_anew_6311_9(void **state)
{
    static const enum pair_order orders[] = {LIVENESS, REKEY_CHILD, CREATE_CHILD, DELETE_CHILD};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(orders) / sizeof(orders[0]); i++) {
        enum pair_order order = orders[i / 2];
        struct pair *pair = pair_of(true, "aes128gcm16");
        struct pair_record record;
        uint64_t sa, gateway;

        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        assert_true(pair_try(&pair->b, gateway, order, "net"));
        record = pair_export(&pair->b, gateway);
        if (i % 2) {
            pair_deliver_to(&pair->a);
        }
        pair_lose(pair, 0);
        gateway = pair_fail_over(&pair->b, &record);
        assert_int_equal(pair->flight_count, 1);
        assert_int_equal(message_id_of(&pair->flights[0]), 0);
        pair_settle(pair);
        assert_int_equal(cluster_sa(&pair->b, gateway)->tasks.used, 0);
        assert_int_equal(party_children(&pair->b, gateway), order != DELETE_CHILD);
        if (order == DELETE_CHILD) {
            assert_int_equal(party_children(&pair->a, sa), 0);
        }
        pair_free(pair);
    }
}

/* A Delete that waits for a place in the window goes out at the other member. */
static void o06_a_delete_that_waited_is_sent_1_4_1(void **state)
{
    struct pair *pair = pair_of(false, "aes128gcm16");
    struct pair_record record;
    uint64_t gateway;

    (void)state;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_check_liveness(&pair->b, gateway);
    pair_delete_child(&pair->b, gateway, "net");
    assert_int_equal(pair->flight_count, 1);
    record = pair_export(&pair->b, gateway);
    pair_lose(pair, 0);
    gateway = pair_fail_over(&pair->b, &record);
    pair_settle(pair);
    assert_int_equal(party_children(&pair->b, gateway), 0);
    assert_in_step(pair);
    pair_free(pair);
}

/* Both ends rekey at once, and the member has answered when it dies: of that nothing is told. The
 * window goes on as if it were answered. */
static void o06_a_request_that_crossed_another_is_not_told_of_2_8_1(void **state)
{
    struct pair *pair = pair_of(false, "aes128gcm16");
    struct pair_record record;
    uint64_t sa, gateway;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_rekey_child(&pair->a, sa, "net");
    pair_rekey_child(&pair->b, gateway, "net");
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    record = pair_export(&pair->b, gateway);
    while (pair->flight_count) {
        pair_lose(pair, 0);
    }
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(pair->flight_count, 0);
    pair_check_liveness(&pair->b, gateway);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_int_equal(cluster_sa(&pair->b, gateway)->tasks.used, 0);
    pair_free(pair);
}

/* ---- the octets ---- */

static void octets_of_requests_that_are_cut_off_or_changed_change_nothing(void **state)
{
    static const enum pair_order orders[] = {REKEY_CHILD, DELETE_CHILD, REKEY_SA};

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct pair *pair = pair_of(false, "aes128gcm16-x25519");
        struct ike_actions actions = {0};
        const char *why = NULL;
        struct pair_record record;
        uint64_t gateway;
        size_t before;

        pair_start(pair);
        pair_establish(pair, &gateway);
        assert_true(pair_try(&pair->b, gateway, orders[i], "net"));
        record = pair_export(&pair->b, gateway);
        pair_restart(&pair->b);
        before = ike_endpoint_memory(pair->b.ike);
        for (size_t len = 0; len < record.len; len++) {
            assert_int_equal(ike_endpoint_import(pair->b.ike, pair->now,
                                                 crypto_bytes(record.octets, len), &actions, &why),
                             0);
        }
        for (size_t at = 0; at < record.len; at++) {
            struct pair_record changed = record;
            uint64_t sa;

            changed.octets[at] ^= 0xff;
            pair->b.event_count = 0;
            pair_restart(&pair->b);
            sa = ike_endpoint_import(pair->b.ike, pair->now,
                                     crypto_bytes(changed.octets, changed.len), &actions, &why);
            if (sa == 0) {
                assert_int_equal(ike_endpoint_memory(pair->b.ike), before);
            }
            ike_actions_dispose(&actions);
        }
        pair_free(pair);
    }
}

/* Where the only octets of a value are; the test fails where it is not there once. */
static size_t place_of(const struct pair_record *record, const void *octets, size_t len)
{
    size_t found = 0, at = 0;

    for (size_t i = 0; i + len <= record->len; i++) {
        if (memcmp(record->octets + i, octets, len) == 0) {
            at = i;
            found++;
        }
    }
    assert_int_equal(found, 1);
    return at;
}

/* Nobody else would be told of requests there; out of the window they were never found again. */
static void octets_of_requests_of_a_window_that_moves_on_are_refused(void **state)
{
    static const size_t syncs_at = 1 + 8 + 8 + 7; /* form, SPIs, seven octets of flags */
    struct pair *pair = pair_of(false, "aes128gcm16");
    struct ike_actions actions = {0};
    const char *why = NULL;
    struct pair_record record;
    uint64_t gateway;

    (void)state;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_check_liveness(&pair->b, gateway);
    record = pair_export(&pair->b, gateway);
    pair_restart(&pair->b);
    assert_int_equal(record.octets[syncs_at], 0);
    record.octets[syncs_at] = 1;
    assert_int_equal(ike_endpoint_import(pair->b.ike, pair->now,
                                         crypto_bytes(record.octets, record.len), &actions, &why),
                     0);
    assert_non_null(why);
    pair_free(pair);
}

/* Two CHILD SAs, or one and an offer, with the same inbound SPI. */
static void octets_that_name_an_spi_twice_are_refused(void **state)
{
    (void)state;
    for (int offered = 0; offered < 2; offered++) {
        struct pair *pair = pair_of(false, "aes128gcm16");
        struct ike_actions actions = {0};
        const char *why = NULL;
        struct pair_record record;
        uint8_t spis[2][4];
        uint64_t gateway;
        size_t at;

        pair_start(pair);
        pair_establish(pair, &gateway);
        pair_create_child(&pair->b, gateway, "net");
        if (!offered) {
            pair_settle(pair);
        }
        record = pair_export(&pair->b, gateway);
        ike_store_u32(spis[0], cluster_sa(&pair->b, gateway)->children->spi_in);
        ike_store_u32(spis[1], cluster_sa(&pair->b, gateway)->children->next->spi_in);
        at = place_of(&record, spis[0], 4);
        memcpy(record.octets + at, spis[1], 4);
        pair_restart(&pair->b);
        assert_int_equal(ike_endpoint_import(pair->b.ike, pair->now,
                                             crypto_bytes(record.octets, record.len), &actions,
                                             &why),
                         0);
        pair_free(pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(o06_the_member_asks_again_what_the_one_before_has_asked_2_1),
        cmocka_unit_test(o06_a_window_that_is_answered_in_part_stays_one_2_3),
        cmocka_unit_test(o06_what_was_asked_is_retransmitted_to_the_end_2_1),
        cmocka_unit_test(o06_keys_that_may_be_in_use_begin_far_ahead_5282_3_1),
        cmocka_unit_test(o06_a_successor_that_is_here_already_stays_the_only_one_2_8),
        cmocka_unit_test(o06_with_synchronisation_only_deletes_are_asked_for_anew_6311_9),
        cmocka_unit_test(o06_a_delete_that_waited_is_sent_1_4_1),
        cmocka_unit_test(o06_a_request_that_crossed_another_is_not_told_of_2_8_1),
        cmocka_unit_test(octets_of_requests_that_are_cut_off_or_changed_change_nothing),
        cmocka_unit_test(octets_of_requests_of_a_window_that_moves_on_are_refused),
        cmocka_unit_test(octets_that_name_an_spi_twice_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
