/*
 * Prices of crypto operations in nanoseconds of simulated CPU (docs/design.md, rule 2). A reference
 * table is built in, so that results do not depend on the machine that computes them; a scenario
 * may override its rows (`costs`), and every result directory holds the whole table in its
 * scenario.yaml.
 */
#ifndef IKESIM_SIM_HOST_COST_H
#define IKESIM_SIM_HOST_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/cost.h"

/* 128: every transform of every kind has a row and there is room for more. */
#define COST_ROWS_MAX 128

/* Transform of a row that serves all those of its kind that have none of their own. */
#define COST_ANY_TRANSFORM 0xffff

struct cost_row {
    uint8_t kind;           /* enum crypto_cost_kind */
    uint16_t transform;     /* IANA number, or COST_ANY_TRANSFORM */
    uint64_t per_operation; /* ns */
    uint64_t per_byte_ps;   /* ps per octet */
};

/* Rows by kind, then transform: what serves all others of a kind comes last. */
struct cost_table {
    uint32_t count;
    struct cost_row rows[COST_ROWS_MAX];
};

/* The table that ships, for worlds that name none. */
extern const struct cost_table cost_reference;

/* Puts the row in its place, instead of the one for the same kind and transform if there is one.
 * False if there is no room. */
bool cost_table_set(struct cost_table *table, const struct cost_row *row);

/* Price of everything in the ledger, ns. Kinds and transforms without a row are free. */
uint64_t cost_price(const struct cost_table *table, const struct crypto_ledger *ledger);

#endif
