/*
 * A lesson of the course (docs/lessons.md): a scenario, and steps that each stand on an event of
 * its run. First the file is read and checked; then, with the recording of the run, its events are
 * found, its values filled into the text, and the answers to its questions computed from that very
 * run. What a lesson names and the run does not have is an error of the lesson.
 */
#ifndef IKESIM_UI_LEARN_LESSON_H
#define IKESIM_UI_LEARN_LESSON_H

#include "sim/scenario/arena.h"
#include "sim/scenario/problem.h"
#include "sim/scenario/yaml.h"
#include "trace/reader.h"
#include "trace/series_reader.h"
#include "ui/learn/point.h"

/* SCREEN(symbol, word): the screen that a step stops at. */
#define LEARN_SCREENS(SCREEN)                                                                      \
    SCREEN(OVERVIEW, "overview")                                                                   \
    SCREEN(LADDER, "ladder")                                                                       \
    SCREEN(MESSAGE, "message")                                                                     \
    SCREEN(KEYS, "keys")                                                                           \
    SCREEN(WINDOW, "window")                                                                       \
    SCREEN(NETWORK, "network")                                                                     \
    SCREEN(STORM, "storm")

enum learn_screen {
#define SCREEN(symbol, word) LEARN_##symbol,
    LEARN_SCREENS(SCREEN)
#undef SCREEN
        LEARN_SCREEN_COUNT
};

/* As lesson files spell it. */
const char *learn_screen_word(enum learn_screen screen);

struct learn_question {
    const char *ask;
    const char *answer; /* as computed from the run */
    size_t choice_count;
    const char **choices; /* NULL: the answer is typed */
    size_t right;         /* of the choices */
    const char *because;
};

struct learn_step {
    uint64_t ordinal;  /* of its event in the recording */
    uint64_t datagram; /* the net:sent that the event speaks of; UINT64_MAX: none */
    uint64_t time;     /* ns */
    enum learn_screen screen;
    const struct learn_point *point; /* what the step points at; NULL: nothing */
    const char *say;        /* paragraphs, an empty line between them; NULL: only a question */
    const char *misreading; /* what students bring, and is wrong; NULL: nothing */
    const struct learn_question *question; /* NULL: none */
};

struct learn_lesson {
    struct arena arena; /* owns all below */
    struct problems problems;
    const char *path;
    const char *name;   /* the file's, without number and .yaml */
    const char *number; /* the digits and letters before the first '-', "11" or "05a" */
    const char *title;
    const char *about;    /* one sentence */
    const char *scenario; /* file or name */
    size_t set_count;
    const char **sets; /* PATH=VALUE on top of the scenario */
    const char *pair[2];
    size_t step_count; /* of the file; steps is NULL until bound */
    struct learn_step *steps;
    struct yaml_node *root;
};

/* Reads and checks a file. Always returns a lesson, to be freed; problems.count says how many
 * errors it has. */
struct learn_lesson *learn_lesson_read(const char *path);
void learn_lesson_free(struct learn_lesson *lesson);

/* Finds the steps in a recording of the lesson's scenario; `series` (NULL: none) are its figures.
 * Returns 0, or -1 with the lesson's problems told. */
int learn_lesson_bind(struct learn_lesson *lesson, struct crypto_context *crypto,
                      struct trace_reader *reader, struct trace_series_reader *series);

/* True if what the step points at is the answer to its question: it is shown behind it. */
bool learn_step_spoils(const struct learn_step *step);

/* True if `given`, typed by a person, is the answer: letters' case, blanks around it and between a
 * number and its unit do not matter; of a choice its letter or its text will do. */
bool learn_question_right(const struct learn_question *question, const char *given);

#endif
