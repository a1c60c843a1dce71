#include "ui/cli/cmd_run.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "crypto/context.h"
#include "ui/cli/options.h"
#include "ui/cli/run.h"
#include "ui/cli/summary.h"

struct arguments {
    struct options_scenario scenario;
    const char *target;
    const char *output;
    bool force, json, both_ends;
};

enum { KEY_JSON = 0x200, KEY_PCAP, KEY_FORCE };

static const struct argp_option run_options[] = {
    {"output", 'o', "DIR", 0,
     "Keep everything in DIR: scenario, recording, index, run.pcapng, Wireshark profile, summary",
     0},
    {"force", KEY_FORCE, 0, 0, "DIR may hold an older result; replace it", 0},
    {"pcap", KEY_PCAP, "both-ends", 0,
     "run.pcapng gets an interface for each host, a packet when it leaves and when it arrives", 0},
    {"json", KEY_JSON, 0, 0, "Print the summary as JSON", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->scenario;
        return 0;
    case 'o':
        arguments->output = arg;
        return 0;
    case KEY_FORCE:
        arguments->force = true;
        return 0;
    case KEY_JSON:
        arguments->json = true;
        return 0;
    case KEY_PCAP:
        if (strcmp(arg, "both-ends") != 0) {
            argp_error(state, "--pcap %s: expected both-ends", arg);
        }
        arguments->both_ends = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->target) {
            argp_error(state, "one scenario at a time; '%s' is too many", arg);
        }
        arguments->target = arg;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->target || !*arguments->target) {
            argp_error(state, "a scenario, or the directory of an earlier run, is needed");
        }
        if (arguments->output && !*arguments->output) {
            argp_error(state, "-o needs the name of a directory");
        }
        if (arguments->both_ends && !arguments->output) {
            argp_error(state, "--pcap needs -o DIR: nothing is kept without it");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&options_scenario_argp, 0, NULL, 0}, {0}};
static const struct argp run_argp = {
    .options = run_options,
    .parser = parse,
    .args_doc = "SCENARIO|DIR",
    .doc =
        "Run a scenario without a screen and print what came of it.\v"
        "SCENARIO is a YAML file or the name of one that ships (ikesim scenario list). DIR is "
        "the result of an earlier run with -o: its scenario.yaml is run again and the hashes of "
        "the two runs are compared.\n\n"
        "Ctrl-C (SIGINT, SIGTERM, SIGHUP) ends a run early; what it came to by then is told and "
        "kept all the same.\n\n"
        "Exit status: 0 done, 1 an expectation failed or the hash is not that of DIR, 2 misuse, "
        "3 input refused or output not written, 130 interrupted (128 and the signal's number).\n\n"
        "Examples:\n"
        "  ikesim run lossy --seed 6 --set links.0.loss=50% -o out/lossy\n"
        "  ikesim run out/lossy",
    .children = children,
};

/* What an earlier run left in DIR/summary.json. */
struct earlier {
    bool found;
    uint64_t hash;
    char versions[160];
};

static struct earlier read_earlier(const char *command, const char *dir)
{
    struct earlier earlier = {0};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/summary.json", dir);
    json_t *summary = json_load_file(path, 0, NULL);
    const char *ikesim = json_string_value(json_object_get(summary, "ikesim"));
    const char *openssl = json_string_value(json_object_get(summary, "openssl"));
    const char *hash = json_string_value(json_object_get(summary, "hash"));
    if (json_is_true(json_object_get(summary, "interrupted"))) {
        fprintf(stderr, "%s: the run that %s holds was interrupted, its hash cannot be compared\n",
                command, dir);
    } else if (!hash || sscanf(hash, "%" SCNx64, &earlier.hash) != 1) {
        fprintf(stderr, "%s: %s holds no hash to compare with\n", command, path);
    } else {
        earlier.found = true;
        snprintf(earlier.versions, sizeof earlier.versions, "ikesim %s, %s", ikesim ? ikesim : "?",
                 openssl ? openssl : "?");
    }
    json_decref(summary);
    return earlier;
}

static int compare(const char *command, const char *dir, const struct earlier *earlier,
                   const struct run_result *result)
{
    if (earlier->hash == result->hash) {
        fprintf(stderr, "%s: the same as the run that %s holds\n", command, dir);
        return EXIT_DONE;
    }
    fprintf(stderr,
            "%s: NOT the same as the run that %s holds: its hash is %016" PRIx64
            " (%s), this one's %016" PRIx64 " (ikesim %s, %s)\n",
            command, dir, earlier->hash, earlier->versions, result->hash, IKESIM_VERSION,
            crypto_openssl_version());
    return EXIT_EXPECTATION;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int run_once(const char *command, const struct arguments *arguments, const char *file,
                    struct run_result *result)
{
    char error[512] = "";
    struct scenario *scenario = run_read_scenario(command, file, &arguments->scenario.settings);
    if (!scenario) {
        return EXIT_REFUSED;
    }
    fprintf(stderr, "%s: %s, seed %" PRIu64 "\n", command, scenario->name, scenario->seed);
    struct run_options options = {
        .progress = true,
        .overwrite = arguments->force,
        .both_ends = arguments->both_ends,
        .threads = options_threads(&arguments->scenario),
        .memory = arguments->scenario.memory,
    };
    int status = run_scenario(scenario, arguments->output, &options, result, error, sizeof error);
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", command, error);
        scenario_free(scenario);
        return EXIT_REFUSED;
    }
    if (arguments->json) {
        char *json = summary_json(scenario, result, arguments->output);
        puts(json);
        free(json);
    } else {
        summary_print(stdout, scenario, result, arguments->output, options_colour(STDOUT_FILENO));
        fflush(stdout);
    }
    scenario_free(scenario);
    if (result->signal) {
        return EXIT_SIGNAL + result->signal;
    }
    return result->failed ? EXIT_EXPECTATION : EXIT_DONE;
}

int cmd_run(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&run_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    const char *target = arguments.target;
    bool again = is_directory(target);
    char file[PATH_MAX];
    snprintf(file, sizeof file, again ? "%s/scenario.yaml" : "%s", target);
    if (again && access(file, R_OK) != 0) {
        fprintf(stderr, "%s: %s: %s; expected the directory of an earlier ikesim run -o\n", argv[0],
                file, strerror(errno));
        return EXIT_REFUSED;
    }
    struct earlier earlier = {0};
    if (again && arguments.scenario.settings.set_count == 0 &&
        !arguments.scenario.settings.has_seed) {
        earlier = read_earlier(argv[0], target);
    }
    struct run_result result = {0};
    int status = run_once(argv[0], &arguments, file, &result);
    if (earlier.found && status <= EXIT_EXPECTATION) {
        int same = compare(argv[0], target, &earlier, &result);
        status = same == EXIT_DONE ? status : same;
    }
    run_result_dispose(&result);
    return status;
}
