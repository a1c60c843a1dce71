/* One context for all tests of a program: cmocka_run_group_tests(tests, make_context,
 * free_context). */
#ifndef IKESIM_TESTS_CRYPTO_GROUP_CONTEXT_H
#define IKESIM_TESTS_CRYPTO_GROUP_CONTEXT_H

#include "tests/crypto/support.h"

static struct crypto_context *ctx;

static int make_context(void **state)
{
    (void)state;
    ctx = context_or_die();
    return 0;
}

static int free_context(void **state)
{
    (void)state;
    crypto_context_free(ctx);
    return 0;
}

#endif
