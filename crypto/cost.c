#include "crypto/cost.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

void crypto_ledger_add(struct crypto_ledger *ledger, enum crypto_cost_kind kind, uint16_t transform,
                       uint32_t bytes)
{
    assert(kind < CRYPTO_COST_KINDS);
    if (ledger == NULL)
        return;
    assert(ledger->count <= CRYPTO_LEDGER_MAX);

    struct crypto_cost *item = ledger->count > 0 ? &ledger->items[ledger->count - 1] : NULL;
    bool full = ledger->count == CRYPTO_LEDGER_MAX;
    if (item == NULL || item->kind != kind || item->transform != transform) {
        item = NULL;
        for (uint32_t i = ledger->count; full && i-- > 0 && item == NULL;)
            if (ledger->items[i].kind == kind && ledger->items[i].transform == transform)
                item = &ledger->items[i];
        if (item == NULL) {
            assert(!full);
            item = &ledger->items[ledger->count++];
            *item = (struct crypto_cost){.kind = (uint8_t)kind, .transform = transform};
        }
    }
    item->operations++;
    item->bytes += bytes;
}

const char *crypto_cost_name(enum crypto_cost_kind kind)
{
    static const char *const names[CRYPTO_COST_KINDS] = {
        [CRYPTO_COST_KEYGEN] = "keygen", [CRYPTO_COST_DERIVE] = "derive",
        [CRYPTO_COST_SIGN] = "sign",     [CRYPTO_COST_VERIFY] = "verify",
        [CRYPTO_COST_PRF] = "prf",       [CRYPTO_COST_SEAL] = "seal",
        [CRYPTO_COST_OPEN] = "open",     [CRYPTO_COST_PARSE] = "parse",
    };
    assert(kind < CRYPTO_COST_KINDS);
    return names[kind];
}
