#include "ike/puzzle.h"

#include <string.h>

#include "crypto/kdf.h"
#include "ike/octets.h"
#include "ike/tell.h"

uint8_t ike_puzzle_wanted(const struct ike_endpoint *endpoint)
{
    const struct ike_policy *policy = endpoint->policy;

    return policy->puzzle_threshold && endpoint->half_open >= policy->puzzle_threshold
               ? policy->puzzle_difficulty
               : 0;
}

void ike_puzzle_build(struct ike_call *call, const struct crypto_transform *prf, uint8_t difficulty)
{
    const uint8_t data[3] = {(uint8_t)(prf->id >> 8), (uint8_t)prf->id, difficulty};

    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_PUZZLE,
                     crypto_bytes(data, sizeof(data)));
    ike_tell_puzzle(call, "demanded", prf, difficulty, 0, crypto_bytes(NULL, 0));
}

/* Trailing zero bits of PRF(key, cookie) (§7.1.3). */
static unsigned zero_bits(struct ike_call *call, const struct crypto_transform *prf,
                          struct crypto_bytes key, struct crypto_bytes cookie)
{
    uint8_t out[CRYPTO_PRF_MAX];
    unsigned bits = 0;

    crypto_prf(call->endpoint->crypto, prf, key, &cookie, 1, out, call->costs);
    for (size_t i = prf->key_len; i > 0; i--) {
        if (out[i - 1] != 0) {
            return bits + (unsigned)__builtin_ctz(out[i - 1]);
        }
        bits += 8;
    }
    return bits;
}

bool ike_puzzle_is_solved(struct ike_call *call, const struct crypto_transform *prf,
                          uint8_t difficulty, struct crypto_bytes cookie)
{
    const struct ike_payload *ps = ike_message_find(&call->message, IKE_PAYLOAD_PS);
    size_t len = ps ? ps->body.len / IKE_PUZZLE_KEYS : 0;
    bool solved = ps && len > 0 && len <= prf->key_len && ps->body.len % IKE_PUZZLE_KEYS == 0;

    for (size_t i = 0; solved && i < IKE_PUZZLE_KEYS; i++) {
        struct crypto_bytes key = crypto_bytes(ps->body.data + i * len, len);

        for (size_t j = 0; j < i; j++) {
            solved = solved && memcmp(key.data, ps->body.data + j * len, len) != 0;
        }
        solved = solved && zero_bits(call, prf, key, cookie) >= difficulty;
    }
    ike_tell_puzzle(call, solved ? "accepted" : "refused", prf, difficulty, 0,
                    ps ? ps->body : crypto_bytes(NULL, 0));
    return solved;
}

void ike_puzzle_solve(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *puzzle)
{
    struct ike_setup *setup = sa->setup;
    struct crypto_bytes cookie = crypto_bytes(setup->cookie, setup->cookie_len);
    const struct crypto_transform *prf = NULL;
    uint8_t difficulty;
    size_t found = 0;
    uint32_t tries = 0;

    setup->has_solution = false;
    if (!puzzle || puzzle->notify.data.len != 3) {
        return;
    }
    prf = crypto_transform_find(
        CRYPTO_PRF, (uint16_t)(puzzle->notify.data.data[0] << 8 | puzzle->notify.data.data[1]));
    difficulty = puzzle->notify.data.data[2];
    if (!prf || !prf->computed || difficulty > call->endpoint->policy->puzzle_limit) {
        return; /* the cookie alone goes back: it may do (§7.1.2) */
    }
    /* Keys in order: the cookie is what nobody can foresee. */
    for (; found < IKE_PUZZLE_KEYS && tries < UINT32_MAX; tries++) {
        uint8_t *key = setup->solution + found * IKE_PUZZLE_KEY_LEN;

        ike_store_u32(key, tries);
        found += zero_bits(call, prf, crypto_bytes(key, IKE_PUZZLE_KEY_LEN), cookie) >= difficulty;
    }
    setup->has_solution = found == IKE_PUZZLE_KEYS;
    ike_tell_puzzle(call, "solved", prf, difficulty, tries,
                    crypto_bytes(setup->solution, sizeof(setup->solution)));
}
