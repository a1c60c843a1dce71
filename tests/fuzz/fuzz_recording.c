/* A recording, which may be cut off or damaged: lines alone, or with an index beside them. The
 * first two octets are the length of the lines; what follows them is the index, if there is more.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "trace/reader.h"

static const char *directory(void)
{
    static char text[64];

    if (!text[0]) {
        snprintf(text, sizeof(text), "/dev/shm/ikesim-fuzz-%ld", (long)getpid());
        mkdir(text, 0700);
    }
    return text;
}

static void write_file(const char *name, const uint8_t *octets, size_t len)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory(), name);
    file = fopen(path, "wb");
    if (!file) {
        abort();
    }
    fwrite(octets, 1, len, file);
    fclose(file);
}

static void clean_up(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/run.ndjson", directory());
    unlink(path);
    snprintf(path, sizeof(path), "%s/run.index", directory());
    unlink(path);
    rmdir(directory());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t lines_len, index_len;
    uint16_t cut = fuzz_u16(&input);
    uint8_t *lines = fuzz_block(&input, cut, &lines_len);
    uint8_t *index = fuzz_block(&input, 65536, &index_len);
    struct trace_reader *reader;
    char error[256] = "";

    mkdir(directory(), 0700);
    write_file("run.ndjson", lines, lines_len);
    if (index_len) {
        write_file("run.index", index, index_len);
    }
    reader = trace_reader_open(directory(), error, sizeof(error));
    assert(reader || error[0]);
    if (reader) {
        uint64_t count = trace_reader_count(reader);

        for (uint64_t i = 0; i < count && i < 200; i++) {
            const struct trace_record *record = trace_reader_get(reader, i);

            if (record && record->id.scope) {
                trace_reader_find(reader, record->id);
            }
        }
        trace_reader_step(reader, 0, 1, TRACE_ALL_KINDS, "alice", "gw");
        trace_reader_refresh(reader);
        trace_reader_close(reader);
    }
    clean_up();
    free(index);
    free(lines);
    return 0;
}
