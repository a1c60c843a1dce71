/*
 * What an operation cost, counted in operations and bytes, never in time: the simulated CPU prices
 * the ledger with a cost table (docs/design.md, rule 2), so that a result does not depend on the
 * machine that computed it.
 */
#ifndef IKESIM_CRYPTO_COST_H
#define IKESIM_CRYPTO_COST_H

#include <stdint.h>

enum crypto_cost_kind {
    CRYPTO_COST_KEYGEN, /* a key-exchange key pair; transform = Transform Type 4 ID */
    CRYPTO_COST_DERIVE, /* a shared secret; transform = Transform Type 4 ID */
    CRYPTO_COST_SIGN,   /* a signature made; transform = enum crypto_key_kind */
    CRYPTO_COST_VERIFY, /* a signature checked; transform = enum crypto_key_kind */
    CRYPTO_COST_PRF,    /* one call of the PRF; transform = Transform Type 2 ID */
    CRYPTO_COST_SEAL,   /* one packet sealed; transform = Transform Type 1 ID */
    CRYPTO_COST_OPEN,   /* one packet opened; transform = Transform Type 1 ID */
    CRYPTO_COST_PARSE,  /* one message read or written; transform = 0 */
    CRYPTO_COST_KINDS
};

struct crypto_cost {
    uint8_t kind;       /* enum crypto_cost_kind */
    uint16_t transform; /* IANA number, see the kind */
    uint32_t operations;
    uint32_t bytes; /* all operations together: of the public value (KEYGEN, DERIVE), of the data
                       under the key (PRF), of the plaintext (SEAL, OPEN), of the message (PARSE) */
};

/* A longer list is folded into its last item of the same kind and transform; 32 distinct items are
 * more than any exchange of RFC 7296 makes. */
#define CRYPTO_LEDGER_MAX 32

struct crypto_ledger {
    uint32_t count;
    struct crypto_cost items[CRYPTO_LEDGER_MAX];
};

/* Adds one operation over `bytes` bytes. An item equal to the last one in kind and transform is
 * counted into it, so the order of first occurrence is kept. `ledger` may be NULL: nothing is
 * counted then. */
void crypto_ledger_add(struct crypto_ledger *ledger, enum crypto_cost_kind kind, uint16_t transform,
                       uint32_t bytes);

/* "keygen", "derive", ... as cost tables and recordings spell it. */
const char *crypto_cost_name(enum crypto_cost_kind kind);

#endif
