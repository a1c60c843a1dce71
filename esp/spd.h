/*
 * The outbound look-up of the SPD (RFC 4301 §4.4.1): from an inner packet to the newest CHILD SA
 * whose selectors it matches. Every range of remote addresses is taken apart into prefixes, and
 * the prefixes are hashed.
 *
 * Cost of a look-up: one probe for each prefix length in use (one or two as a rule),
 * then the children of a prefix that was found, newest first, until one matches. A gateway with
 * 100,000 clients finds theirs in two steps whether each has its own prefix or all have the same.
 * Only children that share a prefix and differ in local addresses, protocol or ports are walked.
 * Adding and removing cost a probe for each prefix.
 */
#ifndef IKESIM_ESP_SPD_H
#define IKESIM_ESP_SPD_H

#include "esp/policy.h"

struct esp_pair;

/* A child's place under one prefix, 32 octets; part of the child's own memory. */
struct esp_spd_entry {
    struct esp_pair *pair;
    struct esp_spd_prefix *prefix;
    struct esp_spd_entry *newer, *older;
};

/* 40 octets. */
struct esp_spd_prefix {
    struct esp_spd_prefix *next; /* in the bucket */
    struct esp_spd_entry *newest;
    struct esp_address address; /* zero behind the prefix */
    uint8_t family;
    uint8_t len; /* 0 to 32, or to 128 */
};

/* Prefixes of one length, to know which lengths are worth a probe. */
struct esp_spd_len {
    uint32_t count;
    uint8_t family, len;
};

struct esp_spd {
    struct esp_spd_prefix **buckets; /* `one` until there are more */
    struct esp_spd_prefix *one;
    struct esp_spd_len *lens; /* those in use, in no order; `one_len` until there are more */
    struct esp_spd_len one_len;
    uint32_t bucket_count; /* a power of two */
    uint32_t prefix_count;
    uint32_t len_count, len_cap;
};

/* It must not move from here on. */
void esp_spd_init(struct esp_spd *spd);

/* Pairs that are still entered are not touched. */
void esp_spd_done(struct esp_spd *spd);

/* How many entries esp_spd_add makes for these ranges. */
size_t esp_spd_entry_count(struct esp_ranges remote);

/* Enters a pair that is newer than all others, its spd_entries to be filled. False if memory is
 * out, with nothing entered. */
bool esp_spd_add(struct esp_spd *spd, struct esp_pair *pair);

/* Takes the entries of a pair out that esp_spd_add has entered. */
void esp_spd_remove(struct esp_spd *spd, struct esp_pair *pair);

/* Of those that do not wait for another to end its sending. NULL if no selectors match. */
struct esp_pair *esp_spd_find(const struct esp_spd *spd, const struct esp_flow *flow);

/* Octets of its tables. */
size_t esp_spd_memory(const struct esp_spd *spd);

#endif
