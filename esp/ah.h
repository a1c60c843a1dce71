/*
 * The AH packet (RFC 4302 §2), sealed and checked with a key of INTEG and a sequence number:
 *
 *     IP header | Next Header | Payload Len | 0 | SPI | sequence number | ICV | payload
 *
 * The ICV covers all of it, with zeros for itself and for what routers change on the way, and
 * behind it the high half of an extended sequence number.
 */
#ifndef IKESIM_ESP_AH_H
#define IKESIM_ESP_AH_H

#include "esp/front.h"
#include "esp/packet.h"

#define AH_HEADER_LEN 12 /* without the ICV */

/* Octets of AH with its ICV, which is filled up with zeros so that AH is a multiple of 4 octets,
 * behind an IPv6 header of 8 (RFC 4302 §3.3.3.2.1). */
size_t esp_ah_len(const struct crypto_packet_key *key, uint8_t family);

/* SPI and number of an AH header; false if it is shorter than AH_HEADER_LEN. */
bool esp_ah_read(struct crypto_bytes packet, struct esp_header *header);

/* Writes AH without its ICV in front of `payload_len` octets that stand behind its place, and sets
 * the front's protocol and length. `packet` begins with the front. Returns the length of the whole.
 */
size_t esp_ah_write(const struct crypto_packet_key *key, struct esp_header header,
                    const struct esp_front *front, uint8_t next_header, size_t payload_len,
                    uint8_t *packet);

/* Puts the ICV into it. */
void esp_ah_seal(struct crypto_context *crypto, const struct crypto_packet_key *key,
                 struct esp_header header, const struct esp_front *front, uint8_t *packet,
                 size_t len, struct crypto_ledger *ledger);

/* Checks a packet that begins with the front. ESP_OK, ESP_TOO_SHORT if AH's length is not that of
 * the key's ICV or there is no room for it, or ESP_BAD_ICV. *payload views `packet`. */
enum esp_verdict esp_ah_open(struct crypto_context *crypto, const struct crypto_packet_key *key,
                             struct esp_header header, const struct esp_front *front,
                             const uint8_t *packet, size_t len, struct crypto_bytes *payload,
                             uint8_t *next_header, struct crypto_ledger *ledger);

/* The front as the ICV covers it (RFC 4302 §3.3.3.1, appendix A): zeros for what changes on the
 * way, addresses as they will be at the receiver. `out` has room for front->len octets. */
void esp_ah_cover(const uint8_t *packet, const struct esp_front *front, uint8_t *out);

#endif
