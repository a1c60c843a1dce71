/* Time series: what is counted where, and series.csv read back, also while it grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/record.h"
#include "trace/recorder.h"
#include "trace/series_reader.h"

#define S UINT64_C(1000000000)

static char dir[] = "/tmp/ikesim-series-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/series.csv", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

/* Two hosts with rows of their own, beside those of all. */
struct stage {
    struct trace_series *series;
    struct trace_recorder *recorder;
    struct trace_channel *alice, *gw;
};

static void ask(void *context, const char *host, uint64_t now, struct trace_series_gauges *gauges)
{
    (void)context;
    *gauges = (struct trace_series_gauges){
        .cores = host ? 2 : 4,
        .cpu_busy = now / 2 * (host ? 2 : 4), /* half of what there is */
        .queue = host ? 3 : 6,
        .queue_max = 5,
        .packets_sent = now / S * 10,
        .packets_lost = now / S,
    };
}

static struct stage begin(void)
{
    static const char *const hosts[] = {"alice", "gw"};
    char error[200];
    struct stage stage = {
        .series = trace_series_open(
            &(struct trace_series_options){
                .dir = dir, .every = S, .hosts = hosts, .host_count = 2, .ask = ask},
            error, sizeof error),
    };
    assert_non_null(stage.series);
    stage.recorder = trace_recorder_new(&(struct trace_recorder_options){.series = stage.series});
    stage.alice = trace_recorder_channel(stage.recorder, "alice", "gw");
    stage.gw = trace_recorder_channel(stage.recorder, "gw", "alice");
    return stage;
}

static void finish(struct stage *stage, uint64_t end)
{
    char error[200];
    assert_int_equal(trace_series_close(stage->series, end, error, sizeof error), 0);
    trace_recorder_end_series(stage->recorder);
    trace_recorder_free(stage->recorder);
}

static void emit(struct stage *stage, struct trace_channel *channel, uint64_t time,
                 enum trace_kind kind, const void *data)
{
    trace_recorder_emit(stage->recorder, channel, time, (struct trace_ref){0}, kind, data);
}

static void state_of(struct stage *stage, struct trace_channel *channel, uint64_t time,
                     const char *role, const char *from, const char *to)
{
    emit(stage, channel, time, TRACE_IKE_STATE_EVENT,
         &(struct trace_ike_state){.role = role, .from = from, .to = to});
}

static struct trace_series_reader *reopen(void)
{
    char error[200];
    struct trace_series_reader *reader = trace_series_reader_open(dir, error, sizeof error);
    assert_non_null(reader);
    trace_series_reader_poll(reader);
    return reader;
}

static uint64_t value(const struct trace_series_reader *reader, size_t row,
                      enum trace_series_column column)
{
    return trace_series_reader_row(reader, row)->values[column];
}

static void an_ike_sa_counts_at_each_end_and_once_for_all(void **state)
{
    struct stage stage = begin();
    (void)state;
    emit(&stage, stage.alice, 1, TRACE_HOST_ORDER_EVENT,
         &(struct trace_host_order){.order = "initiate"});
    state_of(&stage, stage.alice, 2, "initiator", "NONE", "INIT_SENT");
    state_of(&stage, stage.gw, 3, "responder", "NONE", "INIT_DONE");
    state_of(&stage, stage.gw, 4, "responder", "INIT_DONE", "ESTABLISHED");
    state_of(&stage, stage.alice, 5, "initiator", "INIT_SENT", "AUTH_SENT");
    trace_series_turn(stage.series);
    state_of(&stage, stage.alice, S + 1, "initiator", "AUTH_SENT", "ESTABLISHED");
    /* A rekey makes a new one, which is no attempt and no set-up. */
    state_of(&stage, stage.alice, S + 2, "initiator", "NONE", "ESTABLISHED");
    state_of(&stage, stage.alice, S + 3, "initiator", "ESTABLISHED", "DELETING");
    emit(&stage, stage.alice, S + 3, TRACE_IKE_SA_REKEYED_EVENT,
         &(struct trace_ike_sa_rekeyed){.role = "initiator"});
    emit(&stage, stage.gw, S + 3, TRACE_IKE_SA_REKEYED_EVENT,
         &(struct trace_ike_sa_rekeyed){.role = "responder"});
    state_of(&stage, stage.alice, S + 4, "initiator", "DELETING", "CLOSED");
    finish(&stage, 2 * S);

    struct trace_series_reader *reader = reopen();
    assert_int_equal(trace_series_reader_count(reader), 6);
    for (size_t i = 0; i < 6; i++) {
        static const char *const names[] = {"*", "alice", "gw"};
        assert_string_equal(trace_series_reader_row(reader, i)->host, names[i % 3]);
        assert_int_equal(trace_series_reader_row(reader, i)->time, (i / 3 + 1) * S);
    }
    static const struct {
        enum trace_series_column column;
        uint64_t expected[6];
    } columns[] = {
        {TRACE_SERIES_ATTEMPTS, {1, 1, 1, 0, 0, 0}},
        {TRACE_SERIES_SETUPS, {0, 0, 1, 1, 1, 0}},
        {TRACE_SERIES_HALF_OPEN, {1, 1, 0, 0, 0, 0}},
        {TRACE_SERIES_ESTABLISHED, {0, 0, 1, 1, 1, 1}},
        {TRACE_SERIES_IKE_REKEYS, {0, 0, 0, 1, 1, 1}},
        {TRACE_SERIES_SETUP_MAX, {0, 0, 0, S, S, 0}},
        {TRACE_SERIES_CPU_PERMILLE, {500, 500, 500, 500, 500, 500}},
        {TRACE_SERIES_QUEUE, {6, 3, 3, 6, 3, 3}},
        {TRACE_SERIES_PACKETS_SENT, {10, 10, 10, 10, 10, 10}},
        {TRACE_SERIES_PACKETS_LOST, {1, 1, 1, 1, 1, 1}},
    };
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t i = 0; i < 6; i++) {
            if (value(reader, i, columns[c].column) != columns[c].expected[i]) {
                fail_msg("%s of row %zu is %llu", trace_series_names[columns[c].column], i,
                         (unsigned long long)value(reader, i, columns[c].column));
            }
        }
    }
    trace_series_reader_close(reader);
}

static void events_of_a_work_item_count_when_it_is_done(void **state)
{
    struct stage stage = begin();
    struct trace_batch batch = {0};
    (void)state;
    trace_batch_emit(&batch, stage.alice, (struct trace_ref){0}, TRACE_ESP_SENT_EVENT,
                     &(struct trace_esp_sent){.child = "net"});
    trace_series_turn(stage.series);
    trace_batch_commit(stage.recorder, &batch, S + 1);
    trace_batch_dispose(&batch);
    finish(&stage, 2 * S);
    struct trace_series_reader *reader = reopen();
    assert_int_equal(value(reader, 0, TRACE_SERIES_ESP_SENT), 0);
    assert_int_equal(value(reader, 3, TRACE_SERIES_ESP_SENT), 1);
    assert_int_equal(value(reader, 4, TRACE_SERIES_ESP_SENT), 1);
    assert_int_equal(value(reader, 5, TRACE_SERIES_ESP_SENT), 0);
    trace_series_reader_close(reader);
}

static void a_reader_sees_whole_rows_of_a_file_that_grows(void **state)
{
    char error[200];
    (void)state;
    FILE *out = fopen(path, "w");
    /* Columns in another order, and one of another version. */
    fputs("host,later,time_ns,setups\n*,7,1000", out);
    fflush(out);
    struct trace_series_reader *reader = trace_series_reader_open(dir, error, sizeof error);
    assert_non_null(reader);
    assert_int_equal(trace_series_reader_poll(reader), 0);
    fputs(",3\n*,7,2000,x\n*,7,2000,4\ngw,7,", out);
    fflush(out);
    assert_int_equal(trace_series_reader_poll(reader), 2); /* 'x' is no number: passed over */
    assert_int_equal(trace_series_reader_row(reader, 0)->time, 1000);
    assert_int_equal(value(reader, 0, TRACE_SERIES_SETUPS), 3);
    assert_int_equal(value(reader, 1, TRACE_SERIES_SETUPS), 4);
    fputs("2000,5\n", out);
    fclose(out);
    unlink(path); /* who has it open reads on */
    assert_int_equal(trace_series_reader_poll(reader), 1);
    assert_string_equal(trace_series_reader_row(reader, 2)->host, "gw");
    trace_series_reader_close(reader);
}

static void what_is_no_series_is_refused(void **state)
{
    static const char *const wrong[] = {"", "time_ns,setups\n", "host,setups\n", "time_ns,host"};
    char error[200];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FILE *out = fopen(path, "w");
        fputs(wrong[i], out);
        fclose(out);
        assert_null(trace_series_reader_open(dir, error, sizeof error));
        assert_non_null(strstr(error, "series.csv: is no time series"));
    }
    unlink(path);
    assert_null(trace_series_reader_open(dir, error, sizeof error));
    assert_non_null(strstr(error, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_counts_at_each_end_and_once_for_all),
        cmocka_unit_test(events_of_a_work_item_count_when_it_is_done),
        cmocka_unit_test(a_reader_sees_whole_rows_of_a_file_that_grows),
        cmocka_unit_test(what_is_no_series_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
