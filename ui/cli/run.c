#include "ui/cli/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/export.h"
#include "ui/cli/options.h"
#include "ui/cli/summary.h"

/* Events between two looks at the clock and at SIGINT: some milliseconds. */
#define SLICE 20000

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void run_result_dispose(struct run_result *result)
{
    free(result->verdicts);
    *result = (struct run_result){0};
}

static double wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- progress ---- */

struct progress {
    bool shown, wanted;
    double begin, last;
};

static void progress_show(struct progress *progress, const struct world *world, uint64_t duration)
{
    double now = wall_clock();
    if (!progress->wanted || now - progress->begin < 2 || now - progress->last < 0.25) {
        return;
    }
    progress->last = now;
    progress->shown = true;
    double virtual_now = (double)world_now(world) / 1e9;
    double share = duration ? (double)world_now(world) / (double)duration : 1;
    double seconds = now - progress->begin;
    fprintf(stderr, "\r\033[K%.3f s of %.0f s  %3.0f %%  %.0f events/s  %.2f s/s  %.0f s left",
            virtual_now, (double)duration / 1e9, share * 100,
            (double)world_executed(world) / seconds, virtual_now / seconds,
            share > 0 ? seconds / share - seconds : 0);
}

static void progress_end(const struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
    }
}

/* ---- the directory ---- */

/* The directories above `dir`; what fails shows when `dir` itself is made. */
static void make_parents(const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", dir);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
}

static int make_directory(const char *dir, bool overwrite, char *error, size_t cap)
{
    char path[4096];
    make_parents(dir);
    if (mkdir(dir, 0777) != 0) {
        struct stat st;
        if (errno != EEXIST || stat(dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
            snprintf(error, cap, "%s: cannot be made a directory: %s", dir, strerror(errno));
            return -1;
        }
        snprintf(path, sizeof path, "%s/run.ndjson", dir);
        if (!overwrite && access(path, F_OK) == 0) {
            snprintf(error, cap, "%s: holds a result already; --force replaces it", dir);
            return -1;
        }
    }
    return 0;
}

static int write_text(const char *dir, const char *name, const char *text, char *error, size_t cap)
{
    char path[4096];
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
    char path[4096];
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

static void run_to_end(struct world *world, const struct scenario *scenario,
                       const struct run_options *options, struct run_result *result)
{
    struct progress progress = {.wanted = options->progress && isatty(STDERR_FILENO),
                                .begin = wall_clock()};
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    interrupted = 0;
    sigaction(SIGINT, &action, &before);
    while (!world_done(world) && !interrupted) {
        world_run(world, scenario->duration, SLICE);
        progress_show(&progress, world, scenario->duration);
    }
    sigaction(SIGINT, &before, NULL);
    progress_end(&progress);
    result->interrupted = interrupted && !world_done(world);
    result->seconds = wall_clock() - progress.begin;
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

int run_scenario(const struct scenario *scenario, const char *dir,
                 const struct run_options *options, struct run_result *result, char *error,
                 size_t cap)
{
    *result = (struct run_result){0};
    struct trace_writer *writer = NULL;
    struct world *world = NULL;
    char *text = NULL;
    int status = -1;
    if (dir) {
        if (make_directory(dir, options->overwrite, error, cap) != 0) {
            goto out;
        }
        text = scenario_print(scenario);
        if (write_text(dir, "scenario.yaml", text, error, cap) != 0) {
            goto out;
        }
        writer = trace_writer_open(dir, error, cap);
        if (!writer) {
            goto out;
        }
    }
    world = world_new(scenario, &(struct world_options){.writer = writer}, error, cap);
    if (!world) {
        goto out;
    }
    run_to_end(world, scenario, options, result);
    result->failed = world_finish(world, result->interrupted);
    take_result(world, scenario, result);
    status = 0;
out:
    world_free(world);
    free(text);
    if (writer && trace_writer_close(writer, error, cap) != 0) {
        status = -1;
    }
    if (status == 0 && dir) {
        status = export_captures(dir, options->both_ends, error, cap);
    }
    if (status == 0 && dir) {
        char *json = summary_json(scenario, result, dir);
        status = write_text(dir, "summary.json", json, error, cap);
        free(json);
    }
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
        fprintf(stderr, "%s\n%s: %zu error%s in %s, nothing was run\n", errors, command, count,
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

static char *make_temporary(char *error, size_t cap)
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

/* Everything that a run writes, and no more: a temporary directory of ours holds nothing else. */
static void remove_result(const char *dir)
{
    static const char *const names[] = {
        "run.ndjson",       "run.index",
        "run.pcapng",       "scenario.yaml",
        "summary.json",     "wireshark/preferences",
        "wireshark/esp_sa", "wireshark/ikev2_decryption_table",
    };
    char path[4096];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/wireshark", dir);
    rmdir(path);
    rmdir(dir);
}

static int run_temporary(const char *command, const char *target,
                         const struct scenario_settings *settings, struct run_source *source)
{
    char error[512] = "";
    struct scenario *scenario = run_read_scenario(command, target, settings);
    if (!scenario) {
        return EXIT_REFUSED;
    }
    source->dir = make_temporary(error, sizeof error);
    source->temporary = source->dir != NULL;
    struct run_result result = {0};
    int status = source->dir
                     ? run_scenario(scenario, source->dir, &(struct run_options){.progress = true},
                                    &result, error, sizeof error)
                     : -1;
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", command, error);
    } else if (settings && settings->has_seed) {
        fprintf(stderr, "%s: seed %" PRIu64 "\n", command, result.seed);
    }
    run_result_dispose(&result);
    scenario_free(scenario);
    return status == 0 ? EXIT_DONE : EXIT_REFUSED;
}

int run_source_open(const char *command, const char *target,
                    const struct scenario_settings *settings, struct run_source *source)
{
    *source = (struct run_source){0};
    char error[512] = "";
    int status = EXIT_DONE;
    if (!is_recording(target)) {
        status = run_temporary(command, target, settings, source);
    } else if (settings && (settings->set_count || settings->has_seed)) {
        fprintf(stderr, "%s: %s is a recording: --seed and --set are for scenarios\n", command,
                target);
        status = EXIT_MISUSE;
    } else {
        source->dir = strdup(target);
    }
    if (status == EXIT_DONE) {
        source->reader = trace_reader_open(source->dir, error, sizeof error);
        if (!source->reader) {
            fprintf(stderr, "%s: %s\n", command, error);
            status = EXIT_REFUSED;
        }
    }
    if (status != EXIT_DONE) {
        run_source_close(source);
    }
    return status;
}

void run_source_close(struct run_source *source)
{
    trace_reader_close(source->reader);
    if (source->temporary) {
        remove_result(source->dir);
    }
    free(source->dir);
    *source = (struct run_source){0};
}
