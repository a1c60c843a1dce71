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

/* The cookie for a request from `source` with these SPIi and Ni, under the secret of a period. */
static void make_cookie(struct ike_call *call, const struct ike_address *source, uint64_t spi_i,
                        struct crypto_bytes nonce, uint64_t period, uint8_t difficulty,
                        uint8_t cookie[COOKIE_LEN])
{
    const struct crypto_transform *prf =
        crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
    struct crypto_draw draw = {.sa = period, .field = CRYPTO_DRAW_COOKIE_SECRET};
    uint8_t secret[SECRET_LEN], mac[CRYPTO_PRF_MAX], spi[IKE_SPI_LEN];
    const struct crypto_bytes parts[] = {
        nonce,
        crypto_bytes(source->ip, source->family == 4 ? 4 : 16),
        crypto_bytes(spi, sizeof(spi)),
        crypto_bytes(&difficulty, 1),
    };

    ike_store_u64(spi, spi_i);
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
    make_cookie(call, &call->datagram->source, call->message.header.spi_i, nonce, period,
                cookie.data[DIFFICULTY_AT], expected);
    return crypto_equal(expected, cookie.data, COOKIE_LEN);
}

/* COOKIE, and PUZZLE where the load is such. */
static void demand(struct ike_call *call, struct crypto_bytes nonce,
                   const struct crypto_transform *prf, const char *why)
{
    uint8_t difficulty = ike_puzzle_wanted(call->endpoint), cookie[COOKIE_LEN];

    make_cookie(call, &call->datagram->source, call->message.header.spi_i, nonce,
                period_at(call->now), difficulty, cookie);
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

/* True if as many IKE SAs are half-open that the policy asks for cookies. */
static bool cookie_wanted(const struct ike_endpoint *endpoint)
{
    uint32_t threshold = endpoint->policy->cookie_threshold;

    return (threshold && endpoint->half_open >= threshold) || ike_puzzle_wanted(endpoint);
}

bool ike_cookie_admits(struct ike_call *call, struct crypto_bytes nonce,
                       const struct crypto_transform *prf)
{
    const struct ike_payload *cookie;
    uint8_t difficulty;

    if (!cookie_wanted(call->endpoint)) {
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
    call->paid = ike_puzzle_wanted(call->endpoint) > 0;
    ike_tell_cookie(call, "accepted", cookie->notify.data,
                    "the initiator receives at the address that it sends from");
    return true;
}

/* ---- one request with and without ---- */

enum { NOTIFY_HEADER_LEN = 8, NEXT_PAYLOAD_AT = 16, LENGTH_AT = 24, EXCHANGE_AT = 18, FLAGS_AT };

static uint16_t load_u16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

/* True if a payload of that type may stand before all that stays as it was. */
static bool is_in_front(uint8_t type, const uint8_t *payload, size_t len)
{
    return type == IKE_PAYLOAD_PS ||
           (type == IKE_PAYLOAD_NOTIFY && len >= NOTIFY_HEADER_LEN &&
            load_u16(payload + NOTIFY_HEADER_LEN - 2) == IKE_NOTIFY_COOKIE);
}

/* The payloads behind COOKIE and PS of an IKE_SA_INIT request; *first gets the type of the first of
 * them. All of them if it has none in front, or if they cannot be read. */
static struct crypto_bytes behind_cookie(struct crypto_bytes request, uint8_t *first)
{
    size_t at = IKE_HEADER_LEN;

    *first = request.data[NEXT_PAYLOAD_AT];
    while (request.len >= at + IKE_GENERIC_HEADER_LEN) {
        const uint8_t *payload = request.data + at;
        size_t len = load_u16(payload + 2);

        if (len < IKE_GENERIC_HEADER_LEN || len > request.len - at ||
            !is_in_front(*first, payload, len)) {
            break;
        }
        *first = payload[0];
        at += len;
    }
    return crypto_bytes(request.data + at, request.len - at);
}

uint64_t ike_request_hash(struct crypto_bytes message)
{
    struct crypto_bytes behind;
    uint8_t first;

    if (message.len < IKE_HEADER_LEN || message.data[EXCHANGE_AT] != IKE_EXCHANGE_IKE_SA_INIT ||
        (message.data[FLAGS_AT] & IKE_FLAG_RESPONSE)) {
        return ike_message_hash(message);
    }
    /* Its SPIi and source are looked at anyway. */
    behind = behind_cookie(message, &first);
    return ike_message_hash(behind) ^ first;
}

static void keep(struct ike_call *call, struct ike_sa *sa, const uint8_t *request, size_t len)
{
    struct ike_setup *setup = sa->setup;
    uint8_t *kept = ike_take(call->endpoint, len);

    memcpy(kept, request, len);
    ike_give(call->endpoint, setup->peer_message, setup->peer_message_len);
    setup->peer_message = kept;
    setup->peer_message_len = len;
}

void ike_cookie_keep(struct ike_call *call, struct ike_sa *sa)
{
    struct crypto_bytes request = call->datagram->bytes;
    uint8_t first;

    if (sa->state == IKE_STATE_INIT_DONE && sa->setup->peer_message &&
        behind_cookie(request, &first).len + IKE_HEADER_LEN < request.len) {
        keep(call, sa, request.data, request.len);
    }
}

bool ike_cookie_restore(struct ike_call *call, struct ike_sa *sa, unsigned n)
{
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_setup *setup = sa->setup;
    uint64_t period = period_at(call->now);
    uint8_t request[IKE_MESSAGE_MAX], first;
    size_t at = IKE_HEADER_LEN;
    struct crypto_bytes behind =
        behind_cookie(crypto_bytes(setup->peer_message, setup->peer_message_len), &first);
    bool cookie = n < 2 && n <= period;

    if (!policy->cookie_threshold || n > 2 ||
        behind.len + at + NOTIFY_HEADER_LEN + COOKIE_LEN > sizeof(request)) {
        return false;
    }
    memcpy(request, setup->peer_message, IKE_HEADER_LEN);
    request[NEXT_PAYLOAD_AT] = cookie ? IKE_PAYLOAD_NOTIFY : first;
    if (cookie) {
        uint8_t *notify = request + at;

        memset(notify, 0, NOTIFY_HEADER_LEN);
        notify[0] = first;
        notify[3] = NOTIFY_HEADER_LEN + COOKIE_LEN;
        notify[6] = IKE_NOTIFY_COOKIE >> 8;
        notify[7] = IKE_NOTIFY_COOKIE & 0xff;
        make_cookie(call, &sa->remote, sa->spi_i, ike_sa_ni(sa), period - n, 0,
                    notify + NOTIFY_HEADER_LEN);
        at += NOTIFY_HEADER_LEN + COOKIE_LEN;
    }
    memcpy(request + at, behind.data, behind.len);
    ike_store_u32(request + LENGTH_AT, (uint32_t)(at + behind.len));
    keep(call, sa, request, at + behind.len);
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
