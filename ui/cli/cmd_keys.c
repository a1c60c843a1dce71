#include "ui/cli/cmd_keys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/options.h"
#include "ui/cli/run.h"

struct arguments {
    struct options_scenario scenario;
    const char *target;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->scenario;
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
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&options_scenario_argp, 0, NULL, 0}, {0}};
static const struct argp keys_argp = {
    .parser = parse,
    .args_doc = "SCENARIO|DIR",
    .doc = "Print the keys of each IKE SA.\v"
           "Exit status: 0 done, 2 misuse, 3 input refused.\n\n"
           "Example:\n  ikesim keys four-messages",
    .children = children,
};

static void print_value(const char *name, struct trace_bytes value)
{
    printf("%-10s", name);
    for (size_t i = 0; i < value.len; i++) {
        printf("%02x", value.data[i]);
    }
    putchar('\n');
}

int cmd_keys(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (options_parse(&keys_argp, argc, argv, &arguments) != 0) {
        return EXIT_MISUSE;
    }
    struct run_source source;
    int status = run_source_open(argv[0], arguments.target, &arguments.scenario.settings, &source);
    if (status != EXIT_DONE) {
        return status;
    }
    uint64_t at = 0;
    while ((at = trace_reader_step(source.reader, at, 1,
                                   UINT64_C(1) << TRACE_IKE_KEYS_DERIVED_EVENT, NULL, NULL)) !=
           UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(source.reader, at);
        if (record) {
            const struct trace_ike_keys_derived *data = record->data;
            printf("IKE SA %016" PRIx64 " %016" PRIx64 ", %s\n", data->spi_i, data->spi_r,
                   data->suite);
            print_value("g^ir", data->shared_secret);
            print_value("SKEYSEED", data->skeyseed);
            print_value("SK_d", data->sk_d);
        }
    }
    run_source_close(&source);
    return EXIT_DONE;
}
