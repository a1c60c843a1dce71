/* What is wrong with a file: all of it, each with its place, told in the order of the places. */
#ifndef IKESIM_SIM_SCENARIO_PROBLEM_H
#define IKESIM_SIM_SCENARIO_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/arena.h"

/* So many are told; then nobody needs to look for more. */
#define PROBLEMS_TOLD_MAX 200

struct problem_place {
    int line, column;    /* from 1; line 0: the file as a whole */
    const char *setting; /* "--set PATH=VALUE" where it comes from the command line, else NULL */
};

struct problem;

struct problems {
    struct arena *arena;
    const char *path;
    size_t count, kept;
    struct problem *list; /* PROBLEMS_TOLD_MAX places */
};

/* `path` is what the file is called in messages; both are borrowed. */
void problems_init(struct problems *problems, struct arena *arena, const char *path);

/* True if nothing more would be written out. */
bool problems_full(const struct problems *problems);

/* "what; expected ...; did you mean ...?" What it quotes of the file is made plain. */
__attribute__((format(printf, 3, 4))) void
problems_tell(struct problems *problems, struct problem_place place, const char *format, ...);

/* One a line, "FILE:LINE:COLUMN: what", in the order of the file, settings behind it. malloc'ed. */
char *problems_text(const struct problems *problems);

#endif
