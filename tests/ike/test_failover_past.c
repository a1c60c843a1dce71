/* A cluster's standby takes over (row O06), and what has been said before goes with it: responses
 * that are asked for once more (RFC 7296 §2.1), requests that are missing, addresses; and the
 * octets that tell of it. alice is the peer, gw the cluster. */
#include "ike/handover.h"
#include "ike/mobike.h"
#include "ike/sa.h"
#include "tests/ike/cluster.h"

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
        struct pair *pair = cluster_pair(false, false);
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
        struct pair *pair = cluster_pair(syncs, syncs);
        struct pair_record record;
        struct flight request;

        sa = pair_establish(pair, &gateway);
        pair_check_liveness(&pair->a, sa);
        request = pair->flights[0];
        pair_settle(pair);
        assert_true(cluster_sa(&pair->b, gateway)->responses.used > 0);
        record = pair_export(&pair->b, gateway);
        gateway = pair_fail_over(&pair->b, &record);
        assert_int_equal(cluster_sa(&pair->b, gateway)->responses.used > 0, !syncs);
        pair_settle(pair);
        pair_wait(pair, pair->b.policy.response_keep + SECOND);
        assert_int_equal(cluster_sa(&pair->b, gateway)->responses.used, 0);
        pair_release(&request);
        assert_int_equal(pair->flight_count, 0);
        pair_free(pair);
    }
}

/* O06: of the peer's requests the second has come before the first, and the standby knows it. */
static void o06_a_request_that_is_missing_is_awaited_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = cluster_pair(false, false);
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
    assert_int_equal(cluster_sa(&pair->b, gateway)->peer.oldest, 2);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    assert_int_equal(cluster_sa(&pair->b, gateway)->peer.oldest, 2);
    assert_int_equal(cluster_sa(&pair->b, gateway)->peer.next, 5);
    pair_release(&first);
    assert_int_equal(pair_in_flight_to(&pair->a), 1);
    pair_settle(pair);
    assert_int_equal(cluster_sa(&pair->b, gateway)->peer.oldest, 5);
    assert_int_equal(cluster_sa(&pair->a, sa)->tasks.used, 0);
    cluster_assert_both_ways(pair, sa, gateway);
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
    assert_non_null(cluster_sa(&pair->a, sa)->moves);
    assert_int_equal(cluster_sa(&pair->a, sa)->moves->count, 1);
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
    struct pair *pair = cluster_pair(true, true);
    struct pair_record record, again;

    (void)state;
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_settle(pair);
    record = pair_export(&pair->b, gateway);
    gateway = pair_fail_over(&pair->b, &record);
    pair_assert_same_keys(cluster_sa(&pair->b, gateway)->keys, cluster_sa(&pair->a, sa)->keys);
    assert_int_equal(cluster_sa(&pair->b, gateway)->child_count, 2);
    assert_int_equal(cluster_sa(&pair->b, gateway)->peer_id_len, 5);
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
    struct pair *pair = cluster_pair(true, true);
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
