/* What the commands that look at a recording share: which recording, which pairs of it, which
 * letters. */
#ifndef IKESIM_UI_CLI_RECORDING_H
#define IKESIM_UI_CLI_RECORDING_H

#include "trace/reader.h"
#include "ui/cli/options.h"

struct recording_options {
    struct options_scenario scenario;
    const char *target; /* SCENARIO|DIR */
    char *pair[2];      /* NULL: every pair */
    bool ascii;         /* asked for */
};

/* The argument SCENARIO|DIR, --pair, --ascii, --seed, --set. Use as a child parser whose input is a
 * struct recording_options, see options_scenario_argp. */
extern const struct argp recording_argp;

/* Frees what parsing has made. */
void recording_options_dispose(struct recording_options *options);

/* True unless ASCII was asked for or the terminal's locale has nothing else. Files and pipes get
 * UTF-8. */
bool recording_utf8(const struct recording_options *options);

/* Whether (a, b) is the pair that was asked for: 0 no, 1 yes, -1 yes the other way round. 1 where
 * none was. */
int recording_pair_matches(const struct recording_options *options, const char *a, const char *b);

/* Calls `show` for each pair that was asked for, in the order in which it was named. Returns
 * EXIT_DONE, or EXIT_REFUSED after stderr was told that there is none and which there are. */
int recording_each_pair(const char *command, struct trace_reader *reader,
                        const struct recording_options *options,
                        void (*show)(void *context, const char *a, const char *b), void *context);

/* Tells stderr that these two had nothing to do with each other, and which had; `state` is the one
 * at the recording's end, NULL if it has none. Returns EXIT_REFUSED. */
int recording_refuse_pair(const char *command, const struct recording_options *options,
                          const struct trace_state *state);

/* Tells stderr where a recording was cut off. */
void recording_warn(const char *command, struct trace_reader *reader);

#endif
