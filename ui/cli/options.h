/* Options that every command on a scenario has: --seed and --set, and how a scenario is found. */
#ifndef IKESIM_UI_CLI_OPTIONS_H
#define IKESIM_UI_CLI_OPTIONS_H

#include <argp.h>

#include "sim/scenario/scenario.h"

/* Exit codes of every command. */
enum {
    EXIT_DONE = 0,
    EXIT_EXPECTATION = 1,
    EXIT_MISUSE = 2,
    EXIT_REFUSED = 3,
    EXIT_SIGNAL = 128, /* and the number of the signal that interrupted */
};

#define OPTIONS_SET_MAX 128

struct options_scenario {
    struct scenario_settings settings; /* points into `set` */
    const char *set[OPTIONS_SET_MAX];
    unsigned threads; /* 0: not given */
    uint64_t memory;  /* octets that a run may take; 0: not given; ROOM_ANY of ui/cli/room.h */
};

/* --threads, or as many as this process may run on, at most 4: two threads halve the time of a
 * storm, and beyond four the one that executes events is what the others wait for. */
unsigned options_threads(const struct options_scenario *options);

/* Use as a child parser whose input is a struct options_scenario:
 *   struct argp_child children[] = {{&options_scenario_argp, 0, NULL, 0}, {0}};
 * and in the parent's ARGP_KEY_INIT: state->child_inputs[0] = &options. */
extern const struct argp options_scenario_argp;

/* Parses with argp so that misuse exits with EXIT_MISUSE. Returns argp_parse's result. */
error_t options_parse(const struct argp *argp, int argc, char **argv, void *input);

/* True if colour and other decoration may go to `fd`: a terminal, and no NO_COLOR. */
bool options_colour(int fd);

/* Finds a scenario: a path, or the name of one that ships ("four-messages"), in ./scenarios or
 * where the program was installed. Returns a malloc'ed path, or NULL. */
char *options_find_scenario(const char *name);

/* That there is no scenario of that name, and which one may have been meant; malloc'ed. */
char *options_no_scenario(const char *name);

/* Directory of the scenarios that ship, malloc'ed; NULL if it is not found. */
char *options_scenario_dir(void);

#endif
