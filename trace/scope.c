/* Scopes interned in a hash table, and events' names printed and read. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "trace/internal.h"

struct entry {
    struct trace_scope scope; /* first: a scope's address is its entry's */
    uint64_t hash;
    uint32_t number;
    uint32_t host_len, peer_len; /* 0 without a peer */
    uint64_t extra[];            /* of whoever asked for it */
};

/* Scopes live as long as all of them: they are put one behind the other, without malloc's 16 octets
 * each. */
enum { CHUNK_FIRST = 1024, CHUNK_MAX = 65536 };

struct chunk {
    struct chunk *before;
    size_t used, size;
    _Alignas(8) uint8_t octets[];
};

struct trace_scopes {
    struct chunk *chunk;
    size_t extra;    /* octets behind each entry */
    uint32_t *slots; /* number + 1, 0: free; open addressing, at most three quarters full */
    struct entry **entries;
    uint32_t slot_count, count, cap; /* slot_count: a power of two */
};

struct trace_scopes *trace_scopes_new_with(size_t extra)
{
    struct trace_scopes *scopes = trace_alloc_zero(sizeof *scopes);
    scopes->extra = extra;
    scopes->slot_count = 64;
    scopes->slots = trace_alloc_zero(scopes->slot_count * sizeof *scopes->slots);
    return scopes;
}

struct trace_scopes *trace_scopes_new(void)
{
    return trace_scopes_new_with(0);
}

void *trace_scope_extra(const struct trace_scope *scope)
{
    return ((struct entry *)scope)->extra;
}

void trace_scopes_free(struct trace_scopes *scopes)
{
    if (!scopes) {
        return;
    }
    for (struct chunk *chunk = scopes->chunk, *before; chunk; chunk = before) {
        before = chunk->before;
        free(chunk);
    }
    free(scopes->entries);
    free(scopes->slots);
    free(scopes);
}

void *trace_scopes_place(struct trace_scopes *scopes, size_t size)
{
    struct chunk *chunk = scopes->chunk;
    size = (size + 7) & ~(size_t)7;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t next = chunk ? chunk->size * 2 : CHUNK_FIRST;
        next = next < CHUNK_MAX ? next : CHUNK_MAX;
        next = next > size ? next : size;
        chunk = trace_alloc(sizeof *chunk + next);
        *chunk = (struct chunk){.before = scopes->chunk, .size = next};
        scopes->chunk = chunk;
    }
    void *place = chunk->octets + chunk->used;
    chunk->used += size;
    return memset(place, 0, size);
}

static uint64_t hash_of(const char *host, size_t host_len, const char *peer, size_t peer_len)
{
    uint64_t host_hash = XXH3_64bits(host, host_len);
    return peer ? XXH3_64bits_withSeed(peer, peer_len, host_hash) : host_hash;
}

static bool equal(const char *text, const char *name, size_t len)
{
    if (!text || !name) {
        return !text && !name;
    }
    return strncmp(text, name, len) == 0 && text[len] == '\0';
}

static uint32_t next_slot(const struct trace_scopes *scopes, uint32_t slot)
{
    return (slot + 1) & (scopes->slot_count - 1);
}

/* The slot that holds this scope or would hold it. */
static uint32_t *slot_of(const struct trace_scopes *scopes, uint64_t hash, const char *host,
                         size_t host_len, const char *peer, size_t peer_len)
{
    uint32_t i = (uint32_t)hash & (scopes->slot_count - 1);
    for (; scopes->slots[i]; i = next_slot(scopes, i)) {
        const struct entry *entry = scopes->entries[scopes->slots[i] - 1];
        if (entry->hash == hash && equal(entry->scope.host, host, host_len) &&
            equal(entry->scope.peer, peer, peer_len)) {
            break;
        }
    }
    return &scopes->slots[i];
}

static struct entry *find(const struct trace_scopes *scopes, const char *host, size_t host_len,
                          const char *peer, size_t peer_len)
{
    uint64_t hash = hash_of(host, host_len, peer, peer_len);
    uint32_t number = *slot_of(scopes, hash, host, host_len, peer, peer_len);
    return number ? scopes->entries[number - 1] : NULL;
}

static void grow(struct trace_scopes *scopes)
{
    if (scopes->count == scopes->cap) {
        scopes->cap = scopes->cap ? scopes->cap + scopes->cap / 2 : 32;
        scopes->entries = trace_resize(scopes->entries, scopes->cap * sizeof(struct entry *));
    }
    if (scopes->count < scopes->slot_count / 4 * 3) {
        return;
    }
    free(scopes->slots);
    scopes->slot_count *= 2;
    scopes->slots = trace_alloc_zero(scopes->slot_count * sizeof *scopes->slots);
    for (uint32_t n = 0; n < scopes->count; n++) {
        uint32_t i = (uint32_t)scopes->entries[n]->hash & (scopes->slot_count - 1);
        while (scopes->slots[i]) {
            i = next_slot(scopes, i);
        }
        scopes->slots[i] = n + 1;
    }
}

/* A name that lives as long as the scopes: that of the host itself, if it is known. */
static const char *keep_name(struct trace_scopes *scopes, const char *name, size_t len)
{
    const struct entry *host = find(scopes, name, len, NULL, 0);
    if (host) {
        return host->scope.host;
    }
    char *copy = trace_scopes_place(scopes, len + 1);
    memcpy(copy, name, len);
    return copy;
}

uint64_t trace_scope_hash(const struct trace_scope *scope)
{
    return ((const struct entry *)scope)->hash;
}

const struct trace_scope *trace_scopes_intern_n(struct trace_scopes *scopes, const char *host,
                                                size_t host_len, const char *peer, size_t peer_len)
{
    struct entry *entry = find(scopes, host, host_len, peer, peer_len);
    if (entry) {
        return &entry->scope;
    }
    grow(scopes);
    entry = trace_scopes_place(scopes, sizeof *entry + scopes->extra);
    entry->scope.host = keep_name(scopes, host, host_len);
    entry->scope.peer = peer ? keep_name(scopes, peer, peer_len) : NULL;
    entry->host_len = (uint32_t)host_len;
    entry->peer_len = peer ? (uint32_t)peer_len : 0;
    entry->hash = hash_of(host, host_len, peer, peer_len);
    entry->number = scopes->count;
    *slot_of(scopes, entry->hash, host, host_len, peer, peer_len) = entry->number + 1;
    scopes->entries[scopes->count++] = entry;
    return &entry->scope;
}

const struct trace_scope *trace_scopes_intern(struct trace_scopes *scopes, const char *host,
                                              const char *peer)
{
    return trace_scopes_intern_n(scopes, host, strlen(host), peer, peer ? strlen(peer) : 0);
}

const struct trace_scope *trace_scopes_find(const struct trace_scopes *scopes, const char *host,
                                            const char *peer)
{
    const struct entry *entry = find(scopes, host, strlen(host), peer, peer ? strlen(peer) : 0);
    return entry ? &entry->scope : NULL;
}

uint32_t trace_scope_number(const struct trace_scope *scope)
{
    return ((const struct entry *)scope)->number;
}

uint32_t trace_scopes_count(const struct trace_scopes *scopes)
{
    return scopes->count;
}

const struct trace_scope *trace_scopes_at(const struct trace_scopes *scopes, uint32_t number)
{
    assert(number < scopes->count);
    return &scopes->entries[number]->scope;
}

size_t trace_ref_print(struct trace_ref ref, char *text, size_t cap)
{
    if (!ref.scope) {
        if (cap > 0) {
            text[0] = '\0';
        }
        return 0;
    }
    const char *peer = ref.scope->peer;
    int len = snprintf(text, cap, "%s%s%s#%llu", ref.scope->host, peer ? "/" : "", peer ? peer : "",
                       (unsigned long long)ref.n);
    return len < 0 ? 0 : (size_t)len;
}

/* Decimal digits without a leading zero, as print writes them, up to UINT64_MAX. */
static bool number_parse(const char *text, size_t len, uint64_t *number)
{
    if (len == 0 || len > 20 || (text[0] == '0' && len > 1)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool trace_ref_parse_n(struct trace_scopes *scopes, const char *text, size_t len,
                       struct trace_ref *ref)
{
    const char *hash = memrchr(text, '#', len);
    if (!hash || hash == text || memchr(text, '\0', len)) {
        return false;
    }
    uint64_t n;
    if (!number_parse(hash + 1, len - (size_t)(hash + 1 - text), &n)) {
        return false;
    }
    size_t name_len = (size_t)(hash - text);
    const char *slash = memchr(text, '/', name_len);
    size_t host_len = slash ? (size_t)(slash - text) : name_len;
    size_t peer_len = slash ? name_len - host_len - 1 : 0;
    if (host_len == 0 || (slash && peer_len == 0)) {
        return false;
    }
    ref->scope = trace_scopes_intern_n(scopes, text, host_len, slash ? slash + 1 : NULL, peer_len);
    ref->n = n;
    return true;
}

bool trace_ref_parse(struct trace_scopes *scopes, const char *text, struct trace_ref *ref)
{
    return trace_ref_parse_n(scopes, text, strlen(text), ref);
}
