/* Prices on the simulated CPU: which row serves, what it comes to, that nothing is free by
 * oversight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/transform.h"
#include "sim/host/cost.h"

static uint64_t price(const struct cost_table *table, enum crypto_cost_kind kind,
                      uint16_t transform, uint32_t bytes)
{
    struct crypto_ledger ledger = {0};
    crypto_ledger_add(&ledger, kind, transform, bytes);
    return cost_price(table, &ledger);
}

static void a_row_of_the_transform_goes_before_the_row_of_all(void **state)
{
    const struct cost_table table = {.count = 3,
                                     .rows = {{CRYPTO_COST_SEAL, 20, 100, 1000},
                                              {CRYPTO_COST_SEAL, COST_ANY_TRANSFORM, 7, 0},
                                              {CRYPTO_COST_OPEN, 20, 5, 0}}};
    (void)state;
    assert_int_equal(price(&table, CRYPTO_COST_SEAL, 20, 50), 150); /* 1000 ps an octet */
    assert_int_equal(price(&table, CRYPTO_COST_SEAL, 12, 50), 7);
    assert_int_equal(price(&table, CRYPTO_COST_OPEN, 12, 50), 0);
    assert_int_equal(price(&table, CRYPTO_COST_PRF, 5, 50), 0);
}

static void the_ledger_is_added_up(void **state)
{
    struct crypto_ledger ledger = {0};
    (void)state;
    crypto_ledger_add(&ledger, CRYPTO_COST_KEYGEN, CRYPTO_KE_CURVE25519, 0);
    crypto_ledger_add(&ledger, CRYPTO_COST_DERIVE, CRYPTO_KE_CURVE25519, 0);
    crypto_ledger_add(&ledger, CRYPTO_COST_PRF, 5, 100);
    crypto_ledger_add(&ledger, CRYPTO_COST_PRF, 5, 300);
    assert_int_equal(cost_price(&cost_reference, &ledger), 43000 + 40000 + 2 * 500 + 400 * 5 / 2);
}

static void the_reference_table_prices_every_key_exchange(void **state)
{
    static const uint16_t methods[] = {CRYPTO_KE_CURVE25519, CRYPTO_KE_ECP_256, CRYPTO_KE_ECP_384,
                                       CRYPTO_KE_MODP_2048};
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        assert_true(price(&cost_reference, CRYPTO_COST_KEYGEN, methods[i], 0) > 0);
        assert_true(price(&cost_reference, CRYPTO_COST_DERIVE, methods[i], 0) > 0);
    }
    assert_true(price(&cost_reference, CRYPTO_COST_SEAL, 20, 0) > 0);
    assert_true(price(&cost_reference, CRYPTO_COST_OPEN, 12, 0) > 0);
    assert_true(price(&cost_reference, CRYPTO_COST_PARSE, 0, 0) > 0);
    /* A packet of 1400 octets costs more than its start. */
    assert_int_equal(price(&cost_reference, CRYPTO_COST_SEAL, 20, 1400), 450 + 1400 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_the_transform_goes_before_the_row_of_all),
        cmocka_unit_test(the_ledger_is_added_up),
        cmocka_unit_test(the_reference_table_prices_every_key_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
