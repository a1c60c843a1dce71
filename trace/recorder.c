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

/* Behind its scope. */
struct recorder_channel {
    struct trace_channel channel; /* without a scope: nobody has asked for it yet */
    uint64_t hash;                /* of a host: all its channels fold into it */
};

struct trace_recorder {
    struct trace_recorder_options options;
    struct trace_scopes *scopes;
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
    recorder->scopes = trace_scopes_new_with(sizeof(struct recorder_channel));
    return recorder;
}

void trace_recorder_free(struct trace_recorder *recorder)
{
    if (!recorder) {
        return;
    }
    trace_scopes_free(recorder->scopes);
    free(recorder);
}

void trace_recorder_end_series(struct trace_recorder *recorder)
{
    recorder->options.series = NULL;
}

struct trace_channel *trace_recorder_channel(struct trace_recorder *recorder, const char *host,
                                             const char *peer)
{
    const struct trace_recorder_options *options = &recorder->options;
    struct recorder_channel *of_host =
        trace_scope_extra(trace_scopes_intern(recorder->scopes, host, NULL));
    const struct trace_scope *scope = trace_scopes_intern(recorder->scopes, host, peer);
    struct trace_channel *channel = &((struct recorder_channel *)trace_scope_extra(scope))->channel;
    if (!channel->scope) {
        *channel = (struct trace_channel){
            .scope = scope,
            .next = 1,
            .host_hash = &of_host->hash,
            .kept = options->writer &&
                    (!options->keep || options->keep(options->keep_context, host, peer)),
        };
    }
    return channel;
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
    const struct trace_scope *const *ha = a, *const *hb = b;
    return strcmp((*ha)->host, (*hb)->host);
}

uint64_t trace_recorder_hash(const struct trace_recorder *recorder)
{
    uint32_t scope_count = trace_scopes_count(recorder->scopes);
    const struct trace_scope **hosts = checked_calloc(scope_count + 1, sizeof *hosts);
    size_t count = 0;
    for (uint32_t i = 0; i < scope_count; i++) {
        const struct trace_scope *scope = trace_scopes_at(recorder->scopes, i);
        if (!scope->peer) {
            hosts[count++] = scope;
        }
    }
    qsort(hosts, count, sizeof *hosts, host_by_name);
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++) {
        const struct recorder_channel *host = trace_scope_extra(hosts[i]);
        uint8_t bytes[8];
        trace_store_u64(bytes, host->hash);
        hash = XXH3_64bits_withSeed(hosts[i]->host, strlen(hosts[i]->host), hash);
        hash = XXH3_64bits_withSeed(bytes, sizeof bytes, hash);
    }
    free(hosts);
    return hash;
}
