/*
 * The ESP packet (RFC 4303 §2), sealed and opened with a key and a sequence number, whatever SA
 * they come from:
 *
 *     SPI | sequence number | IV | inner packet | 1, 2, 3, ... | Pad Length | Next Header | ICV
 */
#ifndef IKESIM_ESP_PACKET_H
#define IKESIM_ESP_PACKET_H

#include "esp/esp.h"

/* Next Header in tunnel mode (IANA protocol numbers). */
enum { ESP_NEXT_IPV4 = 4, ESP_NEXT_IPV6 = 41, ESP_NEXT_NONE = 59 };

struct esp_header {
    uint32_t spi;
    uint64_t sequence; /* the low half of it is in the packet */
    bool esn;          /* the high half counts, and is covered by the ICV (RFC 4303 §2.2.1) */
};

/* False if the packet is shorter than ESP_HEADER_LEN. The number is its low half. */
bool esp_header_read(struct crypto_bytes packet, struct esp_header *header);

/* Whether a packet of this length has room for header, IV and ICV, and whole blocks between them:
 * of the cipher, and of 4 octets, on which the ICV is aligned (RFC 4303 §2.4). */
bool esp_packet_fits(const struct crypto_packet_key *key, size_t len);

/* Writes what is to be sealed around `inner`: header, IV, inner packet, trailer. Returns the length
 * of what will be encrypted, behind the IV. `packet` has room for inner.len + ESP_OVERHEAD_MAX
 * octets; `inner` may lie in it. The IV of an AEAD or of CTR is the sequence number, so that it
 * never repeats under a key (RFC 4106 §3.1); CBC's must not be foreseeable (RFC 3602 §3) and is
 * filled from `entropy` as what `draw` names. */
size_t esp_packet_write(const struct crypto_packet_key *key, const struct crypto_entropy *entropy,
                        const struct crypto_draw *draw, struct esp_header header,
                        uint8_t next_header, struct crypto_bytes inner, uint8_t *packet);

/* Encrypts what stands there and puts the ICV behind it. Returns the length of the whole packet. */
size_t esp_packet_seal(struct crypto_context *crypto, const struct crypto_packet_key *key,
                       struct esp_header header, uint8_t *packet, size_t plain_len,
                       struct crypto_ledger *ledger);

/* Checks the ICV of a packet that fits and decrypts it in place; false if it is wrong. `header` has
 * the whole number. */
bool esp_packet_open(struct crypto_context *crypto, const struct crypto_packet_key *key,
                     struct esp_header header, uint8_t *packet, size_t len,
                     struct crypto_bytes *plain, struct crypto_ledger *ledger);

/* Takes the trailer off a decrypted payload: Pad Length, and padding that must be 1, 2, 3, ...
 * (RFC 4303 §2.4). Returns ESP_OK or ESP_BAD_PADDING. */
enum esp_verdict esp_trailer_take(struct crypto_bytes plain, struct crypto_bytes *payload,
                                  uint8_t *next_header);

#endif
