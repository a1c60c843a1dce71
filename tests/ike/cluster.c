#include "tests/ike/cluster.h"

#include "ike/sa.h"

struct pair *cluster_pair(bool a, bool b)
{
    struct pair *pair = pair_new();

    pair->a.policy.message_id_sync = pair->a.policy.replay_counter_sync = a;
    pair->b.policy.message_id_sync = pair->b.policy.replay_counter_sync = b;
    pair->b.policy.counter_delta = CLUSTER_DELTA;
    pair_start(pair);
    return pair;
}

void cluster_talk(struct pair *pair, uint64_t sa, uint64_t gateway, unsigned by_a, unsigned by_b)
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

const struct ike_sa *cluster_sa(const struct party *party, uint64_t sa)
{
    const struct ike_sa *found = ike_sa_by_id(party->ike, sa);

    assert_non_null(found);
    return found;
}

void cluster_assert_both_ways(struct pair *pair, uint64_t sa, uint64_t gateway)
{
    size_t accepted = party_count(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT) +
                      party_count(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT);

    cluster_talk(pair, sa, gateway, 1, 1);
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
