#include "sealed.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "support.h"

const struct sealed_suite sealed_suites[] = {
    {12, 128, 12, "aes128-sha256"}, {12, 192, 13, "aes192-sha384"}, {12, 256, 14, "aes256-sha512"},
    {20, 128, 0, "aes128gcm16"},    {20, 256, 0, "aes256gcm16"},
};
const size_t sealed_suite_count = sizeof sealed_suites / sizeof sealed_suites[0];

/* Keys are the octets start, start + 1, ... */
static void make_key(uint8_t *key, size_t len, uint8_t start)
{
    for (size_t i = 0; i < len; i++) {
        key[i] = (uint8_t)(start + i);
    }
}

static const EVP_CIPHER *cipher_of(const struct sealed_suite *suite)
{
    bool gcm = suite->integ == 0;
    switch (suite->key_bits) {
    case 128:
        return gcm ? EVP_aes_128_gcm() : EVP_aes_128_cbc();
    case 192:
        return gcm ? EVP_aes_192_gcm() : EVP_aes_192_cbc();
    default:
        return gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc();
    }
}

static const EVP_MD *digest_of(const struct sealed_suite *suite)
{
    return suite->integ == 12 ? EVP_sha256() : suite->integ == 13 ? EVP_sha384() : EVP_sha512();
}

static size_t iv_length(const struct sealed_suite *suite)
{
    return suite->integ ? 16 : 8;
}

static size_t icv_length(const struct sealed_suite *suite)
{
    return suite->integ ? (size_t)EVP_MD_get_size(digest_of(suite)) / 2 : 16;
}

static size_t encr_key_length(const struct sealed_suite *suite)
{
    return suite->key_bits / 8 + (suite->integ ? 0 : 4);
}

static size_t integ_key_length(const struct sealed_suite *suite)
{
    return suite->integ ? (size_t)EVP_MD_get_size(digest_of(suite)) : 0;
}

/* Seals in place: packet = associated data, IV, plaintext; the ICV is put behind. */
static void seal(const struct sealed_suite *suite, const uint8_t *encr, const uint8_t *integ,
                 uint8_t *packet, size_t aad_len, size_t plain_len)
{
    uint8_t *iv = packet + aad_len, *text = iv + iv_length(suite), *icv = text + plain_len;
    uint8_t nonce[16], mac[EVP_MAX_MD_SIZE];
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int len;
    assert(cipher);
    if (suite->integ == 0) {
        memcpy(nonce, encr + suite->key_bits / 8, 4);
        memcpy(nonce + 4, iv, 8);
    } else {
        memcpy(nonce, iv, 16);
    }
    assert(EVP_EncryptInit_ex2(cipher, cipher_of(suite), encr, nonce, NULL) == 1);
    EVP_CIPHER_CTX_set_padding(cipher, 0);
    if (suite->integ == 0) {
        assert(EVP_EncryptUpdate(cipher, NULL, &len, packet, (int)aad_len) == 1);
    }
    assert(EVP_EncryptUpdate(cipher, text, &len, text, (int)plain_len) == 1);
    assert(EVP_EncryptFinal_ex(cipher, text + len, &len) == 1);
    if (suite->integ == 0) {
        assert(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, icv) == 1);
    } else {
        assert(HMAC(digest_of(suite), integ, (int)integ_key_length(suite), packet,
                    (size_t)(icv - packet), mac, NULL));
        memcpy(icv, mac, icv_length(suite));
    }
    EVP_CIPHER_CTX_free(cipher);
}

static void put_be(uint8_t *at, uint64_t value, size_t octets)
{
    for (size_t i = 0; i < octets; i++) {
        at[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
    }
}

/* HDR, SK {D} (RFC 7296 §3.1, §3.11, §3.14). */
static size_t build_informational(const struct sealed_suite *suite, size_t i, const uint8_t *encr,
                                  const uint8_t *integ, uint8_t *out)
{
    size_t plain = suite->integ ? 16 : 9;
    size_t len = 32 + iv_length(suite) + plain + icv_length(suite);
    memset(out, 0, len);
    put_be(out, 1000 + i, 8);
    put_be(out + 8, 2000 + i, 8);
    memcpy(out + 16, "\x2e\x20\x25\x08", 4); /* SK, 2.0, INFORMATIONAL, I */
    put_be(out + 20, i, 4);
    put_be(out + 24, len, 4);
    out[28] = 42; /* D */
    put_be(out + 30, len - 28, 2);
    memset(out + 32, (int)(0x70 + i), iv_length(suite));
    uint8_t *text = out + 32 + iv_length(suite);
    memcpy(text, "\0\0\0\x08\x01\0\0\0", 8); /* of the IKE SA */
    text[plain - 1] = (uint8_t)(plain - 9);  /* pad length */
    seal(suite, encr, integ, out, 32, plain);
    return len;
}

static void checksum(uint8_t *at, const uint8_t *from, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i += 2) {
        sum += (uint32_t)from[i] << 8 | from[i + 1];
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    put_be(at, ~sum & 0xffff, 2);
}

static size_t build_inner(uint8_t *out, size_t i)
{
    static const uint8_t head[28] = {0x45, 0, 0,  36, 0, 0, 0, 0, 64, 1, 0, 0, 10, 1,
                                     0,    1, 10, 2,  0, 1, 8, 0, 0,  0, 0, 1, 0,  0};
    memcpy(out, head, sizeof head);
    out[27] = (uint8_t)i;
    memcpy(out + 28, "12345678", 8);
    checksum(out + 10, out, 20);
    checksum(out + 22, out + 20, 16);
    return 36;
}

/* SPI, sequence number, IV, inner packet, trailer, ICV (RFC 4303 §2). */
static size_t build_esp(const struct sealed_suite *suite, size_t i, const uint8_t *encr,
                        const uint8_t *integ, uint8_t *out)
{
    put_be(out, 3000 + i, 4);
    put_be(out + 4, i + 1, 4);
    memset(out + 8, (int)(0x60 + i), iv_length(suite));
    uint8_t *text = out + 8 + iv_length(suite);
    size_t inner = build_inner(text, i), align = suite->integ ? 16 : 4;
    size_t plain = (inner + 2 + align - 1) / align * align, pad = plain - inner - 2;
    for (size_t k = 0; k < pad; k++) {
        text[inner + k] = (uint8_t)(k + 1);
    }
    text[plain - 2] = (uint8_t)pad;
    text[plain - 1] = 4; /* IPv4 */
    seal(suite, encr, integ, out, 8, plain);
    return 8 + iv_length(suite) + plain + icv_length(suite);
}

struct keys {
    uint8_t encr[2][36], integ[2][64];
};

static void emit_keys(struct trace_recorder *recorder, struct trace_channel *channel, size_t i,
                      const struct keys *keys, bool alice)
{
    const struct sealed_suite *suite = &sealed_suites[i];
    size_t encr_len = encr_key_length(suite), integ_len = integ_key_length(suite);
    int in = alice ? 1 : 0, out = alice ? 0 : 1;
    trace_recorder_emit(recorder, channel, 0, (struct trace_ref){0}, TRACE_IKE_KEYS_DERIVED_EVENT,
                        &(struct trace_ike_keys_derived){.spi_i = 1000 + i,
                                                         .spi_r = 2000 + i,
                                                         .suite = suite->name,
                                                         .encr = suite->encr,
                                                         .encr_key_bits = suite->key_bits,
                                                         .prf = 5,
                                                         .integ = suite->integ,
                                                         .sk_ai = {keys->integ[0], integ_len},
                                                         .sk_ar = {keys->integ[1], integ_len},
                                                         .sk_ei = {keys->encr[0], encr_len},
                                                         .sk_er = {keys->encr[1], encr_len}});
    trace_recorder_emit(
        recorder, channel, 0, (struct trace_ref){0}, TRACE_IKE_CHILD_KEYS_EVENT,
        &(struct trace_ike_child_keys){.spi_i = 1000 + i,
                                       .child = "net",
                                       .suite = suite->name,
                                       .encr = suite->encr,
                                       .encr_key_bits = suite->key_bits,
                                       .integ = suite->integ,
                                       .spi_in = (uint32_t)((alice ? 4000 : 3000) + i),
                                       .spi_out = (uint32_t)((alice ? 3000 : 4000) + i),
                                       .encr_in = {keys->encr[in], encr_len},
                                       .integ_in = {keys->integ[in], integ_len},
                                       .encr_out = {keys->encr[out], encr_len},
                                       .integ_out = {keys->integ[out], integ_len}});
}

static void emit_datagram(struct trace_recorder *recorder, struct trace_channel *channel,
                          uint64_t number, struct trace_ref cause, const uint8_t *bytes, size_t len,
                          bool esp)
{
    trace_recorder_emit(recorder, channel, number * 1000, cause, TRACE_NET_SENT_EVENT,
                        &(struct trace_net_sent){.datagram = number,
                                                 .source = "192.0.2.1",
                                                 .destination = "192.0.2.2",
                                                 .protocol = esp ? 50 : 17,
                                                 .source_port = esp ? 0 : 500,
                                                 .destination_port = esp ? 0 : 500,
                                                 .bytes = {bytes, len}});
}

static void emit_suite(struct trace_recorder *recorder, size_t i, const struct keys *keys)
{
    const struct sealed_suite *suite = &sealed_suites[i];
    struct trace_channel *channel = trace_recorder_channel(recorder, "alice", "gw");
    uint8_t packet[256];
    uint64_t number = 2 * i + 1;
    size_t len = build_informational(suite, i, keys->encr[0], keys->integ[0], packet);
    struct trace_ref message = trace_recorder_emit(
        recorder, channel, number * 1000, (struct trace_ref){0}, TRACE_IKE_MESSAGE_SENT_EVENT,
        &(struct trace_ike_message_sent){.spi_i = 1000 + i,
                                         .spi_r = 2000 + i,
                                         .exchange = "INFORMATIONAL",
                                         .message_id = i,
                                         .initiator = true,
                                         .length = len,
                                         .payloads = "SK{D}",
                                         .transmission = 1});
    emit_datagram(recorder, channel, number, message, packet, len, false);
    len = build_esp(suite, i, keys->encr[0], keys->integ[0], packet);
    message = trace_recorder_emit(
        recorder, channel, (number + 1) * 1000, (struct trace_ref){0}, TRACE_ESP_SENT_EVENT,
        &(struct trace_esp_sent){.spi = (uint32_t)(3000 + i), .sequence = i + 1, .child = "net"});
    emit_datagram(recorder, channel, number + 1, message, packet, len, true);
}

void write_sealed(const char *dir)
{
    char error[256];
    struct keys keys;
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    assert(writer);
    struct trace_recorder *recorder =
        trace_recorder_new(&(struct trace_recorder_options){.writer = writer});
    for (int end = 0; end < 2; end++) {
        make_key(keys.encr[end], sizeof keys.encr[end], (uint8_t)(1 + 100 * end));
        make_key(keys.integ[end], sizeof keys.integ[end], (uint8_t)(51 + 100 * end));
    }
    trace_recorder_emit(recorder, trace_recorder_channel(recorder, "run", NULL), 0,
                        (struct trace_ref){0}, TRACE_RUN_BEGIN_EVENT,
                        &(struct trace_run_begin){.format = 1, .epoch = "2025-01-01T00:00:00Z"});
    const char *const hosts[][2] = {{"alice", "192.0.2.1"}, {"gw", "192.0.2.2"}};
    for (int i = 0; i < 2; i++) {
        trace_recorder_emit(recorder, trace_recorder_channel(recorder, hosts[i][0], NULL), 0,
                            (struct trace_ref){0}, TRACE_HOST_DECLARED_EVENT,
                            &(struct trace_host_declared){.address = hosts[i][1]});
    }
    for (size_t i = 0; i < sealed_suite_count; i++) {
        emit_keys(recorder, trace_recorder_channel(recorder, "alice", "gw"), i, &keys, true);
        emit_keys(recorder, trace_recorder_channel(recorder, "gw", "alice"), i, &keys, false);
    }
    for (size_t i = 0; i < sealed_suite_count; i++) {
        emit_suite(recorder, i, &keys);
    }
    trace_recorder_free(recorder);
    assert(trace_writer_close(writer, error, sizeof error) == 0);
}
