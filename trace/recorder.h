/*
 * Where events become records: it names them, stamps them with time and cause, folds them into
 * their host's hash and hands those that are to be kept to the writer.
 */
#ifndef IKESIM_TRACE_RECORDER_H
#define IKESIM_TRACE_RECORDER_H

#include "trace/record.h"
#include "trace/series.h"
#include "trace/writer.h"

struct trace_recorder;

/* One scope that is being counted: a host, or a host's dealings with a peer. */
struct trace_channel {
    const struct trace_scope *scope;
    uint64_t next;       /* number of the next event, from 1 */
    uint64_t *host_hash; /* all channels of a host fold into one */
    bool kept;           /* goes to the writer */
};

struct trace_recorder_options {
    struct trace_writer
        *writer; /* borrowed; NULL: nothing is written, the hash is made all the same */
    /* Which scopes are written; NULL: all. */
    bool (*keep)(void *context, const char *host, const char *peer);
    void *keep_context;
    struct trace_series *series; /* borrowed; is shown every event, written or not; may be NULL */
};

/* The options are copied; the writer is not closed by trace_recorder_free. */
struct trace_recorder *trace_recorder_new(const struct trace_recorder_options *options);
void trace_recorder_free(struct trace_recorder *recorder);

/* No series is shown anything any more. */
void trace_recorder_end_series(struct trace_recorder *recorder);

/* The channel of (host, peer); lives as long as the recorder. peer NULL: the host itself. */
struct trace_channel *trace_recorder_channel(struct trace_recorder *recorder, const char *host,
                                             const char *peer);

/* Takes an event that is visible at once. Returns its name. */
struct trace_ref trace_recorder_emit(struct trace_recorder *recorder, struct trace_channel *channel,
                                     uint64_t time, struct trace_ref cause, enum trace_kind kind,
                                     const void *data);

/* Events of a work item: named when they are emitted, visible when the work is done
 * (docs/design.md, rule 2). */
struct trace_batch {
    size_t count, cap;
    struct trace_pending *items;
};

/* Copies the event, texts and octets included, if it is to be written. Returns its name. */
struct trace_ref trace_batch_emit(struct trace_batch *batch, struct trace_channel *channel,
                                  struct trace_ref cause, enum trace_kind kind, const void *data);

/* Stamps all with `time`, in the order in which they were emitted, and empties the batch. */
void trace_batch_commit(struct trace_recorder *recorder, struct trace_batch *batch, uint64_t time);
void trace_batch_dispose(struct trace_batch *batch);

/* Hash of the run so far: hosts in order of their names (docs/recording.md). */
uint64_t trace_recorder_hash(const struct trace_recorder *recorder);

#endif
