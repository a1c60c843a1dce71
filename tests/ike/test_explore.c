/*
 * All pairs of orders from either end, with windows of 1 and 2: every order of arrival, every
 * single loss and every single duplication (RFC 7296 §2.1, §2.3, §2.8, §2.25). How many there were
 * is printed. With `full` as its argument: the second at any moment, three orders, two faults in
 * one run; with `long`: both of the first and the last.
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

static void explore_pair(struct explore_step x, struct explore_step y, unsigned faults, bool late,
                         enum followup followup, struct explore_count *count)
{
    static const enum nonce_place places[] = {GW_NI, ALICE_NI, ALICE_NR, GW_NR};

    for (uint32_t window = 1; window <= 2; window++) {
        for (int n = 0; n < (nonces_decide(&x, &y) ? 2 : 1); n++) {
            explore(&(struct explore_task){.window = window,
                                           .lowest = places[n],
                                           .faults = faults,
                                           .late = late,
                                           .followup = followup,
                                           .step_count = 2,
                                           .steps = {x, y}},
                    count);
        }
    }
}

/* Who gives the first order and who the second: who began the IKE SA and who did not are not alike,
 * so there are four. Given at once, the two ways between the ends are the same. */
static const bool ends[4][2] = {{false, true}, {false, false}, {true, true}, {true, false}};

static void explore_ends(size_t first, size_t last, unsigned faults, bool late)
{
    struct explore_count count = {0};

    for (enum pair_order x = 0; x < PAIR_ORDERS; x++) {
        struct explore_count before = count;

        for (enum pair_order y = 0; y < PAIR_ORDERS; y++) {
            for (size_t i = first; i <= last; i++) {
                explore_pair((struct explore_step){ends[i][0], x},
                             (struct explore_step){ends[i][1], y}, faults, late, NO_FOLLOWUP,
                             &count);
            }
        }
        printf("%s with any other: %llu orders of arrival, %llu states\n", names[x],
               (unsigned long long)(count.orders - before.orders),
               (unsigned long long)(count.states - before.states));
    }
    printf("in all: %llu orders of arrival, %llu states\n", (unsigned long long)count.orders,
           (unsigned long long)count.states);
}

static void two_orders_at_once_with_one_loss_or_copy(void **state)
{
    (void)state;
    explore_ends(0, 1, 1, false); /* of gw alone in the full test */
}

static void the_second_order_at_any_moment(void **state)
{
    (void)state;
    explore_ends(0, 3, 0, true);
}

static void the_second_order_at_any_moment_with_one_loss_or_copy(void **state)
{
    (void)state;
    explore_ends(0, 3, 1, true);
}

static void two_orders_at_once_with_two_losses_or_copies(void **state)
{
    (void)state;
    explore_ends(0, 0, 2, false);
}

static void the_second_order_at_any_moment_with_two_losses_or_copies(void **state)
{
    (void)state;
    explore_ends(0, 3, 2, true);
}

/* XS-01 and XS-02, whatever arrives when: both IKE SAs stay, or the newer one replaces the older.
 */
static void explore_setup(bool late)
{
    struct explore_count count = {0};

    for (int unique = 0; unique < 2; unique++) {
        for (size_t i = 0; i < (late ? 4 : 3); i++) {
            explore(&(struct explore_task){.window = 1,
                                           .faults = 1,
                                           .late = late,
                                           .setup = true,
                                           .unique = unique,
                                           .step_count = 2,
                                           .steps = {{.by_gateway = ends[i][0]},
                                                     {.by_gateway = ends[i][1]}}},
                    &count);
        }
    }
    printf("two set-ups: %llu orders of arrival, %llu states\n", (unsigned long long)count.orders,
           (unsigned long long)count.states);
}

static void two_set_ups_at_once_with_one_loss_or_copy(void **state)
{
    (void)state;
    explore_setup(false);
}

static void the_second_set_up_at_any_moment_with_one_loss_or_copy(void **state)
{
    (void)state;
    explore_setup(true);
}

/* Orders of alice and gw where one of the ends, or both, have an additional key exchange behind
 * CREATE_CHILD_SA (RFC 9370 §2.2.4). */
static void explore_followup(unsigned faults, bool late)
{
    struct explore_count count = {0};

    for (enum followup followup = ALICE_FOLLOWUP; followup < FOLLOWUPS; followup++) {
        struct explore_count before = count;

        for (enum pair_order x = 0; x < PAIR_ORDERS; x++) {
            for (enum pair_order y = 0; y < PAIR_ORDERS; y++) {
                explore_pair((struct explore_step){false, x}, (struct explore_step){true, y},
                             faults, late, followup, &count);
            }
        }
        printf("additional key exchanges of %s: %llu orders of arrival, %llu states\n",
               followup == BOTH_FOLLOWUP    ? "both"
               : followup == ALICE_FOLLOWUP ? "alice"
                                            : "gw",
               (unsigned long long)(count.orders - before.orders),
               (unsigned long long)(count.states - before.states));
    }
}

static void additional_key_exchanges_and_two_orders_at_once(void **state)
{
    (void)state;
    explore_followup(0, false);
}

static void additional_key_exchanges_and_the_second_order_at_any_moment(void **state)
{
    (void)state;
    explore_followup(0, true);
}

static void additional_key_exchanges_with_one_loss_or_copy(void **state)
{
    (void)state;
    explore_followup(1, true);
}

/* alice, gw, and then either: when the second and third come is free. */
static void three_orders_at_any_moment(void **state)
{
    struct explore_count count = {0};

    (void)state;
    for (int n = 0; n < 2 * PAIR_ORDERS * PAIR_ORDERS * PAIR_ORDERS; n++) {
        int x = n / 2 % PAIR_ORDERS, y = n / 2 / PAIR_ORDERS % PAIR_ORDERS;
        int z = n / 2 / PAIR_ORDERS / PAIR_ORDERS;

        for (uint32_t window = 1; window <= 2; window++) {
            explore(&(struct explore_task){.window = window,
                                           .lowest = n % NONCE_PLACES,
                                           .late = true,
                                           .step_count = 3,
                                           .steps = {{false, (enum pair_order)x},
                                                     {true, (enum pair_order)y},
                                                     {n % 2, (enum pair_order)z}}},
                    &count);
        }
    }
    printf("three orders: %llu orders of arrival, %llu states\n", (unsigned long long)count.orders,
           (unsigned long long)count.states);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest quick[] = {
        cmocka_unit_test(two_orders_at_once_with_one_loss_or_copy),
        cmocka_unit_test(the_second_order_at_any_moment),
        cmocka_unit_test(two_set_ups_at_once_with_one_loss_or_copy),
        cmocka_unit_test(additional_key_exchanges_and_two_orders_at_once),
        cmocka_unit_test(additional_key_exchanges_and_the_second_order_at_any_moment),
    };
    const struct CMUnitTest full[] = {
        cmocka_unit_test(the_second_order_at_any_moment_with_one_loss_or_copy),
        cmocka_unit_test(two_orders_at_once_with_two_losses_or_copies),
        cmocka_unit_test(the_second_set_up_at_any_moment_with_one_loss_or_copy),
        cmocka_unit_test(three_orders_at_any_moment),
        cmocka_unit_test(additional_key_exchanges_with_one_loss_or_copy),
    };

    const struct CMUnitTest longest[] = {
        cmocka_unit_test(the_second_order_at_any_moment_with_two_losses_or_copies),
    };

    if (argc > 1 && strcmp(argv[1], "long") == 0) {
        return cmocka_run_group_tests(longest, NULL, NULL);
    }
    if (argc > 1 && strcmp(argv[1], "full") == 0) {
        return cmocka_run_group_tests(full, NULL, NULL);
    }
    return cmocka_run_group_tests(quick, NULL, NULL);
}
