#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint8_t fuzz_u8(struct fuzz_input *input)
{
    if (input->len == 0) {
        return 0;
    }
    input->len--;
    return *input->data++;
}

uint16_t fuzz_u16(struct fuzz_input *input)
{
    uint8_t high = fuzz_u8(input);

    return (uint16_t)(high << 8 | fuzz_u8(input));
}

uint8_t *fuzz_block(struct fuzz_input *input, size_t max, size_t *len)
{
    uint8_t *block;

    *len = input->len < max ? input->len : max;
    block = malloc(*len ? *len : 1);
    if (!block) {
        abort();
    }
    if (*len) {
        memcpy(block, input->data, *len);
    }
    input->data += *len;
    input->len -= *len;
    return block;
}

struct crypto_context *fuzz_context(void)
{
    static struct crypto_context *context;
    char why[128];

    if (!context) {
        context = crypto_context_new(why, sizeof(why));
    }
    assert(context);
    return context;
}

struct crypto_packet_key fuzz_key(enum crypto_protocol protocol, const char *words)
{
    static const uint8_t octets[64] = "the key of the fuzz targets, of which nothing depends";
    struct crypto_proposal_error error;
    struct crypto_proposal proposal;
    struct crypto_packet_key key;
    struct crypto_suite suite;
    bool known = crypto_proposal_parse(protocol, words, &proposal, &error) == 0 &&
                 crypto_suite_resolve(&proposal, &suite);

    assert(known);
    (void)known;
    crypto_packet_key_set(&key, &suite,
                          crypto_bytes(octets, suite.encr_key_bits / 8u + suite.encr->salt_len),
                          crypto_bytes(octets, suite.integ ? suite.integ->key_len : 0));
    return key;
}

static void fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    uint64_t state = draw->entity ^ draw->sa << 1 ^ (uint64_t)draw->exchange << 32 ^
                     (uint64_t)draw->message_id << 8 ^ (uint64_t)draw->field << 24 ^
                     draw->instance ^ UINT64_C(0x9e3779b97f4a7c15);

    (void)context;
    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(state >> 56);
    }
}

struct crypto_entropy fuzz_entropy(void)
{
    return (struct crypto_entropy){.fill = fill};
}
