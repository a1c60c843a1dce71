/* What the tests of failovers share (RFC 6311): alice is the peer, gw a cluster, whose standby
 * takes over. */
#ifndef IKESIM_TESTS_IKE_CLUSTER_H
#define IKESIM_TESTS_IKE_CLUSTER_H

#include "tests/ike/pair.h"

/* What gw skips sequence numbers by. */
enum { CLUSTER_DELTA = 1000 };

/* A pair, begun, of which alice (`a`) and gw (`b`) speak both extensions of RFC 6311. */
struct pair *cluster_pair(bool a, bool b);

/* So many exchanges that each end begins. */
void cluster_talk(struct pair *pair, uint64_t sa, uint64_t gateway, unsigned by_a, unsigned by_b);

/* The IKE SA of that id; there must be one. */
const struct ike_sa *cluster_sa(const struct party *party, uint64_t sa);

/* Both ends take each other's requests, one has its CHILD SA rekeyed, and nothing is left over. */
void cluster_assert_both_ways(struct pair *pair, uint64_t sa, uint64_t gateway);

#endif
