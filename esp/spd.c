#include "esp/spd.h"

#include <assert.h>
#include <stdlib.h>

#include "esp/limits.h"
#include "esp/sa.h"

/* ---- prefixes ---- */

static uint32_t mask_of(unsigned len)
{
    return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/* Takes the largest prefix off the front of start..end and moves *start behind it; false if that
 * was the last. */
static bool take_prefix(uint32_t *start, uint32_t end, uint32_t *address, uint8_t *len)
{
    unsigned l = 32;
    assert(*start <= end);
    while (l > 0 && (*start & ~mask_of(l - 1)) == 0 && (*start | ~mask_of(l - 1)) <= end) {
        l--;
    }
    *address = *start;
    *len = (uint8_t)l;
    uint32_t last = *start | ~mask_of(l);
    *start = last + 1;
    return last < end;
}

size_t esp_spd_entry_count(struct esp_ranges remote)
{
    size_t count = 0;
    for (size_t i = 0; i < remote.count; i++) {
        uint32_t start = remote.items[i].start, end = remote.items[i].end, address;
        uint8_t len;
        bool more = start <= end; /* an empty range has no prefix */
        size_t before = count;
        for (; more; count++) {
            more = take_prefix(&start, end, &address, &len);
        }
        assert(count - before <= ESP_RANGE_PREFIXES_MAX);
    }
    return count;
}

static uint32_t bucket_of(uint32_t address, unsigned len, uint32_t bucket_count)
{
    uint64_t hash = ((uint64_t)address << 6 | len) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32) & (bucket_count - 1);
}

static struct esp_spd_prefix **find_link(const struct esp_spd *spd, uint32_t address, unsigned len)
{
    struct esp_spd_prefix **link = &spd->buckets[bucket_of(address, len, spd->bucket_count)];
    while (*link && ((*link)->address != address || (*link)->len != len)) {
        link = &(*link)->next;
    }
    return link;
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
            struct esp_spd_prefix **to =
                &buckets[bucket_of(prefix->address, prefix->len, bucket_count)];
            spd->buckets[i] = prefix->next;
            prefix->next = *to;
            *to = prefix;
        }
    }
    free(spd->buckets);
    spd->buckets = buckets;
    spd->bucket_count = bucket_count;
}

static struct esp_spd_prefix *find_or_make(struct esp_spd *spd, uint32_t address, uint8_t len)
{
    struct esp_spd_prefix *prefix = *find_link(spd, address, len);
    if (prefix) {
        return prefix;
    }
    prefix = calloc(1, sizeof *prefix);
    if (!prefix) {
        return NULL;
    }
    if (spd->prefix_count >= spd->bucket_count) {
        grow(spd);
    }
    prefix->address = address;
    prefix->len = len;
    *find_link(spd, address, len) = prefix;
    spd->prefix_count++;
    spd->of_len[len]++;
    spd->lens |= UINT64_C(1) << len;
    return prefix;
}

static void remove_prefix(struct esp_spd *spd, struct esp_spd_prefix *prefix)
{
    struct esp_spd_prefix **link = find_link(spd, prefix->address, prefix->len);
    assert(*link == prefix && !prefix->newest);
    *link = prefix->next;
    spd->prefix_count--;
    if (--spd->of_len[prefix->len] == 0) {
        spd->lens &= ~(UINT64_C(1) << prefix->len);
    }
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
                      uint32_t address, uint8_t len)
{
    struct esp_spd_prefix *prefix = find_or_make(spd, address, len);
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
    uint32_t added = 0;
    for (size_t i = 0; i < pair->remote.count; i++) {
        uint32_t start = pair->remote.items[i].start, end = pair->remote.items[i].end, address;
        uint8_t len;
        bool more = start <= end;
        while (more) {
            more = take_prefix(&start, end, &address, &len);
            assert(added < pair->spd_entry_count);
            if (!add_entry(spd, &pair->spd_entries[added], pair, address, len)) {
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
    for (uint32_t i = 0; i < pair->spd_entry_count; i++) {
        if (pair->spd_entries[i].prefix) {
            remove_entry(spd, &pair->spd_entries[i]);
        }
    }
}

struct esp_pair *esp_spd_find(const struct esp_spd *spd, const struct esp_flow *flow)
{
    struct esp_pair *best = NULL;
    for (uint64_t lens = spd->lens; lens != 0; lens &= lens - 1) {
        unsigned len = (unsigned)__builtin_ctzll(lens);
        const struct esp_spd_prefix *prefix =
            *find_link(spd, flow->destination & mask_of(len), len);
        const struct esp_spd_entry *entry = prefix ? prefix->newest : NULL;
        for (; entry && (!best || entry->pair->order > best->order); entry = entry->older) {
            if (esp_policy_allows(flow, entry->pair->local, entry->pair->remote)) {
                best = entry->pair;
            }
        }
    }
    return best;
}

/* ---- the table ---- */

bool esp_spd_init(struct esp_spd *spd)
{
    *spd = (struct esp_spd){.bucket_count = ESP_BUCKETS_MIN};
    spd->buckets = calloc(spd->bucket_count, sizeof(struct esp_spd_prefix *));
    return spd->buckets != NULL;
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
    free(spd->buckets);
    *spd = (struct esp_spd){0};
}

size_t esp_spd_memory(const struct esp_spd *spd)
{
    return spd->bucket_count * sizeof(struct esp_spd_prefix *) +
           spd->prefix_count * sizeof(struct esp_spd_prefix);
}
