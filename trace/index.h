/*
 * run.index: a header and records that are only ever appended (docs/recording.md, "The index").
 * Here is its spelling, for the writer and the reader.
 */
#ifndef IKESIM_TRACE_INDEX_H
#define IKESIM_TRACE_INDEX_H

#include "trace/internal.h"

#define TRACE_INDEX_MAGIC "ikesimIX"
#define TRACE_INDEX_VERSION 2
#define TRACE_INDEX_HEADER 16  /* octets: magic, version, zero */
#define TRACE_RECORD_HEADER 16 /* octets: type, length, trace_index_hash */

/* Events of a full block: enough that the index is small beside the lines, few enough that a
 * reader of a growing file has little to scan. */
#define TRACE_BLOCK_EVENTS 256

/* A keyframe is due after so many events, and only when the lines since the last one are so many
 * times longer than it was: in a world of 100,000 pairs keyframes must not outweigh the events. */
#define TRACE_KEYFRAME_EVENTS 1024
#define TRACE_KEYFRAME_SHARE 4

/* A kind that this program does not know, or a line that is no event. */
#define TRACE_KIND_UNKNOWN 0xff

enum trace_index_type {
    TRACE_INDEX_KINDS = 1,
    TRACE_INDEX_SCOPES = 2,
    TRACE_INDEX_BLOCK = 3,
    TRACE_INDEX_KEYFRAME = 4,
    TRACE_INDEX_END = 5,
};

/* Consecutive events: where their lines are and what a search needs of each. */
struct trace_block {
    uint64_t first;     /* ordinal of the first */
    uint64_t offset;    /* of its line in run.ndjson */
    uint64_t length;    /* octets of all lines, newlines included */
    uint64_t text_hash; /* XXH3-64 of those octets */
    uint32_t count;
    uint64_t time[TRACE_BLOCK_EVENTS];
    uint64_t n[TRACE_BLOCK_EVENTS];
    uint32_t line[TRACE_BLOCK_EVENTS]; /* offset of each line from `offset` */
    uint32_t scope[TRACE_BLOCK_EVENTS];
    uint8_t kind[TRACE_BLOCK_EVENTS];
};

/* XXH3-64 of a record's payload, seeded with its type and length (the header's first 8 octets): a
 * damaged type must not make a record one that is skipped. */
uint64_t trace_index_hash(const uint8_t *header, const uint8_t *payload, size_t len);

/* Appends a record of the index (docs/recording.md, "The index"), its hash included. */
void trace_index_put_header(struct trace_buffer *out);
/* The names of all kinds that this program knows, by number. */
void trace_index_put_kinds(struct trace_buffer *out);
/* The scopes numbered from `first` on. */
void trace_index_put_scopes(struct trace_buffer *out, const struct trace_scopes *scopes,
                            uint32_t first);
void trace_index_put_block(struct trace_buffer *out, const struct trace_block *block);
/* `state` is the state after the first `events` events. */
void trace_index_put_keyframe(struct trace_buffer *out, uint64_t events, const uint8_t *state,
                              size_t len);
void trace_index_put_end(struct trace_buffer *out, uint64_t events, uint64_t length);

/* True if the header is this format's. */
bool trace_index_read_header(const uint8_t *bytes, size_t len);
/* Reads a BLOCK's payload; false if it is malformed. */
bool trace_index_read_block(const uint8_t *payload, size_t len, struct trace_block *block);

#endif
