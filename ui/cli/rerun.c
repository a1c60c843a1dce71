#include "ui/cli/rerun.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/scenario/influence.h"
#include "sim/scenario/schema.h"
#include "ui/cli/child.h"
#include "ui/cli/run.h"
#include "ui/memory.h"
#include "ui/term/words.h"

/* A run in a process of its own. */
struct attempt {
    pid_t child;                  /* 0: none */
    char *dir;                    /* of what it records */
    struct trace_reader *growing; /* of it; NULL: not opened yet */
};

/* What was handed out, until it is given back. */
struct given {
    struct given *next;
    struct trace_reader *reader;
    struct trace_series_reader *series; /* NULL: none */
};

struct rerun {
    const char *target;
    const struct options_scenario *options;
    struct whatif_runner runner;
    char off[200];
    struct whatif_order *orders;
    struct whatif_word *payloads;
    struct scenario *as_it_was; /* NULL: not asked for yet, or it cannot be read */

    struct attempt part; /* those whom the change can reach, where they are few */
    struct attempt whole;
    uint64_t until; /* what the whole has come to, ns, is worth being seen from then on */
    bool shown;     /* there is something to be seen while it goes on */
    uint64_t duration;
    struct given *given;
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
    return access(path, R_OK) == 0 ? ui_copy(path) : NULL;
}

/* The first line of the errors of a scenario. Where in `path` it is does not count: NULL, or a file
 * that nobody else will see. */
static void first_error(const char *errors, const char *path, char *error, size_t cap)
{
    const char *first = errors ? errors : "?";
    size_t len = path ? strlen(path) : 0;
    int behind = 0;
    if (path && strncmp(first, path, len) == 0) {
        sscanf(first + len, ":%*d:%*d: %n", &behind);
        first += behind > 0 ? len + (size_t)behind : 0;
    }
    snprintf(error, cap, "%.*s", (int)strcspn(first, "\n"), first);
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
    const char **set = ui_resize(NULL, (given->set_count + count + 1) * sizeof *set);
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
        first_error(path ? errors : "the scenario is no longer there", NULL, error, cap);
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
    snprintf(path, sizeof path, "%s/what-if.yaml", rerun->whole.dir);
    if (write_changed(rerun, lines, count, path, error, cap) == 0) {
        scenario = scenario_read(path, &(struct scenario_settings){0}, &errors, &error_count);
        if (!scenario) {
            first_error(errors, path, error, cap);
        }
    }
    unlink(path);
    free(errors);
    return scenario;
}

/* The lines stand first in the script. NULL: all hosts. */
static bool *find_reached(const struct scenario *scenario, char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (setting_of(lines[i])) {
            return NULL;
        }
    }
    return influence_of(scenario, count);
}

/* NULL if there is no such host. */
static const struct scenario_host *host_in_file(struct rerun *rerun, const char *host)
{
    if (!rerun->as_it_was) {
        char *path = find_scenario(rerun), *errors = NULL;
        size_t count;
        rerun->as_it_was =
            path ? scenario_read(path, &rerun->options->settings, &errors, &count) : NULL;
        free(errors);
        free(path);
    }
    const struct scenario *scenario = rerun->as_it_was;
    for (size_t i = 0; scenario && i < scenario->host_count; i++) {
        if (strcmp(scenario->hosts[i].name, host) == 0) {
            return scenario->hosts[i].host;
        }
    }
    return NULL;
}

static bool knows(void *context, const char *host)
{
    return host_in_file(context, host) != NULL;
}

static bool obeys(void *context, const char *host, const struct whatif_order *order)
{
    const struct scenario_host *found = host_in_file(context, host);
    return found && (!strstr(order->meaning, "cluster `host`") || found->cluster.member_count > 0);
}

/* ---- processes ---- */

static void forget(struct attempt *attempt)
{
    trace_reader_close(attempt->growing);
    if (attempt->dir) {
        run_remove_temporary(attempt->dir);
    }
    *attempt = (struct attempt){0};
}

static void stop(struct attempt *attempt)
{
    child_stop(attempt->child);
    forget(attempt);
}

static void cancel(void *context)
{
    struct rerun *rerun = context;
    stop(&rerun->part);
    stop(&rerun->whole);
}

/* False with errno where there is no process. */
static bool begin(struct attempt *attempt, const struct rerun *rerun,
                  const struct scenario *scenario, const bool *only)
{
    attempt->child = child_run(scenario, attempt->dir,
                               &(struct run_options){.recording_only = true,
                                                     .overwrite = true,
                                                     .threads = options_threads(rerun->options),
                                                     .memory = rerun->options->memory,
                                                     .only = only});
    return attempt->child > 0;
}

/* What cannot be had before the rest is had with it: no error is worth a word. */
static void begin_part(struct rerun *rerun, const struct scenario *scenario, const bool *reached)
{
    char error[200];
    rerun->part.dir = reached ? run_make_temporary(error, sizeof error) : NULL;
    if (rerun->part.dir && !begin(&rerun->part, rerun, scenario, reached)) {
        forget(&rerun->part);
    }
}

static int start(void *context, char *const *lines, size_t count, uint64_t until, char *error,
                 size_t cap)
{
    struct rerun *rerun = context;
    rerun->whole.dir = run_make_temporary(error, cap);
    struct scenario *scenario =
        rerun->whole.dir ? read_changed(rerun, lines, count, error, cap) : NULL;
    if (!scenario) {
        forget(&rerun->whole);
        return -1;
    }
    rerun->duration = scenario->duration;
    rerun->until = until;
    rerun->shown = false;
    bool *reached = find_reached(scenario, lines, count);
    begin_part(rerun, scenario, reached);
    bool begun = begin(&rerun->whole, rerun, scenario, NULL);
    free(reached);
    scenario_free(scenario);
    if (!begun) {
        snprintf(error, cap, "no process for the run: %s", strerror(errno));
        cancel(rerun);
        return -1;
    }
    return 0;
}

/* How far the recording has grown, ns. */
static uint64_t time_done(struct attempt *attempt)
{
    char error[200];
    if (!attempt->growing) {
        attempt->growing = trace_reader_open(attempt->dir, error, sizeof error);
    }
    uint64_t count = attempt->growing ? trace_reader_refresh(attempt->growing) : 0;
    return count > 0 ? trace_reader_time(attempt->growing, count - 1) : 0;
}

/* Opens what it has recorded and hands it out; NULL with `error`. */
static const struct given *hand_out(struct rerun *rerun, const struct attempt *attempt, char *error,
                                    size_t cap)
{
    char why[200];
    struct trace_reader *reader = trace_reader_open(attempt->dir, error, cap);
    if (!reader) {
        return NULL;
    }
    struct given *given = ui_alloc_zero(sizeof *given);
    given->reader = reader;
    given->series = trace_series_reader_open(attempt->dir, why, sizeof why);
    given->next = rerun->given;
    rerun->given = given;
    return given;
}

static void close_given(struct given **link)
{
    struct given *given = *link;
    *link = given->next;
    trace_reader_close(given->reader);
    trace_series_reader_close(given->series);
    free(given);
}

static void give_back(void *context, struct trace_reader *reader)
{
    struct rerun *rerun = context;
    struct given **link = &rerun->given;
    while (*link && (*link)->reader != reader) {
        link = &(*link)->next;
    }
    if (*link) {
        close_given(link);
    }
}

static enum whatif_result poll_run(void *context, int *done, struct trace_reader **reader,
                                   struct trace_series_reader **series, char *error, size_t cap)
{
    struct rerun *rerun = context;
    const struct given *given = NULL;
    bool part = false, well = false;
    if (child_ended(rerun->whole.child, &well)) {
        given = well ? hand_out(rerun, &rerun->whole, error, cap) : NULL;
        if (!well) {
            snprintf(error, cap, "The run with the change: %s", child_why());
        }
        stop(&rerun->part);
        forget(&rerun->whole);
    } else if (rerun->part.child > 0 && child_ended(rerun->part.child, &well)) {
        part = true;
        given = well ? hand_out(rerun, &rerun->part, error, cap) : NULL;
        rerun->shown = given != NULL;
        forget(&rerun->part);
    }
    uint64_t time = rerun->whole.child > 0 ? time_done(&rerun->whole) : rerun->duration;
    if (rerun->whole.child > 0 && rerun->part.child <= 0 && !rerun->shown && time > rerun->until) {
        part = true;
        given = hand_out(rerun, &rerun->whole, error, cap);
        rerun->shown = true;
    }
    *done = rerun->duration > 0 ? (int)(time / (rerun->duration / 1000 + 1)) : 0;
    if (given) {
        *reader = given->reader;
        *series = given->series;
    }
    return given                    ? part ? WHATIF_PART : WHATIF_DONE
           : rerun->whole.child > 0 ? WHATIF_RUNS
                                    : WHATIF_FAILED;
}

/* ---- all of it ---- */

/* The schema's sentences say what an order needs: "`on` a message: ... `by` so much". What a cursor
 * does not tell, and is no time, it cannot be given. */
static bool reads_needs(const char *meaning, struct whatif_order *order)
{
    static const char *const known[] = {"on", "at", "host", "child", "bit"};
    static const char *const times[] = {"by", "after", "down"};
    for (const char *at = strchr(meaning, '`'); at; at = strchr(at + 1, '`')) {
        size_t len = strcspn(at + 1, "`");
        bool fine = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            fine |= strlen(known[i]) == len && strncmp(at + 1, known[i], len) == 0;
        }
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            if (strlen(times[i]) == len && strncmp(at + 1, times[i], len) == 0) {
                order->time = times[i];
                fine = true;
            }
        }
        if (!fine) {
            return false;
        }
        at += len + 1;
    }
    return true;
}

static void add_order(struct rerun *rerun, const struct schema_word *word)
{
    struct whatif_order order = {
        .name = word->word,
        .meaning = word->meaning,
        .on_message = strncmp(word->meaning, "`on`", 4) == 0,
        .needs_child = strstr(word->meaning, "`child`") != NULL,
    };
    if (reads_needs(word->meaning, &order)) {
        size_t count = rerun->runner.order_count++;
        rerun->orders = ui_resize(rerun->orders, (count + 1) * sizeof *rerun->orders);
        rerun->orders[count] = order;
    }
}

static void add_payloads(struct rerun *rerun)
{
    size_t count = 0;
    while (schema_payloads[count].word) {
        count++;
    }
    rerun->payloads = ui_alloc_zero((count + 1) * sizeof *rerun->payloads);
    for (size_t i = 0; i < count; i++) {
        rerun->payloads[i] =
            (struct whatif_word){schema_payloads[i].word, schema_payloads[i].value};
    }
}

static const struct whatif_setting settings[] = {
    {"window", "2", "takes another number of requests at once", false},
    {"proposals", "[aes256-sha384-ecp384]", "has other proposals for IKE SAs", false},
    {"esp_proposals", "[aes256gcm16]", "has other proposals for CHILD SA", true},
};

struct rerun *rerun_new(const char *target, const struct options_scenario *options)
{
    struct rerun *rerun = ui_alloc_zero(sizeof *rerun);
    rerun->target = target;
    rerun->options = options;
    for (const struct schema_word *word = schema_orders; word->word; word++) {
        add_order(rerun, word);
    }
    add_payloads(rerun);
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
                                           .payloads = rerun->payloads,
                                           .settings = settings,
                                           .setting_count = sizeof settings / sizeof *settings,
                                           .obeys = obeys,
                                           .knows = knows,
                                           .start = start,
                                           .poll = poll_run,
                                           .give_back = give_back,
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
    while (rerun->given) {
        close_given(&rerun->given);
    }
    scenario_free(rerun->as_it_was);
    free(rerun->payloads);
    free(rerun->orders);
    free(rerun);
}

const struct whatif_runner *rerun_runner(const struct rerun *rerun)
{
    return &rerun->runner;
}
