#include "ike/puzzle.h"

#include <string.h>

#include "crypto/kdf.h"
#include "ike/auth.h"
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

/* What a puzzle is about: the cookie (§7.1.3), or Nr and SPIr (§7.2.3). */
struct riddle {
    struct crypto_bytes parts[2];
    size_t count;
    uint8_t spi_r[8];
};

static struct riddle of_cookie(struct crypto_bytes cookie)
{
    return (struct riddle){.parts = {cookie}, .count = 1};
}

static void of_auth(const struct ike_sa *sa, struct riddle *riddle)
{
    ike_store_u64(riddle->spi_r, sa->spi_r);
    riddle->parts[0] = ike_sa_nr(sa);
    riddle->parts[1] = crypto_bytes(riddle->spi_r, sizeof(riddle->spi_r));
    riddle->count = 2;
}

/* Trailing zero bits of PRF(key, riddle). */
static unsigned zero_bits(struct ike_call *call, const struct crypto_transform *prf,
                          struct crypto_bytes key, const struct riddle *riddle)
{
    uint8_t out[CRYPTO_PRF_MAX];
    unsigned bits = 0;

    crypto_prf(call->endpoint->crypto, prf, key, riddle->parts, riddle->count, out, call->costs);
    for (size_t i = prf->key_len; i > 0; i--) {
        if (out[i - 1] != 0) {
            return bits + (unsigned)__builtin_ctz(out[i - 1]);
        }
        bits += 8;
    }
    return bits;
}

static bool is_solved(struct ike_call *call, const struct crypto_transform *prf, uint8_t difficulty,
                      const struct riddle *riddle)
{
    const struct ike_payload *ps = ike_message_find(&call->message, IKE_PAYLOAD_PS);
    size_t len = ps ? ps->body.len / IKE_PUZZLE_KEYS : 0;
    bool solved = ps && len > 0 && len <= prf->key_len && ps->body.len % IKE_PUZZLE_KEYS == 0;

    for (size_t i = 0; solved && i < IKE_PUZZLE_KEYS; i++) {
        struct crypto_bytes key = crypto_bytes(ps->body.data + i * len, len);

        for (size_t j = 0; j < i; j++) {
            solved = solved && memcmp(key.data, ps->body.data + j * len, len) != 0;
        }
        solved = solved && zero_bits(call, prf, key, riddle) >= difficulty;
    }
    ike_tell_puzzle(call, solved ? "accepted" : "refused", prf, difficulty, 0,
                    ps ? ps->body : crypto_bytes(NULL, 0));
    return solved;
}

bool ike_puzzle_is_solved(struct ike_call *call, const struct crypto_transform *prf,
                          uint8_t difficulty, struct crypto_bytes cookie)
{
    struct riddle riddle = of_cookie(cookie);

    return is_solved(call, prf, difficulty, &riddle);
}

/* False if it is none that this end is willing and able to solve. */
static bool solve(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *puzzle,
                  const struct riddle *riddle)
{
    struct ike_setup *setup = sa->setup;
    const struct crypto_transform *prf;
    uint8_t difficulty;
    size_t found = 0;
    uint32_t tries = 0;

    if (!puzzle || puzzle->notify.data.len != 3) {
        return false;
    }
    prf = crypto_transform_find(
        CRYPTO_PRF, (uint16_t)(puzzle->notify.data.data[0] << 8 | puzzle->notify.data.data[1]));
    difficulty = puzzle->notify.data.data[2];
    if (!prf || !prf->computed || difficulty > call->endpoint->policy->puzzle_limit) {
        return false;
    }
    /* Keys in order: the riddle is what nobody can foresee. */
    for (; found < IKE_PUZZLE_KEYS && tries < UINT32_MAX; tries++) {
        uint8_t *key = setup->solution + found * IKE_PUZZLE_KEY_LEN;

        ike_store_u32(key, tries);
        found += zero_bits(call, prf, crypto_bytes(key, IKE_PUZZLE_KEY_LEN), riddle) >= difficulty;
    }
    ike_tell_puzzle(call, "solved", prf, difficulty, tries,
                    crypto_bytes(setup->solution, sizeof(setup->solution)));
    return found == IKE_PUZZLE_KEYS;
}

/* Where it does not, the cookie alone goes back: it may do (§7.1.2). */
void ike_puzzle_solve(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *puzzle)
{
    struct riddle riddle = of_cookie(crypto_bytes(sa->setup->cookie, sa->setup->cookie_len));

    sa->setup->has_solution = solve(call, sa, puzzle, &riddle);
}

/* ---- in IKE_AUTH ---- */

bool ike_puzzle_charges(const struct ike_call *call)
{
    return call->paid && call->endpoint->policy->puzzle_auth_difficulty;
}

void ike_puzzle_charge(struct ike_call *call, struct ike_sa *sa, struct crypto_kex *kex,
                       struct crypto_bytes peer_public)
{
    struct ike_setup *setup = sa->setup;

    setup->puzzle = call->endpoint->policy->puzzle_auth_difficulty;
    setup->kex = kex;
    setup->peer_public = ike_kept_new(call->endpoint, peer_public);
    ike_puzzle_build(call, sa->suite.prf, setup->puzzle);
}

/* What IKE_SA_INIT has put off. False if the peer's value is none. */
static bool derive(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_setup *setup = sa->setup;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    size_t len = 0;
    const char *why;
    bool derived =
        crypto_kex_derive(setup->kex,
                          crypto_bytes(setup->peer_public->octets, setup->peer_public->len), secret,
                          &len, call->costs, &why) == 0;

    if (derived) {
        ike_sa_derive_keys(call, sa, NULL, crypto_bytes(secret, len), crypto_bytes(NULL, 0));
    }
    crypto_wipe(secret, sizeof(secret));
    return derived;
}

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

bool ike_puzzle_take_payment(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_setup *setup = sa->setup;
    struct riddle riddle;

    of_auth(sa, &riddle);
    if (!is_solved(call, sa->suite.prf, setup->puzzle, &riddle)) {
        drop(call, "unacceptable", "its puzzle is not solved (RFC 8019 7.2.4)");
        return false;
    }
    if (!derive(call, sa)) {
        drop(call, "unacceptable", "the value of its key exchange is none (RFC 6989 2.5)");
        ike_sa_close(call, sa, "there is no shared secret with the initiator");
        return false;
    }
    setup->puzzle = 0;
    crypto_kex_free(setup->kex);
    setup->kex = NULL;
    ike_kept_free(call->endpoint, setup->peer_public);
    setup->peer_public = NULL;
    return true;
}

void ike_puzzle_solve_auth(struct ike_call *call, struct ike_sa *sa)
{
    struct riddle riddle;

    of_auth(sa, &riddle);
    sa->setup->pays =
        solve(call, sa, ike_message_find_notify(&call->message, IKE_NOTIFY_PUZZLE), &riddle);
}

/* The first IKE_AUTH request has it in any case (§7.2.2); where IKE_INTERMEDIATE comes before, it
 * is that for which the responder needs the secret, and before that it has to see the solution
 * (§7.2.4). */
static bool has_to_pay(const struct ike_setup *setup, uint8_t exchange)
{
    return (exchange == IKE_EXCHANGE_IKE_AUTH && setup->auth_message_id == 0) ||
           (exchange == IKE_EXCHANGE_IKE_INTERMEDIATE && setup->intermediate_count == 0);
}

void ike_puzzle_build_payment(struct ike_call *call, const struct ike_sa *sa, uint8_t exchange)
{
    if (sa->setup && sa->setup->pays && has_to_pay(sa->setup, exchange)) {
        ike_build_raw(&call->builder, IKE_PAYLOAD_PS, false,
                      crypto_bytes(sa->setup->solution, sizeof(sa->setup->solution)));
    }
}
