#include "crypto/cost.h"

#include <assert.h>
#include <stddef.h>

static struct crypto_cost *find_last(struct crypto_ledger *ledger, enum crypto_cost_kind kind,
                                     uint16_t transform, uint32_t look_back)
{
    for (uint32_t i = ledger->count; i > 0 && look_back > 0; i--, look_back--) {
        struct crypto_cost *item = &ledger->items[i - 1];
        if (item->kind == kind && item->transform == transform) {
            return item;
        }
    }
    return NULL;
}

void crypto_ledger_add(struct crypto_ledger *ledger, enum crypto_cost_kind kind, uint16_t transform,
                       uint32_t bytes)
{
    assert(kind < CRYPTO_COST_KINDS);
    if (ledger == NULL) {
        return;
    }

    uint32_t look_back = ledger->count < CRYPTO_LEDGER_MAX ? 1 : CRYPTO_LEDGER_MAX;
    struct crypto_cost *item = find_last(ledger, kind, transform, look_back);
    if (item == NULL) {
        assert(ledger->count < CRYPTO_LEDGER_MAX);
        item = &ledger->items[ledger->count++];
        *item = (struct crypto_cost){.kind = (uint8_t)kind, .transform = transform};
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
