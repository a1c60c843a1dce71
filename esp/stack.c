#include "esp/stack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "esp/ah.h"
#include "esp/checksum.h"
#include "esp/limits.h"
#include "esp/tell.h"

/* ---- SAs come and go ---- */

struct esp_stack *esp_stack_new(const struct esp_stack_options *options)
{
    struct esp_stack *stack = calloc(1, sizeof *stack);
    if (!stack) {
        return NULL;
    }
    stack->crypto = options->crypto;
    stack->entropy = options->entropy;
    stack->observer = options->observer;
    stack->fault = options->fault;
    esp_sad_init(&stack->sad);
    esp_spd_init(&stack->spd);
    return stack;
}

void esp_stack_free(struct esp_stack *stack)
{
    if (stack) {
        esp_spd_done(&stack->spd);
        esp_sad_done(&stack->sad);
        free(stack);
    }
}

int esp_stack_install(struct esp_stack *stack, const struct esp_child *child)
{
    if (esp_sad_find(&stack->sad, child->spi_in)) {
        return -1;
    }
    struct esp_pair *pair = esp_pair_new(child, stack->installed + 1);
    if (!pair || !esp_spd_add(&stack->spd, pair)) {
        esp_pair_free(pair);
        return -1;
    }
    struct esp_pair *elder =
        child->replaces != 0 ? esp_sad_find(&stack->sad, child->replaces) : NULL;
    if (elder) {
        esp_pair_wait(pair, elder);
    }
    stack->installed++;
    esp_sad_add(&stack->sad, pair);
    return 0;
}

bool esp_stack_remove(struct esp_stack *stack, uint32_t spi_in)
{
    struct esp_pair *pair = esp_sad_take(&stack->sad, spi_in);
    if (!pair) {
        return false;
    }
    while (pair->heirs) {
        esp_pair_end_wait(pair->heirs);
    }
    esp_pair_end_wait(pair);
    esp_spd_remove(&stack->spd, pair);
    esp_pair_free(pair);
    return true;
}

size_t esp_stack_memory(const struct esp_stack *stack)
{
    return sizeof *stack + esp_sad_memory(&stack->sad) + esp_spd_memory(&stack->spd);
}

static struct esp_result result_of(const struct esp_pair *pair, bool ah, uint32_t spi,
                                   uint64_t sequence)
{
    struct esp_result result = {
        .spi = spi,
        .sequence = sequence,
        .ip_protocol = ah ? AH_IP_PROTOCOL : ESP_IP_PROTOCOL,
    };
    if (pair) {
        result.child = pair->name;
        result.owner = pair->owner;
        result.spi_in = pair->spi_in;
    }
    return result;
}

/* Of tunnel mode. */
static uint8_t next_header_of(const struct esp_flow *flow)
{
    return flow->family == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6;
}

/* ---- out: RFC 4301 §5.1, RFC 4303 §3.3, RFC 4302 §3.3 ---- */

/* A packet on its way out. */
struct outbound {
    struct crypto_bytes inner;
    struct esp_flow flow;
    struct esp_pair *pair;
    struct esp_front front; /* of the sealed packet; len 0: it has none */
};

/* Finds the front that a packet keeps in transport mode. */
static enum esp_verdict find_front(struct outbound *out)
{
    if (!out->pair->ah && !out->pair->transport) {
        return ESP_OK;
    }
    if (out->inner.len > UINT16_MAX - ESP_OVERHEAD_MAX) {
        return ESP_TOO_BIG;
    }
    return out->pair->transport ? esp_front_before(out->inner, &out->front) : ESP_OK;
}

/* Reads the packet and finds the pair that takes it. */
static enum esp_verdict find_outbound(const struct esp_stack *stack, struct outbound *out)
{
    size_t inner_len;
    if (!esp_flow_read(out->inner, &out->flow, &inner_len) || inner_len != out->inner.len) {
        return ESP_BAD_INNER;
    }
    out->pair = esp_spd_find(&stack->spd, &out->flow);
    if (!out->pair) {
        return ESP_NO_SA;
    }
    /* The counter must not cycle (RFC 4303 §3.3.3); with the IV made from it, it could not even
     * with the peer's check off. */
    uint64_t last = out->pair->esn ? UINT64_MAX : UINT32_MAX;
    if (out->pair->meter && esp_meter_is_over(out->pair->meter)) {
        return ESP_EXPIRED;
    }
    return out->pair->last_sequence == last ? ESP_EXHAUSTED : find_front(out);
}

/* Whether the numbers that are left are the reserve; they may have come to that in one step
 * (esp_stack_skip). Told once. */
static void check_sequence(struct esp_pair *pair, struct esp_limit *limit)
{
    if (!pair->esn && !pair->told_sequence &&
        pair->last_sequence >= UINT32_MAX - ESP_SEQUENCE_RESERVE) {
        pair->told_sequence = true;
        limit->name = "sequence";
    }
}

/* Whether one more packet has brought the SA to a limit. */
static void count(struct esp_pair *pair, bool outbound, size_t bytes, struct esp_limit *limit)
{
    limit->spi_in = pair->spi_in;
    if (outbound) {
        check_sequence(pair, limit);
    }
    if (pair->meter) {
        esp_meter_count(pair->meter, outbound, bytes, limit);
    }
}

/* Takes the packet's own front off it, to the beginning of `packet`. First of all: `inner` may
 * begin in `packet`, and what is behind the front is moved from there. */
static struct crypto_bytes move_front(const struct outbound *out, uint8_t *packet)
{
    memmove(packet, out->inner.data, out->front.len);
    return crypto_bytes(out->inner.data + out->front.len, out->inner.len - out->front.len);
}

/* What a faulty sender changes of a packet that lacks nothing but its seal. */
static void spoil(const struct esp_stack *stack, const struct esp_result *result, uint8_t *packet,
                  size_t len)
{
    if (stack->fault) {
        stack->fault->apply(stack->fault->context, result, packet, len);
    }
}

static size_t seal_esp(struct esp_stack *stack, const struct outbound *out,
                       struct esp_header header, const struct esp_result *result, uint8_t *packet,
                       struct crypto_ledger *ledger)
{
    const struct esp_pair *pair = out->pair;
    struct crypto_bytes payload = pair->transport ? move_front(out, packet) : out->inner;
    /* The inbound SPI names the draw: unlike the peer's, it is unique on this host. */
    struct crypto_draw draw = {
        .sa = pair->spi_in,
        .exchange = CRYPTO_DRAW_EXCHANGE_ESP,
        .message_id = (uint32_t)header.sequence,
        .field = CRYPTO_DRAW_IV,
        .instance = (uint32_t)(header.sequence >> 32),
    };
    struct crypto_packet_key key = esp_pair_key(pair, ESP_KEY_OUT);
    uint8_t *esp = packet + out->front.len;
    size_t plain_len = esp_packet_write(
        &key, &stack->entropy, &draw, header,
        pair->transport ? out->front.ip_protocol : next_header_of(&out->flow), payload, esp);
    spoil(stack, result, packet, out->front.len + ESP_HEADER_LEN + key.encr->iv_len + plain_len);
    size_t len = esp_packet_seal(stack->crypto, &key, header, esp, plain_len, ledger);
    crypto_wipe(&key, sizeof key);
    assert(len <= payload.len + ESP_OVERHEAD_MAX);
    if (pair->transport) {
        esp_front_set(packet, &out->front, ESP_IP_PROTOCOL, len);
    }
    return out->front.len + len;
}

static size_t seal_ah(struct esp_stack *stack, struct outbound *out, struct esp_header header,
                      struct esp_result *result, uint8_t *packet, struct crypto_ledger *ledger)
{
    const struct esp_pair *pair = out->pair;
    struct crypto_bytes payload = out->inner;
    uint8_t next_header = out->front.ip_protocol, outer[40];
    if (pair->transport) {
        payload = move_front(out, packet);
    } else {
        esp_front_make(outer, pair->outer, &out->front);
        next_header = next_header_of(&out->flow);
    }
    struct crypto_packet_key key = esp_pair_key(pair, ESP_KEY_OUT);
    size_t place = out->front.len + esp_ah_len(&key, out->front.family);
    memmove(packet + place, payload.data, payload.len);
    if (!pair->transport) {
        memcpy(packet, outer, out->front.len);
    }
    size_t len = esp_ah_write(&key, header, &out->front, next_header, payload.len, packet);
    result->front_len = out->front.len;
    spoil(stack, result, packet, len);
    esp_ah_seal(stack->crypto, &key, header, &out->front, packet, len, ledger);
    crypto_wipe(&key, sizeof key);
    return len;
}

enum esp_verdict esp_stack_seal(struct esp_stack *stack, struct crypto_bytes inner, uint8_t *packet,
                                size_t *len, struct esp_result *result,
                                struct crypto_ledger *ledger)
{
    struct outbound out = {.inner = inner};
    enum esp_verdict verdict = find_outbound(stack, &out);
    struct esp_pair *pair = out.pair;
    *len = 0;
    if (verdict != ESP_OK) {
        *result = result_of(pair, pair && pair->ah, pair ? pair->spi_out : 0,
                            pair ? pair->last_sequence : 0);
        result->event = esp_tell_not_sent(stack->observer, verdict,
                                          verdict == ESP_BAD_INNER ? NULL : &out.flow, pair);
        if (pair && verdict == ESP_EXHAUSTED) {
            result->limit.spi_in = pair->spi_in;
            check_sequence(pair, &result->limit);
        }
        return verdict;
    }
    struct esp_header header = {pair->spi_out, ++pair->last_sequence, pair->esn};
    *result = result_of(pair, pair->ah, header.spi, header.sequence);
    result->event = esp_tell_sent(stack->observer, pair, inner); /* `inner` may lie in `packet` */
    count(pair, true, inner.len, &result->limit);
    result->front_len = out.front.len;
    *len = pair->ah ? seal_ah(stack, &out, header, result, packet, ledger)
                    : seal_esp(stack, &out, header, result, packet, ledger);
    return ESP_OK;
}

/* ---- in: RFC 4303 §3.4, RFC 4302 §3.4, RFC 4301 §5.2 ---- */

/* A packet that came in. */
struct inbound {
    uint8_t *packet;
    size_t len;
    bool ah;
    struct esp_front front; /* len 0: it came without */
    struct esp_header header;
};

/* The packet that was sent in transport mode: its own front, then what AH or ESP carried. */
static enum esp_verdict restore(const struct esp_pair *pair, const struct inbound *in,
                                struct crypto_bytes payload, uint8_t next_header,
                                struct crypto_bytes *whole)
{
    size_t front_len = in->front.len;
    if (front_len == 0) {
        return ESP_BAD_INNER;
    }
    uint8_t *at = in->packet + (payload.data - in->packet) - front_len;
    memmove(at, in->packet, front_len);
    esp_front_set(at, &in->front, next_header, payload.len);
    if (pair->outer) {
        esp_checksum_fix(at, &in->front, next_header, payload.len, pair->outer);
    }
    *whole = crypto_bytes(at, front_len + payload.len);
    return ESP_OK;
}

/* What was in an authentic packet. `next_header` is AH's; ESP's is in the trailer. */
static enum esp_verdict check_inside(const struct esp_pair *pair, const struct inbound *in,
                                     struct crypto_bytes plain, uint8_t next_header,
                                     struct crypto_bytes *inner)
{
    struct crypto_bytes payload = plain;
    struct esp_flow flow;
    size_t inner_len;

    if (!pair->ah) {
        enum esp_verdict verdict = esp_trailer_take(plain, &payload, &next_header);
        if (verdict != ESP_OK) {
            return verdict;
        }
        if (next_header == ESP_NEXT_NONE) {
            return ESP_DUMMY;
        }
    }
    if (pair->transport && restore(pair, in, payload, next_header, &payload) != ESP_OK) {
        return ESP_BAD_INNER;
    }
    if (!esp_flow_read(payload, &flow, &inner_len) ||
        (!pair->transport && next_header != next_header_of(&flow))) {
        return ESP_BAD_INNER;
    }
    *inner = crypto_bytes(payload.data, inner_len);
    return esp_policy_allows(&flow, esp_pair_remote(pair), esp_pair_local(pair)) ? ESP_OK
                                                                                 : ESP_BAD_SELECTOR;
}

/* Checks the ICV, and decrypts what is encrypted. */
static enum esp_verdict authenticate(struct esp_stack *stack, const struct esp_pair *pair,
                                     const struct crypto_packet_key *key, const struct inbound *in,
                                     struct crypto_bytes *plain, uint8_t *next_header,
                                     struct crypto_ledger *ledger)
{
    if (pair->ah) {
        return esp_ah_open(stack->crypto, key, in->header, &in->front, in->packet, in->len, plain,
                           next_header, ledger);
    }
    return esp_packet_open(stack->crypto, key, in->header, in->packet + in->front.len,
                           in->len - in->front.len, plain, ledger)
               ? ESP_OK
               : ESP_BAD_ICV;
}

/* Puts the whole number into the header. */
static enum esp_verdict open_under(struct esp_stack *stack, struct esp_pair *pair,
                                   const struct crypto_packet_key *key, struct inbound *in,
                                   struct crypto_bytes *inner, struct crypto_ledger *ledger)
{
    struct esp_header *header = &in->header;
    struct crypto_bytes plain;
    uint8_t next_header = 0;

    if (!pair->ah && !esp_packet_fits(key, in->len - in->front.len)) {
        return ESP_TOO_SHORT;
    }
    if (pair->meter && esp_meter_is_over(pair->meter)) {
        return ESP_EXPIRED;
    }
    header->esn = pair->esn;
    if (pair->esn &&
        !esp_replay_extend(&pair->replay, (uint32_t)header->sequence, &header->sequence)) {
        return ESP_TOO_OLD;
    }
    /* A first look spares the decryption of what cannot be accepted; it moves nothing. */
    enum esp_verdict verdict = esp_replay_check(&pair->replay, header->sequence);
    if (verdict != ESP_OK) {
        return verdict;
    }
    verdict = authenticate(stack, pair, key, in, &plain, &next_header, ledger);
    if (verdict != ESP_OK) {
        return verdict;
    }
    /* From here on the peer has really sent it: whatever is inside, its number is used up. */
    esp_replay_accept(&pair->replay, header->sequence);
    esp_pair_end_wait(pair);
    return check_inside(pair, in, plain, next_header, inner);
}

static enum esp_verdict open_with(struct esp_stack *stack, struct esp_pair *pair,
                                  struct inbound *in, struct crypto_bytes *inner,
                                  struct crypto_ledger *ledger)
{
    struct crypto_packet_key key = esp_pair_key(pair, ESP_KEY_IN);
    enum esp_verdict verdict = open_under(stack, pair, &key, in, inner, ledger);
    crypto_wipe(&key, sizeof key);
    return verdict;
}

/* `refusal` is what the IP header has come to, if not ESP_OK. */
static enum esp_verdict open_packet(struct esp_stack *stack, struct inbound *in,
                                    enum esp_verdict refusal, struct crypto_bytes *inner,
                                    struct esp_result *result, struct crypto_ledger *ledger)
{
    struct crypto_bytes rest = {in->packet + in->front.len, in->len - in->front.len};
    struct esp_pair *pair = NULL;
    enum esp_verdict verdict = refusal;

    *inner = (struct crypto_bytes){0};
    if (verdict == ESP_OK &&
        !(in->ah ? esp_ah_read(rest, &in->header) : esp_header_read(rest, &in->header))) {
        verdict = ESP_TOO_SHORT;
    }
    if (verdict == ESP_OK) {
        pair = esp_sad_find(&stack->sad, in->header.spi);
        if (pair && pair->ah != in->ah) {
            pair = NULL; /* an SA is found by its protocol too (RFC 4301 §4.1) */
        }
        verdict = pair ? open_with(stack, pair, in, inner, ledger) : ESP_NO_SA;
    }
    *result = result_of(pair, in->ah, in->header.spi, in->header.sequence);
    result->event = verdict == ESP_OK
                        ? esp_tell_received(stack->observer, pair, in->header, *inner)
                        : esp_tell_dropped(stack->observer, verdict, in->ah, pair, in->header);
    if (verdict == ESP_OK) {
        count(pair, false, inner->len, &result->limit);
    }
    return verdict;
}

enum esp_verdict esp_stack_open(struct esp_stack *stack, uint8_t *packet, size_t len,
                                struct crypto_bytes *inner, struct esp_result *result,
                                struct crypto_ledger *ledger)
{
    struct inbound in = {.packet = packet, .len = len};
    return open_packet(stack, &in, ESP_OK, inner, result, ledger);
}

enum esp_verdict esp_stack_open_ip(struct esp_stack *stack, uint8_t *packet, size_t len,
                                   struct crypto_bytes *inner, struct esp_result *result,
                                   struct crypto_ledger *ledger)
{
    struct inbound in = {.packet = packet};
    enum esp_verdict refusal = esp_front_read(crypto_bytes(packet, len), &in.front);
    in.ah = in.front.ip_protocol == AH_IP_PROTOCOL;
    in.len = esp_front_total(crypto_bytes(packet, len), &in.front);
    if (refusal == ESP_OK && (in.len < in.front.len || in.len > len)) {
        refusal = ESP_TOO_SHORT;
    }
    if (refusal != ESP_OK) {
        in.front.len = 0; /* nothing behind it is looked at */
    }
    return open_packet(stack, &in, refusal, inner, result, ledger);
}
