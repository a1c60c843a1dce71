/* Recordings read: whole, cut off, growing, and with an index that is missing or lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support.h"
#include "trace/state.h"

static struct trace_reader *open_reader(const char *dir)
{
    char error[256] = "";
    struct trace_reader *reader = trace_reader_open(dir, error, sizeof error);
    if (!reader) {
        fail_msg("%s", error);
    }
    return reader;
}

static uint64_t count_lines(const uint8_t *text, size_t len)
{
    uint64_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += text[i] == '\n';
    }
    return count;
}

/* Every event by every question, against the lines themselves. */
static void check_against_lines(struct trace_reader *reader, const uint8_t *text, size_t len)
{
    assert_true(trace_reader_count(reader) == count_lines(text, len));
    const char *at = (const char *)text;
    char *line = malloc(len + 1);
    assert_non_null(line);
    for (uint64_t i = 0; i < trace_reader_count(reader); i++) {
        const struct trace_record *record = trace_reader_get(reader, i);
        if (!record) {
            fail_msg("%s", trace_reader_error(reader));
        }
        size_t line_len = trace_line_print(record, line, len + 1);
        assert_memory_equal(line, at, line_len);
        assert_int_equal(at[line_len], '\n');
        at += line_len + 1;
        assert_true(trace_reader_time(reader, i) == record->time);
        assert_true(trace_reader_find(reader, record->id) == i);
    }
    free(line);
    assert_null(trace_reader_get(reader, trace_reader_count(reader)));
    assert_non_null(strstr(trace_reader_error(reader), "no event"));
}

static void an_index_and_a_scan_tell_the_same(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 300, true);
    size_t len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    struct trace_reader *reader = open_reader(dir);
    check_against_lines(reader, text, len);
    assert_true(trace_reader_complete(reader));
    trace_reader_close(reader);

    char path[256];
    snprintf(path, sizeof path, "%s/run.index", dir);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/run.ndjson", dir);
    reader = open_reader(path);
    check_against_lines(reader, text, len);
    assert_true(trace_reader_complete(reader));
    trace_reader_close(reader);
    free(text);
    remove_dir(dir);
}

static bool concerns(const struct trace_scope *scope, const char *a, const char *b)
{
    if (!a && !b) {
        return true;
    }
    if (a && b) {
        return scope->peer && ((!strcmp(scope->host, a) && !strcmp(scope->peer, b)) ||
                               (!strcmp(scope->host, b) && !strcmp(scope->peer, a)));
    }
    const char *host = a ? a : b;
    return !strcmp(scope->host, host) || (scope->peer && !strcmp(scope->peer, host));
}

static void steps_by_pair_and_kind_miss_nothing(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 60, true);
    struct trace_reader *reader = open_reader(dir);
    uint64_t count = trace_reader_count(reader);
    static const char *const pairs[][2] = {{NULL, NULL},     {"alice", "gw"}, {"gw", "alice"},
                                           {"gw", "bob"},    {"gw", NULL},    {NULL, "alice"},
                                           {"alice", "bob"}, {"nobody", NULL}};
    const trace_kinds masks[] = {TRACE_ALL_KINDS, TRACE_KINDS_OF(TRACE_NET_SENT_EVENT),
                                 TRACE_KINDS_OF(TRACE_NET_LOST_EVENT) |
                                     TRACE_KINDS_OF(TRACE_CPU_WORK_EVENT),
                                 TRACE_KINDS_OF(TRACE_IKE_STATE_EVENT), 0};
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
            uint64_t before = UINT64_MAX; /* the last match that was passed */
            for (uint64_t i = 0; i < count; i++) {
                const char *a = pairs[p][0], *b = pairs[p][1];
                uint64_t back = trace_reader_step(reader, i, -1, masks[m], a, b);
                assert_true(back == before);
                const struct trace_record *record = trace_reader_get(reader, i);
                if (!(masks[m] >> record->kind & 1) || !concerns(record->id.scope, a, b)) {
                    continue;
                }
                if (before != UINT64_MAX) {
                    assert_true(trace_reader_step(reader, before, 1, masks[m], a, b) == i);
                }
                before = i;
            }
            if (before != UINT64_MAX) {
                uint64_t end =
                    trace_reader_step(reader, before, 1, masks[m], pairs[p][0], pairs[p][1]);
                assert_true(end == UINT64_MAX);
            }
        }
    }
    trace_reader_close(reader);
    remove_dir(dir);
}

/* Of one pair, a thousand datagrams that are lost, and a turned bit at a few places. */
static void write_rare(const char *dir, const uint64_t *places, size_t count)
{
    char error[256];
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    assert_non_null(writer);
    struct trace_recorder *recorder =
        trace_recorder_new(&(struct trace_recorder_options){.writer = writer});
    struct trace_channel *run = trace_recorder_channel(recorder, "run", NULL);
    struct trace_channel *pair = trace_recorder_channel(recorder, "alice", "gw");
    trace_recorder_emit(recorder, run, 0, (struct trace_ref){0}, TRACE_RUN_BEGIN_EVENT,
                        &(struct trace_run_begin){.format = 1});
    for (uint64_t i = 0, next = 0; i < 1000; i++) {
        bool rare = next < count && places[next] == i;
        next += rare;
        trace_recorder_emit(recorder, pair, i, (struct trace_ref){0},
                            rare ? TRACE_NET_CORRUPTED_EVENT : TRACE_NET_LOST_EVENT,
                            rare ? (const void *)&(struct trace_net_corrupted){.datagram = i}
                                 : &(struct trace_net_lost){.datagram = i});
    }
    trace_recorder_free(recorder);
    assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
}

static void a_rare_kind_is_found_wherever_a_block_begins_or_ends(void **state)
{
    (void)state;
    static const uint64_t cases[][3] = {
        {0, 255, 256}, {256, 511, 999}, {1, 512, 767}, {254, 257, 768}, {255, 512, 998}};
    const trace_kinds rare = TRACE_KINDS_OF(TRACE_NET_CORRUPTED_EVENT);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char *dir = make_dir();
        write_rare(dir, cases[c], 3);
        struct trace_reader *reader = open_reader(dir);
        assert_int_equal(trace_reader_count(reader), 1001);
        for (uint64_t from = 0; from <= 1000; from++) {
            uint64_t next = UINT64_MAX, last = UINT64_MAX;
            for (size_t i = 0; i < 3; i++) {
                uint64_t ordinal = cases[c][i] + 1; /* behind run:begin */
                next = next == UINT64_MAX && ordinal > from ? ordinal : next;
                last = ordinal < from ? ordinal : last;
            }
            assert_true(trace_reader_step(reader, from, 1, rare, "alice", "gw") == next);
            assert_true(trace_reader_step(reader, from, -1, rare, "gw", "alice") == last);
        }
        trace_reader_close(reader);
        remove_dir(dir);
    }
}

static void a_time_finds_the_last_event_at_or_before_it(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 40, true);
    struct trace_reader *reader = open_reader(dir);
    uint64_t count = trace_reader_count(reader);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t time = trace_reader_time(reader, i), found = trace_reader_at(reader, time);
        assert_true(found >= i && trace_reader_time(reader, found) == time);
        assert_true(found + 1 == count || trace_reader_time(reader, found + 1) > time);
        if (found + 1 < count) {
            assert_true(trace_reader_at(reader, trace_reader_time(reader, found + 1) - 1) == found);
        }
    }
    assert_true(trace_reader_at(reader, UINT64_MAX) == count - 1);
    trace_reader_close(reader);
    remove_dir(dir);
}

static void a_recording_cut_off_anywhere_is_readable_to_its_last_whole_line(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 2, true);
    size_t len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    char path[256];
    snprintf(path, sizeof path, "%s/run.ndjson", dir);
    for (size_t cut = len; cut-- > 0;) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        struct trace_reader *reader = open_reader(dir);
        uint64_t count = count_lines(text, cut);
        assert_true(trace_reader_count(reader) == count);
        assert_false(trace_reader_complete(reader));
        if (count > 0) {
            assert_non_null(trace_reader_get(reader, count - 1));
        }
        if (count > 0 && cut % 61 == 0) {
            assert_true(trace_reader_state(reader, count - 1)->events == count);
        }
        trace_reader_close(reader);
    }
    free(text);
    remove_dir(dir);
}

static void a_damaged_index_changes_nothing(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 80, true); /* more than a block */
    size_t len, index_len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    uint8_t *index = read_file(dir, "run.index", &index_len);
    uint64_t count = count_lines(text, len);
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    for (int round = 0; round < 600; round++) {
        seed = seed * 1664525 + 1013904223;
        size_t at = seed % index_len;
        uint8_t *copy = malloc(index_len);
        assert_non_null(copy);
        memcpy(copy, index, index_len);
        copy[at] ^= (uint8_t)(1U << (round % 8));
        /* Every third time it is cut off there too. */
        write_file(dir, "run.index", copy, round % 3 ? index_len : at);
        free(copy);
        struct trace_reader *reader = open_reader(dir);
        assert_true(trace_reader_count(reader) == count);
        assert_true(trace_reader_complete(reader));
        for (uint64_t i = 0; i < count; i += 37) {
            const struct trace_record *record = trace_reader_get(reader, i);
            assert_non_null(record);
            assert_true(trace_reader_find(reader, record->id) == i);
        }
        trace_reader_close(reader);
    }
    free(text);
    free(index);
    remove_dir(dir);
}

static void an_index_with_any_bit_of_its_first_record_turned_changes_nothing(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 80, true);
    size_t len, index_len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    uint8_t *index = read_file(dir, "run.index", &index_len);
    uint64_t count = count_lines(text, len);
    /* The file's header and that of its first record, whose type says what the others mean. */
    for (size_t bit = 0; bit < 32 * 8; bit++) {
        index[bit / 8] ^= (uint8_t)(1U << bit % 8);
        write_file(dir, "run.index", index, index_len);
        index[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct trace_reader *reader = open_reader(dir);
        assert_true(trace_reader_count(reader) == count);
        assert_true(trace_reader_complete(reader));
        trace_reader_close(reader);
    }
    free(text);
    free(index);
    remove_dir(dir);
}

static void an_index_of_another_recording_is_not_believed(void **state)
{
    (void)state;
    char *dir = make_dir(), *other = make_dir();
    write_sample(dir, 200, true);
    write_sample(other, 201, false);
    size_t len, index_len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    uint8_t *index = read_file(other, "run.index", &index_len);
    /* As long as before, but another peer in the middle of the first block. */
    uint8_t *name = memmem(text, len, "\"id\":\"alice/gw#3\"", 17);
    assert_non_null(name);
    name[13] = 'v';
    write_file(dir, "run.ndjson", text, len);
    struct trace_reader *reader = open_reader(dir);
    check_against_lines(reader, text, len);
    trace_reader_close(reader);
    write_file(dir, "run.index", index, index_len);
    reader = open_reader(dir);
    check_against_lines(reader, text, len);
    trace_reader_close(reader);
    free(text);
    free(index);
    remove_dir(dir);
    remove_dir(other);
}

/* An event of alice's dealings with gw at a time. */
static void add(struct trace_writer *writer, const struct trace_scope *scope, uint64_t n,
                uint64_t time)
{
    struct trace_net_lost lost = {.datagram = n, .why = "loss"};
    trace_writer_add(
        writer, &(struct trace_record){
                    .time = time, .kind = TRACE_NET_LOST_EVENT, .id = {scope, n}, .data = &lost});
}

static void add_begin(struct trace_writer *writer, struct trace_scopes *scopes, uint64_t seed)
{
    struct trace_run_begin begin = {.format = 1, .seed = seed};
    trace_writer_add(writer,
                     &(struct trace_record){.kind = TRACE_RUN_BEGIN_EVENT,
                                            .id = {trace_scopes_intern(scopes, "run", NULL), 1},
                                            .data = &begin});
}

static void a_growing_recording_is_followed(void **state)
{
    (void)state;
    char *dir = make_dir(), error[256];
    struct trace_scopes *scopes = trace_scopes_new();
    const struct trace_scope *scope = trace_scopes_intern(scopes, "alice", "gw");
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    assert_non_null(writer);
    struct trace_reader *reader = open_reader(dir);
    assert_true(trace_reader_count(reader) == 0);
    assert_non_null(trace_reader_state(reader, 0));
    add_begin(writer, scopes, 1);
    trace_writer_flush(writer);
    assert_true(trace_reader_refresh(reader) == 1);
    /* Pieces that end within blocks, on their edges and past several of them. */
    const uint64_t pieces[] = {1, 253, 1, 1, 1, 100, 1000, 155, 5000, 1, 3};
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (uint64_t k = 0; k < pieces[i]; k++) {
            n++;
            add(writer, scope, n, n * 10);
        }
        trace_writer_flush(writer);
        assert_true(trace_reader_refresh(reader) == n + 1);
        assert_false(trace_reader_complete(reader));
        assert_true(trace_reader_find(reader, (struct trace_ref){scope, n}) == n);
        assert_true(trace_reader_find(reader, (struct trace_ref){scope, n + 1}) == UINT64_MAX);
        assert_true(trace_reader_time(reader, n) == n * 10);
        assert_true(trace_reader_state(reader, n)->pairs[0].lost == n);
    }
    assert_true(trace_writer_count(writer) == n + 1);
    assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
    assert_true(trace_reader_refresh(reader) == n + 1);

    /* Another run into the same place. */
    writer = trace_writer_open(dir, error, sizeof error);
    add_begin(writer, scopes, 2);
    for (uint64_t k = 1; k <= 2 * n; k++) {
        add(writer, scope, k, k * 7);
    }
    assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
    assert_true(trace_reader_refresh(reader) == 2 * n + 1);
    assert_true(trace_reader_time(reader, 5) == 35);
    assert_true(trace_reader_state(reader, 2 * n)->begin.seed == 2);
    trace_reader_close(reader);
    trace_scopes_free(scopes);
    remove_dir(dir);
}

static void a_line_begun_after_the_end_makes_it_incomplete(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 3, true);
    size_t len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    text[len] = '{'; /* in place of the NUL */
    write_file(dir, "run.ndjson", text, len + 1);
    struct trace_reader *reader = open_reader(dir);
    assert_true(trace_reader_count(reader) == count_lines(text, len));
    assert_false(trace_reader_complete(reader));
    trace_reader_close(reader);
    free(text);
    remove_dir(dir);
}

static void sixty_four_events_stay_valid(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 60, true);
    struct trace_reader *reader = open_reader(dir);
    const struct trace_record *kept = trace_reader_get(reader, 5);
    char before[2048], after[2048];
    trace_line_print(kept, before, sizeof before);
    for (uint64_t i = 10; i < 10 + 64; i++) {
        assert_non_null(trace_reader_get(reader, i));
    }
    trace_line_print(kept, after, sizeof after);
    assert_string_equal(before, after);
    assert_ptr_equal(trace_reader_get(reader, 5), kept);
    trace_reader_close(reader);
    remove_dir(dir);
}

static void events_named_before_they_are_written_are_found(void **state)
{
    (void)state;
    char *dir = make_dir(), error[256];
    struct trace_scopes *scopes = trace_scopes_new();
    const struct trace_scope *scope = trace_scopes_intern(scopes, "alice", "gw");
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    add_begin(writer, scopes, 1);
    for (uint64_t i = 0; i < 400; i++) {
        add(writer, scope, i ^ 5, i);
    }
    assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
    struct trace_reader *reader = open_reader(dir);
    for (uint64_t i = 0; i < 400; i++) {
        assert_true(trace_reader_find(reader, (struct trace_ref){scope, i}) == 1 + (i ^ 5));
    }
    assert_true(trace_reader_find(reader, (struct trace_ref){scope, 500}) == UINT64_MAX);
    trace_reader_close(reader);
    trace_scopes_free(scopes);
    remove_dir(dir);
}

static void a_damaged_line_has_its_place_and_says_why(void **state)
{
    (void)state;
    char *dir = make_dir();
    write_sample(dir, 3, true);
    size_t len;
    uint8_t *text = read_file(dir, "run.ndjson", &len);
    uint8_t *second = (uint8_t *)memchr(text, '\n', len) + 1;
    second[2] = 'T';
    write_file(dir, "run.ndjson", text, len);
    struct trace_reader *reader = open_reader(dir);
    assert_true(trace_reader_count(reader) == count_lines(text, len));
    assert_null(trace_reader_get(reader, 1));
    assert_non_null(strstr(trace_reader_error(reader), "run.ndjson:2: host:declared"));
    assert_non_null(trace_reader_get(reader, 2));
    assert_true(trace_reader_state(reader, 5)->events == 6);
    trace_reader_close(reader);
    free(text);
    remove_dir(dir);
}

static void what_is_no_recording_is_refused(void **state)
{
    (void)state;
    char *dir = make_dir(), error[256];
    static const struct {
        const char *text, *error;
    } rows[] = {{"hello\n", "run.ndjson:1: "},
                {"{\"a\":1}\n", "run.ndjson:1: "},
                {"{\"time\":0,\"name\":\"run:begin\",\"id\":\"run#1\",\"cause\":null,\"data\":{"
                 "\"format\":2,\"version\":null,\"scenario\":null,\"title\":null,\"seed\":1,"
                 "\"keys\":null,\"epoch\":null,\"duration\":0}}\n",
                 "format 2"},
                {"{\"time\":0,\"name\":\"net:lost\",\"id\":\"a/b#1\",\"cause\":null,\"data\":{"
                 "\"datagram\":2,\"copy\":1,\"why\":null}}\n",
                 "run:begin"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(dir, "run.ndjson", rows[i].text, strlen(rows[i].text));
        assert_null(trace_reader_open(dir, error, sizeof error));
        if (!strstr(error, rows[i].error)) {
            fail_msg("\"%s\" does not say \"%s\"", error, rows[i].error);
        }
    }
    remove_dir(dir);
    assert_null(trace_reader_open("/nonexistent/run", error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent/run: No such file"));
}

static void a_full_disk_is_told_at_the_end(void **state)
{
    (void)state;
    char *dir = make_dir(), error[256] = "", path[256];
    struct trace_scopes *scopes = trace_scopes_new();
    snprintf(path, sizeof path, "%s/run.ndjson", dir);
    assert_int_equal(symlink("/dev/full", path), 0);
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    assert_non_null(writer);
    add_begin(writer, scopes, 1);
    assert_int_equal(trace_writer_close(writer, error, sizeof error), -1);
    assert_non_null(strstr(error, "run.ndjson: No space left"));
    trace_scopes_free(scopes);
    remove_dir(dir);
    assert_null(trace_writer_open("/nonexistent/dir", error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent/dir: No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_and_a_scan_tell_the_same),
        cmocka_unit_test(steps_by_pair_and_kind_miss_nothing),
        cmocka_unit_test(a_rare_kind_is_found_wherever_a_block_begins_or_ends),
        cmocka_unit_test(a_time_finds_the_last_event_at_or_before_it),
        cmocka_unit_test(a_recording_cut_off_anywhere_is_readable_to_its_last_whole_line),
        cmocka_unit_test(a_damaged_index_changes_nothing),
        cmocka_unit_test(an_index_with_any_bit_of_its_first_record_turned_changes_nothing),
        cmocka_unit_test(an_index_of_another_recording_is_not_believed),
        cmocka_unit_test(a_growing_recording_is_followed),
        cmocka_unit_test(a_line_begun_after_the_end_makes_it_incomplete),
        cmocka_unit_test(sixty_four_events_stay_valid),
        cmocka_unit_test(events_named_before_they_are_written_are_found),
        cmocka_unit_test(a_damaged_line_has_its_place_and_says_why),
        cmocka_unit_test(what_is_no_recording_is_refused),
        cmocka_unit_test(a_full_disk_is_told_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
