/* SCENARIO|DIR of a command as a recording that can be read. */
#include "ui/cli/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ui/cli/child.h"
#include "ui/cli/options.h"
#include "ui/cli/progress.h"
#include "ui/cli/room.h"

struct scenario *run_read_scenario(const char *command, const char *target,
                                   const struct scenario_settings *settings)
{
    char *path = options_find_scenario(target);
    if (!path) {
        char *text = options_no_scenario(target);
        fprintf(stderr, "%s: %s\n", command, text);
        free(text);
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
            snprintf(error, cap, "%s", child_why());
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
