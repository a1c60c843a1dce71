#include "ui/cli/run.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/scenario/estimate.h"
#include "trace/export.h"
#include "ui/cli/child.h"
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

/* A file of that name may be somebody's scenario: only an empty place, or --force, lets us write.
 */
static int make_directory(const char *dir, bool overwrite, char *error, size_t cap)
{
    struct stat st;
    char path[PATH_MAX];
    if (strlen(dir) + sizeof "/wireshark/ikev2_decryption_table" > sizeof path) {
        snprintf(error, cap, "the name of the directory is too long");
        return -1;
    }
    make_parents(dir);
    if (mkdir(dir, 0777) == 0) {
        return 0;
    }
    int why = errno;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        snprintf(error, cap, "'%s' cannot be made a directory: %s", dir, strerror(why));
        return -1;
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

/* ---- the run ---- */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

#define ENDING_SIGNALS (sizeof ending_signals / sizeof *ending_signals)

/* The first signal ends the run in order, the second one the process. What is ignored (nohup, a job
 * in the background) stays ignored. */
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
    struct sigaction before[ENDING_SIGNALS];
    catch_signals(before);
    run_to_end(world, scenario, writer, progress, result);
    release_signals(before);
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

int run_scenario(const struct scenario *scenario, const char *dir,
                 const struct run_options *options, struct run_result *result, char *error,
                 size_t cap)
{
    *result = (struct run_result){0};
    if (room_check(scenario, options->memory, error, cap) != 0) {
        return -1;
    }
    struct progress progress = {.wanted = options->progress};
    struct trace_writer *writer = NULL;
    bool all = dir && !options->recording_only;
    if (dir && make_directory(dir, options->overwrite, error, cap) != 0) {
        return -1;
    }
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

/* ---- SCENARIO|DIR ---- */

struct scenario *run_read_scenario(const char *command, const char *target,
                                   const struct scenario_settings *settings)
{
    char *path = options_find_scenario(target);
    if (!path) {
        fprintf(stderr,
                "%s: %s: no such file, and no scenario of that name; see ikesim scenario list\n",
                command, target);
        return NULL;
    }
    char *errors = NULL;
    size_t count = 0;
    struct scenario *scenario = scenario_read(path, settings, &errors, &count);
    if (!scenario) {
        fprintf(stderr, "%s%s: %zu error%s in %s, nothing was run\n", errors, command, count,
                count == 1 ? "" : "s", path);
    }
    free(errors);
    free(path);
    return scenario;
}

static bool is_recording(const char *target)
{
    struct stat st;
    size_t len = strlen(target);
    return stat(target, &st) == 0 &&
           (S_ISDIR(st.st_mode) || (len > 7 && strcmp(target + len - 7, ".ndjson") == 0));
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

static int run_temporary(const char *command, const char *target,
                         const struct options_scenario *options, struct run_source *source)
{
    char error[512] = "";
    struct scenario *scenario = run_read_scenario(command, target, &options->settings);
    if (!scenario) {
        return EXIT_REFUSED;
    }
    struct run_options run = {.progress = true,
                              .recording_only = true,
                              .threads = options_threads(options),
                              .memory = options->memory};
    struct run_result result = {0};
    char *dir = run_make_temporary(error, sizeof error);
    int status = EXIT_REFUSED;
    if (dir && run_scenario(scenario, dir, &run, &result, error, sizeof error) == 0) {
        char why[200];
        source->reader = trace_reader_open(dir, error, sizeof error);
        source->series = trace_series_reader_open(dir, why, sizeof why);
    }
    if (source->reader && result.signal) {
        fprintf(stderr, "%s: interrupted\n", command);
        run_source_close(source);
        status = EXIT_SIGNAL + result.signal;
    } else if (source->reader) {
        fprintf(stderr, "%s: %s, seed %" PRIu64 "\n", command, scenario->name, result.seed);
        status = EXIT_DONE;
    } else {
        fprintf(stderr, "%s: %s\n", command, error);
    }
    if (dir) {
        /* The reader has the files open; their names are not needed any more. */
        run_remove_temporary(dir);
    }
    run_result_dispose(&result);
    scenario_free(scenario);
    return status;
}

static void run_source_forget(struct run_source *source)
{
    trace_reader_close(source->reader);
    trace_series_reader_close(source->series);
    source->reader = NULL;
    source->series = NULL;
}

/* How long a run may take before it is shown while it goes on, and how often it is looked at. */
#define LIVE_AFTER 1.0
#define LIVE_LOOK_NS 10000000

/* What the run has written by now, if it has come to `until` or is over. */
static bool look(const char *dir, uint64_t until, bool series, bool over, struct run_source *source,
                 char *error, size_t cap)
{
    char why[200];
    struct trace_reader *reader = trace_reader_open(dir, error, cap);
    uint64_t count = reader ? trace_reader_count(reader) : 0;
    bool there = count > 0 && trace_reader_time(reader, count - 1) >= until;
    if (!over && !there) {
        trace_reader_close(reader);
        return false;
    }
    source->reader = reader;
    source->series = trace_series_reader_open(dir, why, sizeof why);
    if (reader && !source->series && series && !over) { /* its first line is not written yet */
        run_source_forget(source);
    }
    return source->reader != NULL;
}

/* Waits until there is something to look at. False with `error`. */
static bool wait_for_child(const char *dir, uint64_t until, bool series, struct run_source *source,
                           char *error, size_t cap)
{
    double begin = progress_clock();
    for (;;) {
        bool well = false, over = child_ended(source->child, &well);
        if (over) {
            source->child = 0;
        }
        if (over && !well) {
            snprintf(error, cap, "the run did not come to its end");
            return false;
        }
        if (over || progress_clock() - begin >= LIVE_AFTER) {
            if (look(dir, until, series, over, source, error, cap) || over) {
                return source->reader != NULL;
            }
        }
        nanosleep(&(struct timespec){.tv_nsec = LIVE_LOOK_NS}, NULL);
    }
}

static int run_live(const char *command, const char *target, const struct options_scenario *options,
                    uint64_t until, struct run_source *source)
{
    char error[512] = "";
    struct scenario *scenario = run_read_scenario(command, target, &options->settings);
    if (!scenario) {
        return EXIT_REFUSED;
    }
    struct run_options run = {.recording_only = true,
                              .overwrite = true,
                              .threads = options_threads(options),
                              .memory = options->memory};
    /* What the child would refuse is better said here. */
    char *dir = room_check(scenario, options->memory, error, sizeof error) == 0
                    ? run_make_temporary(error, sizeof error)
                    : NULL;
    /* Ctrl-C in the meantime ends the child, and with it this. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGINT, &ignore, &before);
    source->child = dir ? child_run(scenario, dir, &run) : -1;
    bool there = source->child > 0 && wait_for_child(dir, until, scenario->series.every > 0, source,
                                                     error, sizeof error);
    sigaction(SIGINT, &before, NULL);
    if (dir) {
        /* Both processes have the files open; their names are not needed any more. */
        run_remove_temporary(dir);
    }
    scenario_free(scenario);
    if (!there) {
        fprintf(stderr, "%s: %s\n", command, error);
        run_source_close(source);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int run_source_open_live(const char *command, const char *target,
                         const struct options_scenario *scenario, uint64_t until,
                         struct run_source *source)
{
    *source = (struct run_source){0};
    return is_recording(target) ? run_source_open(command, target, scenario, source)
                                : run_live(command, target, scenario, until, source);
}

int run_source_open(const char *command, const char *target,
                    const struct options_scenario *scenario, struct run_source *source)
{
    *source = (struct run_source){0};
    char error[512] = "";
    if (!is_recording(target)) {
        return run_temporary(command, target, scenario, source);
    }
    if (scenario->settings.set_count || scenario->settings.has_seed || scenario->threads) {
        fprintf(stderr, "%s: %s is a recording: --seed, --set and --threads are for scenarios\n",
                command, target);
        return EXIT_MISUSE;
    }
    source->reader = trace_reader_open(target, error, sizeof error);
    if (!source->reader) {
        fprintf(stderr, "%s: %s; expected the directory of an earlier ikesim run -o\n", command,
                error);
        return EXIT_REFUSED;
    }
    source->series = trace_series_reader_open(target, error, sizeof error);
    source->target = target;
    return EXIT_DONE;
}

/* Seconds for which a recording that does not grow may be that of a run that goes on: what is
 * recorded reaches the file some seconds late. */
#define STALE_AFTER 10

bool run_source_is_written(void *source)
{
    struct run_source *grown = source;
    struct stat st;
    bool well;
    if (grown->child > 0) {
        grown->child = child_ended(grown->child, &well) ? 0 : grown->child;
        return grown->child > 0;
    }
    if (!grown->target) {
        return false;
    }
    char *path = NULL;
    bool dir = stat(grown->target, &st) == 0 && S_ISDIR(st.st_mode);
    if (asprintf(&path, "%s%s", grown->target, dir ? "/run.ndjson" : "") < 0) {
        abort();
    }
    bool there = stat(path, &st) == 0 && time(NULL) - st.st_mtime < STALE_AFTER;
    free(path);
    return there;
}

void run_source_close(struct run_source *source)
{
    run_source_forget(source);
    child_stop(source->child);
    *source = (struct run_source){0};
}
