#include "esp/sa.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "esp/limits.h"

/* ---- pairs ---- */

static size_t key_len(const struct esp_pair *pair)
{
    return (size_t)pair->encr_len + pair->integ_len;
}

/* Writes the octets; returns what is behind them. */
static uint8_t *keep_key(const struct crypto_packet_key *key, uint8_t *octets)
{
    memcpy(octets, key->encr_key, key->encr_key_len);
    octets += key->encr_key_len;
    memcpy(octets, key->integ_key, key->integ_key_len);
    return octets + key->integ_key_len;
}

struct crypto_packet_key esp_pair_key(const struct esp_pair *pair, int direction)
{
    size_t len = key_len(pair);
    const uint8_t *octets =
        (const uint8_t *)pair + pair->size - (direction == ESP_KEY_OUT ? len : 2 * len);
    struct crypto_packet_key key = {
        .encr = pair->encr,
        .integ = pair->integ,
        .encr_key_len = pair->encr_len,
        .integ_key_len = pair->integ_len,
    };
    memcpy(key.encr_key, octets, pair->encr_len);
    memcpy(key.integ_key, octets + pair->encr_len, pair->integ_len);
    return key;
}

struct esp_spd_entry *esp_pair_entries(const struct esp_pair *pair)
{
    return (struct esp_spd_entry *)(pair->replay.bits + pair->replay.words);
}

static struct esp_range *ranges_of(const struct esp_pair *pair)
{
    return (struct esp_range *)(esp_pair_entries(pair) + pair->spd_entry_count);
}

struct esp_ranges esp_pair_local(const struct esp_pair *pair)
{
    return (struct esp_ranges){ranges_of(pair), pair->local_count};
}

struct esp_ranges esp_pair_remote(const struct esp_pair *pair)
{
    return (struct esp_ranges){ranges_of(pair) + pair->local_count, pair->remote_count};
}

static bool same_kind(const struct crypto_packet_key *a, const struct crypto_packet_key *b)
{
    return a->encr == b->encr && a->integ == b->integ && a->encr_key_len == b->encr_key_len &&
           a->integ_key_len == b->integ_key_len;
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
    const struct crypto_packet_key *in = &child->key_in;
    assert(!child->esn || child->replay_window > 0);
    assert(child->ah == !in->encr && same_kind(in, &child->key_out));
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
    size_t outer_at = size;
    size += ends ? sizeof(struct esp_outer) : 0;
    size_t keys_at = size;
    size += 2 * ((size_t)in->encr_key_len + in->integ_key_len);

    struct esp_pair *pair = calloc(1, size);
    if (!pair) {
        return NULL;
    }
    uint8_t *octets = (uint8_t *)pair;
    *pair = (struct esp_pair){
        .name = child->name,
        .owner = child->owner,
        .order = order,
        .spi_in = child->spi_in,
        .spi_out = child->spi_out,
        .esn = child->esn,
        .ah = child->ah,
        .transport = child->transport,
        .local_count = child->local_ts_count,
        .remote_count = child->remote_ts_count,
        .encr = in->encr,
        .integ = in->integ,
        .encr_len = in->encr_key_len,
        .integ_len = in->integ_key_len,
        .spd_entry_count = (uint32_t)entries,
        .size = (uint32_t)size,
    };
    esp_replay_init(&pair->replay, child->replay_window, (uint64_t *)(pair + 1));
    if (metered) {
        pair->meter = (struct esp_meter *)(octets + meter_at);
        esp_meter_init(pair->meter, &child->lifetime);
    }
    esp_ranges_from(ranges_of(pair), child->local_ts, local_count);
    memcpy(ranges_of(pair) + local_count, remote, remote_count * sizeof *remote);
    if (ends) {
        memcpy(octets + outer_at, ends, sizeof *ends);
        pair->outer = (const struct esp_outer *)(octets + outer_at);
    }
    keep_key(&child->key_out, keep_key(in, octets + keys_at));
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
