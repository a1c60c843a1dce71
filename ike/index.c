#include "ike/index.h"

#include <assert.h>
#include <stdlib.h>

enum { INDEX_BUCKETS_FIRST = 4 };

/* Fibonacci hashing: keys may be counters, and the multiplication spreads their low bits upwards.
 */
static size_t bucket_of(const struct ike_index *index, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (index->bucket_count - 1);
}

static void link_node(struct ike_index *index, struct ike_index_node *node)
{
    struct ike_index_node **bucket = &index->buckets[bucket_of(index, node->key)];

    node->next = *bucket;
    node->link = bucket;
    if (node->next) {
        node->next->link = &node->next;
    }
    *bucket = node;
}

/* Doubles the table. Chains are moved from their ends so that the newest stays first. */
static void grow(struct ike_index *index)
{
    struct ike_index_node **old = index->buckets;
    size_t old_count = index->bucket_count;

    index->bucket_count = old_count ? 2 * old_count : INDEX_BUCKETS_FIRST;
    index->buckets = calloc(index->bucket_count, sizeof(struct ike_index_node *));
    assert(index->buckets);
    for (size_t i = 0; i < old_count; i++) {
        struct ike_index_node *reversed = NULL;

        for (struct ike_index_node *node = old[i], *next; node; node = next) {
            next = node->next;
            node->next = reversed;
            reversed = node;
        }
        for (struct ike_index_node *node = reversed, *next; node; node = next) {
            next = node->next;
            link_node(index, node);
        }
    }
    free(old);
}

void ike_index_insert(struct ike_index *index, struct ike_index_node *node, uint64_t key)
{
    assert(!node->link);
    if (index->count >= index->bucket_count) {
        grow(index);
    }
    node->key = key;
    link_node(index, node);
    index->count++;
}

void ike_index_remove(struct ike_index *index, struct ike_index_node *node)
{
    if (!node->link) {
        return;
    }
    *node->link = node->next;
    if (node->next) {
        node->next->link = node->link;
    }
    node->next = NULL;
    node->link = NULL;
    index->count--;
}

static struct ike_index_node *first_with(struct ike_index_node *node, uint64_t key)
{
    while (node && node->key != key) {
        node = node->next;
    }
    return node;
}

struct ike_index_node *ike_index_find(const struct ike_index *index, uint64_t key)
{
    return index->count ? first_with(index->buckets[bucket_of(index, key)], key) : NULL;
}

struct ike_index_node *ike_index_next(const struct ike_index_node *node)
{
    return first_with(node->next, node->key);
}

struct ike_index_node *ike_index_any(const struct ike_index *index)
{
    for (size_t i = 0; index->count && i < index->bucket_count; i++) {
        if (index->buckets[i]) {
            return index->buckets[i];
        }
    }
    return NULL;
}

size_t ike_index_memory(const struct ike_index *index)
{
    return index->bucket_count * sizeof(struct ike_index_node *);
}

void ike_index_dispose(struct ike_index *index)
{
    free(index->buckets);
    *index = (struct ike_index){0};
}

uint64_t ike_hash(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *octets = data;

    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ octets[i]) * 0x100000001b3u;
    }
    return hash;
}
