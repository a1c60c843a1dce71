#include "esp/stack.h"

#include <stdlib.h>

#include "esp/limits.h"
#include "esp/packet.h"
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
    if (!esp_sad_init(&stack->sad) || !esp_spd_init(&stack->spd)) {
        esp_stack_free(stack);
        return NULL;
    }
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

static struct esp_result result_of(const struct esp_pair *pair, uint32_t spi, uint64_t sequence)
{
    struct esp_result result = {.spi = spi, .sequence = sequence};
    if (pair) {
        result.child = pair->name;
        result.owner = pair->owner;
        result.handle = pair->handle;
    }
    return result;
}

/* Of tunnel mode. */
static uint8_t next_header_of(const struct esp_flow *flow)
{
    return flow->family == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6;
}

/* ---- out: RFC 4301 §5.1, RFC 4303 §3.3 ---- */

/* Reads the packet and finds the pair that takes it. */
static enum esp_verdict find_outbound(const struct esp_stack *stack, struct crypto_bytes inner,
                                      struct esp_flow *flow, struct esp_pair **pair)
{
    size_t inner_len;
    if (!esp_flow_read(inner, flow, &inner_len) || inner_len != inner.len) {
        return ESP_BAD_INNER;
    }
    *pair = esp_spd_find(&stack->spd, flow);
    if (!*pair) {
        return ESP_NO_SA;
    }
    /* The counter must not cycle (RFC 4303 §3.3.3); with the IV made from it, it could not even
     * with the peer's check off. */
    uint64_t last = (*pair)->esn ? UINT64_MAX : UINT32_MAX;
    if ((*pair)->meter && esp_meter_is_over((*pair)->meter)) {
        return ESP_EXPIRED;
    }
    return (*pair)->last_sequence == last ? ESP_EXHAUSTED : ESP_OK;
}

/* Whether one more packet has brought the SA to a limit. */
static void count(const struct esp_pair *pair, bool outbound, size_t bytes, struct esp_limit *limit)
{
    limit->spi_in = pair->spi_in;
    if (outbound && !pair->esn && pair->last_sequence == UINT32_MAX - ESP_SEQUENCE_RESERVE) {
        limit->name = "sequence";
    }
    if (pair->meter) {
        esp_meter_count(pair->meter, outbound, bytes, limit);
    }
}

enum esp_verdict esp_stack_seal(struct esp_stack *stack, struct crypto_bytes inner, uint8_t *packet,
                                size_t *len, struct esp_result *result,
                                struct crypto_ledger *ledger)
{
    struct esp_flow flow;
    struct esp_pair *pair = NULL;
    enum esp_verdict verdict = find_outbound(stack, inner, &flow, &pair);
    *len = 0;
    if (verdict != ESP_OK) {
        *result = result_of(pair, pair ? pair->spi_out : 0, pair ? pair->last_sequence : 0);
        result->event = esp_tell_not_sent(stack->observer, verdict,
                                          verdict == ESP_BAD_INNER ? NULL : &flow, pair);
        return verdict;
    }
    struct esp_header header = {pair->spi_out, ++pair->last_sequence, pair->esn};
    *result = result_of(pair, header.spi, header.sequence);
    result->event = esp_tell_sent(stack->observer, pair, inner); /* `inner` may lie in `packet` */
    count(pair, true, inner.len, &result->limit);
    /* The inbound SPI names the draw: unlike the peer's, it is unique on this host. */
    struct crypto_draw draw = {
        .sa = pair->spi_in,
        .exchange = CRYPTO_DRAW_EXCHANGE_ESP,
        .message_id = (uint32_t)header.sequence,
        .field = CRYPTO_DRAW_IV,
        .instance = (uint32_t)(header.sequence >> 32),
    };
    *len = esp_packet_seal(stack->crypto, &pair->key_out, &stack->entropy, &draw, header,
                           next_header_of(&flow), inner, packet, ledger);
    return ESP_OK;
}

/* ---- in: RFC 4303 §3.4, RFC 4301 §5.2 ---- */

/* What was in an authentic packet. */
static enum esp_verdict check_inside(const struct esp_pair *pair, struct crypto_bytes plain,
                                     struct crypto_bytes *inner)
{
    struct crypto_bytes payload;
    struct esp_flow flow;
    uint8_t next_header;
    size_t inner_len;

    enum esp_verdict verdict = esp_trailer_take(plain, &payload, &next_header);
    if (verdict != ESP_OK) {
        return verdict;
    }
    if (next_header == ESP_NEXT_NONE) {
        return ESP_DUMMY;
    }
    if (!esp_flow_read(payload, &flow, &inner_len) || next_header != next_header_of(&flow)) {
        return ESP_BAD_INNER;
    }
    if (!esp_policy_allows(&flow, pair->remote, pair->local)) {
        return ESP_BAD_SELECTOR;
    }
    *inner = crypto_bytes(payload.data, inner_len);
    return ESP_OK;
}

/* Puts the whole number into `header`. */
static enum esp_verdict open_with(struct esp_stack *stack, struct esp_pair *pair,
                                  struct esp_header *header, uint8_t *packet, size_t len,
                                  struct crypto_bytes *inner, struct crypto_ledger *ledger)
{
    struct crypto_bytes plain;

    if (!esp_packet_fits(&pair->key_in, len)) {
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
    if (!esp_packet_open(stack->crypto, &pair->key_in, *header, packet, len, &plain, ledger)) {
        return ESP_BAD_ICV;
    }
    /* From here on the peer has really sent it: whatever is inside, its number is used up. */
    esp_replay_accept(&pair->replay, header->sequence);
    esp_pair_end_wait(pair);
    return check_inside(pair, plain, inner);
}

enum esp_verdict esp_stack_open(struct esp_stack *stack, uint8_t *packet, size_t len,
                                struct crypto_bytes *inner, struct esp_result *result,
                                struct crypto_ledger *ledger)
{
    struct esp_header header = {0};
    struct esp_pair *pair = NULL;
    enum esp_verdict verdict;

    *inner = (struct crypto_bytes){0};
    if (!esp_header_read(crypto_bytes(packet, len), &header)) {
        verdict = ESP_TOO_SHORT;
    } else {
        pair = esp_sad_find(&stack->sad, header.spi);
        verdict = pair ? open_with(stack, pair, &header, packet, len, inner, ledger) : ESP_NO_SA;
    }
    *result = result_of(pair, header.spi, header.sequence);
    result->event = verdict == ESP_OK ? esp_tell_received(stack->observer, pair, header, *inner)
                                      : esp_tell_dropped(stack->observer, verdict, pair, header);
    if (verdict == ESP_OK) {
        count(pair, false, inner->len, &result->limit);
    }
    return verdict;
}
