/* A lesson on the screens of the terminal. */
#ifndef IKESIM_UI_CLI_LEARN_SCREENS_H
#define IKESIM_UI_CLI_LEARN_SCREENS_H

#include "ui/cli/run.h"
#include "ui/learn/lesson.h"
#include "ui/term/theme.h"

struct learn_screens {
    const char *command;
    const struct options_scenario *options; /* what the lesson sets */
    struct crypto_context *crypto;
    struct run_source *source;
    const struct learn_lesson *next; /* the lesson behind it; NULL: none */
    bool ascii, mouse;
    enum theme theme;
    int width, height; /* of what is printed */
};

/* What came of going through it. */
struct learn_outcome {
    bool finished; /* to its end */
    unsigned right, questions;
};

/* Goes through a bound lesson on the terminal until the person leaves. Returns an exit code, after
 * stderr was told if the terminal cannot be used. */
int learn_screens_run(const struct learn_screens *screens, struct learn_lesson *lesson,
                      struct learn_outcome *outcome);

/* Prints the screens of step `step` (from 1), or of all (0), as lines. A field that a step points
 * at and its screen has not is told on stderr: EXIT_REFUSED. */
int learn_screens_print(const struct learn_screens *screens, struct learn_lesson *lesson,
                        size_t step);

#endif
