#include "esp/sa.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "esp/limits.h"

/* ---- pairs ---- */

static size_t key_len(const struct crypto_packet_key *key)
{
    return (size_t)key->encr_key_len + key->integ_key_len;
}

/* Writes the octets; returns what is behind them. */
static uint8_t *keep_key(struct esp_key *kept, const struct crypto_packet_key *key, uint8_t *octets)
{
    *kept = (struct esp_key){key->encr, key->integ, key->encr_key_len, key->integ_key_len};
    memcpy(octets, key->encr_key, key->encr_key_len);
    memcpy(octets + key->encr_key_len, key->integ_key, key->integ_key_len);
    return octets + key_len(key);
}

struct crypto_packet_key esp_pair_key(const struct esp_pair *pair, int direction)
{
    const struct esp_key *kept = &pair->keys[direction], *in = &pair->keys[ESP_KEY_IN];
    const uint8_t *octets =
        pair->octets + (direction == ESP_KEY_OUT ? in->encr_len + in->integ_len : 0);
    struct crypto_packet_key key = {
        .encr = kept->encr,
        .integ = kept->integ,
        .encr_key_len = kept->encr_len,
        .integ_key_len = kept->integ_len,
    };
    memcpy(key.encr_key, octets, kept->encr_len);
    memcpy(key.integ_key, octets + kept->encr_len, kept->integ_len);
    return key;
}

/* The addresses that it has to know beside its selectors; NULL: none. */
static const struct esp_outer *ends_of(const struct esp_child *child)
{
    if (child->ah) {
        return child->transport ? NULL : &child->outer;
    }
    return child->transport && child->real.family ? &child->real : NULL;
}

struct esp_pair *esp_pair_new(const struct esp_child *child, uint64_t order)
{
    assert(!child->esn || child->replay_window > 0);
    assert(child->ah == !child->key_in.encr && child->ah == !child->key_out.encr);
    /* The remote ranges are needed first, to know how many prefixes they are. */
    struct esp_range remote[UINT8_MAX];
    size_t remote_count = child->remote_ts_count, local_count = child->local_ts_count;
    esp_ranges_from(remote, child->remote_ts, remote_count);
    size_t entries = esp_spd_entry_count((struct esp_ranges){remote, remote_count});
    size_t words = esp_replay_words(child->replay_window);
    size_t size = sizeof(struct esp_pair) + words * sizeof(uint64_t) +
                  entries * sizeof(struct esp_spd_entry) +
                  (local_count + remote_count) * sizeof(struct esp_range);
    bool metered = esp_lifetime_is_set(&child->lifetime);
    size_t meter_at = size;
    size += metered ? sizeof(struct esp_meter) : 0;
    /* Octets without alignment come last. */
    const struct esp_outer *ends = ends_of(child);
    size += ends ? sizeof(struct esp_outer) : 0;
    size += key_len(&child->key_in) + key_len(&child->key_out);

    struct esp_pair *pair = calloc(1, size);
    if (!pair) {
        return NULL;
    }
    uint64_t *bits = (uint64_t *)(pair + 1);
    struct esp_spd_entry *spd_entries = (struct esp_spd_entry *)(bits + words);
    struct esp_range *ranges = (struct esp_range *)(spd_entries + entries);
    struct esp_outer *outer =
        (struct esp_outer *)((uint8_t *)pair + meter_at + (metered ? sizeof(struct esp_meter) : 0));
    *pair = (struct esp_pair){
        .name = child->name,
        .owner = child->owner,
        .handle = child->handle,
        .order = order,
        .spi_in = child->spi_in,
        .spi_out = child->spi_out,
        .esn = child->esn,
        .ah = child->ah,
        .transport = child->transport,
        .local = {ranges, local_count},
        .remote = {ranges + local_count, remote_count},
        .spd_entries = spd_entries,
        .spd_entry_count = (uint32_t)entries,
        .size = (uint32_t)size,
    };
    esp_replay_init(&pair->replay, child->replay_window, bits);
    if (metered) {
        pair->meter = (struct esp_meter *)((uint8_t *)pair + meter_at);
        esp_meter_init(pair->meter, &child->lifetime);
    }
    esp_ranges_from(ranges, child->local_ts, local_count);
    memcpy(ranges + local_count, remote, remote_count * sizeof *remote);
    if (ends) {
        *outer = *ends;
        pair->outer = outer++;
    }
    uint8_t *octets = (uint8_t *)outer;
    pair->octets = octets;
    octets = keep_key(&pair->keys[ESP_KEY_IN], &child->key_in, octets);
    keep_key(&pair->keys[ESP_KEY_OUT], &child->key_out, octets);
    return pair;
}

void esp_pair_free(struct esp_pair *pair)
{
    if (pair) {
        crypto_wipe(pair, pair->size);
        free(pair);
    }
}

/* ---- after a rekey ---- */

void esp_pair_wait(struct esp_pair *heir, struct esp_pair *elder)
{
    assert(!heir->elder && heir != elder);
    heir->elder = elder;
    heir->next_heir = elder->heirs;
    elder->heirs = heir;
}

void esp_pair_end_wait(struct esp_pair *heir)
{
    if (!heir->elder) {
        return;
    }
    struct esp_pair **link = &heir->elder->heirs;
    while (*link != heir) {
        link = &(*link)->next_heir;
    }
    *link = heir->next_heir;
    heir->elder = NULL;
    heir->next_heir = NULL;
}

/* ---- by SPI ---- */

/* SPIs are drawn at random by us, but a scenario or a test may number them: multiplying spreads
 * both (Knuth's golden ratio). */
static uint32_t bucket_of(uint32_t spi_in, uint32_t bucket_count)
{
    return (uint32_t)(spi_in * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (bucket_count - 1);
}

void esp_sad_init(struct esp_sad *sad)
{
    *sad = (struct esp_sad){.bucket_count = 1};
    sad->buckets = &sad->one;
}

static void free_buckets(struct esp_sad *sad)
{
    if (sad->buckets != &sad->one) {
        free(sad->buckets);
    }
}

void esp_sad_done(struct esp_sad *sad)
{
    for (uint32_t i = 0; sad->buckets && i < sad->bucket_count; i++) {
        while (sad->buckets[i]) {
            struct esp_pair *pair = sad->buckets[i];
            sad->buckets[i] = pair->next;
            esp_pair_free(pair);
        }
    }
    free_buckets(sad);
    *sad = (struct esp_sad){0};
}

/* If memory is out, the chains get longer: still right. */
static void grow(struct esp_sad *sad)
{
    uint32_t bucket_count = sad->bucket_count * 2;
    struct esp_pair **buckets = calloc(bucket_count, sizeof(struct esp_pair *));
    if (!buckets) {
        return;
    }
    for (uint32_t i = 0; i < sad->bucket_count; i++) {
        while (sad->buckets[i]) {
            struct esp_pair *pair = sad->buckets[i];
            struct esp_pair **to = &buckets[bucket_of(pair->spi_in, bucket_count)];
            sad->buckets[i] = pair->next;
            pair->next = *to;
            *to = pair;
        }
    }
    free_buckets(sad);
    sad->buckets = buckets;
    sad->bucket_count = bucket_count;
}

void esp_sad_add(struct esp_sad *sad, struct esp_pair *pair)
{
    assert(!esp_sad_find(sad, pair->spi_in));
    if (sad->count >= sad->bucket_count) {
        grow(sad);
    }
    struct esp_pair **bucket = &sad->buckets[bucket_of(pair->spi_in, sad->bucket_count)];
    pair->next = *bucket;
    *bucket = pair;
    sad->count++;
    sad->pairs_size += pair->size;
}

static struct esp_pair **find_link(const struct esp_sad *sad, uint32_t spi_in)
{
    struct esp_pair **link = &sad->buckets[bucket_of(spi_in, sad->bucket_count)];
    while (*link && (*link)->spi_in != spi_in) {
        link = &(*link)->next;
    }
    return link;
}

struct esp_pair *esp_sad_take(struct esp_sad *sad, uint32_t spi_in)
{
    struct esp_pair **link = find_link(sad, spi_in), *pair = *link;
    if (pair) {
        *link = pair->next;
        pair->next = NULL;
        sad->count--;
        sad->pairs_size -= pair->size;
    }
    return pair;
}

struct esp_pair *esp_sad_find(const struct esp_sad *sad, uint32_t spi_in)
{
    return *find_link(sad, spi_in);
}

size_t esp_sad_memory(const struct esp_sad *sad)
{
    size_t table = sad->buckets != &sad->one ? sad->bucket_count * sizeof(struct esp_pair *) : 0;
    return table + sad->pairs_size;
}
