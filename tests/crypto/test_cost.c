/* The ledger of what was computed (docs/design.md, rule 2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/cost.h"

static void neighbours_of_one_kind_and_transform_are_one_item(void **state)
{
    struct crypto_ledger ledger = {0};

    (void)state;
    crypto_ledger_add(&ledger, CRYPTO_COST_PRF, 5, 100);
    crypto_ledger_add(&ledger, CRYPTO_COST_PRF, 5, 11);
    crypto_ledger_add(&ledger, CRYPTO_COST_PRF, 6, 1);
    crypto_ledger_add(&ledger, CRYPTO_COST_SEAL, 6, 1);
    crypto_ledger_add(&ledger, CRYPTO_COST_PRF, 5, 1000);

    assert_int_equal(ledger.count, 4);
    assert_int_equal(ledger.items[0].kind, CRYPTO_COST_PRF);
    assert_int_equal(ledger.items[0].transform, 5);
    assert_int_equal(ledger.items[0].operations, 2);
    assert_int_equal(ledger.items[0].bytes, 111);
    assert_int_equal(ledger.items[1].transform, 6);
    assert_int_equal(ledger.items[2].kind, CRYPTO_COST_SEAL);
    assert_int_equal(ledger.items[3].operations, 1);
    assert_int_equal(ledger.items[3].bytes, 1000);
}

static void a_full_ledger_folds_into_the_last_item_of_the_kind(void **state)
{
    struct crypto_ledger ledger = {0};
    uint32_t operations = 0;

    (void)state;
    for (uint32_t i = 0; i < 5 * CRYPTO_LEDGER_MAX; i++) {
        crypto_ledger_add(&ledger, i % 2 == 0 ? CRYPTO_COST_PRF : CRYPTO_COST_PARSE, 0, 1);
    }

    assert_int_equal(ledger.count, CRYPTO_LEDGER_MAX);
    for (uint32_t i = 0; i < ledger.count; i++) {
        operations += ledger.items[i].operations;
    }
    assert_int_equal(operations, 5 * CRYPTO_LEDGER_MAX);
    assert_int_equal(ledger.items[0].operations, 1);
    assert_int_equal(ledger.items[CRYPTO_LEDGER_MAX - 2].operations, 1 + 2 * CRYPTO_LEDGER_MAX);
    assert_int_equal(ledger.items[CRYPTO_LEDGER_MAX - 1].operations, 1 + 2 * CRYPTO_LEDGER_MAX);
}

static void no_ledger_counts_nothing(void **state)
{
    (void)state;
    crypto_ledger_add(NULL, CRYPTO_COST_KEYGEN, 31, 1);
}

static void every_kind_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < CRYPTO_COST_KINDS; i++) {
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(crypto_cost_name((enum crypto_cost_kind)i),
                                    crypto_cost_name((enum crypto_cost_kind)j));
        }
    }
    assert_string_equal(crypto_cost_name(CRYPTO_COST_KEYGEN), "keygen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_of_one_kind_and_transform_are_one_item),
        cmocka_unit_test(a_full_ledger_folds_into_the_last_item_of_the_kind),
        cmocka_unit_test(no_ledger_counts_nothing),
        cmocka_unit_test(every_kind_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
