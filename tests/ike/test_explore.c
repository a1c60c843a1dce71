/*
 * All pairs of orders from either end, with windows of 1 and 2: every order of arrival, every
 * single loss and every single duplication (RFC 7296 §2.1, §2.3, §2.8, §2.25). How many there were
 * is printed. With `full` as its argument: three orders at once.
 */
#include <stdio.h>
#include <string.h>

#include "tests/ike/explore.h"

static const char *const names[PAIR_ORDERS] = {
    "rekey child", "create child", "delete child", "rekey IKE SA", "delete IKE SA", "liveness",
};

/* Which nonce is the lowest matters only where both ends rekey the same. */
static bool nonces_decide(const struct explore_step *x, const struct explore_step *y)
{
    return x->order == y->order && x->by_gateway != y->by_gateway &&
           (x->order == REKEY_CHILD || x->order == REKEY_SA);
}

static void explore_pair(struct explore_step x, struct explore_step y, unsigned faults,
                         struct explore_count *count)
{
    static const enum nonce_place places[] = {GW_NI, ALICE_NI, ALICE_NR, GW_NR};

    for (uint32_t window = 1; window <= 2; window++) {
        for (int n = 0; n < (nonces_decide(&x, &y) ? 2 : 1); n++) {
            explore(&(struct explore_task){.window = window,
                                           .lowest = places[n],
                                           .faults = faults,
                                           .step_count = 2,
                                           .steps = {x, y}},
                    count);
        }
    }
}

/* From alice and gw, and from alice alone, in both orders: gw differs from her by name only. */
static void every_pair_of_orders(void **state)
{
    struct explore_count count = {0};

    (void)state;
    for (enum pair_order x = 0; x < PAIR_ORDERS; x++) {
        struct explore_count before = count;

        for (enum pair_order y = 0; y < PAIR_ORDERS; y++) {
            explore_pair((struct explore_step){false, x}, (struct explore_step){true, y}, 1,
                         &count);
            explore_pair((struct explore_step){false, x}, (struct explore_step){false, y}, 1,
                         &count);
        }
        printf("%s with any other: %llu orders of arrival, %llu states\n", names[x],
               (unsigned long long)(count.orders - before.orders),
               (unsigned long long)(count.states - before.states));
    }
    printf("in all: %llu orders of arrival, %llu states\n", (unsigned long long)count.orders,
           (unsigned long long)count.states);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
