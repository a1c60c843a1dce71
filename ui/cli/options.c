#include "ui/cli/options.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "sim/scenario/nearest.h"
#include "ui/cli/room.h"

enum { KEY_SEED = 0x100, KEY_SET, KEY_THREADS, KEY_MEMORY };

enum { THREADS_DEFAULT_MAX = 4, THREADS_MAX = 64 };

static const struct argp_option scenario_options[] = {
    {"seed", KEY_SEED, "N|random", 0, "Seed of every draw; random picks and tells one", 0},
    {"set", KEY_SET, "PATH=VALUE", 0,
     "Change one key of the scenario, e.g. hosts.gw.cpu.cores=8 (repeatable)", 0},
    {"threads", KEY_THREADS, "N", 0,
     "Compute key exchanges in N threads; the result is the same (default: one for each core, at "
     "most 4)",
     0},
    {"memory", KEY_MEMORY, "SIZE|any", 0,
     "Refuse a run that would take more than SIZE, e.g. 2GB (default: what is available)", 0},
    {0},
};

static void parse_threads(struct options_scenario *options, const char *text,
                          const struct argp_state *state)
{
    char *end = NULL;
    unsigned long threads = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || threads < 1 || threads > THREADS_MAX) {
        argp_error(state, "--threads %s: expected a number from 1 to %d", text, THREADS_MAX);
    }
    options->threads = (unsigned)threads;
}

unsigned options_threads(const struct options_scenario *options)
{
    if (options->threads) {
        return options->threads;
    }
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&cores);
    return count > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : (unsigned)count;
}

static void parse_memory(struct options_scenario *options, const char *text,
                         const struct argp_state *state)
{
    if (!room_read(text, &options->memory)) {
        argp_error(state, "--memory %s: expected a size such as 500MB or 2GB, or any", text);
    }
}

static void parse_seed(struct options_scenario *options, const char *text,
                       const struct argp_state *state)
{
    if (strcmp(text, "random") == 0) {
        uint64_t seed = 0;
        if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
            argp_failure(state, EXIT_REFUSED, errno, "no seed could be drawn");
        }
        /* Short enough to be typed again from a screen. */
        options->settings.seed = seed >> 32;
    } else {
        char *end = NULL;
        errno = 0;
        unsigned long long seed = strtoull(text, &end, 10);
        if (errno || !isdigit((unsigned char)*text) || *end) {
            argp_error(state, "--seed %s: expected a number from 0 to 2^64 - 1, or random", text);
        }
        options->settings.seed = seed;
    }
    options->settings.has_seed = true;
}

static error_t parse_scenario(int key, char *arg, struct argp_state *state)
{
    struct options_scenario *options = state->input;
    switch (key) {
    case KEY_SEED:
        parse_seed(options, arg, state);
        return 0;
    case KEY_THREADS:
        parse_threads(options, arg, state);
        return 0;
    case KEY_MEMORY:
        parse_memory(options, arg, state);
        return 0;
    case KEY_SET:
        if (!strchr(arg, '=') || *arg == '=') {
            argp_error(state, "--set %s: expected PATH=VALUE, such as hosts.gw.cpu.cores=8", arg);
        }
        if (options->settings.set_count == OPTIONS_SET_MAX) {
            argp_error(state, "--set: at most %d settings", OPTIONS_SET_MAX);
            return 0;
        }
        options->set[options->settings.set_count++] = arg;
        options->settings.set = options->set;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_scenario_argp = {.options = scenario_options, .parser = parse_scenario};

error_t options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    argp_err_exit_status = EXIT_MISUSE;
    return argp_parse(argp, argc, argv, 0, NULL, input);
}

bool options_colour(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fd) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

/* ---- scenarios that ship ---- */

static int is_scenario(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

static bool holds_scenarios(const char *dir)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_scenario, NULL);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    return count > 0;
}

/* A path that is told from the program's own directory on, malloc'ed. */
static char *beside_program(const char *relative)
{
    char program[PATH_MAX], *path = NULL;
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (asprintf(&path, "%.*s/%s", slash ? (int)(slash - program) : 1, slash ? program : ".",
                 relative) < 0) {
        abort();
    }
    char *real = realpath(path, NULL);
    if (real) {
        free(path);
        path = real;
    }
    return path;
}

/* The n-th place where scenarios may be, malloc'ed: where one stands, where the program was
 * installed to, where it was built from, and where it was to be installed. NULL behind the last
 * one. */
static char *scenario_place(int n)
{
    switch (n) {
    case 0:
        return strdup("scenarios");
    case 1:
        return beside_program(IKESIM_SCENARIOS_FROM_BIN);
    case 2:
        return beside_program(IKESIM_SCENARIOS_FROM_BUILD);
    case 3:
        return strdup(IKESIM_SCENARIOS);
    default:
        return NULL;
    }
}

char *options_scenario_dir(void)
{
    char *dir;
    for (int i = 0; (dir = scenario_place(i)) != NULL && !holds_scenarios(dir); i++) {
        free(dir);
    }
    return dir;
}

char *options_no_scenario(const char *name)
{
    char *dir = options_scenario_dir(), *text = NULL;
    struct dirent **entries = NULL;
    struct nearest nearest = {.word = name};
    int count = dir ? scandir(dir, &entries, is_scenario, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        *strrchr(entries[i]->d_name, '.') = '\0';
        nearest_consider(&nearest, entries[i]->d_name);
    }
    const char *found = nearest.found;
    if (asprintf(
            &text, "%s: no such file, and no scenario of that name%s%s%s; see ikesim scenario list",
            name, found ? "; did you mean '" : "", found ? found : "", found ? "'?" : "") < 0) {
        abort();
    }
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    free(dir);
    return text;
}

char *options_find_scenario(const char *name)
{
    if (access(name, F_OK) == 0) {
        return strdup(name);
    }
    if (!*name || strchr(name, '/')) {
        return NULL;
    }
    char *dir, *path = NULL;
    for (int i = 0; !path && (dir = scenario_place(i)) != NULL; i++) {
        if (asprintf(&path, "%s/%s.yaml", dir, name) < 0) {
            abort();
        }
        free(dir);
        if (access(path, F_OK) != 0) {
            free(path);
            path = NULL;
        }
    }
    return path;
}
