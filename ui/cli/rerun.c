#include "ui/cli/rerun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/scenario/schema.h"
#include "ui/cli/run.h"
#include "ui/term/memory.h"
#include "ui/term/words.h"

#define READERS_MAX 64

struct rerun {
    const char *target;
    const struct options_scenario *options;
    struct whatif_runner runner;
    char off[200];
    struct whatif_order *orders;

    pid_t child;                  /* 0: none */
    char *dir;                    /* of the run that goes on */
    struct trace_reader *growing; /* of it; NULL: not opened yet */
    uint64_t duration;
    size_t reader_count;
    struct trace_reader *readers[READERS_MAX];
    struct trace_series_reader *series[READERS_MAX]; /* NULL: none */
};

/* ---- the scenario ---- */

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_lines(const char *path)
{
    size_t len = strlen(path);
    return len > 7 && strcmp(path + len - 7, ".ndjson") == 0;
}

/* The scenario's file: given, or beside a kept result. malloc'ed; NULL if there is none. */
static char *find_scenario(const struct rerun *rerun)
{
    char path[PATH_MAX];
    if (is_directory(rerun->target)) {
        snprintf(path, sizeof path, "%s/scenario.yaml", rerun->target);
    } else if (is_lines(rerun->target)) {
        const char *slash = strrchr(rerun->target, '/');
        int len = slash ? (int)(slash - rerun->target) : 1;
        snprintf(path, sizeof path, "%.*s/scenario.yaml", len, slash ? rerun->target : ".");
    } else {
        return options_find_scenario(rerun->target);
    }
    return access(path, R_OK) == 0 ? term_copy(path) : NULL;
}

/* The first line of the errors of a scenario. */
static void first_error(const char *errors, char *error, size_t cap)
{
    snprintf(error, cap, "%.*s", (int)strcspn(errors ? errors : "?", "\n"), errors ? errors : "?");
}

/* A line that is no line of script, but a setting on top of the scenario; NULL if it is none. */
static const char *setting_of(const char *line)
{
    static const char word[] = "set ";
    return strncmp(line, word, strlen(word)) == 0 ? line + strlen(word) : NULL;
}

/* The scenario with the settings among the lines, printed; malloc'ed, NULL with `error`. */
static char *read_text(const struct rerun *rerun, char *const *lines, size_t count, char *error,
                       size_t cap)
{
    const struct scenario_settings *given = &rerun->options->settings;
    struct scenario_settings settings = *given;
    const char **set = term_resize(NULL, (given->set_count + count + 1) * sizeof *set);
    settings.set_count = 0;
    for (size_t i = 0; i < given->set_count; i++) {
        set[settings.set_count++] = given->set[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (setting_of(lines[i])) {
            set[settings.set_count++] = setting_of(lines[i]);
        }
    }
    settings.set = set;
    char *errors = NULL, *path = find_scenario(rerun), *text = NULL;
    size_t error_count;
    struct scenario *scenario = path ? scenario_read(path, &settings, &errors, &error_count) : NULL;
    if (scenario) {
        text = scenario_print(scenario);
    } else {
        first_error(path ? errors : "the scenario is no longer there", error, cap);
    }
    scenario_free(scenario);
    free(errors);
    free(path);
    free(set);
    return text;
}

/* Writes the scenario with the lines in front of those that its script has. */
static int write_changed(const struct rerun *rerun, char *const *lines, size_t count,
                         const char *path, char *error, size_t cap)
{
    static const char head[] = "\nscript:\n";
    char *text = read_text(rerun, lines, count, error, cap);
    FILE *out = text ? fopen(path, "w") : NULL;
    if (!out) {
        if (text) {
            snprintf(error, cap, "%s: %s", path, strerror(errno));
        }
        free(text);
        return -1;
    }
    const char *script = strstr(text, head);
    size_t before = script ? (size_t)(script - text) + strlen(head) : strlen(text);
    bool begun = script != NULL;
    fwrite(text, 1, before, out);
    for (size_t i = 0; i < count; i++) {
        if (!setting_of(lines[i])) {
            fprintf(out, "%s  - %s\n", begun ? "" : "script:\n", lines[i]);
            begun = true;
        }
    }
    fputs(text + before, out);
    free(text);
    if (fclose(out) != 0) {
        snprintf(error, cap, "%s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static int save(void *context, char *const *lines, size_t count, const char *path, char *error,
                size_t cap)
{
    struct rerun *rerun = context;
    if (access(path, F_OK) == 0) {
        snprintf(error, cap, "%s is there already.", path);
        return -1;
    }
    return write_changed(rerun, lines, count, path, error, cap);
}

static struct scenario *read_changed(struct rerun *rerun, char *const *lines, size_t count,
                                     char *error, size_t cap)
{
    char path[PATH_MAX], *errors = NULL;
    size_t error_count;
    struct scenario *scenario = NULL;
    snprintf(path, sizeof path, "%s/what-if.yaml", rerun->dir);
    if (write_changed(rerun, lines, count, path, error, cap) == 0) {
        scenario = scenario_read(path, &(struct scenario_settings){0}, &errors, &error_count);
        if (!scenario) {
            first_error(errors, error, cap);
        }
    }
    unlink(path);
    free(errors);
    return scenario;
}

/* ---- the process ---- */

static void forget_run(struct rerun *rerun)
{
    trace_reader_close(rerun->growing);
    if (rerun->dir) {
        run_remove_temporary(rerun->dir);
    }
    rerun->growing = NULL;
    rerun->dir = NULL;
    rerun->child = 0;
}

static void cancel(void *context)
{
    struct rerun *rerun = context;
    if (rerun->child > 0) {
        kill(rerun->child, SIGKILL);
        waitpid(rerun->child, NULL, 0);
    }
    forget_run(rerun);
}

/* The run itself, in the child: the terminal is not its own. */
__attribute__((noreturn)) static void run_child(const struct rerun *rerun,
                                                const struct scenario *scenario)
{
    char error[256];
    struct run_result result;
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++) {
        dup2(null, fd);
    }
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal(signals[i], SIG_DFL);
    }
    struct run_options options = {.recording_only = true,
                                  .overwrite = true,
                                  .threads = options_threads(rerun->options),
                                  .memory = rerun->options->memory};
    int status = run_scenario(scenario, rerun->dir, &options, &result, error, sizeof error);
    _exit(status == 0 ? 0 : 1);
}

static int start(void *context, char *const *lines, size_t count, char *error, size_t cap)
{
    struct rerun *rerun = context;
    if (rerun->reader_count == READERS_MAX) {
        snprintf(error, cap, "That was the last of %d runs.", READERS_MAX);
        return -1;
    }
    rerun->dir = run_make_temporary(error, cap);
    struct scenario *scenario = rerun->dir ? read_changed(rerun, lines, count, error, cap) : NULL;
    if (!scenario) {
        forget_run(rerun);
        return -1;
    }
    rerun->duration = scenario->duration;
    rerun->child = fork();
    if (rerun->child == 0) {
        run_child(rerun, scenario);
    }
    scenario_free(scenario);
    if (rerun->child < 0) {
        snprintf(error, cap, "no process for the run: %s", strerror(errno));
        forget_run(rerun);
        return -1;
    }
    return 0;
}

/* How far the recording has grown, in thousandths of the run. */
static int share_done(struct rerun *rerun)
{
    char error[200];
    if (!rerun->growing) {
        rerun->growing = trace_reader_open(rerun->dir, error, sizeof error);
    }
    uint64_t count = rerun->growing ? trace_reader_refresh(rerun->growing) : 0;
    uint64_t time = count > 0 ? trace_reader_time(rerun->growing, count - 1) : 0;
    return rerun->duration > 0 ? (int)(time / (rerun->duration / 1000 + 1)) : 0;
}

static int poll_run(void *context, int *done, struct trace_reader **reader,
                    struct trace_series_reader **series, char *error, size_t cap)
{
    struct rerun *rerun = context;
    int status;
    pid_t ended = waitpid(rerun->child, &status, WNOHANG);
    if (ended == 0) {
        *done = share_done(rerun);
        return 0;
    }
    bool well = ended == rerun->child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    *reader = well ? trace_reader_open(rerun->dir, error, cap) : NULL;
    char why[200];
    struct trace_series_reader *figures =
        *reader ? trace_series_reader_open(rerun->dir, why, sizeof why) : NULL;
    if (!well) {
        snprintf(error, cap, "The run with the change did not come to its end.");
    }
    forget_run(rerun);
    if (!*reader) {
        return -1;
    }
    *series = figures;
    rerun->series[rerun->reader_count] = figures;
    rerun->readers[rerun->reader_count++] = *reader;
    return 1;
}

/* ---- all of it ---- */

/* The schema's sentences say what an order needs: "`on` a message: ... `by` so much". */
static void add_order(struct rerun *rerun, const struct schema_word *word)
{
    size_t count = rerun->runner.order_count++;
    rerun->orders = term_resize(rerun->orders, (count + 1) * sizeof *rerun->orders);
    rerun->orders[count] = (struct whatif_order){
        .name = word->word,
        .meaning = word->meaning,
        .on_message = strncmp(word->meaning, "`on`", 4) == 0,
        .needs_child = strstr(word->meaning, "`child`") != NULL,
        .needs_time = strstr(word->meaning, "`by`") != NULL,
    };
}

struct rerun *rerun_new(const char *target, const struct options_scenario *options)
{
    struct rerun *rerun = term_alloc_zero(sizeof *rerun);
    rerun->target = target;
    rerun->options = options;
    for (const struct schema_word *word = schema_orders; word->word; word++) {
        add_order(rerun, word);
    }
    char *path = find_scenario(rerun);
    if (!path) {
        snprintf(rerun->off, sizeof rerun->off,
                 "What if is off: this recording has no scenario beside it that could run again.");
    }
    free(path);
    rerun->runner = (struct whatif_runner){.context = rerun,
                                           .off = rerun->off[0] ? rerun->off : NULL,
                                           .orders = rerun->orders,
                                           .order_count = rerun->runner.order_count,
                                           .start = start,
                                           .poll = poll_run,
                                           .cancel = cancel,
                                           .save = save};
    return rerun;
}

void rerun_free(struct rerun *rerun)
{
    if (!rerun) {
        return;
    }
    cancel(rerun);
    for (size_t i = 0; i < rerun->reader_count; i++) {
        trace_reader_close(rerun->readers[i]);
        trace_series_reader_close(rerun->series[i]);
    }
    free(rerun->orders);
    free(rerun);
}

const struct whatif_runner *rerun_runner(const struct rerun *rerun)
{
    return &rerun->runner;
}
