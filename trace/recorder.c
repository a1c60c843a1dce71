#include "trace/recorder.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "trace/internal.h"

struct trace_pending {
    struct trace_channel *channel;
    enum trace_kind kind;
    struct trace_ref id, cause;
    uint64_t digest;
    void *data; /* a copy, only where it will be written */
    bool measured;
    struct trace_measure measure;
};

struct recorder_host {
    struct recorder_host *next;
    const char *name;
    uint64_t hash;
};

struct recorder_channel {
    struct recorder_channel *next; /* in its bucket */
    struct trace_channel channel;
};

struct trace_recorder {
    struct trace_recorder_options options;
    struct trace_scopes *scopes;
    size_t host_count, host_buckets_count;
    struct recorder_host **host_buckets;
    size_t channel_count, channel_buckets_count;
    struct recorder_channel **channel_buckets;
};

static void *checked_calloc(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p) {
        abort();
    }
    return p;
}

struct trace_recorder *trace_recorder_new(const struct trace_recorder_options *options)
{
    struct trace_recorder *recorder = checked_calloc(1, sizeof *recorder);
    recorder->options = *options;
    recorder->scopes = trace_scopes_new();
    recorder->host_buckets_count = 64;
    recorder->host_buckets =
        checked_calloc(recorder->host_buckets_count, sizeof *recorder->host_buckets);
    recorder->channel_buckets_count = 64;
    recorder->channel_buckets =
        checked_calloc(recorder->channel_buckets_count, sizeof *recorder->channel_buckets);
    return recorder;
}

void trace_recorder_free(struct trace_recorder *recorder)
{
    if (!recorder) {
        return;
    }
    free(recorder->host_buckets);
    free(recorder->channel_buckets);
    trace_scopes_free(recorder->scopes);
    free(recorder);
}

void trace_recorder_end_series(struct trace_recorder *recorder)
{
    recorder->options.series = NULL;
}

static size_t host_bucket(const char *name, size_t buckets)
{
    return (size_t)XXH3_64bits(name, strlen(name)) & (buckets - 1);
}

/* Scopes are interned, so a scope's address is its identity; buckets are only walked, never
 * printed. */
static size_t scope_bucket(const struct trace_scope *scope, size_t buckets)
{
    return (size_t)XXH3_64bits(&scope, sizeof scope) & (buckets - 1);
}

static void grow_hosts(struct trace_recorder *recorder)
{
    size_t buckets = recorder->host_buckets_count * 2;
    struct recorder_host **grown = checked_calloc(buckets, sizeof *grown);
    for (size_t i = 0; i < recorder->host_buckets_count; i++) {
        for (struct recorder_host *host = recorder->host_buckets[i], *next; host; host = next) {
            next = host->next;
            size_t at = host_bucket(host->name, buckets);
            host->next = grown[at];
            grown[at] = host;
        }
    }
    free(recorder->host_buckets);
    recorder->host_buckets = grown;
    recorder->host_buckets_count = buckets;
}

static struct recorder_host *find_host(struct trace_recorder *recorder, const char *name)
{
    size_t at = host_bucket(name, recorder->host_buckets_count);
    for (struct recorder_host *host = recorder->host_buckets[at]; host; host = host->next) {
        if (strcmp(host->name, name) == 0) {
            return host;
        }
    }
    if (recorder->host_count == recorder->host_buckets_count) {
        grow_hosts(recorder);
        at = host_bucket(name, recorder->host_buckets_count);
    }
    struct recorder_host *host = trace_scopes_place(recorder->scopes, sizeof *host);
    host->name = trace_scopes_intern(recorder->scopes, name, NULL)->host;
    host->next = recorder->host_buckets[at];
    recorder->host_buckets[at] = host;
    recorder->host_count++;
    return host;
}

static void grow_channels(struct trace_recorder *recorder)
{
    size_t buckets = recorder->channel_buckets_count * 2;
    struct recorder_channel **grown = checked_calloc(buckets, sizeof *grown);
    for (size_t i = 0; i < recorder->channel_buckets_count; i++) {
        for (struct recorder_channel *c = recorder->channel_buckets[i], *next; c; c = next) {
            next = c->next;
            size_t at = scope_bucket(c->channel.scope, buckets);
            c->next = grown[at];
            grown[at] = c;
        }
    }
    free(recorder->channel_buckets);
    recorder->channel_buckets = grown;
    recorder->channel_buckets_count = buckets;
}

struct trace_channel *trace_recorder_channel(struct trace_recorder *recorder, const char *host,
                                             const char *peer)
{
    const struct trace_scope *scope = trace_scopes_intern(recorder->scopes, host, peer);
    size_t at = scope_bucket(scope, recorder->channel_buckets_count);
    for (struct recorder_channel *c = recorder->channel_buckets[at]; c; c = c->next) {
        if (c->channel.scope == scope) {
            return &c->channel;
        }
    }
    if (recorder->channel_count == recorder->channel_buckets_count) {
        grow_channels(recorder);
        at = scope_bucket(scope, recorder->channel_buckets_count);
    }
    struct recorder_channel *c = trace_scopes_place(recorder->scopes, sizeof *c);
    const struct trace_recorder_options *options = &recorder->options;
    c->channel = (struct trace_channel){
        .scope = scope,
        .next = 1,
        .host_hash = &find_host(recorder, host)->hash,
        .kept =
            options->writer && (!options->keep || options->keep(options->keep_context, host, peer)),
    };
    c->next = recorder->channel_buckets[at];
    recorder->channel_buckets[at] = c;
    recorder->channel_count++;
    return &c->channel;
}

struct trace_ref trace_recorder_emit(struct trace_recorder *recorder, struct trace_channel *channel,
                                     uint64_t time, struct trace_ref cause, enum trace_kind kind,
                                     const void *data)
{
    struct trace_ref id = {channel->scope, channel->next++};
    *channel->host_hash =
        trace_fold(*channel->host_hash, time, id, cause, trace_digest(kind, data));
    struct trace_measure measure;
    if (recorder->options.series && trace_series_measure(kind, data, &measure)) {
        trace_series_count(recorder->options.series, channel->scope, time, kind, &measure);
    }
    if (channel->kept) {
        trace_writer_add(recorder->options.writer,
                         &(struct trace_record){
                             .time = time, .kind = kind, .id = id, .cause = cause, .data = data});
    }
    return id;
}

struct trace_ref trace_batch_emit(struct trace_batch *batch, struct trace_channel *channel,
                                  struct trace_ref cause, enum trace_kind kind, const void *data)
{
    if (batch->count == batch->cap) {
        batch->cap = batch->cap ? batch->cap * 2 : 8;
        struct trace_pending *items = realloc(batch->items, batch->cap * sizeof *items);
        if (!items) {
            abort();
        }
        batch->items = items;
    }
    struct trace_pending *pending = &batch->items[batch->count++];
    *pending = (struct trace_pending){
        .channel = channel,
        .kind = kind,
        .id = {channel->scope, channel->next++},
        .cause = cause,
        .digest = trace_digest(kind, data),
        .data = channel->kept ? trace_data_clone(kind, data) : NULL,
    };
    pending->measured = trace_series_measure(kind, data, &pending->measure);
    return pending->id;
}

void trace_batch_commit(struct trace_recorder *recorder, struct trace_batch *batch, uint64_t time)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct trace_pending *pending = &batch->items[i];
        uint64_t *hash = pending->channel->host_hash;
        *hash = trace_fold(*hash, time, pending->id, pending->cause, pending->digest);
        if (recorder->options.series && pending->measured) {
            trace_series_count(recorder->options.series, pending->channel->scope, time,
                               pending->kind, &pending->measure);
        }
        if (pending->data) {
            trace_writer_add(recorder->options.writer, &(struct trace_record){
                                                           .time = time,
                                                           .kind = pending->kind,
                                                           .id = pending->id,
                                                           .cause = pending->cause,
                                                           .data = pending->data,
                                                       });
            free(pending->data);
        }
    }
    batch->count = 0;
}

void trace_batch_dispose(struct trace_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->items[i].data);
    }
    free(batch->items);
    *batch = (struct trace_batch){0};
}

static int host_by_name(const void *a, const void *b)
{
    const struct recorder_host *const *ha = a;
    const struct recorder_host *const *hb = b;
    return strcmp((*ha)->name, (*hb)->name);
}

uint64_t trace_recorder_hash(const struct trace_recorder *recorder)
{
    const struct recorder_host **hosts = checked_calloc(recorder->host_count + 1, sizeof *hosts);
    size_t count = 0;
    for (size_t i = 0; i < recorder->host_buckets_count; i++) {
        for (const struct recorder_host *h = recorder->host_buckets[i]; h; h = h->next) {
            hosts[count++] = h;
        }
    }
    qsort(hosts, count, sizeof *hosts, host_by_name);
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[8];
        for (size_t b = 0; b < sizeof bytes; b++) {
            bytes[b] = (uint8_t)(hosts[i]->hash >> (8 * b));
        }
        hash = XXH3_64bits_withSeed(hosts[i]->name, strlen(hosts[i]->name), hash);
        hash = XXH3_64bits_withSeed(bytes, sizeof bytes, hash);
    }
    free(hosts);
    return hash;
}
