#include "esp/packet.h"

#include <assert.h>
#include <string.h>

#include "esp/ip.h"

enum {
    TRAILER_LEN = 2, /* Pad Length and Next Header */
    ALIGNMENT = 4,   /* of the ICV */
    COUNTER_IV_LEN = 8,
};

/* Payload and trailer fill whole blocks of this. */
static size_t block_len(const struct crypto_packet_key *key)
{
    size_t block = key->encr->block_len > ALIGNMENT ? key->encr->block_len : ALIGNMENT;
    assert(block % ALIGNMENT == 0 && block % key->encr->block_len == 0);
    return block;
}

bool esp_header_read(struct crypto_bytes packet, struct esp_header *header)
{
    if (packet.len < ESP_HEADER_LEN) {
        return false;
    }
    *header = (struct esp_header){
        .spi = ip_read_32(packet.data),
        .sequence = ip_read_32(packet.data + 4),
    };
    return true;
}

bool esp_packet_fits(const struct crypto_packet_key *key, size_t len)
{
    size_t around = ESP_HEADER_LEN + key->encr->iv_len + crypto_packet_icv_len(key);
    return len > around && (len - around) % block_len(key) == 0;
}

static void write_iv(const struct crypto_packet_key *key, const struct crypto_entropy *entropy,
                     const struct crypto_draw *draw, uint64_t sequence, uint8_t *iv)
{
    if (key->encr->iv_len == 0) {
        return; /* none, or an implicit one (RFC 8750) */
    }
    if (key->encr->counter_iv) {
        assert(key->encr->iv_len == COUNTER_IV_LEN);
        ip_write_32(iv, (uint32_t)(sequence >> 32));
        ip_write_32(iv + 4, (uint32_t)sequence);
    } else {
        crypto_entropy_fill(entropy, draw, iv, key->encr->iv_len);
    }
}

size_t esp_packet_write(const struct crypto_packet_key *key, const struct crypto_entropy *entropy,
                        const struct crypto_draw *draw, struct esp_header header,
                        uint8_t next_header, struct crypto_bytes inner, uint8_t *packet)
{
    size_t block = block_len(key);
    size_t pad_len = (block - (inner.len + TRAILER_LEN) % block) % block;
    uint8_t *iv = packet + ESP_HEADER_LEN, *plain = iv + key->encr->iv_len;

    memmove(plain, inner.data, inner.len); /* first: `inner` may lie where the header goes */
    ip_write_32(packet, header.spi);
    ip_write_32(packet + 4, (uint32_t)header.sequence);
    write_iv(key, entropy, draw, header.sequence, iv);
    uint8_t *pad = plain + inner.len;
    for (size_t i = 0; i < pad_len; i++) {
        pad[i] = (uint8_t)(i + 1);
    }
    pad[pad_len] = (uint8_t)pad_len;
    pad[pad_len + 1] = next_header;
    return inner.len + pad_len + TRAILER_LEN;
}

size_t esp_packet_seal(struct crypto_context *crypto, const struct crypto_packet_key *key,
                       struct esp_header header, uint8_t *packet, size_t plain_len,
                       struct crypto_ledger *ledger)
{
    size_t len = header.esn
                     ? crypto_packet_seal_esn(crypto, key, packet,
                                              (uint32_t)(header.sequence >> 32), plain_len, ledger)
                     : crypto_packet_seal(crypto, key, packet, ESP_HEADER_LEN, plain_len, ledger);
    assert(len > 0); /* OpenSSL fails to encrypt for lack of memory only */
    return len;
}

bool esp_packet_open(struct crypto_context *crypto, const struct crypto_packet_key *key,
                     struct esp_header header, uint8_t *packet, size_t len,
                     struct crypto_bytes *plain, struct crypto_ledger *ledger)
{
    enum crypto_open_result result =
        header.esn ? crypto_packet_open_esn(crypto, key, packet, len,
                                            (uint32_t)(header.sequence >> 32), plain, ledger)
                   : crypto_packet_open(crypto, key, packet, len, ESP_HEADER_LEN, plain, ledger);
    return result == CRYPTO_OPEN_OK;
}

enum esp_verdict esp_trailer_take(struct crypto_bytes plain, struct crypto_bytes *payload,
                                  uint8_t *next_header)
{
    assert(plain.len >= TRAILER_LEN);
    size_t room = plain.len - TRAILER_LEN, pad_len = plain.data[room];
    if (pad_len > room) {
        return ESP_BAD_PADDING;
    }
    const uint8_t *pad = plain.data + room - pad_len;
    for (size_t i = 0; i < pad_len; i++) {
        if (pad[i] != i + 1) {
            return ESP_BAD_PADDING;
        }
    }
    *payload = crypto_bytes(plain.data, room - pad_len);
    *next_header = plain.data[plain.len - 1];
    return ESP_OK;
}
