/* ESP packets that others made: RFC 3602 §4, and a Linux kernel's. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/esp/support.h"

/* Packets of these vectors go from anywhere to anywhere. */
static const struct esp_selector anywhere = {
    .family = 4,
    .end_port = 65535,
    .end = {255, 255, 255, 255},
};

/* Draws the IV of a vector, whatever for. */
static void fill_vector(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    const struct octets *iv = context;
    (void)draw;
    assert_int_equal(len, iv->len);
    memcpy(out, iv->data, len);
}

static struct esp_stack *stack_with(struct crypto_context *crypto,
                                    const struct crypto_packet_key *key, uint32_t spi,
                                    struct octets *iv)
{
    struct esp_stack *stack = esp_stack_new(&(struct esp_stack_options){
        .crypto = crypto,
        .entropy = {fill_vector, iv},
    });
    assert_non_null(stack);
    assert_int_equal(esp_stack_install(stack, &(struct esp_child){.name = "vector",
                                                                  .spi_in = spi,
                                                                  .spi_out = spi,
                                                                  .key_in = *key,
                                                                  .key_out = *key,
                                                                  .replay_window = 32,
                                                                  .local_ts = &anywhere,
                                                                  .remote_ts = &anywhere,
                                                                  .local_ts_count = 1,
                                                                  .remote_ts_count = 1}),
                     0);
    return stack;
}

static void set_key(struct crypto_packet_key *key, uint16_t encr, const struct octets *octets)
{
    static const uint8_t integ_key[32] = "an integrity key of our own, 32.";
    bool gcm = encr == CRYPTO_ENCR_AES_GCM_16;
    struct crypto_suite suite = {
        .encr = crypto_transform_find(CRYPTO_ENCR, encr),
        .integ = gcm ? NULL : crypto_transform_find(CRYPTO_INTEG, CRYPTO_INTEG_HMAC_SHA2_256_128),
        .encr_key_bits = 128,
    };
    crypto_packet_key_set(key, &suite, octets_view(octets),
                          crypto_bytes(gcm ? NULL : integ_key, gcm ? 0 : sizeof integ_key));
}

static uint32_t read_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/*
 * An AES-CBC packet without integrity, tunnel mode: `packet` is SPI, sequence number, IV and
 * ciphertext, `plain` the inner packet with padding and trailer. Sealing the inner packet with the
 * vector's IV gives the vector's octets; the vector with an ICV of ours opens to the inner packet.
 */
static void check_cbc(const struct octets *key_octets, const struct octets *packet,
                      const struct octets *plain)
{
    struct crypto_context *crypto = context_or_die();
    struct crypto_packet_key key;
    struct octets iv = {.len = 16};
    uint32_t spi = read_32(packet->data), sequence = read_32(packet->data + 4);
    size_t inner_len = plain->len - 2 - plain->data[plain->len - 2];
    set_key(&key, CRYPTO_ENCR_AES_CBC, key_octets);
    memcpy(iv.data, packet->data + 8, 16);
    struct esp_stack *stack = stack_with(crypto, &key, spi, &iv);

    struct sealed sealed;
    struct esp_result result;
    esp_sad_find(&stack->sad, spi)->last_sequence = sequence - 1;
    assert_int_equal(esp_stack_seal(stack, crypto_bytes(plain->data, inner_len), sealed.data,
                                    &sealed.len, &result, NULL),
                     ESP_OK);
    assert_int_equal(sealed.len, packet->len + 16);
    assert_memory_equal(sealed.data, packet->data, packet->len);

    struct crypto_bytes inner;
    uint8_t mac[32];
    memcpy(sealed.data, packet->data, packet->len);
    assert_non_null(HMAC(EVP_sha256(), key.integ_key, 32, packet->data, packet->len, mac, NULL));
    memcpy(sealed.data + packet->len, mac, 16);
    assert_int_equal(esp_stack_open(stack, sealed.data, sealed.len, &inner, &result, NULL), ESP_OK);
    assert_int_equal(result.sequence, sequence);
    assert_int_equal(inner.len, inner_len);
    assert_memory_equal(inner.data, plain->data, inner_len);
    esp_stack_free(stack);
    crypto_context_free(crypto);
}

static void join(struct octets *out, const struct octets *more)
{
    assert_true(out->len + more->len <= sizeof out->data);
    memcpy(out->data + out->len, more->data, more->len);
    out->len += more->len;
}

/* N11: cases 7 and 8 are tunnel mode; 5 and 6 are transport mode. */
static void rfc_3602_tunnel_packets(void **state)
{
    (void)state;
    json_t *root = load_data("crypto_vectors.json"), *vector;
    size_t index, checked = 0;
    json_array_foreach(json_object_get(root, "aes_cbc"), index, vector)
    {
        const char *source = json_text(vector, "source");
        if (strcmp(source, "RFC 3602 §4 case 7") != 0 &&
            strcmp(source, "RFC 3602 §4 case 8") != 0) {
            continue;
        }
        struct octets key, packet, iv, cipher, plain;
        octets_get(&key, vector, "key");
        octets_get(&packet, vector, "aad");
        octets_get(&iv, vector, "iv");
        octets_get(&cipher, vector, "cipher");
        octets_get(&plain, vector, "plain");
        join(&packet, &iv);
        join(&packet, &cipher);
        check_cbc(&key, &packet, &plain);
        checked++;
    }
    assert_int_equal(checked, 2);
    json_decref(root);
}

/* ---- a kernel's packets ---- */

static json_t *kernel_packet(json_t *root, const char *alg, bool esn)
{
    json_t *packet;
    size_t index;
    json_array_foreach(json_object_get(root, "packets"), index, packet)
    {
        if (strcmp(json_text(packet, "alg"), alg) == 0 &&
            esn == (json_object_get(packet, "esn_high") != NULL)) {
            return packet;
        }
    }
    fail_msg("no packet of %s", alg);
    return NULL;
}

static void get_packet(struct octets *out, const json_t *object)
{
    uint32_t spi = (uint32_t)strtoul(json_text(object, "spi"), NULL, 0);
    uint32_t sequence = (uint32_t)json_integer_value(json_object_get(object, "seq"));
    struct octets body;
    *out = (struct octets){.len = 8};
    for (int i = 0; i < 4; i++) {
        out->data[i] = (uint8_t)(spi >> (24 - 8 * i));
        out->data[4 + i] = (uint8_t)(sequence >> (24 - 8 * i));
    }
    octets_get(&body, object, "esp_body_after_seq");
    join(out, &body);
}

static void linux_aes_cbc_packet(void **state)
{
    (void)state;
    json_t *root = load_shared("vectors/linux_kernel_esp_packets.json");
    if (!root) {
        skip();
    }
    json_t *vector = kernel_packet(root, "AES-CBC", false);
    struct octets key, packet, plain;
    octets_get(&key, vector, "key");
    get_packet(&packet, vector);
    octets_get(&plain, vector, "plaintext_with_trailer");
    check_cbc(&key, &packet, &plain);
    json_decref(root);
}

/* With the kernel's own ICV; its IV is not the sequence number, as ours would be. */
static void linux_aes_gcm_packet(void **state)
{
    (void)state;
    json_t *root = load_shared("vectors/linux_kernel_esp_packets.json");
    if (!root) {
        skip();
    }
    json_t *vector = kernel_packet(root, "AES-GCM", false);
    struct crypto_context *crypto = context_or_die();
    struct octets key_octets, packet, copy, expected, none = {0};
    struct crypto_packet_key key;
    struct crypto_bytes inner;
    struct esp_result result;
    octets_get(&key_octets, vector, "key");
    get_packet(&packet, vector);
    octets_get(&expected, vector, "inner_ip_packet");
    set_key(&key, CRYPTO_ENCR_AES_GCM_16, &key_octets);
    struct esp_stack *stack = stack_with(crypto, &key, 0x222, &none);

    copy = packet;
    copy.data[copy.len - 1] ^= 1;
    assert_int_equal(esp_stack_open(stack, copy.data, copy.len, &inner, &result, NULL),
                     ESP_BAD_ICV);
    copy = packet;
    assert_int_equal(esp_stack_open(stack, copy.data, copy.len, &inner, &result, NULL), ESP_OK);
    assert_int_equal(inner.len, expected.len);
    assert_memory_equal(inner.data, expected.data, expected.len);
    copy = packet;
    assert_int_equal(esp_stack_open(stack, copy.data, copy.len, &inner, &result, NULL),
                     ESP_REPLAYED);

    /* Our packet around the same inner packet has the kernel's length. */
    struct sealed sealed;
    assert_int_equal(
        esp_stack_seal(stack, octets_view(&expected), sealed.data, &sealed.len, &result, NULL),
        ESP_OK);
    assert_int_equal(sealed.len, packet.len);
    esp_stack_free(stack);
    crypto_context_free(crypto);
    json_decref(root);
}

/* Said to be the kernel's; their origin is not certain (../shared/vectors/README.md), their ICVs
 * are right with a high half of 1 and with no other. */
static void check_esn(const char *alg, uint16_t encr)
{
    json_t *root = load_shared("vectors/linux_kernel_esp_packets.json");
    if (!root) {
        skip();
    }
    json_t *vector = kernel_packet(root, alg, true);
    struct crypto_context *crypto = context_or_die();
    struct octets key_octets, packet, copy, expected, none = {0};
    struct crypto_packet_key key;
    struct crypto_bytes inner;
    struct esp_result result;
    octets_get(&key_octets, vector, "key");
    get_packet(&packet, vector);
    octets_get(&expected, vector, "inner_ip_packet");
    crypto_packet_key_set(&key,
                          &(struct crypto_suite){.encr = crypto_transform_find(CRYPTO_ENCR, encr),
                                                 .encr_key_bits = 128},
                          octets_view(&key_octets), crypto_bytes(NULL, 0));
    uint64_t high = (uint64_t)json_integer_value(json_object_get(vector, "esn_high"));
    assert_int_equal(high, 1);
    struct esp_stack *stack = stack_with(crypto, &key, 0x222, &none);
    struct esp_pair *pair = esp_sad_find(&stack->sad, 0x222);
    pair->esn = true;
    for (uint64_t other = 0; other < 4; other++) {
        pair->replay.top = other << 32;
        copy = packet;
        enum esp_verdict verdict =
            esp_stack_open(stack, copy.data, copy.len, &inner, &result, NULL);
        assert_int_equal(verdict, other == high ? ESP_OK : ESP_BAD_ICV);
        if (other == high) {
            assert_int_equal(result.sequence >> 32, high);
            assert_int_equal(inner.len, expected.len);
            assert_memory_equal(inner.data, expected.data, expected.len);
        }
    }
    esp_stack_free(stack);
    crypto_context_free(crypto);
    json_decref(root);
}

static void aes_gcm_packet_with_esn(void **state)
{
    (void)state;
    check_esn("AES-GCM", CRYPTO_ENCR_AES_GCM_16);
}

/* RFC 4543 §3.3: the whole number, then IV and payload. */
static void aes_gmac_packet_with_esn(void **state)
{
    (void)state;
    check_esn("AES-NULL-GMAC", CRYPTO_ENCR_NULL_AUTH_AES_GMAC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_3602_tunnel_packets),  cmocka_unit_test(linux_aes_cbc_packet),
        cmocka_unit_test(linux_aes_gcm_packet),     cmocka_unit_test(aes_gcm_packet_with_esn),
        cmocka_unit_test(aes_gmac_packet_with_esn),
    };
    return cmocka_run_group_tests_name("ESP packets of others", tests, NULL, NULL);
}
