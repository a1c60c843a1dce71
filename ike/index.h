/*
 * Finding an SA in constant time: a chained hash table whose links lie inside of what it finds, so
 * that entering costs no memory. Several entries may share a key; the newest is met first.
 */
#ifndef IKESIM_IKE_INDEX_H
#define IKESIM_IKE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/bytes.h"

struct ike_index_node {
    struct ike_index_node *next;
    struct ike_index_node **link; /* what points here; NULL while not in an index */
    uint64_t key;
};

/* Zeroed it is empty. It must not move while something is in it. */
struct ike_index {
    union {
        struct ike_index_node *few; /* a single chain, until there are more than it is good for */
        struct ike_index_node **buckets; /* from then on */
    };
    uint32_t bucket_count; /* 0: `few` it is; or a power of two */
    uint32_t count;
};

/* The struct that a node lies in. */
#define IKE_INDEX_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Puts a node that is in no index in front of those with the same key. */
void ike_index_insert(struct ike_index *index, struct ike_index_node *node, uint64_t key);

/* Takes a node out; one that is in no index is left alone. */
void ike_index_remove(struct ike_index *index, struct ike_index_node *node);

/* First node with that key, and the next one after `node` with the same; NULL if there is none. */
struct ike_index_node *ike_index_find(const struct ike_index *index, uint64_t key);
struct ike_index_node *ike_index_next(const struct ike_index_node *node);

/* Any node, NULL if the index is empty: for emptying it. */
struct ike_index_node *ike_index_any(const struct ike_index *index);

/* Octets that the table itself takes. */
size_t ike_index_memory(const struct ike_index *index);

/* Frees the table; the nodes are their owners'. */
void ike_index_dispose(struct ike_index *index);

/* FNV-1a over `len` octets, going on from `hash`; begin with IKE_HASH_BEGIN. The hash of
 * addresses as the identity of draws, and of identities. */
#define IKE_HASH_BEGIN 0xcbf29ce484222325u
uint64_t ike_hash(uint64_t hash, const void *data, size_t len);

/* What a request's copies are known by, eight octets at a time: every message is hashed whole. Its
 * value differs with the order of octets of the machine; nothing may be drawn or told by it. */
uint64_t ike_message_hash(struct crypto_bytes message);

#endif
