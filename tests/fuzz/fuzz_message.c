/* The message parser. The first octet chooses: a whole datagram, as it is or with fragments
 * understood; or one payload of that type, its body the rest, alone or inside SK. */
#include <assert.h>
#include <stdlib.h>

#include "ike/message.h"
#include "tests/fuzz/fuzz.h"

enum { WHOLE, FRAGMENT, PAYLOADS = 2 };

static struct ike_message message;
static uint8_t plain[IKE_MESSAGE_MAX];

/* What was read can be described, and found again. */
static void look_at(const struct ike_message *read)
{
    char text[64];

    ike_message_describe(read, text, sizeof(text));
    for (unsigned type = 0; type < 256; type++) {
        const struct ike_payload *payload = ike_message_find(read, (uint8_t)type);

        assert(!payload || payload->type == type);
    }
}

static void read_datagram(uint8_t how, struct fuzz_input *input)
{
    struct crypto_packet_key key = fuzz_key(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    struct ike_error error;
    struct crypto_bytes content;
    size_t len;
    uint8_t *bytes = fuzz_block(input, IKE_MESSAGE_MAX, &len);
    int result = how == WHOLE
                     ? ike_message_parse(&message, crypto_bytes(bytes, len), &error)
                     : ike_message_parse_fragment(&message, crypto_bytes(bytes, len), &error);

    if (result == 0) {
        ike_message_check_single(&message, &error);
        look_at(&message);
        if (message.has_sk) {
            ike_message_open(&message, fuzz_context(), &key, plain, NULL, &error);
        } else if (message.has_skf) {
            ike_message_open_fragment(&message, fuzz_context(), &key, plain, &content, NULL,
                                      &error);
        }
    }
    free(bytes);
}

/* Sealed and opened, the payloads are read as what a peer with keys could say. */
static void read_payload(uint8_t type, struct fuzz_input *input)
{
    static const uint8_t iv[16] = {1};
    static uint8_t bytes[IKE_MESSAGE_MAX];
    struct crypto_packet_key key = fuzz_key(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    bool response = fuzz_u8(input) & 1;
    struct ike_builder builder;
    struct ike_error error;
    size_t len, body_len;
    uint8_t *body = fuzz_block(input, 4096, &body_len);
    enum ike_open_result opened;

    ike_builder_begin(&builder, bytes, sizeof(bytes),
                      &(struct ike_header){.spi_i = 1,
                                           .spi_r = 2,
                                           .major = 2,
                                           .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                           .initiator = true,
                                           .response = response,
                                           .message_id = 7});
    ike_build_sk_begin(&builder, crypto_bytes(iv, key.encr->iv_len));
    ike_build_raw(&builder, type, false, crypto_bytes(body, body_len));
    len = ike_builder_finish_sealed(&builder, fuzz_context(), &key, NULL);
    assert(len != 0);
    assert(ike_message_parse(&message, crypto_bytes(bytes, len), &error) == 0);
    opened = ike_message_open(&message, fuzz_context(), &key, plain, NULL, &error);
    assert(opened == IKE_OPEN_OK || opened == IKE_OPEN_MALFORMED);
    if (opened == IKE_OPEN_OK) {
        ike_message_check_single(&message, &error);
        look_at(&message);
    }
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    uint8_t how = fuzz_u8(&input);

    if (how < PAYLOADS) {
        read_datagram(how, &input);
    } else {
        read_payload(how, &input);
    }
    return 0;
}
