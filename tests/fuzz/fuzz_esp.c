/* ESP on its way in. The first octet chooses the suite, the second whether the rest is a packet as
 * it came, or contents under the right key: padding, Next Header and inner packet of a peer that
 * has keys and no manners. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "esp/esp.h"
#include "tests/fuzz/fuzz.h"

enum { SPI = 0x1000, PACKET_MAX = 2048 };

static const char *const suites[] = {"aes128gcm16", "aes128-sha256", "null-sha256",
                                     "chacha20poly1305"};

static struct esp_stack *make_stack(const struct crypto_packet_key *key, bool esn)
{
    static const struct esp_selector any = {
        .family = 4, .end_port = UINT16_MAX, .end = {255, 255, 255, 255}};
    static const struct esp_selector any6 = {
        .family = 6,
        .end_port = UINT16_MAX,
        .end = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};
    const struct esp_selector selectors[2] = {any, any6};
    struct esp_stack *stack = esp_stack_new(
        &(struct esp_stack_options){.crypto = fuzz_context(), .entropy = fuzz_entropy()});
    struct esp_child child = {.name = "net",
                              .spi_in = SPI,
                              .spi_out = SPI + 1,
                              .key_in = *key,
                              .key_out = *key,
                              .replay_window = 64,
                              .esn = esn,
                              .local_ts = selectors,
                              .remote_ts = selectors,
                              .local_ts_count = 2,
                              .remote_ts_count = 2};
    int installed;

    assert(stack);
    installed = esp_stack_install(stack, &child);
    assert(installed == 0);
    (void)installed;
    return stack;
}

/* Puts contents, made whole blocks, behind header and IV and seals them. */
static size_t seal(const struct crypto_packet_key *key, struct fuzz_input *input, uint8_t *packet)
{
    size_t at = ESP_HEADER_LEN + key->encr->iv_len, block = key->encr->block_len, len;
    uint8_t *contents = fuzz_block(input, 1500, &len);

    memset(packet, 0, PACKET_MAX);
    packet[2] = SPI >> 8;
    packet[7] = 1;
    memcpy(packet + at, contents, len);
    free(contents);
    len = len < 4 ? 4 : len;
    len = (len + 3) / 4 * 4;
    len = (len + block - 1) / block * block;
    return crypto_packet_seal(fuzz_context(), key, packet, ESP_HEADER_LEN, len, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    uint8_t suite = fuzz_u8(&input), how = fuzz_u8(&input);
    struct crypto_packet_key key =
        fuzz_key(CRYPTO_PROTO_ESP, suites[suite % (sizeof(suites) / sizeof(suites[0]))]);
    bool authentic = how & 1, esn = !authentic && (how & 2);
    struct esp_stack *stack = make_stack(&key, esn);
    uint8_t packet[PACKET_MAX], *exact;
    size_t len;

    if (authentic) {
        len = seal(&key, &input, packet);
        assert(len != 0);
    } else {
        uint8_t *bytes = fuzz_block(&input, PACKET_MAX, &len);

        memcpy(packet, bytes, len);
        free(bytes);
    }
    exact = malloc(len ? len : 1);
    if (!exact) {
        abort();
    }
    for (int copy = 0; copy < 2; copy++) {
        struct crypto_bytes inner;
        struct esp_result result;
        enum esp_verdict verdict;

        memcpy(exact, packet, len);
        verdict = esp_stack_open(stack, exact, len, &inner, &result, NULL);
        assert(verdict != ESP_OK || (authentic && copy == 0)); /* and a replay is none */
        assert(verdict != ESP_OK || inner.len >= 20);
    }
    free(exact);
    esp_stack_free(stack);
    return 0;
}
