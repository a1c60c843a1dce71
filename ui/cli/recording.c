#include "ui/cli/recording.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_PAIR = 0x300, KEY_ASCII };

/* More pairs than this are no help to somebody who mistyped one. */
#define PAIRS_TOLD_MAX 20

static const struct argp_option recording_argp_options[] = {
    {"pair", KEY_PAIR, "A,B", 0, "Only these two hosts, A first; watch begins with them", 0},
    {"ascii", KEY_ASCII, 0, 0, "ASCII letters only", 0},
    {0},
};

static void parse_pair(struct recording_options *options, const struct argp_state *state,
                       const char *text)
{
    const char *comma = strchr(text, ',');
    if (!comma || comma == text || !comma[1] || strchr(comma + 1, ',')) {
        argp_error(state, "--pair %s: expected two hosts, such as alice,gw", text);
        return;
    }
    recording_options_dispose(options);
    options->pair[0] = strndup(text, (size_t)(comma - text));
    options->pair[1] = strdup(comma + 1);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct recording_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->scenario;
        return 0;
    case KEY_PAIR:
        parse_pair(options, state, arg);
        return 0;
    case KEY_ASCII:
        options->ascii = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->target) {
            argp_error(state, "one scenario at a time; '%s' is too many", arg);
        }
        options->target = arg;
        return 0;
    case ARGP_KEY_END:
        if (!options->target) {
            argp_error(state, "a scenario, or the directory of an earlier run, is needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&options_scenario_argp, 0, NULL, 0}, {0}};
const struct argp recording_argp = {
    .options = recording_argp_options, .parser = parse, .children = children};

void recording_options_dispose(struct recording_options *options)
{
    free(options->pair[0]);
    free(options->pair[1]);
    options->pair[0] = NULL;
    options->pair[1] = NULL;
}

bool recording_utf8(const struct recording_options *options)
{
    setlocale(LC_CTYPE, "");
    return !options->ascii &&
           (!isatty(STDOUT_FILENO) || strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
}

int recording_pair_matches(const struct recording_options *options, const char *a, const char *b)
{
    char *const *wanted = options->pair;
    if (!wanted[0] || (strcmp(wanted[0], a) == 0 && strcmp(wanted[1], b) == 0)) {
        return 1;
    }
    return strcmp(wanted[0], b) == 0 && strcmp(wanted[1], a) == 0 ? -1 : 0;
}

int recording_refuse_pair(const char *command, const struct recording_options *options,
                          const struct trace_state *state)
{
    if (!options->pair[0]) {
        fprintf(stderr, "%s: no two hosts of this recording had to do with each other\n", command);
        return EXIT_REFUSED;
    }
    fprintf(stderr, "%s: %s and %s had nothing to do with each other; pairs are:\n", command,
            options->pair[0], options->pair[1]);
    for (uint32_t i = 0; state && i < state->pair_count && i < PAIRS_TOLD_MAX; i++) {
        fprintf(stderr, "  %s,%s\n", state->pairs[i].a, state->pairs[i].b);
    }
    return EXIT_REFUSED;
}

static char *copy_name(const char *name)
{
    char *copy = strdup(name);
    if (!copy) {
        abort();
    }
    return copy;
}

int recording_each_pair(const char *command, struct trace_reader *reader,
                        const struct recording_options *options,
                        void (*show)(void *context, const char *a, const char *b), void *context)
{
    uint64_t count = trace_reader_count(reader);
    const struct trace_state *state = count > 0 ? trace_reader_state(reader, count - 1) : NULL;
    uint32_t pairs = state ? state->pair_count : 0;
    bool found = false;
    for (uint32_t i = 0; i < pairs && !ferror(stdout); i++) {
        /* `show` asks the reader for states of its own, which ends this one. */
        state = trace_reader_state(reader, count - 1);
        int match = recording_pair_matches(options, state->pairs[i].a, state->pairs[i].b);
        if (match != 0) {
            char *a = copy_name(match > 0 ? state->pairs[i].a : state->pairs[i].b);
            char *b = copy_name(match > 0 ? state->pairs[i].b : state->pairs[i].a);
            show(context, a, b);
            free(a);
            free(b);
            found = true;
        }
    }
    return found ? EXIT_DONE : recording_refuse_pair(command, options, state);
}

void recording_warn(const char *command, struct trace_reader *reader)
{
    if (!trace_reader_complete(reader)) {
        fprintf(stderr, "%s: the recording was cut off; this is up to its last whole event\n",
                command);
    }
}
