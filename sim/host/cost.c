#include "sim/host/cost.h"

#include <string.h>

#include "crypto/sign.h"
#include "crypto/transform.h"

/*
 * Measured once, one operation at a time, on one core of an AMD EPYC with AVX-512 and OpenSSL 3.0,
 * then rounded: a plain server of the day. What a storm costs follows from the ratios between the
 * rows. ML-KEM, which that OpenSSL does not have, is an estimate: about as fast as Curve25519.
 */
const struct cost_table cost_reference = {
    .count = 74,
    .rows =
        {
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_1024, 100000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_1536, 215000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_2048, 360000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_3072, 900000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_4096, 1850000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_6144, 4800000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_8192, 9800000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ECP_256, 18000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ECP_384, 1100000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ECP_521, 200000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_BRAINPOOL_P224R1, 400000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_BRAINPOOL_P256R1, 440000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_BRAINPOOL_P384R1, 1000000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_BRAINPOOL_P512R1, 1450000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_CURVE25519, 43000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_CURVE448, 250000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ML_KEM_512, 20000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ML_KEM_768, 30000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ML_KEM_1024, 45000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_1024, 100000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_1536, 215000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_2048, 360000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_3072, 900000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_4096, 1850000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_6144, 4800000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_8192, 9800000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ECP_256, 60000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ECP_384, 1140000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ECP_521, 360000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_BRAINPOOL_P224R1, 400000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_BRAINPOOL_P256R1, 440000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_BRAINPOOL_P384R1, 1000000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_BRAINPOOL_P512R1, 1450000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_CURVE25519, 40000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_CURVE448, 260000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ML_KEM_512, 20000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ML_KEM_768, 30000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ML_KEM_1024, 40000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_RSA_2048, 640000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_RSA_3072, 2000000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_RSA_4096, 4700000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_ECDSA_256, 28000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_ECDSA_384, 1150000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_ECDSA_521, 370000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_ED25519, 48000, 0},
            {CRYPTO_COST_SIGN, CRYPTO_KEY_ED448, 260000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_RSA_2048, 24000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_RSA_3072, 45000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_RSA_4096, 80000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_ECDSA_256, 80000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_ECDSA_384, 1000000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_ECDSA_521, 620000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_ED25519, 130000, 0},
            {CRYPTO_COST_VERIFY, CRYPTO_KEY_ED448, 400000, 0},
            {CRYPTO_COST_PRF, CRYPTO_PRF_AES128_XCBC, 2300, 3500},
            {CRYPTO_COST_PRF, CRYPTO_PRF_AES128_CMAC, 1300, 1200},
            {CRYPTO_COST_PRF, COST_ANY_TRANSFORM, 500, 2500},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_3DES, 500, 37000},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_AES_CCM_8, 450, 850},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_AES_CCM_12, 450, 850},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_AES_CCM_16, 450, 850},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_CHACHA20_POLY1305, 500, 470},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_AES_CCM_8_IIV, 450, 850},
            {CRYPTO_COST_SEAL, CRYPTO_ENCR_CHACHA20_POLY1305_IIV, 500, 470},
            {CRYPTO_COST_SEAL, COST_ANY_TRANSFORM, 450, 250},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_3DES, 500, 37000},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_AES_CCM_8, 450, 850},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_AES_CCM_12, 450, 850},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_AES_CCM_16, 450, 850},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_CHACHA20_POLY1305, 500, 470},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_AES_CCM_8_IIV, 450, 850},
            {CRYPTO_COST_OPEN, CRYPTO_ENCR_CHACHA20_POLY1305_IIV, 500, 470},
            {CRYPTO_COST_OPEN, COST_ANY_TRANSFORM, 450, 250},
            {CRYPTO_COST_PARSE, COST_ANY_TRANSFORM, 1000, 2000},
        },
};

static uint32_t order_of(unsigned kind, uint16_t transform)
{
    return (uint32_t)kind << 16 | transform;
}

/* Number of the first row that is not before this kind and transform. */
static uint32_t place_of(const struct cost_table *table, unsigned kind, uint16_t transform)
{
    uint32_t wanted = order_of(kind, transform), first = 0;
    for (uint32_t left = table->count; left > 0;) {
        uint32_t half = left / 2;
        const struct cost_row *row = &table->rows[first + half];
        bool before = order_of(row->kind, row->transform) < wanted;
        first += before ? half + 1 : 0;
        left = before ? left - half - 1 : half;
    }
    return first;
}

static bool is_at(const struct cost_table *table, uint32_t at, unsigned kind, uint16_t transform)
{
    return at < table->count && table->rows[at].kind == kind &&
           table->rows[at].transform == transform;
}

/* A kind's row for any transform is its last one: few rows lie between it and where a transform
 * without one would be. */
static const struct cost_row *find_row(const struct cost_table *table, uint8_t kind,
                                       uint16_t transform)
{
    uint32_t at = place_of(table, kind, transform);
    if (is_at(table, at, kind, transform)) {
        return &table->rows[at];
    }
    for (; at < table->count && table->rows[at].kind == kind; at++) {
        if (table->rows[at].transform == COST_ANY_TRANSFORM) {
            return &table->rows[at];
        }
    }
    return NULL;
}

bool cost_table_set(struct cost_table *table, const struct cost_row *row)
{
    uint32_t at = place_of(table, row->kind, row->transform);
    if (!is_at(table, at, row->kind, row->transform)) {
        if (table->count == COST_ROWS_MAX) {
            return false;
        }
        memmove(&table->rows[at + 1], &table->rows[at], (table->count - at) * sizeof *row);
        table->count++;
    }
    table->rows[at] = *row;
    return true;
}

uint64_t cost_price(const struct cost_table *table, const struct crypto_ledger *ledger)
{
    uint64_t price = 0;
    for (uint32_t i = 0; i < ledger->count; i++) {
        const struct crypto_cost *cost = &ledger->items[i];
        const struct cost_row *row = find_row(table, cost->kind, cost->transform);
        if (row) {
            price += cost->operations * row->per_operation + cost->bytes * row->per_byte_ps / 1000;
        }
    }
    return price;
}
