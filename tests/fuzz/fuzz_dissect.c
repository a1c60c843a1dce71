/* The dissector, which is there for broken datagrams as well. The first octet chooses protocol and
 * port and whether there are keys. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "ui/dissect/dissect.h"

static struct dissect_keys *keys_for(const uint8_t *bytes, size_t len)
{
    struct dissect_keys *keys = dissect_keys_new();
    struct crypto_packet_key ike = fuzz_key(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    struct crypto_packet_key esp = fuzz_key(CRYPTO_PROTO_ESP, "aes128-sha256");
    uint64_t spis[2] = {0};

    for (size_t i = 0; i < 16 && i < len; i++) {
        spis[i / 8] = spis[i / 8] << 8 | bytes[i];
    }
    dissect_keys_add_ike(keys, spis[0], spis[1], &ike, &ike);
    dissect_keys_add_esp(keys, "", (uint32_t)(spis[0] >> 32), &esp);
    return keys;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    uint8_t how = fuzz_u8(&input);
    uint16_t port = how & 1 ? 4500 : 500;
    size_t len;
    uint8_t *bytes = fuzz_block(&input, 4096, &len);
    struct dissect_keys *keys = how & 4 ? keys_for(bytes, len) : NULL;
    struct dissect_tree *tree =
        dissect_datagram(fuzz_context(), keys, NULL, how & 2 ? 50 : 17, how & 2 ? 0 : port,
                         how & 2 ? 0 : port, "192.0.2.1", crypto_bytes(bytes, len));
    char *text;

    assert(tree);
    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];

        assert(field->layer < 2);
        assert((size_t)field->offset + field->len <= tree->layer[field->layer].len);
    }
    text = dissect_tree_text(tree, how & 8);
    assert(text);
    free(text);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
    free(bytes);
    return 0;
}
