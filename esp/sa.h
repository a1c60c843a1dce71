/*
 * The SAD (RFC 4301 §4.4.2): pairs of ESP or AH SAs, inbound and outbound, as one CHILD SA made
 * them, found by the inbound SPI in one hash probe.
 */
#ifndef IKESIM_ESP_SA_H
#define IKESIM_ESP_SA_H

#include "esp/meter.h"
#include "esp/policy.h"
#include "esp/replay.h"
#include "esp/spd.h"

/*
 * One allocation of 144 octets, and behind it 8 octets for each word of the replay window, 32 for
 * each prefix of the remote selectors, 40 for each selector, 72 for a meter and both keys: 312 with
 * a window of 64, one prefix on each side, AES-128-GCM and no limits; 33 more for the ends of a
 * tunnel of AH. It has no OpenSSL context: crypto/ keeps a small cache of those.
 */
struct esp_pair {
    struct esp_pair *next; /* in the bucket */
    /* After a rekey: the one whose place this one takes when it may send, NULL if it may; those
     * that wait to take the place of this one, of which simultaneous rekeys make two. */
    struct esp_pair *elder, *heirs, *next_heir;
    const char *name;
    uint64_t owner;
    uint64_t order;         /* of installation: higher is newer */
    uint64_t last_sequence; /* sent; 0 before the first */
    uint32_t spi_in, spi_out;
    uint32_t spd_entry_count;
    uint32_t size; /* of the allocation */
    bool esn, ah, transport;
    bool told_sequence;                /* that its numbers come to an end */
    uint8_t local_count, remote_count; /* selectors */
    /* Of the keys of both directions, which one agreement made. */
    uint8_t encr_len, integ_len;
    const struct crypto_transform *encr, *integ;
    struct esp_replay replay;
    struct esp_meter *meter;       /* NULL: nothing is limited */
    const struct esp_outer *outer; /* AH in tunnel mode; the real ends of `real`; else NULL */
    /* Behind it: bits of the replay window, SPD entries, selectors, meter, outer addresses, and the
     * octets of the keys: encr, integ of the inbound one, and of the other. */
};

/* What lies behind the pair: its entries in the SPD, its selectors at both ends. */
struct esp_spd_entry *esp_pair_entries(const struct esp_pair *pair);
struct esp_ranges esp_pair_local(const struct esp_pair *pair);
struct esp_ranges esp_pair_remote(const struct esp_pair *pair);

enum { ESP_KEY_IN, ESP_KEY_OUT };

/* The key of packets to us, or from us, as crypto/ takes it. Wipe it after use. */
struct crypto_packet_key esp_pair_key(const struct esp_pair *pair, int direction);

/* NULL if memory is out. */
struct esp_pair *esp_pair_new(const struct esp_child *child, uint64_t order);
void esp_pair_free(struct esp_pair *pair); /* wipes */

/* Has `heir` wait for `elder`, and ends its wait if it does wait. */
void esp_pair_wait(struct esp_pair *heir, struct esp_pair *elder);
void esp_pair_end_wait(struct esp_pair *heir);

struct esp_sad {
    struct esp_pair **buckets; /* `one` until there are more */
    struct esp_pair *one;
    uint32_t bucket_count; /* a power of two */
    uint32_t count;
    size_t pairs_size; /* octets of all pairs */
};

/* It must not move from here on. */
void esp_sad_init(struct esp_sad *sad);
void esp_sad_done(struct esp_sad *sad); /* frees the pairs in it */

/* Takes the pair over; its SPI is not in there. */
void esp_sad_add(struct esp_sad *sad, struct esp_pair *pair);

/* Hands the pair back, NULL if there is none. */
struct esp_pair *esp_sad_take(struct esp_sad *sad, uint32_t spi_in);

/* The pair that receives with this SPI, NULL if there is none. */
struct esp_pair *esp_sad_find(const struct esp_sad *sad, uint32_t spi_in);

/* Octets of tables and pairs. */
size_t esp_sad_memory(const struct esp_sad *sad);

#endif
