/* A lesson on the screens of the terminal. */
#ifndef IKESIM_UI_CLI_LEARN_SCREENS_H
#define IKESIM_UI_CLI_LEARN_SCREENS_H

#include "ui/cli/lessons.h"
#include "ui/cli/run.h"
#include "ui/cli/terminal.h"
#include "ui/learn/lesson.h"

struct learn_screens {
    const char *command;
    const struct options_scenario *options; /* what the lesson sets */
    struct crypto_context *crypto;
    struct run_source *source;
    const struct learn_lesson *next;  /* the lesson behind it; NULL: none */
    struct lessons_progress progress; /* from where it goes on */
    bool ascii;
    const struct terminal_options *terminal;
};

/* Goes through a bound lesson on the terminal until the person leaves; *progress gets how far it
 * went, *finished if that is its end. Returns an exit code, after stderr was told if the terminal
 * cannot be used. */
int learn_screens_run(const struct learn_screens *screens, struct learn_lesson *lesson,
                      struct lessons_progress *progress, bool *finished);

/* Prints the screens of step `step` (from 1), or of all (0), as lines, or one as a picture. A field
 * that a step points at and its screen has not is told on stderr: EXIT_REFUSED. */
int learn_screens_print(const struct learn_screens *screens, struct learn_lesson *lesson,
                        size_t step);

#endif
