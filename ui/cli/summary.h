/* What a run came to, for people and for programs. */
#ifndef IKESIM_UI_CLI_SUMMARY_H
#define IKESIM_UI_CLI_SUMMARY_H

#include <stdio.h>

#include "ui/cli/run.h"

/* Prints the summary. `dir` is where the result was kept, NULL for nowhere. */
void summary_print(FILE *out, const struct scenario *scenario, const struct run_result *result,
                   const char *dir, bool colour);

/* The same as a JSON object, malloc'ed. */
char *summary_json(const struct scenario *scenario, const struct run_result *result,
                   const char *dir);

#endif
