/* Opening the SK payload (RFC 7296 §3.14, RFC 5282 §3); ike_builder_finish_sealed makes one. */
#include <assert.h>
#include <string.h>

#include "ike/message_internal.h"

/* Takes Pad Length and padding off what was decrypted. */
static int cut_padding(struct ike_parse *parse, struct crypto_bytes *plain)
{
    uint8_t pad_len = 0;

    assert(plain->len != 0);
    pad_len = plain->data[plain->len - 1];
    if (pad_len > plain->len - 1) {
        return ike_parse_fail(parse, plain->data + plain->len - 1, "Pad Length",
                              "is %u, only %zu octets are before it", pad_len, plain->len - 1);
    }
    parse->message->pad_len = pad_len;
    plain->len -= 1u + pad_len;
    return 0;
}

/* Checks, if that is wanted, and decrypts the last outer payload, whose header has `header_len`
 * octets. */
static enum ike_open_result decrypt(struct ike_parse *parse, struct crypto_context *ctx,
                                    const struct crypto_packet_key *key, size_t header_len,
                                    bool checked, uint8_t *plain, struct crypto_bytes *text,
                                    struct crypto_ledger *ledger)
{
    struct ike_message *message = parse->message;
    const struct ike_payload *sk = &message->payloads[message->outer_count - 1];
    size_t len = message->bytes.len, aad_len = sk->offset + header_len;

    ike_error_clear(parse->error);
    memcpy(plain, message->bytes.data, len);
    switch (checked ? crypto_packet_open(ctx, key, plain, len, aad_len, text, ledger)
                    : crypto_packet_decrypt(ctx, key, plain, len, aad_len, text)) {
    case CRYPTO_OPEN_OK:
        break;
    case CRYPTO_OPEN_TOO_SHORT:
        ike_parse_fail(parse, sk->body.data, "Initialization Vector",
                       "%zu octets are no IV, whole blocks and ICV of this key", sk->body.len);
        return IKE_OPEN_TOO_SHORT;
    case CRYPTO_OPEN_BAD_ICV:
        ike_parse_fail(parse, message->bytes.data + message->bytes.len - crypto_packet_icv_len(key),
                       "Integrity Checksum Data",
                       "does not fit: other keys, or changed on the way");
        return IKE_OPEN_BAD_ICV;
    }
    if (text->len == 0) {
        /* A stream cipher's text may be empty; then not even Pad Length is there. */
        ike_parse_fail(parse, sk->body.data + key->encr->iv_len, "Pad Length", "is missing");
        return IKE_OPEN_TOO_SHORT;
    }
    return IKE_OPEN_OK;
}

static enum ike_open_result open_whole(struct ike_message *message, struct crypto_context *ctx,
                                       const struct crypto_packet_key *key, bool checked,
                                       uint8_t *plain, struct crypto_ledger *ledger,
                                       struct ike_error *error)
{
    const struct ike_payload *sk = &message->payloads[message->outer_count - 1];
    struct ike_parse parse = {
        .message = message, .error = error, .base = message->bytes.data, .payload = IKE_PAYLOAD_SK};
    struct crypto_bytes text = {0};
    enum ike_open_result result;

    assert(message->has_sk && message->payload_count == message->outer_count);
    assert(sk->type == IKE_PAYLOAD_SK);
    result = decrypt(&parse, ctx, key, IKE_GENERIC_HEADER_LEN, checked, plain, &text, ledger);
    if (result != IKE_OPEN_OK) {
        return result;
    }
    parse.base = text.data;
    parse.inside_sk = true;
    message->decrypted = text;
    message->first_inner = message->bytes.data[sk->offset];
    message->front =
        crypto_bytes(message->bytes.data + IKE_HEADER_LEN, sk->offset - IKE_HEADER_LEN);
    message->first_outer = message->header.next_payload;
    message->sk_flags = message->bytes.data[sk->offset + 1];
    if (cut_padding(&parse, &text) != 0 ||
        ike_parse_chain(&parse, text, message->bytes.data[sk->offset]) != 0) {
        return IKE_OPEN_MALFORMED;
    }
    return IKE_OPEN_OK;
}

enum ike_open_result ike_message_open(struct ike_message *message, struct crypto_context *ctx,
                                      const struct crypto_packet_key *key, uint8_t *plain,
                                      struct crypto_ledger *ledger, struct ike_error *error)
{
    return open_whole(message, ctx, key, true, plain, ledger, error);
}

enum ike_open_result ike_message_open_unchecked(struct ike_message *message,
                                                struct crypto_context *ctx,
                                                const struct crypto_packet_key *key, uint8_t *plain,
                                                struct ike_error *error)
{
    return open_whole(message, ctx, key, false, plain, NULL, error);
}

enum ike_open_result ike_message_open_fragment(struct ike_message *message,
                                               struct crypto_context *ctx,
                                               const struct crypto_packet_key *key, uint8_t *plain,
                                               struct crypto_bytes *content,
                                               struct crypto_ledger *ledger,
                                               struct ike_error *error)
{
    struct ike_parse parse = {.message = message,
                              .error = error,
                              .base = message->bytes.data,
                              .payload = IKE_PAYLOAD_SKF};
    enum ike_open_result result;

    assert(message->has_skf && message->payload_count == message->outer_count);
    result = decrypt(&parse, ctx, key, IKE_SKF_HEADER_LEN, true, plain, content, ledger);
    if (result != IKE_OPEN_OK) {
        return result;
    }
    parse.base = content->data;
    parse.inside_sk = true;
    return cut_padding(&parse, content) == 0 ? IKE_OPEN_OK : IKE_OPEN_MALFORMED;
}

int ike_message_parse_joined(struct ike_message *message, struct crypto_bytes contents,
                             uint8_t first, struct ike_error *error)
{
    struct ike_parse parse = {.message = message,
                              .error = error,
                              .base = contents.data,
                              .inside_sk = true,
                              .payload = IKE_PAYLOAD_SKF};

    assert(message->has_skf && message->payload_count == message->outer_count);
    ike_error_clear(error);
    message->decrypted = contents;
    message->first_inner = first;
    return ike_parse_chain(&parse, contents, first);
}
