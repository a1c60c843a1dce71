/* Writing messages: header, chain and every payload of RFC 7296 §3. */
#include <assert.h>

#include "ike/message_internal.h"
#include "ike/writer.h"

enum { NEXT_PAYLOAD_AT = 16, FLAGS_AT = 19, LENGTH_AT = 24 };

/* So no Payload Length, Proposal Length or Selector Length needs more than its 16 bits. */
_Static_assert(IKE_MESSAGE_MAX <= UINT16_MAX, "lengths have 16 bits");

static bool is_response(const struct ike_builder *builder)
{
    return !builder->overflow && (builder->data[FLAGS_AT] & IKE_FLAG_RESPONSE) != 0;
}

static void describe_payload(struct ike_builder *builder, uint8_t type, uint16_t notify_type)
{
    struct ike_words words = {.text = builder->description,
                              .len = builder->description_len,
                              .cap = sizeof(builder->description),
                              .opened = builder->sk_at != 0 && builder->sk_empty};

    ike_words_add_payload(&words, type, is_response(builder), notify_type);
    builder->description_len = words.len;
    builder->sk_empty = false;
}

static void describe_brace(struct ike_builder *builder, const char *brace)
{
    struct ike_words words = {.text = builder->description,
                              .len = builder->description_len,
                              .cap = sizeof(builder->description)};

    ike_words_add(&words, brace);
    builder->description_len = words.len;
}

void ike_builder_begin(struct ike_builder *builder, uint8_t *data, size_t cap,
                       const struct ike_header *header)
{
    uint8_t flags = (uint8_t)((header->initiator ? IKE_FLAG_INITIATOR : 0) |
                              (header->version ? IKE_FLAG_VERSION : 0) |
                              (header->response ? IKE_FLAG_RESPONSE : 0));

    *builder = (struct ike_builder){.data = data,
                                    .cap = cap < IKE_MESSAGE_MAX ? cap : IKE_MESSAGE_MAX,
                                    .next_at = NEXT_PAYLOAD_AT};
    ike_write_u64(builder, header->spi_i);
    ike_write_u64(builder, header->spi_r);
    ike_write_u8(builder, IKE_PAYLOAD_NONE);
    ike_write_u8(builder, (uint8_t)(header->major << 4 | (header->minor & 0x0f)));
    ike_write_u8(builder, header->exchange);
    ike_write_u8(builder, flags);
    ike_write_u32(builder, header->message_id);
    ike_write_u32(builder, 0);
}

/* Generic header (§3.2); its length is patched by end_payload. */
static void begin_payload(struct ike_builder *builder, uint8_t type, bool critical)
{
    assert(builder->payload_at == 0);
    if (!builder->overflow) {
        builder->data[builder->next_at] = type;
        builder->next_at = builder->len;
        builder->payload_at = builder->len;
    }
    ike_write_u8(builder, IKE_PAYLOAD_NONE);
    ike_write_u8(builder, critical ? IKE_CRITICAL_BIT : 0);
    ike_write_u16(builder, 0);
}

static void end_payload(struct ike_builder *builder)
{
    ike_write_u16_at(builder, builder->payload_at + 2,
                     (uint16_t)(builder->len - builder->payload_at));
    builder->payload_at = 0;
}

static void begin_known(struct ike_builder *builder, uint8_t type)
{
    describe_payload(builder, type, 0);
    begin_payload(builder, type, false);
}

static void build_transform(struct ike_builder *builder,
                            const struct crypto_transform_choice *choice, bool last)
{
    ike_write_u8(builder, last ? 0 : 3);
    ike_write_u8(builder, 0);
    ike_write_u16(builder, (uint16_t)(IKE_TRANSFORM_HEADER_LEN + (choice->key_bits != 0 ? 4 : 0)));
    ike_write_u8(builder, choice->type);
    ike_write_u8(builder, 0);
    ike_write_u16(builder, choice->id);
    if (choice->key_bits != 0) {
        ike_write_u16(builder, IKE_ATTRIBUTE_TV | IKE_TRANSFORM_ATTRIBUTE_KEY_LENGTH);
        ike_write_u16(builder, choice->key_bits);
    }
}

static void build_proposal(struct ike_builder *builder, const struct ike_proposal *proposal,
                           uint8_t number, bool last)
{
    const struct crypto_proposal *list = &proposal->transforms;
    size_t start = builder->len;

    assert(proposal->spi_len <= sizeof(proposal->spi));
    assert(list->count <= CRYPTO_PROPOSAL_TRANSFORMS_MAX);
    ike_write_u8(builder, last ? 0 : 2);
    ike_write_u8(builder, 0);
    ike_write_u16(builder, 0);
    ike_write_u8(builder, number);
    ike_write_u8(builder, list->protocol);
    ike_write_u8(builder, proposal->spi_len);
    ike_write_u8(builder, list->count);
    ike_write_bytes(builder, crypto_bytes(proposal->spi, proposal->spi_len));
    for (size_t i = 0; i < list->count; i++) {
        build_transform(builder, &list->transforms[i], i + 1 == list->count);
    }
    ike_write_u16_at(builder, start + 2, (uint16_t)(builder->len - start));
}

void ike_build_sa(struct ike_builder *builder, const struct ike_proposal *proposals, size_t count)
{
    assert(count <= IKE_PROPOSALS_MAX);
    begin_known(builder, IKE_PAYLOAD_SA);
    for (size_t i = 0; i < count; i++) {
        uint8_t number = is_response(builder) ? proposals[i].transforms.number : (uint8_t)(i + 1);

        build_proposal(builder, &proposals[i], number, i + 1 == count);
    }
    end_payload(builder);
}

void ike_build_ke(struct ike_builder *builder, uint16_t method, struct crypto_bytes data)
{
    begin_known(builder, IKE_PAYLOAD_KE);
    ike_write_u16(builder, method);
    ike_write_u16(builder, 0);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_id(struct ike_builder *builder, bool initiator, uint8_t type,
                  struct crypto_bytes data)
{
    begin_known(builder, initiator ? IKE_PAYLOAD_IDI : IKE_PAYLOAD_IDR);
    ike_write_u8(builder, type);
    ike_write_zeros(builder, 3);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_cert(struct ike_builder *builder, uint8_t payload_type, uint8_t encoding,
                    struct crypto_bytes data)
{
    assert(payload_type == IKE_PAYLOAD_CERT || payload_type == IKE_PAYLOAD_CERTREQ);
    begin_known(builder, payload_type);
    ike_write_u8(builder, encoding);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_auth(struct ike_builder *builder, uint8_t method, struct crypto_bytes data)
{
    begin_known(builder, IKE_PAYLOAD_AUTH);
    ike_write_u8(builder, method);
    ike_write_zeros(builder, 3);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_nonce(struct ike_builder *builder, struct crypto_bytes data)
{
    assert(data.len >= IKE_NONCE_MIN && data.len <= IKE_NONCE_MAX);
    begin_known(builder, IKE_PAYLOAD_NONCE);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_notify(struct ike_builder *builder, uint8_t protocol, struct crypto_bytes spi,
                      uint16_t type, struct crypto_bytes data)
{
    assert(spi.len <= UINT8_MAX);
    describe_payload(builder, IKE_PAYLOAD_NOTIFY, type);
    begin_payload(builder, IKE_PAYLOAD_NOTIFY, false);
    ike_write_u8(builder, protocol);
    ike_write_u8(builder, (uint8_t)spi.len);
    ike_write_u16(builder, type);
    ike_write_bytes(builder, spi);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_delete(struct ike_builder *builder, uint8_t protocol, uint8_t spi_len,
                      struct crypto_bytes spis)
{
    size_t count = spi_len == 0 ? 0 : spis.len / spi_len;

    assert(count * spi_len == spis.len && count <= UINT16_MAX);
    begin_known(builder, IKE_PAYLOAD_DELETE);
    ike_write_u8(builder, protocol);
    ike_write_u8(builder, spi_len);
    ike_write_u16(builder, (uint16_t)count);
    ike_write_bytes(builder, spis);
    end_payload(builder);
}

void ike_build_vendor(struct ike_builder *builder, struct crypto_bytes data)
{
    begin_known(builder, IKE_PAYLOAD_VENDOR);
    ike_write_bytes(builder, data);
    end_payload(builder);
}

void ike_build_ts(struct ike_builder *builder, bool initiator, const struct ike_selector *selectors,
                  size_t count)
{
    assert(count >= 1 && count <= IKE_SELECTORS_MAX);
    begin_known(builder, initiator ? IKE_PAYLOAD_TSI : IKE_PAYLOAD_TSR);
    ike_write_u8(builder, (uint8_t)count);
    ike_write_zeros(builder, 3);
    for (size_t i = 0; i < count; i++) {
        const struct ike_selector *selector = &selectors[i];
        size_t len = selector->type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 16;

        assert(selector->type == IKE_TS_IPV4_ADDR_RANGE ||
               selector->type == IKE_TS_IPV6_ADDR_RANGE);
        ike_write_u8(builder, selector->type);
        ike_write_u8(builder, selector->ip_protocol);
        ike_write_u16(builder, (uint16_t)(IKE_TS_HEADER_LEN + 2 * len));
        ike_write_u16(builder, selector->start_port);
        ike_write_u16(builder, selector->end_port);
        ike_write_bytes(builder, crypto_bytes(selector->start, len));
        ike_write_bytes(builder, crypto_bytes(selector->end, len));
    }
    end_payload(builder);
}

void ike_build_cp(struct ike_builder *builder, uint8_t type, const struct ike_attribute *attributes,
                  size_t count)
{
    begin_known(builder, IKE_PAYLOAD_CP);
    ike_write_u8(builder, type);
    ike_write_zeros(builder, 3);
    for (size_t i = 0; i < count; i++) {
        assert(attributes[i].type <= INT16_MAX && attributes[i].value.len <= UINT16_MAX);
        ike_write_u16(builder, attributes[i].type);
        ike_write_u16(builder, (uint16_t)attributes[i].value.len);
        ike_write_bytes(builder, attributes[i].value);
    }
    end_payload(builder);
}

void ike_build_eap(struct ike_builder *builder, struct crypto_bytes packet)
{
    begin_known(builder, IKE_PAYLOAD_EAP);
    ike_write_bytes(builder, packet);
    end_payload(builder);
}

void ike_build_raw(struct ike_builder *builder, uint8_t type, bool critical,
                   struct crypto_bytes body)
{
    uint16_t notify_type = 0;

    if (type == IKE_PAYLOAD_NOTIFY && body.len >= 4) {
        notify_type = (uint16_t)(body.data[2] << 8 | body.data[3]);
    }
    describe_payload(builder, type, notify_type);
    begin_payload(builder, type, critical);
    ike_write_bytes(builder, body);
    end_payload(builder);
}

void ike_build_sk_begin(struct ike_builder *builder, struct crypto_bytes iv)
{
    assert(builder->sk_at == 0 && iv.len <= UINT8_MAX);
    describe_payload(builder, IKE_PAYLOAD_SK, 0);
    describe_brace(builder, "{");
    begin_payload(builder, IKE_PAYLOAD_SK, false);
    builder->sk_at = builder->payload_at;
    builder->sk_empty = true;
    builder->payload_at = 0;
    builder->iv_len = (uint8_t)iv.len;
    ike_write_bytes(builder, iv);
}

static size_t finish(struct ike_builder *builder)
{
    if (builder->overflow) {
        return 0;
    }
    ike_write_u16_at(builder, LENGTH_AT, (uint16_t)(builder->len >> 16));
    ike_write_u16_at(builder, LENGTH_AT + 2, (uint16_t)builder->len);
    return builder->len;
}

size_t ike_builder_finish(struct ike_builder *builder)
{
    assert(builder->sk_at == 0 && builder->payload_at == 0);
    return finish(builder);
}

void ike_builder_end_description(struct ike_builder *builder)
{
    describe_brace(builder, "}");
}

bool ike_builder_pad(struct ike_builder *builder, const struct crypto_packet_key *key)
{
    size_t block = key->encr->block_len, icv_len = crypto_packet_icv_len(key);
    size_t plain_at = 0, pad_len = 0;

    assert(builder->overflow || builder->sk_at != 0);
    assert(builder->payload_at == 0 && block != 0 && builder->iv_len == key->encr->iv_len);
    describe_brace(builder, "}");
    if (builder->overflow) {
        return false;
    }
    /* The least padding that makes payloads, padding and Pad Length whole blocks (§3.14). */
    plain_at = builder->sk_at + IKE_GENERIC_HEADER_LEN + builder->iv_len;
    pad_len = (block - (builder->len - plain_at + 1) % block) % block;
    ike_write_zeros(builder, pad_len);
    ike_write_u8(builder, (uint8_t)pad_len);
    ike_write_zeros(builder, icv_len);
    if (builder->overflow) {
        return false;
    }
    /* Both lengths are covered by the ICV: they are right before it is made. */
    ike_write_u16_at(builder, builder->sk_at + 2, (uint16_t)(builder->len - builder->sk_at));
    finish(builder);
    return true;
}

size_t ike_builder_seal(const struct ike_builder *builder, struct crypto_context *ctx,
                        const struct crypto_packet_key *key, struct crypto_ledger *ledger)
{
    size_t aad_len = builder->sk_at + IKE_GENERIC_HEADER_LEN;
    size_t len = builder->len - crypto_packet_icv_len(key) - builder->iv_len - aad_len;

    return crypto_packet_seal(ctx, key, builder->data, aad_len, len, ledger) == builder->len
               ? builder->len
               : 0;
}

size_t ike_builder_finish_sealed(struct ike_builder *builder, struct crypto_context *ctx,
                                 const struct crypto_packet_key *key, struct crypto_ledger *ledger)
{
    return ike_builder_pad(builder, key) ? ike_builder_seal(builder, ctx, key, ledger) : 0;
}
