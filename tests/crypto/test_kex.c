/* Key exchange: published exchanges, keys from drawn scalars, and the public values that RFC 6989
 * §2 and RFC 7748 §6.1 have us refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kex.h"
#include "crypto/kex_method.h"
#include "tests/crypto/group_context.h"

static const uint16_t groups[] = {
    CRYPTO_KE_CURVE25519,       CRYPTO_KE_CURVE448,         CRYPTO_KE_ECP_256,
    CRYPTO_KE_ECP_384,          CRYPTO_KE_ECP_521,          CRYPTO_KE_BRAINPOOL_P224R1,
    CRYPTO_KE_BRAINPOOL_P256R1, CRYPTO_KE_BRAINPOOL_P384R1, CRYPTO_KE_BRAINPOOL_P512R1,
    CRYPTO_KE_MODP_1024,        CRYPTO_KE_MODP_1536,        CRYPTO_KE_MODP_2048,
    CRYPTO_KE_MODP_3072,        CRYPTO_KE_MODP_4096,        CRYPTO_KE_MODP_6144,
    CRYPTO_KE_MODP_8192};
enum { GROUPS = sizeof groups / sizeof groups[0] };

static const struct crypto_transform *group(uint16_t id)
{
    return crypto_transform_find(CRYPTO_KE, id);
}

static struct crypto_kex *pair_of(uint16_t id, uint64_t entity)
{
    const struct crypto_draw draw = {.entity = entity};
    struct crypto_kex *kex = crypto_kex_new(ctx, group(id), &identity_entropy, &draw, NULL);

    assert_non_null(kex);
    return kex;
}

static void check_derive(struct crypto_kex *kex, struct crypto_bytes peer,
                         struct crypto_bytes shared)
{
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t len = 0;
    const char *why = NULL;

    assert_int_equal(crypto_kex_derive(kex, peer, secret, &len, NULL, &why), 0);
    assert_null(why);
    assert_int_equal(len, crypto_kex_transform(kex)->secret_len);
    assert_int_equal(len, shared.len);
    assert_memory_equal(secret, shared.data, len);
}

static void check_refused(struct crypto_kex *kex, struct crypto_bytes peer, const char *reason)
{
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t len = 99;
    const char *why = NULL;

    assert_int_equal(crypto_kex_derive(kex, peer, secret, &len, NULL, &why), -1);
    assert_int_equal(len, 0);
    assert_non_null(why);
    if (strstr(why, reason) == NULL) {
        fail_msg("\"%s\" does not speak of \"%s\"", why, reason);
    }
}

/* ---- published exchanges ---- */

static void check_exchange(const json_t *item)
{
    const struct crypto_transform *ke = transform_named(CRYPTO_KE, json_text(item, "ke"));
    const struct crypto_draw draw = {.entity = 1};
    struct octets private_i, public_i, private_r, public_r, shared;

    octets_get(&private_i, item, "private_i");
    octets_get(&public_i, item, "public_i");
    octets_get(&private_r, item, "private_r");
    octets_get(&public_r, item, "public_r");
    octets_get(&shared, item, "shared");
    struct crypto_entropy draws_i = scalar_entropy(&private_i);
    struct crypto_entropy draws_r = scalar_entropy(&private_r);
    struct crypto_kex *i = crypto_kex_new(ctx, ke, &draws_i, &draw, NULL);
    struct crypto_kex *r = crypto_kex_new(ctx, ke, &draws_r, &draw, NULL);
    assert_non_null(i);
    assert_non_null(r);
    assert_int_equal(crypto_kex_public(i).len, public_i.len);
    assert_memory_equal(crypto_kex_public(i).data, public_i.data, public_i.len);
    assert_memory_equal(crypto_kex_public(r).data, public_r.data, public_r.len);
    assert_memory_equal(crypto_kex_private(i).data, private_i.data, private_i.len);
    check_derive(i, octets_view(&public_r), octets_view(&shared));
    check_derive(r, octets_view(&public_i), octets_view(&shared));
    crypto_kex_free(i);
    crypto_kex_free(r);
}

static void the_exchanges_of_rfc_7748_8031_5903_and_6932(void **state)
{
    json_t *root = load_data("crypto_vectors.json");
    size_t i;
    json_t *item;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "kex")), 10);
    json_array_foreach(json_object_get(root, "kex"), i, item) check_exchange(item);
    json_decref(root);
}

static void exchanges_of_the_modp_groups(void **state)
{
    json_t *root = load_data("crypto_vectors.json");
    size_t i;
    json_t *item;
    size_t leading_zeros = 0;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "modp")), 8);
    json_array_foreach(json_object_get(root, "modp"), i, item)
    {
        check_exchange(item);
        leading_zeros += strncmp(json_text(item, "shared"), "00", 2) == 0;
    }
    assert_int_equal(leading_zeros, 1); /* RFC 7296 §2.14: g^ir keeps its leading zeros */
    json_decref(root);
}

/* base ^ exponent in the group, for exponents longer than our own. */
static void check_power(const struct crypto_transform *ke, const char *base_hex,
                        struct crypto_bytes exponent, const char *expected_hex)
{
    struct octets base, expected;
    uint8_t out[CRYPTO_KEX_SECRET_MAX];

    octets_from_hex(&base, base_hex);
    octets_from_hex(&expected, expected_hex);
    BIGNUM *b = BN_bin2bn(base.data, (int)base.len, NULL);
    assert_true(kex_modp_power(ctx, ke, b, exponent, out));
    assert_int_equal(expected.len, ke->secret_len);
    assert_memory_equal(out, expected.data, expected.len);
    BN_free(b);
}

/* Their "seed" is both private keys, one behind the other. */
static void check_strongswan_exchange(const json_t *row, const char *ke)
{
    const struct crypto_transform *transform = transform_named(CRYPTO_KE, ke);
    struct octets seed;

    octets_get(&seed, row, "seed");
    const size_t half = seed.len / 2;
    const struct crypto_bytes private[] = {crypto_bytes(seed.data, half),
                                           crypto_bytes(seed.data + half, half)};
    const char *public[] = {json_text(row, "pub_i"), json_text(row, "pub_r")};
    for (size_t i = 0; i < 2; i++) {
        if (strstr(ke, "MODP") != NULL) {
            check_power(transform, "02", private[i], public[i]);
            check_power(transform, public[1 - i], private[i], json_text(row, "shared"));
            continue;
        }
        const struct crypto_draw draw = {.entity = 1};
        struct octets scalar = {.len = half};
        struct octets own, peer, shared;
        memcpy(scalar.data, private[i].data, half);
        octets_from_hex(&own, public[i]);
        octets_from_hex(&peer, public[1 - i]);
        octets_get(&shared, row, "shared");
        struct crypto_entropy entropy = scalar_entropy(&scalar);
        struct crypto_kex *kex = crypto_kex_new(ctx, transform, &entropy, &draw, NULL);
        assert_non_null(kex);
        assert_memory_equal(crypto_kex_public(kex).data, own.data, own.len);
        check_derive(kex, octets_view(&peer), octets_view(&shared));
        crypto_kex_free(kex);
    }
}

static void strongswans_vectors_of_our_groups(void **state)
{
    static const struct {
        const char *member;
        const char *name;
        const char *ke;
    } rows[] = {{"ecp", "ecp256", "256-bit random ECP group"},
                {"ecp", "ecp384", "384-bit random ECP group"},
                {"curve25519", "curve25519_1", "Curve25519"},
                {"curve25519", "curve25519_2", "Curve25519"},
                {"ecp", "ecp521", "521-bit random ECP group"},
                {"modp", "modp1024", "1024-bit MODP Group"},
                {"modp", "modp1536", "1536-bit MODP Group"},
                {"modp", "modp2048", "2048-bit MODP Group"},
                {"modp", "modp3072", "3072-bit MODP Group"},
                {"modp", "modp4096", "4096-bit MODP Group"},
                {"modp", "modp6144", "6144-bit MODP Group"},
                {"modp", "modp8192", "8192-bit MODP Group"}};
    json_t *root = load_shared("vectors/strongswan_test_vectors.json");
    size_t checked = 0;

    (void)state;
    if (root == NULL) {
        skip();
    }
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const json_t *vectors = json_object_get(root, "vectors");
        size_t i;
        json_t *row;
        json_array_foreach(json_object_get(vectors, rows[r].member), i, row)
        {
            if (strcmp(json_text(row, "name"), rows[r].name) == 0) {
                check_strongswan_exchange(row, rows[r].ke);
                checked++;
            }
        }
    }
    assert_int_equal(checked, sizeof rows / sizeof rows[0]);
    json_decref(root);
}

static void both_ends_agree_in_every_group(void **state)
{
    (void)state;
    for (size_t g = 0; g < GROUPS; g++) {
        struct crypto_kex *a = pair_of(groups[g], 1);
        struct crypto_kex *b = pair_of(groups[g], 2);
        uint8_t secret[CRYPTO_KEX_SECRET_MAX];
        size_t len = 0;
        const char *why;
        assert_int_equal(crypto_kex_derive(a, crypto_kex_public(b), secret, &len, NULL, &why), 0);
        check_derive(b, crypto_kex_public(a), crypto_bytes(secret, len));
        check_derive(a, crypto_kex_public(b), crypto_bytes(secret, len)); /* and once more */
        crypto_kex_free(a);
        crypto_kex_free(b);
    }
}

/* ---- draws ---- */

struct seen_draws {
    struct crypto_draw draws[160];
    size_t count;
    uint32_t bad_first; /* so many scalars that are not fit come first */
    bool too_large;     /* ... 0xff everywhere rather than 0 */
};

static void fill_and_note(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    struct seen_draws *seen = context;

    assert_true(seen->count < 160);
    seen->draws[seen->count++] = *draw;
    crypto_entropy_fill(&identity_entropy, draw, out, len);
    if (draw->field == CRYPTO_DRAW_KE_PRIVATE && draw->instance < seen->bad_first) {
        memset(out, seen->too_large ? 0xff : 0, len);
    }
}

static void draws_carry_the_identity_of_the_caller(void **state)
{
    const struct crypto_draw draw = {
        .entity = 3, .sa = 4, .exchange = 34, .message_id = 5, .field = 99, .instance = 7};

    (void)state;
    for (size_t g = 0; g < GROUPS; g++) {
        struct seen_draws seen = {.count = 0};
        const struct crypto_entropy entropy = {fill_and_note, &seen};
        struct crypto_kex *kex = crypto_kex_new(ctx, group(groups[g]), &entropy, &draw, NULL);
        assert_non_null(kex);
        /* Almost half of Brainpool's scalars are not fit, and then drawn again. */
        bool brainpool = strstr(group(groups[g])->name, "brainpool") != NULL;
        assert_true(seen.count == 2 || (seen.count > 2 && brainpool));
        assert_int_equal(seen.draws[0].field, CRYPTO_DRAW_OPENSSL);
        for (size_t i = 0; i < seen.count; i++) {
            if (i > 0) {
                assert_int_equal(seen.draws[i].field, CRYPTO_DRAW_KE_PRIVATE);
            }
            assert_int_equal(seen.draws[i].entity, 3);
            assert_int_equal(seen.draws[i].sa, 4);
            assert_int_equal(seen.draws[i].exchange, 34);
            assert_int_equal(seen.draws[i].message_id, 5);
            assert_int_equal(seen.draws[i].instance, i > 0 ? i - 1 : 0);
        }
        crypto_kex_free(kex);
    }
}

/* A scalar must be in [1, n - 1]: 0 and 2^256 - 1 are not. */
static void a_scalar_out_of_range_is_drawn_again_as_the_next_instance(void **state)
{
    const struct crypto_draw draw = {.entity = 3};
    static const struct {
        uint16_t group;
        bool too_large;
    } cases[] = {{CRYPTO_KE_ECP_256, false},         {CRYPTO_KE_ECP_256, true},
                 {CRYPTO_KE_ECP_384, false},         {CRYPTO_KE_ECP_384, true},
                 {CRYPTO_KE_ECP_521, false},         {CRYPTO_KE_ECP_521, true},
                 {CRYPTO_KE_BRAINPOOL_P512R1, true}, {CRYPTO_KE_MODP_1024, false},
                 {CRYPTO_KE_MODP_2048, false},       {CRYPTO_KE_MODP_8192, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen_draws seen = {.bad_first = 2, .too_large = cases[i].too_large};
        const struct crypto_entropy entropy = {fill_and_note, &seen};
        struct crypto_kex *kex = crypto_kex_new(ctx, group(cases[i].group), &entropy, &draw, NULL);
        assert_non_null(kex);
        size_t last = seen.count - 1; /* a Brainpool scalar may take some more */
        assert_true(seen.count == 4 || (seen.count > 4 && cases[i].group >= 27));
        assert_int_equal(seen.draws[last].instance, last - 1);
        uint8_t third[66];
        crypto_entropy_fill(&identity_entropy, &seen.draws[last], third,
                            crypto_kex_private(kex).len);
        if (cases[i].group == CRYPTO_KE_ECP_521) {
            third[0] &= 1; /* 66 octets have 7 bits more than the group's order */
        }
        assert_memory_equal(crypto_kex_private(kex).data, third, crypto_kex_private(kex).len);
        crypto_kex_free(kex);
    }
}

static void a_source_that_never_gives_a_fit_scalar_gives_no_pair(void **state)
{
    const struct crypto_draw draw = {.entity = 3};
    struct seen_draws seen = {.bad_first = UINT32_MAX};
    const struct crypto_entropy entropy = {fill_and_note, &seen};

    (void)state;
    assert_null(crypto_kex_new(ctx, group(CRYPTO_KE_ECP_256), &entropy, &draw, NULL));
    crypto_kex_free(NULL);
}

static void pair_and_secret_are_on_the_ledger(void **state)
{
    const struct crypto_draw draw = {.entity = 1};

    (void)state;
    for (size_t g = 0; g < GROUPS; g++) {
        struct crypto_ledger ledger = {0};
        uint8_t secret[CRYPTO_KEX_SECRET_MAX];
        size_t len;
        const char *why;
        struct crypto_kex *kex =
            crypto_kex_new(ctx, group(groups[g]), &identity_entropy, &draw, &ledger);
        crypto_kex_derive(kex, crypto_kex_public(kex), secret, &len, &ledger, &why);
        crypto_kex_derive(kex, crypto_bytes(secret, 3), secret, &len, &ledger, &why);
        assert_int_equal(ledger.count, 2); /* a wrong length is seen without computing */
        assert_int_equal(ledger.items[0].kind, CRYPTO_COST_KEYGEN);
        assert_int_equal(ledger.items[0].transform, groups[g]);
        assert_int_equal(ledger.items[1].kind, CRYPTO_COST_DERIVE);
        assert_int_equal(ledger.items[1].transform, groups[g]);
        assert_int_equal(ledger.items[1].operations, 1);
        crypto_kex_free(kex);
    }
}

/* ---- public values that are refused ---- */

static void a_public_value_of_wrong_length_is_refused(void **state)
{
    (void)state;
    for (size_t g = 0; g < GROUPS; g++) {
        struct crypto_kex *kex = pair_of(groups[g], 1);
        struct octets value = {.len = crypto_kex_public(kex).len + 1};
        memcpy(value.data, crypto_kex_public(kex).data, value.len - 1);
        check_refused(kex, crypto_bytes(value.data, value.len), "length");
        check_refused(kex, crypto_bytes(value.data, value.len - 2), "length");
        check_refused(kex, crypto_bytes(value.data, 0), "length");
        /* The prefix of ANSI X9.62 has no place in a KE payload (RFC 5903 §7). */
        memmove(value.data + 1, value.data, value.len - 1);
        value.data[0] = 4;
        check_refused(kex, crypto_bytes(value.data, value.len), "length");
        crypto_kex_free(kex);
    }
}

/* RFC 7748 §6.1: points of small order give zero. Those of order 1, 2, 4 and 8, and one of each
 * that is written not reduced. */
static void x25519_refuses_points_of_small_order(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
    };
    struct crypto_kex *kex = pair_of(CRYPTO_KE_CURVE25519, 1);

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        struct octets point;
        octets_from_hex(&point, points[i]);
        check_refused(kex, octets_view(&point), "all zero");
    }
    crypto_kex_free(kex);
}

/* RFC 6989 §2.3: both coordinates below p, and the point on the curve. */
static void ecp_refuses_what_is_not_a_point_of_the_curve(void **state)
{
    static const struct {
        uint16_t group;
        const char *p; /* FIPS 186-4 D.1.2 */
    } cases[] = {
        {CRYPTO_KE_ECP_256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"},
        {CRYPTO_KE_ECP_384, "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
                            "ffffffff0000000000000000ffffffff"},
        {CRYPTO_KE_ECP_521, NULL},
        {CRYPTO_KE_BRAINPOOL_P224R1, NULL},
        {CRYPTO_KE_BRAINPOOL_P256R1, NULL},
        {CRYPTO_KE_BRAINPOOL_P384R1, NULL},
        {CRYPTO_KE_BRAINPOOL_P512R1, NULL},
    };

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct crypto_kex *kex = pair_of(cases[c].group, 1);
        size_t len = crypto_kex_public(kex).len;
        struct octets point = {.len = len};
        struct octets p;

        /* Any flipped bit leaves the curve. */
        for (size_t bit = 0; bit < 8 * len; bit += 7) {
            memcpy(point.data, crypto_kex_public(kex).data, len);
            point.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            check_refused(kex, octets_view(&point), "not a point of the curve");
        }
        memset(point.data, 0, len);
        check_refused(kex, octets_view(&point), "not a point of the curve");
        memset(point.data, 0xff, len);
        check_refused(kex, octets_view(&point), "not a point of the curve");

        /* y = p - y is the other root: on the curve. x = p is 0 mod p, but not reduced. */
        BIGNUM *modulus = BN_new();
        EC_GROUP_get_curve(context_group(ctx, group(cases[c].group)), modulus, NULL, NULL, NULL);
        p.len = len / 2;
        assert_int_equal(BN_bn2binpad(modulus, p.data, (int)p.len), (int)p.len);
        BN_free(modulus);
        if (cases[c].p != NULL) {
            struct octets published;
            octets_from_hex(&published, cases[c].p);
            assert_memory_equal(p.data, published.data, p.len);
        }
        memcpy(point.data, crypto_kex_public(kex).data, len);
        memcpy(point.data, p.data, p.len);
        check_refused(kex, octets_view(&point), "not a point of the curve");
        crypto_kex_free(kex);
    }
}

/* A point with x = 0 is on P-256, with y^2 = b. Written with x = p it is the same point unreduced.
 */
static void ecp_refuses_a_coordinate_that_is_not_reduced(void **state)
{
    struct crypto_kex *kex = pair_of(CRYPTO_KE_ECP_256, 1);
    const EC_GROUP *p256 = context_group(ctx, group(CRYPTO_KE_ECP_256));
    BIGNUM *zero = BN_new();
    BIGNUM *p = BN_new();
    EC_POINT *point = EC_POINT_new(p256);
    uint8_t octets[65];
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t len;
    const char *why;

    (void)state;
    assert_int_equal(EC_GROUP_get_curve(p256, p, NULL, NULL, NULL), 1);
    assert_int_equal(EC_POINT_set_compressed_coordinates(p256, point, zero, 0, NULL), 1);
    assert_int_equal(
        EC_POINT_point2oct(p256, point, POINT_CONVERSION_UNCOMPRESSED, octets, 65, NULL), 65);
    assert_int_equal(crypto_kex_derive(kex, crypto_bytes(octets + 1, 64), secret, &len, NULL, &why),
                     0);
    assert_int_equal(BN_bn2binpad(p, octets + 1, 32), 32);
    check_refused(kex, crypto_bytes(octets + 1, 64), "not a point of the curve");
    EC_POINT_free(point);
    BN_free(p);
    BN_free(zero);
    crypto_kex_free(kex);
}

/* RFC 6989 §2.1: 1 < r < p - 1. */
static void modp_refuses(uint16_t id)
{
    struct crypto_kex *kex = pair_of(id, 1);
    const size_t len = crypto_kex_public(kex).len;
    BIGNUM *p = BN_dup(context_modp(ctx, group(id))->p);
    uint8_t value[CRYPTO_KEX_SECRET_MAX] = {0};
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t secret_len;
    const char *why;

    check_refused(kex, crypto_bytes(value, len), "is 0");
    value[len - 1] = 1;
    check_refused(kex, crypto_bytes(value, len), "is 1");
    value[len - 1] = 2;
    assert_int_equal(
        crypto_kex_derive(kex, crypto_bytes(value, len), secret, &secret_len, NULL, &why), 0);
    /* 2^x is our own public value. */
    assert_memory_equal(secret, crypto_kex_public(kex).data, len);

    assert_int_equal(BN_bn2binpad(p, value, (int)len), (int)len);
    check_refused(kex, crypto_bytes(value, len), "not below p");
    value[len - 1]--; /* p is odd and ends in ff */
    check_refused(kex, crypto_bytes(value, len), "p - 1");
    value[len - 1]--;
    assert_int_equal(
        crypto_kex_derive(kex, crypto_bytes(value, len), secret, &secret_len, NULL, &why), 0);
    BN_add_word(p, 1);
    BN_bn2binpad(p, value, (int)len);
    check_refused(kex, crypto_bytes(value, len), "not below p");
    memset(value, 0xff, len);
    check_refused(kex, crypto_bytes(value, len), "not below p");
    BN_free(p);
    crypto_kex_free(kex);
}

static void modp_refuses_0_1_p_minus_1_and_what_is_not_below_p(void **state)
{
    (void)state;
    for (size_t g = 0; g < GROUPS; g++) {
        if (groups[g] <= CRYPTO_KE_MODP_8192) {
            modp_refuses(groups[g]);
        }
    }
}

/* RFC 7748 §6.2: as X25519, points of small order give zero: 0, 1, p - 1, and p and p + 1 that are
 * 0 and 1 written not reduced. p = 2^448 - 2^224 - 1. */
static void x448_refuses_points_of_small_order(void **state)
{
    struct crypto_kex *kex = pair_of(CRYPTO_KE_CURVE448, 1);
    uint8_t point[56] = {0};

    (void)state;
    check_refused(kex, crypto_bytes(point, sizeof point), "all zero");
    point[0] = 1;
    check_refused(kex, crypto_bytes(point, sizeof point), "all zero");
    memset(point, 0xff, sizeof point);
    point[28] = 0xfe;
    check_refused(kex, crypto_bytes(point, sizeof point), "all zero");
    point[0] = 0xfe;
    check_refused(kex, crypto_bytes(point, sizeof point), "all zero");
    memset(point, 0, 28);
    memset(point + 28, 0xff, 28);
    check_refused(kex, crypto_bytes(point, sizeof point), "all zero");
    crypto_kex_free(kex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exchanges_of_rfc_7748_8031_5903_and_6932),
        cmocka_unit_test(exchanges_of_the_modp_groups),
        cmocka_unit_test(strongswans_vectors_of_our_groups),
        cmocka_unit_test(both_ends_agree_in_every_group),
        cmocka_unit_test(draws_carry_the_identity_of_the_caller),
        cmocka_unit_test(a_scalar_out_of_range_is_drawn_again_as_the_next_instance),
        cmocka_unit_test(a_source_that_never_gives_a_fit_scalar_gives_no_pair),
        cmocka_unit_test(pair_and_secret_are_on_the_ledger),
        cmocka_unit_test(a_public_value_of_wrong_length_is_refused),
        cmocka_unit_test(x25519_refuses_points_of_small_order),
        cmocka_unit_test(x448_refuses_points_of_small_order),
        cmocka_unit_test(ecp_refuses_what_is_not_a_point_of_the_curve),
        cmocka_unit_test(ecp_refuses_a_coordinate_that_is_not_reduced),
        cmocka_unit_test(modp_refuses_0_1_p_minus_1_and_what_is_not_below_p),
    };
    return cmocka_run_group_tests(tests, make_context, free_context);
}
