/* `keys: pooled`: key pairs that are used again (RFC 7296 §2.12), secrets that are looked up, and a
 * helper that has computed either ahead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kex.h"
#include "tests/crypto/support.h"

enum { EXCHANGES = 200 };

static const uint16_t some_groups[] = {CRYPTO_KE_CURVE25519, CRYPTO_KE_ECP_256,
                                       CRYPTO_KE_BRAINPOOL_P384R1, CRYPTO_KE_MODP_2048};

static struct crypto_context *new_context(bool pooled)
{
    char why[200] = "";
    struct crypto_context *ctx = crypto_context_new(why, sizeof why);

    if (ctx == NULL) {
        fail_msg("%s", why);
    }
    if (pooled) {
        assert_true(crypto_kex_use_pool(ctx, &identity_entropy));
    }
    return ctx;
}

static struct crypto_kex *pair_in(struct crypto_context *ctx, uint16_t id, uint64_t entity,
                                  struct crypto_ledger *ledger)
{
    const struct crypto_draw draw = {.entity = entity, .sa = 7};
    struct crypto_kex *kex =
        crypto_kex_new(ctx, crypto_transform_find(CRYPTO_KE, id), &identity_entropy, &draw, ledger);

    assert_non_null(kex);
    return kex;
}

static size_t derive_in(struct crypto_kex *kex, struct crypto_bytes peer,
                        uint8_t secret[CRYPTO_KEX_SECRET_MAX], struct crypto_ledger *ledger)
{
    size_t len = 0;
    const char *why;

    assert_int_equal(crypto_kex_derive(kex, peer, secret, &len, ledger, &why), 0);
    return len;
}

static void pairs_are_used_again_and_their_number_is_bounded_2_12(void **state)
{
    struct crypto_context *ctx = new_context(true);
    uint8_t seen[CRYPTO_KEX_POOL_SIZE + 1][32];
    size_t count = 0;

    (void)state;
    for (uint64_t entity = 0; entity < EXCHANGES; entity++) {
        struct crypto_kex *kex = pair_in(ctx, CRYPTO_KE_CURVE25519, entity, NULL);
        size_t i = 0;
        while (i < count && memcmp(seen[i], crypto_kex_public(kex).data, 32) != 0) {
            i++;
        }
        if (i == count) {
            memcpy(seen[count++], crypto_kex_public(kex).data, 32);
            assert_true(count <= CRYPTO_KEX_POOL_SIZE);
        }
        crypto_kex_free(kex);
    }
    assert_true(count > CRYPTO_KEX_POOL_SIZE / 2); /* of 200 draws, 0.06 pairs are left out */
    crypto_context_free(ctx);
}

/* What a pool gives is what its scalars give without one. */
static void secrets_are_those_of_the_scalars(void **state)
{
    struct crypto_context *pool = new_context(true), *plain = new_context(false);

    (void)state;
    for (size_t g = 0; g < sizeof some_groups / sizeof some_groups[0]; g++) {
        for (uint64_t n = 0; n < 4; n++) {
            struct crypto_kex *a = pair_in(pool, some_groups[g], n, NULL);
            struct crypto_kex *b = pair_in(pool, some_groups[g], 100 + n, NULL);
            uint8_t one[CRYPTO_KEX_SECRET_MAX], other[CRYPTO_KEX_SECRET_MAX];
            uint8_t computed[CRYPTO_KEX_SECRET_MAX], stream[32] = {1};
            const char *why;
            size_t len = derive_in(a, crypto_kex_public(b), one, NULL);
            assert_int_equal(derive_in(b, crypto_kex_public(a), other, NULL), len);
            assert_memory_equal(one, other, len);
            struct crypto_kex_work work = {.ke = crypto_kex_transform(a),
                                           .scalar = crypto_kex_private(a),
                                           .peer = crypto_kex_public(b),
                                           .stream = crypto_bytes(stream, sizeof stream)};
            assert_int_equal(crypto_kex_compute(plain, &work, computed, &why), 0);
            assert_memory_equal(one, computed, len);
            crypto_kex_free(a);
            crypto_kex_free(b);
        }
    }
    crypto_context_free(pool);
    crypto_context_free(plain);
}

static void who_asks_first_changes_nothing(void **state)
{
    struct crypto_context *up = new_context(true), *down = new_context(true);
    uint8_t publics[EXCHANGES][32];

    (void)state;
    for (uint64_t n = 0; n < EXCHANGES; n++) {
        struct crypto_kex *kex = pair_in(up, CRYPTO_KE_CURVE25519, n, NULL);
        memcpy(publics[n], crypto_kex_public(kex).data, 32);
        crypto_kex_free(kex);
    }
    for (uint64_t n = EXCHANGES; n-- > 0;) {
        struct crypto_kex *kex = pair_in(down, CRYPTO_KE_CURVE25519, n, NULL);
        assert_memory_equal(crypto_kex_public(kex).data, publics[n], 32);
        crypto_kex_free(kex);
    }
    crypto_context_free(up);
    crypto_context_free(down);
}

/* Design §4: the simulated CPU is charged the full price. */
static void the_ledger_is_that_of_fresh_keys(void **state)
{
    (void)state;
    for (int pooled = 0; pooled < 2; pooled++) {
        struct crypto_context *ctx = new_context(pooled);
        for (int again = 0; again < 2; again++) {
            struct crypto_ledger ledger = {0};
            uint8_t secret[CRYPTO_KEX_SECRET_MAX];
            struct crypto_kex *a = pair_in(ctx, CRYPTO_KE_CURVE25519, 1, &ledger);
            struct crypto_kex *b = pair_in(ctx, CRYPTO_KE_CURVE25519, 2, &ledger);
            derive_in(a, crypto_kex_public(b), secret, &ledger);
            assert_int_equal(ledger.count, 2);
            assert_int_equal(ledger.items[0].kind, CRYPTO_COST_KEYGEN);
            assert_int_equal(ledger.items[0].operations, 2);
            assert_int_equal(ledger.items[1].kind, CRYPTO_COST_DERIVE);
            assert_int_equal(ledger.items[1].operations, 1);
            crypto_kex_free(a);
            crypto_kex_free(b);
        }
        crypto_context_free(ctx);
    }
}

/* RFC 6989 §2: reuse of keys is what makes the checks of the peer's value indispensable. */
static void a_bad_value_is_refused_by_a_pooled_pair_too_rfc_6989_2(void **state)
{
    struct crypto_context *ctx = new_context(true);
    uint8_t secret[CRYPTO_KEX_SECRET_MAX], value[256] = {0};
    size_t len;
    const char *why;

    (void)state;
    for (size_t g = 0; g < sizeof some_groups / sizeof some_groups[0]; g++) {
        struct crypto_kex *kex = pair_in(ctx, some_groups[g], 1, NULL);
        struct crypto_bytes zero = {value, crypto_kex_public(kex).len};
        assert_int_equal(crypto_kex_derive(kex, zero, secret, &len, NULL, &why), -1);
        assert_non_null(why);
        crypto_kex_free(kex);
    }
    /* A point of the pool with one bit turned is none of it, and no point of the curve. */
    struct crypto_kex *a = pair_in(ctx, CRYPTO_KE_ECP_256, 1, NULL);
    struct crypto_kex *b = pair_in(ctx, CRYPTO_KE_ECP_256, 2, NULL);
    memcpy(value, crypto_kex_public(b).data, 64);
    value[63] ^= 1;
    assert_int_equal(crypto_kex_derive(a, crypto_bytes(value, 64), secret, &len, NULL, &why), -1);
    crypto_kex_free(a);
    crypto_kex_free(b);
    crypto_context_free(ctx);
}

static void a_peer_with_a_fresh_pair_gets_its_secret(void **state)
{
    struct crypto_context *pool = new_context(true), *plain = new_context(false);
    struct crypto_kex *a = pair_in(pool, CRYPTO_KE_CURVE25519, 1, NULL);
    struct crypto_kex *b = pair_in(plain, CRYPTO_KE_CURVE25519, 2, NULL);
    uint8_t one[CRYPTO_KEX_SECRET_MAX], other[CRYPTO_KEX_SECRET_MAX];

    (void)state;
    assert_int_equal(derive_in(a, crypto_kex_public(b), one, NULL), 32);
    derive_in(b, crypto_kex_public(a), other, NULL);
    assert_memory_equal(one, other, 32);
    crypto_kex_free(a);
    crypto_kex_free(b);
    crypto_context_free(pool);
    crypto_context_free(plain);
}

/* ---- a helper ---- */

/* Remembers the last works that it was told of, and has computed them at once. */
struct memory {
    struct crypto_context *ctx;
    size_t count, taken;
    struct {
        uint8_t scalar[32], peer[32], out[32];
        size_t peer_len;
        const char *why;
        int result;
    } works[8];
};

static void remember(void *context, const struct crypto_kex_work *work)
{
    struct memory *memory = context;
    size_t i = memory->count++;

    assert_true(i < 8 && work->scalar.len == 32);
    memcpy(memory->works[i].scalar, work->scalar.data, 32);
    memory->works[i].peer_len = work->peer.len;
    if (work->peer.len > 0) {
        memcpy(memory->works[i].peer, work->peer.data, work->peer.len);
    }
    memory->works[i].result =
        crypto_kex_compute(memory->ctx, work, memory->works[i].out, &memory->works[i].why);
}

static bool recall(void *context, const struct crypto_kex_work *work, uint8_t *out,
                   const char **why, int *result)
{
    struct memory *memory = context;

    for (size_t i = 0; i < memory->count; i++) {
        if (memcmp(memory->works[i].scalar, work->scalar.data, 32) == 0 &&
            memory->works[i].peer_len == work->peer.len &&
            (work->peer.len == 0 || memcmp(memory->works[i].peer, work->peer.data, 32) == 0)) {
            memcpy(out, memory->works[i].out, 32);
            *why = memory->works[i].why;
            *result = memory->works[i].result;
            memory->taken++;
            return true;
        }
    }
    return false;
}

/* Design §5: both steps are functions of what is known before; a refusal is an answer as well. */
static void what_was_expected_is_taken_and_is_the_same(void **state)
{
    struct memory memory = {.ctx = new_context(false)};
    const struct crypto_kex_helper helper = {&memory, remember, recall};
    struct crypto_context *ctx = new_context(false), *plain = new_context(false);
    const struct crypto_transform *ke = crypto_transform_find(CRYPTO_KE, CRYPTO_KE_CURVE25519);
    const struct crypto_draw draw = {.entity = 1, .sa = 7};
    struct crypto_kex *peer = pair_in(plain, CRYPTO_KE_CURVE25519, 2, NULL);
    struct crypto_kex *alone = pair_in(plain, CRYPTO_KE_CURVE25519, 1, NULL);
    uint8_t one[CRYPTO_KEX_SECRET_MAX], other[CRYPTO_KEX_SECRET_MAX];
    static const uint8_t zero[32];
    const char *why = NULL;
    size_t len;

    (void)state;
    crypto_kex_set_helper(ctx, &helper);
    assert_true(crypto_kex_is_helped(ctx));
    crypto_kex_expect(ctx, ke, &identity_entropy, &draw, crypto_kex_public(peer));
    assert_int_equal(memory.count, 2);
    struct crypto_kex *kex = pair_in(ctx, CRYPTO_KE_CURVE25519, 1, NULL);
    derive_in(kex, crypto_kex_public(peer), one, NULL);
    assert_int_equal(memory.taken, 2);
    assert_memory_equal(crypto_kex_public(kex).data, crypto_kex_public(alone).data, 32);
    derive_in(alone, crypto_kex_public(peer), other, NULL);
    assert_memory_equal(one, other, 32);

    crypto_kex_expect_derive(kex, crypto_bytes(zero, 32));
    assert_int_equal(crypto_kex_derive(kex, crypto_bytes(zero, 32), one, &len, NULL, &why), -1);
    assert_int_equal(memory.taken, 3);
    assert_non_null(strstr(why, "all zero"));
    crypto_kex_free(kex);
    crypto_kex_free(alone);
    crypto_kex_free(peer);
    crypto_context_free(ctx);
    crypto_context_free(plain);
    crypto_context_free(memory.ctx);
}

static void a_pool_needs_no_helper(void **state)
{
    struct memory memory = {0};
    const struct crypto_kex_helper helper = {&memory, remember, recall};
    struct crypto_context *ctx = new_context(true);
    const struct crypto_draw draw = {.entity = 1};

    (void)state;
    crypto_kex_set_helper(ctx, &helper);
    assert_false(crypto_kex_is_helped(ctx));
    crypto_kex_expect(ctx, crypto_transform_find(CRYPTO_KE, CRYPTO_KE_CURVE25519),
                      &identity_entropy, &draw, crypto_bytes(NULL, 0));
    assert_int_equal(memory.count, 0);
    crypto_context_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_used_again_and_their_number_is_bounded_2_12),
        cmocka_unit_test(secrets_are_those_of_the_scalars),
        cmocka_unit_test(who_asks_first_changes_nothing),
        cmocka_unit_test(the_ledger_is_that_of_fresh_keys),
        cmocka_unit_test(a_bad_value_is_refused_by_a_pooled_pair_too_rfc_6989_2),
        cmocka_unit_test(a_peer_with_a_fresh_pair_gets_its_secret),
        cmocka_unit_test(what_was_expected_is_taken_and_is_the_same),
        cmocka_unit_test(a_pool_needs_no_helper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
