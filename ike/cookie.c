/*
 * Cookie = <version of the secret> | <difficulty> | prf(secret, Ni | IPi | SPIi | <difficulty>), as
 * §2.6 and RFC 8019 §7.1.1.3 propose; the difficulty is that of the puzzle that went with it, or 0.
 * The version is the number of the period of virtual time in which the secret was current, and the
 * secret itself a draw for that number: so the endpoint keeps neither. Ni, IPi and SPIi stay as
 * they are when INVALID_KE_PAYLOAD changes the key exchange, so a cookie serves again then
 * (§2.6.1).
 */
#include "ike/cookie.h"

#include <stdio.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/octets.h"
#include "ike/puzzle.h"
#include "ike/sa.h"
#include "ike/sent.h"
#include "ike/tell.h"

enum {
    SECRET_LEN = 32,
    MAC_LEN = 16, /* of the PRF's output: half of it is beyond guessing as well */
    DIFFICULTY_AT = 1,
    MAC_AT = 2,
    COOKIE_LEN = MAC_AT + MAC_LEN,
};

_Static_assert(COOKIE_LEN <= (int)IKE_COOKIE_MAX, "RFC 7296 §2.6: 1 to 64 octets");

static uint64_t period_at(uint64_t now)
{
    return now / IKE_COOKIE_SECRET_PERIOD;
}

/* The cookie of the request that came in, under the secret of a period. */
static void make_cookie(struct ike_call *call, struct crypto_bytes nonce, uint64_t period,
                        uint8_t difficulty, uint8_t cookie[COOKIE_LEN])
{
    const struct crypto_transform *prf =
        crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
    const struct ike_address *source = &call->datagram->source;
    struct crypto_draw draw = {.sa = period, .field = CRYPTO_DRAW_COOKIE_SECRET};
    uint8_t secret[SECRET_LEN], mac[CRYPTO_PRF_MAX], spi[IKE_SPI_LEN];
    const struct crypto_bytes parts[] = {
        nonce,
        crypto_bytes(source->ip, source->family == 4 ? 4 : 16),
        crypto_bytes(spi, sizeof(spi)),
        crypto_bytes(&difficulty, 1),
    };

    ike_store_u64(spi, call->message.header.spi_i);
    crypto_entropy_fill(&call->endpoint->entropy, &draw, secret, sizeof(secret));
    crypto_prf(call->endpoint->crypto, prf, crypto_bytes(secret, sizeof(secret)), parts, 4, mac,
               call->costs);
    cookie[0] = (uint8_t)period;
    cookie[DIFFICULTY_AT] = difficulty;
    memcpy(cookie + MAC_AT, mac, MAC_LEN);
    crypto_wipe(secret, sizeof(secret));
}

/* The secret of the period before is accepted too: a change must not cost whoever is on the way. */
static bool is_ours(struct ike_call *call, struct crypto_bytes nonce, struct crypto_bytes cookie)
{
    uint64_t period = period_at(call->now);
    uint8_t expected[COOKIE_LEN];

    if (cookie.len != COOKIE_LEN) {
        return false;
    }
    if (period > 0 && cookie.data[0] == (uint8_t)(period - 1)) {
        period--;
    }
    make_cookie(call, nonce, period, cookie.data[DIFFICULTY_AT], expected);
    return crypto_equal(expected, cookie.data, COOKIE_LEN);
}

/* COOKIE, and PUZZLE where the load is such. */
static void demand(struct ike_call *call, struct crypto_bytes nonce,
                   const struct crypto_transform *prf, const char *why)
{
    uint8_t difficulty = ike_puzzle_wanted(call->endpoint), cookie[COOKIE_LEN];

    make_cookie(call, nonce, period_at(call->now), difficulty, cookie);
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_cookie(call, "demanded", crypto_bytes(cookie, sizeof(cookie)), why);
    ike_answer_begin(call);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_COOKIE,
                     crypto_bytes(cookie, sizeof(cookie)));
    if (difficulty) {
        ike_puzzle_build(call, prf, difficulty);
    }
    ike_answer_end(call);
}

bool ike_cookie_wanted(const struct ike_endpoint *endpoint)
{
    uint32_t threshold = endpoint->policy->cookie_threshold;

    return (threshold && endpoint->half_open >= threshold) || ike_puzzle_wanted(endpoint);
}

bool ike_cookie_admits(struct ike_call *call, struct crypto_bytes nonce,
                       const struct crypto_transform *prf)
{
    const struct ike_payload *cookie;
    uint8_t difficulty;

    if (!ike_cookie_wanted(call->endpoint)) {
        return true; /* a cookie that nobody asks for any more is not looked at */
    }
    cookie = ike_message_find_notify(&call->message, IKE_NOTIFY_COOKIE);
    if (!cookie) {
        demand(call, nonce, prf, "too many IKE SAs are half-open to make one more for a stranger");
        return false;
    }
    if (!is_ours(call, nonce, cookie->notify.data)) {
        demand(call, nonce, prf, "the cookie that came back is none of ours, or too old");
        return false;
    }
    difficulty = cookie->notify.data.data[DIFFICULTY_AT];
    if (ike_puzzle_wanted(call->endpoint) &&
        (!difficulty || !ike_puzzle_is_solved(call, prf, difficulty, cookie->notify.data))) {
        demand(call, nonce, prf, "who has solved no puzzle is not served now");
        return false;
    }
    ike_tell_cookie(call, "accepted", cookie->notify.data,
                    "the initiator receives at the address that it sends from");
    return true;
}

uint32_t ike_half_open_from(const struct ike_endpoint *endpoint, const struct ike_address *address)
{
    uint32_t count = 0;

    for (struct ike_index_node *node =
             ike_index_find(&endpoint->by_remote, ike_address_hash(address));
         node; node = ike_index_next(node)) {
        const struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_remote);

        count += sa->half_open && ike_address_same_host(&sa->remote, address);
    }
    return count;
}
