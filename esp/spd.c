#include "esp/spd.h"

#include <assert.h>
#include <stdlib.h>

#include "esp/limits.h"
#include "esp/sa.h"

/* ---- prefixes ---- */

/* Zeros below the lowest one of 128 bits, and those below the highest one; 128 of none. */
static unsigned zeros_below_lowest(struct esp_address bits)
{
    if (bits.low != 0) {
        return (unsigned)__builtin_ctzll(bits.low);
    }
    return bits.high != 0 ? 64u + (unsigned)__builtin_ctzll(bits.high) : ESP_ADDRESS_BITS;
}

static unsigned zeros_below_highest(struct esp_address bits)
{
    if (bits.high != 0) {
        return 127u - (unsigned)__builtin_clzll(bits.high);
    }
    return bits.low != 0 ? 63u - (unsigned)__builtin_clzll(bits.low) : ESP_ADDRESS_BITS;
}

/* How many there are from the first to the last; 0 stands for all 2^128. */
static struct esp_address count_of(struct esp_address first, struct esp_address last)
{
    return esp_address_next((struct esp_address){last.high - first.high - (last.low < first.low),
                                                 last.low - first.low});
}

/* Takes the largest prefix off the front of start..end and moves *start behind it; false if that
 * was the last. An IPv4 range is padded, so that its prefixes end by themselves at 32 bits. */
static bool take_prefix(struct esp_address *start, struct esp_address end,
                        struct esp_address *address, uint8_t *len)
{
    assert(esp_address_in_order(*start, end));
    /* As many bits are behind it as the start has zeros at its end, and as the range has room for.
     */
    unsigned behind = zeros_below_lowest(*start);
    unsigned room = zeros_below_highest(count_of(*start, end));
    behind = behind < room ? behind : room;
    *address = *start;
    *len = (uint8_t)(ESP_ADDRESS_BITS - behind);
    struct esp_address last = esp_address_last(*start, *len);
    *start = esp_address_next(last);
    return !esp_address_equal(last, end);
}

size_t esp_spd_entry_count(struct esp_ranges remote)
{
    size_t count = 0;
    for (size_t i = 0; i < remote.count; i++) {
        struct esp_address start = remote.items[i].start, end = remote.items[i].end, address;
        uint8_t len;
        bool more = esp_address_in_order(start, end); /* an empty range has no prefix */
        size_t before = count;
        for (; more; count++) {
            more = take_prefix(&start, end, &address, &len);
        }
        assert(count - before <= ESP_RANGE_PREFIXES_MAX);
    }
    return count;
}

/* What a prefix is found by. */
struct key {
    struct esp_address address;
    uint8_t family, len;
};

static uint32_t bucket_of(const struct key *key, uint32_t bucket_count)
{
    uint64_t hash = key->address.high * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 32 ^ key->address.low) * UINT64_C(0xbf58476d1ce4e5b9);
    hash =
        (hash ^ hash >> 32 ^ (uint64_t)key->len << 8 ^ key->family) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(hash >> 32) & (bucket_count - 1);
}

static struct esp_spd_prefix **find_link(const struct esp_spd *spd, const struct key *key)
{
    struct esp_spd_prefix **link = &spd->buckets[bucket_of(key, spd->bucket_count)];
    while (*link && (!esp_address_equal((*link)->address, key->address) ||
                     (*link)->len != key->len || (*link)->family != key->family)) {
        link = &(*link)->next;
    }
    return link;
}

static struct key key_of(const struct esp_spd_prefix *prefix)
{
    return (struct key){prefix->address, prefix->family, prefix->len};
}

static void free_buckets(struct esp_spd *spd)
{
    if (spd->buckets != &spd->one) {
        free(spd->buckets);
    }
}

/* If memory is out, the chains get longer: still right. */
static void grow(struct esp_spd *spd)
{
    uint32_t bucket_count = spd->bucket_count * 2;
    struct esp_spd_prefix **buckets = calloc(bucket_count, sizeof(struct esp_spd_prefix *));
    if (!buckets) {
        return;
    }
    for (uint32_t i = 0; i < spd->bucket_count; i++) {
        while (spd->buckets[i]) {
            struct esp_spd_prefix *prefix = spd->buckets[i];
            struct key key = key_of(prefix);
            struct esp_spd_prefix **to = &buckets[bucket_of(&key, bucket_count)];
            spd->buckets[i] = prefix->next;
            prefix->next = *to;
            *to = prefix;
        }
    }
    free_buckets(spd);
    spd->buckets = buckets;
    spd->bucket_count = bucket_count;
}

/* False if memory is out. */
static bool count_len(struct esp_spd *spd, uint8_t family, uint8_t len)
{
    for (uint32_t i = 0; i < spd->len_count; i++) {
        if (spd->lens[i].family == family && spd->lens[i].len == len) {
            spd->lens[i].count++;
            return true;
        }
    }
    if (spd->len_count == spd->len_cap) {
        uint32_t cap = spd->len_cap * 2;
        assert(cap > spd->len_cap); /* at most 162 lengths are there */
        bool grown = spd->lens != &spd->one_len;
        struct esp_spd_len *lens = realloc(grown ? spd->lens : NULL, cap * sizeof *lens);
        if (!lens) {
            return false;
        }
        if (!grown) {
            lens[0] = spd->one_len;
        }
        spd->lens = lens;
        spd->len_cap = cap;
    }
    spd->lens[spd->len_count++] = (struct esp_spd_len){1, family, len};
    return true;
}

static void uncount_len(struct esp_spd *spd, uint8_t family, uint8_t len)
{
    uint32_t i = 0;
    while (spd->lens[i].family != family || spd->lens[i].len != len) {
        i++;
        assert(i < spd->len_count);
    }
    if (--spd->lens[i].count == 0) {
        spd->lens[i] = spd->lens[--spd->len_count];
    }
}

static struct esp_spd_prefix *find_or_make(struct esp_spd *spd, const struct key *key)
{
    struct esp_spd_prefix *prefix = *find_link(spd, key);
    if (prefix) {
        return prefix;
    }
    prefix = calloc(1, sizeof *prefix);
    if (!prefix || !count_len(spd, key->family, key->len)) {
        free(prefix);
        return NULL;
    }
    if (spd->prefix_count >= spd->bucket_count) {
        grow(spd);
    }
    prefix->address = key->address;
    prefix->family = key->family;
    prefix->len = key->len;
    *find_link(spd, key) = prefix;
    spd->prefix_count++;
    return prefix;
}

static void remove_prefix(struct esp_spd *spd, struct esp_spd_prefix *prefix)
{
    struct key key = key_of(prefix);
    struct esp_spd_prefix **link = find_link(spd, &key);
    assert(*link == prefix && !prefix->newest);
    *link = prefix->next;
    spd->prefix_count--;
    uncount_len(spd, prefix->family, prefix->len);
    free(prefix);
}

/* ---- children ---- */

static void remove_entry(struct esp_spd *spd, struct esp_spd_entry *entry)
{
    struct esp_spd_prefix *prefix = entry->prefix;
    if (entry->newer) {
        entry->newer->older = entry->older;
    } else {
        prefix->newest = entry->older;
    }
    if (entry->older) {
        entry->older->newer = entry->newer;
    }
    if (!prefix->newest) {
        remove_prefix(spd, prefix);
    }
    *entry = (struct esp_spd_entry){0};
}

static bool add_entry(struct esp_spd *spd, struct esp_spd_entry *entry, struct esp_pair *pair,
                      const struct key *key)
{
    struct esp_spd_prefix *prefix = find_or_make(spd, key);
    if (!prefix) {
        return false;
    }
    *entry = (struct esp_spd_entry){.pair = pair, .prefix = prefix, .older = prefix->newest};
    if (prefix->newest) {
        assert(prefix->newest->pair->order <= pair->order);
        prefix->newest->newer = entry;
    }
    prefix->newest = entry;
    return true;
}

bool esp_spd_add(struct esp_spd *spd, struct esp_pair *pair)
{
    struct esp_ranges remote = esp_pair_remote(pair);
    struct esp_spd_entry *entries = esp_pair_entries(pair);
    uint32_t added = 0;
    for (size_t i = 0; i < remote.count; i++) {
        const struct esp_range *range = &remote.items[i];
        struct esp_address start = range->start;
        struct key key = {.family = range->family};
        bool more = esp_address_in_order(start, range->end);
        while (more) {
            more = take_prefix(&start, range->end, &key.address, &key.len);
            assert(added < pair->spd_entry_count);
            if (!add_entry(spd, &entries[added], pair, &key)) {
                esp_spd_remove(spd, pair);
                return false;
            }
            added++;
        }
    }
    assert(added == pair->spd_entry_count);
    return true;
}

void esp_spd_remove(struct esp_spd *spd, struct esp_pair *pair)
{
    struct esp_spd_entry *entries = esp_pair_entries(pair);
    for (uint32_t i = 0; i < pair->spd_entry_count; i++) {
        if (entries[i].prefix) {
            remove_entry(spd, &entries[i]);
        }
    }
}

struct esp_pair *esp_spd_find(const struct esp_spd *spd, const struct esp_flow *flow)
{
    struct esp_pair *best = NULL;
    for (uint32_t i = 0; i < spd->len_count; i++) {
        uint8_t len = spd->lens[i].len;
        if (spd->lens[i].family != flow->family) {
            continue;
        }
        struct key key = {esp_address_first(flow->destination, len), flow->family, len};
        const struct esp_spd_prefix *prefix = *find_link(spd, &key);
        const struct esp_spd_entry *entry = prefix ? prefix->newest : NULL;
        for (; entry && (!best || entry->pair->order > best->order); entry = entry->older) {
            if (!entry->pair->elder && esp_policy_allows(flow, esp_pair_local(entry->pair),
                                                         esp_pair_remote(entry->pair))) {
                best = entry->pair;
            }
        }
    }
    return best;
}

/* ---- the table ---- */

void esp_spd_init(struct esp_spd *spd)
{
    *spd = (struct esp_spd){.bucket_count = 1, .len_cap = 1};
    spd->buckets = &spd->one;
    spd->lens = &spd->one_len;
}

void esp_spd_done(struct esp_spd *spd)
{
    for (uint32_t i = 0; spd->buckets && i < spd->bucket_count; i++) {
        while (spd->buckets[i]) {
            struct esp_spd_prefix *prefix = spd->buckets[i];
            spd->buckets[i] = prefix->next;
            free(prefix);
        }
    }
    free_buckets(spd);
    if (spd->lens != &spd->one_len) {
        free(spd->lens);
    }
    *spd = (struct esp_spd){0};
}

size_t esp_spd_memory(const struct esp_spd *spd)
{
    size_t buckets = spd->buckets != &spd->one ? spd->bucket_count : 0;
    size_t lens = spd->lens != &spd->one_len ? spd->len_cap : 0;
    return buckets * sizeof(struct esp_spd_prefix *) +
           spd->prefix_count * sizeof(struct esp_spd_prefix) + lens * sizeof(struct esp_spd_len);
}
