#include "ui/cli/cmd_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

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
        if (!arguments->target) {
            argp_error(state, "a scenario, or the directory of an earlier run, is needed");
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
    .doc = "Run a scenario without a screen and print what came of it.\v"
           "SCENARIO is a YAML file or the name of one that ships. DIR is the result of an earlier "
           "run with -o: it is run "
           "again from its scenario.yaml, and its hash compared.\n\n"
           "Exit status: 0 done, 1 an expectation failed (or the hash of DIR is another), 2 "
           "misuse, 3 input refused.\n\n"
           "Example:\n  ikesim run lossy --seed 7 --set hosts.alice.ike.window=4 -o out/lossy",
    .children = children,
};

/* Hash that an earlier run left in DIR/summary.json; false if there is none. */
static bool earlier_hash(const char *dir, uint64_t *hash)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/summary.json", dir);
    json_t *summary = json_load_file(path, 0, NULL);
    const char *text = json_string_value(json_object_get(summary, "hash"));
    bool found = text && sscanf(text, "%" SCNx64, hash) == 1;
    json_decref(summary);
    return found;
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
    if (!arguments->json) {
        fprintf(stderr, "%s: %s, seed %" PRIu64 "\n", command, scenario->name, scenario->seed);
    }
    struct run_options options = {
        .progress = !arguments->json,
        .overwrite = arguments->force,
        .both_ends = arguments->both_ends,
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
    }
    scenario_free(scenario);
    return result->failed ? EXIT_EXPECTATION : EXIT_DONE;
}

int cmd_run(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&run_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    uint64_t before = 0;
    bool again = is_directory(arguments.target);
    bool compare = again && arguments.scenario.settings.set_count == 0 &&
                   !arguments.scenario.settings.has_seed && earlier_hash(arguments.target, &before);
    char file[4096];
    snprintf(file, sizeof file, again ? "%s/scenario.yaml" : "%s", arguments.target);

    struct run_result result = {0};
    int status = run_once(argv[0], &arguments, file, &result);
    if (compare && status <= EXIT_EXPECTATION && !result.interrupted) {
        bool same = before == result.hash;
        fprintf(stderr, "%s: %s the run that %s holds (hash %016" PRIx64 ")\n", argv[0],
                same ? "the same as" : "NOT the same as", arguments.target, before);
        status = same ? status : EXIT_EXPECTATION;
    }
    run_result_dispose(&result);
    return status;
}
