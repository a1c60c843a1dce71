/*
 * The terminal screens on a recording of a million events of 10,000 pairs: opening it, and from a
 * key to the finished frame, of 200 x 50 characters, on each screen. Everything but handing the
 * frame to the terminal. And what memory that takes, of the whole and of half of it.
 *   bench_term        makes such a recording
 *   bench_term DIR    looks at one that is there
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "trace/recorder.h"
#include "ui/term/view.h"

enum { PAIRS = 10000, ROUNDS = 25, KEYS = 41, WIDTH = 200, HEIGHT = 50 };
#define MS UINT64_C(1000000)

static const struct trace_ref none;
static char dir[] = "/tmp/ikesim-bench-XXXXXX";

/* ---- the recording ---- */

struct maker {
    struct trace_recorder *recorder;
    struct trace_channel *host[PAIRS][2], *about[PAIRS][2];
    struct trace_ref net[PAIRS]; /* what is on its way */
};

static struct trace_ref emit(struct maker *maker, struct trace_channel *channel, uint64_t time,
                             struct trace_ref cause, enum trace_kind kind, const void *data)
{
    return trace_recorder_emit(maker->recorder, channel, time, cause, kind, data);
}

static void declare(struct maker *maker, int pair)
{
    for (int side = 0; side < 2; side++) {
        char name[32], peer[32], address[32];
        snprintf(name, sizeof name, "%s-%d", side == 0 ? "alice" : "gw", pair);
        snprintf(peer, sizeof peer, "%s-%d", side == 0 ? "gw" : "alice", pair);
        snprintf(address, sizeof address, "10.%d.%d.%d", side, pair / 250, pair % 250);
        maker->host[pair][side] = trace_recorder_channel(maker->recorder, name, NULL);
        maker->about[pair][side] = trace_recorder_channel(maker->recorder, name, peer);
        emit(maker, maker->host[pair][side], 0, none, TRACE_HOST_DECLARED_EVENT,
             &(struct trace_host_declared){.address = address,
                                           .identity = name,
                                           .connects_to = side == 0 ? peer : NULL,
                                           .networks = "10.0.0.0/8"});
    }
}

/* A message leaves. */
static void say(struct maker *maker, int pair, int round, uint64_t time)
{
    static uint8_t bytes[120];
    int side = round % 2;
    bool init = round < 2;
    bytes[0] = (uint8_t)pair;
    struct trace_ref sent =
        emit(maker, maker->about[pair][side], time, none, TRACE_IKE_MESSAGE_SENT_EVENT,
             &(struct trace_ike_message_sent){.spi_i = (uint64_t)pair + 1,
                                              .spi_r = 7,
                                              .exchange = init ? "IKE_SA_INIT" : "INFORMATIONAL",
                                              .message_id = (uint64_t)round / 2,
                                              .response = side == 1,
                                              .initiator = side == 0,
                                              .length = sizeof bytes,
                                              .payloads = init ? "SA KE Ni" : "SK{}",
                                              .transmission = 1});
    maker->net[pair] = emit(maker, maker->about[pair][side], time, sent, TRACE_NET_SENT_EVENT,
                            &(struct trace_net_sent){.datagram = (uint64_t)round / 2 + 1,
                                                     .source = "10.0.0.1",
                                                     .destination = "10.1.0.1",
                                                     .protocol = 17,
                                                     .source_port = 500,
                                                     .destination_port = 500,
                                                     .bytes = {bytes, sizeof bytes}});
}

/* It arrives and is taken. */
static void hear(struct maker *maker, int pair, int round, uint64_t time)
{
    int side = 1 - round % 2;
    uint64_t number = (uint64_t)round / 2;
    struct trace_ref arrived =
        emit(maker, maker->about[pair][side], time, maker->net[pair], TRACE_NET_DELIVERED_EVENT,
             &(struct trace_net_delivered){
                 .datagram = number + 1, .copy = 1, .delay = 50 * MS, .sent = maker->net[pair]});
    emit(maker, maker->about[pair][side], time, arrived, TRACE_IKE_MESSAGE_RECEIVED_EVENT,
         &(struct trace_ike_message_received){.spi_i = (uint64_t)pair + 1,
                                              .spi_r = 7,
                                              .exchange = "INFORMATIONAL",
                                              .message_id = number,
                                              .response = side == 0,
                                              .length = 120,
                                              .payloads = "SK{}"});
}

static int make(int rounds)
{
    char error[256];
    static struct maker maker;
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    if (!writer) {
        return -1;
    }
    maker.recorder = trace_recorder_new(&(struct trace_recorder_options){.writer = writer});
    struct trace_channel *run = trace_recorder_channel(maker.recorder, "run", NULL);
    emit(&maker, run, 0, none, TRACE_RUN_BEGIN_EVENT,
         &(struct trace_run_begin){.format = 1,
                                   .version = "bench",
                                   .scenario = "bench",
                                   .title = "A million events",
                                   .keys = "fresh",
                                   .epoch = "2025-01-01T00:00:00Z",
                                   .duration = ROUNDS * (100 * MS)});
    for (int pair = 0; pair < PAIRS; pair++) {
        declare(&maker, pair);
    }
    for (int round = 0; round < rounds; round++) {
        uint64_t begin = (uint64_t)round * (100 * MS);
        for (int pair = 0; pair < PAIRS; pair++) {
            say(&maker, pair, round, begin + (uint64_t)pair * 4000);
        }
        for (int pair = 0; pair < PAIRS; pair++) {
            hear(&maker, pair, round, begin + 50 * MS + (uint64_t)pair * 4000);
        }
    }
    emit(&maker, run, (uint64_t)rounds * (100 * MS), none, TRACE_RUN_END_EVENT,
         &(struct trace_run_end){
             .events = trace_writer_count(writer) + 1, .reason = "complete", .hash = "0"});
    trace_recorder_free(maker.recorder);
    return trace_writer_close(writer, error, sizeof error);
}

static void clean_up(void)
{
    static const char *const files[] = {"run.ndjson", "run.index"};
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(dir);
}

/* ---- the keys ---- */

static double frame(struct app *app, struct grid *grid, enum action action)
{
    uint64_t begin = bench_now();
    app_act(app, action);
    app_prepare(app);
    view_screen(app, grid);
    return (double)(bench_now() - begin) / 1e6;
}

static void measure(struct app *app, struct grid *grid, const char *what, enum action action,
                    bool print)
{
    double times[KEYS];
    frame(app, grid, action); /* what a screen makes once is not what a key costs */
    for (int i = 0; i < KEYS; i++) {
        times[i] = frame(app, grid, action);
    }
    double median = bench_median(times, KEYS);
    if (print) {
        printf("    %-34s %7.2f ms, at worst %7.2f ms\n", what, median, times[KEYS - 1]);
    }
}

static void jumps(struct app *app, struct grid *grid, bool print)
{
    double times[KEYS];
    for (int i = 0; i < KEYS; i++) {
        uint64_t begin = bench_now();
        model_seek(app->model, app->model->count / KEYS * (uint64_t)(i * 17 % KEYS));
        app_prepare(app);
        view_screen(app, grid);
        times[i] = (double)(bench_now() - begin) / 1e6;
    }
    double median = bench_median(times, KEYS);
    if (print) {
        printf("    %-34s %7.2f ms, at worst %7.2f ms\n", "a jump anywhere", median,
               times[KEYS - 1]);
    }
}

static void measure_all(struct app *app, struct grid *grid, bool print)
{
    static const struct {
        enum action screen, action;
        const char *what;
    } keys[] = {
        {ACTION_SCREEN_LADDER, ACTION_EVENT_ON, "Ladder: one event on"},
        {ACTION_SCREEN_LADDER, ACTION_EVENT_BACK, "Ladder: one event back"},
        {ACTION_SCREEN_LADDER, ACTION_MESSAGE_BACK, "Ladder: one message back"},
        {ACTION_SCREEN_MESSAGE, ACTION_DOWN, "Message: one field down"},
        {ACTION_SCREEN_KEYS, ACTION_EVENT_ON, "Keys: one event on"},
        {ACTION_SCREEN_WINDOW, ACTION_EVENT_BACK, "Window: one event back"},
        {ACTION_SCREEN_NETWORK, ACTION_EVENT_ON, "Network: one event on"},
        {ACTION_SCREEN_OVERVIEW, ACTION_DOWN, "Overview: one pair down"},
        {ACTION_SCREEN_OVERVIEW, ACTION_EVENT_ON, "Overview: one event on"},
        {ACTION_SCREEN_OVERVIEW, ACTION_SORT, "Overview: sorted anew"},
        {ACTION_SCREEN_STORM, ACTION_EVENT_ON, "Storm: one event on"},
        {ACTION_SCREEN_STORM, ACTION_DOWN, "Storm: one figure down"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        app_act(app, keys[i].screen);
        app_prepare(app);
        measure(app, grid, keys[i].what, keys[i].action, print);
    }
    app_act(app, ACTION_SCREEN_LADDER);
    jumps(app, grid, print);
}

/* Frames a second while it plays, as fast as they can be made. */
static void play(struct app *app, struct grid *grid, enum action screen)
{
    enum { FRAMES = 300 };
    app_act(app, screen);
    model_seek(app->model, app->model->count / 3);
    app->model->playing = true;
    uint64_t begin = bench_now();
    for (int i = 0; i < FRAMES; i++) {
        model_advance(app->model, 16 * MS);
        app_prepare(app);
        view_screen(app, grid);
    }
    double seconds = (double)(bench_now() - begin) / 1e9;
    app->model->playing = false;
    printf("    %-34s %7.0f frames a second\n",
           screen == ACTION_SCREEN_STORM ? "Storm, playing" : "Ladder, playing", FRAMES / seconds);
}

/* Resident now, in KiB. */
static long resident(void)
{
    long pages = 0, rest;
    FILE *in = fopen("/proc/self/statm", "r");
    if (in) {
        pages = fscanf(in, "%ld %ld", &rest, &pages) == 2 ? pages : 0;
        fclose(in);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* In a process of its own, so that memory is that of looking alone. */
static int look(const char *path, bool all)
{
    char error[256];
    struct crypto_context *crypto = crypto_context_new(error, sizeof error);
    long before = resident();
    uint64_t begin = bench_now();
    struct trace_reader *reader = crypto ? trace_reader_open(path, error, sizeof error) : NULL;
    double opened = (double)(bench_now() - begin) / 1e6;
    long index = resident() - before;
    if (!reader) {
        fprintf(stderr, "bench_term: %s\n", error);
        return 1;
    }
    struct model *model = model_new(reader, crypto);
    struct trace_series_reader *series = trace_series_reader_open(path, error, sizeof error);
    struct app app;
    app_init(&app, model);
    app.series = series;
    struct grid *grid = grid_new(WIDTH, HEIGHT, false);
    model_seek(model, model->count / 2);
    double first = frame(&app, grid, ACTION_NONE);
    if (all) {
        printf("screens of %d x %d on %llu events\n", WIDTH, HEIGHT,
               (unsigned long long)model->count);
        printf("    %-34s %7.0f ms\n    %-34s %7.0f ms\n", "opened by its index", opened,
               "the first frame, in the middle", first);
    }
    measure_all(&app, grid, all);
    if (all) {
        play(&app, grid, ACTION_SCREEN_LADDER);
        play(&app, grid, ACTION_SCREEN_STORM);
    }
    printf("    memory of %8llu events: index %5.1f MiB (%.0f octets an event), all keys above it "
           "%5.1f MiB\n",
           (unsigned long long)model->count, (double)index / 1024,
           (double)index * 1024 / (double)model->count,
           (double)(resident() - before - index) / 1024);
    grid_free(grid);
    app_dispose(&app);
    model_free(model);
    trace_series_reader_close(series);
    crypto_context_free(crypto);
    trace_reader_close(reader);
    return 0;
}

static int in_child(int (*run)(int), int argument)
{
    int status = 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int result = run(argument);
        fflush(stdout);
        _exit(result);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

static int look_at_all(int all)
{
    return look(dir, all != 0);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        return look(argv[1], true);
    }
    if (!mkdtemp(dir)) {
        fprintf(stderr, "bench_term: no directory %s can be made\n", dir);
        return 1;
    }
    /* The whole one, then of half as many events, whose screens need as much. */
    int status = in_child(make, ROUNDS) || in_child(look_at_all, true) ||
                 in_child(make, ROUNDS / 2) || in_child(look_at_all, false);
    clean_up();
    return status;
}
