/*
 * Crossed exchanges explored, not sampled: two ends get orders at the same moment, and every order
 * in which their datagrams can arrive is tried, with every single loss and duplication up to a
 * bound. Afterwards both ends must hold the same SAs with the same keys, all usable, and have told
 * of each rekey once.
 *
 * The first order is given at the start; the others with it, or, `late`, at every moment that there
 * is. The search goes depth first: a run is repeated from the start up to the choice that is to be
 * another one. States that were seen before, with as many faults left, are not entered again: what
 * comes of them is known. Time goes on when nothing is in flight, so that timers come after
 * datagrams; a copy may be delivered late instead.
 */
#ifndef IKESIM_TESTS_IKE_EXPLORE_H
#define IKESIM_TESTS_IKE_EXPLORE_H

#include "tests/ike/crossing.h"

/* CREATE_CHILD makes another one, "two"; the others of CHILD SAs are about "net". */
struct explore_step {
    bool by_gateway;
    enum pair_order order;
};

enum { EXPLORE_STEPS_MAX = 4 };

struct explore_task {
    uint32_t window;
    enum nonce_place lowest;
    unsigned faults; /* datagrams that are lost, or delivered twice, in one run */
    bool late;
    bool setup;  /* there is no IKE SA yet, and each step is to make one, whatever its order says */
    bool unique; /* then the newer one replaces the older one (`unique`) */
    enum followup followup; /* with one additional key exchange */
    size_t step_count;
    struct explore_step steps[EXPLORE_STEPS_MAX];
};

struct explore_count {
    uint64_t
        orders; /* runs that were different in what arrived when, to the end or to a known state */
    uint64_t states; /* different ones */
};

/* Explores one task to the end; adds to `count`. Fails the test with the ladder of the run that
 * went wrong. */
void explore(const struct explore_task *task, struct explore_count *count);

#endif
