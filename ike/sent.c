#include "ike/sent.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/faults.h"
#include "ike/fragment.h"
#include "ike/intermediate.h"
#include "ike/octets.h"
#include "ike/puzzle.h"
#include "ike/qcd.h"
#include "ike/tell.h"

static size_t size_of(const struct ike_sent *sent)
{
    return sizeof(*sent) + sent->message_len + sent->text_len + 1;
}

void ike_sent_free(struct ike_endpoint *endpoint, struct ike_sent *sent)
{
    if (sent) {
        ike_give(endpoint, sent->others, (sent->datagrams - 1u) * sizeof(*sent->others));
        ike_give(endpoint, sent, size_of(sent));
    }
}

/* ---- building ---- */

/* An AEAD's IV, or CTR's, must never repeat under a key: a counter. CBC's must not be foreseen: a
 * draw. */
static struct crypto_bytes next_iv(struct ike_call *call, struct ike_sa *sa, uint8_t exchange,
                                   bool response, uint32_t message_id, uint32_t fragment,
                                   uint8_t iv[16])
{
    size_t len = sa->suite.encr->iv_len;

    assert(len <= 16);
    if (!sa->suite.encr->counter_iv) {
        struct crypto_draw draw = ike_draw(sa, exchange, response, message_id, CRYPTO_DRAW_IV);

        draw.instance = fragment;
        crypto_entropy_fill(&call->endpoint->entropy, &draw, iv, len);
        return crypto_bytes(iv, len);
    }
    uint64_t counter = sa->next_iv++;

    for (size_t i = len; i > 0; i--, counter >>= 8) {
        iv[i - 1] = (uint8_t)counter;
    }
    return crypto_bytes(iv, len);
}

void ike_message_begin(struct ike_call *call, struct ike_sa *sa, uint8_t exchange, bool response,
                       uint32_t message_id)
{
    const struct ike_exchange_rules *rules = ike_exchange_find(exchange);

    ike_builder_begin(&call->builder, call->out, sizeof(call->out),
                      &(struct ike_header){.spi_i = sa->spi_i,
                                           .spi_r = sa->spi_r,
                                           .major = IKE_MAJOR_VERSION,
                                           .minor = IKE_MINOR_VERSION,
                                           .exchange = exchange,
                                           .initiator = sa->initiator,
                                           .response = response,
                                           .message_id = message_id});
    if (rules->is_protected) {
        uint8_t iv[16];

        if (!response) {
            ike_puzzle_build_payment(call, sa, exchange);
        }
        ike_build_sk_begin(&call->builder,
                           next_iv(call, sa, exchange, response, message_id, 0, iv));
    }
}

/* What is kept of a message of `len` octets in so many datagrams; the bytes are the caller's to
 * write. */
static struct ike_sent *keep(struct ike_call *call, struct ike_sa *sa, size_t len,
                             uint16_t datagrams)
{
    struct ike_endpoint *endpoint = call->endpoint;
    size_t text_len = call->builder.description_len;
    struct ike_sent *sent;

    if (text_len >= sizeof(call->builder.description)) {
        text_len = sizeof(call->builder.description) - 1;
    }
    if (!call->observer) {
        text_len = 0;
    }
    sent = ike_take(endpoint, sizeof(*sent) + len + text_len + 1);
    sent->message_len = (uint32_t)len;
    sent->text_len = (uint32_t)text_len;
    sent->identity = sa->id << 32 | (sa->messages + 1);
    sent->datagrams = datagrams;
    if (datagrams > 1) {
        sent->others = ike_take(endpoint, (datagrams - 1u) * sizeof(*sent->others));
    }
    sa->messages += datagrams;
    memcpy(sent->bytes + len, call->builder.description, text_len);
    return sent;
}

/* Seals the message in fragments (RFC 7383 §2.5). The first has the IV that was drawn for the
 * whole. */
static struct ike_sent *seal_fragments(struct ike_call *call, struct ike_sa *sa,
                                       const struct crypto_packet_key *key, uint16_t count,
                                       size_t max)
{
    const struct ike_builder *builder = &call->builder;
    const uint8_t *header = builder->data;
    struct ike_sent *sent;
    uint8_t *all = ike_take(call->endpoint, count * max);
    size_t len = 0;

    for (uint16_t n = 1; n <= count; n++) {
        uint8_t octets[16];
        struct crypto_bytes iv =
            crypto_bytes(builder->data + builder->sk_at + IKE_GENERIC_HEADER_LEN, builder->iv_len);

        if (n > 1) {
            iv = next_iv(call, sa, header[18], header[19] & IKE_FLAG_RESPONSE,
                         ike_load_u32(header + 20), n - 1u, octets);
        }
        len += ike_builder_fragment(builder, call->endpoint->crypto, key, n, count, iv, all + len,
                                    max, call->costs);
    }
    sent = keep(call, sa, len, count);
    memcpy(sent->bytes, all, len);
    ike_give(call->endpoint, all, count * max);
    return sent;
}

static struct ike_sent *seal(struct ike_call *call, struct ike_sa *sa)
{
    size_t max = ike_fragment_limit(call->endpoint, sa), len = 0;
    struct crypto_packet_key key;
    struct ike_sent *sent = NULL;

    ike_sa_message_key(sa, true, &key);
    if (max && ike_builder_sealed_len(&call->builder, &key) > max) {
        size_t count = ike_builder_fragments(&call->builder, &key, max);

        assert(count <= IKE_FRAGMENTS_MAX);
        if (count > 1) {
            ike_builder_end_description(&call->builder);
            ike_faults_apply(call, &sa->remote);
            sent = seal_fragments(call, sa, &key, (uint16_t)count, max);
        }
    }
    if (!sent) {
        bool fits = ike_builder_pad(&call->builder, &key);

        /* What we say is bounded by the policy, far below a datagram's room. */
        assert(fits);
        (void)fits;
        ike_faults_apply(call, &sa->remote);
        len = ike_builder_seal(&call->builder, call->endpoint->crypto, &key, call->costs);
        assert(len > 0);
        sent = keep(call, sa, len, 1);
        memcpy(sent->bytes, call->builder.data, len);
    }
    crypto_wipe(&key, sizeof(key));
    return sent;
}

struct ike_sent *ike_message_end(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_sent *sent;
    size_t len;

    if (call->builder.sk_at) {
        if (call->builder.data[18] == IKE_EXCHANGE_IKE_INTERMEDIATE) {
            ike_intermediate_note_sent(call, sa);
        }
        return seal(call, sa);
    }
    len = ike_builder_finish(&call->builder);
    assert(len > 0);
    ike_faults_apply(call, &sa->remote);
    sent = keep(call, sa, len, 1);
    memcpy(sent->bytes, call->builder.data, len);
    return sent;
}

/* The words of one datagram: the first of several has those of the whole. */
static const char *describe(const struct ike_sent *sent, uint16_t n, char *text, size_t cap)
{
    const char *whole = (const char *)sent->bytes + sent->message_len, *sk;

    if (sent->datagrams == 1 || sent->text_len == 0) { /* no words are kept where nobody observes */
        return whole;
    }
    /* Before "SK" stands what is in the clear, behind it what is in it. */
    sk = strstr(whole, "SK");
    assert(sk);
    snprintf(text, cap, "%.*sSKF(%u/%u)%s", n == 0 ? (int)(sk - whole) : 0, whole, n + 1u,
             sent->datagrams, n == 0 ? sk + 2 : "");
    return text;
}

/* Which of a message's datagrams: so many, from that one on. */
struct range {
    uint16_t first, count;
};

static void transmit(struct ike_call *call, struct ike_sent *sent, struct range which,
                     const struct ike_address *source, const struct ike_address *destination)
{
    char text[sizeof(call->builder.description) + 32];
    size_t at = 0;

    sent->transmissions++;
    sent->sent_at = call->now;
    for (uint16_t n = 0; n < which.first + which.count; n++) {
        struct trace_ref *first = n ? &sent->others[n - 1] : &sent->first, event;
        struct crypto_bytes datagram = crypto_bytes(
            sent->bytes + at, sent->datagrams == 1
                                  ? sent->message_len
                                  : ike_load_u32(sent->bytes + at + IKE_HEADER_LEN - 4));

        at += datagram.len;
        if (n < which.first) {
            continue;
        }
        crypto_ledger_add(call->costs, CRYPTO_COST_PARSE, 0, (uint32_t)datagram.len);
        event = ike_tell_sent(call, datagram, describe(sent, n, text, sizeof(text)),
                              sent->transmissions, *first);
        if (sent->transmissions == 1) {
            *first = event;
        }
        ike_actions_transmit(call->actions, source, destination, datagram, event,
                             sent->identity + n);
    }
}

void ike_sent_transmit(struct ike_call *call, struct ike_sent *sent,
                       const struct ike_address *source, const struct ike_address *destination)
{
    transmit(call, sent, (struct range){0, sent->datagrams}, source, destination);
}

/* ---- responses ---- */

uint64_t ike_call_datagram_hash(struct ike_call *call)
{
    if (call->datagram_hash == 0) {
        call->datagram_hash = ike_request_hash(call->datagram->bytes);
    }
    return call->datagram_hash;
}

void ike_response_send(struct ike_call *call, struct ike_sa *sa)
{
    uint32_t message_id = call->message.header.message_id;
    struct ike_sent *sent = ike_message_end(call, sa);

    sent->request_hash = ike_call_datagram_hash(call);
    ike_window_answer(&sa->peer, message_id);
    ike_tell_window(call, sa, false);
    if (ike_exchange_is_first(call->message.header.exchange)) {
        sa->setup->own_message = sent;
    } else {
        ike_sent_free(call->endpoint, ike_ring_put(call->endpoint, &sa->responses, sa->peer.size,
                                                   message_id, sent));
    }
    sa->last_sent = call->now;
    ike_sent_transmit(call, sent, &call->datagram->destination, &call->datagram->source);
    if (sa->responses.used) {
        ike_responses_watch(call, sa);
    }
}

void ike_answer_begin(struct ike_call *call)
{
    const struct ike_header *request = &call->message.header;

    ike_builder_begin(&call->builder, call->out, sizeof(call->out),
                      &(struct ike_header){.spi_i = request->spi_i,
                                           .spi_r = request->spi_r,
                                           .major = IKE_MAJOR_VERSION,
                                           .minor = IKE_MINOR_VERSION,
                                           .exchange = request->exchange,
                                           .initiator = !request->initiator,
                                           .response = true,
                                           .message_id = request->message_id});
}

void ike_stray_end(struct ike_call *call, const struct ike_address *source,
                   const struct ike_address *destination)
{
    struct crypto_bytes message = crypto_bytes(call->out, ike_builder_finish(&call->builder));
    struct trace_ref event;

    assert(message.len > 0);
    ike_faults_apply(call, destination);
    crypto_ledger_add(call->costs, CRYPTO_COST_PARSE, 0, (uint32_t)message.len);
    event = ike_tell_sent(call, message, call->builder.description, 1, (struct trace_ref){0});
    /* Nothing is remembered of it, so the bytes themselves are the identity. */
    ike_actions_transmit(call->actions, source, destination, message, event,
                         ike_message_hash(message));
}

void ike_answer_end(struct ike_call *call)
{
    ike_stray_end(call, &call->datagram->destination, &call->datagram->source);
}

void ike_answer_without_sa(struct ike_call *call, uint16_t notify, struct crypto_bytes data)
{
    ike_answer_begin(call);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, data);
    if (notify == IKE_NOTIFY_INVALID_IKE_SPI) {
        ike_qcd_prove(call);
    }
    ike_answer_end(call);
}

/* Of a request in fragments, which was answered, number 1 alone asks for the answer again (RFC 7383
 * §2.6.1). */
static bool is_later_fragment(const struct ike_call *call)
{
    struct crypto_bytes bytes = call->datagram->bytes;

    return call->message.header.next_payload == IKE_PAYLOAD_SKF &&
           (bytes.len < IKE_HEADER_LEN + IKE_SKF_HEADER_LEN ||
            ike_load_u32(bytes.data + IKE_HEADER_LEN + IKE_GENERIC_HEADER_LEN) >> 16 != 1);
}

/* A copy of a request says nothing about who sends it. Where the peer has not been heard, each
 * brings one datagram and no more; who is there asks until it has all of them. */
static void repeat(struct ike_call *call, const struct ike_sa *sa, struct ike_sent *sent)
{
    struct range which = {0, sent->datagrams};

    if (!ike_address_same_host(&sa->remote, &call->datagram->source)) {
        which = (struct range){sent->turn, 1};
        sent->turn = (uint16_t)((sent->turn + 1u) % sent->datagrams);
    }
    transmit(call, sent, which, &call->datagram->destination, &call->datagram->source);
}

void ike_response_repeat(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_header *header = &call->message.header;
    struct ike_sent *sent = ike_ring_find(&sa->responses, header->message_id);

    /* Kept until IKE_AUTH is over; then a copy of the first request is ignored (§2.1). */
    if (ike_exchange_is_first(header->exchange)) {
        sent = sa->setup ? sa->setup->own_message : NULL;
    }
    if (is_later_fragment(call)) {
        ike_tell_dropped(call, header, "duplicate", "a fragment of a request that was answered",
                         (struct trace_ref){0});
        return;
    }
    if (!sent) {
        ike_tell_dropped(call, header, "duplicate",
                         "was answered before, and the response is forgotten (RFC 7296 2.1)",
                         (struct trace_ref){0});
        return;
    }
    if (sent->request_hash != ike_call_datagram_hash(call)) {
        ike_tell_dropped(call, header, "unexpected",
                         "has the Message ID of a request that was answered, but other bytes",
                         (struct trace_ref){0});
        return;
    }
    ike_tell_dropped(call, header, "duplicate",
                     "a copy of a request that was answered: its response goes out again",
                     sent->first);
    repeat(call, sa, sent);
}

void ike_responses_watch(struct ike_call *call, struct ike_sa *sa)
{
    if (!sa->keeping) {
        sa->keeping = true;
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_RESPONSE_KEEP, 0,
                          call->endpoint->policy->response_keep);
    }
}

void ike_responses_expire(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t keep = call->endpoint->policy->response_keep, rest = 0;

    sa->keeping = false;
    if (sa->state == IKE_STATE_CLOSED && sa->last_heard + keep > call->now) {
        rest = sa->last_heard + keep - call->now;
    }
    for (uint32_t i = 0; i < sa->responses.size; i++) {
        struct ike_ring_slot slot = sa->responses.slots[i];
        struct ike_sent *sent = slot.item;

        if (sent && call->now - sent->sent_at >= keep) {
            ike_ring_remove(call->endpoint, &sa->responses, slot.message_id);
            ike_sent_free(call->endpoint, sent);
        } else if (sent && sent->sent_at + keep - call->now > rest) {
            rest = sent->sent_at + keep - call->now;
        }
    }
    if (rest) {
        sa->keeping = true;
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_RESPONSE_KEEP, 0, rest);
    } else if (sa->state == IKE_STATE_CLOSED) {
        ike_sa_retire(call, sa);
    }
}

void ike_responses_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    for (uint32_t i = 0, size = sa->responses.size; i < size && sa->responses.used; i++) {
        struct ike_ring_slot slot = sa->responses.slots[i];

        if (slot.item) {
            ike_ring_remove(endpoint, &sa->responses, slot.message_id);
            ike_sent_free(endpoint, slot.item);
        }
    }
}
