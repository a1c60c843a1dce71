#include "ui/dissect/keys.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"

#define BUCKETS 4096 /* recordings export keys of some thousand pairs */

struct key_row {
    struct key_row *next;      /* in its bucket */
    uint64_t spi_i, spi_r;     /* IKE */
    uint32_t spi, mask;        /* ESP */
    char destination[64];      /* ESP: pattern, "" for any */
    struct dissect_key key[2]; /* IKE: of initiator and responder; ESP: the first */
    char missing[2][128];
};

struct dissect_keys {
    struct key_row *ike[BUCKETS];
    struct key_row *esp[BUCKETS];
    struct key_row *esp_wild; /* SPIs with digits that do not count */
};

struct dissect_keys *dissect_keys_new(void)
{
    struct dissect_keys *keys = calloc(1, sizeof *keys);

    if (keys == NULL) {
        abort();
    }
    return keys;
}

static void free_rows(struct key_row *row)
{
    while (row != NULL) {
        struct key_row *next = row->next;

        crypto_wipe(row, sizeof *row);
        free(row);
        row = next;
    }
}

void dissect_keys_free(struct dissect_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        free_rows(keys->ike[i]);
        free_rows(keys->esp[i]);
    }
    free_rows(keys->esp_wild);
    free(keys);
}

static size_t bucket_of(uint64_t spi)
{
    return (size_t)((spi * 0x9e3779b97f4a7c15u) >> 52) % BUCKETS;
}

/* A row at the head of its bucket: what came last is found first. */
static struct key_row *add_row(struct key_row **bucket)
{
    struct key_row *row = calloc(1, sizeof *row);

    if (row == NULL) {
        abort();
    }
    row->next = *bucket;
    *bucket = row;
    return row;
}

static void copy_key(struct key_row *row, unsigned which, const struct dissect_key *key)
{
    row->key[which] = *key;
    if (key->missing != NULL) {
        snprintf(row->missing[which], sizeof row->missing[which], "%s", key->missing);
        row->key[which].missing = row->missing[which];
    }
}

void dissect_keys_add_ike_row(struct dissect_keys *keys, uint64_t spi_i, uint64_t spi_r,
                              const struct dissect_key *from_initiator,
                              const struct dissect_key *from_responder)
{
    struct key_row *row = add_row(&keys->ike[bucket_of(spi_i)]);

    row->spi_i = spi_i;
    row->spi_r = spi_r;
    copy_key(row, 0, from_initiator);
    copy_key(row, 1, from_responder);
}

void dissect_keys_add_esp_row(struct dissect_keys *keys, const char *destination, uint32_t spi,
                              uint32_t mask, const struct dissect_key *key)
{
    struct key_row *row =
        add_row(mask == UINT32_MAX ? &keys->esp[bucket_of(spi)] : &keys->esp_wild);

    row->spi = spi & mask;
    row->mask = mask;
    snprintf(row->destination, sizeof row->destination, "%s", destination);
    copy_key(row, 0, key);
}

void dissect_keys_add_ike(struct dissect_keys *keys, uint64_t spi_i, uint64_t spi_r,
                          const struct crypto_packet_key *from_initiator,
                          const struct crypto_packet_key *from_responder)
{
    struct dissect_key i = {.key = *from_initiator};
    struct dissect_key r = {.key = *from_responder};

    dissect_keys_add_ike_row(keys, spi_i, spi_r, &i, &r);
    crypto_wipe(&i, sizeof i);
    crypto_wipe(&r, sizeof r);
}

void dissect_keys_add_esp(struct dissect_keys *keys, const char *destination, uint32_t spi,
                          const struct crypto_packet_key *key)
{
    struct dissect_key row = {.key = *key};

    dissect_keys_add_esp_row(keys, destination, spi, UINT32_MAX, &row);
    crypto_wipe(&row, sizeof row);
}

const struct dissect_key *dissect_keys_find_ike(const struct dissect_keys *keys, uint64_t spi_i,
                                                uint64_t spi_r, bool from_initiator)
{
    if (keys == NULL) {
        return NULL;
    }
    for (const struct key_row *row = keys->ike[bucket_of(spi_i)]; row != NULL; row = row->next) {
        if (row->spi_i == spi_i && (row->spi_r == spi_r || spi_r == 0)) {
            return &row->key[from_initiator ? 0 : 1];
        }
    }
    return NULL;
}

/* The leading `bits` of two addresses are the same. */
static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, whole) != 0) {
        return false;
    }
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xff00u >> rest & 0xff)) == 0;
}

/* Wireshark's address patterns: "*", "192.0.2.*", "192.0.2.0/24", or an address in any spelling. */
static bool address_matches(const char *pattern, const char *destination)
{
    int family = strchr(destination, ':') != NULL ? AF_INET6 : AF_INET;
    unsigned bits = family == AF_INET6 ? 128 : 32;
    uint8_t wanted[16], given[16];
    char text[64];
    char *slash;

    if (pattern[0] == '\0' || strcmp(pattern, destination) == 0) {
        return true;
    }
    if (strchr(pattern, '*') != NULL) {
        return fnmatch(pattern, destination, 0) == 0;
    }
    snprintf(text, sizeof text, "%s", pattern);
    slash = strchr(text, '/');
    if (slash != NULL) {
        unsigned long asked = strtoul(slash + 1, NULL, 10);

        *slash = '\0';
        bits = asked < bits ? (unsigned)asked : bits;
    }
    return inet_pton(family, text, wanted) == 1 && inet_pton(family, destination, given) == 1 &&
           same_prefix(wanted, given, bits);
}

const struct dissect_key *dissect_keys_find_esp(const struct dissect_keys *keys,
                                                const char *destination, uint32_t spi,
                                                const struct dissect_key *after)
{
    const struct key_row *lists[2];
    bool passed = after == NULL;

    if (keys == NULL) {
        return NULL;
    }
    lists[0] = keys->esp[bucket_of(spi)];
    lists[1] = keys->esp_wild;
    for (unsigned i = 0; i < 2; i++) {
        for (const struct key_row *row = lists[i]; row != NULL; row = row->next) {
            if (row->spi != (spi & row->mask) || !address_matches(row->destination, destination)) {
                continue;
            }
            if (passed) {
                return &row->key[0];
            }
            passed = &row->key[0] == after;
        }
    }
    return NULL;
}
