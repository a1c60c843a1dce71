#include "sim/host/cost.h"

#include "crypto/transform.h"

/*
 * Measured once, one operation at a time, on one core of an AMD EPYC with AVX-512 and OpenSSL 3.0,
 * then rounded: a plain server of the day. What a storm costs follows from the ratios between the
 * rows.
 */
const struct cost_table cost_reference = {
    .count = 12,
    .rows =
        {
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_CURVE25519, 43000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_CURVE25519, 40000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ECP_256, 18000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ECP_256, 60000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_ECP_384, 1100000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_ECP_384, 1140000, 0},
            {CRYPTO_COST_KEYGEN, CRYPTO_KE_MODP_2048, 360000, 0},
            {CRYPTO_COST_DERIVE, CRYPTO_KE_MODP_2048, 360000, 0},
            {CRYPTO_COST_PRF, COST_ANY_TRANSFORM, 500, 2500},
            {CRYPTO_COST_SEAL, COST_ANY_TRANSFORM, 450, 250},
            {CRYPTO_COST_OPEN, COST_ANY_TRANSFORM, 450, 250},
            {CRYPTO_COST_PARSE, COST_ANY_TRANSFORM, 1000, 2000},
        },
};

static const struct cost_row *find_row(const struct cost_table *table, uint8_t kind,
                                       uint16_t transform)
{
    const struct cost_row *any = NULL;
    for (uint32_t i = 0; i < table->count; i++) {
        const struct cost_row *row = &table->rows[i];
        if (row->kind != kind) {
            continue;
        }
        if (row->transform == transform) {
            return row;
        }
        if (row->transform == COST_ANY_TRANSFORM) {
            any = row;
        }
    }
    return any;
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
