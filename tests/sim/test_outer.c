/* Outer addresses of CHILD SAs: one in the host itself, more in a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "sim/engine/draw.h"
#include "sim/host/outer.h"

enum { SPIS = 1000, STEPS = 200000, SEED = 7 };

/* Many share their low bits, so places collide. */
static uint32_t spi_of(uint64_t n)
{
    return (uint32_t)(256 + n % 3 + n * 4096);
}

static void what_was_added_is_found_until_it_is_removed(void **state)
{
    struct outer_table table = {0};
    bool there[SPIS] = {false};
    uint32_t count = 0;
    (void)state;
    printf("seed %d\n", SEED);
    for (uint64_t step = 0; step < STEPS; step++) {
        uint64_t words[4];
        sim_draw_words(sim_draw_key(SEED, "outer", NULL), (const uint64_t[4]){step}, words);
        /* Few at first, so that the table is left and entered often. */
        uint64_t n = words[0] % (step < STEPS / 2 ? 3 : SPIS);
        uint32_t spi = spi_of(n);
        if (!there[n]) {
            outer_add(&table, spi)->local.port = (uint16_t)n;
        } else if (words[1] % 2) {
            outer_remove(&table, spi);
        }
        bool now = !there[n] || words[1] % 2 == 0;
        count = count + now - there[n];
        there[n] = now;
        struct outer *outer = outer_find(&table, spi);
        assert_int_equal(outer != NULL, now);
        assert_true(!outer || outer->local.port == n);
        assert_int_equal(table.count, count);
    }
    for (uint64_t n = 0; n < SPIS; n++) {
        assert_int_equal(outer_find(&table, spi_of(n)) != NULL, there[n]);
    }
    outer_dispose(&table);
    assert_int_equal(outer_memory(&table), 0);
}

static void the_first_takes_no_memory_of_its_own(void **state)
{
    struct outer_table table = {0};
    (void)state;
    outer_add(&table, 4096);
    assert_int_equal(outer_memory(&table), 0);
    outer_add(&table, 8192);
    assert_true(outer_memory(&table) > 0);
    outer_dispose(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found_until_it_is_removed),
        cmocka_unit_test(the_first_takes_no_memory_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
