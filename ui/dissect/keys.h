/* Keys by SPI, as the dissector looks them up. */
#ifndef IKESIM_UI_DISSECT_KEYS_H
#define IKESIM_UI_DISSECT_KEYS_H

#include "ui/dissect/dissect.h"

/* Key of one direction. `missing` is NULL where this build computes its algorithms, else says which
 * ones it does not ("DES-CBC [RFC2405], HMAC-MD5-96 [RFC2403]"), and `key` has no bytes. */
struct dissect_key {
    const char *missing;
    bool unchecked; /* the integrity key is not known; .integ only has the ICV's length */
    struct crypto_packet_key key;
};

/* The key for messages of the initiator or the responder of an IKE SA, NULL if there is none. spi_r
 * 0 finds any SA of that initiator's SPI. Of several rows the last one added counts. */
const struct dissect_key *dissect_keys_find_ike(const struct dissect_keys *keys, uint64_t spi_i,
                                                uint64_t spi_r, bool from_initiator);

/* Keys for ESP packets of that SPI to that address: the first with `after` NULL, then the next
 * ones; NULL behind the last. SPIs may meet by chance, so all have to be tried. */
const struct dissect_key *dissect_keys_find_esp(const struct dissect_keys *keys,
                                                const char *destination, uint32_t spi,
                                                const struct dissect_key *after);

/* ---- for the reader of key files ---- */

/* Like dissect_keys_add_ike and dissect_keys_add_esp, for rows as Wireshark has them: algorithms
 * that are missing, `destination` with "*" or a prefix length, SPI bits that do not count (clear in
 * `mask`). */
void dissect_keys_add_ike_row(struct dissect_keys *keys, uint64_t spi_i, uint64_t spi_r,
                              const struct dissect_key *from_initiator,
                              const struct dissect_key *from_responder);
void dissect_keys_add_esp_row(struct dissect_keys *keys, const char *destination, uint32_t spi,
                              uint32_t mask, const struct dissect_key *key);

#endif
