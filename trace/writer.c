/* run.ndjson and run.index as they are written. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "trace/index.h"
#include "trace/state.h"
#include "trace/writer.h"

/* Lines are handed to the kernel in pieces of about this many octets. */
#define FLUSH_SIZE ((size_t)256 * 1024)

struct trace_writer {
    int text_fd, index_fd;
    struct trace_buffer text, index; /* not yet in the files */
    uint64_t text_offset;            /* octets of run.ndjson in the file */
    size_t hashed;                   /* octets of `text` that the block's hash has seen */
    uint64_t count, last_time;
    struct trace_block block; /* being filled */
    XXH3_state_t *block_hash;
    struct trace_scopes *scopes;
    uint32_t scopes_indexed;
    struct trace_state *state;                               /* for keyframes */
    uint64_t keyframe_count, keyframe_offset, keyframe_size; /* of the last one */
    int text_error, index_error;                             /* errno of the first failure, or 0 */
};

static int open_file(const char *dir, const char *name, char *error, size_t error_cap)
{
    char path[4096];
    int fd = -1;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path) {
        errno = ENAMETOOLONG;
    } else {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    }
    if (fd < 0) {
        snprintf(error, error_cap, "%s/%s: %s", dir, name, strerror(errno));
    }
    return fd;
}

static void writer_free(struct trace_writer *writer)
{
    if (writer->text_fd >= 0) {
        close(writer->text_fd);
    }
    if (writer->index_fd >= 0) {
        close(writer->index_fd);
    }
    trace_buffer_free(&writer->text);
    trace_buffer_free(&writer->index);
    XXH3_freeState(writer->block_hash);
    trace_scopes_free(writer->scopes);
    trace_state_free(writer->state);
    free(writer);
}

struct trace_writer *trace_writer_open(const char *dir, char *error, size_t error_cap)
{
    struct trace_writer *writer = trace_alloc_zero(sizeof *writer);
    writer->text_fd = writer->index_fd = -1;
    writer->scopes = trace_scopes_new();
    writer->state = trace_state_new();
    writer->block_hash = XXH3_createState();
    assert(writer->block_hash);
    XXH3_64bits_reset(writer->block_hash);
    if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
        snprintf(error, error_cap, "%s: %s", dir, strerror(errno));
        goto failed;
    }
    /* The index first: an old index must not stand beside new lines. */
    writer->index_fd = open_file(dir, "run.index", error, error_cap);
    if (writer->index_fd < 0) {
        goto failed;
    }
    writer->text_fd = open_file(dir, "run.ndjson", error, error_cap);
    if (writer->text_fd < 0) {
        goto failed;
    }
    trace_index_put_header(&writer->index);
    trace_index_put_kinds(&writer->index);
    return writer;
failed:
    writer_free(writer);
    return NULL;
}

/* Returns how many octets got written; fewer than len only with *failure set. */
static size_t write_all(int fd, const uint8_t *bytes, size_t len, int *failure)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            *failure = n < 0 ? errno : ENOSPC;
            break;
        }
        done += (size_t)n;
    }
    return done;
}

static void hash_new_text(struct trace_writer *writer)
{
    XXH3_64bits_update(writer->block_hash, writer->text.data + writer->hashed,
                       writer->text.len - writer->hashed);
    writer->hashed = writer->text.len;
}

static void flush_text(struct trace_writer *writer)
{
    if (writer->text_error || writer->text.len == 0) {
        return;
    }
    hash_new_text(writer);
    size_t done =
        write_all(writer->text_fd, writer->text.data, writer->text.len, &writer->text_error);
    if (writer->text_error) {
        /* Keep whole lines only. That can fail too; a reader copes with half a line. */
        const uint8_t *newline = done > 0 ? memrchr(writer->text.data, '\n', done) : NULL;
        size_t whole = newline ? (size_t)(newline - writer->text.data) + 1 : 0;
        int ignored = ftruncate(writer->text_fd, (off_t)(writer->text_offset + whole));
        (void)ignored;
        return;
    }
    writer->text_offset += writer->text.len;
    writer->text.len = 0;
    writer->hashed = 0;
}

/* Lines first: the index never names an octet that is not yet in the file. */
static void flush_files(struct trace_writer *writer)
{
    flush_text(writer);
    if (writer->text_error || writer->index_error) {
        return;
    }
    write_all(writer->index_fd, writer->index.data, writer->index.len, &writer->index_error);
    writer->index.len = 0;
}

void trace_writer_flush(struct trace_writer *writer)
{
    flush_files(writer);
}

static uint64_t text_end(const struct trace_writer *writer)
{
    return writer->text_offset + writer->text.len;
}

static void close_block(struct trace_writer *writer)
{
    struct trace_block *block = &writer->block;
    hash_new_text(writer);
    block->length = text_end(writer) - block->offset;
    block->text_hash = XXH3_64bits_digest(writer->block_hash);
    XXH3_64bits_reset(writer->block_hash);
    if (writer->scopes_indexed < trace_scopes_count(writer->scopes)) {
        trace_index_put_scopes(&writer->index, writer->scopes, writer->scopes_indexed);
        writer->scopes_indexed = trace_scopes_count(writer->scopes);
    }
    trace_index_put_block(&writer->index, block);
    block->count = 0;
}

static void add_keyframe(struct trace_writer *writer)
{
    if (writer->count - writer->keyframe_count < TRACE_KEYFRAME_EVENTS ||
        text_end(writer) - writer->keyframe_offset < TRACE_KEYFRAME_SHARE * writer->keyframe_size) {
        return;
    }
    size_t len;
    uint8_t *saved = trace_state_save(writer->state, &len);
    trace_index_put_keyframe(&writer->index, writer->count, saved, len);
    free(saved);
    writer->keyframe_count = writer->count;
    writer->keyframe_offset = text_end(writer);
    writer->keyframe_size = len;
}

void trace_writer_add(struct trace_writer *writer, const struct trace_record *record)
{
    assert(record->id.scope);
    assert(record->time >= writer->last_time);
    if (writer->text_error) {
        return;
    }
    struct trace_block *block = &writer->block;
    if (block->count == 0) {
        block->first = writer->count;
        block->offset = text_end(writer);
    }
    const struct trace_scope *scope = record->id.scope;
    uint32_t i = block->count++;
    block->time[i] = record->time;
    block->n[i] = record->id.n;
    block->line[i] = (uint32_t)(text_end(writer) - block->offset);
    block->scope[i] =
        trace_scope_number(trace_scopes_intern(writer->scopes, scope->host, scope->peer));
    block->kind[i] = (uint8_t)record->kind;
    trace_line_append(&writer->text, record);
    trace_state_apply(writer->state, record);
    writer->count++;
    writer->last_time = record->time;
    if (block->count == TRACE_BLOCK_EVENTS) {
        close_block(writer);
        add_keyframe(writer);
    }
    if (writer->text.len >= FLUSH_SIZE) {
        flush_files(writer);
    }
}

uint64_t trace_writer_count(const struct trace_writer *writer)
{
    return writer->count;
}

bool trace_writer_failed(const struct trace_writer *writer)
{
    return writer->text_error || writer->index_error;
}

int trace_writer_close(struct trace_writer *writer, char *error, size_t error_cap)
{
    if (!writer->text_error) {
        if (writer->block.count > 0) {
            close_block(writer);
        }
        trace_index_put_end(&writer->index, writer->count, text_end(writer));
        flush_files(writer);
    }
    if (close(writer->text_fd) != 0 && !writer->text_error) {
        writer->text_error = errno;
    }
    writer->text_fd = -1;
    if (close(writer->index_fd) != 0 && !writer->index_error) {
        writer->index_error = errno;
    }
    writer->index_fd = -1;
    int failure = writer->text_error ? writer->text_error : writer->index_error;
    if (failure) {
        snprintf(error, error_cap, "%s: %s", writer->text_error ? "run.ndjson" : "run.index",
                 strerror(failure));
    }
    writer_free(writer);
    return failure ? -1 : 0;
}
