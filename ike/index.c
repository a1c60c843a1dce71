#include "ike/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A chain of so many is walked as fast as a table is probed, and a client has no more. */
enum { INDEX_FEW = 4 };

/* Fibonacci hashing: keys may be counters, and the multiplication spreads their low bits upwards.
 */
static size_t bucket_number(const struct ike_index *index, uint64_t key)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (index->bucket_count - 1);
}

static struct ike_index_node **bucket_of(struct ike_index *index, uint64_t key)
{
    return index->bucket_count ? &index->buckets[bucket_number(index, key)] : &index->few;
}

static void link_node(struct ike_index *index, struct ike_index_node *node)
{
    struct ike_index_node **bucket = bucket_of(index, node->key);

    node->next = *bucket;
    node->link = bucket;
    if (node->next) {
        node->next->link = &node->next;
    }
    *bucket = node;
}

/* A chain is moved from its end so that the newest stays first. */
static void move_chain(struct ike_index *index, struct ike_index_node *chain)
{
    struct ike_index_node *reversed = NULL;

    for (struct ike_index_node *node = chain, *next; node; node = next) {
        next = node->next;
        node->next = reversed;
        reversed = node;
    }
    for (struct ike_index_node *node = reversed, *next; node; node = next) {
        next = node->next;
        link_node(index, node);
    }
}

/* Doubles the table. */
static void grow(struct ike_index *index)
{
    struct ike_index_node **old = index->buckets, *few = index->few;
    uint32_t old_count = index->bucket_count;

    index->bucket_count = old_count ? 2 * old_count : 2 * INDEX_FEW;
    index->buckets = calloc(index->bucket_count, sizeof(struct ike_index_node *));
    assert(index->buckets);
    if (old_count == 0) {
        move_chain(index, few);
        return;
    }
    for (uint32_t i = 0; i < old_count; i++) {
        move_chain(index, old[i]);
    }
    free(old);
}

void ike_index_insert(struct ike_index *index, struct ike_index_node *node, uint64_t key)
{
    assert(!node->link);
    if (index->count >= (index->bucket_count ? index->bucket_count : INDEX_FEW)) {
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
    if (index->count == 0) {
        return NULL;
    }
    return first_with(index->bucket_count ? index->buckets[bucket_number(index, key)] : index->few,
                      key);
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
    return index->bucket_count ? NULL : index->few;
}

size_t ike_index_memory(const struct ike_index *index)
{
    return index->bucket_count * sizeof(struct ike_index_node *);
}

void ike_index_dispose(struct ike_index *index)
{
    if (index->bucket_count) {
        free(index->buckets);
    }
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

uint64_t ike_message_hash(struct crypto_bytes message)
{
    uint64_t hash = message.len, word;

    for (; message.len >= sizeof(word); message.len -= sizeof(word)) {
        memcpy(&word, message.data, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
        message.data += sizeof(word);
    }
    return ike_hash(hash, message.data, message.len);
}
