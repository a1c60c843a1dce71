/* Opening the SK payload (RFC 7296 §3.14, RFC 5282 §3); ike_builder_finish_sealed makes one. */
#include <assert.h>
#include <string.h>

#include "ike/message_internal.h"

/* Reads what was decrypted: payloads, padding, Pad Length. */
static int parse_contents(struct ike_parse *parse, struct crypto_bytes plain, uint8_t first)
{
    struct ike_message *message = parse->message;
    uint8_t pad_len = 0;

    assert(plain.len != 0);
    pad_len = plain.data[plain.len - 1];
    if (pad_len > plain.len - 1) {
        return ike_parse_fail(parse, plain.data + plain.len - 1, "Pad Length",
                              "is %u, only %zu octets are before it", pad_len, plain.len - 1);
    }
    message->pad_len = pad_len;
    return ike_parse_chain(parse, crypto_bytes(plain.data, plain.len - 1 - pad_len), first);
}

enum ike_open_result ike_message_open(struct ike_message *message, struct crypto_context *ctx,
                                      const struct crypto_packet_key *key, uint8_t *plain,
                                      struct crypto_ledger *ledger, struct ike_error *error)
{
    const struct ike_payload *sk = NULL;
    struct ike_parse parse = {
        .message = message, .error = error, .base = message->bytes.data, .payload = IKE_PAYLOAD_SK};
    struct crypto_bytes text = {0};
    uint8_t first = 0;

    assert(message->has_sk && message->payload_count == message->outer_count);
    sk = &message->payloads[message->outer_count - 1];
    assert(sk->type == IKE_PAYLOAD_SK);
    first = message->bytes.data[sk->offset];
    ike_error_clear(error);

    memcpy(plain, message->bytes.data, message->bytes.len);
    switch (crypto_packet_open(ctx, key, plain, message->bytes.len,
                               sk->offset + IKE_GENERIC_HEADER_LEN, &text, ledger)) {
    case CRYPTO_OPEN_OK:
        break;
    case CRYPTO_OPEN_TOO_SHORT:
        ike_parse_fail(&parse, sk->body.data, "Initialization Vector",
                       "%zu octets are no IV, whole blocks and ICV of this key", sk->body.len);
        return IKE_OPEN_TOO_SHORT;
    case CRYPTO_OPEN_BAD_ICV:
        ike_parse_fail(
            &parse, message->bytes.data + message->bytes.len - crypto_packet_icv_len(key),
            "Integrity Checksum Data", "does not fit: other keys, or changed on the way");
        return IKE_OPEN_BAD_ICV;
    }
    if (text.len == 0) {
        /* A stream cipher's text may be empty; then not even Pad Length is there. */
        ike_parse_fail(&parse, sk->body.data + key->encr->iv_len, "Pad Length", "is missing");
        return IKE_OPEN_TOO_SHORT;
    }
    parse.base = text.data;
    parse.inside_sk = true;
    message->decrypted = text;
    return parse_contents(&parse, text, first) == 0 ? IKE_OPEN_OK : IKE_OPEN_MALFORMED;
}
