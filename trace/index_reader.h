/* run.index as a reader takes it in, record by record, into columns and a list of keyframes. */
#ifndef IKESIM_TRACE_INDEX_READER_H
#define IKESIM_TRACE_INDEX_READER_H

#include "trace/columns.h"

/* A saved state: in the index file, or in memory where this reader made it. */
struct trace_keyframe {
    uint64_t events;                     /* folded into it */
    uint64_t offset;                     /* of its payload in run.index */
    uint64_t len;                        /* of the payload, or of `saved` */
    uint8_t header[TRACE_RECORD_HEADER]; /* with the payload's hash */
    uint8_t *saved;                      /* the state's octets; NULL if they are in the index */
};

struct trace_index_reader {
    int fd;           /* -1: none */
    bool ended;       /* the record at `at` is damaged: what follows is not read */
    uint64_t at;      /* offset of the next record */
    uint32_t *scopes; /* number in the file -> number in columns */
    uint32_t scope_count, scope_cap;
    uint8_t kinds[256]; /* number in the file -> here, or TRACE_KIND_UNKNOWN */
    bool named;         /* a record has said what the numbers of kinds mean */
    bool verified;      /* the lines are those that the index was written for */
    struct trace_keyframe *keyframes;
    size_t keyframe_count, keyframe_cap;
};

/* No index is no error: fd is then -1. */
void trace_index_reader_open(struct trace_index_reader *index, const char *path);
void trace_index_reader_close(struct trace_index_reader *index);

/* Takes in whatever records are whole and fit to `columns`, whose lines are in text_fd, text_size
 * octets long. Returns false if the index belongs to other lines: then nothing of it counts. */
bool trace_index_reader_load(struct trace_index_reader *index, struct trace_columns *columns,
                             int text_fd, uint64_t text_size);

/* Remembers a state of the reader's own making; takes `saved`. Keyframes are kept in order. */
void trace_index_reader_keep(struct trace_index_reader *index, uint64_t events, uint8_t *saved,
                             size_t len);

/* The keyframe's state octets, to be freed; NULL if they cannot be read or are damaged. */
uint8_t *trace_index_reader_keyframe(const struct trace_index_reader *index, size_t which,
                                     size_t *len);

#endif
