#include "ike/handover_past.h"

#include <string.h>

#include "ike/counter_sync.h"
#include "ike/mobike.h"
#include "ike/octets.h"

enum {
    ADDRESS_LEN = 1 + 16 + 2,
    MOVES_LEN = 1 + 4 + 4, /* before the addresses */
    SENT_LEN = 4 + 4 + 2,
    RESPONSE_LEN = 4 + 8, /* before what was sent */
};

/* ---- writing ---- */

static bool tells_responses(const struct ike_sa *sa)
{
    return !(sa->syncs & IKE_SYNC_MESSAGE_IDS);
}

size_t ike_past_room(const struct ike_sa *sa)
{
    size_t room = MOVES_LEN + IKE_PEER_ADDRESSES_MAX * ADDRESS_LEN + 2 + IKE_WINDOW_MAX + 2;

    for (uint32_t i = 0; tells_responses(sa) && i < sa->responses.size; i++) {
        const struct ike_sent *sent = sa->responses.slots[i].item;

        room += sent ? RESPONSE_LEN + ike_sent_room(sent) : 0;
    }
    return room;
}

size_t ike_sent_room(const struct ike_sent *sent)
{
    return SENT_LEN + sent->message_len + (size_t)sent->text_len;
}

void ike_write_address(struct ike_builder *out, const struct ike_address *address)
{
    ike_write_u8(out, address->family);
    ike_write_bytes(out, crypto_bytes(address->ip, sizeof(address->ip)));
    ike_write_u16(out, address->port);
}

static void write_moves(struct ike_builder *out, const struct ike_mobike *moves)
{
    uint32_t count = moves ? moves->count : 0;

    ike_write_u8(out, (uint8_t)count);
    ike_write_u32(out, moves ? moves->next : 0);
    ike_write_u32(out, moves ? moves->newest : 0);
    for (uint32_t i = 0; i < count; i++) {
        ike_write_address(out, &moves->addresses[i]);
    }
}

void ike_write_sent(struct ike_builder *out, const struct ike_sent *sent)
{
    ike_write_u32(out, sent->message_len);
    ike_write_u32(out, sent->text_len);
    ike_write_u16(out, sent->datagrams);
    ike_write_bytes(out, crypto_bytes(sent->bytes, sent->message_len + (size_t)sent->text_len));
}

static void write_response(struct ike_builder *out, uint32_t message_id,
                           const struct ike_sent *sent)
{
    ike_write_u32(out, message_id);
    ike_write_u64(out, sent->request_hash);
    ike_write_sent(out, sent);
}

/* Requests of the peer's that came out of order, and what is missing before them. */
static void write_gap(struct ike_builder *out, const struct ike_sa *sa)
{
    const struct ike_window *peer = &sa->peer;
    uint32_t gap = tells_responses(sa) ? peer->next - peer->oldest : 0;

    ike_write_u16(out, (uint16_t)gap);
    for (uint32_t i = 0; i < gap; i++) {
        ike_write_u8(out, ike_window_is_answered(peer, peer->oldest + i));
    }
}

void ike_past_write(struct ike_builder *out, const struct ike_sa *sa)
{
    bool responses = tells_responses(sa);

    write_moves(out, sa->moves);
    write_gap(out, sa);
    ike_write_u16(out, responses ? (uint16_t)sa->responses.used : 0);
    for (uint32_t i = 0; responses && i < sa->responses.size; i++) {
        if (sa->responses.slots[i].item) {
            write_response(out, sa->responses.slots[i].message_id, sa->responses.slots[i].item);
        }
    }
}

/* ---- reading ---- */

bool ike_read_address(struct ike_reader *in, struct ike_address *address)
{
    struct crypto_bytes ip;

    if (!ike_read_u8(in, &address->family) || !ike_read_bytes(in, sizeof(address->ip), &ip) ||
        !ike_read_u16(in, &address->port)) {
        return false;
    }
    memcpy(address->ip, ip.data, sizeof(address->ip));
    return address->family == 4 || address->family == 6;
}

static bool read_moves(struct ike_reader *in, struct ike_mobike *moves)
{
    uint8_t count;

    if (!ike_read_u8(in, &count) || count > IKE_PEER_ADDRESSES_MAX ||
        !ike_read_u32(in, &moves->next) || !ike_read_u32(in, &moves->newest)) {
        return false;
    }
    moves->count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!ike_read_address(in, &moves->addresses[i])) {
            return false;
        }
    }
    return true;
}

static bool read_gap(struct ike_reader *in, const struct ike_call *call, struct ike_sa *sa)
{
    struct crypto_bytes answered;
    uint16_t gap;

    if (!ike_read_u16(in, &gap) || gap > sa->peer.size || gap > sa->peer.next ||
        !ike_read_bytes(in, gap, &answered)) {
        return false;
    }
    if (gap && (answered.data[0] || !answered.data[gap - 1])) {
        return false;
    }
    for (uint16_t i = 0; i < gap; i++) {
        if (answered.data[i] > 1) {
            return false;
        }
    }
    if (call && gap) {
        ike_window_reopen(&sa->peer, gap, answered.data);
    }
    return true;
}

/* Of each datagram its own header says how long it is. */
static bool fills(const struct ike_told_sent *told)
{
    size_t at = 0, len = told->message_len;

    for (uint16_t n = 0; n < told->datagrams; n++) {
        size_t each;

        if (len - at < IKE_HEADER_LEN) {
            return false;
        }
        each = ike_load_u32(told->octets.data + at + IKE_HEADER_LEN - 4);
        if (each < IKE_HEADER_LEN || each > len - at) {
            return false;
        }
        at += each;
    }
    return at == len;
}

/* Those of a message in fragments name the payload that all of it is in. */
static bool words_fit(const struct ike_told_sent *told)
{
    const uint8_t *words = told->octets.data + told->message_len;
    size_t len = told->octets.len - told->message_len;

    for (size_t i = 0; i < len; i++) {
        if (words[i] == '\0') {
            return false;
        }
    }
    for (size_t i = 0; i + 1 < len; i++) {
        if (words[i] == 'S' && words[i + 1] == 'K') {
            return true;
        }
    }
    return told->datagrams == 1 || len == 0;
}

bool ike_read_sent(struct ike_reader *in, struct ike_told_sent *told)
{
    uint32_t text_len;

    return ike_read_u32(in, &told->message_len) && ike_read_u32(in, &text_len) &&
           ike_read_u16(in, &told->datagrams) && told->datagrams > 0 &&
           told->message_len <= IKE_MESSAGE_MAX && text_len <= IKE_MESSAGE_MAX &&
           ike_read_bytes(in, (size_t)told->message_len + text_len, &told->octets) && fills(told) &&
           words_fit(told);
}

struct ike_sent *ike_adopt_sent(struct ike_call *call, struct ike_sa *sa,
                                const struct ike_told_sent *told)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_sent *sent = ike_take(endpoint, sizeof(*sent) + told->octets.len + 1);

    sent->message_len = told->message_len;
    sent->text_len = (uint32_t)(told->octets.len - told->message_len);
    sent->identity = sa->id << 32 | (sa->messages + 1);
    sent->datagrams = told->datagrams;
    sent->sent_at = call->now;
    if (sent->datagrams > 1) {
        sent->others = ike_take(endpoint, (sent->datagrams - 1u) * sizeof(*sent->others));
    }
    sa->messages += sent->datagrams;
    memcpy(sent->bytes, told->octets.data, told->octets.len);
    return sent;
}

/* A response as it is read. */
struct response {
    uint32_t message_id;
    uint64_t request_hash;
    struct ike_told_sent sent;
};

static bool read_response(struct ike_reader *in, struct response *response)
{
    return ike_read_u32(in, &response->message_id) && ike_read_u64(in, &response->request_hash) &&
           ike_read_sent(in, &response->sent);
}

static void adopt_response(struct ike_call *call, struct ike_sa *sa,
                           const struct response *response)
{
    struct ike_sent *sent = ike_adopt_sent(call, sa, &response->sent);

    sent->request_hash = response->request_hash;
    ike_sent_free(call->endpoint, ike_ring_put(call->endpoint, &sa->responses, sa->peer.size,
                                               response->message_id, sent));
}

bool ike_past_read(struct ike_reader *in, struct ike_call *call, struct ike_sa *sa)
{
    struct ike_mobike moves = {0};
    uint16_t count;

    if (!read_moves(in, &moves) || !read_gap(in, call, sa) || !ike_read_u16(in, &count) ||
        count > IKE_WINDOW_MAX) {
        return false;
    }
    if (call && (moves.count || moves.newest)) {
        sa->moves = ike_take(call->endpoint, sizeof(*sa->moves));
        *sa->moves = moves;
    }
    for (uint16_t i = 0; i < count; i++) {
        struct response response;

        if (!read_response(in, &response)) {
            return false;
        }
        if (call) {
            adopt_response(call, sa, &response);
        }
    }
    if (call && count) {
        ike_responses_watch(call, sa);
    }
    return true;
}
