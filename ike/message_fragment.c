/* A protected message in parts that fit into datagrams (RFC 7383 §2.5): each has the header of the
 * whole, and a piece of its contents in an SKF payload that is sealed like SK. */
#include <assert.h>
#include <string.h>

#include "ike/message_internal.h"
#include "ike/writer.h"

enum { NEXT_PAYLOAD_AT = 16 }; /* in the IKE header */

/* Contents of the SK payload that is being built: where it begins, how long it is. */
static struct crypto_bytes contents(const struct ike_builder *builder)
{
    size_t at = builder->sk_at + IKE_GENERIC_HEADER_LEN + builder->iv_len;

    assert(!builder->overflow && builder->sk_at != 0 && builder->payload_at == 0);
    return crypto_bytes(builder->data + at, builder->len - at);
}

static size_t pad_len(size_t len, size_t block)
{
    return (block - (len + 1) % block) % block;
}

size_t ike_builder_sealed_len(const struct ike_builder *builder,
                              const struct crypto_packet_key *key)
{
    return builder->len + pad_len(contents(builder).len, key->encr->block_len) + 1 +
           crypto_packet_icv_len(key);
}

/* Octets of contents that a fragment of at most `max` octets carries. */
static size_t room(const struct ike_builder *builder, const struct crypto_packet_key *key,
                   size_t max)
{
    size_t taken =
        builder->sk_at + IKE_SKF_HEADER_LEN + builder->iv_len + crypto_packet_icv_len(key);
    size_t blocks = max > taken ? (max - taken) / key->encr->block_len : 0;

    return blocks * key->encr->block_len > 1 ? blocks * key->encr->block_len - 1 : 0;
}

size_t ike_builder_fragments(const struct ike_builder *builder, const struct crypto_packet_key *key,
                             size_t max)
{
    size_t each = room(builder, key, max);

    return each ? (contents(builder).len + each - 1) / each : 0;
}

size_t ike_builder_fragment(const struct ike_builder *builder, struct crypto_context *ctx,
                            const struct crypto_packet_key *key, uint16_t number, uint16_t total,
                            struct crypto_bytes iv, uint8_t *out, size_t max,
                            struct crypto_ledger *ledger)
{
    struct crypto_bytes whole = contents(builder);
    size_t each = room(builder, key, max), from = (size_t)(number - 1) * each;
    size_t len = whole.len - from < each ? whole.len - from : each, text_at;
    struct ike_builder fragment = {.data = out, .cap = max, .next_at = builder->next_at};
    /* Payloads in the clear go into the first fragment (§2.5.3). */
    size_t at = number == 1 ? builder->sk_at : IKE_HEADER_LEN;

    assert(number >= 1 && number <= total && from < whole.len);
    ike_write_bytes(&fragment, crypto_bytes(builder->data, at));
    ike_write_u8(&fragment, number == 1 ? builder->data[builder->sk_at] : IKE_PAYLOAD_NONE);
    ike_write_u8(&fragment, 0);
    ike_write_u16(&fragment, 0);
    ike_write_u16(&fragment, number);
    ike_write_u16(&fragment, total);
    ike_write_bytes(&fragment, iv);
    text_at = fragment.len;
    ike_write_bytes(&fragment, crypto_bytes(whole.data + from, len));
    ike_write_zeros(&fragment, pad_len(len, key->encr->block_len));
    ike_write_u8(&fragment, (uint8_t)pad_len(len, key->encr->block_len));
    len = fragment.len - text_at;
    ike_write_zeros(&fragment, crypto_packet_icv_len(key));
    assert(!fragment.overflow);
    /* Whatever is before SK is one payload. */
    out[at == IKE_HEADER_LEN ? NEXT_PAYLOAD_AT : IKE_HEADER_LEN] = IKE_PAYLOAD_SKF;
    ike_write_u16_at(&fragment, 24, (uint16_t)(fragment.len >> 16));
    ike_write_u16_at(&fragment, 26, (uint16_t)fragment.len);
    ike_write_u16_at(&fragment, at + 2, (uint16_t)(fragment.len - at));
    return crypto_packet_seal(ctx, key, out, at + IKE_SKF_HEADER_LEN, len, ledger);
}
