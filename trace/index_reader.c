/* run.index read: every length is checked against the file, every payload against its hash. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "trace/index_reader.h"

void trace_index_reader_open(struct trace_index_reader *index, const char *path)
{
    *index = (struct trace_index_reader){.at = TRACE_INDEX_HEADER};
    memset(index->kinds, TRACE_KIND_UNKNOWN, sizeof index->kinds);
    index->fd = open(path, O_RDONLY | O_CLOEXEC);
}

void trace_index_reader_close(struct trace_index_reader *index)
{
    if (index->fd >= 0) {
        close(index->fd);
    }
    for (size_t i = 0; i < index->keyframe_count; i++) {
        free(index->keyframes[i].saved);
    }
    free(index->keyframes);
    free(index->scopes);
    *index = (struct trace_index_reader){.fd = -1};
}

static bool read_at(int fd, void *bytes, size_t len, uint64_t offset)
{
    uint8_t *to = bytes;
    while (len > 0) {
        ssize_t n = pread(fd, to, len, (off_t)offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        to += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return true;
}

static void insert_keyframe(struct trace_index_reader *index, struct trace_keyframe keyframe)
{
    if (index->keyframe_count == index->keyframe_cap) {
        index->keyframe_cap = index->keyframe_cap ? index->keyframe_cap * 2 : 16;
        index->keyframes =
            trace_resize(index->keyframes, index->keyframe_cap * sizeof *index->keyframes);
    }
    size_t place = index->keyframe_count;
    while (place > 0 && index->keyframes[place - 1].events > keyframe.events) {
        place--;
    }
    memmove(&index->keyframes[place + 1], &index->keyframes[place],
            (index->keyframe_count - place) * sizeof keyframe);
    index->keyframes[place] = keyframe;
    index->keyframe_count++;
}

void trace_index_reader_keep(struct trace_index_reader *index, uint64_t events, uint8_t *saved,
                             size_t len)
{
    insert_keyframe(index, (struct trace_keyframe){.events = events, .len = len, .saved = saved});
}

uint8_t *trace_index_reader_keyframe(const struct trace_index_reader *index, size_t which,
                                     size_t *len)
{
    const struct trace_keyframe *keyframe = &index->keyframes[which];
    uint8_t *bytes = trace_alloc(keyframe->len);
    if (keyframe->saved) {
        memcpy(bytes, keyframe->saved, keyframe->len);
        *len = keyframe->len;
        return bytes;
    }
    if (index->fd < 0 || !read_at(index->fd, bytes, keyframe->len, keyframe->offset) ||
        trace_index_hash(keyframe->header, bytes, keyframe->len) !=
            trace_load_u64(keyframe->header + 8)) {
        free(bytes);
        return NULL;
    }
    *len = keyframe->len - 8; /* the payload begins with the number of events */
    memmove(bytes, bytes + 8, *len);
    return bytes;
}

/* ---- records ---- */

static bool take_kinds(struct trace_index_reader *index, struct trace_cursor cursor)
{
    uint32_t count = trace_take_u32(&cursor);
    for (uint32_t i = 0; i < count && !cursor.bad; i++) {
        uint32_t len;
        enum trace_kind kind;
        const char *name = trace_take_text(&cursor, &len);
        if (name && i < TRACE_KIND_UNKNOWN && trace_kind_find_n(name, len, &kind)) {
            index->kinds[i] = (uint8_t)kind;
        }
    }
    index->named = !cursor.bad && cursor.len == 0;
    return index->named;
}

static bool take_scopes(struct trace_index_reader *index, struct trace_columns *columns,
                        struct trace_cursor cursor)
{
    uint32_t first = trace_take_u32(&cursor), count = trace_take_u32(&cursor);
    if (first != index->scope_count) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t host_len, peer_len;
        const char *host = trace_take_text(&cursor, &host_len);
        const char *peer = trace_take_text(&cursor, &peer_len);
        if (cursor.bad || !host) {
            return false;
        }
        if (index->scope_count == index->scope_cap) {
            index->scope_cap = index->scope_cap ? index->scope_cap * 2 : 64;
            index->scopes = trace_resize(index->scopes, index->scope_cap * sizeof *index->scopes);
        }
        index->scopes[index->scope_count++] = trace_scope_number(
            trace_scopes_intern_n(columns->scopes, host, host_len, peer, peer_len));
    }
    return cursor.len == 0;
}

/* True if the block's lines are in the file as they were when the block was written. */
static bool verify_lines(const struct trace_block *block, int text_fd)
{
    uint8_t *lines = trace_alloc(block->length);
    bool same = read_at(text_fd, lines, block->length, block->offset) &&
                XXH3_64bits(lines, block->length) == block->text_hash;
    free(lines);
    return same;
}

/* Adds the block's events, without those that a scan has found already. */
static bool take_block(const struct trace_index_reader *index, struct trace_columns *columns,
                       const struct trace_block *block)
{
    uint64_t known = columns->count - block->first;
    if (known >= block->count) {
        return true;
    }
    if (block->offset + block->line[known] != columns->end) {
        return false;
    }
    for (uint32_t i = 0; i < block->count; i++) {
        if (block->scope[i] >= index->scope_count) {
            return false;
        }
    }
    if (columns->count > 0 && block->time[known] < columns->time[columns->count - 1]) {
        return false;
    }
    for (uint32_t i = (uint32_t)known; i < block->count; i++) {
        uint64_t next = i + 1 < block->count ? block->line[i + 1] : block->length;
        struct trace_line_head head = {
            .time = block->time[i],
            .id = {trace_scopes_at(columns->scopes, index->scopes[block->scope[i]]), block->n[i]},
            .kind = (enum trace_kind)index->kinds[block->kind[i]],
        };
        trace_columns_add(columns, next - block->line[i], &head);
    }
    return true;
}

enum step { STEP_TAKEN, STEP_WAIT, STEP_DAMAGED, STEP_FOREIGN };

struct loading {
    struct trace_index_reader *index;
    struct trace_columns *columns;
    int text_fd;
    uint64_t text_size, index_size;
    uint8_t *payload;
    size_t payload_cap;
    struct trace_block block, last; /* last one taken, to be verified */
    bool any;
};

static enum step take_payload(struct loading *loading, uint32_t type, uint32_t len)
{
    struct trace_index_reader *index = loading->index;
    struct trace_cursor cursor = {.bytes = loading->payload, .len = len};
    switch (type) {
    case TRACE_INDEX_KINDS:
        return take_kinds(index, cursor) ? STEP_TAKEN : STEP_DAMAGED;
    case TRACE_INDEX_SCOPES:
        return take_scopes(index, loading->columns, cursor) ? STEP_TAKEN : STEP_DAMAGED;
    case TRACE_INDEX_BLOCK: {
        struct trace_block *block = &loading->block;
        if (!index->named || !trace_index_read_block(loading->payload, len, block) ||
            block->first > loading->columns->count) {
            return STEP_DAMAGED;
        }
        /* Lines that are not there: the recording was cut off after it was written. */
        if (block->offset > loading->text_size ||
            block->length > loading->text_size - block->offset) {
            return STEP_DAMAGED;
        }
        if (!index->verified && !verify_lines(block, loading->text_fd)) {
            return STEP_FOREIGN;
        }
        index->verified = true;
        if (!take_block(index, loading->columns, block)) {
            return STEP_DAMAGED;
        }
        loading->last = *block;
        loading->any = true;
        return STEP_TAKEN;
    }
    default:
        return STEP_TAKEN; /* the end, or a later version's addition */
    }
}

/* A keyframe is only noted: it may be long, and few are ever looked at. */
static enum step note_keyframe(struct loading *loading, uint32_t len, const uint8_t *header)
{
    struct trace_index_reader *index = loading->index;
    uint8_t head[8];
    uint64_t offset = index->at + TRACE_RECORD_HEADER;
    if (len < sizeof head || !read_at(index->fd, head, sizeof head, offset)) {
        return STEP_DAMAGED;
    }
    uint64_t events = trace_load_u64(head);
    if (events > loading->columns->count) {
        return STEP_DAMAGED;
    }
    struct trace_keyframe keyframe = {.events = events, .offset = offset, .len = len};
    memcpy(keyframe.header, header, TRACE_RECORD_HEADER);
    insert_keyframe(index, keyframe);
    return STEP_TAKEN;
}

static enum step take_record(struct loading *loading)
{
    struct trace_index_reader *index = loading->index;
    uint8_t header[TRACE_RECORD_HEADER];
    if (loading->index_size - index->at < sizeof header) {
        return STEP_WAIT;
    }
    if (!read_at(index->fd, header, sizeof header, index->at)) {
        return STEP_WAIT;
    }
    uint32_t type = trace_load_u32(header), len = trace_load_u32(header + 4);
    uint64_t whole = TRACE_RECORD_HEADER + ((uint64_t)len + 7) / 8 * 8;
    if (type == 0) {
        return STEP_DAMAGED;
    }
    if (loading->index_size - index->at < whole) {
        return STEP_WAIT;
    }
    enum step step;
    if (type == TRACE_INDEX_KEYFRAME) {
        step = note_keyframe(loading, len, header);
    } else {
        if (loading->payload_cap < len) {
            loading->payload = trace_resize(loading->payload, len);
            loading->payload_cap = len;
        }
        if (!read_at(index->fd, loading->payload, len, index->at + TRACE_RECORD_HEADER) ||
            trace_index_hash(header, loading->payload, len) != trace_load_u64(header + 8)) {
            return STEP_DAMAGED;
        }
        step = take_payload(loading, type, len);
    }
    if (step == STEP_TAKEN) {
        index->at += whole;
    }
    return step;
}

bool trace_index_reader_load(struct trace_index_reader *index, struct trace_columns *columns,
                             int text_fd, uint64_t text_size)
{
    struct stat status;
    uint8_t header[TRACE_INDEX_HEADER];
    if (index->fd < 0 || index->ended) {
        return true;
    }
    if (fstat(index->fd, &status) != 0 || status.st_size < TRACE_INDEX_HEADER) {
        return true;
    }
    if (!read_at(index->fd, header, sizeof header, 0) ||
        !trace_index_read_header(header, sizeof header)) {
        index->ended = true;
        return true;
    }
    struct loading loading = {.index = index,
                              .columns = columns,
                              .text_fd = text_fd,
                              .text_size = text_size,
                              .index_size = (uint64_t)status.st_size};
    enum step step = STEP_TAKEN;
    while (step == STEP_TAKEN) {
        step = take_record(&loading);
    }
    if (loading.any && !verify_lines(&loading.last, text_fd)) {
        step = STEP_FOREIGN;
    }
    free(loading.payload);
    index->ended = step == STEP_DAMAGED || step == STEP_FOREIGN;
    return step != STEP_FOREIGN;
}
