#include "ui/cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/scenario/estimate.h"
#include "trace/export.h"
#include "ui/cli/options.h"
#include "ui/cli/progress.h"
#include "ui/cli/room.h"
#include "ui/cli/summary.h"

/* Events between two looks at the clock and at signals: some tens of milliseconds. */
#define SLICE 1000

/* Wall-clock seconds after which what was recorded is handed to the files, for who watches them. */
#define FLUSH_EVERY 0.25

static volatile sig_atomic_t ended_by;

static void on_signal(int number)
{
    ended_by = number;
}

void run_result_dispose(struct run_result *result)
{
    free(result->verdicts);
    free(result->flows);
    free(result->cpus);
    *result = (struct run_result){0};
}

/* ---- the directory ---- */

/* Everything that a run writes, and no more. */
static const char *const result_files[] = {
    "scenario.yaml",
    "run.ndjson",
    "run.index",
    "series.csv",
    "run.pcapng",
    "run.pcapng.new", /* while it is written */
    "summary.json",
    "wireshark/preferences",
    "wireshark/ikev2_decryption_table",
    "wireshark/esp_sa",
};

#define RESULT_FILES (sizeof result_files / sizeof *result_files)

static void remove_result(const char *dir)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < RESULT_FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, result_files[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/wireshark", dir);
    rmdir(path);
}

/* The directories above `dir`; what fails shows when `dir` itself is made. */
static void make_parents(const char *dir)
{
    char *path = strdup(dir);
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    free(path);
}

/* Keeps other runs out of the directory until *lock is closed. Where the file system has no locks,
 * nothing does. */
static int lock_directory(const char *dir, int *lock, char *error, size_t cap)
{
    *lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        snprintf(error, cap, "another run is writing to '%s'; expected one at a time", dir);
        return -1;
    }
    return 0;
}

/* A file of that name may be somebody's scenario: only an empty place, or --force, lets us write.
 */
static int make_directory(const char *dir, bool overwrite, int *lock, char *error, size_t cap)
{
    struct stat st;
    char path[PATH_MAX];
    if (strlen(dir) + sizeof "/wireshark/ikev2_decryption_table" > sizeof path) {
        snprintf(error, cap, "the name of the directory is too long");
        return -1;
    }
    make_parents(dir);
    bool made = mkdir(dir, 0777) == 0;
    int why = errno;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        snprintf(error, cap, "'%s' cannot be made a directory: %s", dir, strerror(why));
        return -1;
    }
    if (lock_directory(dir, lock, error, cap) != 0) {
        return -1;
    }
    if (made) {
        return 0;
    }
    for (size_t i = 0; i < RESULT_FILES && !overwrite; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, result_files[i]);
        if (access(path, F_OK) == 0) {
            snprintf(error, cap, "%s is there already; --force replaces a result", path);
            return -1;
        }
    }
    /* Nothing of an old result must stand beside a new one that was cut off. */
    remove_result(dir);
    return 0;
}

static int write_text(const char *dir, const char *name, const char *text, char *error, size_t cap)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    bool written = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0) {
        written = false;
    }
    if (!written) {
        snprintf(error, cap, "%s: cannot be written: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int export_captures(const char *dir, bool both_ends, char *error, size_t cap)
{
    char path[PATH_MAX];
    struct trace_reader *reader = trace_reader_open(dir, error, cap);
    if (!reader) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/run.pcapng", dir);
    int result = trace_export_pcapng(reader, path, both_ends, error, cap);
    if (result == 0) {
        snprintf(path, sizeof path, "%s/wireshark", dir);
        result = trace_export_wireshark(reader, path, error, cap);
    }
    trace_reader_close(reader);
    return result;
}

char *run_make_temporary(char *error, size_t cap)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = NULL;
    if (asprintf(&dir, "%s/ikesim-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0) {
        abort();
    }
    if (!mkdtemp(dir)) {
        snprintf(error, cap, "%s: cannot be made: %s", dir, strerror(errno));
        free(dir);
        return NULL;
    }
    return dir;
}

void run_remove_temporary(char *dir)
{
    remove_result(dir);
    rmdir(dir);
    free(dir);
}

/* ---- the run ---- */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

#define ENDING_SIGNALS (sizeof ending_signals / sizeof *ending_signals)

/* The first signal ends the run in order, or what is written behind it is written to its end; the
 * second one ends the process. What is ignored (nohup, a job in the background) stays ignored. */
static void catch_signals(struct sigaction before[ENDING_SIGNALS])
{
    ended_by = 0;
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        sigaction(ending_signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) {
            sigaction(ending_signals[i], &action, NULL);
        }
    }
}

static void release_signals(const struct sigaction before[ENDING_SIGNALS])
{
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        sigaction(ending_signals[i], &before[i], NULL);
    }
}

static void run_to_end(struct world *world, const struct scenario *scenario,
                       struct trace_writer *writer, struct progress *progress,
                       struct run_result *result)
{
    double begin = progress_clock(), last = begin;
    progress_begin(progress, progress->wanted, begin);
    while (!world_done(world) && !ended_by && !(writer && trace_writer_failed(writer))) {
        world_run(world, scenario->duration, SLICE);
        double now = progress_clock();
        if (now - last >= FLUSH_EVERY) {
            last = now;
            progress_show(progress, world_now(world), scenario->duration, world_executed(world),
                          now);
            if (writer) {
                trace_writer_flush(writer);
            }
            world_flush(world);
        }
    }
    result->signal = world_done(world) ? 0 : ended_by;
    result->seconds = progress_clock() - begin;
}

static void take_percentiles(const struct trace_histogram *histogram, uint64_t out[3])
{
    if (histogram) {
        out[0] = trace_histogram_percentile(histogram, 500);
        out[1] = trace_histogram_percentile(histogram, 990);
        out[2] = histogram->max;
    }
}

static void take_flows(const struct packets *packets, struct run_result *result)
{
    result->flow_count = packets_flow_count(packets);
    result->flows = calloc(result->flow_count + 1, sizeof *result->flows);
    if (!result->flows) {
        abort();
    }
    for (size_t i = 0; i < result->flow_count; i++) {
        struct run_flow *flow = &result->flows[i];
        flow->packets = *packets_flow(packets, i);
        take_percentiles(flow->packets.delay, flow->delay);
        take_percentiles(flow->packets.round_trip, flow->round_trip);
        flow->packets.delay = flow->packets.round_trip = NULL;
    }
}

static void take_cpus(const struct world *world, const struct scenario *scenario,
                      struct run_result *result)
{
    result->cpu_count = scenario->series.host_count;
    result->cpus = calloc(result->cpu_count + 1, sizeof *result->cpus);
    if (!result->cpus) {
        abort();
    }
    for (size_t i = 0; i < result->cpu_count; i++) {
        struct run_cpu *cpu = &result->cpus[i];
        const struct cpu_figures *figures = world_cpu(world, scenario->series.hosts[i]);
        cpu->host = scenario->series.hosts[i];
        for (int class = 0; class < CPU_CLASSES; class ++) {
            cpu->classes[class].taken = figures->waits[class].count;
            cpu->classes[class].refused = figures->refused[class];
            take_percentiles(&figures->waits[class], cpu->classes[class].wait);
        }
    }
}

static void take_result(const struct world *world, const struct scenario *scenario,
                        struct run_result *result)
{
    result->seed = scenario->seed;
    result->virtual_time = world_now(world);
    result->events = world_executed(world);
    result->hash = world_hash(world);
    result->expectations = scenario->expect_count;
    result->memory = world_memory(world);
    take_flows(observer_packets(world_observer(world)), result);
    take_cpus(world, scenario, result);
    for (size_t i = 0; i < SCENARIO_COUNT_COUNT; i++) {
        result->counts[i] = observer_count(world_observer(world), (enum scenario_count)i, NULL);
    }
    result->verdicts = calloc(scenario->expect_count + 1, sizeof *result->verdicts);
    if (!result->verdicts) {
        abort();
    }
    for (size_t i = 0; i < scenario->expect_count; i++) {
        struct run_verdict *verdict = &result->verdicts[i];
        const char *why;
        verdict->holds = world_expectation(world, i, &why);
        verdict->line = scenario->expects[i].line;
        snprintf(verdict->text, sizeof verdict->text, "%s", scenario->expects[i].text);
        snprintf(verdict->why, sizeof verdict->why, "%s", why);
    }
}

static int run_world(const struct scenario *scenario, const char *dir,
                     const struct run_options *options, struct trace_writer *writer,
                     struct progress *progress, struct run_result *result, char *error, size_t cap)
{
    struct world_options world_options = {.writer = writer,
                                          .only = options->only,
                                          .series_dir = options->only ? NULL : dir,
                                          .threads = options->threads};
    struct world *world = world_new(scenario, &world_options, error, cap);
    if (!world) {
        return -1;
    }
    run_to_end(world, scenario, writer, progress, result);
    result->failed = world_finish(world, result->signal != 0);
    take_result(world, scenario, result);
    int status = world_series_written(world, error, cap);
    result->foreseen_memory = estimate_memory(scenario).octets;
    result->peak_memory = room_peak();
    world_free(world);
    return status;
}

/* What stands beside the recording, made from it. */
static int write_rest(const struct scenario *scenario, const char *dir,
                      const struct run_options *options, const struct run_result *result,
                      char *error, size_t cap)
{
    if (export_captures(dir, options->both_ends, error, cap) != 0) {
        return -1;
    }
    char *json = summary_json(scenario, result, dir);
    int status = write_text(dir, "summary.json", json, error, cap);
    free(json);
    return status;
}

/* Into the directory that is there; `dir` NULL: into none. */
static int run_into(const struct scenario *scenario, const char *dir,
                    const struct run_options *options, struct run_result *result, char *error,
                    size_t cap)
{
    struct progress progress = {.wanted = options->progress};
    struct trace_writer *writer = NULL;
    bool all = dir && !options->recording_only;
    if (all) {
        char *text = scenario_print(scenario);
        int written = write_text(dir, "scenario.yaml", text, error, cap);
        free(text);
        if (written != 0) {
            return -1;
        }
    }
    if (dir) {
        writer = trace_writer_open(dir, error, cap);
        if (!writer) {
            return -1;
        }
    }
    int status = run_world(scenario, dir, options, writer, &progress, result, error, cap);
    char why[200];
    if (writer && trace_writer_close(writer, why, sizeof why) != 0) {
        snprintf(error, cap, "%s/%s", dir, why);
        status = -1;
    }
    if (status == 0 && all) {
        progress_say(&progress, "writing run.pcapng");
        status = write_rest(scenario, dir, options, result, error, cap);
    }
    progress_say(&progress, "");
    if (status != 0) {
        run_result_dispose(result);
    }
    return status;
}

int run_scenario(const struct scenario *scenario, const char *dir,
                 const struct run_options *options, struct run_result *result, char *error,
                 size_t cap)
{
    *result = (struct run_result){0};
    if (room_check(scenario, options->memory, error, cap) != 0) {
        return -1;
    }
    int lock = -1;
    int status = dir ? make_directory(dir, options->overwrite, &lock, error, cap) : 0;
    if (status == 0) {
        struct sigaction before[ENDING_SIGNALS];
        catch_signals(before);
        status = run_into(scenario, dir, options, result, error, cap);
        release_signals(before);
    }
    if (lock >= 0) {
        close(lock);
    }
    return status;
}
