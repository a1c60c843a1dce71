/* The lessons that ship, in order, and how far somebody has come with them. */
#ifndef IKESIM_UI_CLI_LESSONS_H
#define IKESIM_UI_CLI_LESSONS_H

#include "ui/learn/lesson.h"

struct lessons {
    size_t count;
    struct learn_lesson **items; /* in order of their file names */
};

/* Reads all lessons of scenarios/lessons. A lesson with errors is among them. */
struct lessons lessons_read(void);
void lessons_dispose(struct lessons *lessons);

/* The lesson of that name, that number ("5", "05") or that path; NULL if there is none. */
struct learn_lesson *lessons_find(const struct lessons *lessons, const char *name);

/* The lesson behind that one; NULL if there is none. */
const struct learn_lesson *lessons_next(const struct lessons *lessons,
                                        const struct learn_lesson *lesson);

enum { LESSONS_MARKS_MAX = 64 };

struct lessons_progress {
    bool done; /* has been gone through to its end */
    unsigned right, questions;
    unsigned step;                     /* where it was left half-way; 0: it was not */
    char marks[LESSONS_MARKS_MAX + 1]; /* then by step: '+' right, '-' wrong, '.' not answered */
};

/* What is kept of a lesson in $XDG_STATE_HOME/ikesim/lessons (~/.local/state without it). Nothing
 * kept is no error. */
struct lessons_progress lessons_progress_read(const char *name);

/* Keeps it. False with `error` filled if it cannot be written. */
bool lessons_progress_write(const char *name, struct lessons_progress progress, char *error,
                            size_t cap);

#endif
